//! Waits until the files of a folder are quiet, so that none is read half written.

use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::clock::{Clock, Millis};
use crate::config::Folder;
use crate::flow::intake::{Scan, SourceError, quiet_after, scan};

/// Files that go on changing for this long (or ten times `settle`) make the read a failed one.
pub(super) const PATIENCE: Duration = Duration::from_secs(30);

/// Files that were renamed into place, and so are whole however young they are.
#[derive(Clone, Debug, Default)]
pub struct Renamed(Arc<Mutex<HashSet<PathBuf>>>);

impl Renamed {
    /// Remembers one.
    pub fn insert(&self, path: PathBuf) {
        self.lock().insert(path);
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashSet<PathBuf>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Those of a scan that are in it, by their relative paths.
    fn of(&self, scan: &Scan) -> HashSet<Arc<str>> {
        let renamed = self.lock();
        scan.files
            .iter()
            .filter(|file| renamed.contains(&file.path))
            .map(|file| file.relative.clone())
            .collect()
    }

    /// They have been read: from now on they are files like others.
    pub(super) fn forget(&self, scan: &Scan) {
        let mut renamed = self.lock();
        for file in &scan.files {
            renamed.remove(&file.path);
        }
    }
}

/// Scans until every file has been quiet for `settle`.
pub(super) async fn quiet_scan(
    folder: &Folder,
    clock: &Clock,
    renamed: &Renamed,
    stop: &CancellationToken,
) -> Result<Scan, SourceError> {
    let patience = PATIENCE.max(folder.settle * 10);
    let began = tokio::time::Instant::now();
    let mut earlier: Option<(Millis, Scan)> = None;
    loop {
        let wanted = folder.clone();
        let found = clock.run_blocking(move || scan(&wanted)).await?;
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
            return Ok(found);
        };
        if stop.is_cancelled() {
            return Err(SourceError::Stopped);
        }
        if began.elapsed() >= patience {
            let youngest = found.files.iter().max_by_key(|file| file.modified);
            let file = youngest.map_or_else(|| "".into(), |file| file.relative.clone());
            return Err(SourceError::Changed { file });
        }
        if earlier.is_none() {
            earlier = Some((now, found));
        }
        tokio::select! {
            () = clock.sleep(wait) => {}
            () = stop.cancelled() => {}
        }
    }
}
