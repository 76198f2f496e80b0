//! A state belongs to one Haptik: every command refuses another one and names both ways out, nothing
//! goes there by mistake, and `rebind` takes a bot there.

use std::fs;

use crate::admin::{OPEN, address, get, status_of};
use crate::support::{BOT, World, csv, edit, faq, is_about_files, until};
use kms_haptik_sync::config::UploadEffect::Merge;
use kms_haptik_sync::sandbox::UploadRule;
use rustix::process::Signal;

/// What every refusal names.
const WAYS_OUT: [&str; 2] = ["state_dir = ", "`kms-haptik-sync rebind acme_support`"];

/// Has the configuration of a world name the Haptik of another one.
fn move_to(world: &mut World, other: &World) {
    let line = format!("base_url = '{}'", other.url);
    world.reconfigure(|settings| settings.haptik(&line));
}

#[test]
fn every_command_refuses_the_state_of_another_haptik() {
    let steps = faq(&["a", "b"]);
    let mut world = World::synced(Merge, &steps);
    let (other, here) = (World::new(), world.url.clone());
    world.write("steps.csv", csv(&faq(&["x"])));
    let commands: [&[&str]; 17] = [
        &["--sync-now", "--json"],
        &["sync"],
        &["run"],
        &["plan"],
        &["plan", BOT, "--json"],
        &["status"],
        &["status", "--json"],
        &["steps"],
        &["history"],
        &["export", "--as", "live"],
        &["approve", BOT],
        &["approve", BOT, "--empty"],
        &["retry", BOT],
        &["resync"],
        &["rollback", BOT, "--to", "1"],
        &["resume", BOT],
        &["import", "steps.csv", "--as", "live"],
    ];
    let before = world.calls();
    for change in [
        format!("base_url = '{}'", other.url),
        format!("base_url = '{here}/v2'"),
        "base_url = 'sandbox'".to_owned(),
        "client_id = 'beta'".to_owned(),
    ] {
        world.reconfigure(|settings| settings.haptik(&change));
        for command in commands {
            let run = world.run(command).exits(2).tells(&WAYS_OUT);
            assert_eq!(
                run.stdout, "",
                "{command:?} tells of another Haptik's state"
            );
        }
        let words = [
            "state of acme_support",
            "it is of another Haptik",
            WAYS_OUT[1],
        ];
        world.run(&["check", "--offline"]).exits(1).tells(&words);
        world.reconfigure(|settings| {
            settings.haptik(&format!("base_url = '{here}'"));
            settings.haptik("client_id = 'acme'");
        });
    }
    assert_eq!((world.calls(), other.calls()), (before, 0));
    let bot = world.sync().exits(0).bot();
    assert_eq!(bot["unchanged"], 2, "the refusals have left no trace");
    world.run(&["status"]).exits(0);
}

#[test]
fn rebind_takes_a_bot_to_another_haptik_which_gets_everything() {
    let mut world = World::synced(Merge, &faq(&["a", "b"]));
    let mut steps = faq(&["a", "b"]);
    edit(&mut steps, "a", "edited");
    world.export(&steps);
    world.sync().exits(0);
    world
        .run(&["rebind", BOT])
        .exits(2)
        .tells(&["there is nothing to do", &world.url]);
    world
        .run(&["rebind", "nobody"])
        .exits(2)
        .tells(&["there is no bot"]);

    let (other, here) = (World::new(), world.url.clone());
    move_to(&mut world, &other);
    world.run(&["rebind", BOT]).exits(0).tells(&[
        "2 live steps",
        &here,
        &other.url,
        "stays there as it is",
    ]);
    world
        .run(&["rebind", BOT])
        .exits(2)
        .tells(&["there is nothing to do"]);
    let status = world.run(&["status", "--json"]).exits(0).bot();
    assert_eq!(
        (&status["live"], &status["last_success"]),
        (&0.into(), &().into())
    );
    let calls = world.calls();
    let bot = world.sync().exits(0).bot();
    assert_eq!((&bot["added"], &bot["changed"]), (&2.into(), &0.into()));
    assert_eq!(other.live(), steps);
    assert_eq!(
        (world.live(), world.calls()),
        (steps, calls),
        "the old one is left alone"
    );
    // What was live at the old Haptik is no way back at this one.
    for upload in ["1", "2"] {
        world
            .run(&["rollback", BOT, "--to", upload])
            .exits(2)
            .tells(&["no longer kept", "upload 3"]);
    }
    world
        .run(&["history", "--actions"])
        .exits(0)
        .tells(&["rebind", &other.url]);
}

#[test]
fn an_upload_that_one_haptik_accepted_never_goes_to_another() {
    let mut world = World::new();
    let steps = faq(&["a", "b"]);
    world.export(&steps);
    world.sandbox.change(UploadRule {
        never_ending: Some(true),
        ..UploadRule::default()
    });
    let sync = world.start(&["--sync-now"]);
    until("it is accepted", || {
        let status = world.run(&["status", "--json"]);
        status.code == Some(0) && status.bot()["in_flight"]["state"] == "accepted"
    });
    sync.kill();
    let other = World::new();
    let later = faq(&["c"]);
    world.export(&later);
    move_to(&mut world, &other);
    world.sync().exits(2);
    assert_eq!(other.calls(), 0);
    world
        .run(&["rebind", BOT])
        .exits(0)
        .tells(&["upload 1 was under way and is dropped"]);
    world.sync().exits(0);
    assert_eq!(other.live(), later);
    assert_eq!(other.tasks().len(), 1);
    let history = world.run(&["history", "--json"]).exits(0).json();
    assert_eq!(history[1]["state"], "failed");
    let message = history[1]["message"].as_str().unwrap();
    assert!(message.contains("dropped by `rebind`"), "{message}");
}

#[test]
fn the_other_bots_go_on_and_a_rebound_line_joins_them() {
    let steps = faq(&["a"]);
    let mut world = World::synced(Merge, &steps);
    let other = World::with(|settings| settings.add_bot("beta", Merge));
    world.reconfigure(|settings| settings.add_bot("beta", Merge));
    let theirs = faq(&["x"]);
    world.export_for("beta", &theirs);
    move_to(&mut world, &other);

    let run = world.sync().exits(1).json();
    let outcomes: Vec<_> = run["bots"]
        .as_array()
        .unwrap()
        .iter()
        .map(|bot| &bot["outcome"])
        .collect();
    assert_eq!(outcomes, ["failed", "in_sync"]);
    assert!(
        run["bots"][0]["error"]
            .as_str()
            .unwrap()
            .contains(WAYS_OUT[1])
    );
    assert_eq!(other.live_of("beta"), theirs);
    for command in [
        &["plan"][..],
        &["status"],
        &["steps"],
        &["history"],
        &["resync"],
    ] {
        world
            .run(command)
            .exits(1)
            .tells(&WAYS_OUT)
            .tells(&["beta"]);
    }
    world.run(&["status", "beta"]).exits(0);
    let daemon = world.daemon();
    daemon.says(WAYS_OUT[1]);
    assert_eq!(other.live(), faq(&[]));
    world.run(&["resync", BOT]).exits(2).tells(&WAYS_OUT);
    world.run(&["rebind", BOT]).exits(0).tells(&["1 live step"]);
    until("the line goes on", || {
        world.run(&["status", "--json"]).bot()["live"] == 1
    });
    assert_eq!(other.live(), steps);
    daemon.stop().exits(0);
    let status = world.run(&["status", "--json"]).exits(0).bot();
    assert_eq!(
        (&status["live"], &status["last_error"]),
        (&1.into(), &().into())
    );
}

#[test]
fn a_reload_to_another_haptik_keeps_the_old_configuration() {
    let mut steps = faq(&["a"]);
    let mut world = World::synced(Merge, &steps);
    let (other, here) = (World::new(), world.url.clone());
    let daemon = world.daemon();
    move_to(&mut world, &other);
    daemon.signal(Signal::HUP);
    daemon.says("the old one stays in force");
    daemon.says(WAYS_OUT[1]);
    // Whoever asks with the new configuration before their eyes is not answered for the old one.
    for command in [&["--sync-now"][..], &["approve", BOT], &["rebind", BOT]] {
        let words = ["the daemon that works on", &here, &other.url, "rebind BOT"];
        world.run(command).exits(2).tells(&words);
    }
    edit(&mut steps, "a", "edited");
    world.export(&steps);
    until("the old Haptik has it", || world.live() == steps);
    assert_eq!(other.calls(), 0);
    daemon.stop().exits(0);
    world.run(&["run"]).exits(2).tells(&WAYS_OUT);
}

#[test]
fn the_page_and_the_api_tell_nothing_of_a_bot_of_another_haptik() {
    let mut world = World::synced(Merge, &faq(&["a", "b"]));
    let other = World::new();
    move_to(&mut world, &other);
    world.reconfigure(|settings| {
        settings.tables(OPEN);
        settings.add_bot("shop", Merge);
    });
    world.export_for("shop", &faq(&["x"]));
    let daemon = world.daemon();
    let address = address(&daemon);
    until("the other bot is in sync", || {
        get(&address, "/bots/shop/steps", "").contains("1 live")
    });
    for path in [
        "/steps/acme_support/a",
        "/bots/acme_support/steps",
        "/bots/acme_support/uploads/1",
        "/v1/bots/acme_support/steps",
        "/v1/bots/acme_support/plan",
        "/v1/bots/acme_support/history",
    ] {
        let answer = get(&address, path, "");
        assert_eq!(status_of(&answer), 409, "{path}: {answer}");
        let bot = format!("rebind {BOT}");
        assert!(answer.contains(&bot), "{path}: {answer}");
        assert!(!answer.contains("This is a."), "{path}: {answer}");
    }
    daemon.stop().exits(0);
}

#[test]
fn an_address_at_which_nothing_has_arrived_binds_nobody() {
    let mut world = World::with(|settings| {
        settings.haptik("retry = { first = '5ms', max = '5ms', give_up_after = '20ms' }");
    });
    let here = world.url.clone();
    world.reconfigure(|settings| settings.haptik("base_url = 'http://127.0.0.1:1'"));
    let steps = faq(&["a"]);
    world.export(&steps);
    world.sync().exits(1);
    world.reconfigure(|settings| settings.haptik(&format!("base_url = '{here}'")));
    world.sync().exits(0);
    assert_eq!(world.live(), steps);
}

#[test]
fn the_sandbox_keeps_its_own_steps_beside_a_real_bot() {
    if is_about_files("the_sandbox_keeps_its_own_steps_beside_a_real_bot") {
        return;
    }
    let mut world = World::new();
    let here = world.url.clone();
    world.reconfigure(|settings| settings.haptik("base_url = 'sandbox'"));
    let steps = faq(&["a", "b"]);
    world.export(&steps);
    world.sync().exits(0);
    let kept = fs::read(world.path("state/sandbox.json")).unwrap();
    world.reconfigure(|settings| settings.haptik(&format!("base_url = '{here}'")));
    world.sync().exits(2).tells(&["of another Haptik, sandbox"]);
    assert_eq!(world.live(), faq(&[]), "\"in sync\" over an empty bot");

    // The one way out: a state of its own.
    let both = fs::read_to_string(world.path("config.toml")).unwrap();
    world.write(
        "real.toml",
        both.replace("state_dir = 'state'", "state_dir = 'state-real'"),
    );
    let mut real = world.command(&["--sync-now"]);
    real.env("KMS_HAPTIK_SYNC__STATE_DIR", "state-real");
    crate::support::Running::start(&mut real).wait().exits(0);
    assert_eq!(world.live(), steps);
    // The other one.
    world.run(&["rebind", BOT]).exits(0);
    world.sync().exits(0);
    assert_eq!(fs::read(world.path("state/sandbox.json")).unwrap(), kept);
}

#[test]
fn a_bot_that_left_the_configuration_is_told_until_its_steps_are_gone() {
    let world = World::new();
    world.export(&faq(&["a"]));
    let alone = fs::read_to_string(world.path("config.toml")).unwrap();
    world.write(
        "config.toml",
        format!("{alone}\n[[bot]]\ndomain_name = 'old shop'\nupload_effect = 'merge'\n[[bot.source]]\nfolder = 'old'\nsettle = '0s'\n"),
    );
    world.export_for("old", &faq(&["x", "y"]));
    world.sync().exits(0);
    let words = [
        "old shop: not in the configuration; its 2 live steps stay on the bot",
        "kms-haptik-sync approve 'old shop' --removed",
    ];
    let both = world.run(&["status"]).exits(0);
    assert!(
        !both.stdout.contains("not in the configuration"),
        "{}",
        both.stdout
    );

    world.write("config.toml", alone);
    world.run(&["status"]).exits(0).tells(&words);
    let status = world.run(&["status", "--json"]).exits(0).json();
    assert_eq!(status["not_configured"][0]["domain_name"], "old shop");
    assert_eq!(status["not_configured"][0]["live"], 2);
    world.run(&["check", "--offline"]).exits(0).tells(&[
        "bot old shop",
        "not in the configuration",
        words[1],
    ]);
    world
        .run(&["approve", "old shop"])
        .exits(2)
        .tells(&["there is no bot"]);
    world
        .run(&["approve", "old shop", "--removed"])
        .exits(0)
        .tells(&["2 steps struck off", "\n  x\n  y\n"]);
    let status = world.run(&["status"]).exits(0);
    assert!(!status.stdout.contains("old shop"), "{}", status.stdout);
}
