//! The one watcher of the daemon, for all sources of all bots: the kernel gives a user few of them. It
//! watches folder by folder what the scans look into, and passes on what happens there.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use notify::event::{CreateKind, ModifyKind, RenameMode};
use notify::{Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher as _};
use tokio::sync::{Notify, Semaphore};

use super::events::{Write, hint};
use crate::intake::{Subfolder, Writers};
use crate::sync::Renamed;

/// So many sources begin to be watched at once.
const AT_A_TIME: usize = 8;

/// What a watcher tells, and whom.
#[derive(Clone)]
pub(crate) struct WatchListener {
    /// Something has changed that a pass should see.
    pub(crate) wake: Arc<Notify>,
    /// There may be other folders than before.
    pub(crate) folders: Arc<Notify>,
    pub(crate) renamed: Renamed,
    pub(crate) writers: Writers,
}

/// What became of watching the folders of a source.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Followed {
    /// They are all watched, as they were before.
    AsBefore,
    /// They are all watched, some of them only from now on.
    Anew,
    /// They are not, and why.
    Not(Limit),
}

/// Why folders cannot be watched.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Limit {
    /// The user's programs have no watcher left.
    Instances,
    /// They may watch no more folders.
    Watches,
    /// What the system says.
    Other(String),
}

impl Limit {
    fn of(error: &notify::Error) -> Self {
        use rustix::io::Errno;
        let system = match &error.kind {
            notify::ErrorKind::MaxFilesWatch => return Self::Watches,
            notify::ErrorKind::Io(system) => system.raw_os_error(),
            _ => None,
        };
        match system.map(Errno::from_raw_os_error) {
            Some(Errno::MFILE | Errno::NFILE) => Self::Instances,
            Some(Errno::NOSPC) => Self::Watches,
            _ => Self::Other(error.to_string()),
        }
    }

    /// What it is, and what to do.
    pub(crate) fn words(&self) -> String {
        let sysctl = |key: &str, of: &str| {
            format!(
                "this user's programs have used up what the kernel allows them of {of}; raise fs.inotify.{key} with sysctl"
            )
        };
        match self {
            Self::Instances => sysctl("max_user_instances", "watchers"),
            Self::Watches => sysctl("max_user_watches", "watched folders"),
            Self::Other(cause) => cause.clone(),
        }
    }
}

/// The watcher. Cheap to clone; all clones are one.
#[derive(Clone)]
pub(crate) struct Watcher(Arc<WatcherState>);

struct WatcherState {
    /// Who is told of which folder. The watcher's own thread looks here, so nobody holds it while
    /// waiting for that thread.
    watched: Arc<Mutex<Watched>>,
    /// Held by whoever changes what is watched.
    notify: Mutex<Option<RecommendedWatcher>>,
    /// Which sources have met each limit, and are not watched since.
    met: Mutex<BTreeMap<Limit, BTreeSet<u64>>>,
    next: AtomicU64,
    beginning: Semaphore,
}

/// What is watched, by where it really is.
type Watched = HashMap<PathBuf, WatchedFolder>;

/// A folder that is watched.
struct WatchedFolder {
    identity: u64,
    told: Vec<Subscriber>,
}

/// A source that looks into a folder, and what it calls it.
struct Subscriber {
    source: u64,
    path: PathBuf,
    told: WatchListener,
}

impl Default for Watcher {
    fn default() -> Self {
        Self(Arc::new(WatcherState {
            watched: Arc::default(),
            notify: Mutex::default(),
            met: Mutex::default(),
            next: AtomicU64::new(0),
            beginning: Semaphore::new(AT_A_TIME),
        }))
    }
}

impl Watcher {
    /// A number for one more source.
    pub(crate) fn source(&self) -> u64 {
        self.0.next.fetch_add(1, Ordering::Relaxed)
    }

    /// For as long as this is held, few others begin.
    pub(crate) fn beginning(&self) -> &Semaphore {
        &self.0.beginning
    }

    /// Watches these folders for a source, and no others. Waits for the watcher's thread.
    pub(crate) fn follow(
        &self,
        source: u64,
        told: &WatchListener,
        folders: &[Subfolder],
    ) -> Followed {
        let mut notify = self.notify();
        let outcome = self.0.follow(&mut notify, source, told, folders);
        match outcome {
            Ok(false) => Followed::AsBefore,
            Ok(true) => Followed::Anew,
            Err(error) => {
                self.0.leave(&mut notify, source, |_, _| false);
                Followed::Not(Limit::of(&error))
            }
        }
    }

    /// Watches nothing for a source any more.
    pub(crate) fn leave(&self, source: u64) {
        self.0.leave(&mut self.notify(), source, |_, _| false);
    }

    /// A source has met a limit. Whether it is the first to meet it.
    pub(crate) fn has_met(&self, source: u64, limit: &Limit) -> bool {
        let mut met = lock(&self.0.met);
        let sources = met.entry(limit.clone()).or_default();
        sources.insert(source) && sources.len() == 1
    }

    /// A source is watched. The limits that it was the last to have met.
    pub(crate) fn is_past(&self, source: u64) -> Vec<Limit> {
        let mut over = Vec::new();
        lock(&self.0.met).retain(|limit, sources| {
            let was_last = sources.remove(&source) && sources.is_empty();
            if was_last {
                over.push(limit.clone());
            }
            !was_last
        });
        over
    }

    fn notify(&self) -> MutexGuard<'_, Option<RecommendedWatcher>> {
        lock(&self.0.notify)
    }
}

impl WatcherState {
    /// Whether any of them is watched only from now on.
    fn follow(
        &self,
        notify: &mut Option<RecommendedWatcher>,
        source: u64,
        told: &WatchListener,
        folders: &[Subfolder],
    ) -> notify::Result<bool> {
        let wanted: HashMap<&Path, &Subfolder> = folders
            .iter()
            .map(|folder| (&*folder.path, folder))
            .collect();
        self.leave(notify, source, |path, real| {
            wanted.get(path).is_some_and(|folder| folder.real == real)
        });
        let watcher = match notify {
            Some(watcher) => watcher,
            None => notify.insert(begin(&self.watched)?),
        };
        let mut is_new = false;
        for folder in folders {
            match self.enter(source, told, folder) {
                Entered::Known => continue,
                Entered::Shared => {}
                Entered::New => watcher.watch(&folder.real, RecursiveMode::NonRecursive)?,
                Entered::Replaced => {
                    // Where the old one was deleted, it is not watched any more.
                    let _ = watcher.unwatch(&folder.real);
                    watcher.watch(&folder.real, RecursiveMode::NonRecursive)?;
                }
            }
            is_new = true;
        }
        Ok(is_new)
    }

    fn enter(&self, source: u64, told: &WatchListener, folder: &Subfolder) -> Entered {
        let mut watched = lock(&self.watched);
        let is_known = watched.contains_key(&folder.real);
        let place = watched
            .entry(folder.real.clone())
            .or_insert_with(|| WatchedFolder {
                identity: folder.identity,
                told: Vec::new(),
            });
        let is_told = |one: &Subscriber| (one.source, &*one.path) == (source, &*folder.path);
        let was_told = place.told.iter().any(is_told);
        if !was_told {
            place.told.push(Subscriber {
                source,
                path: folder.path.clone(),
                told: told.clone(),
            });
        }
        let before = std::mem::replace(&mut place.identity, folder.identity);
        match (is_known, before == folder.identity, was_told) {
            (false, ..) => Entered::New,
            (true, false, _) => Entered::Replaced,
            (true, true, false) => Entered::Shared,
            (true, true, true) => Entered::Known,
        }
    }

    /// Has a source told of those folders alone that are to stay.
    fn leave(
        &self,
        notify: &mut Option<RecommendedWatcher>,
        source: u64,
        stays: impl Fn(&Path, &Path) -> bool,
    ) {
        let mut left = Vec::new();
        lock(&self.watched).retain(|real, place| {
            place
                .told
                .retain(|one| one.source != source || stays(&one.path, real));
            let is_wanted = !place.told.is_empty();
            if !is_wanted {
                left.push(real.clone());
            }
            is_wanted
        });
        for real in left {
            if let Some(watcher) = notify {
                // Where it was deleted, it is not watched any more.
                let _ = watcher.unwatch(&real);
            }
        }
    }
}

/// What a folder is to the watcher.
enum Entered {
    /// It is watched, and this source is told of it.
    Known,
    /// It is watched for another source.
    Shared,
    New,
    /// Another one is where one was.
    Replaced,
}

fn begin(watched: &Arc<Mutex<Watched>>) -> notify::Result<RecommendedWatcher> {
    let watched = watched.clone();
    notify::recommended_watcher(move |event| pass_on(&lock(&watched), &event))
}

/// Tells whom it concerns of an event.
fn pass_on(watched: &Watched, event: &notify::Result<Event>) {
    let Some(event) = event.as_ref().ok().filter(|event| !event.need_rescan()) else {
        for subscriber in watched.values().flat_map(|place| &place.told) {
            subscriber.told.writers.lost();
            subscriber.told.folders.notify_one();
            subscriber.told.wake.notify_one();
        }
        return;
    };
    let hint = hint(event);
    for (path, write) in &hint.writing {
        each(watched, path, |told, path| match write {
            Write::Created => told.writers.created(path),
            Write::Wrote => told.writers.wrote(path),
            Write::Closed => told.writers.closed(path),
            Write::Gone => {
                told.writers.gone(path);
                told.renamed.gone(path);
            }
        });
    }
    for path in &hint.renamed {
        each(watched, path, |told, path| {
            told.renamed.insert(path.to_owned());
        });
    }
    if !hint.wake {
        return;
    }
    for path in &event.paths {
        let may_be_folder = may_be_folder(watched, event.kind, path);
        each(watched, path, |told, _| {
            if may_be_folder {
                told.folders.notify_one();
            }
            told.wake.notify_one();
        });
        // Nobody may watch the folder above the one of a source.
        for subscriber in watched.get(path).iter().flat_map(|place| &place.told) {
            subscriber.told.folders.notify_one();
            subscriber.told.wake.notify_one();
        }
    }
}

/// Tells those who look into the folder of a path, each by what it calls that path.
fn each(watched: &Watched, path: &Path, tell: impl Fn(&WatchListener, &Path)) {
    let place = path.parent().and_then(|folder| watched.get(folder));
    let (Some(place), Some(name)) = (place, path.file_name()) else {
        return;
    };
    for subscriber in &place.told {
        tell(&subscriber.told, &subscriber.path.join(name));
    }
}

fn may_be_folder(watched: &Watched, kind: EventKind, path: &Path) -> bool {
    match kind {
        EventKind::Create(CreateKind::Folder) => true,
        EventKind::Create(_) | EventKind::Modify(ModifyKind::Name(RenameMode::To)) => {
            let found = std::fs::symlink_metadata(path);
            found.is_ok_and(|found| found.is_dir() || found.is_symlink())
        }
        EventKind::Remove(_) | EventKind::Modify(ModifyKind::Name(_)) => watched.contains_key(path),
        _ => false,
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
