//! How long to wait before the next attempt. The only file that uses the `backoff` crate, and only
//! as a calculator: its clock, its randomness and its own giving up are switched off.

use std::time::Duration;

use backoff::ExponentialBackoff;
use backoff::backoff::Backoff as _;

use crate::config::Intervals;

/// Each wait is this many times the one before.
const GROWTH: f64 = 2.0;
/// Waits vary by this share either way, so that many bots do not call in step.
const JITTER: f64 = 0.25;

/// The waits between attempts at one thing.
#[derive(Debug)]
pub struct Backoff {
    policy: ExponentialBackoff,
    intervals: Intervals,
}

impl Backoff {
    /// Begins with the first wait.
    pub fn new(intervals: Intervals) -> Self {
        let first = intervals.first.min(intervals.max);
        let policy = ExponentialBackoff {
            current_interval: first,
            initial_interval: first,
            randomization_factor: 0.0,
            multiplier: GROWTH,
            max_interval: intervals.max,
            max_elapsed_time: None,
            ..ExponentialBackoff::default()
        };
        Self { policy, intervals }
    }

    /// The next wait, in whole milliseconds: never above `max`, unless `retry_after`, what Haptik
    /// asked for, is longer; that is obeyed up to `give_up_after`.
    pub fn next(&mut self, random: &mut fastrand::Rng, retry_after: Option<Duration>) -> Duration {
        let max = self.intervals.max;
        let wait = self.policy.next_backoff().unwrap_or(max).min(max);
        let varied = wait.mul_f64(1.0 - JITTER + 2.0 * JITTER * random.f64());
        let asked = retry_after
            .unwrap_or_default()
            .min(self.intervals.give_up_after);
        // The crate's own randomness still moves a wait by a nanosecond.
        whole_millis(varied.min(max)).max(asked)
    }

    /// Begins again with the first wait, after something worked.
    pub fn reset(&mut self) {
        self.policy.reset();
    }
}

/// Whether a thing of this age is given up.
pub fn gave_up(age: Duration, intervals: Intervals) -> bool {
    age >= intervals.give_up_after
}

fn whole_millis(duration: Duration) -> Duration {
    Duration::from_millis(u64::try_from(duration.as_millis()).unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    const INTERVALS: Intervals = Intervals {
        first: Duration::from_secs(1),
        max: Duration::from_secs(20),
        give_up_after: Duration::from_mins(15),
    };

    #[test]
    fn grows_to_the_longest_wait_and_never_above() {
        for seed in 0..200 {
            let mut random = fastrand::Rng::with_seed(seed);
            let mut waits = Backoff::new(INTERVALS);
            for exact in [1.0, 2.0, 4.0, 8.0, 16.0, 20.0, 20.0, 20.0] {
                let wait = waits.next(&mut random, None);
                assert!(wait.as_secs_f64() >= exact * 0.749, "{wait:?} for {exact}");
                assert!(wait.as_secs_f64() <= exact * 1.251, "{wait:?} for {exact}");
                assert!(wait <= INTERVALS.max);
            }
            waits.reset();
            assert!(waits.next(&mut random, None) < Duration::from_secs(2));
        }
    }

    #[test]
    fn the_same_seed_gives_the_same_waits() {
        let waits = |seed| {
            let mut random = fastrand::Rng::with_seed(seed);
            let mut waits = Backoff::new(INTERVALS);
            (0..50)
                .map(|_| waits.next(&mut random, None))
                .collect::<Vec<_>>()
        };
        assert_eq!(waits(7), waits(7));
        assert_ne!(waits(7), waits(8));
    }

    #[test]
    fn what_haptik_asks_for_is_obeyed_up_to_giving_up() {
        let mut random = fastrand::Rng::with_seed(1);
        let table = [
            (Duration::from_mins(2), Duration::from_mins(2)),
            (Duration::from_hours(9), INTERVALS.give_up_after),
        ];
        for (asked, expected) in table {
            assert_eq!(
                Backoff::new(INTERVALS).next(&mut random, Some(asked)),
                expected
            );
        }
        let soon = Backoff::new(INTERVALS).next(&mut random, Some(Duration::ZERO));
        assert!(soon >= Duration::from_millis(749), "{soon:?}");
    }

    #[test]
    fn a_first_wait_above_the_longest_is_cut() {
        let odd = Intervals {
            first: Duration::from_mins(1),
            ..INTERVALS
        };
        let mut random = fastrand::Rng::with_seed(1);
        assert!(Backoff::new(odd).next(&mut random, None) <= INTERVALS.max);
    }

    #[test]
    fn gives_up_at_the_age_and_not_before() {
        assert!(!gave_up(Duration::from_secs(899), INTERVALS));
        assert!(gave_up(Duration::from_mins(15), INTERVALS));
    }
}
