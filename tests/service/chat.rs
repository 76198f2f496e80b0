//! The two conversation calls, from the command line to what Haptik was asked for.

use crate::support::{TOKEN, World, faq, until};
use kms_haptik_sync::sandbox::{Fault, FaultKind, On, UploadRule};

const MIRA: [&str; 4] = ["--user-name", "mira", "--business-id", "1001"];

fn transfer<'a>(more: &[&'a str]) -> Vec<&'a str> {
    [&["chat", "transfer", "--team-name", "Support"], more].concat()
}

fn transcript<'a>(more: &[&'a str]) -> Vec<&'a str> {
    [&["chat", "transcript", "--conversation-no", "1"], more].concat()
}

#[test]
fn a_chat_is_handed_over() {
    let world = World::new();
    world
        .run(&transfer(&MIRA))
        .exits(0)
        .tells(&["mira", "Support", "10 seconds"]);
    let arguments = [&MIRA[..], &["--countdown", "5", "--json"]].concat();
    let run = world.run(&transfer(&arguments)).exits(0);
    assert_eq!(run.json()["transferred"], true);
    let calls = world.sandbox.calls();
    let countdowns: Vec<_> = calls.handed_over.iter().map(|to| to.countdown).collect();
    assert_eq!(countdowns, [10, 5]);
    assert!(calls.calls.iter().all(|call| call.call == "transfer"));
}

#[test]
fn a_conversation_is_shown_in_every_form_and_by_both_groups() {
    let world = World::new();
    let shown = world.run(&transcript(&MIRA)).exits(0).stdout;
    assert!(shown.starts_with("conversation 1: 4 messages\n"), "{shown}");
    assert!(shown.contains("Asha  ") && shown.contains("\n  Let me look into that.\n"));
    let by_token = world.run(&transcript(&["--pxut", "pxut-of-mira"])).exits(0);
    assert_eq!(by_token.stdout, shown);
    let last = [&MIRA[..], &["--limit", "1", "--json"]].concat();
    let messages = world.run(&transcript(&last)).exits(0).json()["chat_json"].clone();
    assert_eq!(messages.as_array().unwrap().len(), 1);
    assert_eq!(messages[0]["sender"], "Asha");
    let as_json = [&MIRA[..], &["--response-type", "json"]].concat();
    let run = world.run(&transcript(&as_json)).exits(0);
    assert_eq!(run.json()["chat_json"][3], messages[0]);
    let as_text = [&MIRA[..], &["--response-type", "text"]].concat();
    world
        .run(&transcript(&as_text))
        .exits(0)
        .tells(&["user: Where is my order?\nbot: Parcels"]);
}

#[test]
fn what_haptik_refuses_is_told_with_a_remedy_and_no_secret() {
    let world = World::new();
    world
        .run(&transfer(&[
            "--user-name",
            "nobody",
            "--business-id",
            "1001",
        ]))
        .exits(1)
        .tells(&["invalid user_name", "Check --user-name"]);
    let run = world
        .run(&transcript(&["--pxut", "a-token-of-nobody"]))
        .exits(1);
    assert!(!run.stderr.contains("a-token-of-nobody"), "{}", run.stderr);
    run.tells(&["Unable to decode", "client_id below [haptik]"]);
    world.sandbox.change(UploadRule {
        token: Some("another".to_owned()),
        ..UploadRule::default()
    });
    let run = world.run(&transfer(&MIRA)).exits(1);
    assert!(!run.stderr.contains(TOKEN));
    run.tells(&["401", "invalid token provided", "right token"]);
}

#[test]
fn an_answer_that_is_lost_is_not_asked_for_twice() {
    let world = World::new();
    world.sandbox.change(UploadRule {
        faults: vec![Fault::new(On::Transfer, FaultKind::DropAfter)],
        ..UploadRule::default()
    });
    world
        .run(&transfer(&MIRA))
        .exits(1)
        .tells(&["may have been handed over", "Agent Chat"]);
    assert_eq!(world.sandbox.calls().handed_over.len(), 1);
}

#[test]
fn nonsense_is_refused_before_any_call() {
    let world = World::new();
    for (arguments, told) in [
        (
            transfer(&[&MIRA[..], &["--countdown", "4"]].concat()),
            "5 to 10",
        ),
        (
            transfer(&[&MIRA[..], &["--countdown", "11"]].concat()),
            "5 to 10",
        ),
        (
            transfer(&["--user-name", "mira", "--business-id", "shop"]),
            "number",
        ),
        (transfer(&["--user-name", "mira"]), "--business-id"),
        (transcript(&[]), "--pxut"),
        (transcript(&["--user-name", "mira"]), "--business-id"),
        (transcript(&["--business-id", "1001"]), "--user-name"),
        (
            transcript(&[&MIRA[..], &["--pxut", "p"]].concat()),
            "cannot be used with",
        ),
        (
            transcript(&[&MIRA[..], &["--limit", "0"]].concat()),
            "0 is not in",
        ),
    ] {
        world.run(&arguments).exits(2).tells(&[told]);
    }
    assert_eq!(world.sandbox.calls().count, 0);
}

#[test]
fn a_chat_beside_a_daemon_counts_in_its_budget() {
    let world = World::with(|settings| {
        settings.haptik("calls_per_minute = 4");
        settings.source("every = '1h'");
    });
    let steps = faq(&["a"]);
    world.export(&steps);
    let daemon = world.daemon();
    until("the first sync", || {
        world.run(&["status", "--json"]).bot()["state"] == "in_sync"
    });
    let before = world.sandbox.calls().count;
    assert!(before < 3, "{before} calls leave no room");
    world.run(&transcript(&MIRA)).exits(0);
    assert_eq!(world.sandbox.calls().count, before + 1);
    daemon.stop().exits(0);
}
