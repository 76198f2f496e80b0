//! The last good readings of feeds: a feed is asked at its own interval, however often its bot's
//! line wakes up, and in between what it said last still counts.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::source_results::SourceRead;
use crate::clock::{Clock, Instant, Millis, instant, millis_duration};
use crate::config::{Bot, Source, SourceKind};
use crate::intake::{FeedFiles, SourceError, SweepMemory};

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
    /// Where memories outlive the process.
    files: Option<FeedFiles>,
    /// Whatever was read last counts, so that no feed is asked.
    any_age: bool,
}

#[derive(Debug, Default)]
struct KeptResult {
    last: Option<Last>,
    /// Why the feed could not be read since.
    failure: Option<Arc<SourceError>>,
    memory: Option<SweepMemory>,
    /// How often somebody has said that there is news.
    news: u64,
}

#[derive(Debug)]
struct Last {
    /// How often that had been said when it began.
    news: u64,
    at: Instant,
    at_time: Millis,
    read: SourceRead,
}

impl FeedResults {
    /// The same, with memories that outlive the process.
    #[must_use]
    pub(crate) fn kept_in(mut self, files: FeedFiles) -> Self {
        self.files = Some(files);
        self
    }

    /// Has a feed of a bot, or all of them, asked as soon as it may be asked, also where it is being
    /// asked just now. Whoever says that there is news may be right and early.
    pub fn wake(&self, bot: &Bot, name: Option<&str>) {
        let mut kept = self.lock();
        let sources = bot.sources.iter();
        for source in sources.filter(|source| name.is_none_or(|name| name == source.name)) {
            kept.entry(key(bot, source)).or_default().news += 1;
        }
    }

    /// How often it was said that a feed has news.
    pub(crate) fn news(&self, bot: &Bot, source: &Source) -> u64 {
        self.lock()
            .get(&key(bot, source))
            .map_or(0, |kept| kept.news)
    }

    /// Has every feed of a bot asked again as soon as it may be asked, also for what is absent.
    pub fn forget(&self, domain_name: &str) {
        for ((bot, _), kept) in self.lock().iter_mut() {
            if bot == domain_name {
                kept.last = None;
                kept.failure = None;
                if let Some(memory) = &kept.memory {
                    memory.forget_absent();
                }
            }
        }
    }

    /// The same, for who plans again from what was read last, however long ago that was.
    pub(crate) fn of_any_age(&self) -> Self {
        Self {
            any_age: true,
            ..self.clone()
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
        if last.news != kept.news && !self.any_age {
            return None;
        }
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
    pub(crate) fn memory(&self, bot: &Bot, source: &Source, clock: &Clock) -> SweepMemory {
        let mut kept = self.lock();
        let kept = kept.entry(key(bot, source)).or_default();
        let memory = kept.memory.get_or_insert_with(|| {
            let files = self.files.as_ref();
            files.map_or_else(SweepMemory::default, |files| {
                files.load(&bot.domain_name, source, clock)
            })
        });
        memory.clone()
    }

    /// Writes down what a sweep has left to remember.
    pub(crate) fn save(&self, bot: &Bot, source: &Source, memory: &SweepMemory) {
        let Some(files) = &self.files else { return };
        if let Err(error) = files.save(&bot.domain_name, source, memory) {
            tracing::warn!(
                bot = bot.domain_name,
                "what source \"{}\" has sent cannot be kept ({error}), so it is asked for again after a restart; see that the state folder has room",
                source.name
            );
        }
    }

    /// Keeps what a sweep that began at this time, after so much news, came to.
    pub(crate) fn keep(
        &self,
        bot: &Bot,
        source: &Source,
        (began, news): (Millis, u64),
        read: &SourceRead,
    ) {
        let last = Last {
            news,
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

/// How long a bot's loop rests until the first of its sources is due.
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
