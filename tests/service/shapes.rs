//! The JSON documents and exit codes that scripts rely on, exactly as the design gives them; keys
//! may be added, and none of these may go or change its kind.

use crate::support::{BOT, World, edit, faq, is_about_files};
use kms_haptik_sync::config::UploadEffect::Merge;
use kms_haptik_sync::sandbox::UploadRule;
use serde_json::{Value, json};

/// Checks the keys that are named; others may stand beside them.
#[track_caller]
fn holds(document: &Value, expected: &Value) {
    for (key, value) in expected.as_object().unwrap() {
        assert_eq!(&document[key], value, "{key} of {document:#}");
    }
}

#[track_caller]
fn is_time(value: &Value) {
    let text = value.as_str().unwrap();
    text.parse::<jiff::Timestamp>().unwrap();
}

#[test]
fn sync_now() {
    let world = World::new();
    world.export(&faq(&["a", "b"]));
    let bot = world.sync().exits(0).bot();
    holds(
        &bot,
        &json!({
            "domain_name": BOT, "outcome": "in_sync", "added": 2, "changed": 0, "removed": 0,
            "unchanged": 0, "quarantined": 0, "held_removals": 0, "error": null,
        }),
    );
    let upload = &bot["uploads"][0];
    assert_eq!(upload["task_id"], world.tasks()[0].task_id.as_str());
    let message = "all steps have been created successfully";
    holds(
        upload,
        &json!({ "rows": 2, "outcome": "succeeded", "message": message }),
    );
}

#[test]
fn plan_says_what_a_sync_would_do_and_does_nothing() {
    let mut steps = faq(&["a", "b", "c"]);
    let world = World::synced(Merge, &steps);
    steps.remove("a");
    edit(&mut steps, "b", "Better");
    steps.extend(faq(&["d"]));
    world.export(&steps);
    let before = world.calls();
    let bot = world.run(&["plan", "--json"]).bot();
    holds(
        &bot,
        &json!({
            "domain_name": BOT, "add": ["d"], "change": ["b"], "remove": ["a"],
            "held_removals": [], "unchanged": 1, "rejected": [],
        }),
    );
    assert_eq!(world.calls(), before);
    world.run(&["plan"]).tells(&["a", "b", "d", "Better"]);

    world.write("export/bad.csv", "id,question,answer\nbad-1,\"cut off\n");
    let bot = world.run(&["plan", "--json"]).bot();
    holds(
        &bot,
        &json!({ "remove": [], "held_removals": [], "waiting_removals": [], "unread": 1 }),
    );
    holds(
        &bot["rejected"][0],
        &json!({ "source": "export", "line": 2, "id": "bad-1" }),
    );
    assert!(
        bot["rejected"][0]["reason"]
            .as_str()
            .unwrap()
            .contains("looks cut off")
    );
    assert_eq!(world.live(), faq(&["a", "b", "c"]), "plan changed the bot");
}

#[test]
fn status_and_steps() {
    let mut steps = faq(&["a", "b", "c", "d"]);
    let world = World::new();
    let nothing = json!({
        "domain_name": BOT, "live": 0, "quarantined": 0, "held_removals": 0, "in_flight": null,
        "last_success": null,
    });
    holds(&world.run(&["status", "--json"]).bot(), &nothing);

    world.export(&steps);
    world.sync().exits(0);
    let bot = world.run(&["status", "--json"]).exits(0).bot();
    holds(
        &bot,
        &json!({
            "state": "in_sync", "live": 4, "pending": 0, "quarantined": 0, "held_removals": 0,
            "in_flight": null, "last_error": null,
        }),
    );
    is_time(&bot["last_success"]);

    edit(&mut steps, "b", "refuse me");
    steps.remove("c");
    world.sandbox.change(UploadRule {
        bad_steps: Some([("b".to_owned(), "answer too long".to_owned())].into()),
        ..UploadRule::default()
    });
    world.export(&steps);
    world.write("export/bad.csv", "id,question,answer\n,q,a\n");
    world.sync().exits(3);
    steps.extend(faq(&["e"]));
    world.export(&steps);
    // It is told as of the last sync: what has come since is not known yet.
    let bot = world.run(&["status", "--json"]).exits(3).bot();
    holds(
        &bot,
        &json!({
            "live": 4, "pending": 0, "quarantined": 1, "held_removals": 0, "waiting_removals": 0,
            "unread": 1, "daemon": false, "last_error": null,
        }),
    );
    is_time(&bot["as_of"]);
    world.sandbox.change(UploadRule {
        token: Some("another".to_owned()),
        ..UploadRule::default()
    });
    world.sync().exits(1);
    let bot = world.run(&["status", "--json"]).exits(1).bot();
    holds(&bot, &json!({ "live": 4, "pending": 1, "quarantined": 1 }));

    let shown = world.run(&["steps", "--json"]).exits(0).json();
    let states: Vec<_> = shown
        .as_array()
        .unwrap()
        .iter()
        .map(|step| {
            (
                step["node_name"].as_str().unwrap(),
                step["state"].as_str().unwrap(),
            )
        })
        .collect();
    let expected = [
        ("a", "live"),
        ("b", "quarantined"),
        ("c", "live"),
        ("d", "live"),
        ("e", "pending"),
    ];
    assert_eq!(states, expected);
    assert!(
        shown[1]["reason"]
            .as_str()
            .unwrap()
            .contains("answer too long")
    );
    holds(&shown[0], &json!({ "domain_name": BOT, "reason": null }));
    is_time(&shown[0]["as_of"]);
    for (words, expected) in [(&[BOT, "e"][..], 1), (&["e"], 1), (&[BOT], 5), (&["x"], 0)] {
        let mut command = vec!["steps", "--json"];
        command.extend(words);
        let steps = world.run(&command).exits(0).json();
        assert_eq!(steps.as_array().unwrap().len(), expected, "{words:?}");
    }
    world
        .run(&["steps", "nobody", "e"])
        .exits(2)
        .tells(&["no bot \"nobody\""]);
}

#[test]
fn before_any_plan_the_commands_say_that_nothing_was_read() {
    let world = World::new();
    world.export(&faq(&["a"]));
    let bot = world.run(&["status", "--json"]).exits(0).bot();
    holds(
        &bot,
        &json!({ "pending": 0, "as_of": null, "daemon": false }),
    );
    let words = [
        "the sources were not read yet",
        "`kms-haptik-sync plan acme_support`",
    ];
    world
        .run(&["status"])
        .exits(0)
        .tells(&words)
        .tells(&["no daemon works"]);
    world.run(&["steps"]).exits(0).tells(&words);
    world
        .run(&["status", "nobody"])
        .exits(2)
        .tells(&["no bot \"nobody\""]);
}

#[test]
fn status_says_whether_a_daemon_works() {
    if is_about_files("status_says_whether_a_daemon_works") {
        return;
    }
    let world = World::synced(Merge, &faq(&["a"]));
    let daemon = world.daemon();
    assert_eq!(
        world.run(&["status", "--json"]).exits(0).bot()["daemon"],
        true
    );
    let words = format!("process {} works on this state, since ", daemon.pid());
    world.run(&["status"]).exits(0).tells(&[&words]);
    let bot = world.run(&["status", "--json"]).exits(0).bot();
    let since: jiff::Timestamp = bot["daemon_since"].as_str().unwrap().parse().unwrap();
    assert!(jiff::Timestamp::now().duration_since(since).as_secs() < 60);
    daemon.stop().exits(0);
    let bot = world.run(&["status", "--json"]).exits(0).bot();
    assert_eq!(
        (&bot["daemon"], &bot["daemon_since"]),
        (&false.into(), &serde_json::Value::Null)
    );
}

#[test]
fn exit_codes() {
    let world = World::new();
    world.export(&faq(&["a"]));
    world.run(&["--sync-now"]).exits(0);
    world.run(&["--no-such-flag"]).exits(2);
    world
        .run(&["approve", "nobody"])
        .exits(2)
        .tells(&["no bot \"nobody\"", BOT]);
    world.write("export/bad.csv", "id,question,answer\n1,,\n");
    world.run(&["--sync-now"]).exits(3);
    world.run(&["status"]).exits(3);
    std::fs::remove_dir_all(world.path("export")).unwrap();
    world.run(&["--sync-now"]).exits(1);
    world.run(&["status"]).exits(1);
    world.write(
        "config.toml",
        "[haptik]\nbase_ur = 'https://haptik.example.com'\n",
    );
    world.run(&["--sync-now"]).exits(2).tells(&[
        "config.toml:2:1",
        "did you mean `base_url`",
        "[[bot]]",
    ]);
    std::fs::remove_file(world.path("config.toml")).unwrap();
    world.run(&["--sync-now"]).exits(2).tells(&["config.toml"]);
}
