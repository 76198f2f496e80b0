//! `lint`: over the bots of a configuration, and over a folder or file that has none.

use std::fs;

use serde_json::Value;

use crate::support::{BOT, World, faq};

const GOOD: &str = "node_name,question,answer\nkb-1,When open?|Opening times,From nine to five.\n";
const BAD: &str = "node_name,question,answer\n\
    kb-1,When open?|Opening times,From nine to five.\n\
    kb-2,When open?|Are you open,See http://kb.example/b\n";

/// A world without a configuration.
fn bare() -> World {
    let world = World::new();
    fs::remove_file(world.path("config.toml")).unwrap();
    world
}

#[test]
fn a_folder_or_file_alone_needs_no_configuration() {
    let world = bare();
    world.write("export/faq.csv", GOOD);
    world.write("other/faq.csv", BAD);
    let run = world.run(&["lint", "export/"]).exits(0);
    assert_eq!(run.stdout, "export/: 1 step, nothing to fix\n");
    for path in ["other", "./other/", "other/faq.csv"] {
        let run = world.run(&["lint", path]).exits(3);
        assert!(
            run.stdout.contains("other/faq.csv:3 kb-2, question 1"),
            "{}",
            run.stdout
        );
        assert!(!run.stdout.contains("export"), "{}", run.stdout);
    }
    let quiet = [
        "lint",
        "other",
        "--level",
        "same_question=note",
        "--level",
        "insecure_link=off",
    ];
    world.run(&quiet).exits(0);
    assert!(!world.path("state").exists(), "nothing is opened");
    assert_eq!(world.calls(), 0);
}

#[test]
fn bots_are_judged_with_their_own_settings() {
    let mut world = World::new();
    world.write("export/faq.csv", BAD);
    let document: Value =
        serde_json::from_str(&world.run(&["lint", BOT, "--json"]).exits(3).stdout).unwrap();
    let bot = &document["bots"][0];
    assert_eq!(
        (&bot["domain_name"], &bot["steps"]),
        (&BOT.into(), &2.into())
    );
    assert_eq!(
        (&bot["counts"]["error"], &bot["counts"]["warning"]),
        (&1.into(), &1.into())
    );
    let finding = &bot["findings"][0];
    assert_eq!(finding["rule"], "same_question");
    assert_eq!(
        (&finding["at"]["file"], &finding["at"]["line"]),
        (&"export/faq.csv".into(), &3.into())
    );
    assert_eq!(finding["other"]["node_name"], "kb-1");
    world.reconfigure(|settings| {
        settings.tables("[lint]\nsame_question = 'off'\ninsecure_link = 'note'");
    });
    let run = world.run(&["lint"]).exits(0);
    assert!(
        run.stdout.starts_with("note insecure_link"),
        "{}",
        run.stdout
    );
    world.reconfigure(|settings| settings.tables("[lint]\nsame_questions = 'off'"));
    let run = world.run(&["lint"]).exits(2);
    assert!(
        run.stderr.contains("did you mean `same_question`?"),
        "{}",
        run.stderr
    );
    assert_eq!(world.calls(), 0);
}

#[test]
fn what_cannot_be_read_is_said_and_is_no_success() {
    let world = bare();
    let run = world.run(&["lint", "export/"]).exits(1);
    assert!(run.stdout.starts_with("not judged: "), "{}", run.stdout);
    let run = world.run(&["lint", "nowhere/"]).exits(2);
    assert!(
        run.stderr.contains("nowhere/ cannot be read"),
        "{}",
        run.stderr
    );
    world.write(
        "export/faq.csv",
        "node_name,question,answer\nkb-1,When?|Where?,\n",
    );
    let run = world.run(&["lint", "export/", "--format", "csv"]).exits(3);
    assert!(
        run.stdout
            .contains("error,not_taken,,export/faq.csv,2,kb-1,"),
        "{}",
        run.stdout
    );
}

#[test]
fn pipelines_get_sarif() {
    let world = bare();
    world.export(&faq(&["a", "b"]));
    let run = world.run(&["lint", "export", "--format", "sarif"]);
    let log: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(log["version"], "2.1.0");
    let results = log["runs"][0]["results"].as_array().unwrap();
    for result in results {
        let place = &result["locations"][0]["physicalLocation"]["artifactLocation"];
        assert_eq!(place["uri"], "export/faq.csv");
    }
    world
        .run(&["lint", "export", "--format", "sarif", "--json"])
        .exits(2);
}
