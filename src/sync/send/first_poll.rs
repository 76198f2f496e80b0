//! When to ask for a task the first time: a little before it is likely to end. Pure.

use std::time::Duration;

use crate::clock::{Millis, millis_duration};
use crate::config::Intervals;

/// With fewer task times than this, one that was measured across an outage or a set clock could
/// put the first poll hours away.
const ENOUGH_TIMES: usize = 3;
/// Until then the first poll comes after this many of the longest polling intervals at the latest.
const CAUTIOUS_POLLS: u32 = 10;

/// How long tasks usually take: the median.
pub fn usual(times: &[Millis]) -> Option<Duration> {
    let mut times = times.to_vec();
    times.sort_unstable();
    times.get(times.len() / 2).copied().map(millis_duration)
}

/// How old a task is to be when it is asked for the first time; `times` has the newest first, and `first`
/// is the age where nothing is known.
///
/// A task is seen to end when it is asked, never sooner. So the first poll has to come before the usual
/// end: behind it, each wait would be taken for the time of the task, and the next one be longer.
pub(crate) fn first_poll(times: &[Millis], first: Duration, polling: Intervals) -> Duration {
    let (Some(usual), Some(newest)) = (usual(times), times.first()) else {
        return first;
    };
    let expected = usual.min(millis_duration(*newest));
    let limit = if times.len() < ENOUGH_TIMES {
        (polling.max * CAUTIOUS_POLLS).min(polling.give_up_after)
    } else {
        polling.give_up_after
    };
    (expected * 9 / 10).min(limit)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: Millis = 3_600_000;
    const POLLING: Intervals = Intervals {
        first: Duration::from_secs(2),
        max: Duration::from_mins(1),
        give_up_after: Duration::from_hours(6),
    };

    #[test]
    fn the_first_poll_comes_before_the_task_usually_ends() {
        let table: [(&[Millis], u64); 9] = [
            (&[], 2_000),
            (&[100_000], 90_000),
            (&[500], 450),
            (&[5 * HOUR], 600_000),
            (&[5 * HOUR, 5 * HOUR], 600_000),
            (&[100_000, 5 * HOUR, 90_000], 90_000),
            (&[5 * HOUR, 100_000, 90_000], 90_000),
            (&[20_000, 100_000, 100_000], 18_000),
            (&[-5 * HOUR], 0),
        ];
        for (times, expected) in table {
            let age = first_poll(times, POLLING.first, POLLING);
            assert_eq!(age, Duration::from_millis(expected), "{times:?}");
        }
    }

    /// The time at which a task of this length is seen to have ended, where each poll after the first
    /// comes half as long again after the one before.
    fn seen(times: &[Millis], task: Duration) -> Duration {
        let mut at = first_poll(times, POLLING.first, POLLING);
        let mut wait = POLLING.first;
        while at < task {
            wait = (wait * 3 / 2).min(POLLING.max);
            at += wait;
        }
        at
    }

    #[test]
    fn the_wait_follows_the_tasks_and_not_itself() {
        let mut times: Vec<Millis> = Vec::new();
        for (seconds, most) in [(100, 104), (1, 2), (700, 740), (5, 8)] {
            let task = Duration::from_secs(seconds);
            for _ in 0..60 {
                times.insert(0, crate::clock::duration_millis(seen(&times, task)));
                times.truncate(9);
            }
            assert!(seen(&times, task).as_secs() <= most, "{seconds}: {times:?}");
        }
    }
}
