//! The call budget over everything that shares this state: a call is written down before it is
//! made, and counted in a sliding window of one minute; one that asks a bot also in one of a day. Times are those since the machine was
//! started: a clock that is set does not touch them.

use super::error::StoreError;
use super::open::Store;
use crate::clock::Millis;
use crate::model::{CallKind, DAY, WINDOW, wait_for, wait_for_day};
use crate::sabotage;
use crate::sabotage::Sabotage;
use crate::store::database::{Connection, query, query_scalar};

impl Store {
    /// Takes one call from the budget; otherwise says how many milliseconds to wait. `asks_per_day` is the
    /// budget of calls that ask a bot; `now` is the time since the machine was started.
    pub async fn take_call(
        &self,
        kind: CallKind,
        (calls_per_minute, asks_per_day): (u32, u32),
        now: Millis,
    ) -> Result<Result<(), Millis>, StoreError> {
        self.transaction(async |transaction| {
            let now = database_clock(transaction, now).await?;
            // The machine was restarted: nobody knows how long ago these calls were.
            query("UPDATE call SET at = ?1 WHERE at > ?1")
                .bind(now)
                .execute(&mut *transaction)
                .await?;
            query("DELETE FROM call WHERE at <= ?1 AND (kind <> 'ask' OR at <= ?2)")
                .bind(now - WINDOW)
                .bind(now - DAY)
                .execute(&mut *transaction)
                .await?;
            let calls: Vec<Millis> = query_scalar("SELECT at FROM call WHERE at > ?1 ORDER BY at")
                .bind(now - WINDOW)
                .fetch_all(&mut *transaction)
                .await?;
            let mut wait = wait_for(&calls, kind, calls_per_minute, now);
            if kind == CallKind::Ask && !sabotage::is(Sabotage::AsksUncounted) {
                let asked: Vec<Millis> =
                    query_scalar("SELECT at FROM call WHERE kind = 'ask' ORDER BY at")
                        .fetch_all(&mut *transaction)
                        .await?;
                wait = wait.max(wait_for_day(&asked, asks_per_day, now));
            }
            if wait.is_none() {
                query("INSERT INTO call (at, kind) VALUES (?1, ?2)")
                    .bind(now)
                    .bind(kind.name())
                    .execute(&mut *transaction)
                    .await?;
            }
            Ok(wait.map_or(Ok(()), Err))
        })
        .await
    }

    /// Calls in the minute before `now`, the time since the machine was started.
    pub async fn calls_in_window(&self, now: Millis) -> Result<u64, StoreError> {
        let mut held = self.hold().await;
        let now = if held.is_postgres() {
            let now = query_scalar("SELECT lease_clock()").fetch_one(&mut held);
            now.await.map_err(|error| self.error(error))?
        } else {
            now
        };
        query_scalar("SELECT count(*) FROM call WHERE at BETWEEN ?1 + 1 AND ?2")
            .bind(now - WINDOW)
            .bind(now)
            .fetch_one(&mut held)
            .await
            .map(i64::unsigned_abs)
            .map_err(|error| self.error(error))
    }
}

/// The time by which calls are counted. Machines that share a database share its clock, and count one after the
/// other.
async fn database_clock(connection: &mut Connection, now: Millis) -> Result<Millis, sqlx::Error> {
    if !connection.is_postgres() {
        return Ok(now);
    }
    query("LOCK TABLE call IN EXCLUSIVE MODE")
        .execute(connection)
        .await?;
    query_scalar("SELECT lease_clock()")
        .fetch_one(connection)
        .await
}
