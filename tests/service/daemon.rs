//! The daemon: what changes in the folder is live soon after, signals do what they should, and
//! `status` beside it tells the truth.

use std::fs;
use std::time::{Duration, Instant};

use crate::support::{BOT, Running, World, faq, until, within};
use kms_haptik_sync::config::UploadEffect::{Merge, Replace};
use kms_haptik_sync::sandbox::{Fault, FaultKind, On, UploadRule};
use rustix::process::Signal;
use serde_json::Value;

/// The daemon is woken by events, not by its timer, when it is at least this quick.
const SOON: Duration = Duration::from_secs(4);

fn task_time(world: &World, millis: i64) {
    world.sandbox.change(UploadRule {
        task_time: Some(millis),
        ..UploadRule::default()
    });
}

fn status(world: &World) -> Value {
    world.run(&["status", "--json"]).bot()
}

#[test]
fn a_change_is_live_soon_however_it_is_written() {
    let mut steps = faq(&["a", "b"]);
    let world = World::with(|settings| {
        settings.source("settle = '30ms'");
        settings.bot("removals_after = '300ms'");
    });
    world.export(&steps);
    let daemon = world.daemon();
    until("the first sync", || world.live() == steps);

    steps.extend(faq(&["c"]));
    world.export(&steps);
    assert!(
        within(SOON, || world.live() == steps),
        "a rename was not seen"
    );

    let more = "node_name,question,answer\nd,\"What is d?|Tell me about d\",\"This is d.<m>Anything else?\"\n";
    fs::write(world.path("export/more.csv"), more).unwrap();
    steps.extend(faq(&["d"]));
    assert!(
        within(SOON, || world.live() == steps),
        "a new file was not seen"
    );

    fs::write(world.path("export/more.csv"), more.replace("d,", "e,")).unwrap();
    let names = |names: &[&str]| world.live().into_keys().collect::<Vec<_>>() == names;
    assert!(
        within(SOON, || names(&["a", "b", "c", "e"])),
        "a file written again was not seen"
    );

    fs::create_dir(world.path("export/deep")).unwrap();
    fs::rename(
        world.path("export/more.csv"),
        world.path("export/deep/x.csv"),
    )
    .unwrap();
    fs::write(world.path("export/deep/y.csv"), more).unwrap();
    assert!(
        within(SOON, || names(&["a", "b", "c", "d", "e"])),
        "a new folder was not seen"
    );

    fs::remove_file(world.path("export/deep/y.csv")).unwrap();
    assert!(
        within(SOON, || names(&["a", "b", "c", "e"])),
        "a removal was not seen"
    );
    daemon.stop().exits(0);
}

#[test]
fn a_file_counts_once_it_is_quiet() {
    let world = World::with(|settings| settings.source("settle = '400ms'"));
    world.export(&faq(&["a"]));
    let daemon = world.daemon();
    until("the first sync", || world.live().len() == 1);
    let path = world.path("export/slow.csv");
    let mut text = "node_name,question,answer\n".to_owned();
    for row in ["b", "c", "d", "e", "f"] {
        text.extend([row, ",question ", row, ",answer ", row, "\n"]);
        fs::write(&path, &text).unwrap();
        std::thread::sleep(Duration::from_millis(100));
    }
    until("all rows", || world.live().len() == 6);
    assert_eq!(
        world.tasks().len(),
        2,
        "a file was read while it was written"
    );
    daemon.stop().exits(0);
}

#[test]
fn a_stop_in_the_middle_of_a_task_keeps_it() {
    for effect in [Merge, Replace] {
        let steps = faq(&["a", "b", "c"]);
        let world = World::with(|settings| {
            settings.effect(effect);
            settings.haptik("polling = { first = '60s', max = '60s', give_up_after = '6h' }");
        });
        task_time(&world, 60_000);
        world.export(&steps);
        let daemon = world.daemon();
        until("a task is under way", || {
            !status(&world)["in_flight"]["task_id"].is_null()
        });
        let began = Instant::now();
        daemon.stop().exits(0);
        assert!(
            began.elapsed() < Duration::from_secs(2),
            "it waited for its poll"
        );
        let kept = status(&world);
        assert_eq!(kept["in_flight"]["rows"], 3);
        assert_eq!(kept["live"], 0, "a task under way counts as live");
    }
}

#[test]
fn what_was_under_way_is_finished_and_not_uploaded_again() {
    let world = World::new();
    task_time(&world, 700);
    let steps = faq(&["a", "b", "c"]);
    world.export(&steps);
    let daemon = world.daemon();
    until("a task is under way", || world.tasks().len() == 1);
    until("its id is kept", || {
        !status(&world)["in_flight"]["task_id"].is_null()
    });
    daemon.stop().exits(0);
    let bot = world.sync().exits(0).bot();
    assert_eq!(
        bot["uploads"][0]["task_id"],
        world.tasks()[0].task_id.as_str()
    );
    assert_eq!(world.tasks().len(), 1, "it was uploaded again");
    assert_eq!(world.live(), steps);
}

#[test]
fn a_stop_in_the_middle_of_a_call_takes_less_than_five_seconds() {
    let world = World::with(|settings| settings.haptik("request_timeout = '60s'"));
    world.fault(Fault {
        ms: 60_000,
        ..Fault::new(On::Submit, FaultKind::Slow)
    });
    let steps = faq(&["a"]);
    world.export(&steps);
    let daemon = world.daemon();
    until("the call is under way", || world.tasks().len() == 1);
    daemon.stop().exits(0);
    world.sync().exits(0);
    assert_eq!(world.live(), steps);
}

#[test]
fn a_stop_in_the_middle_of_a_long_read_takes_less_than_five_seconds() {
    let world = World::new();
    let rows = (0..400_000).map(|row| format!("{row},question {row},{}\n", "x".repeat(300)));
    let text: String = std::iter::once("id,question,answer\n".to_owned())
        .chain(rows)
        .collect();
    world.write("export/long.csv", text);
    let daemon = world.daemon();
    std::thread::sleep(Duration::from_millis(300));
    daemon.stop().exits(0);
}

#[test]
fn sighup_reads_the_configuration_again() {
    let mut world = World::with(|settings| settings.add_bot("second", Merge));
    world.export(&faq(&["a"]));
    world.export_for("second", &faq(&["x"]));
    world.write(
        "elsewhere/faq.csv",
        "node_name,question,answer\na,q,moved\n",
    );
    let daemon = world.daemon();
    until("the first sync", || world.live().len() == 1);

    world.write("config.toml", "[haptik]\nbase_url = 'ftp://nowhere'\n");
    daemon.signal(Signal::HUP);
    daemon.says("the old one stays in force");
    daemon.says("config.toml:2");
    let mut steps = faq(&["a", "b"]);
    world.export(&steps);
    until("the old configuration still works", || {
        world.live() == steps
    });

    world.reconfigure(|settings| settings.source("folder = 'elsewhere'"));
    world.reconfigure(|settings| settings.source("name = 'export'"));
    daemon.signal(Signal::HUP);
    daemon.says("configuration read again");
    until("the new folder counts", || {
        world.live()["a"] == ("q".to_owned(), "moved".to_owned())
    });
    assert_eq!(world.live().len(), 2, "a new folder took a step away");
    steps.extend(faq(&["c"]));
    assert_eq!(daemon.stop().exits(0).stdout, "");
}

#[test]
fn a_reload_changes_how_much_is_logged_unless_the_command_line_said() {
    let mut world = World::new();
    let at = |world: &mut World, level: &str| {
        let line = format!("[log]\nlevel = '{level}'\n");
        world.reconfigure(|settings| settings.tables(&line));
    };
    let daemon = world.daemon();
    at(&mut world, "error");
    daemon.signal(Signal::HUP);
    daemon.says("configuration read again");
    // The level counts a moment after that was said.
    std::thread::sleep(Duration::from_millis(300));
    let before = daemon.stderr();
    world.export(&faq(&["a"]));
    until("the sync", || world.live().len() == 1);
    assert_eq!(daemon.stderr(), before, "it says more than errors");
    let ready = |daemon: &Running| daemon.stderr().matches(" ready: ").count();
    assert_eq!(ready(&daemon), 1, "the second time it was not to be told");
    at(&mut world, "info");
    daemon.signal(Signal::HUP);
    until("it is told again", || ready(&daemon) == 2);
    daemon.stop().exits(0);

    at(&mut world, "error");
    let daemon = world.start(&["run", "--log-level", "info"]);
    daemon.says(" ready: ");
    daemon.stop().exits(0);
}

#[test]
fn a_folder_that_vanishes_takes_nothing_away_and_is_found_again() {
    let mut steps = faq(&["a", "b"]);
    let world = World::new();
    world.export(&steps);
    let daemon = world.daemon();
    until("the first sync", || world.live() == steps);
    until("status says so", || status(&world)["state"] == "in_sync");

    fs::rename(world.path("export"), world.path("unmounted")).unwrap();
    daemon.says("does not exist; is it mounted");
    assert_eq!(status(&world)["state"], "failing");
    assert_eq!(world.live(), steps);

    fs::rename(world.path("unmounted"), world.path("export")).unwrap();
    daemon.says("recovered");
    steps.extend(faq(&["c"]));
    world.export(&steps);
    assert!(
        within(SOON, || world.live() == steps),
        "the folder is not watched any more"
    );
    daemon.stop().exits(0);
}

#[test]
fn a_folder_that_is_replaced_is_watched_again() {
    let mut steps = faq(&["a", "b"]);
    let world = World::new();
    world.export(&steps);
    let daemon = world.daemon();
    until("the first sync", || world.live() == steps);
    steps.extend(faq(&["c"]));
    world.export_for("next", &steps);
    fs::rename(world.path("export"), world.path("last")).unwrap();
    fs::rename(world.path("next"), world.path("export")).unwrap();
    assert!(
        within(SOON, || world.live() == steps),
        "the new folder is not seen"
    );
    steps.extend(faq(&["d"]));
    world.export(&steps);
    assert!(
        within(SOON, || world.live() == steps),
        "the new folder is not watched"
    );
    daemon.stop().exits(0);
}

#[test]
fn a_folder_that_is_not_there_at_the_start_is_found() {
    let world = World::new();
    fs::remove_dir(world.path("export")).unwrap();
    let daemon = world.daemon();
    daemon.says("does not exist; is it mounted");
    let mut steps = faq(&["a"]);
    world.export(&steps);
    assert!(
        within(SOON, || world.live() == steps),
        "the folder is not found"
    );
    steps.extend(faq(&["b"]));
    world.export(&steps);
    assert!(
        within(SOON, || world.live() == steps),
        "the folder is not watched"
    );
    daemon.stop().exits(0);
}

#[test]
fn status_tells_the_truth_while_a_task_runs() {
    let world = World::new();
    let mut steps = faq(&["a", "b"]);
    world.export(&steps);
    let daemon = world.daemon();
    until("the first sync", || status(&world)["state"] == "in_sync");
    world.sandbox.change(UploadRule {
        never_ending: Some(true),
        ..UploadRule::default()
    });
    steps.extend(faq(&["c"]));
    world.export(&steps);
    until("a task is under way", || {
        !status(&world)["in_flight"]["task_id"].is_null()
    });
    let during = status(&world);
    assert_eq!(during["state"], "syncing");
    assert_eq!(
        (&during["live"], &during["pending"]),
        (&2.into(), &1.into())
    );
    assert_eq!(
        during["in_flight"]["task_id"],
        world.tasks()[1].task_id.as_str()
    );
    let since = during["in_flight"]["since"].as_str().unwrap();
    since.parse::<jiff::Timestamp>().unwrap();
    let step = world.run(&["steps", "c", "--json"]).json();
    assert_eq!(step[0]["state"], "pending");
    assert_eq!(
        world.run(&["steps", "a", "--json"]).json()[0]["state"],
        "live"
    );
    world.run(&["status"]).tells(&[BOT, "under way"]);

    world.heal();
    until("it is in sync", || status(&world)["state"] == "in_sync");
    assert_eq!(status(&world)["live"], 3);
    daemon.stop().exits(0);
}

#[test]
fn a_second_daemon_is_refused_with_the_pid_of_the_first() {
    let world = World::new();
    world.export(&faq(&["a"]));
    let daemon = world.daemon();
    let pid = format!("process {}", daemon.pid());
    world
        .run(&["run"])
        .exits(1)
        .tells(&[&pid, "state_dir of its own"]);
    daemon.kill();
    let again = world.daemon();
    again.stop().exits(0);
}
