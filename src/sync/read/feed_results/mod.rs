//! The last good readings of feeds: a feed is asked at its own interval, however often its bot's
//! line wakes up, and in between what it said last still counts.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::source_results::SourceRead;
use crate::clock::{Clock, Instant, Millis, instant, millis_duration};
use crate::config::{Bot, Source, SourceKind};
use crate::intake::{SourceError, SweepMemory};

#[cfg(test)]
mod tests;

/// Waits for a feed are this much shorter or longer than `every`, so that many bots do not all
/// ask at once.
const JITTER: f64 = 0.1;

/// A clock that is set must not make a line sleep for weeks.
const LONGEST_REST: Duration = Duration::from_hours(24);

/// A schedule is kept this much later at the most, for the same reason.
const SCHEDULE_JITTER: Duration = Duration::from_secs(30);

/// The last good readings of feeds. Cheap to clone; all clones are one.
#[derive(Clone, Debug, Default)]
pub struct FeedResults {
    kept: Arc<Mutex<HashMap<(String, String), KeptResult>>>,
    /// Whatever was read last counts, so that no feed is asked.
    any_age: bool,
}

#[derive(Debug, Default)]
struct KeptResult {
    last: Option<Last>,
    /// Why the feed could not be read since.
    failure: Option<Arc<SourceError>>,
    memory: SweepMemory,
}

#[derive(Debug)]
struct Last {
    at: Instant,
    at_time: Millis,
    read: SourceRead,
}

impl FeedResults {
    /// Has every feed of a bot asked again, for everything, as soon as it may be asked.
    pub fn forget(&self, domain_name: &str) {
        for ((bot, _), kept) in self.lock().iter_mut() {
            if bot == domain_name {
                kept.last = None;
                kept.failure = None;
                kept.memory.forget();
            }
        }
    }

    /// The same, for who plans again from what was read last, however long ago that was.
    pub(crate) fn of_any_age(&self) -> Self {
        Self {
            kept: self.kept.clone(),
            any_age: true,
        }
    }

    /// What the feed said last, where that still counts: it was read within the interval of this source,
    /// or since its schedule last asked for it.
    pub(crate) fn last(
        &self,
        bot: &Bot,
        source: &Source,
        clock: &Clock,
    ) -> Option<Result<SourceRead, SourceError>> {
        let kept = self.lock();
        let kept = kept.get(&key(bot, source))?;
        if let (true, Some(failure)) = (self.any_age, &kept.failure) {
            return Some(Err(SourceError::Again(failure.clone())));
        }
        let last = kept.last.as_ref()?;
        let counts = self.any_age
            || match &source.schedule {
                Some(schedule) => schedule
                    .after(last.at_time)
                    .is_none_or(|next| clock.now() < next),
                None => last.at.elapsed() < source.every.mul_f64(1.0 - JITTER),
            };
        counts.then(|| Ok(last.read.clone()))
    }

    /// What earlier sweeps of this source brought.
    pub(crate) fn memory(&self, bot: &Bot, source: &Source) -> SweepMemory {
        let mut kept = self.lock();
        kept.entry(key(bot, source)).or_default().memory.clone()
    }

    /// Keeps what a sweep that began at this time came to.
    pub(crate) fn keep(&self, bot: &Bot, source: &Source, began: Millis, read: &SourceRead) {
        let last = Last {
            at: instant(),
            at_time: began,
            read: read.clone(),
        };
        let mut all = self.lock();
        let kept = all.entry(key(bot, source)).or_default();
        (kept.last, kept.failure) = (Some(last), None);
    }

    /// Keeps why the feed could not be read.
    pub(crate) fn failed(&self, bot: &Bot, source: &Source, error: SourceError) -> SourceError {
        if matches!(error, SourceError::Stopped) {
            return error;
        }
        let error = Arc::new(error);
        let mut all = self.lock();
        all.entry(key(bot, source)).or_default().failure = Some(error.clone());
        SourceError::Again(error)
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<(String, String), KeptResult>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn key(bot: &Bot, source: &Source) -> (String, String) {
    (bot.domain_name.clone(), source.name.clone())
}

/// How long a bot's line rests until the first of its sources is due.
pub(crate) fn rest(bot: &Bot, now: Millis, random: &mut fastrand::Rng) -> Duration {
    let is_feed = |source: &Source| matches!(source.kind, SourceKind::Feed(_));
    let intervals = bot
        .sources
        .iter()
        .filter(|source| source.schedule.is_none());
    let interval = intervals.map(|source| source.every).min();
    let interval = match interval {
        Some(every) if bot.sources.iter().any(is_feed) => Some(spread(every, random)),
        interval => interval,
    };
    let schedules = bot
        .sources
        .iter()
        .filter_map(|source| source.schedule.as_ref());
    let next = schedules.filter_map(|schedule| schedule.after(now)).min();
    let until = next.map(|next| {
        millis_duration(next.saturating_sub(now)) + SCHEDULE_JITTER.mul_f64(random.f64())
    });
    interval
        .into_iter()
        .chain(until)
        .min()
        .unwrap_or(LONGEST_REST)
        .min(LONGEST_REST)
}

/// An interval, a little shorter or longer by chance.
fn spread(every: Duration, random: &mut fastrand::Rng) -> Duration {
    every.mul_f64(1.0 - JITTER + 2.0 * JITTER * random.f64())
}
