//! Watching a folder. Events are hints that wake a line; a look at the folder from time to time
//! finds what they miss, watches that were lost, and file systems that give no events at all.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use notify::event::{AccessKind, AccessMode, CreateKind, ModifyKind, RenameMode};
use notify::{Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use super::quiet::Renamed;
use super::writers::Writers;
use crate::clock::{Clock, Millis};
use crate::config::Folder;
use crate::flow::intake::scan;

/// How often to look where events are to be expected.
const LOOK: Duration = Duration::from_secs(30);
/// How often to see whether the folder is still the one that is watched: one that was mounted or
/// renamed into place since gives no events.
const ROOT_LOOK: Duration = Duration::from_secs(3);
/// How often to look where they are not.
const LOOK_WITHOUT_EVENTS: Duration = Duration::from_secs(6);

/// File systems whose changes are made elsewhere, so that this kernel gives no events for them:
/// NFS, SMB (three generations), FUSE, 9p, Ceph, virtiofs shares of virtual machines, AFS.
/// The numbers are those of statfs(2).
const WITHOUT_EVENTS: [u64; 10] = [
    0x6969,
    0xff53_4d42,
    0xfe53_4d42,
    0x517b,
    0x6573_5546,
    0x0102_1997,
    0x00c3_6400,
    0x6a65_6a63,
    0x786f_4256,
    0x5346_414f,
];

/// What an event asks for.
#[derive(Debug, Default, PartialEq, Eq)]
struct Hint {
    wake: bool,
    renamed: Vec<PathBuf>,
    writing: Vec<(PathBuf, Write)>,
}

/// What an event says of a file's writer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Write {
    Created,
    Wrote,
    Closed,
    Gone,
}

impl Hint {
    fn of(wake: bool, paths: &[PathBuf], write: Write) -> Self {
        Self {
            wake,
            renamed: Vec::new(),
            writing: paths.iter().map(|path| (path.clone(), write)).collect(),
        }
    }

    /// A file that was renamed into place is whole, and nobody writes it.
    fn renamed(from: &[PathBuf], to: &[PathBuf]) -> Self {
        let gone = from.iter().map(|path| (path.clone(), Write::Gone));
        let closed = to.iter().map(|path| (path.clone(), Write::Closed));
        Self {
            wake: true,
            renamed: to.to_vec(),
            writing: gone.chain(closed).collect(),
        }
    }
}

/// Our own reading opens and closes files too: only what changes a folder counts.
fn hint(event: &Event) -> Hint {
    let paths = &event.paths[..];
    match event.kind {
        EventKind::Modify(ModifyKind::Name(RenameMode::To)) => Hint::renamed(&[], paths),
        EventKind::Modify(ModifyKind::Name(RenameMode::Both)) => {
            let (from, to) = paths.split_at(paths.len().min(1));
            Hint::renamed(from, to)
        }
        EventKind::Access(AccessKind::Close(AccessMode::Write)) => {
            Hint::of(true, paths, Write::Closed)
        }
        EventKind::Create(CreateKind::Folder) => Hint::of(true, &[], Write::Created),
        EventKind::Create(_) => Hint::of(true, paths, Write::Created),
        EventKind::Modify(ModifyKind::Data(_)) => Hint::of(false, paths, Write::Wrote),
        EventKind::Modify(ModifyKind::Name(_)) | EventKind::Remove(_) => {
            Hint::of(true, paths, Write::Gone)
        }
        _ => Hint::default(),
    }
}

/// What a folder looked like.
#[derive(Debug, PartialEq, Eq)]
struct Look {
    inode: Option<u64>,
    files: u64,
}

const NOTHING: Look = Look {
    inode: None,
    files: 0,
};

fn look(folder: &Folder) -> Look {
    use std::hash::{Hash as _, Hasher as _};
    let mut hasher = std::hash::DefaultHasher::new();
    if let Ok(scan) = scan(folder) {
        for file in scan.files {
            let stat: (u64, Millis, u64) = (file.size, file.modified, file.inode);
            (file.relative, stat).hash(&mut hasher);
        }
    }
    Look {
        inode: inode(folder),
        files: hasher.finish(),
    }
}

fn inode(folder: &Folder) -> Option<u64> {
    use std::os::unix::fs::MetadataExt as _;
    std::fs::metadata(&folder.path).ok().map(|data| data.ino())
}

/// Whether changes below a path make events here.
pub(crate) fn gives_events(path: &Path) -> bool {
    rustix::fs::statfs(path).is_ok_and(|stat| {
        u64::try_from(stat.f_type).is_ok_and(|kind| !WITHOUT_EVENTS.contains(&kind))
    })
}

/// What a watcher tells, and whom.
#[derive(Clone)]
pub(super) struct Told {
    pub(super) wake: Arc<Notify>,
    pub(super) renamed: Renamed,
    pub(super) writers: Writers,
}

impl Told {
    fn event(&self, event: &notify::Result<Event>) {
        let Some(event) = event.as_ref().ok().filter(|event| !event.need_rescan()) else {
            self.writers.lost();
            self.wake.notify_one();
            return;
        };
        let hint = hint(event);
        for (path, write) in &hint.writing {
            match write {
                Write::Created => self.writers.created(path),
                Write::Wrote => self.writers.wrote(path),
                Write::Closed => self.writers.closed(path),
                Write::Gone => self.writers.gone(path),
            }
        }
        for path in hint.renamed {
            self.renamed.insert(path);
        }
        if hint.wake {
            self.wake.notify_one();
        }
    }
}

fn begin(folder: &Folder, told: &Told) -> Option<RecommendedWatcher> {
    let path = std::fs::canonicalize(&folder.path).ok()?;
    if !gives_events(&path) {
        return None;
    }
    let told = told.clone();
    let watcher = notify::recommended_watcher(move |event| told.event(&event));
    let outcome = watcher.and_then(|mut watcher| {
        watcher.watch(&path, RecursiveMode::Recursive)?;
        Ok(watcher)
    });
    outcome
        .inspect_err(|error| {
            tracing::warn!(
                "the folder {} cannot be watched ({error}); it is looked at every {LOOK_WITHOUT_EVENTS:?} instead. \
                 If the limit of watches is reached, raise fs.inotify.max_user_watches",
                path.display()
            );
        })
        .ok()
}

/// A folder that is watched.
pub(super) struct Watch {
    folder: Arc<Folder>,
    told: Told,
    watcher: Option<RecommendedWatcher>,
    last: Look,
}

impl Watch {
    /// Begins to watch: what changes from here on will wake.
    pub(super) async fn begin(folder: Folder, told: Told) -> Self {
        let folder = Arc::new(folder);
        let watcher = begin(&folder, &told);
        let last = aside(&folder, look).await.unwrap_or(NOTHING);
        Self {
            folder,
            told,
            watcher,
            last,
        }
    }

    /// Watches until asked to stop.
    pub(super) async fn run(mut self, clock: Clock, stop: CancellationToken) {
        let mut waited = Duration::ZERO;
        loop {
            tokio::select! {
                () = clock.sleep(ROOT_LOOK) => {}
                () = stop.cancelled() => return,
            }
            waited += ROOT_LOOK;
            let pause = if self.watcher.is_some() {
                LOOK
            } else {
                LOOK_WITHOUT_EVENTS
            };
            // A file system of this machine answers at once; a thread of its own would be woken for it.
            let now = match self.watcher {
                Some(_) => Some(inode(&self.folder)),
                None => aside(&self.folder, inode).await,
            };
            let replaced = now != Some(self.last.inode);
            if replaced || waited >= pause {
                self.look_again().await;
                waited = Duration::ZERO;
            }
        }
    }

    async fn look_again(&mut self) {
        let before = aside(&self.folder, inode).await.flatten();
        if before != self.last.inode || self.watcher.is_none() {
            // First, so that nothing slips between the watch and the look.
            // What happened meanwhile is not known.
            self.told.writers.lost();
            self.watcher = begin(&self.folder, &self.told);
        }
        let now = aside(&self.folder, look).await.unwrap_or(NOTHING);
        if now != self.last {
            self.last = now;
            self.told.wake.notify_one();
        }
    }
}

/// Looks on a thread that may wait for a slow file system.
async fn aside<T: Send + 'static>(folder: &Arc<Folder>, look: fn(&Folder) -> T) -> Option<T> {
    let folder = folder.clone();
    tokio::task::spawn_blocking(move || look(&folder))
        .await
        .ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use notify::event::{DataChange, RemoveKind};

    #[test]
    fn only_what_changes_a_folder_wakes_and_each_event_tells_of_the_writer() {
        let name = |mode| EventKind::Modify(ModifyKind::Name(mode));
        let cases = [
            (
                EventKind::Access(AccessKind::Open(AccessMode::Any)),
                false,
                None,
            ),
            (
                EventKind::Access(AccessKind::Close(AccessMode::Read)),
                false,
                None,
            ),
            (
                EventKind::Modify(ModifyKind::Data(DataChange::Any)),
                false,
                Some(Write::Wrote),
            ),
            (
                EventKind::Access(AccessKind::Close(AccessMode::Write)),
                true,
                Some(Write::Closed),
            ),
            (
                EventKind::Create(CreateKind::File),
                true,
                Some(Write::Created),
            ),
            (EventKind::Create(CreateKind::Folder), true, None),
            (EventKind::Remove(RemoveKind::File), true, Some(Write::Gone)),
            (name(RenameMode::From), true, Some(Write::Gone)),
            (name(RenameMode::To), true, Some(Write::Closed)),
        ];
        for (kind, wakes, write) in cases {
            let hint = hint(&Event::new(kind).add_path("/export/a.csv".into()));
            let writing = hint.writing.first().map(|(_, write)| *write);
            assert_eq!((hint.wake, writing), (wakes, write), "{kind:?}");
        }
    }

    #[test]
    fn a_rename_into_place_is_told_with_its_path() {
        let (from, to) = (
            PathBuf::from("/export/a.tmp"),
            PathBuf::from("/export/a.csv"),
        );
        let kind = EventKind::Modify(ModifyKind::Name(RenameMode::Both));
        let both = Event::new(kind).add_path(from.clone()).add_path(to.clone());
        let hint = hint(&both);
        assert_eq!(hint.renamed, std::slice::from_ref(&to));
        assert_eq!(hint.writing, [(from, Write::Gone), (to, Write::Closed)]);
    }

    #[test]
    fn a_full_event_queue_leads_to_a_look_and_nothing_is_known_of_writers() {
        let told = Told {
            wake: Arc::default(),
            renamed: Renamed::default(),
            writers: Writers::default(),
        };
        let path = Path::new("/export/a.csv");
        told.writers.closed(path);
        let overflow = Event::new(EventKind::Other).set_flag(notify::event::Flag::Rescan);
        told.event(&Ok(overflow));
        assert_eq!(
            told.writers.of(path, 1),
            crate::daemon::writers::Known::Nothing
        );
    }
}
