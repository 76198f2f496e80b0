//! Erases what a step said before: a text that has to go, by law or because it never should have been there.

use crate::store::actions::{ActionRecord, insert_action};
use crate::store::bots::BotId;
use crate::store::database::{Connection, query, query_as, query_scalar, transaction};
use crate::store::error::StoreError;
use crate::store::open::Store;

/// What came of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Erased {
    /// So many old versions are gone, and with them the way back to what the bot was before this upload.
    Versions {
        /// How many.
        count: u64,
        /// The upload.
        kept_after: i64,
    },
    /// Nothing old is kept of such a step.
    Nothing,
    /// Nothing was done: an upload is under way, a search for bad steps, or a rollback, which may need it.
    Busy,
}

impl Store {
    /// Erases all versions of a step but the one that is live. The place that they had in the file is
    /// overwritten.
    pub async fn forget_old_versions(
        &self,
        bot: BotId,
        name: &str,
        mut action: ActionRecord,
    ) -> Result<Erased, StoreError> {
        let mut held = self.hold().await;
        let erased: Result<Erased, sqlx::Error> = async {
            if !held.is_postgres() {
                query("PRAGMA secure_delete = ON")
                    .execute(&mut held)
                    .await?;
            }
            transaction(&mut held, async |transaction| {
            if may_need_it(transaction, bot).await? {
                return Ok(Erased::Busy);
            }
            let (count, kept_after): (i64, Option<i64>) = query_as(
                "SELECT count(*), max(until) FROM version WHERE bot_id = ?1 AND node_name = ?2 AND until IS NOT NULL",
            )
            .bind(bot.0)
            .bind(name.to_owned())
            .fetch_one(&mut *transaction)
            .await?;
            let Some(kept_after) = kept_after else {
                return Ok(Erased::Nothing);
            };
            erase(transaction, bot, name, kept_after).await?;
            action.details = serde_json::json!({ "step": name, "versions": count });
            insert_action(transaction, &action).await?;
            Ok(Erased::Versions {
                count: count.unsigned_abs(),
                kept_after,
            })
            }).await
        }
        .await;
        // Rows that nobody sees any more stay in a table of PostgreSQL until it is cleaned.
        let ends: &[&'static str] = if held.is_postgres() {
            &["VACUUM version", "VACUUM content"]
        } else {
            &["PRAGMA secure_delete = OFF"]
        };
        let mut ended = Ok(());
        for end in ends {
            let done = query(*end).execute(&mut held).await;
            ended = ended.and(done.map(drop));
        }
        drop(held);
        let erased = erased.map_err(|error| self.error(error))?;
        ended.map_err(|error| self.error(error))?;
        // The journal holds the pages as they were.
        self.write_journal_back().await;
        Ok(erased)
    }
}

async fn may_need_it(connection: &mut Connection, bot: BotId) -> Result<bool, sqlx::Error> {
    query_scalar(
        "SELECT EXISTS (SELECT 1 FROM upload WHERE bot_id = ?1 AND state NOT IN ('succeeded', 'failed')) \
           OR EXISTS (SELECT 1 FROM bot WHERE bot_id = ?1 AND (isolation IS NOT NULL OR pinned_to IS NOT NULL))",
    )
    .bind(bot.0)
    .fetch_one(connection)
    .await
}

async fn erase(
    connection: &mut Connection,
    bot: BotId,
    name: &str,
    kept_after: i64,
) -> Result<(), sqlx::Error> {
    for sql in [
        "DELETE FROM content WHERE ?3 IS NOT NULL AND content_id IN (SELECT (upload_id << 32) + row FROM version \
         WHERE bot_id = ?1 AND node_name = ?2 AND until IS NOT NULL)",
        "DELETE FROM version WHERE ?3 IS NOT NULL AND bot_id = ?1 AND node_name = ?2 AND until IS NOT NULL",
        "UPDATE bot SET kept_after = max(kept_after, ?3) WHERE ?2 IS NOT NULL AND bot_id = ?1",
    ] {
        query(sql)
            .bind(bot.0)
            .bind(name.to_owned())
            .bind(kept_after)
            .execute(&mut *connection)
            .await?;
    }
    Ok(())
}
