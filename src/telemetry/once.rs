//! One line a cause, however many bots have it and however often: the first to have it says so, the others are
//! counted, and one line says when none has it any more.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// What is wrong at present. Cheap to clone; all clones are one.
#[derive(Clone, Debug, Default)]
pub struct OncePerCause(Arc<Mutex<BTreeMap<String, FailedAttempts>>>);

/// A cause that has not ended, and whose work it made fail.
#[derive(Debug, Default)]
struct FailedAttempts {
    /// Those who have it now.
    now: BTreeSet<String>,
    /// Those who have had it since it began.
    ever: BTreeSet<String>,
    /// Of these, those who were told of.
    told: BTreeSet<String>,
    attempts: u64,
}

/// A cause that nobody has any more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recovered {
    /// What it was.
    pub cause: String,
    /// How often it was met.
    pub attempts: u64,
    /// How many had it.
    pub bots: usize,
}

impl OncePerCause {
    /// A bot has met a cause, and no other one any more. Whether that is the first of it.
    pub fn failed(&self, bot: &str, cause: &str) -> bool {
        let mut all = self.lock();
        all.retain(|other, ongoing| {
            if other != cause {
                ongoing.now.remove(bot);
            }
            !ongoing.now.is_empty() || other == cause
        });
        let ongoing = all.entry(cause.to_owned()).or_default();
        let is_first = ongoing.ever.is_empty();
        ongoing.attempts += 1;
        ongoing.now.insert(bot.to_owned());
        ongoing.ever.insert(bot.to_owned());
        if is_first {
            ongoing.told.insert(bot.to_owned());
        }
        is_first
    }

    /// A bot is well again: the cause that it was the last to have.
    pub fn recovered(&self, bot: &str) -> Option<Recovered> {
        let mut all = self.lock();
        let cause = all
            .iter_mut()
            .find_map(|(cause, ongoing)| ongoing.now.remove(bot).then(|| cause.clone()))?;
        if !all[&cause].now.is_empty() {
            return None;
        }
        let ongoing = all.remove(&cause)?;
        Some(Recovered {
            cause,
            attempts: ongoing.attempts,
            bots: ongoing.ever.len(),
        })
    }

    /// The causes that more bots have come to have since they were last told of, each with those bots.
    pub fn more(&self) -> Vec<(String, Vec<String>)> {
        let mut more = Vec::new();
        for (cause, ongoing) in self.lock().iter_mut() {
            let untold: Vec<String> = ongoing.ever.difference(&ongoing.told).cloned().collect();
            if !untold.is_empty() {
                ongoing.told.extend(untold.iter().cloned());
                more.push((cause.clone(), untold));
            }
        }
        more
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, FailedAttempts>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cause_is_told_once_whoever_has_it_and_once_when_nobody_has() {
        let causes = OncePerCause::default();
        let bots: Vec<String> = (0..300).map(|at| format!("bot-{at:03}")).collect();
        let mut first = 0;
        for _ in 0..100 {
            first += bots
                .iter()
                .filter(|bot| causes.failed(bot, "Haptik is down"))
                .count();
        }
        assert_eq!(first, 1);
        let more = causes.more();
        assert_eq!((more.len(), more[0].1.len()), (1, 299));
        assert_eq!(causes.more(), []);
        let recovered: Vec<_> = bots
            .iter()
            .filter_map(|bot| causes.recovered(bot))
            .collect();
        let expected = Recovered {
            cause: "Haptik is down".into(),
            attempts: 30_000,
            bots: 300,
        };
        assert_eq!(recovered, [expected]);
        assert!(
            causes.failed("bot-000", "Haptik is down"),
            "it is news again"
        );
    }

    #[test]
    fn another_cause_of_the_same_bot_takes_the_place_of_the_first() {
        let causes = OncePerCause::default();
        assert!(causes.failed("a", "one"));
        assert!(causes.failed("a", "two"));
        assert_eq!(causes.recovered("a").unwrap().cause, "two");
        assert_eq!(causes.recovered("a"), None);
    }
}
