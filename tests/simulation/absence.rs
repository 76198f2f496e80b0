//! What may be believed of the files of one bot: since when an article stands in none of them, and
//! whether a careful reader may take it for gone. Judged at each reading, as DESIGN's section Absence
//! says it; where the daemon may know more than is modelled, it may take an article for gone.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use kms_haptik_sync::clock::{Millis, millis_duration};
use tokio::time::Instant;

/// Now, by the clock that nobody sets and by the one on the wall.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Now {
    pub(crate) at: Instant,
    pub(crate) wall: Millis,
}

/// A file that stands in the folder.
#[derive(Clone, Debug)]
pub(crate) struct OnDisk {
    pub(crate) names: BTreeSet<String>,
    /// What is not read in it may be there all the same.
    pub(crate) hides: bool,
    pub(crate) modified: Millis,
    /// When it became another file than the one before it.
    pub(crate) replaced: Instant,
    /// The daemon was told that its writer closed it.
    pub(crate) told_closed: bool,
    /// The daemon was told that it is being written.
    pub(crate) told_open: bool,
}

/// An article that stands in no file.
#[derive(Clone, Debug)]
struct Lack {
    since: Instant,
    /// The last reading before it was lacking.
    read_before: Option<Instant>,
    reads: u32,
    /// Its absence was once beyond doubt.
    confirmed: bool,
}

/// The files of one bot.
#[derive(Debug)]
pub(crate) struct Files {
    removals_after: Duration,
    has_marker: bool,
    is_there: bool,
    on_disk: BTreeMap<String, OnDisk>,
    /// In which files an article stood since the last reading that found it.
    stood_in: BTreeMap<String, BTreeSet<String>>,
    present_since: BTreeMap<String, Instant>,
    lacking: BTreeMap<String, Lack>,
    /// What was lacking and came back, as long as no reading has found it: nobody can tell.
    unnoticed: BTreeMap<String, Lack>,
    marker: Option<(Instant, Millis)>,
    /// When the daemon last planned.
    pub(crate) read_at: Option<Instant>,
    /// What it may have taken for gone then.
    pub(crate) gone: BTreeSet<String>,
}

impl Files {
    pub(crate) fn new(removals_after: Duration, has_marker: bool) -> Self {
        Self {
            removals_after,
            has_marker,
            is_there: false,
            on_disk: BTreeMap::new(),
            stood_in: BTreeMap::new(),
            present_since: BTreeMap::new(),
            lacking: BTreeMap::new(),
            unnoticed: BTreeMap::new(),
            marker: None,
            read_at: None,
            gone: BTreeSet::new(),
        }
    }

    pub(crate) fn get(&self, path: &str) -> Option<&OnDisk> {
        self.on_disk.get(path)
    }

    /// A file was written.
    pub(crate) fn wrote(&mut self, path: &str, file: OnDisk, now: Now) {
        self.is_there = true;
        self.on_disk.insert(path.to_owned(), file);
        self.update(now);
    }

    /// A file is not there any more.
    pub(crate) fn took_away(&mut self, path: &str, now: Now) -> Option<OnDisk> {
        let file = self.on_disk.remove(path);
        self.update(now);
        file
    }

    /// The whole folder is not there any more.
    pub(crate) fn folder_went(&mut self, now: Now) {
        self.is_there = false;
        self.on_disk.clear();
        self.marker = None;
        self.update(now);
    }

    /// The marker of `complete_when` was written.
    pub(crate) fn marked(&mut self, now: Now) {
        self.marker = Some((now.at, now.wall));
    }

    /// The daemon is not there any more: what it was told is forgotten, but what it found out in its
    /// last moment may stand in its state.
    pub(crate) fn process_ended(&mut self, now: Now) {
        let gone = self.judged(now);
        self.gone.extend(gone);
        self.forget_what_was_told(now);
    }

    /// From here on nobody knows who is writing.
    pub(crate) fn forget_what_was_told(&mut self, now: Now) {
        for file in self.on_disk.values_mut() {
            file.told_closed = false;
            file.told_open = false;
        }
        self.update(now);
    }

    /// The daemon has read and planned. Says what it has found.
    pub(crate) fn was_read(&mut self, now: Now) -> BTreeSet<String> {
        self.gone = self.judged(now);
        self.read_at = Some(now.at);
        let found: BTreeSet<String> = self.present_since.keys().cloned().collect();
        for name in &found {
            self.unnoticed.remove(name);
            self.stood_in.insert(name.clone(), self.files_of(name));
        }
        found
    }

    /// Whether the last plan knew that it stands in none of the files, whatever it made of that.
    pub(crate) fn is_missed(&self, name: &str) -> bool {
        let is_open = |path: &String| self.on_disk.get(path).is_some_and(|file| file.told_open);
        let mut stood_in = self.stood_in.get(name).into_iter().flatten();
        let lack = self.lacking.get(name);
        lack.is_some_and(|lack| lack.reads > 0) && !self.is_hidden() && !stood_in.any(is_open)
    }

    /// Whether nothing can be said of what was not read.
    fn is_hidden(&self) -> bool {
        !self.is_there
            || self
                .on_disk
                .values()
                .any(|file| file.hides && !file.told_open)
    }

    /// Whether the last plan found it, whole.
    pub(crate) fn is_found(&self, name: &str) -> bool {
        let since = self.present_since.get(name);
        since.is_some_and(|since| self.read_at.is_some_and(|read| *since < read))
    }

    /// Whether a file has it, or may have it.
    pub(crate) fn stands_anywhere(&self, name: &str) -> bool {
        let mut files = self.on_disk.values();
        files.any(|file| file.hides || file.told_open || file.names.contains(name))
    }

    fn files_of(&self, name: &str) -> BTreeSet<String> {
        let files = self.on_disk.iter();
        let with = files.filter(|(_, file)| !file.told_open && file.names.contains(name));
        with.map(|(path, _)| path.clone()).collect()
    }

    fn update(&mut self, now: Now) {
        // What is being written is not read; whether it holds what stood elsewhere is not known.
        let readable = self.on_disk.values().filter(|file| !file.told_open);
        let names = readable.flat_map(|file| &file.names);
        let present: BTreeSet<String> = names.cloned().collect();
        for name in &present {
            self.unnoticed.extend(self.lacking.remove_entry(name));
            self.present_since.entry(name.clone()).or_insert(now.at);
            let files = self.files_of(name);
            self.stood_in.entry(name.clone()).or_default().extend(files);
        }
        let vanished = self
            .present_since
            .extract_if(.., |name, _| !present.contains(name));
        for (name, _) in vanished {
            let lack = self.unnoticed.remove(&name).unwrap_or(Lack {
                since: now.at,
                read_before: self.read_at,
                reads: 0,
                confirmed: false,
            });
            self.lacking.insert(name, lack);
        }
    }

    /// What may count as gone by a reading now.
    fn judged(&mut self, now: Now) -> BTreeSet<String> {
        let mut lacking = std::mem::take(&mut self.lacking);
        let mut gone = BTreeSet::new();
        for (name, lack) in &mut lacking {
            lack.reads += 1;
            if self.is_gone(name, lack, now) {
                lack.confirmed = true;
                gone.insert(name.clone());
            }
        }
        self.lacking = lacking;
        gone
    }

    fn is_gone(&self, name: &str, lack: &Lack, now: Now) -> bool {
        if self.is_hidden() {
            return false;
        }
        let long = now.at - lack.since >= self.removals_after && lack.reads >= 2;
        let stood_in = self.stood_in.get(name);
        let mut stood_in = stood_in.into_iter().flatten();
        stood_in.any(|path| self.is_gone_from(path, lack, long, now))
    }

    fn is_gone_from(&self, path: &str, lack: &Lack, long: bool, now: Now) -> bool {
        let file = self.on_disk.get(path);
        if file.is_some_and(|file| file.told_open) {
            return false;
        }
        if lack.confirmed || long {
            return true;
        }
        if self.has_marker {
            return self.is_marked(lack);
        }
        let any_open = self.on_disk.values().any(|file| file.told_open);
        file.is_some_and(|file| {
            let age = millis_duration(now.wall.saturating_sub(file.modified));
            // Since the last reading of the file, of which nothing is known, or later.
            let is_another = lack.read_before.is_none_or(|read| file.replaced >= read);
            !any_open && (file.told_closed || is_another || age >= self.removals_after)
        })
    }

    /// Whether the marker was written after the last reading that had the article, and speaks of all files.
    fn is_marked(&self, lack: &Lack) -> bool {
        self.marker.is_some_and(|(at, wall)| {
            let is_new = lack.read_before.is_none_or(|read| at >= read);
            is_new && self.on_disk.values().all(|file| file.modified <= wall)
        })
    }
}
