//! Steps that a person says are live, because they were made by hand: they join the snapshot
//! without an upload.

use std::collections::HashSet;

use futures_util::TryStreamExt as _;
use sqlx::{Connection, SqliteConnection};

use super::as_of::renew_mark;
use crate::clock::Millis;
use crate::model::{BY_HAND, Step};
use crate::store::BATCH;
use crate::store::bots::BotId;
use crate::store::content::{bytes_of, next_content_id, put_content};
use crate::store::decode::json;
use crate::store::error::StoreError;
use crate::store::open::Store;

/// What came of an import.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Imported {
    /// So many steps joined the snapshot; the others were in it already, and stay as confirmed.
    Joined(u64),
    /// Nothing, because an upload is under way, and its bytes may be made from the snapshot.
    Busy,
}

impl Store {
    /// Has steps join the snapshot: all that are new to it, or none.
    pub async fn import(
        &self,
        bot: BotId,
        steps: &[Step],
        at: Millis,
    ) -> Result<Imported, StoreError> {
        let mut held = self.hold().await;
        let imported: Result<Imported, sqlx::Error> = async {
            let mut transaction = held.begin_with("BEGIN IMMEDIATE").await?;
            if is_busy(&mut transaction, bot).await? {
                return Ok(Imported::Busy);
            }
            let mut joined = 0;
            for some in steps.chunks(BATCH) {
                let new = unknown(&mut transaction, bot, some).await?;
                joined += join(&mut transaction, bot, &new, at).await?;
            }
            renew_mark(&mut transaction, bot).await?;
            transaction.commit().await?;
            Ok(Imported::Joined(joined))
        }
        .await;
        imported.map_err(|error| self.error(error))
    }
}

/// Whether an upload is under way, or a search or a recovery that goes on from the snapshot.
async fn is_busy(connection: &mut SqliteConnection, bot: BotId) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar(
        "SELECT EXISTS (SELECT 1 FROM upload WHERE bot_id = ?1 \
                        AND state NOT IN ('succeeded', 'failed')) \
             OR EXISTS (SELECT 1 FROM bot WHERE bot_id = ?1 \
                        AND (isolation IS NOT NULL OR needs_recovery))",
    )
    .bind(bot.0)
    .fetch_one(connection)
    .await
}

/// Those steps whose names are not in the snapshot yet.
async fn unknown<'s>(
    connection: &mut SqliteConnection,
    bot: BotId,
    steps: &'s [Step],
) -> Result<Vec<&'s Step>, sqlx::Error> {
    let names: Vec<&str> = steps.iter().map(|step| step.node_name.as_str()).collect();
    let mut known: HashSet<String> = sqlx::query_scalar(
        "SELECT node_name FROM step WHERE bot_id = ?1 AND node_name IN (SELECT value FROM json_each(?2))",
    )
    .bind(bot.0)
    .bind(json(&names)?)
    .fetch(connection)
    .try_collect()
    .await?;
    let mut steps: Vec<&Step> = steps.iter().collect();
    steps.retain(|step| known.insert(step.node_name.clone()));
    Ok(steps)
}

async fn join(
    connection: &mut SqliteConnection,
    bot: BotId,
    steps: &[&Step],
    at: Millis,
) -> Result<u64, sqlx::Error> {
    let content = next_content_id(connection).await?;
    put_content(connection, content, steps).await?;
    let rows: Vec<_> = (content..)
        .zip(steps)
        .map(|(content, step)| {
            let digest = format!("{:032x}", u128::from_be_bytes(step.digest().0));
            (&step.node_name, digest, content, bytes_of(step))
        })
        .collect();
    sqlx::query(
        "INSERT INTO step (bot_id, node_name, source, article, digest, content_id, bytes, upload_id, confirmed_at) \
         SELECT ?1, value ->> 0, ?3, value ->> 0, unhex(value ->> 1), value ->> 2, value ->> 3, 0, ?4 FROM json_each(?2)",
    )
    .bind(bot.0)
    .bind(json(&rows)?)
    .bind(BY_HAND)
    .bind(at)
    .execute(connection)
    .await
    .map(|done| done.rows_affected())
}
