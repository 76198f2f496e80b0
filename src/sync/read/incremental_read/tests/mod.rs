//! A reading with the cache gives the plan of one without it, whatever happened to the export and to the
//! bot in between.

mod rest;
mod save_cache;
mod world;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use tokio_util::sync::CancellationToken;

use super::*;
use crate::config::Config;
use crate::model::Change;
use crate::sandbox;
use crate::sandbox::Sandbox;
use crate::spool::SpillConfig;
use crate::sync::engine::Engine;
use crate::sync::pass::pass;
use crate::sync::plan_preview::{Preview, preview};
use crate::sync::send::silent;
use world::{FILES, Line, World};

fn contents(preview: &Preview) -> Vec<Change> {
    let changes = preview.plan.changes.iter();
    changes.map(|change| change.load().unwrap()).collect()
}

/// How often the notes were of use, and how often with rows from before earlier uploads.
async fn story(effect: &str, seed: u64) -> (usize, usize) {
    let mut world = World::new(effect, seed).await;
    let (mut looked, mut old) = (0, 0);
    many_lines(&mut world);
    let mut earlier = vec![world.lines.clone()];
    for _ in 0..25 {
        if world.random.u32(..5) == 0 {
            // What the rows were like when they were cached comes back.
            world.lines = earlier[world.random.usize(..earlier.len())].clone();
        } else {
            world.edit();
        }
        earlier.push(world.lines.clone());
        world.export();
        let is_old = world.rows_are_old();
        let is_of_use = world.check().await;
        looked += usize::from(is_of_use);
        old += usize::from(is_of_use && is_old);
        if world.random.u32(..4) > 0 {
            // So that files can be known by their stamps, too.
            if world.random.bool() {
                tokio::time::sleep(std::time::Duration::from_millis(130)).await;
            }
            if world.random.u32(..6) == 0 {
                world.sync_with_a_crash().await;
            } else {
                world.sync().await;
            }
            looked += usize::from(world.check().await);
        }
        if world.random.u32(..10) == 0 {
            world.forget_history().await;
            world.check().await;
        }
        if world.random.u32(..10) == 0 {
            let store = &world.engine.runner.store;
            let id = store.bot("bot").await.unwrap();
            match world.random.u32(..3) {
                0 => drop(store.doubt_snapshot(id).await.unwrap()),
                1 => {
                    let live = store.snapshot(id).await.unwrap();
                    let some: Vec<String> = live
                        .into_iter()
                        .take(2)
                        .map(|known| known.node_name.into())
                        .collect();
                    store.strike_off(id, &some, 9).await.unwrap();
                }
                _ => drop(store.release_quarantine(id, None).await.unwrap()),
            }
            world.check().await;
        }
    }
    let live: BTreeMap<_, _> = world.sandbox.steps("bot");
    assert!(!live.is_empty());
    (looked, old)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_does_not_depend_on_memory() {
    let (mut looked, mut old) = (0, 0);
    let seeds: u64 = std::env::var("SURVEY_SEEDS").map_or(2, |seeds| seeds.parse().unwrap());
    for seed in 0..seeds {
        for effect in ["merge", "replace"] {
            let of_use = Box::pin(story(effect, seed)).await;
            looked += of_use.0;
            old += of_use.1;
        }
    }
    assert!(looked > 40, "memory was of use {looked} times only");
    assert!(old > 10, "old rows were of use {old} times only");
}

#[tokio::test]
async fn memory_that_is_damaged_is_no_memory() {
    let mut world = World::new("merge", 1).await;
    for _ in 0..8 {
        world.edit();
    }
    world.export();
    world.sync().await;
    let path = world.folder.path().join("state/seen/1");
    let damage = |path: &Path| {
        let mut bytes = fs::read(path).unwrap();
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        fs::write(path, bytes).unwrap();
    };
    damage(&path);
    world.check().await;
    damage(&FileStates::path(&path));
    world.check().await;
    world.edit();
    world.export();
    world.sync().await;
    assert!(world.check().await);
}

/// Whether the shortest look is enough.
async fn is_unchanged(world: &World) -> bool {
    let found = look(world, async |store, bot, id, reader| {
        unchanged(store, bot, id, reader).await.unwrap()
    });
    let found = found.await;
    if let Some(incremental) = &found {
        assert_eq!(incremental.unchanged_steps, world.lines.len() as u64);
        assert!(world.check().await);
    }
    found.is_some()
}

/// Looks at the sources as a pass does.
async fn look<T>(
    world: &World,
    look: impl AsyncFnOnce(&Store, &Bot, BotId, &BotReader<'_>) -> T,
) -> T {
    let (stop, renamed) = (
        CancellationToken::new(),
        crate::sync::read::wait_until_quiet::Renamed::default(),
    );
    let readings = crate::sync::read::feed_results::FeedResults::default();
    let engine = &world.engine;
    let reader = BotReader {
        clock: &engine.runner.clock,
        tell: &silent(),
        renamed: &renamed,
        writers: &crate::intake::Writers::default(),
        readings: &readings,
        threads: &engine.threads,
        last_readings: &engine.last_readings,
        stop: &stop,
        room: &SpillConfig::MEMORY,
        permit: &engine.permits.permit(),
    };
    let store = &engine.runner.store;
    let id = store.bot("bot").await.unwrap();
    look(store, &world.config.bots[0], id, &reader).await
}

async fn settled_sync(world: &World) {
    tokio::time::sleep(std::time::Duration::from_millis(130)).await;
    world.sync().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_read_only_while_nothing_has_moved() {
    let mut world = World::new("merge", 2).await;
    let line = |id: u32| {
        let file = [0, 2][id as usize % 2];
        (file, id, format!("question {id}"), "answer".to_owned())
    };
    world.lines = (0..6).map(line).collect();
    world.export();
    assert!(!is_unchanged(&world).await, "nothing was seen yet");
    settled_sync(&world).await;
    assert!(is_unchanged(&world).await);

    world.lines[1].3 = "another answer".into();
    world.export();
    assert!(!is_unchanged(&world).await, "a file has changed");
    settled_sync(&world).await;
    assert!(is_unchanged(&world).await);

    let further = world.folder.path().join("export/further.csv");
    fs::write(&further, "id,question,answer\n").unwrap();
    assert!(!is_unchanged(&world).await, "there is one file more");
    fs::remove_file(&further).unwrap();
    assert!(is_unchanged(&world).await);

    let second = world.folder.path().join("export").join(FILES[2]);
    let aside = world.folder.path().join("aside");
    fs::rename(&second, &aside).unwrap();
    assert!(!is_unchanged(&world).await, "a file is gone");
    fs::copy(&aside, &second).unwrap();
    assert!(!is_unchanged(&world).await, "it is another file");
    settled_sync(&world).await;
    assert!(is_unchanged(&world).await);

    let store = &world.engine.runner.store;
    let id = store.bot("bot").await.unwrap();
    store.doubt_snapshot(id).await.unwrap();
    assert!(!is_unchanged(&world).await, "the bot is in doubt");
    settled_sync(&world).await;
    assert!(is_unchanged(&world).await);
    store.strike_off(id, &["3".to_owned()], 9).await.unwrap();
    assert!(!is_unchanged(&world).await, "a step was struck off");
    settled_sync(&world).await;
    assert!(is_unchanged(&world).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_person_should_know_is_read_each_time() {
    let mut world = World::new("merge", 2).await;
    // One in each file: a file without any is worth a note.
    let line = |id: u32| {
        let file = id as usize;
        (file, id, format!("question {id}"), "answer".to_owned())
    };
    world.lines = (0..3).map(line).collect();
    world.lines[1].3 = String::new();
    world.export();
    settled_sync(&world).await;
    assert!(!is_unchanged(&world).await, "a row was rejected");
    world.lines[1].3 = "forbidden".into();
    world.export();
    settled_sync(&world).await;
    assert!(!is_unchanged(&world).await, "a step is in quarantine");
    world.lines[1].3 = "answer".into();
    world.export();
    settled_sync(&world).await;
    assert!(is_unchanged(&world).await);
}

/// So many lines that a few changes are little.
fn many_lines(world: &mut World) {
    let line = |id: u32| {
        let file = id as usize % 3;
        (file, id, format!("question {id}"), "answer".to_owned())
    };
    world.lines = (100..160).map(line).collect();
    world.export();
}
