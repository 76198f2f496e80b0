//! Taking over a bot whose steps were made by hand: what is live comes in by `import`, goes out by
//! `export`, and goes away only when a person says so.

use crate::support::{BOT, Faq, World, csv, edit, faq, is_about_files, side_by_side, until};
use kms_haptik_sync::config::UploadEffect;
use kms_haptik_sync::config::UploadEffect::{Merge, Replace};
use kms_haptik_sync::sandbox::UploadRule;

/// A bot in `replace` or `merge` that holds steps which this service has not brought.
fn made_by_hand(effect: UploadEffect, steps: &Faq) -> World {
    let world = World::synced(effect, steps);
    // The state is forgotten, the bot is not.
    std::fs::remove_dir_all(world.path("state")).unwrap();
    world
}

fn write_csv(world: &World, steps: &Faq) {
    world.write("steps.csv", csv(steps));
}

#[test]
fn what_was_made_by_hand_stays_until_a_person_lets_it_go() {
    if is_about_files("what_was_made_by_hand_stays_until_a_person_lets_it_go") {
        return;
    }
    side_by_side(vec![Merge, Replace], |effect| {
        let by_hand = faq(&["a", "b", "c"]);
        let world = made_by_hand(effect, &by_hand);
        write_csv(&world, &by_hand);
        let mut wanted = faq(&["a", "b", "d"]);
        edit(&mut wanted, "b", "edited");
        world.export(&wanted);
        let run = world
            .run(&["import", "steps.csv", "--as", "live", "--json"])
            .exits(0);
        assert_eq!(run.json()["imported"], 3);
        let plan = world.run(&["plan", "--json"]).exits(3).bot();
        assert_eq!(plan["add"][0], "d");
        assert_eq!(plan["change"][0], "b");
        assert_eq!(plan["held_removals"][0], "c");
        assert_eq!(plan["unchanged"], 1);
        assert_eq!(plan["switches_off_steps_made_by_hand"], false);
        world
            .run(&["plan"])
            .exits(3)
            .tells(&["made by hand, and no source has it", "approve"]);
        assert_eq!(world.sync().exits(3).bot()["held_removals"], 1);
        let mut with_c = wanted.clone();
        with_c.extend(faq(&["c"]));
        assert_eq!(world.live(), with_c);
        world.run(&["approve", BOT]).exits(0);
        world.sync().exits(0);
        assert_eq!(world.live(), wanted);
    });
}

#[test]
fn a_first_upload_in_replace_says_what_it_switches_off() {
    if is_about_files("a_first_upload_in_replace_says_what_it_switches_off") {
        return;
    }
    let world = made_by_hand(Replace, &faq(&["a", "b"]));
    world.export(&faq(&["c"]));
    world
        .run(&["plan"])
        .exits(0)
        .tells(&["made by hand goes inactive", "import steps.csv --as live"]);
    let plan = world.run(&["plan", "--json"]).exits(0).bot();
    assert_eq!(plan["switches_off_steps_made_by_hand"], true);
    world
        .run(&["--sync-now"])
        .exits(0)
        .tells(&["made by hand goes inactive"]);
    assert_eq!(world.live(), faq(&["c"]));
    world.export(&faq(&["c", "d"]));
    let again = world.run(&["--sync-now"]).exits(0);
    assert!(!again.stdout.contains("by hand"), "{}", again.stdout);
}

#[test]
fn an_export_is_a_faq_csv_that_comes_in_again() {
    let steps = faq(&["a", "b"]);
    let world = World::synced(Merge, &steps);
    let live = world.run(&["export", "--as", "live"]).exits(0).stdout;
    assert!(live.starts_with("node_name,question,answer\n"), "{live}");
    assert_eq!(world.run(&["export"]).exits(0).stdout, live);
    let wanted = faq(&["b", "c"]);
    world.export(&wanted);
    let desired = world.run(&["export", BOT, "--json"]).exits(0).json();
    assert_eq!(desired["steps"][1]["node_name"], "c");
    assert_eq!(world.run(&["export", "--as", "live"]).exits(0).stdout, live);
    let calls = world.sandbox.calls().count;

    // What Haptik has confirmed counts more than a file.
    world.write("steps.csv", live.replace("This is a.", "Something else."));
    let run = world
        .run(&["import", "steps.csv", "--as", "live", "--json"])
        .exits(0);
    assert_eq!(run.json()["already_live"], 2);
    assert_eq!(world.run(&["export", "--as", "live"]).exits(0).stdout, live);
    assert_eq!(world.sandbox.calls().count, calls);

    std::fs::remove_dir_all(world.path("export")).unwrap();
    let run = world.run(&["export"]).exits(1);
    assert_eq!(run.stdout, "", "half a set would pass for a whole one");
    run.tells(&["does not exist"]);
}

#[test]
fn an_import_that_cannot_be_right_takes_nothing_over() {
    let world = World::new();
    for (text, told) in [
        ("node_name,question\na,b\n", "steps.csv:1: the header"),
        ("node_name,question,answer\na,q,x\na,q,y\n", "steps.csv:3"),
    ] {
        world.write("steps.csv", text);
        world
            .run(&["import", "steps.csv", "--as", "live"])
            .exits(2)
            .tells(&[told, "Nothing was taken over"]);
    }
    world
        .run(&["import", "nowhere.csv", "--as", "live"])
        .exits(2)
        .tells(&["nowhere.csv cannot be read"]);
    assert_eq!(
        world.run(&["export", "--as", "live"]).exits(0).stdout,
        "node_name,question,answer\n"
    );
}

#[test]
fn an_import_beside_a_daemon_waits_for_the_upload_under_way() {
    let world = World::with(|settings| {
        settings.effect(Replace);
        settings.source("every = '1h'");
    });
    let steps = faq(&["a"]);
    write_csv(&world, &faq(&["x"]));
    world.export(&steps);
    world.sandbox.change(UploadRule {
        never_ending: Some(true),
        ..UploadRule::default()
    });
    let daemon = world.daemon();
    until("the upload is under way", || {
        world.sandbox.calls().count > 0
    });
    let import = ["import", "steps.csv", "--as", "live"];
    world
        .run(&import)
        .exits(1)
        .tells(&["an upload to", "under way"]);
    world.sandbox.change(UploadRule {
        never_ending: Some(false),
        ..UploadRule::default()
    });
    until("the first sync", || world.run(&import).code == Some(0));
    // The daemon sees what joined the snapshot, and takes nothing of it away.
    assert_eq!(world.sync().exits(3).bot()["held_removals"], 1);
    daemon.stop().exits(0);
}
