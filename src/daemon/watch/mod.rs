//! Watching the folder of a source. Events are hints that wake a bot; a look at the folder from time to
//! time finds what they miss, watches that were lost, and file systems that give no events at all.

mod events;
mod watcher;

pub(crate) use watcher::{WatchListener, Watcher};

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use crate::clock::Clock;
use crate::config::Folder;
use crate::intake::{Scan, SourceThreads, Subfolder, Work, listing, time_to_list};
use watcher::{Followed, Limit};

/// How often to look where events are to be expected.
const LOOK: Duration = Duration::from_secs(30);
/// How often to see whether the folder is still the one that is watched: one that was mounted or
/// renamed into place since gives no events.
const ROOT_LOOK: Duration = Duration::from_secs(3);
/// How often to look where they are not.
const LOOK_WITHOUT_EVENTS: Duration = Duration::from_secs(6);
/// Many folders may be made one after the other.
const FOLDER_PAUSE: Duration = Duration::from_millis(100);
/// For so long, a source that begins to be watched keeps others from it.
const BEGINNING: Duration = Duration::from_secs(1);
/// What was made before a new folder was watched is found by a further look, in which there may be
/// other new ones. What is made faster than that is found by the next look.
const ROUNDS: usize = 3;

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

/// Whether changes below a path make events here.
pub(crate) fn gives_events(path: &Path) -> bool {
    rustix::fs::statfs(path).is_ok_and(|stat| {
        u64::try_from(stat.f_type).is_ok_and(|kind| !WITHOUT_EVENTS.contains(&kind))
    })
}

/// What a folder looked like.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct ScanResult {
    inode: Option<(u64, u64)>,
    files: u64,
    /// Whether events are to be expected from all of it.
    is_watched: bool,
}

/// Tells the folder from another one that is mounted there, too.
fn inode(folder: &Folder) -> Option<(u64, u64)> {
    use std::os::unix::fs::MetadataExt as _;
    let data = std::fs::metadata(&folder.path).ok()?;
    Some((data.dev(), data.ino()))
}

fn digest(scan: &Scan) -> u64 {
    use std::hash::{Hash as _, Hasher as _};
    let mut hasher = std::hash::DefaultHasher::new();
    for file in &scan.files {
        (&file.relative, file.size, file.modified, file.inode).hash(&mut hasher);
    }
    hasher.finish()
}

/// What it takes to look at a folder, on a thread that may wait for a slow file system.
#[derive(Clone)]
struct Eye {
    source: u64,
    folder: Arc<Folder>,
    told: WatchListener,
    watcher: Watcher,
}

impl Eye {
    /// Looks at the folder, and sees that what is in it is watched.
    fn look(&self, before: ScanResult) -> ScanResult {
        let inode = inode(&self.folder);
        let mut now = ScanResult {
            inode,
            ..ScanResult::default()
        };
        for round in 0..ROUNDS {
            // First the watch and then the look, so that nothing slips between.
            let Ok(found) = listing(&self.folder) else {
                self.watcher.leave(self.source);
                return now;
            };
            now.files = digest(&found);
            let (watchable, silent): (Vec<Subfolder>, Vec<Subfolder>) = found
                .folders
                .into_iter()
                .partition(|folder| gives_events(&folder.real));
            let root = watchable.first().or(silent.first());
            if let Some(root) = root.filter(|_| round == 0 && inode != before.inode) {
                // What happened meanwhile is not known.
                self.told.writers.lost_below(&root.path);
            }
            let followed = self.watcher.follow(self.source, &self.told, &watchable);
            match followed {
                Followed::AsBefore => {
                    now.is_watched = silent.is_empty();
                    self.say_past();
                    break;
                }
                Followed::Anew => {
                    now.is_watched = silent.is_empty();
                    self.say_past();
                }
                Followed::Not(limit) => {
                    self.say(&limit);
                    break;
                }
            }
        }
        now
    }

    /// Once for all sources, when the last of them is watched again.
    fn say_past(&self) {
        for limit in self.watcher.is_past(self.source) {
            tracing::info!("every folder is watched again ({})", limit.words());
        }
    }

    /// Once for all sources, where it is the same for all.
    fn say(&self, limit: &Limit) {
        if self.watcher.has_met(self.source, limit) {
            tracing::warn!(
                "the folder {} cannot be watched ({}); it is looked at every {LOOK_WITHOUT_EVENTS:?} instead, as is every other folder that this holds for",
                self.folder.path.display(),
                limit.words()
            );
        }
    }
}

/// A folder that is watched.
pub(super) struct SourceWatch {
    eye: Eye,
    work: Work,
    threads: SourceThreads,
    clock: Clock,
    last: ScanResult,
}

impl SourceWatch {
    pub(super) fn new(
        work: Work,
        folder: Folder,
        told: WatchListener,
        watcher: Watcher,
        threads: SourceThreads,
        clock: Clock,
    ) -> Self {
        Self {
            eye: Eye {
                source: watcher.source(),
                folder: Arc::new(folder),
                told,
                watcher,
            },
            work,
            threads,
            clock,
            last: ScanResult::default(),
        }
    }

    /// Watches until asked to stop. What changes after `begun` will wake.
    pub(super) async fn run(mut self, begun: oneshot::Sender<()>, stop: CancellationToken) {
        tokio::select! {
            () = self.begin(begun) => {}
            () = stop.cancelled() => return,
        }
        let (mut waited, folders) = (Duration::ZERO, self.eye.told.folders.clone());
        loop {
            let is_due = tokio::select! {
                () = self.clock.sleep(ROOT_LOOK) => {
                    waited += ROOT_LOOK;
                    let pause = if self.last.is_watched { LOOK } else { LOOK_WITHOUT_EVENTS };
                    waited >= pause
                }
                () = folders.notified() => true,
                () = stop.cancelled() => return,
            };
            tokio::select! {
                looked = self.look_again(is_due) => {
                    if looked {
                        waited = Duration::ZERO;
                    }
                }
                () = stop.cancelled() => return,
            }
        }
    }

    async fn begin(&mut self, begun: oneshot::Sender<()>) {
        let seen = {
            let watcher = self.eye.watcher.clone();
            // Never closed, so it comes.
            let place = watcher.beginning().acquire().await.ok();
            let mut look = std::pin::pin!(self.look());
            if let Ok(seen) = timeout(BEGINNING, look.as_mut()).await {
                seen
            } else {
                drop(place);
                look.await
            }
        };
        self.last = seen.unwrap_or_default();
        if begun.send(()).is_err() {
            // The first pass has begun without it.
            self.eye.told.wake.notify_one();
        }
    }

    /// Looks again, if it is time or if the folder is another one.
    async fn look_again(&mut self, is_due: bool) -> bool {
        if !is_due && self.root().await == Some(self.last.inode) {
            return false;
        }
        let Some(now) = self.look().await else {
            return true;
        };
        let is_other = (now.inode, now.files) != (self.last.inode, self.last.files);
        self.last = now;
        if is_other {
            self.eye.told.wake.notify_one();
        }
        self.clock.sleep(FOLDER_PAUSE).await;
        true
    }

    async fn root(&self) -> Option<Option<(u64, u64)>> {
        let folder = self.eye.folder.clone();
        self.aside(move || inode(&folder)).await
    }

    async fn look(&self) -> Option<ScanResult> {
        let (eye, before) = (self.eye.clone(), self.last);
        self.aside(move || eye.look(before)).await
    }

    async fn aside<T: Send + 'static>(
        &self,
        look: impl FnOnce() -> T + Send + 'static,
    ) -> Option<T> {
        let within = time_to_list(&self.eye.folder);
        let work = self.work.clone();
        self.threads.run(&self.clock, work, within, look).await.ok()
    }
}
