//! Commands beside a running daemon are handed to it, and the answer is the same as without one.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use crate::support::{BOT, Running, World, edit, faq, until};
use kms_haptik_sync::config::UploadEffect::Merge;
use kms_haptik_sync::sandbox::UploadRule;

/// A daemon that looks by itself only after an hour, so that a command must have moved it.
fn quiet() -> World {
    World::with(|settings| {
        settings.effect(Merge);
        settings.bot("max_removals = 0");
        settings.bot("max_removal_percent = 0");
        settings.source("every = '1h'");
    })
}

fn also_configure(world: &World, lines: &str) {
    let before = fs::read_to_string(world.path("config.toml")).unwrap();
    world.write("config.toml", format!("{before}\n{lines}\n"));
}

#[test]
fn sync_now_beside_a_daemon_waits_for_a_pass_of_the_daemon() {
    let world = quiet();
    let mut steps = faq(&["a", "b"]);
    world.export(&steps);
    let daemon = world.daemon();
    until("the first sync", || world.live() == steps);
    world.sandbox.change(UploadRule {
        task_time: Some(700),
        ..UploadRule::default()
    });
    edit(&mut steps, "a", "edited");
    world.export(&steps);
    let run = world.sync().exits(0);
    assert_eq!(run.bot()["outcome"], "in_sync");
    assert_eq!(
        world.live(),
        steps,
        "the answer came before the change was live"
    );
    let mode = fs::metadata(world.path("state/control.sock"))
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);
    daemon.stop().exits(0);
    assert!(!world.path("state/control.sock").exists());
}

#[test]
fn a_failure_in_the_daemon_is_told_to_the_one_who_asked() {
    let world = quiet();
    world.export(&faq(&["a"]));
    let daemon = world.daemon();
    until("the first sync", || world.live().len() == 1);
    fs::remove_dir_all(world.path("export")).unwrap();
    let run = world.sync().exits(1);
    assert_eq!(run.bot()["outcome"], "failed");
    assert!(
        run.bot()["error"]
            .as_str()
            .unwrap()
            .contains("does not exist")
    );
    world
        .run(&["approve", "nobody"])
        .exits(2)
        .tells(&["there is no bot \"nobody\"", BOT]);
    daemon.stop().exits(0);
}

#[test]
fn approve_beside_a_daemon_makes_it_remove_at_once() {
    let world = quiet();
    world.export(&faq(&["a", "b", "c"]));
    let daemon = world.daemon();
    until("the first sync", || world.is_in_sync());
    let wanted = faq(&["a"]);
    world.export(&wanted);
    assert_eq!(world.sync().exits(3).bot()["held_removals"], 2);
    let mut approve = world.command(&["approve", BOT]);
    Running::start(approve.env("SUDO_USER", "mira"))
        .wait()
        .exits(0)
        .tells(&["2 removals released", "\n  b\n  c\n"]);
    // Anybody can say that they act for somebody; who they are is known from the socket.
    daemon.says("(for mira) released 2 removals");
    until("the removals", || world.live() == wanted);
    daemon.stop().exits(0);
    let actions = world
        .run(&["history", "--actions", "--json"])
        .exits(0)
        .json();
    let who = actions[0]["who"].as_str().unwrap();
    assert!(
        who.ends_with(" (for mira)") && !who.starts_with("mira"),
        "{who}"
    );
    assert_eq!(
        actions[0]["details"]["released"],
        serde_json::json!(["b", "c"])
    );
}

#[test]
fn a_socket_that_a_killed_daemon_left_is_in_nobodys_way() {
    let world = quiet();
    let steps = faq(&["a"]);
    world.export(&steps);
    let daemon = world.daemon();
    until("the first sync", || world.live() == steps);
    daemon.kill();
    assert!(world.path("state/control.sock").exists());
    world.sync().exits(0);
    let daemon = world.daemon();
    until("the new daemon's socket", || world.sync().code == Some(0));
    daemon.stop().exits(0);
}

#[test]
fn rollback_makes_the_bot_what_it_was_and_resume_lets_it_go_on() {
    let world = World::new();
    let first = faq(&["a", "b", "c"]);
    world.export(&first);
    world.sync().exits(0);
    let mut second = faq(&["a", "b", "d"]);
    edit(&mut second, "a", "edited");
    world.export(&second);
    world.sync().exits(0);
    assert_eq!(world.live(), second);

    world
        .run(&["rollback", BOT, "--to", "1"])
        .exits(0)
        .tells(&["after upload 1"]);
    let run = world.sync().exits(3);
    assert_eq!(run.bot()["pinned_to"], 1);
    assert_eq!(world.live(), first);

    // Changes of the source are planned, held, and told.
    let mut third = second.clone();
    third.extend(faq(&["e"]));
    world.export(&third);
    world.sync().exits(3);
    assert_eq!(world.live(), first);
    let status = world.run(&["status", "--json"]).exits(3).bot();
    assert_eq!(status["state"], "attention");
    assert_eq!(status["pinned_to"], 1);
    world
        .run(&["plan"])
        .exits(3)
        .tells(&["pinned", "4 changes", "resume"]);

    world.run(&["resume", BOT]).exits(0);
    world.sync().exits(0);
    assert_eq!(world.live(), third);
    world
        .run(&["rollback", BOT, "--to", "99"])
        .exits(2)
        .tells(&["history"]);
}

#[test]
fn old_content_is_kept_for_the_set_size_only() {
    let world = World::new();
    let mut steps = faq(&["a"]);
    for words in ["one", "two", "three"] {
        edit(&mut steps, "a", words);
        world.export(&steps);
        world.sync().exits(0);
    }
    world.run(&["rollback", BOT, "--to", "1"]).exits(0);
    world.run(&["resume", BOT]).exits(0);
    also_configure(&world, "[history]\nmax_bytes = 1");
    world.sync().exits(0);
    world
        .run(&["rollback", BOT, "--to", "1"])
        .exits(2)
        .tells(&["no longer kept", "history.keep"]);
}

#[test]
fn resync_uploads_everything_again_and_mends_what_was_changed_by_hand() {
    let world = World::synced(Merge, &faq(&["a", "b"]));
    let uploads = world.tasks().len();
    world.run(&["resync", BOT]).exits(0).tells(&["2 steps"]);
    assert_eq!(world.sync().exits(0).bot()["changed"], 2);
    assert_eq!(world.tasks().len(), uploads + 1);
    assert_eq!(world.sync().exits(0).bot()["unchanged"], 2);
}

#[test]
fn an_approval_is_over_when_its_article_is_back() {
    let world = quiet();
    let all = faq(&["a", "b", "c"]);
    world.export(&all);
    world.sync().exits(0);
    world.export(&faq(&["a"]));
    world.sync().exits(3);
    world.run(&["approve", BOT]).exits(0);
    world.export(&all);
    world.sync().exits(0);
    world.export(&faq(&["a"]));
    assert_eq!(world.sync().exits(3).bot()["held_removals"], 2);
    assert_eq!(world.live(), all);
}

#[test]
fn an_empty_source_beside_a_full_one_empties_only_itself() {
    let world = World::with(|settings| {
        settings.bot("max_removals = 0");
        settings.bot("max_removal_percent = 0");
    });
    also_configure(&world, "[[bot.source]]\nfolder = 'other'\nsettle = '0s'");
    world.export(&faq(&["a", "b"]));
    world.export_for("other", &faq(&["x", "y"]));
    world.sync().exits(0);
    fs::remove_file(world.path("other/faq.csv")).unwrap();
    world.export(&faq(&["a"]));
    world.sync().exits(1);
    assert_eq!(world.live().len(), 4);
    world.run(&["approve", BOT, "--empty"]).exits(0);
    // That was said of the empty source alone; the removal of b is released apart.
    world
        .run(&["approve", BOT])
        .exits(0)
        .tells(&["1 removal released"]);
    for _ in 0..2 {
        world.sync().exits(0);
        assert_eq!(world.live(), faq(&["a"]));
    }
    world.export_for("other", &faq(&["x"]));
    world.sync().exits(0);
    fs::remove_file(world.path("other/faq.csv")).unwrap();
    world.sync().exits(1);
    assert_eq!(world.live(), faq(&["a", "x"]));
}

#[test]
fn what_is_not_so_is_an_error() {
    let world = World::synced(Merge, &faq(&["a", "b"]));
    let cases: [(&[&str], &str); 7] = [
        (&["retry"], "nothing is in quarantine"),
        (&["retry", BOT], "nothing is in quarantine"),
        (&["retry", BOT, "a"], "not in quarantine: a"),
        (&["resume", BOT], "neither paused nor rolled back"),
        (
            &["rollback", BOT, "--to", "99"],
            "there is no successful upload 99",
        ),
        (&["approve", BOT, "a"], "not held or waiting: a"),
        (&["rebind", BOT], "there is nothing to do"),
    ];
    for (command, words) in cases {
        world.run(command).exits(2).tells(&[words, BOT]);
    }
    assert_eq!(
        world
            .run(&["history", "--actions", "--json"])
            .exits(0)
            .json(),
        serde_json::json!([]),
        "what was not done leaves no trace"
    );
}

#[test]
fn a_refused_step_is_retried_by_its_name_alone() {
    let world = World::new();
    world.sandbox.change(UploadRule {
        bad_steps: Some(
            [
                ("b".to_owned(), "no".to_owned()),
                ("c".to_owned(), "no".to_owned()),
            ]
            .into(),
        ),
        ..UploadRule::default()
    });
    world.export(&faq(&["a", "b", "c"]));
    world.sync().exits(3);
    world
        .run(&["retry", BOT, "b", "a"])
        .exits(2)
        .tells(&["not in quarantine: a", "In quarantine: b, c"]);
    world
        .run(&["retry", BOT, "b"])
        .exits(0)
        .tells(&["1 step out of quarantine"]);
    let status = world.run(&["status", "--json"]).exits(3).bot();
    assert_eq!(status["quarantined"], 1);
}

#[test]
fn who_did_what_is_told_newest_first() {
    let world = World::synced(Merge, &faq(&["a", "b"]));
    world
        .run(&["history", "--actions"])
        .exits(0)
        .tells(&["nobody did anything yet"]);
    world.write("steps.csv", "node_name,question,answer\nx,q,y\n");
    for command in [
        &["resync", BOT][..],
        &["rollback", BOT, "--to", "1"],
        &["resume", BOT],
        &["import", "steps.csv", "--as", "live"],
        &["approve", BOT, "--empty"],
    ] {
        world.run(command).exits(0);
    }
    let daemon = world.daemon();
    daemon.signal(rustix::process::Signal::HUP);
    daemon.says("configuration read again");
    daemon.stop().exits(0);
    let actions = world
        .run(&["history", "--actions", "--json"])
        .exits(0)
        .json();
    let whats: Vec<_> = actions
        .as_array()
        .unwrap()
        .iter()
        .map(|action| action["what"].as_str().unwrap())
        .collect();
    assert_eq!(
        whats,
        [
            "reload", "approve", "import", "resume", "rollback", "resync"
        ]
    );
    assert_eq!(actions[0]["domain_name"], serde_json::Value::Null);
    assert_eq!(actions[1]["details"]["empty"], true);
    assert_eq!(actions[4]["details"]["upload"], 1);
    for action in &actions.as_array().unwrap()[1..] {
        assert_eq!(action["domain_name"], BOT);
        assert!(!action["who"].as_str().unwrap().is_empty());
    }
    let two = world
        .run(&["history", "--actions", "--limit", "2"])
        .exits(0);
    // Below their headings.
    assert_eq!(two.stdout.lines().count(), 3, "{}", two.stdout);
    also_configure(&world, "[history]\nkeep = '1s'");
    std::thread::sleep(std::time::Duration::from_millis(1100));
    world.sync();
    world
        .run(&["history", "--actions"])
        .exits(0)
        .tells(&["nobody did anything yet"]);
}
