//! How the export of a bot gets into its folder: file by file, in place or renamed into place, by a
//! writer who may pause; and what a watcher tells the daemon of it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, UNIX_EPOCH};

use super::absence::{Files, Now, OnDisk};
use super::knowledge::{Knowledge, Part, PartState, Rendered};
use super::run::World;
use super::story::Story;
use kms_haptik_sync::sync::Engine;
use tokio::time::Instant;

/// The file that the export of a bot with `complete_when` writes last.
pub(crate) const MARKER: &str = "_SUCCESS";

/// A folder that an export is written into.
#[derive(Debug)]
pub(crate) struct Place {
    folder: PathBuf,
    /// Where files are made that are renamed into place, and where those lie that were moved out.
    aside: PathBuf,
    /// Files that were moved out, by path.
    parked: BTreeMap<String, OnDisk>,
    /// Former names under which a file still stands there.
    strays: Vec<String>,
    /// What was last written into each file.
    written: BTreeMap<String, String>,
}

impl Place {
    pub(crate) fn new(root: &Path, bot: &str) -> Self {
        let root = std::fs::canonicalize(root).expect("a folder");
        let aside = root.join("aside").join(bot);
        std::fs::create_dir_all(&aside).expect("a folder");
        Self {
            folder: root.join(bot),
            aside,
            parked: BTreeMap::new(),
            strays: Vec::new(),
            written: BTreeMap::new(),
        }
    }

    /// As a story names it: the same in each run.
    fn shown(&self, path: &str) -> String {
        let folder = self.folder.file_name().unwrap_or_default();
        format!("{}/{path}", folder.display())
    }

    /// Where a file lies that was moved out.
    fn aside(&self, path: &str) -> PathBuf {
        self.aside.join(path.replace('/', "-"))
    }

    /// A place in the folder, whose own folder is there.
    fn at(&self, path: &str) -> PathBuf {
        let at = self.folder.join(path);
        std::fs::create_dir_all(at.parent().expect("a folder")).expect("a folder");
        at
    }
}

/// How a file is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    InPlace,
    Renamed,
    /// In place, and its writer does not close it.
    LeftOpen,
}

/// Work on the files of one bot.
struct Work<'a> {
    place: &'a mut Place,
    base: &'a mut Knowledge,
    files: &'a mut Files,
    random: &'a mut fastrand::Rng,
    /// Whom a watcher tells; `None`: nobody watches.
    told: Option<&'a Engine>,
    story: &'a Story,
    now: Now,
}

impl Work<'_> {
    fn tell(&self, tell: impl FnOnce(&Engine)) {
        if let Some(engine) = self.told {
            tell(engine);
        }
    }

    fn tell_renamed(&self, at: &Path) {
        self.tell(|engine| {
            engine.renamed.insert(at.to_owned());
            engine.writers.closed(at);
        });
    }

    fn write(&mut self, path: &str, rendered: Rendered, way: Way) {
        let at = self.place.at(path);
        let before = self.files.get(path).map(|before| before.replaced);
        let replaced = before.filter(|_| way != Way::Renamed);
        let written = match way {
            Way::Renamed => self.place.aside("new.csv"),
            Way::InPlace | Way::LeftOpen => at.clone(),
        };
        std::fs::write(&written, &rendered.csv).expect("a file");
        date(&written, self.now);
        if way == Way::Renamed {
            std::fs::rename(&written, &at).expect("a place");
            self.tell_renamed(&at);
        } else {
            self.tell(|engine| {
                if replaced.is_none() {
                    engine.writers.created(&at);
                }
                engine.writers.wrote(&at);
                if way == Way::InPlace {
                    engine.writers.closed(&at);
                }
            });
        }
        self.story.tell(format_args!(
            "   {} is written, {way:?}: {:?}",
            self.place.shown(path),
            rendered.names
        ));
        self.place.written.insert(path.to_owned(), rendered.csv);
        let is_told = self.told.is_some();
        let file = OnDisk {
            names: rendered.names,
            hides: rendered.hides,
            modified: self.now.wall,
            replaced: replaced.unwrap_or(self.now.at),
            told_closed: is_told && way != Way::LeftOpen,
            told_open: is_told && way == Way::LeftOpen,
        };
        self.files.wrote(path, file, self.now);
    }

    /// Writes a file as it is to be now.
    fn write_part(&mut self, part: usize, way: Way, all: bool) {
        let path = self.base.parts[part].path.clone();
        let Some(rendered) = self.base.render(part, self.random) else {
            self.take_away(&path, None);
            return;
        };
        let is_same = self.place.written.get(&path) == Some(&rendered.csv);
        if all || !is_same || self.random.bool() {
            self.write(&path, rendered, way);
        }
    }

    fn take_away(&mut self, path: &str, to: Option<PathBuf>) -> Option<OnDisk> {
        let file = self.files.took_away(path, self.now)?;
        let at = self.place.folder.join(path);
        match to {
            Some(to) => std::fs::rename(&at, to).expect("a place"),
            None => std::fs::remove_file(&at).expect("a file"),
        }
        self.tell(|engine| engine.writers.gone(&at));
        self.story
            .tell(format_args!("   {} is taken away", self.place.shown(path)));
        self.place.written.remove(path);
        Some(file)
    }

    fn take_folder_away(&mut self) {
        std::fs::remove_dir_all(&self.place.folder).ok();
        self.place.written.clear();
        self.place.strays.clear();
        self.lose_events();
        self.files.folder_went(self.now);
    }

    fn lose_events(&mut self) {
        self.tell(|engine| engine.writers.lost());
        self.files.forget_what_was_told(self.now);
    }

    fn bring_back(&mut self, path: &str) {
        let Some(mut file) = self.place.parked.remove(path) else {
            return;
        };
        let at = self.place.at(path);
        std::fs::rename(self.place.aside(path), &at).expect("a place");
        self.tell_renamed(&at);
        file.told_closed = self.told.is_some();
        file.told_open = false;
        self.files.wrote(path, file, self.now);
    }

    fn rename(&mut self, part: usize, copy: bool) {
        let of = &mut self.base.parts[part];
        let Some(mut file) = self.files.get(&of.path).cloned() else {
            return;
        };
        // A damaged file under a name that held nothing before is only an empty one.
        if of.state != PartState::There || file.hides {
            return;
        }
        of.renames += 1;
        let (from, to) = (of.path.clone(), Part::named(part, of.renames));
        of.path.clone_from(&to);
        let (old, new) = (self.place.at(&from), self.place.at(&to));
        file.replaced = self.now.at;
        file.told_closed = self.told.is_some();
        if copy {
            std::fs::copy(&old, &new).expect("a copy");
            date(&new, self.now);
            file.modified = self.now.wall;
            self.tell(|engine| {
                engine.writers.created(&new);
                engine.writers.wrote(&new);
                engine.writers.closed(&new);
            });
            self.files.wrote(&to, file, self.now);
            self.place.strays.push(from);
            return;
        }
        std::fs::rename(&old, &new).expect("a place");
        self.tell(|engine| engine.writers.gone(&old));
        self.tell_renamed(&new);
        // First, so that what it holds is somewhere at any time.
        self.files.wrote(&to, file, self.now);
        self.files.took_away(&from, self.now);
        if let Some(csv) = self.place.written.remove(&from) {
            self.place.written.insert(to, csv);
        }
    }

    /// The export writes this last.
    fn mark(&mut self) {
        let at = self.place.at(MARKER);
        std::fs::write(&at, "").expect("a marker");
        date(&at, self.now);
        self.files.marked(self.now);
    }
}

fn date(path: &Path, now: Now) {
    let wall = u64::try_from(now.wall).expect("after 1970");
    let file = std::fs::File::options().write(true).open(path);
    file.and_then(|file| file.set_modified(UNIX_EPOCH + Duration::from_millis(wall)))
        .expect("a time");
}

impl World {
    pub(crate) fn now(&self) -> Now {
        Now {
            at: Instant::now(),
            wall: self.clock.now(),
        }
    }

    /// Does something to the files of a bot, and notes what its editors mean by now.
    fn work(&mut self, bot: usize, work: impl FnOnce(&mut Work)) {
        let now = self.now();
        let engine = self.process.as_ref().map(|process| &process.engine);
        let mut books = self.books.lock().expect("no panic");
        let domain_name = &self.config.bots[bot].domain_name;
        let ledger = books.ledgers.get_mut(domain_name).expect("a bot");
        work(&mut Work {
            place: &mut self.places[bot],
            base: &mut self.bases[bot],
            files: &mut ledger.files,
            random: &mut self.random,
            told: engine.filter(|_| self.scenario.bots[bot].watched),
            story: &self.story,
            now,
        });
        let base = &self.bases[bot];
        for (name, article) in &base.articles {
            let content = Knowledge::content(article);
            if article.poison {
                ledger.ever_bad.insert(content.clone());
            }
            let written = ledger.written.entry(name.clone()).or_default();
            written.insert(content);
        }
        ledger.kept_may_be_back();
        ledger.steady.retain(|name, content| {
            let article = base.articles.get(name);
            article.is_none_or(|article| Knowledge::content(article) == *content)
        });
    }

    /// Writes the export of a bot, as far as its files are not elsewhere.
    pub(crate) fn export(&mut self, bot: usize) {
        let has_marker = self.scenario.bots[bot].has_marker;
        self.work(bot, |work| {
            if !work.base.has_folder() {
                work.take_folder_away();
                return;
            }
            for part in 0..work.base.parts.len() {
                write_if_there(work, part, false);
            }
            for path in std::mem::take(&mut work.place.strays) {
                work.take_away(&path, None);
            }
            let parts = &work.base.parts;
            let is_whole = work.base.damage.is_none()
                && parts.iter().all(|part| part.state == PartState::There);
            if has_marker && is_whole && work.random.u8(0..4) > 0 {
                work.mark();
            }
            if work.random.u8(0..16) == 0 {
                work.lose_events();
            }
        });
    }

    /// All files are there again, as the editors have them.
    pub(crate) fn export_whole(&mut self, bot: usize) {
        let has_marker = self.scenario.bots[bot].has_marker;
        self.work(bot, |work| {
            work.base.damage = None;
            work.place.parked.clear();
            for part in 0..work.base.parts.len() {
                work.base.parts[part].state = PartState::There;
                write_if_there(work, part, true);
            }
            for path in std::mem::take(&mut work.place.strays) {
                work.take_away(&path, None);
            }
            if has_marker {
                work.mark();
            }
        });
    }

    /// Writes these files alone.
    pub(crate) fn write_parts(&mut self, bot: usize, parts: &[usize]) {
        self.work(bot, |work| {
            for &part in parts {
                write_if_there(work, part, true);
            }
        });
    }

    /// A writer has a file open, and has written so many rows of it.
    pub(crate) fn open(&mut self, bot: usize, part: usize, rows: usize) {
        self.work(bot, |work| {
            let state = work.base.parts[part].state;
            let is_there = matches!(state, PartState::There | PartState::Open(_));
            if is_there && work.base.has_folder() {
                work.base.parts[part].state = PartState::Open(rows);
                work.write_part(part, Way::LeftOpen, true);
            }
        });
    }

    /// The writer writes the rest, and closes the file.
    pub(crate) fn close(&mut self, bot: usize, part: usize) {
        self.work(bot, |work| {
            if !matches!(work.base.parts[part].state, PartState::Open(_)) {
                return;
            }
            work.base.parts[part].state = PartState::There;
            if work.base.has_folder() {
                work.write_part(part, Way::InPlace, true);
            }
        });
    }

    /// Files are deleted, or moved out of the folder.
    pub(crate) fn vanish(&mut self, bot: usize, parts: &[usize], parked: bool) {
        self.work(bot, |work| {
            for &part in parts {
                let of = &mut work.base.parts[part];
                if of.state != PartState::There {
                    continue;
                }
                of.state = if parked {
                    PartState::Parked
                } else {
                    PartState::Deleted
                };
                let path = of.path.clone();
                let to = parked.then(|| work.place.aside(&path));
                let file = work.take_away(&path, to);
                if let Some(file) = file.filter(|_| parked) {
                    work.place.parked.insert(path, file);
                }
            }
        });
    }

    /// They come back: as they were, or written again.
    pub(crate) fn come_back(&mut self, bot: usize, parts: &[usize]) {
        self.work(bot, |work| {
            for &part in parts {
                let of = &mut work.base.parts[part];
                let (state, path) = (of.state, of.path.clone());
                if !matches!(state, PartState::Deleted | PartState::Parked) {
                    continue;
                }
                of.state = PartState::There;
                if state == PartState::Deleted {
                    write_if_there(work, part, true);
                } else if work.base.has_folder() {
                    work.bring_back(&path);
                }
            }
        });
    }

    /// A file gets another name: at once, or as a copy whose former name goes with the next export.
    pub(crate) fn rename_file(&mut self, bot: usize, part: usize, copy: bool) {
        self.work(bot, |work| work.rename(part, copy));
    }
}

fn write_if_there(work: &mut Work, part: usize, all: bool) {
    if work.base.has_folder() && work.base.parts[part].state == PartState::There {
        let in_place = work.random.bool();
        let way = if in_place { Way::InPlace } else { Way::Renamed };
        work.write_part(part, way, all);
    }
}
