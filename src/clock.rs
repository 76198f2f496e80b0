//! The one place that asks what time it is, so that tests can run days in seconds. What only waits, a
//! sleep or the time limit of a call, asks nobody: tokio's timers follow the same paused time.

use std::sync::{Arc, OnceLock};
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tokio::runtime::RuntimeFlavor;
pub use tokio::time::Instant;

/// Milliseconds since the Unix epoch, UTC: the form in which times are stored and compared.
pub type Millis = i64;

/// A moment by the wall clock and by the time since the machine was started. A clock that is set, or a
/// machine that is restarted, changes one of the two; what lies between two moments can still be told.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TimePoint {
    /// The wall clock.
    pub wall: Millis,
    /// Milliseconds since the machine was started.
    pub uptime: Millis,
    /// Which start of the machine that was.
    pub boot: Arc<str>,
}

impl TimePoint {
    /// How long ago `earlier` was. Within one start of the machine nobody can set the clock that
    /// says so; otherwise the wall clock is all there is, and a negative time counts as none.
    pub fn since(&self, earlier: &Self) -> Duration {
        if self.boot == earlier.boot {
            millis_duration(self.uptime.saturating_sub(earlier.uptime))
        } else {
            millis_duration(self.wall.saturating_sub(earlier.wall))
        }
    }
}

/// Tells the wall-clock time and sleeps. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Clock {
    virtual_time: Option<Arc<VirtualTime>>,
}

#[derive(Debug)]
struct VirtualTime {
    began: Instant,
    began_at: Millis,
    jumped: std::sync::atomic::AtomicI64,
}

impl Clock {
    /// The clock of the machine.
    pub fn system() -> Self {
        Self::default()
    }

    /// A wall clock that follows tokio's (pausable) time from `began_at` on.
    pub fn following_tokio(began_at: Millis) -> Self {
        Self {
            virtual_time: Some(Arc::new(VirtualTime {
                began: instant(),
                began_at,
                jumped: 0.into(),
            })),
        }
    }

    /// Moves a virtual wall clock by `by` milliseconds, as a time server or a person would.
    /// Does nothing to the machine's clock.
    pub fn jump(&self, by: Millis) {
        if let Some(time) = &self.virtual_time {
            time.jumped
                .fetch_add(by, std::sync::atomic::Ordering::Relaxed);
        }
    }

    /// Whether time goes on as tokio's does.
    pub(crate) fn is_virtual(&self) -> bool {
        self.virtual_time.is_some()
    }

    /// The wall-clock time now.
    pub fn now(&self) -> Millis {
        match &self.virtual_time {
            None => SystemTime::now()
                .duration_since(UNIX_EPOCH)
                .map_or(0, duration_millis),
            Some(time) => {
                time.began_at
                    + duration_millis(time.began.elapsed())
                    + time.jumped.load(std::sync::atomic::Ordering::Relaxed)
            }
        }
    }

    /// Milliseconds since the machine was started, sleep included. Nobody sets this clock; at a
    /// restart of the machine it begins again.
    pub fn uptime(&self) -> Millis {
        match &self.virtual_time {
            None => {
                let up = rustix::time::clock_gettime(rustix::time::ClockId::Boottime);
                up.tv_sec * 1000 + up.tv_nsec / 1_000_000
            }
            Some(time) => duration_millis(time.began.elapsed()),
        }
    }

    /// Now, by both clocks.
    pub fn point(&self) -> TimePoint {
        TimePoint {
            wall: self.now(),
            uptime: self.uptime(),
            boot: self.boot(),
        }
    }

    /// Tells one start of the machine from another.
    fn boot(&self) -> Arc<str> {
        static BOOT: OnceLock<Arc<str>> = OnceLock::new();
        if self.virtual_time.is_some() {
            return "virtual".into();
        }
        let read = || std::fs::read_to_string("/proc/sys/kernel/random/boot_id");
        BOOT.get_or_init(|| read().map_or_else(|_| "unknown".into(), |id| id.trim().into()))
            .clone()
    }

    /// Runs work that blocks, away from the threads that must not wait; a panic in it goes on
    /// here. In virtual time it runs in place: there, time stands still for it, and what happens
    /// meanwhile must not depend on threads.
    pub async fn run_blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> T {
        if self.virtual_time.is_some() {
            return work();
        }
        match tokio::task::spawn_blocking(work).await {
            Ok(value) => value,
            Err(error) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
            Err(_) => std::future::pending().await,
        }
    }

    /// Sleeps for `duration`; clock jumps do not matter to it.
    pub async fn sleep(&self, duration: Duration) {
        tokio::time::sleep(duration).await;
    }
}

/// Now, by a clock that nobody sets, for what lies between two moments of one process. It follows
/// tokio's (pausable) time.
pub fn instant() -> Instant {
    Instant::now()
}

/// Does work in place that may take its time: meanwhile another thread takes over what else this worker
/// had to do. A runtime of one thread has no other.
pub fn at_length<T>(work: impl FnOnce() -> T) -> T {
    let runtime = tokio::runtime::Handle::try_current();
    match runtime.map(|runtime| runtime.runtime_flavor()) {
        Ok(RuntimeFlavor::MultiThread) => tokio::task::block_in_place(work),
        _ => work(),
    }
}

/// A duration in whole milliseconds, saturating.
pub fn duration_millis(duration: Duration) -> Millis {
    Millis::try_from(duration.as_millis()).unwrap_or(Millis::MAX)
}

/// Milliseconds as a duration; negative values count as zero.
pub fn millis_duration(millis: Millis) -> Duration {
    Duration::from_millis(u64::try_from(millis).unwrap_or(0))
}

/// The time as RFC 3339 in UTC with seconds, as JSON output and messages show it.
pub fn rfc3339(at: Millis) -> String {
    jiff::Timestamp::from_millisecond(at)
        .map_or_else(|_| format!("{at} ms"), |time| format!("{time:.0}"))
}

/// The time in the zone of this machine, as a person at a terminal reads it.
pub fn local(at: Millis) -> String {
    in_zone(at, jiff::tz::TimeZone::system())
}

fn in_zone(at: Millis, zone: jiff::tz::TimeZone) -> String {
    jiff::Timestamp::from_millisecond(at).map_or_else(
        |_| format!("{at} ms"),
        |time| {
            time.to_zoned(zone)
                .strftime("%Y-%m-%d %H:%M:%S %Z")
                .to_string()
        },
    )
}

/// A span of time as a person says it.
pub fn span(time: Duration) -> String {
    let seconds = time.as_secs();
    match seconds {
        0 => format!("{} ms", time.as_millis()),
        1..120 => format!("{seconds} s"),
        120..7200 => format!("{} min", seconds / 60),
        7200..172_800 => format!("{} h", seconds / 3600),
        _ => format!("{} days", seconds / 86_400),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lies_between_two_moments_does_not_follow_a_clock_that_is_set() {
        let at = |wall, uptime, boot: &str| TimePoint {
            wall,
            uptime,
            boot: boot.into(),
        };
        let earlier = at(1_000_000, 5_000, "a");
        for (now, expected) in [
            (at(1_002_000, 7_000, "a"), 2_000),
            (at(90_000_000, 7_000, "a"), 2_000),
            (at(0, 7_000, "a"), 2_000),
            (at(1_003_000, 100, "b"), 3_000),
            (at(0, 100, "b"), 0),
        ] {
            assert_eq!(now.since(&earlier), Duration::from_millis(expected));
        }
    }

    #[test]
    fn a_local_time_names_its_zone() {
        let zone = jiff::tz::TimeZone::get("Europe/Paris").unwrap();
        let told = [1_780_000_000_000, 1_764_430_732_000].map(|at| in_zone(at, zone.clone()));
        assert_eq!(
            told,
            ["2026-05-28 22:26:40 CEST", "2025-11-29 16:38:52 CET"]
        );
    }

    #[test]
    fn spans_are_short() {
        for (millis, expected) in [
            (0, "0 ms"),
            (1_999, "1 s"),
            (119_000, "119 s"),
            (120_000, "2 min"),
            (7_200_000, "2 h"),
            (172_800_000, "2 days"),
        ] {
            assert_eq!(span(Duration::from_millis(millis)), expected);
        }
    }
}
