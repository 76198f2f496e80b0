//! Bots that could not be asked, or did not answer: each is left alone for growing spans, so that an outage
//! does not use up the calls of a day.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crate::clock::{Millis, duration_millis, millis_duration};

/// The span after the first fault, in waits before a first question.
const FIRST: u32 = 6;
/// The longest span.
const LONGEST: Duration = Duration::from_hours(1);

/// How long each bot is left alone.
#[derive(Debug, Default)]
pub(super) struct Silences(Mutex<BTreeMap<String, Silence>>);

#[derive(Clone, Copy, Debug, Default)]
struct Silence {
    /// Faults one after the other.
    faults: u32,
    until: Millis,
}

impl Silences {
    /// A question to the bot came to nothing. Returns how long it is left alone now.
    pub(super) fn failed(&self, bot: &str, now: Millis, first: Duration) -> Duration {
        let mut silences = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let silence = silences.entry(bot.to_owned()).or_default();
        let wait = after(silence.faults, first);
        silence.faults = silence.faults.saturating_add(1);
        silence.until = now + duration_millis(wait);
        wait
    }

    /// The bot has answered.
    pub(super) fn heard(&self, bot: &str) {
        let mut silences = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        silences.remove(bot);
    }

    /// How long the bot is still left alone, if it is.
    pub(super) fn left(&self, bot: &str, now: Millis) -> Option<Duration> {
        let silences = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let until = silences.get(bot)?.until;
        (until > now).then(|| millis_duration(until - now))
    }
}

/// The span after a fault that had so many before it.
fn after(faults: u32, first: Duration) -> Duration {
    let times = FIRST.saturating_mul(2_u32.saturating_pow(faults));
    first.saturating_mul(times).min(LONGEST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_grow_to_an_hour_and_begin_again_after_an_answer() {
        let (silences, first) = (Silences::default(), Duration::from_secs(10));
        assert_eq!(silences.left("a", 0), None);
        for minutes in [1, 2, 4, 8, 16, 32, 60, 60] {
            let wait = Duration::from_mins(minutes);
            assert_eq!(silences.failed("a", 1000, first), wait);
            assert_eq!(silences.left("a", 1000), Some(wait));
            assert_eq!(silences.left("a", 1000 + duration_millis(wait)), None);
            assert_eq!(silences.left("b", 1000), None);
        }
        silences.heard("a");
        assert_eq!(silences.left("a", 1000), None);
        assert_eq!(silences.failed("a", 0, first), Duration::from_mins(1));
        assert_eq!(after(u32::MAX, first), LONGEST);
    }
}
