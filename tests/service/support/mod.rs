//! What the tests are built from: a world to sync in, steps to compare, and the program as a child.

mod database;
mod faq;
mod program;
mod settings;
mod world;

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

#[cfg(feature = "postgres")]
pub(crate) use database::Database;
pub(crate) use database::is_about_files;
pub(crate) use faq::{Faq, csv, edit, faq};
pub(crate) use program::{Run, Running};
pub(crate) use settings::Settings;
pub(crate) use world::{BOT, TOKEN, World, serve};

/// Far longer than anything here takes, also on a machine whose disk is busy: what builds beside
/// the tests has made an fsync wait for more than a minute.
pub(crate) const DEADLINE: Duration = Duration::from_mins(3);

/// Runs independent cases a few at a time: most of their time is waiting. A case that fails, fails
/// the test.
pub(crate) fn side_by_side<T: Send>(cases: Vec<T>, run: impl Fn(T) + Sync) {
    at_once(6, cases, run);
}

/// Runs independent cases that keep a processor busy, one for each.
pub(crate) fn one_a_processor<T: Send>(cases: Vec<T>, run: impl Fn(T) + Sync) {
    let processors = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    at_once(processors, cases, run);
}

fn at_once<T: Send>(many: usize, cases: Vec<T>, run: impl Fn(T) + Sync) {
    let cases = Mutex::new(cases);
    let next = || cases.lock().unwrap_or_else(PoisonError::into_inner).pop();
    std::thread::scope(|scope| {
        for _ in 0..many {
            scope.spawn(|| {
                while let Some(case) = next() {
                    run(case);
                }
            });
        }
    });
}

/// Waits until something is so.
#[track_caller]
pub(crate) fn until(what: &str, is_so: impl FnMut() -> bool) {
    assert!(within(DEADLINE, is_so), "waited in vain until {what}");
}

/// Whether something becomes so within a time.
pub(crate) fn within(time: Duration, mut is_so: impl FnMut() -> bool) -> bool {
    let began = Instant::now();
    while !is_so() {
        if began.elapsed() > time {
            return false;
        }
        std::thread::sleep(Duration::from_millis(3));
    }
    true
}
