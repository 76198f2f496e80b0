//! The main job with `--sync-now`: what the export holds is what the bot answers, and nothing is
//! uploaded that is live already.

use crate::support::{Faq, World, edit, faq};
use kms_haptik_sync::config::UploadEffect::{Merge, Replace};
use serde_json::{Value, json};

/// Added, changed, removed and unchanged of the first bot.
fn counts(bot: &Value) -> [u64; 4] {
    ["added", "changed", "removed", "unchanged"].map(|key| bot[key].as_u64().unwrap())
}

/// Rows of the uploads of the first bot.
fn rows(bot: &Value) -> Vec<u64> {
    let uploads = bot["uploads"].as_array().unwrap();
    uploads
        .iter()
        .map(|upload| upload["rows"].as_u64().unwrap())
        .collect()
}

#[test]
fn the_bot_follows_the_export() {
    // In merge an upload holds what changed, in replace everything.
    for (effect, expected) in [(Merge, [4, 1, 1, 2]), (Replace, [4, 4, 3, 3])] {
        let world = World::with(|settings| settings.effect(effect));
        let mut steps = faq(&["kb-1", "kb-2", "kb-3", "kb-4"]);
        let sync = |steps: &Faq, counted: [u64; 4], uploaded: u64| {
            world.export(steps);
            let bot = world.sync().exits(0).bot();
            assert_eq!(counts(&bot), counted, "{effect:?}");
            assert_eq!(rows(&bot), [uploaded], "{effect:?}");
            assert_eq!(world.live(), *steps, "{effect:?}");
        };
        sync(&steps, [4, 0, 0, 0], expected[0]);
        edit(&mut steps, "kb-2", "A better answer");
        sync(&steps, [0, 1, 0, 3], expected[1]);
        steps.remove("kb-3");
        sync(&steps, [0, 0, 1, 3], expected[2]);
        steps.remove("kb-4");
        steps.extend(faq(&["kb-5"]));
        sync(&steps, [1, 0, 1, 2], expected[3]);
    }
}

#[test]
fn nobody_is_called_when_nothing_changed() {
    for effect in [Merge, Replace] {
        let steps = faq(&["kb-1", "kb-2"]);
        let world = World::synced(effect, &steps);
        let before = world.calls();
        // Written anew, and its variants in another order: the same content.
        let mut same = steps.clone();
        for (question, _) in same.values_mut() {
            let (first, second) = question.split_once('|').unwrap();
            *question = format!("{second}|{first}");
        }
        for export in [&steps, &same] {
            world.export(export);
            let bot = world.sync().exits(0).bot();
            assert_eq!(counts(&bot), [0, 0, 0, 2]);
            assert_eq!(bot["uploads"], json!([]));
        }
        assert_eq!(world.calls(), before, "somebody was called");
    }
}

#[test]
fn several_bots_are_synced_side_by_side() {
    let world = World::with(|settings| {
        settings.add_bot("second", Replace);
        settings.add_bot("third", Merge);
    });
    let (first, second) = (faq(&["kb-1"]), faq(&["kb-1", "other"]));
    world.export(&first);
    world.export_for("second", &second);
    let run = world.sync().exits(1);
    let outcomes: Vec<_> = run.json()["bots"]
        .as_array()
        .unwrap()
        .iter()
        .map(|bot| (bot["domain_name"].clone(), bot["outcome"].clone()))
        .collect();
    let expected = [
        ("acme_support", "in_sync"),
        ("second", "in_sync"),
        ("third", "failed"),
    ];
    assert_eq!(
        outcomes,
        expected.map(|(bot, word)| (json!(bot), json!(word)))
    );
    run.tells(&["third", "does not exist; is it mounted"]);
    assert_eq!(world.live(), first);
    assert_eq!(world.live_of("second"), second);
    world.export_for("third", &first);
    world.sync().exits(0);
    assert_eq!(world.live_of("third"), first);
}

#[test]
fn uploads_stay_within_their_size_and_go_one_after_the_other() {
    let world = World::with(|settings| settings.bot("max_rows_per_upload = 2"));
    let steps = faq(&["a", "b", "c", "d", "e"]);
    world.export(&steps);
    assert_eq!(rows(&world.sync().exits(0).bot()), [2, 2, 1]);
    assert_eq!(world.live(), steps);
    let tasks = world.tasks();
    for pair in tasks.windows(2) {
        assert!(pair[0].ended_at.unwrap() <= pair[1].started_at, "{pair:?}");
    }
}

#[test]
fn a_name_stays_with_its_article() {
    let mut world = World::with(|settings| settings.bot("node_name = '{{ title }}'"));
    let csv = |title: &str| format!("id,question,answer\n7,{title},An answer\n8,Other,Another\n");
    world.write("export/kb.csv", csv("Opening hours"));
    world.sync().exits(0);
    world.write("export/kb.csv", csv("When are you open"));
    let bot = world.sync().exits(0).bot();
    assert_eq!(counts(&bot), [0, 1, 0, 1]);
    let live = world.live();
    assert_eq!(live["Opening hours"].0, "When are you open");
    assert_eq!(live.len(), 2);

    world.reconfigure(|settings| settings.bot("node_name = 'kb-{{ id }}'"));
    let before = world.calls();
    world.sync().exits(0);
    assert_eq!(world.calls(), before, "a new template renamed what is live");
    world.write(
        "export/kb.csv",
        format!("{}9,New,Newer\n", csv("When are you open")),
    );
    world.sync().exits(0);
    let names: Vec<_> = world.live().into_keys().collect();
    assert_eq!(names, ["Opening hours", "Other", "kb-9"]);
}

#[test]
fn only_the_newest_of_dated_exports_counts() {
    let world = World::with(|settings| {
        settings.source("read = 'newest'");
        settings.source("include = ['kb-*.csv']");
    });
    let row = |name: &str| format!("{name},question of {name},answer of {name}\n");
    let csv = |names: &[&str]| {
        let rows: String = names.iter().map(|name| row(name)).collect();
        format!("node_name,question,answer\n{rows}")
    };
    world.write("export/kb-2025-01-01.csv", csv(&["a", "b"]));
    world.sync().exits(0);
    // Clocks of file systems are coarse; the newest is the one written last.
    std::thread::sleep(std::time::Duration::from_millis(20));
    world.write("export/kb-2025-01-02.csv", csv(&["b", "c"]));
    assert_eq!(counts(&world.sync().exits(0).bot()), [1, 0, 1, 1]);
    let names: Vec<_> = world.live().into_keys().collect();
    assert_eq!(names, ["b", "c"]);
}

#[test]
fn manual_removals_are_listed_until_a_person_has_done_them() {
    let world = World::with(|settings| settings.bot("removals = 'manual'"));
    world.export(&faq(&["a", "b", "c"]));
    world.sync().exits(0);
    world.export(&faq(&["a", "b"]));
    let before = world.calls();
    let run = world.sync().exits(3).tells(&["manual_removals"]);
    assert_eq!(run.bot()["manual_removals"], 1);
    assert_eq!(world.calls(), before);
    world
        .run(&["--sync-now"])
        .exits(3)
        .tells(&["manually", "kms-haptik-sync approve acme_support --removed"]);
    let steps = world.run(&["steps", "c", "--json"]).exits(0).json();
    assert_eq!(steps[0]["state"], "manual_removal");
    world.run(&["approve", "--removed"]).exits(0);
    world.sync().exits(0);
    assert_eq!(world.run(&["steps", "c", "--json"]).json(), json!([]));
}

#[test]
fn resync_uploads_everything_again_and_takes_nothing_away() {
    for effect in [Merge, Replace] {
        let steps = faq(&["a", "b", "c"]);
        let world = World::synced(effect, &steps);
        world
            .run(&["resync"])
            .exits(0)
            .tells(&["3 steps forgotten"]);
        assert_eq!(rows(&world.sync().exits(0).bot()), [3]);
        assert_eq!(world.live(), steps);
    }
}

#[test]
fn the_embedded_sandbox_needs_no_token_and_keeps_its_steps() {
    let world = World::new();
    world.write(
        "config.toml",
        "[haptik]\nbase_url = 'sandbox'\npolling = { first = '5ms' }\n\
         [[bot]]\ndomain_name = 'acme_support'\nupload_effect = 'merge'\n\
         [[bot.source]]\nfolder = 'export'\nsettle = '0s'\n",
    );
    world.export(&faq(&["a", "b"]));
    assert_eq!(counts(&world.sync().exits(0).bot()), [2, 0, 0, 0]);
    assert_eq!(counts(&world.sync().exits(0).bot()), [0, 0, 0, 2]);
    assert_eq!(world.calls(), 0);
}
