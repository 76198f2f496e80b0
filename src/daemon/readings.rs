//! The last good readings of feeds: a feed is asked at its own interval, however often its bot's
//! line wakes up, and in between what it said last still counts.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::gather::SourceRead;
use crate::config::{Bot, Source};

/// Waits for a feed are this much shorter or longer than `every`, so that many bots do not all
/// ask at once.
const JITTER: f64 = 0.1;

/// The last good readings of feeds.
#[derive(Clone, Debug, Default)]
pub struct Readings(Arc<Mutex<HashMap<(String, String), Kept>>>);

#[derive(Debug)]
struct Kept {
    at: Instant,
    read: SourceRead,
}

impl Readings {
    /// Has every feed of a bot asked again.
    pub fn forget(&self, domain_name: &str) {
        self.lock().retain(|(bot, _), _| bot != domain_name);
    }

    /// What was read within the interval of this source.
    pub(super) fn fresh(&self, bot: &Bot, source: &Source) -> Option<SourceRead> {
        let kept = self.lock();
        let found = kept.get(&key(bot, source))?;
        let until = source.every.mul_f64(1.0 - JITTER);
        (found.at.elapsed() < until).then(|| found.read.clone())
    }

    pub(super) fn keep(&self, bot: &Bot, source: &Source, read: &SourceRead) {
        let kept = Kept {
            at: Instant::now(),
            read: read.clone(),
        };
        self.lock().insert(key(bot, source), kept);
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<(String, String), Kept>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn key(bot: &Bot, source: &Source) -> (String, String) {
    (bot.domain_name.clone(), source.name.clone())
}

/// An interval, a little shorter or longer by chance.
pub(super) fn spread(every: Duration, random: &mut fastrand::Rng) -> Duration {
    every.mul_f64(1.0 - JITTER + 2.0 * JITTER * random.f64())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chance_stays_within_its_bounds() {
        let mut random = fastrand::Rng::with_seed(7);
        let all: Vec<Duration> = (0..100)
            .map(|_| spread(Duration::from_secs(100), &mut random))
            .collect();
        assert!(all.iter().all(|wait| (90..=110).contains(&wait.as_secs())));
        assert!(all.iter().any(|wait| wait.as_secs() < 95));
        assert!(all.iter().any(|wait| wait.as_secs() > 105));
    }
}
