//! Removals that may not be meant wait for a person, and everything else goes on meanwhile.

use kms_haptik_sync::config::UploadEffect::{self, Merge, Replace};

use crate::support::{BOT, Faq, World, edit, faq, side_by_side};

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
            "3 removals of 11 live steps",
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
        world.write("export/more.csv", "id,question,answer\nx,,no question\n");
        world
            .sync()
            .exits(3)
            .tells(&["more.csv", "has no question"]);
        assert!(world.live().contains_key("a") && world.live().contains_key("new"));
        world
            .run(&["--sync-now"])
            .exits(3)
            .tells(&["more.csv:2", "mend it and the removal goes on"]);
        world
            .run(&["approve"])
            .exits(0)
            .tells(&["1 removal is waiting for a complete read"]);
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
