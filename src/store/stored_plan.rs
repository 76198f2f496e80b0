//! What a plan leaves open, written down, so that people can be told of it and release it without a
//! source being read.

use sqlx::{Connection as _, SqliteConnection};

use super::snapshot::json;
use super::{BotId, RemovalKind, Store, StoreError};
use crate::clock::Millis;
use crate::flow::plan::Action;

/// Changes that are listed by name.
const LISTED: usize = 1000;

/// What a plan leaves open.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StoredPlan {
    /// Changes that are not live yet.
    pub pending: Vec<(String, Action)>,
    /// Steps whose sources could not tell what has become of them.
    pub unread: usize,
    /// Rows and files that were skipped.
    pub rejected: usize,
    /// Removals that are held, wait, or are for a person, with the reason.
    pub open: Vec<(String, RemovalKind, String)>,
}

impl Store {
    /// Keeps what a plan leaves open. It has another number than the one before where other removals
    /// are open.
    pub async fn keep_plan(
        &self,
        bot: BotId,
        plan: &StoredPlan,
        at: Millis,
    ) -> Result<(), StoreError> {
        let pending: Vec<_> = plan
            .pending
            .iter()
            .take(LISTED)
            .map(|(name, action)| (name, action.name()))
            .collect();
        let count = |number: usize| i64::try_from(number).unwrap_or(i64::MAX);
        let mut held = self.hold().await;
        let kept: Result<(), sqlx::Error> = async {
            let mut transaction = held.begin_with("BEGIN IMMEDIATE").await?;
            keep_removals(&mut transaction, bot, plan, at).await?;
            sqlx::query(
                "UPDATE bot SET planned_at = ?2, pending = ?3, pending_count = ?4, unread_count = ?5, rejected_count = ?6 \
                 WHERE bot_id = ?1",
            )
            .bind(bot.0)
            .bind(at)
            .bind(json(&pending))
            .bind(count(plan.pending.len()))
            .bind(count(plan.unread))
            .bind(count(plan.rejected))
            .execute(&mut *transaction)
            .await?;
            transaction.commit().await
        }
        .await;
        kept.map_err(|error| self.error(error))
    }
}

async fn keep_removals(
    connection: &mut SqliteConnection,
    bot: BotId,
    plan: &StoredPlan,
    at: Millis,
) -> Result<(), sqlx::Error> {
    let open: Vec<_> = plan
        .open
        .iter()
        .map(|(name, kind, reason)| (name, kind.name(), reason))
        .collect();
    let open = json(&open);
    let gone = sqlx::query(
        "DELETE FROM open_removal WHERE bot_id = ?1 AND node_name NOT IN (SELECT value ->> 0 FROM json_each(?2))",
    )
    .bind(bot.0)
    .bind(open.clone())
    .execute(&mut *connection)
    .await?;
    let number: i64 = sqlx::query_scalar("SELECT plan + 1 FROM bot WHERE bot_id = ?1")
        .bind(bot.0)
        .fetch_one(&mut *connection)
        .await?;
    sqlx::query(
        "UPDATE open_removal SET kind = value ->> 1, reason = value ->> 2, reads = reads + 1 \
         FROM json_each(?2) WHERE bot_id = ?1 AND node_name = value ->> 0",
    )
    .bind(bot.0)
    .bind(open.clone())
    .execute(&mut *connection)
    .await?;
    let new = sqlx::query(
        "INSERT OR IGNORE INTO open_removal \
           (bot_id, node_name, kind, reason, since, since_up, boot, reads, confirmed, plan) \
         SELECT ?1, value ->> 0, value ->> 1, value ->> 2, ?3, 0, '', 1, 0, ?4 FROM json_each(?2)",
    )
    .bind(bot.0)
    .bind(open)
    .bind(at)
    .bind(number)
    .execute(&mut *connection)
    .await?;
    if gone.rows_affected() + new.rows_affected() > 0 {
        sqlx::query("UPDATE bot SET plan = ?2 WHERE bot_id = ?1")
            .bind(bot.0)
            .bind(number)
            .execute(connection)
            .await?;
    }
    Ok(())
}
