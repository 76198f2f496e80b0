//! Who is writing the files of the folders, as far as the watcher can tell: a file that was written
//! and not closed yet is not read, however long its writer pauses.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::clock::{Instant, instant};

/// What was last seen of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Writing {
    /// It was made; whether with its content, as a link is, or to be written, is not known.
    Created(Instant),
    /// It was written, and not closed since.
    Open(Instant),
    /// It goes on changing, where nothing tells of writers.
    Changing(Instant),
    /// Who wrote it has closed it, or it was renamed into place.
    Closed,
}

/// What is known of a file's writers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum KnownWriter {
    /// Nothing: a writer may have it open since before anybody watched.
    Nothing,
    /// Somebody has had it open for writing for so long.
    Open(Duration),
    /// Nobody has it open.
    Closed,
}

/// An empty file that was made and never written is somebody's who only made it.
const MADE_EMPTY: Duration = Duration::from_mins(10);

/// Of more files nothing is known, as after events that were lost.
const MOST: usize = 100_000;

/// The writers of files. Cheap to clone; all clones are one.
#[derive(Clone, Debug, Default)]
pub struct Writers(Arc<Mutex<HashMap<PathBuf, Writing>>>);

impl Writers {
    /// A file was made.
    pub fn created(&self, path: &Path) {
        self.put(path, Writing::Created(instant()));
    }

    /// A file was written.
    pub fn wrote(&self, path: &Path) {
        if let Some(writing) = self.lock().get_mut(path) {
            if !matches!(writing, Writing::Open(_)) {
                *writing = Writing::Open(instant());
            }
            return;
        }
        self.put(path, Writing::Open(instant()));
    }

    /// Its writer closed it, or it was renamed into place whole.
    pub fn closed(&self, path: &Path) {
        self.put(path, Writing::Closed);
    }

    fn put(&self, path: &Path, writing: Writing) {
        let mut files = self.lock();
        if files.len() >= MOST && !files.contains_key(path) {
            files.clear();
        }
        files.insert(path.to_owned(), writing);
    }

    /// It is not there any more.
    pub fn gone(&self, path: &Path) {
        self.lock().remove(path);
    }

    /// What happened below a folder is not known any more.
    pub(crate) fn lost_below(&self, root: &Path) {
        self.lock().retain(|path, _| !path.starts_with(root));
    }

    /// Events were lost: nothing is known any more.
    pub fn lost(&self) {
        self.lock().clear();
    }

    /// It went on changing until nobody waited any longer.
    pub(crate) fn changing(&self, path: &Path) {
        let mut files = self.lock();
        let since = Writing::Changing(instant());
        files.entry(path.to_owned()).or_insert(since);
    }

    /// What is known of a file of this size that has been quiet long enough to be read.
    pub(crate) fn of(&self, path: &Path, size: u64) -> KnownWriter {
        let mut files = self.lock();
        match files.get(path).copied() {
            None => KnownWriter::Nothing,
            Some(Writing::Closed) => KnownWriter::Closed,
            Some(Writing::Open(since)) => KnownWriter::Open(since.elapsed()),
            Some(Writing::Created(since)) if size == 0 && since.elapsed() < MADE_EMPTY => {
                KnownWriter::Open(since.elapsed())
            }
            Some(Writing::Created(_) | Writing::Changing(_)) => {
                files.remove(path);
                KnownWriter::Nothing
            }
        }
    }

    /// For how long a file that is not quiet has been written.
    pub(crate) fn busy_for(&self, path: &Path) -> Duration {
        match self.lock().get(path) {
            Some(Writing::Created(since) | Writing::Open(since) | Writing::Changing(since)) => {
                since.elapsed()
            }
            Some(Writing::Closed) | None => Duration::ZERO,
        }
    }

    /// Forgets the closed files below a folder that are none of these: they are not there any more, or
    /// do not count.
    pub(crate) fn keep_only(&self, root: &Path, files: impl Fn(&Path) -> bool) {
        self.lock().retain(|path, writing| {
            *writing != Writing::Closed || !path.starts_with(root) || files(path)
        });
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<PathBuf, Writing>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_file_is_open_from_its_first_write_to_its_close() {
        let (writers, path) = (Writers::default(), Path::new("/export/a.csv"));
        let second = Duration::from_secs(1);
        assert_eq!(
            writers.of(path, 9),
            KnownWriter::Nothing,
            "before anybody watched"
        );
        writers.wrote(path);
        tokio::time::advance(second).await;
        writers.wrote(path);
        assert_eq!(
            writers.of(path, 9),
            KnownWriter::Open(second),
            "since the first write"
        );
        writers.closed(path);
        assert_eq!(writers.of(path, 9), KnownWriter::Closed);
        writers.wrote(path);
        assert_eq!(
            writers.of(path, 9),
            KnownWriter::Open(Duration::ZERO),
            "again"
        );
        writers.gone(path);
        assert_eq!(writers.of(path, 9), KnownWriter::Nothing);
        writers.wrote(path);
        writers.lost();
        assert_eq!(writers.of(path, 9), KnownWriter::Nothing);
    }

    #[tokio::test(start_paused = true)]
    async fn a_new_file_that_is_empty_is_still_to_be_written_and_a_link_is_not() {
        let (writers, path) = (Writers::default(), Path::new("/export/a.csv"));
        writers.created(path);
        assert_eq!(writers.of(path, 0), KnownWriter::Open(Duration::ZERO));
        assert_eq!(
            writers.of(path, 9),
            KnownWriter::Nothing,
            "a link has its content"
        );
        writers.created(path);
        tokio::time::advance(MADE_EMPTY).await;
        assert_eq!(
            writers.of(path, 0),
            KnownWriter::Nothing,
            "nobody goes on with it"
        );
    }

    #[test]
    fn there_is_an_end_to_what_is_known() {
        let writers = Writers::default();
        for number in 0..=MOST {
            writers.wrote(Path::new(&format!("/export/{number}.log")));
        }
        assert_eq!(writers.lock().len(), 1);
    }

    #[test]
    fn what_is_not_there_any_more_is_forgotten() {
        let writers = Writers::default();
        for name in ["/export/a.csv", "/export/b.csv", "/other/c.csv"] {
            writers.closed(Path::new(name));
        }
        writers.wrote(Path::new("/export/d.csv"));
        writers.keep_only(Path::new("/export"), |path| path.ends_with("a.csv"));
        assert_eq!(
            writers.lock().len(),
            3,
            "a is there, c is another's, d is open"
        );
    }
}
