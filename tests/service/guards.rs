//! Removals that may not be meant wait for a person, and everything else goes on meanwhile.

use crate::support::{BOT, Faq, World, edit, faq, side_by_side};
use kms_haptik_sync::config::UploadEffect;
use kms_haptik_sync::config::UploadEffect::{Merge, Replace};

const TEN: [&str; 10] = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"];

fn guarded(effect: UploadEffect) -> World {
    let world = World::with(|settings| {
        settings.effect(effect);
        settings.bot("max_removals = 2");
        settings.bot("max_removal_percent = 20");
    });
    world.export(&faq(&TEN));
    world.sync().exits(0);
    world
}

fn names(steps: Faq) -> Vec<String> {
    steps.into_keys().collect()
}

#[test]
fn too_many_removals_are_held_and_the_rest_goes_on() {
    for effect in [Merge, Replace] {
        let world = guarded(effect);
        let mut wanted = faq(&TEN[3..]);
        edit(&mut wanted, "j", "edited");
        wanted.extend(faq(&["new"]));
        world.export(&wanted);
        let run = world.sync().exits(3);
        let bot = run.bot();
        assert_eq!(bot["held_removals"], 3);
        assert_eq!(
            (&bot["added"], &bot["changed"], &bot["removed"]),
            (&1.into(), &1.into(), &0.into())
        );
        world.run(&["--sync-now"]).exits(3).tells(&[
            "3 of 11 live steps would have been removed within 24 hours",
            "max_removals = 2",
            "max_removal_percent = 20",
            "kms-haptik-sync approve",
        ]);
        let mut held = wanted.clone();
        held.extend(faq(&["a", "b", "c"]));
        assert_eq!(world.live(), held, "{effect:?}");

        // Held steps ride along, whatever else changes.
        wanted.extend(faq(&["newer"]));
        held.extend(faq(&["newer"]));
        world.export(&wanted);
        world.sync().exits(3);
        assert_eq!(world.live(), held, "{effect:?}");

        world
            .run(&["approve", BOT])
            .exits(0)
            .tells(&["3 removals released"]);
        assert_eq!(world.sync().exits(0).bot()["removed"], 3);
        assert_eq!(world.live(), wanted, "{effect:?}");
    }
}

#[test]
fn an_approval_is_for_the_steps_that_were_held() {
    let world = guarded(Merge);
    world.export(&faq(&TEN[3..]));
    world.sync().exits(3);
    world.run(&["approve"]).exits(0);
    // More go before the approved ones have gone: these were never approved.
    world.export(&faq(&TEN[7..]));
    let bot = world.sync().exits(3).bot();
    assert_eq!(
        (&bot["removed"], &bot["held_removals"]),
        (&3.into(), &4.into())
    );
    assert_eq!(names(world.live()), TEN[3..]);
}

#[test]
fn a_few_removals_need_nobody() {
    for effect in [Merge, Replace] {
        let world = guarded(effect);
        world.export(&faq(&TEN[2..]));
        assert_eq!(world.sync().exits(0).bot()["removed"], 2);
        assert_eq!(names(world.live()), TEN[2..]);
    }
}

#[test]
fn held_steps_that_come_back_are_held_no_more() {
    let world = guarded(Merge);
    world.export(&faq(&TEN[5..]));
    world.sync().exits(3);
    world.export(&faq(&TEN));
    let before = world.calls();
    world.sync().exits(0);
    assert_eq!(world.calls(), before);
}

#[test]
fn an_empty_export_empties_a_bot_only_when_a_person_says_so() {
    let cases = [Merge, Replace].map(|effect| [(effect, false), (effect, true)]);
    side_by_side(cases.concat(), |(effect, header_alone)| {
        let world = guarded(effect);
        if header_alone {
            world.export(&Faq::new());
        } else {
            std::fs::remove_file(world.path("export/faq.csv")).unwrap();
        }
        world
            .sync()
            .exits(1)
            .tells(&["approve acme_support --empty"]);
        world.run(&["approve"]).exits(0);
        world.sync().exits(1);
        assert_eq!(world.live(), faq(&TEN), "{effect:?}");

        world.run(&["approve", BOT, "--empty"]).exits(0);
        world.sync().exits(0);
        assert_eq!(names(world.live()), [""; 0], "{effect:?}");
        world.sync().exits(0);

        // It was said of that export, not of every one to come.
        world.export(&faq(&TEN));
        world.sync().exits(0);
        world.export(&Faq::new());
        world.sync().exits(1);
        assert_eq!(world.live(), faq(&TEN), "{effect:?}");
    });
}

#[test]
fn an_incomplete_read_removes_nothing_until_it_is_mended() {
    for effect in [Merge, Replace] {
        let world = guarded(effect);
        let mut wanted = faq(&TEN[1..]);
        wanted.extend(faq(&["new"]));
        world.export(&wanted);
        world.write(
            "export/more.csv",
            "id,question,answer\nx,\"a question that\n",
        );
        world.sync().exits(3).tells(&["more.csv", "looks cut off"]);
        assert!(world.live().contains_key("a") && world.live().contains_key("new"));
        world
            .run(&["--sync-now"])
            .exits(3)
            .tells(&["more.csv:2", "1 step left as it is"]);
        // What could not be read is not held, and nobody can release it.
        world
            .run(&["approve", BOT])
            .exits(0)
            .tells(&["no removal to release"]);
        world.sync().exits(3);
        assert!(
            world.live().contains_key("a"),
            "{effect:?}: unread is not removed"
        );
        std::fs::remove_file(world.path("export/more.csv")).unwrap();
        world.sync().exits(0);
        assert_eq!(world.live(), wanted, "{effect:?}");
    }
}

#[test]
fn a_change_of_the_configuration_that_takes_steps_away_is_held() {
    let fields = "fields = { id = 'nr', question = 'question', answer = 'answer' }";
    let changes: [(&str, &str, &[&str]); 3] = [
        (fields, "the fields", &["1", "2"]),
        (
            "exclude = ['kb-2.csv']",
            "which files and items count",
            &["x1"],
        ),
        ("folder = 'elsewhere'", "the folder", &["x1"]),
    ];
    let cases = [Merge, Replace].map(|effect| changes.map(|change| (effect, change)));
    side_by_side(cases.concat(), |(effect, (line, part, afterwards))| {
        let mut world = configured(effect);
        world.reconfigure(|settings| settings.source(line));
        world.sync().exits(3);
        let words = ["the configuration changed", part, "approve"];
        world.run(&["--sync-now"]).exits(3).tells(&words);
        assert_eq!(names(world.live()), ["x1", "x2"], "{line}");
        world.run(&["approve"]).exits(0);
        world.sync().exits(0);
        assert_eq!(names(world.live()), afterwards, "{line}");
    });
}

#[test]
fn a_new_name_of_a_source_takes_nothing_away() {
    let mut world = configured(Merge);
    world.reconfigure(|settings| settings.source("name = 'renamed'"));
    world.sync().exits(0);
    assert_eq!(names(world.live()), ["x1", "x2"]);
}

fn configured(effect: UploadEffect) -> World {
    let world = World::with(|settings| settings.effect(effect));
    world.write(
        "export/kb-1.csv",
        "id,nr,question,answer\nx1,1,q one,a one\n",
    );
    world.write(
        "export/kb-2.csv",
        "id,nr,question,answer\nx2,2,q two,a two\n",
    );
    world.write(
        "elsewhere/kb.csv",
        "id,nr,question,answer\nx1,1,q one,a one\n",
    );
    world.sync().exits(0);
    world
}

/// A bot of which `a` to `c` are held since plan 1, and `d` to `g` since plan 2.
fn held_in_two_plans() -> World {
    let world = guarded(Merge);
    world.export(&faq(&TEN[3..]));
    world.sync().exits(3);
    world.export(&faq(&TEN[7..]));
    world.sync().exits(3);
    world
}

#[test]
fn a_person_releases_what_they_saw_and_no_more() {
    let world = held_in_two_plans();
    world.run(&["approve", BOT, "a", "x"]).exits(2).tells(&[
        "not held or waiting: x; nothing was done",
        "a, b, c, d, e, f, g",
    ]);
    world
        .run(&["approve", BOT, "--plan", "9"])
        .exits(2)
        .tells(&["the last one is plan 2"]);
    assert_eq!(
        world.sync().exits(3).bot()["removed"],
        0,
        "an error releases nothing"
    );

    let run = world.run(&["approve", BOT, "b", "--json"]).exits(0).bot();
    assert_eq!(run["released"], serde_json::json!(["b"]));
    assert_eq!(
        run["still_held"],
        serde_json::json!(["a", "c", "d", "e", "f", "g"])
    );
    let status = world.run(&["status", "--json"]).exits(3).bot();
    assert_eq!(
        (&status["held_removals"], &status["pending"]),
        (&6.into(), &1.into())
    );
    assert_eq!(world.sync().exits(3).bot()["removed"], 1);

    world
        .run(&["approve", BOT, "--plan", "1"])
        .exits(3)
        .tells(&[
            "2 removals released",
            "\n  a\n  c\n",
            "4 removals came after plan 1 and stay",
            "kms-haptik-sync steps acme_support",
        ]);
    world.sync().exits(3);
    assert_eq!(names(world.live()), TEN[3..]);
    world
        .run(&["approve", BOT])
        .exits(0)
        .tells(&["4 removals released", "\n  d\n  e\n  f\n  g\n"]);
    world
        .run(&["approve", BOT])
        .exits(0)
        .tells(&["no removal to release"]);
    world
        .run(&["approve", BOT, "d"])
        .exits(2)
        .tells(&["released already"]);
    world.sync().exits(0);
    assert_eq!(names(world.live()), TEN[7..]);
}

#[test]
fn no_source_is_read_to_approve_to_tell_or_to_list() {
    let world = held_in_two_plans();
    std::fs::remove_dir_all(world.path("export")).unwrap();
    let status = world.run(&["status", "--json"]).exits(3).bot();
    assert_eq!(
        (&status["held_removals"], &status["last_error"]),
        (&7.into(), &().into())
    );
    let steps = world.run(&["steps", BOT, "c", "--json"]).exits(0).json();
    assert_eq!(steps[0]["state"], "held_removal");
    assert!(
        steps[0]["reason"]
            .as_str()
            .unwrap()
            .contains("max_removals = 2")
    );
    world
        .run(&["approve", BOT])
        .exits(0)
        .tells(&["7 removals released"]);
}

#[test]
fn with_several_bots_a_person_says_which() {
    let world = World::with(|settings| {
        settings.bot("max_removals = 0");
        settings.bot("max_removal_percent = 0");
        settings.add_bot("beta", Merge);
    });
    let toml = std::fs::read_to_string(world.path("config.toml")).unwrap();
    let both = toml.replace(
        "domain_name = 'beta'",
        "domain_name = 'beta'\nmax_removals = 0\nmax_removal_percent = 0",
    );
    world.write("config.toml", both);
    world
        .run(&["approve"])
        .exits(0)
        .tells(&["no bot has anything to release"]);
    world.export(&faq(&["a", "b"]));
    world.export_for("beta", &faq(&["x", "y"]));
    world.sync().exits(0);
    world.export(&faq(&["a"]));
    world.sync().exits(3);
    world
        .run(&["approve"])
        .exits(0)
        .tells(&["acme_support: 1 removal released", "\n  b\n"]);
    world.export_for("beta", &faq(&["x"]));
    world.export(&faq(&["c"]));
    world.sync().exits(3);
    world.run(&["approve"]).exits(2).tells(&[
        "nothing was done",
        "acme_support: 1 removal",
        "beta: 1 removal",
        "--all",
        "`kms-haptik-sync approve beta`",
    ]);
    assert_eq!(names(world.live_of("beta")), ["x", "y"]);
    world
        .run(&["approve", "--all"])
        .exits(0)
        .tells(&["acme_support: 1", "beta: 1"]);
    world.sync().exits(0);
    assert_eq!(
        (names(world.live()), names(world.live_of("beta"))),
        (vec!["c".to_owned()], vec!["x".to_owned()])
    );
}

#[test]
fn manual_removals_are_struck_off_only_where_a_person_says_so() {
    let world = World::with(|settings| settings.bot("removals = 'manual'"));
    world.export(&faq(&["a", "b", "c", "d"]));
    world.sync().exits(0);
    world.export(&faq(&["a", "d"]));
    world.sync().exits(3);
    world.run(&["approve", BOT]).exits(0).tells(&[
        "no removal to release",
        "2 steps are to be removed manually",
        "`kms-haptik-sync approve acme_support --removed`",
    ]);
    world
        .run(&["approve", BOT, "b"])
        .exits(2)
        .tells(&["removed manually in Haptik"]);
    let steps = world.run(&["steps", "b", "--json"]).exits(0).json();
    assert_eq!(steps[0]["state"], "manual_removal");
    let run = world
        .run(&["approve", BOT, "b", "--removed", "--json"])
        .exits(0)
        .bot();
    assert_eq!(run["struck_off"], serde_json::json!(["b"]));
    assert_eq!(
        world.run(&["status", "--json"]).exits(3).bot()["manual_removals"],
        1
    );
    world
        .run(&["approve", "--removed"])
        .exits(0)
        .tells(&["1 step struck off", "\n  c\n"]);
    world.sync().exits(0);
}
