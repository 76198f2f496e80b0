//! Steps that a person says are live, because they were made by hand: they join the snapshot by an
//! upload that was never sent.

use std::collections::HashSet;

use futures_util::TryStreamExt as _;

use super::as_of::renew_mark;
use crate::clock::Millis;
use crate::model::{Action, BY_HAND, Purpose, Step, UploadId};
use crate::store::BATCH;
use crate::store::bots::BotId;
use crate::store::database::{Connection, query, query_scalar};
use crate::store::decode::json;
use crate::store::error::StoreError;
use crate::store::open::Store;
use crate::store::versions::{NewVersion, put_versions};

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
        self.transaction(async |transaction| {
            if is_busy(transaction, bot).await? {
                return Ok(Imported::Busy);
            }
            let upload = said_by_hand(transaction, bot, Purpose::Import, at).await?;
            let mut joined = 0;
            for some in steps.chunks(BATCH) {
                let new = unknown(transaction, bot, some).await?;
                let first = u32::try_from(joined).unwrap_or(u32::MAX);
                join(transaction, (bot, upload), &new, first).await?;
                joined += new.len() as u64;
            }
            count_by_hand(transaction, upload).await?;
            renew_mark(transaction, bot).await?;
            Ok(Imported::Joined(joined))
        })
        .await
    }
}

/// Writes an upload down that was never sent: a person says what is live.
pub(super) async fn said_by_hand(
    connection: &mut Connection,
    bot: BotId,
    purpose: Purpose,
    at: Millis,
) -> Result<UploadId, sqlx::Error> {
    query_scalar(
        "INSERT INTO upload (bot_id, purpose, effect, state, rows, csv_bytes, csv_digest, added, changed, removed, prepared_at, settled_at) \
         VALUES (?1, ?2, 'merge', 'succeeded', 0, 0, x'', 0, 0, 0, ?3, ?3) RETURNING upload_id",
    )
    .bind(bot.0)
    .bind(purpose.name())
    .bind(at)
    .fetch_one(connection)
    .await
    .map(UploadId)
}

/// Counts what such an upload says; one that says nothing has never been.
pub(super) async fn count_by_hand(
    connection: &mut Connection,
    upload: UploadId,
) -> Result<(), sqlx::Error> {
    for sql in [
        "UPDATE upload SET added = (SELECT count(*) FROM upload_row WHERE upload_id = ?1 AND action = 'add'), \
           removed = (SELECT count(*) FROM upload_row WHERE upload_id = ?1 AND action = 'remove') WHERE upload_id = ?1",
        "DELETE FROM upload WHERE upload_id = ?1 AND added + removed = 0",
    ] {
        query(sql).bind(upload.0).execute(&mut *connection).await?;
    }
    Ok(())
}

/// Whether an upload is under way, or a search or a recovery that goes on from the snapshot.
async fn is_busy(connection: &mut Connection, bot: BotId) -> Result<bool, sqlx::Error> {
    query_scalar(
        "SELECT EXISTS (SELECT 1 FROM upload WHERE bot_id = ?1 \
                        AND state NOT IN ('writing', 'succeeded', 'failed')) \
             OR EXISTS (SELECT 1 FROM bot WHERE bot_id = ?1 \
                        AND (isolation IS NOT NULL OR needs_recovery <> 0))",
    )
    .bind(bot.0)
    .fetch_one(connection)
    .await
}

/// Those steps whose names are not in the snapshot yet.
async fn unknown<'s>(
    connection: &mut Connection,
    bot: BotId,
    steps: &'s [Step],
) -> Result<Vec<&'s Step>, sqlx::Error> {
    let names: Vec<&str> = steps.iter().map(|step| step.node_name.as_str()).collect();
    let mut known: HashSet<String> = query_scalar(
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
    connection: &mut Connection,
    upload: (BotId, UploadId),
    steps: &[&Step],
    first: u32,
) -> Result<(), sqlx::Error> {
    let versions = (first..).zip(steps).map(|(row, step)| NewVersion {
        row,
        action: Action::Add,
        source: BY_HAND,
        article: &step.node_name,
        step,
        digest: step.digest(),
        file: None,
    });
    let versions: Vec<NewVersion> = versions.collect();
    put_versions(connection, upload, &versions).await
}
