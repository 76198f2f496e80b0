//! Watching a folder. Events are hints that wake a line; a look at the folder from time to time
//! finds what they miss, watches that were lost, and file systems that give no events at all.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use notify::event::{AccessKind, AccessMode, ModifyKind, RenameMode};
use notify::{Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use super::quiet::Renamed;
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
}

/// Our own reading opens and closes files too: only what changes a folder counts.
fn hint(event: &Event) -> Hint {
    if event.need_rescan() {
        return Hint {
            wake: true,
            renamed: Vec::new(),
        };
    }
    match event.kind {
        EventKind::Modify(ModifyKind::Name(RenameMode::To)) => Hint {
            wake: true,
            renamed: event.paths.clone(),
        },
        EventKind::Modify(ModifyKind::Name(RenameMode::Both)) => Hint {
            wake: true,
            renamed: event.paths.get(1).cloned().into_iter().collect(),
        },
        EventKind::Access(AccessKind::Close(AccessMode::Write))
        | EventKind::Create(_)
        | EventKind::Modify(ModifyKind::Name(_))
        | EventKind::Remove(_) => Hint {
            wake: true,
            renamed: Vec::new(),
        },
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

fn begin(folder: &Folder, wake: &Arc<Notify>, renamed: &Renamed) -> Option<RecommendedWatcher> {
    let path = std::fs::canonicalize(&folder.path).ok()?;
    if !gives_events(&path) {
        return None;
    }
    let (wake, renamed) = (wake.clone(), renamed.clone());
    let watcher = notify::recommended_watcher(move |event: notify::Result<Event>| {
        let hint = event.map_or(
            Hint {
                wake: true,
                renamed: Vec::new(),
            },
            |event| hint(&event),
        );
        for path in hint.renamed {
            renamed.insert(path);
        }
        if hint.wake {
            wake.notify_one();
        }
    });
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
    wake: Arc<Notify>,
    renamed: Renamed,
    watcher: Option<RecommendedWatcher>,
    last: Look,
}

impl Watch {
    /// Begins to watch: what changes from here on will wake.
    pub(super) async fn begin(folder: Folder, wake: Arc<Notify>, renamed: Renamed) -> Self {
        let folder = Arc::new(folder);
        let watcher = begin(&folder, &wake, &renamed);
        let last = aside(&folder, look).await.unwrap_or(NOTHING);
        Self {
            folder,
            wake,
            renamed,
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
            self.watcher = begin(&self.folder, &self.wake, &self.renamed);
        }
        let now = aside(&self.folder, look).await.unwrap_or(NOTHING);
        if now != self.last {
            self.last = now;
            self.wake.notify_one();
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
    use notify::event::{CreateKind, DataChange, RemoveKind};

    #[test]
    fn only_what_changes_a_folder_wakes() {
        let path = PathBuf::from("/export/a.csv");
        let wakes = |kind| hint(&Event::new(kind).add_path(path.clone())).wake;
        assert!(!wakes(EventKind::Access(AccessKind::Open(AccessMode::Any))));
        assert!(!wakes(EventKind::Access(AccessKind::Close(
            AccessMode::Read
        ))));
        assert!(!wakes(EventKind::Modify(ModifyKind::Data(DataChange::Any))));
        assert!(wakes(EventKind::Access(AccessKind::Close(
            AccessMode::Write
        ))));
        assert!(wakes(EventKind::Create(CreateKind::File)));
        assert!(wakes(EventKind::Remove(RemoveKind::File)));
        assert!(wakes(EventKind::Modify(ModifyKind::Name(RenameMode::From))));
    }

    #[test]
    fn a_rename_into_place_is_told_with_its_path() {
        let path = PathBuf::from("/export/a.csv");
        let to =
            Event::new(EventKind::Modify(ModifyKind::Name(RenameMode::To))).add_path(path.clone());
        assert_eq!(
            hint(&to),
            Hint {
                wake: true,
                renamed: vec![path]
            }
        );
    }

    #[test]
    fn a_full_event_queue_leads_to_a_look() {
        let overflow = Event::new(EventKind::Other).set_flag(notify::event::Flag::Rescan);
        assert!(hint(&overflow).wake);
    }
}
