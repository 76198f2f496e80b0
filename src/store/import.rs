//! Steps that a person says are live, because they were made by hand: they join the snapshot
//! without an upload.

use sqlx::{Connection, SqliteConnection};

use super::as_of::renew_mark;
use super::{BATCH, BotId, Store, StoreError};
use crate::clock::Millis;
use crate::flow::normalise::Step;
use crate::flow::plan::BY_HAND;

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
                joined += join(&mut transaction, bot, some, at).await?;
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
                        AND state IN ('prepared', 'sent', 'accepted', 'in_doubt')) \
             OR EXISTS (SELECT 1 FROM bot WHERE bot_id = ?1 \
                        AND (isolation IS NOT NULL OR needs_recovery))",
    )
    .bind(bot.0)
    .fetch_one(connection)
    .await
}

async fn join(
    connection: &mut SqliteConnection,
    bot: BotId,
    steps: &[Step],
    at: Millis,
) -> Result<u64, sqlx::Error> {
    let rows: Vec<_> = steps
        .iter()
        .map(|step| {
            let digest = format!("{:032x}", u128::from_be_bytes(step.digest().0));
            (&step.node_name, &step.question, &step.answer, digest)
        })
        .collect();
    sqlx::query(
        "INSERT INTO step (bot_id, node_name, source, article, digest, question, answer, upload_id, confirmed_at) \
         SELECT ?1, value ->> 0, ?3, value ->> 0, unhex(value ->> 3), value ->> 1, value ->> 2, 0, ?4 \
         FROM json_each(?2) WHERE true ON CONFLICT DO NOTHING",
    )
    .bind(bot.0)
    .bind(serde_json::to_string(&rows).unwrap_or_default())
    .bind(BY_HAND)
    .bind(at)
    .execute(connection)
    .await
    .map(|done| done.rows_affected())
}
