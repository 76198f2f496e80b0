//! Who asks how a bot is doing, or releases something, has no knowledge base asked for it.

use crate::feeds::{Shared, knowledge_base};
use crate::support::{BOT, World, until};
use kms_haptik_sync::sandbox::UploadRule;

const LINES: [&str; 4] = [
    "path = '/articles'",
    "items = '/items'",
    "paging = { mode = 'page', total = '/total' }",
    "every = '1h'",
];

/// Two bots with a feed each; no removal goes out of the first by itself.
fn two_feeds(shelves: &[Shared; 2]) -> World {
    let [first, second] = shelves
        .each_ref()
        .map(|shelf| knowledge_base(shelf.clone()));
    World::with(|settings| {
        settings.bot("max_removals = 0");
        settings.bot("max_removal_percent = 0");
        settings.feed(&first, &LINES);
        settings.tables(&format!(
            "[[bot]]\ndomain_name = 'other'\nupload_effect = 'merge'\n[[bot.source]]\nname = 'kms'\nfeed = '{second}'\n{}",
            LINES.join("\n")
        ));
    })
}

/// How often each knowledge base was asked for anything.
fn requests(shelves: &[Shared; 2]) -> [usize; 2] {
    shelves
        .each_ref()
        .map(|shelf| shelf.lock().unwrap().requests)
}

fn refusing(steps: &[&str]) -> UploadRule {
    let refused = |name: &&str| ((*name).to_owned(), "no".to_owned());
    UploadRule {
        bad_steps: Some(steps.iter().map(refused).collect()),
        ..UploadRule::default()
    }
}

#[test]
fn a_release_asks_no_knowledge_base() {
    let shelves: [Shared; 2] = Default::default();
    for shelf in &shelves {
        shelf.lock().unwrap().publish(1..=9);
    }
    let world = two_feeds(&shelves);
    world.sandbox.change(refusing(&["3"]));
    let daemon = world.daemon();
    until("the first sync", || {
        world.live().len() == 8 && world.live_of("other").len() >= 8
    });
    shelves[0].lock().unwrap().articles.remove(&2);
    world.sync().exits(3).tells(&["\"held_removals\": 1"]);
    let before = requests(&shelves);

    world
        .run(&["approve", "other"])
        .exits(0)
        .tells(&["no removal to release"]);
    world
        .run(&["approve", BOT])
        .exits(0)
        .tells(&["1 removal released"]);
    until("the removal", || !world.live().contains_key("2"));
    world.sandbox.change(refusing(&[]));
    world
        .run(&["retry", BOT])
        .exits(0)
        .tells(&["1 step out of quarantine"]);
    until("the refused step", || world.live().contains_key("3"));
    let uploads = world.tasks().len();
    world.run(&["resync", BOT]).exits(0);
    until("everything again", || world.tasks().len() > uploads);
    assert_eq!(requests(&shelves), before, "after releases");

    // What is asked for is read.
    world.sync();
    let after = requests(&shelves);
    assert!(after[0] > before[0] && after[1] > before[1], "{after:?}");
    daemon.stop().exits(0);
}

#[test]
fn who_asks_how_the_bots_are_doing_has_no_source_read() {
    let shelves: [Shared; 2] = Default::default();
    for shelf in &shelves {
        shelf.lock().unwrap().publish(1..=5);
    }
    let world = two_feeds(&shelves);
    let looks: [&[&str]; 8] = [
        &["status"],
        &["status", "--json"],
        &["status", BOT],
        &["steps"],
        &["steps", "--json"],
        &["steps", BOT, "1"],
        &["history"],
        &["history", "--actions"],
    ];
    let look = |when: &str| {
        let before = requests(&shelves);
        for command in looks {
            world.run(command).exits(0);
        }
        assert_eq!(requests(&shelves), before, "{when}");
    };
    look("before anything");
    let daemon = world.daemon();
    until("the first sync", || {
        world.live().len() == 5 && world.live_of("other").len() == 5
    });
    until("all is well", || world.is_in_sync());
    look("beside a daemon");
    daemon.stop().exits(0);
    look("alone");
    let before = requests(&shelves);
    world.run(&["plan"]).exits(0);
    let after = requests(&shelves);
    assert!(after[0] > before[0] && after[1] > before[1], "a plan reads");
}
