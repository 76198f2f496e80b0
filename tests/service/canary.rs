//! The canary through the real program: two services on one bot find each other, and nothing of the knowledge
//! base, its lists and its guards has anything of the canary.

use crate::admin::address;
use crate::page::{ADMIN_TOKEN, WITH_TOKEN, get};
use crate::page_actions::signed_in;
use crate::support::{BOT, Faq, World, edit, faq, until};
use kms_haptik_sync::config::UploadEffect;
use kms_haptik_sync::model::{CANARY, CANARY_MESSAGE};
use kms_haptik_sync::sandbox::{BlankRow, UploadRule};
use serde_json::Value;

const EFFECTS: [UploadEffect; 2] = [UploadEffect::Merge, UploadEffect::Replace];

fn asks(canary: bool) -> String {
    format!(
        "ask = {{ mode = 'webhook', business_id = 1001, first = '10ms', sweep = '1s', repair = 'resend', \
         calls_per_day = 100000, fallback = ['did not understand'], canary = {canary} }}"
    )
}

/// A bot with a canary, and these steps live.
fn watched(effect: UploadEffect, steps: &Faq) -> World {
    let world = World::with(|settings| {
        settings.effect(effect);
        settings.haptik(&asks(true));
    });
    world.export(steps);
    world.sync().exits(0);
    world
}

/// The owner and the upload that the canary on the bot names.
fn canary(world: &World) -> Option<(String, i64)> {
    let (question, answer) = world.live().remove(CANARY)?;
    assert_eq!(question, CANARY_MESSAGE);
    let words: Vec<&str> = answer.rsplitn(4, ' ').collect();
    Some((words[2].to_owned(), words[0].parse().unwrap()))
}

/// What the bot holds of the knowledge base.
fn steps(world: &World) -> Faq {
    let mut live = world.live();
    live.remove(CANARY);
    live
}

fn status(world: &World) -> Value {
    world.run(&["status", "--json"]).bot()
}

fn finding(world: &World) -> Value {
    status(world)["verification"]["canary"].clone()
}

#[test]
fn it_rides_along_grows_and_is_no_upload_of_its_own() {
    for effect in EFFECTS {
        let mut wanted = faq(&["kb-1", "kb-2", "kb-3"]);
        let world = watched(effect, &wanted);
        assert_eq!(steps(&world), wanted, "{effect:?}");
        let (owner, first) = canary(&world).unwrap();
        assert_eq!(world.tasks().len(), 1, "{effect:?}: it rode along");
        world.sync().exits(0);
        assert_eq!(world.tasks().len(), 1, "{effect:?}: nothing has changed");
        edit(&mut wanted, "kb-2", "It is new.");
        world.export(&wanted);
        world.sync().exits(0);
        assert_eq!(steps(&world), wanted, "{effect:?}");
        let (same, second) = canary(&world).unwrap();
        assert!(same == owner && second > first, "{effect:?}");
        assert_eq!(world.tasks().len(), 2, "{effect:?}");
    }
}

#[test]
fn nothing_of_the_knowledge_base_has_anything_of_it() {
    for effect in EFFECTS {
        let mut wanted = faq(&["kb-1", "kb-2", "kb-3"]);
        let world = watched(effect, &wanted);
        let before = canary(&world).unwrap();
        edit(&mut wanted, "kb-2", "It is new.");
        world.export(&wanted);
        world.sync().exits(0);
        let told = status(&world);
        for (count, number) in [("live", 3), ("pending", 0), ("manual_removals", 0)] {
            assert_eq!(told[count], number, "{effect:?} {count}");
        }
        assert_eq!(told["state"], "in_sync");
        for command in [
            &["steps", BOT, "--json"][..],
            &["plan", "--json"],
            &["lint", "--json"],
            &["export", BOT],
            &["export", BOT, "--at", "1"],
            &["history", "--json"],
        ] {
            let run = world.run(command);
            assert!(!run.stdout.contains(CANARY), "{command:?}: {}", run.stdout);
        }
        for command in ["withdraw", "put-back", "forget", "keep"] {
            let more: &[&str] = if command == "put-back" {
                &["--to", "1"]
            } else {
                &[]
            };
            let arguments = [&[command, BOT, CANARY], more].concat();
            let run = world.run(&arguments);
            assert_eq!(run.code, Some(2), "{command}: {}{}", run.stdout, run.stderr);
        }
        // A way back takes it no further back than it is.
        world.run(&["rollback", BOT, "--to", "1"]);
        world.sync();
        let after = canary(&world).unwrap();
        assert!(after.0 == before.0 && after.1 > before.1, "{effect:?}");
        assert_eq!(steps(&world), faq(&["kb-1", "kb-2", "kb-3"]), "{effect:?}");
    }
}

#[test]
fn an_article_with_its_name_and_a_step_made_by_hand_leave_it_as_it_is() {
    let world = watched(UploadEffect::Merge, &faq(&["kb-1"]));
    let before = canary(&world);
    world.export(&faq(&["kb-1", CANARY]));
    world
        .sync()
        .exits(3)
        .tells(&["which is the name of the canary"]);
    assert_eq!(canary(&world), before);
    world.write(
        "by-hand.csv",
        format!("node_name,question,answer\n{CANARY},Who?,Me.\nby-hand,Who else?,You.\n"),
    );
    let imported = world
        .run(&["import", "--as", "live", "by-hand.csv", "--json"])
        .json();
    assert_eq!(imported["imported"], 1, "{imported}");
    assert!(!world.run(&["steps", BOT]).stdout.contains(CANARY));
}

#[test]
fn switched_off_it_leaves_and_no_guard_counts_it() {
    for effect in EFFECTS {
        // One removal of two steps would be held.
        let wanted = faq(&["kb-1"]);
        let mut world = watched(effect, &wanted);
        assert!(canary(&world).is_some());
        world.reconfigure(|settings| {
            settings.haptik(&asks(false));
            settings.bot("max_removals = 0");
        });
        let off = world.run(&["--sync-now", "--log-level", "info"]);
        off.exits(0).tells(&["removed from the bot"]);
        assert_eq!(world.live(), wanted, "{effect:?}");
        let uploads = world.tasks().len();
        world.sync().exits(0);
        assert_eq!(world.tasks().len(), uploads, "{effect:?}: once");
        world.reconfigure(|settings| settings.haptik(&asks(true)));
        world.sync().exits(0);
        assert!(canary(&world).is_some(), "{effect:?}: and back");
    }
}

#[test]
fn where_people_remove_steps_it_is_told_until_they_have() {
    let world = World::with(|settings| {
        settings.bot("removals = 'manual'");
        settings.haptik(&asks(true));
        settings.tables(WITH_TOKEN);
    });
    let mut world = world;
    world.write("admin-token", ADMIN_TOKEN);
    world.export(&faq(&["kb-1"]));
    world.sync().exits(0);
    world.reconfigure(|settings| settings.haptik(&asks(false)));
    world.sync().exits(0);
    assert!(canary(&world).is_some());
    assert_eq!(finding(&world), "left_behind");
    let told = world.run(&["status"]);
    assert!(
        told.stdout.contains("Remove it manually"),
        "{}",
        told.stdout
    );
    let daemon = world.daemon();
    let address = address(&daemon);
    let cookie = signed_in(&address);
    let page = || get(&address, "/bots/acme_support", &cookie);
    assert!(page().contains("is still on the bot. Remove it manually"));
    world.run(&["resume", BOT]).exits(0);
    assert_eq!(finding(&world), Value::Null);
    assert_eq!(status(&world)["state"], "in_sync");
    until("the page is well", || !page().contains("The canary"));
    daemon.stop().exits(0);
}

#[test]
fn a_refused_canary_or_removal_blocks_no_step() {
    for effect in EFFECTS {
        let mut wanted = faq(&["kb-1", "kb-2"]);
        let mut world = World::with(|settings| {
            settings.effect(effect);
            settings.haptik(&asks(true));
        });
        world.sandbox.change(UploadRule {
            bad_steps: Some([(CANARY.to_owned(), "the name is reserved".to_owned())].into()),
            ..UploadRule::default()
        });
        world.export(&wanted);
        world.sync().exits(3);
        assert_eq!(world.live(), wanted, "{effect:?}");
        assert_eq!(finding(&world), "refused", "{effect:?}");
        assert_eq!(status(&world)["quarantined"], 0, "{effect:?}");
        // Now nothing goes with it that could fail.
        let failed = world.tasks().len();
        edit(&mut wanted, "kb-2", "It is new.");
        world.export(&wanted);
        world.sync().exits(0);
        assert_eq!(
            (world.live(), world.tasks().len()),
            (wanted.clone(), failed + 1)
        );
        world.heal();
        world.sandbox.change(UploadRule {
            bad_steps: Some([].into()),
            blank_row: Some(BlankRow::Error),
            ..UploadRule::default()
        });
        world.run(&["resume", BOT]).exits(0);
        world.sync().exits(0);
        assert!(canary(&world).is_some(), "{effect:?}");
        if effect == UploadEffect::Merge {
            world.reconfigure(|settings| settings.haptik(&asks(false)));
            world.sync().exits(3);
            assert_eq!(finding(&world), "left_behind");
            assert_eq!(steps(&world), wanted);
        }
    }
}

/// Another installation that uploads to the same bot.
fn second(first: &World, effect: UploadEffect, canary: bool, wanted: &Faq) -> World {
    let mut second = World::with(|settings| {
        settings.effect(effect);
        settings.haptik(&asks(canary));
    });
    second.reconfigure(|settings| settings.haptik(&format!("base_url = '{}'", first.url)));
    second.export(wanted);
    second.sync().exits(0);
    second
}

#[test]
fn a_second_service_is_found_and_nothing_is_sent_once_more() {
    for effect in EFFECTS {
        let mut wanted = faq(&["kb-1", "kb-2", "kb-3"]);
        let first = watched(effect, &wanted);
        let daemon = first.daemon();
        until("it is verified", || {
            status(&first)["verification"]["verified"] == 3
        });
        let uploads = first.tasks().len();
        edit(&mut wanted, "kb-2", "It is another.");
        let other = second(&first, effect, true, &wanted);
        until("the other is found", || finding(&first) == "second_service");
        until("the step has drifted", || {
            status(&first)["verification"]["drifted"] == 1
        });
        assert_eq!(first.tasks().len(), uploads + 1, "{effect:?}: the other's");
        let told = first.run(&["status"]).exits(3);
        assert!(
            told.stdout.contains("a second service uploads to this bot"),
            "{}",
            told.stdout
        );
        // The other service finds the first one after its next upload.
        let second = other.daemon();
        let mut of_first = faq(&["kb-1", "kb-2", "kb-3"]);
        edit(&mut of_first, "kb-1", "It is new.");
        first.export(&of_first);
        until("the first is found", || finding(&other) == "second_service");
        second.stop().exits(0);
        // The other one is switched off, and a person says so.
        first.run(&["resume", BOT]).exits(0);
        first.run(&["resync", BOT]).exits(0);
        until("it is well again", || {
            finding(&first) == Value::Null && steps(&first) == of_first
        });
        daemon.stop().exits(0);
    }
}

#[test]
fn a_version_that_was_switched_back_is_told_until_everything_is_uploaded_again() {
    let mut wanted = faq(&["kb-1", "kb-2"]);
    let world = watched(UploadEffect::Merge, &wanted);
    edit(&mut wanted, "kb-1", "It is new.");
    world.export(&wanted);
    world.sync().exits(0);
    let daemon = world.daemon();
    until("it is verified", || {
        status(&world)["verification"]["verified"] == 2
    });
    let uploads = world.tasks().len();
    world.sandbox.change(UploadRule {
        publish_old: vec![CANARY.to_owned(), "kb-1".to_owned()],
        ..UploadRule::default()
    });
    until("it is found", || finding(&world) == "published_over");
    until("the step has drifted", || {
        status(&world)["verification"]["drifted"] == 1
    });
    assert_eq!(world.tasks().len(), uploads, "nothing is sent once more");
    world.run(&["resync", BOT]).exits(0);
    until("it is well again", || finding(&world) == Value::Null);
    assert_eq!(steps(&world), wanted);
    daemon.stop().exits(0);
}

#[test]
fn taken_to_another_haptik_it_begins_anew() {
    let wanted = faq(&["kb-1"]);
    let mut world = watched(UploadEffect::Merge, &wanted);
    let (owner, _) = canary(&world).unwrap();
    let elsewhere = World::new();
    world.reconfigure(|settings| {
        settings.haptik(&format!("base_url = '{}'", elsewhere.url));
    });
    world.run(&["rebind", BOT]).exits(0);
    world.sync().exits(0);
    let (another, _) = canary(&elsewhere).unwrap();
    assert_ne!(another, owner);
    assert_eq!(steps(&elsewhere), wanted);
}
