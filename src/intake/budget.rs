//! What the reading of one source may hold in memory. It is counted where things are made (text,
//! nodes, cells, keys, rejections), so that what is too much fails that file or source alone, with a
//! remedy, and nothing else with it.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::bytes::TextProblem;

/// What one file may take. Beside it there are the program, SQLite's cache and the spools, and all
/// of it has to fit into 256 MiB.
const OF_A_FILE: usize = 96 << 20;
/// What is kept of a source until it has been judged: what was rejected, and what was noted.
const KEPT: usize = 48 << 20;
/// A reading that holds more than this waits until no other one does.
const SMALL: usize = 4 << 20;

/// What a reading holds, by its own count.
#[derive(Debug, Default)]
pub(crate) struct Budget {
    of_the_file: usize,
    kept: usize,
    turn: Option<LargeFilePermit>,
}

/// A file needs more than it may take.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Exceeded;

impl Exceeded {
    /// What is said of the file.
    pub(crate) fn at(line: u64) -> TextProblem {
        TextProblem::unusable(
            line,
            format!(
                "needs more than {} MiB of memory to be read; divide it into several files, or export it as CSV or JSON Lines, which are read row by row",
                OF_A_FILE >> 20
            ),
        )
    }
}

impl From<Exceeded> for TextProblem {
    fn from(Exceeded: Exceeded) -> Self {
        Exceeded::at(0)
    }
}

impl Budget {
    /// Counts what is held of a file from now on.
    pub(crate) fn take(&mut self, bytes: usize) -> Result<(), Exceeded> {
        let held = self.of_the_file.saturating_add(bytes);
        if held > OF_A_FILE {
            return Err(Exceeded);
        }
        self.of_the_file = held;
        #[cfg(test)]
        MOST.with(|most| most.set(most.get().max(held)));
        if held > SMALL && self.turn.is_none() {
            self.turn = Some(LargeFilePermit::begin());
        }
        Ok(())
    }

    /// What was counted and is held no longer.
    pub(crate) fn trim_memory(&mut self, bytes: usize) {
        self.of_the_file = self.of_the_file.saturating_sub(bytes);
    }

    /// How much the file may still take.
    pub(crate) fn left(&self) -> usize {
        OF_A_FILE - self.of_the_file
    }

    /// Nothing of a file is held any more.
    pub(crate) fn end_of_file(&mut self) {
        self.of_the_file = 0;
        self.turn = None;
    }

    /// Counts what is kept beyond the file.
    pub(crate) fn keep(&mut self, bytes: usize) {
        self.kept = self.kept.saturating_add(bytes);
    }

    /// What was to be kept, and is forgotten.
    pub(crate) fn keep_no_more(&mut self, bytes: usize) {
        self.kept = self.kept.saturating_sub(bytes);
    }

    /// Whether more is kept than may be.
    pub(crate) fn keeps_too_much(&self) -> bool {
        self.kept > KEPT
    }
}

#[cfg(test)]
thread_local! {
    static MOST: std::cell::Cell<usize> = const { std::cell::Cell::new(0) };
}

/// The most that was counted of one file during some work of this thread.
#[cfg(test)]
pub(crate) fn most_during<T>(work: impl FnOnce() -> T) -> (usize, T) {
    MOST.set(0);
    let outcome = work();
    (MOST.get(), outcome)
}

/// One large reading of the process; `true`: nobody else has a turn.
#[derive(Debug)]
struct LargeFilePermit(bool);

static TAKEN: Mutex<bool> = Mutex::new(false);
static FREE: Condvar = Condvar::new();
/// Whoever has waited so long goes on beside the other, whose disk may never answer.
const PATIENCE: Duration = Duration::from_mins(1);

impl LargeFilePermit {
    fn begin() -> Self {
        let waited = FREE.wait_timeout_while(lock(), PATIENCE, |taken| *taken);
        let (mut taken, outcome) = waited.unwrap_or_else(PoisonError::into_inner);
        *taken = true;
        Self(!outcome.timed_out())
    }
}

impl Drop for LargeFilePermit {
    fn drop(&mut self) {
        if self.0 {
            *lock() = false;
            FREE.notify_one();
        }
    }
}

fn lock() -> MutexGuard<'static, bool> {
    TAKEN.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;

    #[test]
    fn what_is_given_back_can_be_taken_again() {
        let mut budget = Budget::default();
        assert_eq!(budget.take(OF_A_FILE), Ok(()));
        assert_eq!(budget.take(1), Err(Exceeded));
        budget.trim_memory(1);
        assert_eq!((budget.left(), budget.take(1)), (1, Ok(())));
        budget.end_of_file();
        assert_eq!(budget.left(), OF_A_FILE);
    }

    #[test]
    fn large_readings_wait_for_each_other() {
        let mut first = Budget::default();
        first.take(SMALL).unwrap();
        let mut small = Budget::default();
        small.take(SMALL).unwrap();
        first.take(1).unwrap();
        let second = thread::spawn(|| Budget::default().take(SMALL + 1));
        thread::sleep(Duration::from_millis(50));
        assert!(!second.is_finished());
        first.end_of_file();
        assert_eq!(second.join().unwrap(), Ok(()));
    }
}
