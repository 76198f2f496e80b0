//! The time by which old content ages. A wall clock that jumps ahead by years would have all of it pruned
//! at once, so this time goes on by what has surely passed: as the machine counts it since its start,
//! and over a restart by the wall clock, but not by more than a machine is off in good order.

use std::sync::PoisonError;

use super::decode::Stored;
use super::error::StoreError;
use super::open::Store;
use crate::clock::{Millis, TimePoint};
use crate::store::database::query;

const DAY: Millis = 24 * 60 * 60 * 1000;
/// Longer than this a machine is hardly off. If it was, old content stays that much longer.
const MOST_OFF: Millis = 30 * DAY;
/// A clock that is set by less than this was corrected.
const CORRECTED: Millis = DAY / 24;

/// How far the time has come that was at `before` when it was last looked at.
fn gone_on(before: &TimePoint, now: &TimePoint) -> TimePoint {
    let by_clock = now.wall.saturating_sub(before.wall);
    let passed = if before.boot == now.boot {
        now.uptime.saturating_sub(before.uptime).max(0)
    } else {
        by_clock.clamp(0, MOST_OFF)
    };
    let is_right = by_clock.abs_diff(passed) <= CORRECTED.unsigned_abs();
    TimePoint {
        wall: if is_right {
            now.wall
        } else {
            before.wall.saturating_add(passed)
        },
        ..now.clone()
    }
}

impl Store {
    /// The time that content is as old by as it says: never later than the clock, nor than has passed
    /// since the last look.
    pub async fn aged(&self, now: &TimePoint) -> Result<Millis, StoreError> {
        let known = self.aged_to().clone();
        let known = match known {
            Some(known) => Some(known),
            None => self.load_aged().await?,
        };
        let aged = known
            .as_ref()
            .map_or_else(|| now.clone(), |known| gone_on(known, now));
        let is_news =
            known.is_none_or(|known| known.boot != aged.boot || aged.wall - known.wall >= DAY);
        if is_news {
            self.keep_aged(&aged).await?;
            *self.aged_to() = Some(aged.clone());
        }
        Ok(aged.wall.min(now.wall))
    }

    async fn load_aged(&self) -> Result<Option<TimePoint>, StoreError> {
        let row = query("SELECT wall, up, boot FROM aged")
            .fetch_optional(&mut *self.hold().await)
            .await
            .map_err(|error| self.error(error))?;
        let point = row.map(|row| {
            let row = Stored::of_its_bot(&row, "aged");
            Ok(TimePoint {
                wall: row.get("wall")?,
                uptime: row.get("up")?,
                boot: row.get::<&str>("boot")?.into(),
            })
        });
        let point = point.transpose().map_err(|error| self.error(error))?;
        self.aged_to().clone_from(&point);
        Ok(point)
    }

    async fn keep_aged(&self, point: &TimePoint) -> Result<(), StoreError> {
        query("INSERT OR REPLACE INTO aged (one, wall, up, boot) VALUES (1, ?1, ?2, ?3)")
            .bind(point.wall)
            .bind(point.uptime)
            .bind(point.boot.to_string())
            .execute(&mut *self.hold().await)
            .await
            .map(drop)
            .map_err(|error| self.error(error))
    }

    fn aged_to(&self) -> std::sync::MutexGuard<'_, Option<TimePoint>> {
        self.aged.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const YEARS: Millis = 30 * 365 * DAY;

    fn at(wall: Millis, uptime: Millis, boot: &str) -> TimePoint {
        TimePoint {
            wall,
            uptime,
            boot: boot.into(),
        }
    }

    #[test]
    fn no_clock_makes_content_older_than_it_is() {
        let before = at(100 * DAY, 5 * DAY, "a");
        let cases = [
            ("as the clock says", at(101 * DAY, 6 * DAY, "a"), 101 * DAY),
            (
                "a clock that was corrected",
                at(101 * DAY + 1000, 6 * DAY, "a"),
                101 * DAY + 1000,
            ),
            (
                "a clock far ahead",
                at(101 * DAY + YEARS, 6 * DAY, "a"),
                101 * DAY,
            ),
            ("a clock set back", at(3 * DAY, 6 * DAY, "a"), 101 * DAY),
            ("another start", at(110 * DAY, DAY, "b"), 110 * DAY),
            (
                "another start, far ahead",
                at(110 * DAY + YEARS, DAY, "b"),
                130 * DAY,
            ),
            ("another start without a clock", at(0, 1000, "b"), 100 * DAY),
        ];
        for (what, now, wall) in cases {
            let aged = gone_on(&before, &now);
            assert_eq!((aged.wall, aged.boot), (wall, now.boot.clone()), "{what}");
        }
    }

    #[tokio::test]
    async fn what_has_passed_is_kept_over_a_restart() {
        let folder = tempfile::tempdir().unwrap();
        let open = async || Store::open(folder.path()).await.unwrap();
        let store = open().await;
        assert_eq!(store.aged(&at(100 * DAY, 0, "a")).await.unwrap(), 100 * DAY);
        for _ in 0..3 {
            // Each is a run of its own, as by a timer.
            let store = open().await;
            let ahead = at(100 * DAY + YEARS, 1000, "a");
            assert_eq!(store.aged(&ahead).await.unwrap(), 100 * DAY + 1000);
        }
        let back = at(2 * DAY, 2000, "a");
        assert_eq!(open().await.aged(&back).await.unwrap(), 2 * DAY);
        let right = at(102 * DAY, 2 * DAY, "a");
        assert_eq!(open().await.aged(&right).await.unwrap(), 102 * DAY);
    }
}
