//! What is shown is true, in each place where it is shown: `status`, `steps`, `/status.json`, the metrics and the page.

use rustix::process::Signal;
use serde_json::Value;

use crate::admin::{OPEN, address, body};
use crate::page::get;
use crate::support::{BOT, Running, World, edit, faq, until};
use kms_haptik_sync::config::UploadEffect::{Merge, Replace};
use kms_haptik_sync::sandbox::{Fault, FaultKind, On, UploadRule};

fn status(world: &World) -> Value {
    world.run(&["status", "--json"]).bot()
}

fn step(world: &World, name: &str) -> Value {
    world.run(&["steps", BOT, name, "--json"]).json()[0].clone()
}

/// A daemon whose uploads never end from now on, and `a` of the export under way in upload 2.
fn under_way() -> (World, Running, String) {
    let world = World::with(|settings| settings.tables(OPEN));
    let mut wanted = faq(&["a", "b", "c"]);
    world.export(&wanted);
    let daemon = world.daemon();
    let address = address(&daemon);
    until("the first sync", || world.is_in_sync());
    world.sandbox.change(UploadRule {
        never_ending: Some(true),
        ..UploadRule::default()
    });
    edit(&mut wanted, "a", "Another text.");
    world.export(&wanted);
    until("it is under way", || {
        !status(&world)["in_flight"]["task_id"].is_null()
    });
    (world, daemon, address)
}

#[test]
fn what_a_folder_has_new_waits_from_when_it_was_there() {
    let (world, daemon, address) = under_way();
    let page = |path: &str| get(&address, path, "");
    let as_read = "Live, as the knowledge base has it. As read at ";
    until("the others are live", || {
        page("/steps/acme_support/b").contains(as_read)
    });
    let mut wanted = faq(&["a", "b", "c"]);
    edit(&mut wanted, "a", "Another text.");
    edit(&mut wanted, "b", "What nobody has read yet.");
    world.export(&wanted);
    until("the watcher knows it", || {
        !status(&world)["moved_at"].is_null()
    });

    let told = status(&world);
    assert!(told["pending"].as_u64() > Some(0), "{told}");
    let since = told["moved_at"].as_str().unwrap().to_owned();
    let served: Value = serde_json::from_str(body(&page("/status.json"))).unwrap();
    assert_eq!(served["bots"][0]["moved_at"], since.as_str());
    assert_eq!(served["bots"][0]["pending"], told["pending"]);
    let steps: Value = serde_json::from_str(body(&page("/v1/bots/acme_support/steps"))).unwrap();
    assert_eq!(steps["moved_at"], since.as_str());
    assert_eq!(step(&world, "b")["moved_at"], since.as_str());
    for command in ["status", "steps"] {
        let run = world
            .run(&[command])
            .tells(&["a folder has changed since "]);
        assert!(!run.stdout.contains("in sync;"), "{}", run.stdout);
    }
    // Nothing that was read before is said to be what the knowledge base has.
    for path in ["/steps/acme_support/b", "/steps/acme_support/c"] {
        let page = page(path);
        assert!(!page.contains("as the knowledge base has it"), "{page}");
        assert!(
            !page.contains("the same as in the knowledge base"),
            "{page}"
        );
        assert!(
            page.contains("The export has changed since <time"),
            "{page}"
        );
    }
    let bot = page("/bots/acme_support");
    assert!(bot.contains("The export has changed since <time"), "{bot}");
    assert!(!bot.contains("answers as the knowledge base says"), "{bot}");
    // The clock of freshness runs.
    let waits = format!("kms_haptik_sync_oldest_waiting_change_seconds{{bot=\"{BOT}\"}} ");
    let metrics = page("/metrics");
    let line = metrics.lines().find_map(|line| line.strip_prefix(&waits));
    assert!(line.unwrap().parse::<f64>().unwrap() > 0.0, "{line:?}");

    world.heal();
    until("all of it is live", || world.live() == wanted);
    until("it is told to be read", || {
        page("/steps/acme_support/b").contains(as_read)
    });
    daemon.stop().exits(0);
}

#[test]
fn steps_names_the_upload_that_holds_a_step() {
    let (world, daemon, address) = under_way();
    assert_eq!(step(&world, "b")["state"], "live");
    let a = step(&world, "a");
    assert_eq!(a["state"], "pending");
    let reason = a["reason"].as_str().unwrap();
    assert!(reason.contains("upload 2 is accepted"), "{reason}");
    let story = get(&address, "/steps/acme_support/a", "");
    assert!(story.contains("sent (upload 2)"), "{story}");
    daemon.stop().exits(0);
    // What is new after a restart waits for that upload, and is not in it.
    let mut wanted = faq(&["a", "b", "c", "d"]);
    edit(&mut wanted, "a", "Another text.");
    world.export(&wanted);
    world.heal();
    world.sync().exits(0);
    assert_eq!(step(&world, "d")["state"], "live");
}

#[test]
fn what_haptik_does_not_accept_is_not_on_its_way() {
    for effect in [Merge, Replace] {
        let world = World::with(|settings| {
            settings.tables(OPEN);
            settings.effect(effect);
        });
        world.export(&faq(&["a"]));
        world.sync().exits(0);
        world.write("token", "a-token-of-yesterday");
        let mut wanted = faq(&["a", "b"]);
        edit(&mut wanted, "a", "Another text.");
        world.export(&wanted);
        let run = world.sync().exits(1);
        assert_eq!(run.bot()["uploads"][0]["outcome"], "not_sent");
        let daemon = world.daemon();
        let address = address(&daemon);
        for (name, headline) in [
            (
                "a",
                "has not been sent to Haptik; until then the earlier one answers.",
            ),
            ("b", "Not live yet. It has not been sent to Haptik."),
        ] {
            // The one that tells it: while the daemon sends it again, the next one says that.
            let mut page = String::new();
            until("it is told", || {
                page = get(&address, &format!("/steps/acme_support/{name}"), "");
                page.contains("401 Unauthorized")
            });
            assert!(page.contains(headline), "{page}");
            assert!(
                page.contains("Haptik has not accepted upload 2: "),
                "{page}"
            );
            assert!(!page.contains("on its way"), "{page}");
            assert!(!page.contains("sent (upload"), "{page}");
            assert!(
                page.contains("verdict\"><svg class=\"sign failing\""),
                "{page}"
            );
        }
        daemon.stop().exits(0);
    }
}

#[test]
fn a_sync_that_was_stopped_is_not_failing() {
    let world = World::synced(Merge, &faq(&["a"]));
    world.sandbox.change(UploadRule {
        never_ending: Some(true),
        ..UploadRule::default()
    });
    world.export(&faq(&["a", "b"]));
    let run = world.start(&["--sync-now"]);
    until("it is under way", || {
        !status(&world)["in_flight"]["task_id"].is_null()
    });
    run.signal(Signal::TERM);
    run.wait();
    let told = status(&world);
    assert_eq!(
        (&told["state"], &told["last_error"], &told["daemon"]),
        (&"syncing".into(), &Value::Null, &false.into())
    );
}

#[test]
fn the_last_success_and_the_last_time_in_sync_are_two_things() {
    let world = World::synced(Merge, &faq(&["a", "b"]));
    let first = status(&world);
    assert!(first["last_success"].is_string());
    // The times are told to the second.
    let a_second = || std::thread::sleep(std::time::Duration::from_millis(1100));
    a_second();
    // Something waits for a person: everything was read, and carried out as far as it can be.
    world.write("export/bad.csv", "id,question,answer\n1,,\n");
    world.sync().exits(3);
    let second = status(&world);
    assert_eq!(second["last_in_sync"], first["last_in_sync"]);
    assert!(second["last_success"].as_str() > first["last_success"].as_str());
    a_second();
    // Not everything was read.
    std::fs::remove_dir_all(world.path("export")).unwrap();
    world.sync().exits(1);
    let third = status(&world);
    assert_eq!(third["last_success"], second["last_success"]);
}

#[test]
fn health_asks_the_daemon_of_this_state_and_no_other() {
    let first = World::with(|settings| settings.tables(OPEN));
    first.export(&faq(&["a"]));
    let daemon = first.daemon();
    let address = address(&daemon);
    let second = World::with(|settings| {
        settings.tables(&format!("[admin]\nlisten = '{address}'"));
    });
    second.export(&faq(&["a"]));
    let other = second.daemon();
    until("it is in sync", || second.is_in_sync());
    until("the first is ready", || {
        get(&address, "/readyz", "").contains("200 OK")
    });
    second
        .run(&["health"])
        .exits(1)
        .tells(&["another daemon answers there"]);
    other.stop();
    daemon.stop().exits(0);
}

#[test]
fn a_domain_name_that_haptik_refuses_is_named_first_and_no_step_is_looked_for() {
    for effect in [Merge, Replace] {
        let world = World::with(|settings| settings.effect(effect));
        world.export(&faq(&["a", "b", "c", "d"]));
        world.fault(Fault {
            times: 1000,
            body: Some("{\"success\":false,\"message\":\"Invalid domain_name\"}".to_owned()),
            code: Some(400),
            ..Fault::new(On::Submit, FaultKind::StatusCode)
        });
        let before = world.calls();
        let run = world.sync().exits(1);
        let error = run.bot()["error"].as_str().unwrap().to_owned();
        assert!(error.contains("Check domain_name of this bot"), "{error}");
        assert_eq!(world.calls() - before, 1, "it was tried again in halves");
        assert_eq!(run.bot()["quarantined"], 0);
        world.heal();
        world.sync().exits(0);
    }
}

#[test]
fn check_finds_a_wrong_path_of_the_address() {
    let mut world = World::new();
    world.export(&faq(&["a"]));
    let wrong = format!("base_url = '{}/api'", world.url);
    world.reconfigure(|settings| settings.haptik(&wrong));
    let run = world.run(&["check"]);
    run.tells(&["see that base_url is the one that Haptik gave you, with its path"]);
}
