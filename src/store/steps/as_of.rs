//! By what something outside the state can tell whether it still fits the state: a mark that comes
//! and goes with the file, and the uploads settled so far.

use std::collections::HashSet;
use std::path::PathBuf;

use futures_util::TryStreamExt as _;
use serde::{Deserialize, Serialize};
use sqlx::AssertSqlSafe;

use crate::model::{FileId, Fingerprint, LiveStep};
use crate::store::BATCH;
use crate::store::bots::BotId;
use crate::store::database::{Connection, query, query_as, query_scalar};
use crate::store::decode::{Stored, json};
use crate::store::error::StoreError;
use crate::store::open::Store;
use crate::store::steps::past::{HAS_OLD, KeptPast};

/// A point in the life of a bot's snapshot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SnapshotVersion {
    /// Another one after every change of the snapshot that no upload made.
    mark: i64,
    /// No upload up to this one is still to be settled.
    upload: i64,
}

/// Of a row of `bot`: whether its snapshot can still be compared with what it was at a mark `?2` after
/// the upload `?3`. A state that was put back from a backup knows nothing of what came after it.
const FITS: &str = "mark = ?2 AND kept_after <= ?3 \
     AND ?3 <= (SELECT coalesce(max(upload_id), 0) FROM upload)";

/// Whether nothing has changed in it since, and nothing about it is in doubt.
const AS_IT_WAS: &str = "NOT EXISTS (SELECT 1 FROM upload CROSS JOIN upload_row USING (upload_id) \
       WHERE upload.bot_id = ?1 AND upload.upload_id > ?3 AND upload.state = 'succeeded' AND NOT EXISTS \
       (SELECT 1 FROM version AS before WHERE before.bot_id = ?1 AND before.node_name = upload_row.node_name \
        AND before.until = upload.upload_id AND before.upload_id <> upload.upload_id AND before.digest = upload_row.digest)) \
     AND NOT EXISTS (SELECT 1 FROM quarantine WHERE quarantine.bot_id = ?1) \
     AND NOT EXISTS (SELECT 1 FROM held_change WHERE held_change.bot_id = ?1) \
     AND NOT EXISTS (SELECT 1 FROM uncertain WHERE uncertain.bot_id = ?1) \
     AND NOT EXISTS (SELECT 1 FROM step_override WHERE step_override.bot_id = ?1)";

/// Whether nothing is under way, and no person and no failure has left anything to be done. `?4`: the
/// configuration.
const IDLE: &str = "isolation IS NULL AND needs_recovery = 0 AND pinned_to IS NULL \
     AND empty_approved = 0 AND incomplete_approved = 0 AND fingerprint IS NOT DISTINCT FROM ?4 \
     AND NOT EXISTS (SELECT 1 FROM approval WHERE approval.bot_id = ?1) \
     AND NOT EXISTS (SELECT 1 FROM upload WHERE upload.bot_id = ?1 \
                     AND state NOT IN ('writing', 'succeeded', 'failed'))";

/// What there is to do for a bot whose files are as they were.
#[derive(Clone, Copy, Debug)]
pub struct Rest {
    /// The snapshot is what it was, and nothing is open: no upload is under way, nothing is to be fixed, and no
    /// person has said anything that a pass would have to act on.
    pub is_at_rest: bool,
    /// There may be something that is no longer to be kept.
    pub has_old: bool,
}

/// Has everything that was kept about the snapshot read again.
pub(crate) async fn renew_mark(connection: &mut Connection, bot: BotId) -> Result<(), sqlx::Error> {
    query("UPDATE bot SET mark = random() WHERE bot_id = ?1")
        .bind(bot.0)
        .execute(connection)
        .await
        .map(drop)
}

fn known_of(row: Stored<'_>) -> Result<LiveStep, sqlx::Error> {
    let key = row.key()?;
    Ok(LiveStep {
        node_name: key.step_name(row.get("node_name")?),
        key,
        digest: row.digest("digest")?,
        file: row.optional("file_id")?.and_then(FileId::of_row),
    })
}

impl Store {
    /// Where a bot's snapshot is now. An upload that is still being written down does not count: it
    /// has not begun.
    pub async fn as_of(&self, bot: BotId) -> Result<SnapshotVersion, StoreError> {
        query(
            "SELECT mark, coalesce( \
               (SELECT min(upload_id) - 1 FROM upload \
                WHERE bot_id = ?1 AND state NOT IN ('writing', 'succeeded', 'failed')), \
               (SELECT upload_id FROM upload WHERE bot_id = ?1 AND state <> 'writing' \
                ORDER BY upload_id DESC LIMIT 1), 0) AS upload \
             FROM bot WHERE bot_id = ?1",
        )
        .bind(bot.0)
        .fetch_one(&mut *self.hold().await)
        .await
        .and_then(|row| {
            let row = Stored::new(&row, "bot", bot);
            Ok(SnapshotVersion {
                mark: row.get("mark")?,
                upload: row.get("upload")?,
            })
        })
        .map_err(|error| self.error(error))
    }

    /// The names that were added, changed or removed since then; `None` where that is not known.
    pub async fn changed_since(
        &self,
        bot: BotId,
        as_of: SnapshotVersion,
    ) -> Result<Option<HashSet<String>>, StoreError> {
        let mut held = self.hold().await;
        let sql = format!("SELECT {FITS} FROM bot WHERE bot_id = ?1");
        let fits: bool = query_scalar(AssertSqlSafe(sql))
            .bind(bot.0)
            .bind(as_of.mark)
            .bind(as_of.upload)
            .fetch_one(&mut held)
            .await
            .map_err(|error| self.error(error))?;
        if !fits {
            return Ok(None);
        }
        query_scalar(
            "SELECT node_name FROM upload CROSS JOIN upload_row USING (upload_id) \
             WHERE upload.bot_id = ?1 AND upload.upload_id > ?2 AND state = 'succeeded'",
        )
        .bind(bot.0)
        .bind(as_of.upload)
        .fetch(&mut held)
        .try_collect()
        .await
        .map(Some)
        .map_err(|error| self.error(error))
    }

    /// Whether the snapshot is what it was then, and nothing about it is in doubt.
    pub async fn is_as_it_was(
        &self,
        bot: BotId,
        as_of: SnapshotVersion,
    ) -> Result<bool, StoreError> {
        let sql = format!("SELECT {FITS} AND {AS_IT_WAS} FROM bot WHERE bot_id = ?1");
        query_scalar(AssertSqlSafe(sql))
            .bind(bot.0)
            .bind(as_of.mark)
            .bind(as_of.upload)
            .fetch_one(&mut *self.hold().await)
            .await
            .map_err(|error| self.error(error))
    }

    /// The same, and whether something else is open, or of the past and to be let go.
    pub async fn what_rests(
        &self,
        bot: BotId,
        as_of: SnapshotVersion,
        accepted: &Fingerprint,
        kept: KeptPast,
    ) -> Result<Rest, StoreError> {
        let sql = format!(
            "SELECT {FITS} AND {AS_IT_WAS} AND {IDLE}, {HAS_OLD} FROM bot WHERE bot_id = ?1"
        );
        let (is_at_rest, has_old) = query_as(AssertSqlSafe(sql))
            .bind(bot.0)
            .bind(as_of.mark)
            .bind(as_of.upload)
            .bind(json(accepted).map_err(|error| self.error(error))?)
            .bind(kept.from)
            .bind(kept.most())
            .fetch_one(&mut *self.hold().await)
            .await
            .map_err(|error| self.error(error))?;
        Ok(Rest {
            is_at_rest,
            has_old,
        })
    }

    /// What is live under these names, in the order of `node_name`.
    pub async fn known(&self, bot: BotId, names: &[&str]) -> Result<Vec<LiveStep>, StoreError> {
        let mut held = self.hold().await;
        let mut found: Vec<LiveStep> = Vec::with_capacity(names.len());
        for names in names.chunks(BATCH) {
            let rows = query(
                "SELECT node_name, source, article, digest, file_id FROM step \
                 WHERE bot_id = ?1 AND node_name IN (SELECT value FROM json_each(?2))",
            )
            .bind(bot.0)
            .bind(json(names).map_err(|error| self.error(error))?)
            .fetch_all(&mut held)
            .await
            .map_err(|error| self.error(error))?;
            for row in &rows {
                let known = known_of(Stored::new(row, "step", bot));
                found.push(known.map_err(|error| self.error(error))?);
            }
        }
        found.sort_by(|a, b| a.node_name.cmp(&b.node_name));
        found.dedup_by(|a, b| a.node_name == b.node_name);
        Ok(found)
    }

    /// Where a cache about a bot's snapshot is kept: beside the state.
    pub fn cache_path(&self, bot: BotId) -> PathBuf {
        self.folder()
            .join(crate::store::open::CACHE)
            .join(bot.0.to_string())
    }
}
