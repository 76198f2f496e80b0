//! A reading with the cache gives the plan of one without it, whatever happened to the export and to the
//! bot in between.

mod rest;
mod save_cache;

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

const FILES: [&str; 3] = ["a.csv", "b.jsonl", "sub/c.csv"];

/// A line of an export: the file, the id, the question, the answer.
type Line = (usize, u32, String, String);

struct World {
    folder: tempfile::TempDir,
    config: Config,
    engine: Engine,
    sandbox: Sandbox,
    lines: Vec<Line>,
    random: fastrand::Rng,
}

impl World {
    async fn new(effect: &str, seed: u64) -> Self {
        let folder = tempfile::tempdir().unwrap();
        // Names by id never clash; these do.
        let name = ["{{ id }}", "{{ title }}"][usize::from(seed % 2 == 1)];
        let text = format!(
            "state_dir = \"state\"\n[haptik]\nbase_url = \"sandbox\"\ncalls_per_minute = 100000\n\
             polling = {{ first = \"1ms\", max = \"2ms\" }}\n\
             [[bot]]\ndomain_name = \"bot\"\nupload_effect = \"{effect}\"\nremovals_after = \"0s\"\nnode_name = \"{name}\"\n\
             [[bot.source]]\nfolder = \"export\"\nsettle = \"0s\"\n"
        );
        fs::create_dir_all(folder.path().join("export/sub")).unwrap();
        let path = folder.path().join("config.toml");
        fs::write(&path, text).unwrap();
        let config = Config::load(&path, Vec::<(String, String)>::new()).unwrap();
        let clock = Clock::system();
        let sandbox = crate::sync::engine::embedded_sandbox(&config, &clock);
        sandbox.change(sandbox::UploadRule {
            task_time: Some(0),
            bad_content: Some([("forbidden".into(), "it is not allowed".into())].into()),
            ..sandbox::UploadRule::default()
        });
        let mut config = config;
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        config.haptik.base_url = crate::config::BaseUrl::Url(format!("http://{address}"));
        tokio::spawn(sandbox.clone().serve(listener, std::future::pending()));
        let stop = CancellationToken::new();
        let mut engine = Engine::open(&config, clock, silent(), stop).await.unwrap();
        if seed.is_multiple_of(3) {
            // What is read goes through a file, however little it is.
            let room = SpillConfig::beyond(&folder.path().join("state"), 0);
            engine.runner.store = engine.runner.store.clone().with_room(room);
        }
        Self {
            folder,
            config,
            engine,
            sandbox,
            lines: Vec::new(),
            random: fastrand::Rng::with_seed(seed),
        }
    }

    fn edit(&mut self) {
        let text = |random: &mut fastrand::Rng| {
            let words = [
                "one",
                "two, three",
                "four\nfive",
                "six | seven",
                "",
                "forbidden",
                "ä\u{200b}",
            ];
            // What could be read in two ways, and what the whole source says of it.
            let markup = ["a<br>b", "<p>c</p>", "**d**\ne", "f &amp; g", "<b>h</b>\ni"];
            match random.u32(..16) {
                0 => markup[random.usize(..markup.len())].to_owned(),
                _ => words[random.usize(..words.len())].to_owned(),
            }
        };
        let random = &mut self.random;
        for _ in 0..random.usize(1..6) {
            let count = self.lines.len();
            match random.u32(..9) {
                0 if count > 0 => drop(self.lines.remove(random.usize(..count))),
                1 if count > 0 => self.lines[random.usize(..count)].3 = text(random),
                2 if count > 1 => self
                    .lines
                    .swap(random.usize(..count), random.usize(..count)),
                3 if count > 0 => {
                    // Another row for an id that is there already.
                    let mut line = self.lines[random.usize(..count)].clone();
                    if random.bool() {
                        line.2 = format!("variant {}", random.u32(..3));
                    }
                    line.0 = random.usize(..3);
                    self.lines.push(line);
                }
                4 if count > 0 => self.lines[random.usize(..count)].0 = random.usize(..3),
                _ => {
                    let id = random.u32(..60);
                    let answer = format!("answer {} {}", random.u32(..4), text(random));
                    let question = format!("question {} {}", random.u32(..30), random.u32(..2));
                    let at = random.usize(..=count);
                    self.lines
                        .insert(at, (random.usize(..3), id, question, answer));
                }
            }
        }
    }

    fn export(&self) {
        let mut texts = [
            "id,question,answer\n".to_owned(),
            String::new(),
            "id;question;answer\r\n".to_owned(),
        ];
        for (file, id, question, answer) in &self.lines {
            let cell = |text: &str| format!("\"{}\"", text.replace('"', "\"\""));
            let text = &mut texts[*file];
            match file {
                0 => writeln!(text, "{id},{},{}", cell(question), cell(answer)),
                1 => writeln!(
                    text,
                    "{}",
                    serde_json::json!({"id": id, "question": question, "answer": answer})
                ),
                _ => write!(text, "{id};{};{}\r\n", cell(question), cell(answer)),
            }
            .unwrap();
        }
        for (file, text) in FILES.iter().zip(&texts) {
            let path = self.folder.path().join("export").join(file);
            if text.is_empty() {
                let _ = fs::remove_file(path);
            } else if fs::read_to_string(&path).ok().as_ref() != Some(text) {
                fs::write(path, text).unwrap();
            }
        }
    }

    async fn plan(&self) -> Preview {
        let engine = &self.engine;
        let (store, clock) = (&engine.runner.store, &engine.runner.clock);
        preview(store, &self.config.bots[0], clock, &silent())
            .await
            .map(|mut preview| {
                // Time goes by between two looks.
                let waiting = preview.plan.waiting.iter_mut();
                waiting.for_each(|waiting| waiting.left = std::time::Duration::ZERO);
                // Of a row that was seen, nobody asks again in which file it stands.
                preview.plan.adopted.retain(|adopted| adopted.is_another);
                preview.plan.files_of_absent.clear();
                preview.plan.is_a_file_unknown = false;
                preview
            })
            .unwrap()
    }

    /// The plan with what was seen in mind, and without.
    async fn check(&self) -> bool {
        let seen = self.folder.path().join("state/seen");
        let away = self.folder.path().join("state/away");
        let with = self.plan().await;
        let there = seen.exists();
        if there {
            fs::rename(&seen, &away).unwrap();
        }
        let without = self.plan().await;
        if there {
            fs::rename(&away, &seen).unwrap();
        }
        assert_eq!(with.plan, without.plan);
        assert_eq!(contents(&with), contents(&without));
        assert_eq!(with.rejections, without.rejections);
        assert_eq!(with.notes, without.notes);
        assert_eq!(with.errors, without.errors);
        there && with.plan.unchanged > 0
    }

    async fn sync(&self) {
        let report = pass(&self.engine, &self.config.bots[0]).await;
        assert_eq!(report.error.filter(|error| !error.contains("empty")), None);
    }

    /// The file of the rows, and the small one.
    fn kept(&self) -> [PathBuf; 2] {
        let rows = self.folder.path().join("state/seen/1");
        [rows.clone(), FileStates::path(&rows)]
    }

    /// By what it is seen whether they were written.
    fn written(&self) -> [Option<u64>; 2] {
        self.kept()
            .map(|path| fs::metadata(path).ok().map(|data| data.ino()))
    }

    /// Whether the rows were cached earlier than what is told at a glance.
    fn rows_are_old(&self) -> bool {
        let [rows, small] = self.kept();
        let reader = reader_fingerprint(&self.config.bots[0]);
        let rows = RowCache::load(&rows, reader).map(|seen| seen.as_of());
        let file_states = FileStates::load(&small, reader);
        file_states.is_some_and(|file_states| {
            rows == Some(file_states.since) && rows != Some(file_states.as_of)
        })
    }

    /// What earlier uploads changed is not known any more.
    async fn forget_history(&self) {
        let store = &self.engine.runner.store;
        let id = store.bot("bot").await.unwrap();
        store.prune_past(id, i64::MAX, 0).await.unwrap();
    }

    /// A pass after which one of the files is that of before, or gone, as after a crash.
    async fn sync_with_a_crash(&mut self) {
        let which = self.random.usize(..2);
        let path = &self.kept()[which];
        let before = fs::read(path);
        self.sync().await;
        match before {
            Ok(before) if self.random.bool() => fs::write(path, before).unwrap(),
            _ => drop(fs::remove_file(path)),
        }
    }
}

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
