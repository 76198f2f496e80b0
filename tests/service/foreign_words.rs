//! What a server says has no power over the program: however long it is and however it is made, the program
//! goes on, keeps and shows a few KiB of it, and hears when it is asked to stop.

use std::io::Read as _;
use std::process::Stdio;
use std::time::{Duration, Instant};

use crate::support::{World, edit, faq, until};
use kms_haptik_sync::sandbox::{Fault, On, UploadRule, Wording};
use rustix::process::{Pid, Signal, kill_process};

/// Bytes of a status text that are kept, and what stands around them.
const SHOWN: usize = 5 * 1024;

#[test]
fn answers_that_are_made_to_cost_time_cost_none() {
    let mut steps = faq(&["a", "b"]);
    let mut world = World::new();
    world.reconfigure(|settings| {
        settings.haptik("retry = { first = '5ms', max = '20ms', give_up_after = '1h' }");
    });
    world.export(&steps);
    let nested = |open: &str, depth| open.repeat(depth);
    let bodies = [
        format!("{}1{}", nested("{\"error\":", 60), "}".repeat(60)),
        format!("{}1{}", nested("{\"error\":", 120), "}".repeat(120)),
        nested("{\"error\":", 90_000),
        nested("[", 900_000),
        format!("{{\"error\":[{}1]}}", nested("{},", 300_000)),
        nested("<title>", 100_000),
        nested(".'a", 300_000),
    ];
    for (at, body) in bodies.iter().enumerate() {
        for (on, code) in [(On::Submit, 500), (On::Status, 500), (On::Status, 200)] {
            world.fault(Fault {
                body: Some(body.clone()),
                times: 2,
                ..Fault::status_code(on, code)
            });
        }
        edit(&mut steps, "a", &format!("answer {at}"));
    }
    world.export(&steps);
    let daemon = world.daemon();
    until("everything is live", || world.live() == steps);
    daemon.stop();
}

#[test]
fn status_texts_that_are_made_to_cost_time_cost_none() {
    for piece in [".'a", "'a ", "\"x", "&quot;a ", "a b "] {
        let steps = faq(&["a", "b"]);
        let world = World::new();
        world.sandbox.change(UploadRule {
            wording: Some(Wording {
                in_progress: piece.repeat(300_000),
                ..Wording::default()
            }),
            ..UploadRule::default()
        });
        world.export(&steps);
        let daemon = world.daemon();
        until("everything is live", || world.live() == steps);
        daemon.stop();
    }
}

#[test]
fn a_status_text_of_a_mebibyte_is_cut_wherever_it_is_kept_or_shown() {
    let world = World::new();
    world.sandbox.change(UploadRule {
        bad_steps: Some([("bad".to_owned(), "no ".repeat(1 << 18))].into()),
        ..UploadRule::default()
    });
    world.export(&faq(&["a", "b", "bad"]));
    let run = world.sync().exits(3).tells(&["[cut: "]);
    for upload in run.bot()["uploads"].as_array().unwrap() {
        let message = upload["message"].as_str().unwrap();
        assert!(message.len() <= 4096, "{}", message.len());
    }
    assert!(run.stderr.len() < 20 * SHOWN, "{}", run.stderr.len());
    for arguments in [
        &["steps", "--json"][..],
        &["status", "--json"],
        &["history", "--json"],
        &["history"],
    ] {
        let run = world.run(arguments);
        assert!(
            run.stdout.len() < 10 * SHOWN,
            "{arguments:?}: {}",
            run.stdout.len()
        );
    }
}

/// A text that says yes and goes on for a mebibyte may say no in the end.
#[test]
fn a_success_that_is_cut_is_none() {
    let world = World::new();
    let yes = "all steps have been created successfully. ";
    world.sandbox.change(UploadRule {
        wording: Some(Wording {
            success: format!("{yes}{}except the second", "and so on ".repeat(1000)),
            ..Wording::default()
        }),
        ..UploadRule::default()
    });
    world.export(&faq(&["a"]));
    let daemon = world.daemon();
    daemon.says("is not understood; it does not count as Success");
    daemon.stop();
}

/// Whoever reads the log has stopped to do so: every thread that has something to say is stuck.
#[test]
fn a_stop_comes_to_its_end_though_all_workers_are_stuck() {
    let world = World::new();
    world.export(&faq(&["a", "b"]));
    let mut command = world.command(&["--log-level", "trace"]);
    command.env("KMS_HAPTIK_SYNC_LOG", "trace");
    let (mut reader, writer) = std::io::pipe().unwrap();
    let fill = [b'x'; 4096];
    let mut filler = writer.try_clone().unwrap();
    rustix::fs::fcntl_setfl(&filler, rustix::fs::OFlags::NONBLOCK).unwrap();
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(writer)
        .spawn()
        .unwrap();
    let mut head = [0; 64];
    reader.read_exact(&mut head).unwrap();
    while std::io::Write::write(&mut filler, &fill).is_ok() {}
    rustix::fs::fcntl_setfl(&filler, rustix::fs::OFlags::empty()).unwrap();
    std::thread::sleep(Duration::from_secs(2));
    let pid = Pid::from_raw(i32::try_from(child.id()).unwrap()).unwrap();
    kill_process(pid, Signal::TERM).unwrap();
    let began = Instant::now();
    until("it ends", || child.try_wait().unwrap().is_some());
    assert!(
        began.elapsed() < Duration::from_secs(8),
        "took {:?} to stop",
        began.elapsed()
    );
    drop(reader);
}
