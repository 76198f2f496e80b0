//! Waits until the files of a folder are quiet, so that none is read half written.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;

use super::read_sources::BotReader;
use crate::clock::{Millis, instant};
use crate::config::Folder;
use crate::intake::folder::scan;
use crate::intake::{
    KnownWriter, OpenFile, Scan, ScannedFile, SourceError, Work, Writers, quiet_after, time_to_list,
};
use crate::sabotage;
use crate::sabotage::Sabotage;

/// Files that go on changing for this long (or ten times `settle`) make the read a failed one.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// So many renames are remembered: of those that no scan finds, nobody says when they may be forgotten.
const MOST_RENAMES: usize = 10_000;

/// Files that were renamed into place, and so are whole however young they are.
#[derive(Clone, Debug, Default)]
pub struct Renamed {
    renames: Arc<Mutex<Renames>>,
    /// Tells who waits for files to be quiet.
    came: Arc<Notify>,
}

/// Each path with the number of its last rename.
#[derive(Debug, Default)]
struct Renames {
    numbers: HashMap<PathBuf, u64>,
    next: u64,
}

/// A moment between two renames.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Sequence(u64);

impl Renamed {
    /// Remembers one.
    pub fn insert(&self, path: PathBuf) {
        let mut renamed = self.lock();
        let number = renamed.next;
        renamed.next += 1;
        renamed.numbers.insert(path, number);
        if renamed.numbers.len() > MOST_RENAMES {
            // The older half: whoever still wanted those has read them, or waits for them to be quiet.
            let mut numbers: Vec<u64> = renamed.numbers.values().copied().collect();
            let (_, middle, _) = numbers.select_nth_unstable(MOST_RENAMES / 2);
            let oldest = *middle;
            renamed.numbers.retain(|_, number| *number >= oldest);
        }
        drop(renamed);
        self.came.notify_waiters();
    }

    /// It is not there any more.
    pub(crate) fn gone(&self, path: &Path) {
        self.lock().numbers.remove(path);
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Renames> {
        self.renames.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Now, to be taken before a scan.
    pub(crate) fn now(&self) -> Sequence {
        Sequence(self.lock().next)
    }

    /// Those of a scan that are in it, by their relative paths.
    fn of(&self, scan: &Scan) -> HashSet<Arc<str>> {
        let renamed = self.lock();
        scan.files
            .iter()
            .filter(|file| renamed.numbers.contains_key(&file.path))
            .map(|file| file.relative.clone())
            .collect()
    }

    /// They have been read: from now on they are files like others. What was renamed into place
    /// after the moment before the scan may be another file, and a further pass is on its way for it.
    pub(crate) fn forget(&self, scan: &Scan, before: Sequence) {
        let mut renamed = self.lock();
        for file in &scan.files {
            if renamed
                .numbers
                .get(&file.path)
                .is_some_and(|number| *number < before.0)
            {
                renamed.numbers.remove(&file.path);
            }
        }
    }
}

/// Scans until every file has been quiet for `settle`, but for those that somebody is writing, which
/// are set aside. With the scan comes the moment before it.
pub(crate) async fn quiet_scan(
    folder: &Folder,
    work: &Work,
    reader: &BotReader<'_>,
) -> Result<(Scan, Sequence), SourceError> {
    let BotReader {
        clock,
        renamed,
        writers,
        stop,
        ..
    } = *reader;
    let patience = PATIENCE.max(folder.settle * 10);
    let began = instant();
    let mut earlier: Option<(Millis, Scan)> = None;
    loop {
        // Begun before the scan, so that no rename slips between.
        let came = renamed.came.notified();
        let (wanted, before) = (folder.clone(), renamed.now());
        let within = time_to_list(folder);
        let looked = reader
            .threads
            .run(clock, work.clone(), within, move || scan(&wanted));
        // Nobody waits for a slow file system at a stop.
        let looked = tokio::select! {
            biased;
            looked = looked => looked,
            () = stop.cancelled() => return Err(SourceError::Stopped),
        };
        let mut found = looked.map_err(|unfinished| unfinished.of(&folder.path))??;
        set_aside(&mut found, writers);
        let now = clock.now();
        let old_enough = earlier
            .as_ref()
            .filter(|(at, _)| now - at >= crate::clock::duration_millis(folder.settle))
            .map_or(&[][..], |(_, scan)| &scan.files);
        let wait = quiet_after(
            &found.files,
            old_enough,
            now,
            folder.settle,
            &renamed.of(&found),
        );
        let Some(wait) = wait else {
            return Ok((found, before));
        };
        if stop.is_cancelled() {
            return Err(SourceError::Stopped);
        }
        if began.elapsed() >= patience {
            let whole = renamed.of(&found);
            let is_quiet = |file: &ScannedFile| {
                let alone = std::slice::from_ref(file);
                quiet_after(alone, old_enough, now, folder.settle, &whole).is_none()
            };
            let (quiet, changing) = found.files.into_iter().partition(is_quiet);
            found.files = quiet;
            let changing: Vec<ScannedFile> = changing;
            found.open.extend(changing.into_iter().map(|file| {
                writers.changing(&file.path);
                OpenFile {
                    open_for: writers.busy_for(&file.path),
                    relative: file.relative,
                }
            }));
            return Ok((found, before));
        }
        if earlier.is_none() {
            earlier = Some((now, found));
        }
        tokio::select! {
            biased;
            () = clock.sleep(wait) => {}
            // What is renamed into place may be whole in place of what was waited for.
            () = came => {}
            () = stop.cancelled() => {}
        }
    }
}

/// Sets the files aside that somebody has open for writing, and notes those that surely nobody has.
fn set_aside(scan: &mut Scan, writers: &Writers) {
    for file in std::mem::take(&mut scan.files) {
        match writers.of(&file.path, file.size) {
            KnownWriter::Open(open_for) if !sabotage::is(Sabotage::OpenIsRead) => {
                scan.open.push(OpenFile {
                    relative: file.relative,
                    open_for,
                });
            }
            known => {
                if known == KnownWriter::Closed {
                    scan.closed.insert(file.relative.clone());
                }
                scan.files.push(file);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn renames_that_nobody_reads_are_forgotten_the_oldest_first() {
        let renamed = Renamed::default();
        let path = |number: usize| PathBuf::from(format!("/export/{number}.log"));
        for number in 0..3 * MOST_RENAMES {
            renamed.insert(path(number));
            assert!(renamed.lock().numbers.len() <= MOST_RENAMES);
        }
        let last = path(3 * MOST_RENAMES - 1);
        assert!(renamed.lock().numbers.contains_key(&last));
        renamed.gone(&last);
        assert!(!renamed.lock().numbers.contains_key(&last));
    }

    #[test]
    fn what_is_renamed_into_place_during_a_pass_counts_for_the_next_one() {
        let renamed = Renamed::default();
        let path = PathBuf::from("/export/a.csv");
        let file = ScannedFile {
            relative: "a.csv".into(),
            path: path.clone(),
            size: 1,
            modified: 0,
            inode: 1,
        };
        let scan = Scan {
            files: vec![file],
            ..Scan::default()
        };
        renamed.insert(path.clone());
        let before = renamed.now();
        renamed.insert(path);
        renamed.forget(&scan, before);
        assert_eq!(renamed.of(&scan).len(), 1, "it came after the scan");
        renamed.forget(&scan, renamed.now());
        assert!(renamed.of(&scan).is_empty());
    }
}
