//! Steps that Haptik refuses: the others go live, the bad one waits with Haptik's reason, and where
//! uploads replace the good ones are off no longer than one failed task and its recovery.

use std::collections::BTreeMap;

use crate::support::{BOT, Faq, World, edit, faq, until};
use kms_haptik_sync::config::UploadEffect::{Merge, Replace};
use kms_haptik_sync::sandbox::{BlankRow, UploadRule, Wording};
use serde_json::Value;

fn refuse(world: &World, names: &[&str], unnamed: bool) {
    let reason = |name: &&str| ((*name).to_owned(), "the answer is too long".to_owned());
    world.sandbox.change(UploadRule {
        bad_steps: Some(names.iter().map(reason).collect()),
        unnamed: Some(unnamed),
        ..UploadRule::default()
    });
}

/// The steps `good-..` and others.
fn many(good: usize, others: &[&str]) -> Faq {
    let names: Vec<_> = (0..good).map(|n| format!("good-{n:02}")).collect();
    let mut names: Vec<_> = names.iter().map(String::as_str).collect();
    names.extend(others);
    faq(&names)
}

fn quarantined(world: &World) -> BTreeMap<String, String> {
    let steps = world.run(&["steps", "--json"]).exits(0).json();
    let steps = steps.as_array().unwrap().iter();
    steps
        .filter(|step| step["state"] == "quarantined")
        .map(|step| {
            let text = |key: &str| step[key].as_str().unwrap().to_owned();
            (text("node_name"), text("reason"))
        })
        .collect()
}

/// Uploads without the recoveries, which carry just the steps that were live before.
fn attempts(bot: &Value, live: usize) -> usize {
    let uploads = bot["uploads"].as_array().unwrap();
    uploads
        .iter()
        .filter(|upload| upload["rows"] != live)
        .count()
}

/// Where uploads replace, the task after a failed one makes the bot whole.
fn whole_again_after_each_failure(world: &World, live: usize) {
    for pair in world.tasks().windows(2) {
        let failed = |at: usize| pair[at].status.as_deref().unwrap().starts_with("Error");
        if failed(0) {
            assert!(!failed(1) && pair[1].rows >= live, "no recovery: {pair:#?}");
        }
    }
}

#[test]
fn a_bad_step_that_is_named_costs_one_upload() {
    for effect in [Merge, Replace] {
        let before = many(6, &[]);
        let world = World::synced(effect, &before);
        let wanted = many(6, &["bad-1", "bad-2", "new-1", "new-2"]);
        refuse(&world, &["bad-1", "bad-2"], false);
        world.export(&wanted);
        let run = world.sync().exits(3).tells(&["the answer is too long"]);
        let attempts = attempts(&run.bot(), before.len());
        assert!(
            attempts <= 4,
            "{effect:?}: {attempts} uploads for 2 bad steps"
        );
        assert_eq!(run.bot()["quarantined"], 2);
        assert_eq!(world.live(), many(6, &["new-1", "new-2"]), "{effect:?}");
        let reasons = quarantined(&world);
        assert!(
            reasons["bad-1"].contains("the answer is too long"),
            "{reasons:?}"
        );
        if effect == Replace {
            whole_again_after_each_failure(&world, before.len());
        }

        // Known bad content is not tried again, whatever else changes.
        let calls = world.calls();
        world.sync().exits(3);
        assert_eq!(world.calls(), calls, "{effect:?}");
        world
            .run(&["status"])
            .exits(3)
            .tells(&[BOT, "2 quarantined"]);
    }
}

#[test]
fn bad_steps_that_are_not_named_are_found_by_halving() {
    for effect in [Merge, Replace] {
        for bad in [
            &["good-09"][..],
            &["good-07", "good-15"],
            &["good-06", "good-11", "good-21"],
        ] {
            let before = many(6, &[]);
            let world = World::synced(effect, &before);
            refuse(&world, bad, true);
            world.export(&many(22, &[]));
            let run = world.sync().exits(3);
            let attempts = attempts(&run.bot(), before.len());
            let bound = 2 * bad.len() * 4 + 3;
            assert!(
                attempts <= bound,
                "{attempts} uploads for {bad:?}, at most {bound}"
            );
            let found: Vec<_> = quarantined(&world).into_keys().collect();
            assert_eq!(found, bad, "{effect:?}");
            let mut good = many(22, &[]);
            good.retain(|name, _| !bad.contains(&name.as_str()));
            assert_eq!(world.live(), good, "{effect:?}");
            if effect == Replace {
                whole_again_after_each_failure(&world, before.len());
            }
        }
    }
}

#[test]
fn a_bad_edit_leaves_the_last_good_version_live() {
    for effect in [Merge, Replace] {
        for unnamed in [false, true] {
            let before = many(4, &["x"]);
            let world = World::synced(effect, &before);
            let mut wanted = before.clone();
            edit(&mut wanted, "x", "far too long");
            edit(&mut wanted, "good-01", "edited");
            refuse(&world, &[], unnamed);
            world.sandbox.change(UploadRule {
                bad_content: Some([("far too long".to_owned(), "no".to_owned())].into()),
                ..UploadRule::default()
            });
            world.export(&wanted);
            world.sync().exits(3);
            let mut expected = wanted.clone();
            expected.insert("x".to_owned(), before["x"].clone());
            assert_eq!(world.live(), expected, "{effect:?} {unnamed}");

            // Fixed, it goes up automatically.
            edit(&mut wanted, "x", "short");
            world.export(&wanted);
            world.sync().exits(0);
            assert_eq!(world.live(), wanted, "{effect:?} {unnamed}");
            assert!(quarantined(&world).is_empty());
        }
    }
}

#[test]
fn a_person_can_have_a_step_tried_again() {
    for effect in [Merge, Replace] {
        let world = World::synced(effect, &many(3, &[]));
        let wanted = many(3, &["bad", "worse"]);
        refuse(&world, &["bad", "worse"], false);
        world.export(&wanted);
        world.sync().exits(3);
        refuse(&world, &["worse"], false);
        world
            .run(&["retry", BOT, "bad"])
            .exits(0)
            .tells(&["1 step"]);
        world.sync().exits(3);
        assert_eq!(world.live(), many(3, &["bad"]));
        refuse(&world, &[], false);
        world.run(&["retry"]).exits(0);
        world.sync().exits(0);
        assert_eq!(world.live(), wanted);
    }
}

#[test]
fn a_failure_of_the_service_is_no_step_s_fault() {
    for effect in [Merge, Replace] {
        for text in ["Exception: database is down", "Error: internal"] {
            let before = many(5, &[]);
            let world = World::synced(effect, &before);
            let wanted = many(12, &["x"]);
            world.export(&wanted);
            world.sandbox.change(UploadRule {
                every_task_fails: Some(text.to_owned()),
                ..UploadRule::default()
            });
            let run = world.sync().exits(1).tells(&["no step is to blame", text]);
            assert_eq!(run.bot()["quarantined"], 0);
            let tasks = world.tasks().len();
            assert!(tasks < 20, "{tasks} uploads into a service that fails");
            assert_eq!(world.live(), before, "{effect:?}");
            world.heal();
            world.sync().exits(0);
            assert_eq!(world.live(), wanted, "{effect:?}");
        }
    }
}

#[test]
fn the_first_sync_of_a_bot_finds_its_bad_steps_too() {
    for effect in [Merge, Replace] {
        for unnamed in [false, true] {
            let world = World::with(|settings| settings.effect(effect));
            refuse(&world, &["bad"], unnamed);
            world.export(&many(9, &["bad"]));
            world.sync().exits(3);
            assert_eq!(world.live(), many(9, &[]), "{effect:?} {unnamed}");
        }
    }
}

#[test]
fn a_removal_that_is_refused_blocks_nothing() {
    let world = World::synced(Merge, &many(4, &["gone"]));
    world.sandbox.change(UploadRule {
        blank_row: Some(BlankRow::Error),
        ..UploadRule::default()
    });
    let wanted = many(4, &["new"]);
    world.export(&wanted);
    world.sync().exits(3);
    assert_eq!(world.live(), many(4, &["gone", "new"]));
    assert_eq!(
        quarantined(&world).into_keys().collect::<Vec<_>>(),
        ["gone"]
    );
}

#[test]
fn a_search_goes_on_after_a_restart() {
    let before = many(4, &[]);
    let world = World::synced(Replace, &before);
    world.sandbox.change(UploadRule {
        task_time: Some(40),
        ..UploadRule::default()
    });
    refuse(&world, &["good-08", "good-13"], true);
    world.export(&many(14, &[]));
    for _ in 0..12 {
        let daemon = world.start(&["run"]);
        std::thread::sleep(std::time::Duration::from_millis(120));
        daemon.kill();
        let live = world.live();
        assert!(before.keys().all(|name| live.contains_key(name)) || recovering(&world));
    }
    let daemon = world.daemon();
    let mut wanted = many(14, &[]);
    wanted.retain(|name, _| !["good-08", "good-13"].contains(&name.as_str()));
    until("the search is over", || world.live() == wanted);
    until("the steps are known", || quarantined(&world).len() == 2);
    daemon.stop().exits(0);
}

/// Killed between a failed task and its recovery, the bot is made whole at the next start.
fn recovering(world: &World) -> bool {
    let tasks = world.tasks();
    tasks
        .iter()
        .rev()
        .find_map(|task| task.status.as_deref())
        .is_some_and(|status| status.starts_with("Error"))
}

/// Haptik stops at one step and names another, in the same words each time.
#[test]
fn a_step_that_is_named_by_mistake_goes_live() {
    for effect in [Merge, Replace] {
        let before = many(6, &["kb-1"]);
        let world = World::synced(effect, &before);
        world.sandbox.change(UploadRule {
            bad_steps: Some([("twin".to_owned(), String::new())].into()),
            wording: Some(Wording {
                failed: "Error: a step with this question exists already: kb-1".to_owned(),
                ..Wording::default()
            }),
            ..UploadRule::default()
        });
        let mut wanted = many(6, &["kb-1", "new-1", "twin"]);
        edit(&mut wanted, "kb-1", "corrected");
        edit(&mut wanted, "good-03", "edited");
        world.export(&wanted);
        world.sync().exits(3).tells(&["exists already: kb-1"]);
        assert_eq!(
            quarantined(&world).into_keys().collect::<Vec<_>>(),
            ["twin"]
        );
        wanted.remove("twin");
        assert_eq!(world.live(), wanted, "{effect:?}");
    }
}

/// A step that has long been live is refused from now on, where every upload carries the whole set.
#[test]
fn a_live_step_is_convicted_once_the_rest_has_succeeded_without_it() {
    let before = many(4, &["kb-1", "kb-2"]);
    let world = World::synced(Replace, &before);
    refuse(&world, &["kb-2"], false);
    let mut wanted = before.clone();
    edit(&mut wanted, "kb-1", "edited");
    world.export(&wanted);
    world.sync().exits(3).tells(&[
        "Haptik refused the last good set and names kb-2",
        "the answer is too long",
    ]);
    assert_eq!(
        quarantined(&world).into_keys().collect::<Vec<_>>(),
        ["kb-2"]
    );
    wanted.remove("kb-2");
    assert_eq!(world.live(), wanted);
}

/// The same, but Haptik's words name another step each time.
#[test]
fn a_live_step_that_is_named_by_mistake_is_convicted_of_nothing() {
    let before = many(4, &["kb-1", "kb-2"]);
    let world = World::synced(Replace, &before);
    world.sandbox.change(UploadRule {
        bad_steps: Some([("kb-2".to_owned(), String::new())].into()),
        wording: Some(Wording {
            failed: "Error: a step with this question exists already: kb-1".to_owned(),
            ..Wording::default()
        }),
        ..UploadRule::default()
    });
    let mut wanted = before.clone();
    edit(&mut wanted, "good-01", "edited");
    world.export(&wanted);
    world.sync().exits(1).tells(&["every upload fails"]);
    assert_eq!(quarantined(&world), BTreeMap::new());
    refuse(&world, &[], false);
    world.sync().exits(0);
    assert_eq!(world.live(), wanted);
}
