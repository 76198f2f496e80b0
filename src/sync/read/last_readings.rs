//! When each source was last read to its end, and whether the next time is overdue: an old answer is
//! live for as long as nobody reads the new one.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::clock::{Millis, TimePoint, millis_duration};
use crate::config::{Bot, Source};

/// The last readings of all sources. Cheap to clone; all clones are one.
#[derive(Clone, Debug, Default)]
pub struct LastReadings(Arc<Mutex<Times>>);

/// By bot and source.
type Times = BTreeMap<(String, String), TimePoint>;

impl LastReadings {
    /// A bot begins to be followed: until its sources are read, that counts.
    pub(crate) fn follow(&self, bot: &Bot, now: &TimePoint) {
        let mut times = self.lock();
        for source in &bot.sources {
            times.entry(key(bot, source)).or_insert_with(|| now.clone());
        }
    }

    /// A source was read to its end.
    pub(crate) fn completed(&self, bot: &Bot, source: &Source, now: TimePoint) {
        self.lock().insert(key(bot, source), now);
    }

    /// When a source was last read to its end, or began to be followed.
    pub fn of(&self, bot: &Bot, source: &Source) -> Option<TimePoint> {
        self.lock().get(&key(bot, source)).cloned()
    }

    fn lock(&self) -> MutexGuard<'_, Times> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn key(bot: &Bot, source: &Source) -> (String, String) {
    (bot.domain_name.clone(), source.name.clone())
}

/// How long after a reading the next one is due.
pub fn due_after(source: &Source, last: Millis) -> Duration {
    match &source.schedule {
        Some(schedule) => schedule.after(last).map_or(Duration::MAX, |next| {
            millis_duration(next.saturating_sub(last))
        }),
        None => source.every,
    }
}

/// For how long a source has not been read to its end, where the next reading should have been by now:
/// it has been due for more than `max_age`.
pub(crate) fn overdue(
    source: &Source,
    last: &TimePoint,
    now: &TimePoint,
    max_age: Duration,
) -> Option<Duration> {
    let age = now.since(last);
    let bound = due_after(source, last.wall).saturating_add(max_age);
    (age > bound).then_some(age)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::config::Config;

    fn bot(when: &str) -> Bot {
        // Only a feed has a schedule.
        let place = if when.contains("schedule") {
            "feed = 'https://kms.example.com'"
        } else {
            "folder = 'export'"
        };
        let text = format!(
            "[haptik]\nbase_url = 'sandbox'\n[[bot]]\ndomain_name = 'acme'\nupload_effect = 'merge'\n\
             [[bot.source]]\nname = 'kms'\n{place}\n{when}\n"
        );
        let path = Path::new("/config.toml");
        let config = Config::parse(&text, path, Vec::<(String, String)>::new()).unwrap();
        config.bots.into_iter().next().unwrap()
    }

    fn at(minutes: i64) -> TimePoint {
        TimePoint {
            wall: minutes * 60_000,
            uptime: minutes * 60_000,
            boot: "a".into(),
        }
    }

    #[test]
    fn a_source_is_overdue_when_its_next_reading_has_been_due_for_too_long() {
        for (when, minutes, expected) in [
            ("every = '5m'", 65, false),
            ("every = '5m'", 66, true),
            ("every = '6h'", 66, false),
            ("every = '6h'", 421, true),
            // Due at the full hour.
            ("schedule = '0 * * * *'", 120, false),
            ("schedule = '0 * * * *'", 121, true),
        ] {
            let bot = bot(when);
            let hour = Duration::from_hours(1);
            let age = overdue(&bot.sources[0], &at(0), &at(minutes), hour);
            let expected = expected.then(|| Duration::from_mins(minutes.unsigned_abs()));
            assert_eq!(age, expected, "{when} after {minutes} min");
        }
    }

    #[test]
    fn following_again_does_not_make_an_old_reading_young() {
        let (bot, readings) = (bot(""), LastReadings::default());
        let source = &bot.sources[0];
        assert_eq!(readings.of(&bot, source), None);
        readings.follow(&bot, &at(1));
        readings.completed(&bot, source, at(2));
        readings.follow(&bot, &at(3));
        assert_eq!(readings.of(&bot, source), Some(at(2)));
    }
}
