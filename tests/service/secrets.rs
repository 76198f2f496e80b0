//! The token is nowhere but in its file and on the wire: not in a log at the finest level, not in
//! an answer, not in the state, and not in an error that echoes it.

use std::fs;
use std::path::Path;

use crate::support::{Run, Running, TOKEN, World, faq, side_by_side};
use kms_haptik_sync::sandbox::{Fault, FaultKind, On, UploadRule};

/// Other forms in which it could leak.
fn forms() -> Vec<String> {
    let reversed = TOKEN.chars().rev().collect();
    let spaced = format!("{:?}", TOKEN.as_bytes());
    vec![TOKEN.to_owned(), TOKEN[..12].to_owned(), reversed, spaced]
}

#[track_caller]
fn keeps_it(run: &Run) {
    for form in forms() {
        assert!(
            !run.stdout.contains(&form),
            "on standard output:\n{}",
            run.stdout
        );
        assert!(
            !run.stderr.contains(&form),
            "on standard error:\n{}",
            run.stderr
        );
    }
}

fn files_keep_it(folder: &Path) -> usize {
    let mut files = 0;
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files += files_keep_it(&path);
            continue;
        }
        let bytes = fs::read(&path).unwrap();
        for form in forms() {
            let found = bytes
                .windows(form.len())
                .any(|part| part == form.as_bytes());
            assert!(!found, "{} holds it", path.display());
        }
        files += 1;
    }
    files
}

/// Faults whose answers tell the token back.
fn echoes() -> Vec<Fault> {
    let body = || {
        Some(format!(
            r#"{{"error_message": "Bearer {TOKEN} is not known"}}"#
        ))
    };
    let echo = |code| Fault {
        body: body(),
        ..Fault::status_code(On::Any, code)
    };
    vec![
        echo(401),
        echo(400),
        echo(503),
        Fault {
            body: body(),
            ..Fault::new(On::Any, FaultKind::NotJson)
        },
        Fault {
            body: Some(format!("no: {TOKEN}")),
            ..Fault::new(On::Any, FaultKind::SuccessFalse)
        },
        Fault {
            headers: [("location".to_owned(), format!("https://x.example/{TOKEN}"))].into(),
            ..Fault::status_code(On::Any, 302)
        },
    ]
}

#[test]
fn the_token_is_never_told() {
    let formats = ["human", "json"].into_iter().cycle();
    side_by_side(
        echoes().into_iter().zip(formats).collect(),
        |(fault, format)| {
            let world = World::new();
            let run = |command: &[&str]| {
                let trace = ["--log-level", "trace", "--log-format", format];
                let run = world.run(&[command, &trace].concat());
                keeps_it(&run);
                run
            };
            world.export(&faq(&["a", "b"]));
            run(&["--sync-now"]).exits(0);
            world.export(&faq(&["a", "b", "c"]));
            world.fault(Fault { times: 3, ..fault });
            for command in [
                &["--sync-now"][..],
                &["--sync-now", "--json"],
                &["status"],
                &["history"],
            ] {
                run(command);
            }
            world.heal();
            world.sandbox.change(UploadRule {
                every_task_fails: Some(format!("Error: who is {TOKEN}?")),
                ..UploadRule::default()
            });
            world.export(&faq(&["a", "b", "z"]));
            run(&["--sync-now"]).exits(1);
            for command in [
                &["status", "--json"][..],
                &["steps"],
                &["history", "--json"],
                &["plan"],
            ] {
                run(command);
            }
            assert!(files_keep_it(&world.path("state")) > 0);
        },
    );
}

#[test]
fn a_daemon_that_tells_all_keeps_it_too() {
    let world = World::new();
    world.export(&faq(&["a"]));
    world.fault(Fault {
        times: 2,
        ..echoes().remove(2)
    });
    let mut command = world.command(&["run"]);
    command.env("KMS_HAPTIK_SYNC_LOG", "trace");
    let daemon = Running::start(&mut command);
    crate::support::until("the step is live", || world.live().len() == 1);
    let run = daemon.stop().exits(0);
    keeps_it(&run);
    assert!(run.stderr.contains("TRACE"), "it told little");
    files_keep_it(&world.path("state"));
}

/// What is said of articles at this level: live ones, edited, refused, rejected, held, removed.
fn told_at(level: &str, format: &str) -> String {
    let world = World::new();
    let text = |number: u32| format!("question-{number}-content");
    let csv = |numbers: &[u32], answer: &str| {
        let row = |number: &u32| format!("kb-{number},{},{answer}", text(*number));
        let rows: Vec<_> = numbers.iter().map(row).collect();
        format!("node_name,question,answer\n{}\n", rows.join("\n"))
    };
    let mut told = String::new();
    let mut run = |command: &[&str]| {
        let run = world.run(&[command, &["--log-level", level, "--log-format", format]].concat());
        told.push_str(&run.stderr);
    };
    world.write("export/a.csv", csv(&[1, 2, 3, 4], "answer-content"));
    run(&["--sync-now"]);
    world.write("export/a.csv", csv(&[1, 2], "other-content"));
    world.sandbox.change(UploadRule {
        every_task_fails: Some("Error: no".to_owned()),
        ..UploadRule::default()
    });
    run(&["--sync-now"]);
    world.heal();
    world.write(
        "export/b.csv",
        "node_name,question,answer\nkb-9,,answer-content\nkb-1,x-content,y-content\n",
    );
    for command in [&["plan"][..], &["status"], &["steps"]] {
        run(command);
    }
    let daemon = world.start(&["run", "--log-level", level, "--log-format", format]);
    daemon.says("skipped in source");
    told + &daemon.stop().stderr
}

#[test]
fn articles_are_not_told_above_debug() {
    for format in ["human", "json"] {
        let told = told_at("info", format);
        assert!(!told.contains("-content"), "{told}");
        assert!(told.contains("submitting"), "too little happened:\n{told}");
    }
}

#[test]
fn a_token_in_the_configuration_is_refused_without_being_quoted() {
    let world = World::new();
    let text = fs::read_to_string(world.path("config.toml")).unwrap();
    for line in [
        format!("token = '{TOKEN}'"),
        format!("token = {{ fil = '{TOKEN}' }}"),
        format!("tokn = '{TOKEN}'"),
    ] {
        world.write(
            "config.toml",
            text.replace("token = { file = 'token' }", &line),
        );
        let run = world.sync().exits(2).tells(&["config.toml", "token"]);
        keeps_it(&run);
    }
}
