//! How many uploads the search for bad steps takes, through the whole daemon and without any other
//! fault. The recoveries of a bot that an upload left incomplete do not count.

use std::time::Duration;

use super::loops::see;
use super::run::{World, in_virtual_time};
use super::scenario::{BotPlan, Scenario};
use kms_haptik_sync::model::Purpose;
use tokio::time::Instant;

fn scenario(changes: u32, replaces: bool, unnamed: bool) -> Scenario {
    let effect = if replaces { "replace" } else { "merge" };
    Scenario {
        bots: vec![BotPlan {
            domain_name: "bot".to_owned(),
            prefix: "kb-".to_owned(),
            articles: changes + 3,
            poisoned: 0,
            replaces,
            parts: 1,
            watched: false,
            has_marker: false,
        }],
        configuration: format!(
            "[haptik]\nbase_url = \"sandbox\"\n[[bot]]\ndomain_name = \"bot\"\n\
             upload_effect = \"{effect}\"\n[[bot.source]]\nfolder = \"bot\"\n"
        ),
        unnamed,
        lies: false,
        in_progress: "In Progress",
        task_time: Duration::from_secs(3),
        events: std::collections::BTreeMap::new(),
        approve_at_the_end: false,
        fails_for_a_while: false,
    }
}

/// Changes so many articles, some of them for the worse, and counts the uploads.
fn uploads(changes: u32, bad: u32, replaces: bool, unnamed: bool) -> usize {
    in_virtual_time(async move {
        let mut world = World::of(scenario(changes, replaces, unnamed), u64::from(bad));
        world.begin();
        world
            .pass_time(Instant::now() + Duration::from_mins(20))
            .await;
        let before = trials(&world);
        for at in 0..changes {
            // Spread over the changes, the last among them.
            let poison = (at + 1) * bad / changes > at * bad / changes;
            world.bases[0].put(format!("kb-{at}"), poison);
        }
        world.export(0);
        world
            .pass_time(Instant::now() + Duration::from_hours(2))
            .await;
        world.come_to_rest().await;
        let books = world.books();
        assert!(
            books.broken.is_empty(),
            "{:#?}\n{}",
            books.broken,
            world.story.text()
        );
        drop(books);
        trials(&world) - before
    })
}

fn trials(world: &World) -> usize {
    let process = world.process.as_ref().expect("a process");
    let id = see(process.store.bot("bot"));
    let history = see(process.store.history(id, 10_000));
    let counted =
        |upload: &&kms_haptik_sync::store::UploadRecord| upload.purpose != Purpose::Recovery;
    history.iter().filter(counted).count()
}

#[test]
fn bad_steps_are_found_in_few_uploads() {
    for replaces in [false, true] {
        for (changes, bad) in [
            (1, 1),
            (2, 1),
            (2, 2),
            (3, 1),
            (5, 2),
            (9, 3),
            (16, 1),
            (40, 5),
        ] {
            let of = format!("{bad} of {changes} changes, replaces: {replaces}");
            let named = uploads(changes, bad, replaces, false);
            assert!(named <= bad as usize + 2, "{of}: {named} uploads, named");
            let unnamed = uploads(changes, bad, replaces, true);
            let halvings = changes.next_power_of_two().trailing_zeros();
            let bound = 2 * bad * halvings + 3;
            assert!(
                unnamed <= bound as usize,
                "{of}: {unnamed} uploads, unnamed"
            );
        }
    }
}
