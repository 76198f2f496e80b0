//! What a bot answers: asked by hand, and by the daemon after uploads and from time to time.

use std::collections::BTreeMap;

use crate::admin::{address, status_of};
use crate::page::{ADMIN_TOKEN, WITH_TOKEN, get};
use crate::page_actions::{SAME_ORIGIN, field, post, signed_in};
use crate::support::{BOT, TOKEN, World, edit, faq, until};
use kms_haptik_sync::sandbox::{AnswerRule, Fault, FaultKind, On, Reply, UploadRule};
use serde_json::Value;

/// Asks in one call; what changes is asked for at once.
fn asking(more: &str) -> World {
    let world = World::with(|settings| {
        settings.haptik(&format!(
            "ask = {{ mode = 'webhook', business_id = 1001, first = '10ms', fallback = ['did not understand'], {more} }}"
        ));
    });
    world.export(&faq(&["kb-1", "kb-2", "kb-3"]));
    world.sync().exits(0);
    world
}

fn answers(world: &World, rule: AnswerRule) {
    world.sandbox.change(UploadRule {
        answers: Some(rule),
        ..UploadRule::default()
    });
}

/// What is said of a step, and what it came to when the bot was asked.
fn step(world: &World, name: &str) -> (String, Value) {
    let steps = world.run(&["steps", BOT, name, "--json"]).exits(0).json();
    let step = &steps[0];
    let state = step["state"].as_str().unwrap_or_default().to_owned();
    assert_eq!(
        step["verification"].is_null(),
        step["verified_at"].is_null()
    );
    (state, step["verification"].clone())
}

fn comes_to(world: &World, name: &str, verdict: &str) {
    until(verdict, || {
        step(world, name) == ("live".to_owned(), Value::from(verdict))
    });
}

/// A number below `verification` of `status --json`.
fn counted(world: &World, what: &str) -> Value {
    let status = world.run(&["status", "--json"]).json();
    status["bots"][0]["verification"][what].clone()
}

#[test]
fn one_message_is_asked_and_compared() {
    let world = asking("");
    let told = world.run(&["ask", BOT, "what is kb-1?"]).exits(0);
    assert!(
        told.stdout.contains("answered by step \"kb-1\""),
        "{}",
        told.stdout
    );
    assert!(told.stdout.contains("This is kb-1."), "{}", told.stdout);
    let unknown = world.run(&["ask", BOT, "Good morning"]).exits(0);
    assert!(
        unknown.stdout.contains("no live step has this message"),
        "{}",
        unknown.stdout
    );

    let mut steps = faq(&["kb-1", "kb-2", "kb-3"]);
    edit(&mut steps, "kb-1", "It is new.");
    world.export(&steps);
    world.sync().exits(0);
    world.sandbox.change(UploadRule {
        publish_old: vec!["kb-1".into()],
        ..UploadRule::default()
    });
    let old = world.run(&["ask", BOT, "What is kb-1?"]).exits(3);
    for words in [
        "an earlier version of step \"kb-1\"",
        "This is kb-1.",
        "It is new.",
    ] {
        assert!(old.stdout.contains(words), "{words}: {}", old.stdout);
    }
}

#[test]
fn a_file_of_messages_is_a_test_of_the_bot() {
    let world = asking("");
    let ahead = [("Tell me about kb-2".to_owned(), "Buy now!".to_owned())];
    answers(
        &world,
        AnswerRule {
            ahead: ahead.into(),
            ..AnswerRule::default()
        },
    );
    world.write(
        "good.csv",
        "message,step\nWhat is kb-1?,kb-1\nwhat is kb-3?,\n",
    );
    let good = world.run(&["ask", BOT, "--file", "good.csv"]).exits(0);
    assert!(
        good.stdout.contains("2 of 2 messages answered as expected"),
        "{}",
        good.stdout
    );
    world.write(
        "tests.csv",
        "message,step\nWhat is kb-1?,kb-1\nTell me about kb-2,kb-2\nWhat is kb-3?,kb-1\nHi,kb-9\n",
    );
    let json = world
        .run(&["ask", BOT, "--file", "tests.csv", "--json"])
        .exits(3)
        .json();
    assert_eq!(json["as_expected"], 1, "{json:#}");
    let answers = json["answers"].as_array().unwrap().iter();
    let verdicts: Vec<&Value> = answers.map(|one| &one["verdict"]).collect();
    assert_eq!(verdicts[..3], ["verified", "other_step", "other_step"]);
    assert!(verdicts[3].is_null());
    assert_eq!(json["answers"][2]["step"], "kb-3");
    world.write("empty.csv", "message,step\n");
    world.run(&["ask", BOT, "--file", "empty.csv"]).exits(2);
}

#[test]
fn nobody_is_asked_unless_the_configuration_says_so() {
    let world = World::new();
    world.export(&faq(&["kb-1"]));
    world.sync().exits(0);
    let before = world.calls();
    let refused = world.run(&["ask", BOT, "What is kb-1?"]).exits(2);
    assert!(
        refused.stderr.contains("[haptik.ask]"),
        "{}",
        refused.stderr
    );
    assert_eq!(world.calls(), before);
    assert_eq!(step(&world, "kb-1"), ("live".to_owned(), Value::Null));
}

#[test]
fn a_user_whom_the_platform_does_not_know_is_made_and_asks() {
    let world = asking("");
    answers(
        &world,
        AnswerRule {
            users_must_exist: true,
            ..AnswerRule::default()
        },
    );
    let told = world.run(&["ask", BOT, "What is kb-1?"]).exits(0);
    assert!(
        told.stdout.contains("answered by step \"kb-1\""),
        "{}",
        told.stdout
    );
}

#[test]
fn in_a_conversation_the_reply_is_waited_for() {
    let world = World::with(|settings| {
        settings.haptik("ask = { mode = 'conversation', business_id = 1001, reply_within = '4s' }");
    });
    world.export(&faq(&["kb-1"]));
    world.sync().exits(0);
    answers(
        &world,
        AnswerRule {
            reply: Reply::After(1500),
            ..AnswerRule::default()
        },
    );
    let late = world.run(&["ask", BOT, "What is kb-1?"]).exits(0);
    assert!(
        late.stdout.contains("answered by step \"kb-1\""),
        "{}",
        late.stdout
    );
    answers(
        &world,
        AnswerRule {
            reply: Reply::Never,
            ..AnswerRule::default()
        },
    );
    let never = world.run(&["ask", BOT, "What is kb-1?"]).exits(1);
    assert!(
        never.stderr.contains("no reply within 4 s"),
        "{}",
        never.stderr
    );
}

#[test]
fn faults_of_the_new_calls_are_told_without_secrets_and_without_what_was_asked() {
    let world = asking("");
    for (kind, words) in [
        (FaultKind::StatusCode, "500"),
        (FaultKind::DropAfter, "before the answer was complete"),
        (FaultKind::NotJson, "is not the JSON"),
        (
            FaultKind::SuccessFalse,
            "Check business_id and user below [haptik.ask]",
        ),
    ] {
        let body = (kind == FaultKind::SuccessFalse)
            .then(|| format!("no answer to What is kb-1? with {TOKEN}"));
        // The user is made after a refusal, and the question asked once more.
        for _ in 0..2 {
            world.fault(Fault {
                body: body.clone(),
                ..Fault::new(On::Ask, kind)
            });
        }
        let told = world.run(&["ask", BOT, "What is kb-1?"]).exits(1);
        assert!(told.stderr.contains(words), "{kind:?}: {}", told.stderr);
        assert!(
            !told.stderr.contains(TOKEN) && !told.stderr.contains("What is kb-1?"),
            "{}",
            told.stderr
        );
        world.heal();
    }
}

#[test]
fn an_editor_changes_a_question_and_it_is_verified_once_the_bot_is_trained() {
    let world = asking("");
    answers(
        &world,
        AnswerRule {
            training: true,
            ..AnswerRule::default()
        },
    );
    let daemon = world.daemon();
    comes_to(&world, "kb-1", "verified");
    let mut steps = faq(&["kb-1", "kb-2", "kb-3"]);
    steps.get_mut("kb-1").unwrap().0 = "What is kb-1?|Where can I find kb-1?".to_owned();
    world.export(&steps);
    comes_to(&world, "kb-1", "not_understood");
    until("training", || counted(&world, "untrained") == 1);
    let told = world.run(&["steps", BOT, "kb-1"]).exits(0);
    assert!(
        told.stdout.contains("until it is trained"),
        "{}",
        told.stdout
    );
    assert_eq!(
        world.run(&["status", "--json"]).json()["bots"][0]["state"],
        "attention"
    );
    world.sandbox.change(UploadRule {
        train: true,
        ..UploadRule::default()
    });
    comes_to(&world, "kb-1", "verified");
    assert_eq!(counted(&world, "untrained"), 0);
    daemon.stop().exits(0);
}

#[test]
fn what_was_published_over_is_found_and_sent_once_more_and_not_again() {
    let world = asking("repair = 'resend', sweep = '1s', calls_per_day = 100000");
    let mut steps = faq(&["kb-1", "kb-2", "kb-3"]);
    edit(&mut steps, "kb-2", "It is new.");
    world.export(&steps);
    world.sync().exits(0);
    let daemon = world.daemon();
    comes_to(&world, "kb-2", "verified");
    let publish_old = || {
        world.sandbox.change(UploadRule {
            publish_old: vec!["kb-2".into()],
            ..UploadRule::default()
        });
    };
    let uploads = world.tasks().len();
    publish_old();
    until("it is sent once more", || {
        world.tasks().len() == uploads + 1
    });
    comes_to(&world, "kb-2", "verified");
    // What the other service puts back again is told, and no more.
    let mut others = BTreeMap::new();
    others.insert("What is kb-2?".to_owned(), "This is kb-2.".to_owned());
    others.insert("Tell me about kb-2".to_owned(), "This is kb-2.".to_owned());
    answers(
        &world,
        AnswerRule {
            ahead: others,
            ..AnswerRule::default()
        },
    );
    until("it has drifted", || counted(&world, "drifted") == 1);
    assert_eq!(world.tasks().len(), uploads + 1);
    daemon.stop().exits(0);
}

#[test]
fn after_an_agent_nothing_is_asked_of_the_bot() {
    let world = asking("");
    answers(
        &world,
        AnswerRule {
            ahead: [(
                "What is kb-1?".to_owned(),
                "Connecting you to Asha.".to_owned(),
            )]
            .into(),
            ..AnswerRule::default()
        },
    );
    world.run(&["ask", BOT, "What is kb-1?"]).exits(3);
    let before = world.calls();
    let refused = world.run(&["ask", BOT, "What is kb-2?"]).exits(1);
    assert!(
        refused.stderr.contains("handed a chat to an agent"),
        "{}",
        refused.stderr
    );
    assert_eq!(world.calls(), before);
    assert!(!counted(&world, "not_before").is_null());
}

#[test]
fn a_step_that_hands_over_to_people_is_not_asked() {
    let world = asking("");
    let mut steps = faq(&["kb-1", "kb-2", "kb-3"]);
    edit(&mut steps, "kb-3", "Connecting you to our team.");
    world.export(&steps);
    world.sync().exits(0);
    let before = world.calls();
    let told = world.run(&["ask", BOT, "What is kb-3?"]).exits(3);
    assert!(
        told.stdout.contains("not asked: step \"kb-3\""),
        "{}",
        told.stdout
    );
    assert_eq!(world.calls(), before);
}

#[test]
fn the_budget_of_a_day_holds_across_commands() {
    let world = asking("calls_per_day = 2");
    for _ in 0..2 {
        world.run(&["ask", BOT, "What is kb-1?"]).exits(0);
    }
    let before = world.calls();
    let refused = world.run(&["ask", BOT, "What is kb-1?"]).exits(1);
    assert!(
        refused.stderr.contains("haptik.ask.calls_per_day"),
        "{}",
        refused.stderr
    );
    assert_eq!(world.calls(), before);
}

#[test]
fn an_editor_asks_the_bot_on_its_page() {
    let world = World::with(|settings| {
        settings.haptik("ask = { mode = 'webhook', business_id = 1001 }");
        settings.tables(WITH_TOKEN);
    });
    world.write("admin-token", ADMIN_TOKEN);
    world.export(&faq(&["kb-1"]));
    world.sync().exits(0);
    let daemon = world.daemon();
    let address = address(&daemon);
    let cookie = signed_in(&address);
    let page = get(&address, "/bots/acme_support", &cookie);
    let key = field(&page, "form_key");
    let headers = format!("{cookie}{SAME_ORIGIN}");
    let form = format!("form_key={key}&message=What+is+kb-1%3F");
    let told = post(&address, "/bots/acme_support/ask", &headers, &form);
    assert_eq!(status_of(&told), 200, "{told}");
    for words in ["This is kb-1.", "step kb-1, as the knowledge base has it"] {
        assert!(told.contains(words), "{words}: {told}");
    }
    let nothing = post(
        &address,
        "/bots/acme_support/ask",
        &headers,
        &format!("form_key={key}&message=+"),
    );
    assert_eq!(status_of(&nothing), 409, "{nothing}");
    daemon.stop().exits(0);
}
