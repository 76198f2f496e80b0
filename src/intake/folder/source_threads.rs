//! What may wait for a file system runs on threads of its own, and is waited for so long and no longer:
//! a dead mount never answers. The thread that hangs is left behind, and no other one is sent after it
//! until it is back.

use std::any::Any;
use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{OwnedMutexGuard, oneshot};
use tokio::time::timeout;

use super::mishaps::{Mishap, Mishaps};
use super::scan::ScannedFile;
use crate::clock::{Clock, span};
use crate::config::Folder;
use crate::intake::error::SourceError;
use crate::sabotage::{self, Sabotage};

/// What every look and every reading may take, however little there is to do.
const AT_LEAST: Duration = Duration::from_mins(2);
/// A file system that lists fewer names in a second serves nobody.
const NAMES_A_SECOND: u64 = 100;
/// Nor does one that reads, or a file that unpacks and parses, more slowly.
const BYTES_A_SECOND: u64 = 512 << 10;

/// How long listing a folder may take.
pub fn time_to_list(folder: &Folder) -> Duration {
    AT_LEAST + Duration::from_secs(folder.limits.max_files as u64 / NAMES_A_SECOND)
}

/// How long reading these files may take.
pub fn time_to_read(files: &[ScannedFile]) -> Duration {
    let bytes: u64 = files.iter().map(|file| file.size).sum();
    let opened = files.len() as u64 / NAMES_A_SECOND;
    AT_LEAST + Duration::from_secs(opened + bytes / BYTES_A_SECOND)
}

/// What a thread works for: one of a kind at a time, so that this is how many may hang.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Work {
    /// A source of a bot is listed or read.
    Source(String, String),
    /// All folders of a bot are looked at together.
    Rest(String),
    /// The folder of a source is watched.
    Watch(String, String),
}

impl Work {
    fn bot(&self) -> &str {
        match self {
            Self::Source(bot, _) | Self::Rest(bot) | Self::Watch(bot, _) => bot,
        }
    }
}

/// The work was not done in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoAnswer {
    /// How long was waited.
    pub within: Duration,
}

impl NoAnswer {
    /// What that means for the source of this folder.
    pub fn from(self, folder: &Path) -> SourceError {
        SourceError::NoAnswer {
            folder: folder.to_owned(),
            within: span(self.within),
        }
    }
}

/// Why work did not come to its end.
#[derive(Debug)]
pub(crate) enum Unfinished {
    Late(NoAnswer),
    /// It met a defect, and this is the panic.
    Panicked(Box<dyn Any + Send>),
}

impl Unfinished {
    /// What that means for the source of this folder.
    pub(crate) fn of(self, folder: &Path) -> SourceError {
        match self {
            Self::Late(late) => late.from(folder),
            Self::Panicked(panic) => SourceError::defect(&*panic),
        }
    }
}

/// The threads of all sources. Cheap to clone; all clones are one.
#[derive(Clone, Debug, Default)]
pub struct SourceThreads {
    places: Arc<Mutex<HashMap<Work, Arc<ThreadPlace>>>>,
    mishaps: Mishaps,
}

/// Where one kind of work is done, by one thread at a time.
#[derive(Debug, Default)]
struct ThreadPlace {
    taken: Arc<tokio::sync::Mutex<()>>,
    hangs: AtomicBool,
}

impl SourceThreads {
    /// Whether a thread hangs that worked for this.
    pub(crate) fn hangs(&self, work: &Work) -> bool {
        let place = self.place(work);
        place.hangs.load(Ordering::Relaxed) && place.taken.try_lock().is_err()
    }

    /// Has a thread do this, and waits for it so long. In virtual time it is done in place: there, time
    /// stands still for it.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        clock: &Clock,
        work: Work,
        within: Duration,
        job: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Unfinished> {
        let late = Unfinished::Late(NoAnswer { within });
        let place = self.place(&work);
        let Some(taken) = place.take(within).await else {
            return Err(late);
        };
        let (answer, answered) = oneshot::channel();
        let thread = move |dies| {
            let outcome = catch_unwind(AssertUnwindSafe(|| {
                let done = job();
                if dies {
                    resume_unwind(Box::new("a reader dies"));
                }
                done
            }));
            drop(taken);
            let _ = answer.send(outcome);
        };
        if clock.is_virtual() {
            self.mishaps.run(work.bot(), thread);
        } else {
            let builder = std::thread::Builder::new().name("source".to_owned());
            if let Err(error) = builder.spawn(move || thread(false)) {
                tracing::warn!("no thread can be had for a source ({error}); it is tried again");
                return Err(late);
            }
        }
        let patience = if sabotage::is(Sabotage::DeadlineOff) {
            Duration::MAX
        } else {
            within
        };
        let Ok(Ok(outcome)) = timeout(patience, answered).await else {
            place.hangs.store(true, Ordering::Relaxed);
            return Err(late);
        };
        outcome.map_err(Unfinished::Panicked)
    }

    /// From now on this happens to the work on the sources of a bot, but for so many pieces of it;
    /// `None`: nothing, and what hung goes on. Only virtual time knows of it.
    pub fn befall(&self, bot: &str, mishap: Option<(Mishap, u32)>) {
        self.mishaps.end(bot);
        if let Some((mishap, spared)) = mishap {
            self.mishaps.begin(bot, mishap, spared);
        }
    }

    fn place(&self, work: &Work) -> Arc<ThreadPlace> {
        let mut places = self.places.lock().unwrap_or_else(PoisonError::into_inner);
        places.entry(work.clone()).or_default().clone()
    }
}

impl ThreadPlace {
    /// Waits for the thread before, unless that one hangs.
    async fn take(&self, within: Duration) -> Option<OwnedMutexGuard<()>> {
        let taken = self.taken.clone();
        let taken = if self.hangs.load(Ordering::Relaxed) {
            taken.try_lock_owned().ok()
        } else {
            timeout(within, taken.lock_owned()).await.ok()
        };
        self.hangs.store(taken.is_none(), Ordering::Relaxed);
        taken
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;
    use std::sync::mpsc;

    use tokio_util::sync::CancellationToken;

    use super::*;
    use crate::config::Config;
    use crate::sync::silent;
    use crate::sync::{Engine, Outcome, sync_all};

    const SOON: Duration = Duration::from_millis(50);

    fn work(bot: &str) -> Work {
        Work::Source(bot.to_owned(), "kms".to_owned())
    }

    /// For how long one was waited for that was late.
    fn waited<T>(outcome: &Result<T, Unfinished>) -> Option<Duration> {
        match outcome {
            Err(Unfinished::Late(NoAnswer { within })) => Some(*within),
            _ => None,
        }
    }

    #[tokio::test]
    async fn a_thread_that_hangs_is_waited_for_once_and_followed_by_none_until_it_is_back() {
        let (threads, clock) = (SourceThreads::default(), Clock::system());
        let (back, hung) = mpsc::channel::<()>();
        let waits = move || hung.recv().is_ok();
        let late = threads.run(&clock, work("acme"), SOON, waits).await;
        assert_eq!(waited(&late), Some(SOON));
        assert!(threads.hangs(&work("acme")));
        // Without waiting, and without a thread.
        let day = Duration::from_hours(24);
        let refused = threads.run(&clock, work("acme"), day, || unreachable!());
        assert_eq!(waited(&refused.await), Some(day));
        let other = threads.run(&clock, work("other"), day, || 7);
        assert_eq!(other.await.unwrap(), 7);
        back.send(()).unwrap();
        while threads.hangs(&work("acme")) {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        let next = threads.run(&clock, work("acme"), day, || 7);
        assert_eq!(next.await.unwrap(), 7);
    }

    #[tokio::test]
    async fn a_defect_is_the_failure_of_its_source_alone() {
        let (threads, clock) = (SourceThreads::default(), Clock::system());
        let defect = || -> u8 { resume_unwind(Box::new("a defect")) };
        let died = threads.run(&clock, work("acme"), SOON, defect).await;
        let error = died.unwrap_err().of(Path::new("export")).to_string();
        assert!(error.contains("(a defect)"), "{error}");
        let next = threads.run(&clock, work("acme"), SOON, || 7);
        assert_eq!(next.await.unwrap(), 7);
    }

    #[tokio::test]
    async fn one_that_is_only_busy_is_waited_for() {
        let (threads, clock) = (SourceThreads::default(), Clock::system());
        let minute = Duration::from_mins(1);
        let busy = || std::thread::sleep(SOON);
        let left = tokio::time::timeout(
            Duration::from_millis(1),
            threads.run(&clock, work("acme"), minute, busy),
        );
        assert!(left.await.is_err(), "nobody waits for it any more");
        let next = threads.run(&clock, work("acme"), minute, || 7);
        assert_eq!(next.await.unwrap(), 7);
    }

    #[test]
    fn what_there_is_to_do_says_how_long_it_may_take() {
        let file = |size| ScannedFile {
            relative: "a".into(),
            path: "a".into(),
            size,
            modified: 0,
            inode: 0,
        };
        for (files, seconds) in [
            (vec![], 120),
            (vec![file(1 << 10)], 120),
            (vec![file(512 << 20), file(512 << 20)], 120 + 2048),
            (vec![file(0); 1000], 130),
        ] {
            assert_eq!(time_to_read(&files), Duration::from_secs(seconds));
        }
    }

    #[tokio::test]
    async fn sources_that_never_answer_hold_no_turn_and_fail_alone() {
        const HANGING: usize = 12;
        let folder = tempfile::tempdir().unwrap();
        let mut text = "state_dir = 'state'\n[haptik]\nbase_url = 'sandbox'\n".to_owned();
        for bot in 0..=HANGING {
            let at = folder.path().join(format!("export-{bot}"));
            std::fs::create_dir(&at).unwrap();
            std::fs::write(at.join("a.csv"), "id,question,answer\n1,How?,So.\n").unwrap();
            writeln!(
                text,
                "[[bot]]\ndomain_name = 'bot-{bot}'\nupload_effect = 'merge'\n\
                 [[bot.source]]\nname = 'kms'\nfolder = {at:?}\nsettle = '0s'"
            )
            .unwrap();
        }
        let path = folder.path().join("config.toml");
        let config = Config::parse(&text, &path, Vec::<(String, String)>::new()).unwrap();
        let (clock, stop) = (Clock::system(), CancellationToken::new());
        let engine = Engine::open(&config, clock.clone(), silent(), stop)
            .await
            .unwrap();
        let (back, hung) = mpsc::channel::<()>();
        let hung = Arc::new(Mutex::new(hung));
        for bot in 0..HANGING {
            let hung = hung.clone();
            let waits = move || hung.lock().is_ok_and(|hung| hung.recv().is_ok());
            let work = work(&format!("bot-{bot}"));
            assert!(engine.threads.run(&clock, work, SOON, waits).await.is_err());
        }
        let reports = timeout(Duration::from_mins(1), sync_all(&engine, &config.bots));
        let reports = reports.await.unwrap();
        let (last, hanging) = reports.split_last().unwrap();
        for report in hanging {
            let error = report.error.as_deref().unwrap_or_default();
            assert!(error.contains("did not answer within"), "{error}");
            assert!(error.contains("export-"), "{error}");
        }
        assert_eq!((last.outcome, last.added), (Outcome::InSync, 1));
        drop(back);
    }
}
