//! Rows that are skipped, articles that do not count, and what is told of columns that nobody has
//! named: from the file to what the bot answers.

use crate::support::{World, edit, faq};
use kms_haptik_sync::config::UploadEffect::{Merge, Replace};
use serde_json::Value;

/// The notes of `plan`, as `file:line text`.
fn notes(world: &World) -> Vec<String> {
    let run = world.run(&["plan", "--json"]);
    let notes = run.bot()["notes"].clone();
    let said = |note: &Value| {
        let text = |key: &str| note[key].as_str().unwrap_or_default().to_owned();
        // It is called as what was rejected is, or as a note.
        let told = text("text") + &text("reason");
        format!("{}:{} {told}", text("file"), note["line"])
    };
    notes.as_array().unwrap().iter().map(said).collect()
}

#[test]
fn an_article_without_text_leaves_where_that_means_unpublished() {
    for effect in [Merge, Replace] {
        let names = ["a", "b", "c", "d", "e", "f"];
        let mut world = World::synced(effect, &faq(&names));
        let mut steps = faq(&names);
        edit(&mut steps, "b", "");
        edit(&mut steps, "c", "edited");
        world.export(&steps);
        // By default it is a row that is skipped: the rest goes on, and it stays as it was.
        let run = world.sync().exits(3).tells(&["faq.csv", "has no answer"]);
        assert_eq!(run.bot()["changed"], 1);
        assert!(
            world.live()["b"].1.contains("This is b"),
            "{:?}",
            world.live()
        );
        world.reconfigure(|settings| settings.source("no_answer = 'unpublished'"));
        let told = notes(&world);
        assert!(told[0].contains("no_answer"), "{told:?}");
        let run = world.run(&["plan", "--json"]);
        let plan = run.bot();
        let leaves = ["remove", "held_removals", "waiting_removals"];
        let leaves = leaves.iter().filter_map(|kind| plan[*kind].as_array());
        let leaves: Vec<&Value> = leaves.flatten().collect();
        assert_eq!(leaves, ["b"], "{plan}");
        assert_eq!(plan["rejected"].as_array().unwrap().len(), 0);
    }
}

#[test]
fn drafts_in_a_column_are_told_until_keep_says_which_rows_count() {
    let text = |answer: &str| {
        format!(
            "id,question,answer,status\n1,One?,{answer},live\n2,Two?,b,draft\n3,Three?,c,Published\n4,Four?,d,live\n"
        )
    };
    let mut world = World::new();
    world.write("export/faq.csv", text("a"));
    world.sync().exits(0);
    assert_eq!(world.live().len(), 4);
    let first = notes(&world);
    assert_eq!(first.len(), 1, "{first:?}");
    let line = r#"keep = { "status" = ["live", "Published"] }"#;
    assert!(
        first[0].starts_with("faq.csv:3 ") && first[0].contains(line),
        "{first:?}"
    );
    // The same after a small change, of which the other rows have nothing.
    world.write("export/faq.csv", text("edited"));
    assert_eq!(notes(&world), first);
    world.sync().exits(0);
    assert_eq!(notes(&world), first);
    world
        .run(&["check", "--offline"])
        .tells(&["has rows that look unpublished"]);
    world.reconfigure(|settings| settings.source(line));
    assert_eq!(notes(&world), [""; 0]);
    let run = world.run(&["plan", "--json"]);
    assert_eq!(run.bot()["held_removals"], serde_json::json!(["2"]));
}

#[test]
fn a_draft_in_front_matter_does_not_go_live() {
    let world = World::with(|settings| settings.source("include = ['*.md']"));
    world.write("export/pay.md", "# How do I pay?\nBy card.\n");
    world.write(
        "export/soon.md",
        "---\ndraft: true\n---\n# What comes next?\nA secret.\n",
    );
    world.sync().exits(0);
    assert_eq!(world.live().into_keys().collect::<Vec<_>>(), ["pay"]);
    let told = notes(&world);
    assert!(told[0].contains("`draft: true`"), "{told:?}");
    world.write("export/soon.md", "# What comes next?\nA secret.\n");
    world.sync().exits(0);
    assert_eq!(
        world.live().into_keys().collect::<Vec<_>>(),
        ["pay", "soon"]
    );
}

#[test]
fn an_empty_file_beside_others_is_no_failure() {
    let world = World::synced(Merge, &faq(&["a", "b"]));
    world.write("export/other.csv", "node_name,question,answer\n");
    world.write("export/third.csv", "");
    world.sync().exits(0);
    let told = notes(&world);
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(
        told[0].starts_with("other.csv:0 ") && told[1].starts_with("third.csv:0 "),
        "{told:?}"
    );
}
