//! When to ask for a task the first time: where it is likely to have just ended. Pure.

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

/// How long to wait before the first poll of a task of this age; `first` is the wait where nothing
/// is known.
pub(super) fn first_poll(
    times: &[Millis],
    age: Duration,
    first: Duration,
    polling: Intervals,
) -> Duration {
    let Some(usual) = usual(times) else {
        return first;
    };
    let limit = if times.len() < ENOUGH_TIMES {
        (polling.max * CAUTIOUS_POLLS).min(polling.give_up_after)
    } else {
        polling.give_up_after
    };
    (usual + usual / 20)
        .min(limit)
        .saturating_sub(age)
        .max(first.min(usual))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_poll_comes_when_the_task_has_just_ended() {
        const HOUR: Millis = 3_600_000;
        let polling = Intervals {
            first: Duration::from_secs(2),
            max: Duration::from_mins(1),
            give_up_after: Duration::from_hours(6),
        };
        let table: [(&[Millis], u64, u64); 9] = [
            (&[], 0, 2_000),
            (&[100_000], 0, 105_000),
            (&[100_000], 40, 65_000),
            (&[100_000], 400, 2_000),
            (&[500], 0, 525),
            (&[5 * HOUR], 0, 600_000),
            (&[5 * HOUR, 5 * HOUR], 0, 600_000),
            (&[100_000, 5 * HOUR, 90_000], 0, 105_000),
            (&[-5 * HOUR], 0, 0),
        ];
        for (times, age, expected) in table {
            let wait = first_poll(
                times,
                Duration::from_secs(age),
                Duration::from_secs(2),
                polling,
            );
            assert_eq!(wait, Duration::from_millis(expected), "{times:?}");
        }
    }
}
