//! What is told without rebuilding the cache is what a rebuilt one would tell; and the small file.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashSet};

use fastrand::Rng;

use super::{CacheState, cache_state};
use crate::intake::cache::file_states::FileStates;
use crate::intake::cache::rebuild::{Live, MissedRow, Rebuild, rebuild};
use crate::intake::cache::*;
use crate::model::{Digest, RowDigest};

const FILES: [&str; 3] = ["a.csv", "b.csv", "sub/c.csv"];

fn as_of(upload: u32) -> SnapshotVersion {
    serde_json::from_str(&format!(r#"{{"mark":7,"upload":{upload}}}"#)).unwrap()
}

fn stamp(time: i64) -> Stamp {
    Stamp {
        size: 1,
        inode: 2,
        modified: (time, 0),
        changed: (time, 0),
    }
}

/// Live steps by name: the article and the content.
type Steps = BTreeMap<String, (u64, u8)>;

/// A row of a file: cached before, or parsed, with the article and the content.
#[derive(Clone, Copy)]
enum Row {
    Noted(u32),
    Fresh(RowDigest, u64, u8),
    /// One of which no step came.
    Other,
}

/// A pass: what was seen before, and what has become of it.
struct Story {
    random: Rng,
    hasher: Hasher,
    live: Steps,
    changed: HashSet<String>,
    rows: [Vec<Row>; 3],
}

impl Story {
    fn digest(article: u64, content: u8) -> RowDigest {
        u128::from(article) << 8 | u128::from(content)
    }

    fn read(&mut self) -> (Vec<FileRead>, Vec<MissedRow>) {
        let (mut files, mut fresh) = (Vec::new(), Vec::new());
        for (at, rows) in self.rows.iter().enumerate() {
            let mut read = FileRead::new("kms", &FILES[at].into());
            (read.header, read.rows, read.clean) = (1, rows.len(), true);
            read.stamp = (self.random.u8(..40) > 0).then(|| stamp(2));
            if self.random.u8(..40) == 0 {
                read.notes.push((1, "a note".to_owned()));
            }
            read.passed.push((0, 0));
            for row in rows {
                let before = u32::try_from(read.covered.len()).unwrap();
                match *row {
                    Row::Noted(position) => read.covered.push(position),
                    Row::Fresh(digest, article, content) => {
                        read.passed.push((digest, before));
                        let content = Digest([content; 16]);
                        fresh.push(MissedRow {
                            file: at,
                            digest,
                            article,
                            content,
                        });
                    }
                    Row::Other => {
                        read.passed.push((1, before));
                        read.clean = self.random.bool();
                    }
                }
            }
            files.push(read);
        }
        (files, fresh)
    }

    fn seen(&mut self) -> RowCache {
        let steps: Vec<(u64, u8)> = self.live.values().copied().collect();
        for (article, content) in steps {
            if self.random.u8(..50) > 0 {
                let file = self.random.usize(..3);
                let digest = Self::digest(article, content);
                self.rows[file].push(Row::Fresh(digest, article, content));
            }
        }
        let (files, fresh) = self.read();
        let before = self.with_renewal(None, &files, &fresh, |renewal| {
            rebuild(renewal.clone()).unwrap()
        });
        self.changed.clear();
        before
    }

    fn with_renewal<T>(
        &self,
        before: Option<&RowCache>,
        files: &[FileRead],
        fresh: &Vec<MissedRow>,
        use_it: impl FnOnce(&Rebuild) -> T,
    ) -> T {
        let (mut live, mut contents) = (Live::default(), Vec::new());
        for (name, (article, content)) in &self.live {
            contents.push((*article, Digest([*content; 16])));
            if before.is_none() || self.changed.contains(name) {
                live.push(name, *article);
            }
        }
        use_it(&Rebuild {
            before,
            hasher: &self.hasher,
            reader: 9,
            as_of: as_of(if before.is_some() { 8 } else { 3 }),
            changed: &self.changed,
            live: Cow::Borrowed(&live),
            files,
            fresh,
            contents: &contents.into_iter().collect(),
        })
    }

    /// Something happens to the steps and rows of before.
    fn go_on(&mut self, before: &RowCache) {
        self.rows = [const { Vec::new() }; 3];
        for (at, file) in FILES.iter().enumerate() {
            let steps = &before.file("kms", file).unwrap().steps;
            for (position, step) in (0..).zip(steps) {
                let name = before.names().get(*step as usize).to_owned();
                self.row_goes_on(at, position, &name);
            }
        }
        for number in 0..self.random.u64(..3) {
            let article = 100 + number;
            self.set(format!("step {article}"), article, 1);
            self.fresh(None, article, 1);
        }
        let some = self.random.usize(..3);
        match self.random.u8(..25) {
            0 => self.rows[some].push(Row::Other),
            1 => self.random.shuffle(&mut self.rows[some]),
            // A step without a row goes away.
            2 => drop(
                self.live
                    .pop_last()
                    .map(|(name, _)| self.changed.insert(name)),
            ),
            _ => {}
        }
    }

    fn row_goes_on(&mut self, file: usize, position: u32, name: &str) {
        let Some((article, content)) = self.live.get(name).copied() else {
            return;
        };
        let old = Row::Noted(position);
        let other = content + 1;
        let is_odd = self.random.u8(..25) == 0;
        match self.random.u8(..if is_odd { 14 } else { 6 }) {
            0 => {
                self.set(name.to_owned(), article, other);
                self.fresh(Some(file), article, other);
            }
            1 => self.remove(name),
            2 => {
                self.remove(name);
                self.set(format!("{name} renamed"), article, other);
                self.fresh(Some(file), article, other);
            }
            // A row that says the same in another way, or elsewhere.
            6 => self.fresh(Some(file), article, content),
            7 => self.fresh(None, article, content),
            // An upload of it is held or failed.
            8 => self.fresh(Some(file), article, other),
            // A row that says what is not live any more.
            9 => {
                self.set(name.to_owned(), article, other);
                self.rows[file].push(old);
            }
            // A removal is held.
            10 => {}
            11 => self.rows[file].extend([old, old]),
            12 => {
                self.rows[file].push(old);
                self.fresh(None, article, content);
            }
            13 => {
                self.rows[file].push(old);
                self.set(format!("{name} too"), article, content);
            }
            _ => self.rows[file].push(old),
        }
    }

    fn set(&mut self, name: String, article: u64, content: u8) {
        self.changed.insert(name.clone());
        self.live.insert(name, (article, content));
    }

    fn remove(&mut self, name: &str) {
        self.changed.insert(name.to_owned());
        self.live.remove(name);
    }

    fn fresh(&mut self, file: Option<usize>, article: u64, content: u8) {
        let file = file.unwrap_or_else(|| self.random.usize(..3));
        let digest = Self::digest(article, content + 100);
        self.rows[file].push(Row::Fresh(digest, article, content));
    }
}

fn story(seed: u64) -> Story {
    let mut random = Rng::with_seed(seed);
    let live = (0..random.u64(1..20))
        .map(|article| (format!("step {article}"), (article, 1)))
        .collect();
    Story {
        random,
        hasher: Hasher::new(5),
        live,
        changed: HashSet::new(),
        rows: [const { Vec::new() }; 3],
    }
}

#[test]
fn it_tells_what_new_notes_would_tell() {
    let (mut settled, mut not) = (0, 0);
    for seed in 0..20_000 {
        let mut story = story(seed);
        let before = story.seen();
        story.go_on(&before);
        let (files, fresh) = story.read();
        story.with_renewal(Some(&before), &files, &fresh, |renewal| {
            let anew = rebuild(renewal.clone()).unwrap();
            let found = cache_state(&before, renewal).unwrap();
            let file_states = found.into_file_states(&before, renewal);
            assert_eq!(file_states.settled, anew.settled(), "seed {seed}");
            assert_eq!(file_states.as_of, anew.as_of());
            assert_eq!(file_states.since, before.as_of());
            if file_states.settled.is_some() {
                settled += 1;
            } else {
                not += 1;
            }
        });
    }
    assert!(settled > 2000 && not > 2000, "{settled} and {not}");
}

#[test]
fn all_rows_are_noted_down_anew_once_enough_has_moved() {
    let state = |noted, gained, changed, displaced| CacheState {
        noted,
        gained,
        changed,
        displaced,
        settled: None,
    };
    let table = [
        (state(10, 0, 0, 0), false),
        (state(10, 8, 8, 8), false),
        (state(10, 9, 0, 0), true),
        (state(0, 0, 9, 0), true),
        (state(800, 0, 0, 9), true),
        (state(1_000_000, 2000, 2000, 0), false),
        (state(1_000_000, 10_000, 10_000, 10_000), false),
        (state(1_000_000, 10_001, 0, 0), true),
        (state(1_000_000, 0, 10_001, 0), true),
        (state(1_000_000, 0, 0, 10_001), true),
    ];
    for (state, expected) in table {
        assert_eq!(state.has_outgrown_the_notes(), expected, "{state:?}");
    }
}

/// Steps with a row for each, several of them in one file.
fn settled() -> RowCache {
    let several = |seen: &RowCache| seen.files.iter().any(|file| file.steps.len() > 1);
    let mut seen = (0..).map(|seed| story(seed).seen());
    seen.find(|seen| seen.settled().is_some() && several(seen))
        .unwrap()
}

type Change = fn(&mut RowCache);

#[test]
fn rows_at_rest_are_told_at_a_glance() {
    let seen = settled();
    assert_eq!(seen.settled().unwrap().steps, seen.names().len());
    let changes: [(&str, Change); 6] = [
        ("a live step has no row", |seen| {
            let file = seen.files.iter_mut().find(|file| !file.steps.is_empty());
            let file = file.unwrap();
            file.digests.pop();
            file.steps.pop();
        }),
        ("two rows for one step", |seen| {
            let file = seen.files.iter_mut().find(|file| file.steps.len() > 1);
            let file = file.unwrap();
            file.steps[0] = file.steps[1];
        }),
        ("one row more", |seen| {
            seen.files[0].digests.push(1);
            seen.files[0].steps.push(0);
        }),
        ("a row is not noted", |seen| {
            seen.files[1].about.whole = false;
        }),
        ("too young", |seen| seen.files[1].about.stamp = None),
        ("a note", |seen| {
            seen.files[2].about.notes.push((1, "a note".to_owned()));
        }),
    ];
    for (what, change) in changes {
        let mut seen = settled();
        change(&mut seen);
        assert_eq!(seen.settled(), None, "{what}");
    }
}

#[test]
fn the_small_file_is_kept_and_damage_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let rows = folder.path().join("seen/12");
    let path = FileStates::path(&rows);
    assert_eq!(path, folder.path().join("seen/12.glimpse"));
    let mut file_states = settled().file_states();
    file_states.changed = vec!["a\nname".to_owned()];
    file_states.save(&path, 9).unwrap();
    assert_eq!(FileStates::load(&path, 9).as_ref(), Some(&file_states));
    assert_eq!(FileStates::load(&path, 8), None, "read in another way");
    let whole = std::fs::read(&path).unwrap();
    for at in [0, 9, whole.len() / 2, whole.len() - 20, whole.len() - 2] {
        let mut damaged = whole.clone();
        damaged[at] ^= 1;
        std::fs::write(&path, &damaged).unwrap();
        assert_eq!(FileStates::load(&path, 9), None, "byte {at}");
    }
    for length in [0, 7, whole.len() - 17, whole.len() - 1] {
        std::fs::write(&path, &whole[..length]).unwrap();
        assert_eq!(FileStates::load(&path, 9), None, "{length} bytes");
    }
    file_states.save(&path, 9).unwrap();
    assert_eq!(std::fs::read(&path).unwrap(), whole);
    let inode = || std::fs::metadata(&path).unwrap().ino();
    let before = inode();
    file_states.save(&path, 9).unwrap();
    assert_eq!(inode(), before, "it is the same");
    file_states.settled = None;
    file_states.save(&path, 9).unwrap();
    assert_eq!(FileStates::load(&path, 9), Some(file_states));
}
