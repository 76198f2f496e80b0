//! Runs many seeds, one runtime a thread.

use std::ops::Range;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Instant;

use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};

use super::run::Outcome;

/// A number from the environment.
pub(crate) fn number(variable: &str) -> Option<u64> {
    std::env::var(variable).ok()?.parse().ok()
}

/// The first of these seeds whose `run` breaks a promise; `prepare` is called on each thread.
pub(crate) fn first_broken(
    seeds: Range<u64>,
    prepare: &(dyn Fn() + Sync),
    run: fn(u64) -> Outcome,
) -> Option<(u64, Outcome)> {
    let began = Instant::now();
    let next = AtomicU64::new(seeds.start);
    let (ran, calls, uploads) = (AtomicU64::new(0), AtomicU64::new(0), AtomicU64::new(0));
    let broken: Mutex<Vec<(u64, Outcome)>> = Mutex::default();
    let work = &|| {
        prepare();
        loop {
            let seed = next.fetch_add(1, Relaxed);
            if seed >= seeds.end {
                return;
            }
            let outcome = run(seed);
            ran.fetch_add(1, Relaxed);
            calls.fetch_add(outcome.calls, Relaxed);
            uploads.fetch_add(outcome.uploads.into(), Relaxed);
            if !outcome.broken.is_empty() {
                if !survey() {
                    next.store(seeds.end, Relaxed);
                }
                broken.lock().expect("no panic").push((seed, outcome));
            }
        }
    };
    let allowed = sched_getaffinity(None).expect("the processors of this thread");
    let processors = (0..CpuSet::MAX_CPU).filter(|at| allowed.is_set(*at));
    std::thread::scope(|scope| {
        for processor in processors {
            scope.spawn(move || {
                stay_on(processor);
                work();
            });
        }
    });
    println!(
        "{} seeds, {} calls, {} uploads in {:.1?}",
        ran.into_inner(),
        calls.into_inner(),
        uploads.into_inner(),
        began.elapsed()
    );
    let mut broken = broken.into_inner().expect("no panic");
    broken.sort_by_key(|(seed, _)| *seed);
    if survey() {
        for (seed, outcome) in &broken {
            println!("seed {seed}: {:?}", outcome.broken);
        }
    }
    (!broken.is_empty()).then(|| broken.swap_remove(0))
}

/// Keeps this thread, and the database's threads that it begins, on one processor: they take turns,
/// and a turn that passes to another processor costs more than most of them take.
fn stay_on(processor: usize) {
    let mut only = CpuSet::new();
    only.set(processor);
    sched_setaffinity(None, &only).expect("a processor of this thread");
}

/// `SIM_ALL=1` goes on after a broken promise and lists all of them.
fn survey() -> bool {
    number("SIM_ALL").is_some()
}
