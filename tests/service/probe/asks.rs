//! `probe --ask`: the bot itself is asked, and no person is needed.

use super::*;

/// One that is asked by the probe itself.
fn asked_world(effect: UploadEffect, blank_row: BlankRow, mode: &str) -> World {
    let world = World::with(|settings| {
        settings.effect(effect);
        settings.haptik(&format!(
            "ask = {{ mode = '{mode}', business_id = 1001, user = 'prober-of-acme', fallback = ['did not understand'] }}"
        ));
    });
    world.sandbox.change(UploadRule {
        blank_row: Some(blank_row),
        ..UploadRule::default()
    });
    world
}

/// Runs a probe that needs nobody but for the consent.
fn asks(world: &World, more: &[&str]) -> Run {
    let mut probing = Probing::start(world, &[&[BOT, "--ask", "--within", "3s"], more].concat());
    if probing.hears(&[CONSENT]).is_some() {
        probing.types(BOT);
    }
    probing.end()
}

#[test]
fn without_a_person_every_kind_of_bot_is_recognised_too() {
    for (effect, blank_row, mode, upload_effect, removals, left) in [
        (
            Merge,
            BlankRow::Removes,
            "webhook",
            "merge",
            Some("blank-row"),
            0,
        ),
        (
            Merge,
            BlankRow::Removes,
            "conversation",
            "merge",
            Some("blank-row"),
            0,
        ),
        (
            Merge,
            BlankRow::Ignored,
            "webhook",
            "merge",
            Some("manual"),
            2,
        ),
        (
            Merge,
            BlankRow::Error,
            "webhook",
            "merge",
            Some("manual"),
            2,
        ),
        (Replace, BlankRow::Error, "webhook", "replace", None, 0),
        (
            Replace,
            BlankRow::Removes,
            "conversation",
            "replace",
            None,
            0,
        ),
    ] {
        let world = asked_world(effect, blank_row, mode);
        let run = asks(&world, &["--json"]).exits(if left == 0 { 0 } else { 3 });
        assert!(!run.stderr.contains(LOOK), "{}", run.stderr);
        let found = run.json();
        assert_eq!(
            (&found["upload_effect"], &found["removals"]),
            (&upload_effect.into(), &removals.into()),
            "{}",
            run.stderr
        );
        assert_eq!(found["answered_seconds"].as_array().unwrap().len(), 2);
        assert_eq!(world.live().len(), left);
    }
}

#[test]
fn a_bot_that_waits_for_training_or_calls_a_person_is_not_asked_on() {
    let answers = |rule: AnswerRule| {
        let world = asked_world(Merge, BlankRow::Removes, "webhook");
        world.sandbox.change(UploadRule {
            answers: Some(rule),
            ..UploadRule::default()
        });
        world
    };
    let world = answers(AnswerRule {
        training: true,
        ..AnswerRule::default()
    });
    let run = asks(&world, &[]).exits(3);
    run.tells(&["did not understand", "nothing is found out"]);
    assert_eq!(world.live(), Faq::new());

    let world = answers(AnswerRule {
        ahead: [(
            "copper kettle".to_owned(),
            "Connecting you to Asha.".to_owned(),
        )]
        .into(),
        ..AnswerRule::default()
    });
    let run = asks(&world, &[]).exits(1);
    run.tells(&["handed the chat to an agent", "probe without --ask"]);
    assert_eq!(world.live(), Faq::new());
    let asked = world.sandbox.calls().calls;
    assert_eq!(asked.iter().filter(|call| call.call == "ask").count(), 1);
}

#[test]
fn nothing_is_uploaded_where_it_is_not_known_how_to_ask() {
    let world = usual();
    asks(&world, &[]).exits(2).tells(&["[haptik.ask]"]);
    let world = asked_world(Merge, BlankRow::Removes, "webhook");
    let run = Probing::start(&world, &["acme_staging", "--ask"]).end();
    run.exits(2).tells(&["--business-id"]);
    assert_eq!(world.calls(), 0);
}

#[test]
fn what_is_recorded_shows_how_haptik_behaves_and_nobody_who_uses_it() {
    for mode in ["webhook", "conversation"] {
        let world = asked_world(Merge, BlankRow::Removes, mode);
        let run = asks(&world, &["--record", "calls.jsonl"]).exits(0);
        let calls = world.calls();
        run.tells(&[
            &format!("calls.jsonl has {calls} calls"),
            "read it before you send it",
        ]);
        let path = world.path("calls.jsonl");
        let mode_of_file = std::fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode_of_file & 0o777, 0o600);
        let text = std::fs::read_to_string(&path).unwrap();
        for hidden in [TOKEN, "prober-of-acme", "127.0.0.1", "Bearer"] {
            assert!(!text.contains(hidden), "{hidden}: {text}");
        }
        for shown in [
            "all steps have been created successfully",
            "kms_haptik_sync_probe_1",
            "copper kettle",
            "You have found the first step of a probe.",
            "[base_url]/",
            "[user]",
        ] {
            assert!(text.contains(shown), "{shown}: {text}");
        }
        let lines: Vec<Value> = text
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        assert_eq!(lines.len() as u64 - 1, calls);
        assert_eq!(lines[0]["recording"], 1);
        for line in &lines[1..] {
            assert_eq!(line["headers"]["authorization"], "[masked]");
            assert!(line["answer"]["status"].is_number() || line["lost"].is_object());
        }
        asks(&world, &["--record", "calls.jsonl"])
            .exits(2)
            .tells(&["is there already"]);
        assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
        assert_eq!(world.calls(), calls);
    }
}
