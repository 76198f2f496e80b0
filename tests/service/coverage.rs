//! `coverage`: what customers wrote, held against what the sources say.

use std::fs;

use crate::support::{BOT, World};
use kms_haptik_sync::config::UploadEffect::Merge;

const FAQ: &str = "node_name,question,answer\n\
    kb-1,How do I reset my password?|Password forgotten,So.\n\
    kb-2,Where is my order?,So.\n";
const BROKEN: &str = "User Message,Count\n\
    how do i reset my password,5\n\
    reset my password please,3\n\
    do you ship to norway,4\n\
    \"call me at +49 170 1234567, it is about my order\",1\n\
    =cmd|' /C calc'!A0,1\n";

fn world() -> World {
    let world = World::new();
    world.write("export/faq.csv", FAQ);
    world.write("broken.csv", BROKEN);
    world
}

#[test]
fn what_to_add_becomes_user_messages_of_the_bot() {
    let mut world = world();
    let document = world
        .run(&["coverage", "broken.csv", "--json"])
        .exits(0)
        .json();
    assert_eq!(
        (
            &document["messages"],
            &document["exactly"],
            &document["near"]
        ),
        (&14.into(), &5.into(), &3.into())
    );
    let groups = document["groups"].as_array().unwrap();
    assert_eq!(groups[0]["typical"], "do you ship to norway");
    assert_eq!(groups[0]["verdict"], "no_article");
    let near = groups
        .iter()
        .find(|group| group["verdict"] == "near")
        .unwrap();
    assert_eq!(
        (&near["article"], &near["typical"]),
        (&"kb-1".into(), &"reset my password please".into())
    );
    let run = world.run(&["coverage", "broken.csv"]).exits(0).tells(&[
        "no article",
        "\"reset my password please\" is",
        "% like \"How do I reset my password?\" of kb-1",
        "5 (35 %) answered exactly",
    ]);
    assert!(!run.stdout.contains("1234567"), "{}", run.stdout);
    assert_eq!(world.calls(), 0);

    let run = world.run(&["coverage", "broken.csv", "--csv"]).exits(0);
    fs::write(world.path("variants.csv"), &run.stdout).unwrap();
    world.reconfigure(|settings| settings.variants("[[bot.variants]]\nfile = 'variants.csv'\n"));
    world.sync().exits(0);
    assert_eq!(
        world.live()["kb-1"].0,
        "How do I reset my password?|Password forgotten|reset my password please"
    );
    let again = world.run(&["coverage", "broken.csv", "--json"]).exits(0);
    assert_eq!(again.json()["exactly"], 8);
}

#[test]
fn transcripts_and_lines_are_read_too_and_what_is_wrong_is_said() {
    let mut world = world();
    world.write(
        "chat.json",
        r#"{"chat_json":[{"text":"where is my order","sender":"user","message_id":1,"timestamp":"x"},
            {"text":"On its way.","sender":"Asha","message_id":2,"timestamp":"x"}]}"#,
    );
    world.write("lines.txt", "password forgotten\nwhere is my order?\n");
    let both = ["coverage", "chat.json", "lines.txt", "--json"];
    let document = world.run(&both).exits(0).json();
    assert_eq!(
        (&document["messages"], &document["exactly"]),
        (&3.into(), &3.into())
    );
    world
        .run(&["coverage", "nowhere.csv"])
        .exits(2)
        .tells(&["nowhere.csv", "name a CSV"]);
    world.run(&["coverage"]).exits(2);
    world.write("export/faq.csv", "node_name,question,answer\nkb-1,\"torn");
    let run = world.run(&["coverage", "lines.txt"]);
    assert_ne!(run.code, Some(2), "{}", run.stderr);
    world.write("export/faq.csv", FAQ);
    world.reconfigure(|settings| settings.add_bot("other", Merge));
    world
        .run(&["coverage", "lines.txt"])
        .exits(2)
        .tells(&["say whose messages these are with --bot", "other"]);
    world
        .run(&["coverage", "lines.txt", "--bot", BOT])
        .exits(0)
        .tells(&["2 messages against 2 steps"]);
}
