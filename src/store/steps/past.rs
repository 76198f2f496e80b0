//! Going back: what was live when an upload had succeeded. Versions that are over go away with time and
//! size.

use futures_util::TryStreamExt as _;
use thiserror::Error;

use crate::clock::Millis;
use crate::model::{ArticleKey, Digest, LiveStep, Step, UploadId};
use crate::store::bots::BotId;
use crate::store::database::{Row, query, query_as, query_scalar, transaction};
use crate::store::decode::Stored;
use crate::store::error::StoreError;
use crate::store::open::Store;
use crate::store::versions::forget_versions;
use crate::text::command_for;

/// What so many failed uploads of a bot said is kept, so that one can look at what was sent.
const FAILED_KEPT: u32 = 3;
/// Whether there may be something for [`Store::prune_past`] to do: older than `?5`, more than `?6` bytes, or said by an
/// upload that failed.
pub(super) const HAS_OLD: &str = "EXISTS (SELECT 1 FROM upload WHERE upload.bot_id = ?1 AND (state = 'failed' OR past_bytes > 0 AND settled_at < ?5)) \
     OR EXISTS (SELECT 1 FROM action WHERE at < ?5) \
     OR (SELECT coalesce(sum(past_bytes), 0) FROM upload WHERE upload.bot_id = ?1) > ?6";

/// How much of the past is kept.
#[derive(Clone, Copy, Debug)]
pub struct KeptPast {
    /// Since when.
    pub from: Millis,
    /// Of what is newer, so many bytes.
    pub max_bytes: u64,
}

impl KeptPast {
    pub(super) fn most(self) -> i64 {
        i64::try_from(self.max_bytes).unwrap_or(i64::MAX)
    }
}

/// A step as it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OldStep {
    /// The article behind it.
    pub key: ArticleKey,
    /// Its content.
    pub step: Step,
    /// The digest of its content.
    pub digest: Digest,
}

impl OldStep {
    /// The step without its content.
    pub fn known(&self) -> LiveStep {
        LiveStep {
            node_name: self.key.step_name(&self.step.node_name),
            key: self.key.clone(),
            digest: self.digest,
            file: None,
        }
    }
}

/// Why there is no going back to an upload.
#[derive(Debug, Error)]
pub enum PastError {
    /// It is none of this bot's, or it did not succeed.
    #[error(
        "{bot}: there is no successful upload {upload}; `{}` lists its uploads",
        command_for("history", bot, &[])
    )]
    NoSuchUpload {
        /// The number that was asked for.
        upload: i64,
        /// The bot.
        bot: String,
    },
    /// What came after it is no longer kept.
    #[error(
        "{bot}: what it was after upload {upload} is no longer kept; {}. history.keep and history.max_bytes say how long",
        oldest_kept(*oldest)
    )]
    Pruned {
        /// The number that was asked for.
        upload: i64,
        /// The bot.
        bot: String,
        /// The oldest upload to which there is a way back, if there is any.
        oldest: Option<i64>,
    },
    /// The state cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
}

crate::text::samples! {
    PastError {
        NoSuchUpload => [Self::NoSuchUpload { upload: 1, bot: gap() }],
        Pruned => [Self::Pruned { upload: 1, bot: gap(), oldest: None }],
        Store => [],
    }
}

fn oldest_kept(oldest: Option<i64>) -> String {
    match oldest {
        Some(oldest) => format!("the oldest that is kept is upload {oldest}"),
        None => "none is kept yet since `rebind` took its state to another Haptik".to_owned(),
    }
}

impl Store {
    /// Whether there is a way back to an upload.
    pub async fn check_way_back(
        &self,
        bot: BotId,
        domain_name: &str,
        upload: UploadId,
    ) -> Result<(), PastError> {
        let found: Option<(bool, Option<i64>)> = query_as(
            "SELECT upload_id >= kept_after, (SELECT min(upload_id) FROM upload AS kept WHERE kept.bot_id = ?1 \
               AND kept.state = 'succeeded' AND kept.upload_id >= kept_after) \
             FROM upload JOIN bot USING (bot_id) WHERE bot_id = ?1 AND upload_id = ?2 AND state = 'succeeded'",
        )
        .bind(bot.0)
        .bind(upload.0)
        .fetch_optional(&mut *self.hold().await)
        .await
        .map_err(|error| self.error(error))?;
        let bot = domain_name.to_owned();
        let upload = upload.0;
        match found {
            None => Err(PastError::NoSuchUpload { upload, bot }),
            Some((false, oldest)) => Err(PastError::Pruned {
                upload,
                bot,
                oldest,
            }),
            Some((true, _)) => Ok(()),
        }
    }

    /// The last upload that had succeeded at this time.
    pub async fn upload_at(&self, bot: BotId, at: Millis) -> Result<Option<UploadId>, StoreError> {
        query_scalar(
            "SELECT max(upload_id) FROM upload WHERE bot_id = ?1 AND state = 'succeeded' AND settled_at <= ?2",
        )
        .bind(bot.0)
        .bind(at)
        .fetch_one(&mut *self.hold().await)
        .await
        .map(|id: Option<i64>| id.map(UploadId))
        .map_err(|error| self.error(error))
    }

    /// What was live when an upload had succeeded, in the order of `node_name`.
    pub async fn state_after(
        &self,
        bot: BotId,
        upload: UploadId,
    ) -> Result<Vec<OldStep>, StoreError> {
        query(
            "SELECT node_name, source, article, digest, question, answer, content_id IS NULL AS is_lost \
             FROM version LEFT JOIN content ON content_id = (upload_id << 32) + row \
             WHERE bot_id = ?1 AND upload_id <= ?2 AND (until IS NULL OR until > ?2) \
             AND upload_id NOT IN (SELECT upload_id FROM upload WHERE state NOT IN ('succeeded', 'failed')) \
             ORDER BY node_name",
        )
        .bind(bot.0)
        .bind(upload.0)
        .fetch(&mut *self.hold().await)
        .map_err(|error| self.error(error))
        .and_then(|row| {
            let old = self.check_not_lost(&row);
            std::future::ready(old.and_then(|()| self.old_step(&row, bot)))
        })
        .try_collect()
        .await
    }

    fn old_step(&self, row: &Row, bot: BotId) -> Result<OldStep, StoreError> {
        let step = self.sound(row, "version", bot)?;
        let key = Stored::new(row, "version", bot).key();
        Ok(OldStep {
            key: key.map_err(|error| self.error(error))?,
            digest: step.digest(),
            step,
        })
    }

    /// The first names that an upload that has succeeded changed, in their order.
    pub async fn changed_by(
        &self,
        upload: UploadId,
        limit: u32,
    ) -> Result<Vec<String>, StoreError> {
        query_scalar(
            "SELECT node_name FROM upload_row WHERE upload_id = ?1 AND NOT EXISTS (SELECT 1 FROM version AS before \
               WHERE before.bot_id = upload_row.bot_id AND before.node_name = upload_row.node_name \
               AND before.until = ?1 AND before.upload_id <> ?1 AND before.digest = upload_row.digest) \
             ORDER BY node_name LIMIT ?2",
        )
        .bind(upload.0)
        .bind(limit)
        .fetch_all(&mut *self.hold().await)
        .await
        .map_err(|error| self.error(error))
    }

    /// Lets old content go that is older than is kept, or too much; never what a pin needs. What people
    /// did before then goes with it.
    pub async fn prune_past(&self, bot: BotId, kept: KeptPast) -> Result<(), StoreError> {
        let before = kept.from;
        let (limit, old_actions): (Option<i64>, bool) = query_as(
            "WITH sized AS (SELECT upload_id, settled_at, \
                              sum(past_bytes) OVER (ORDER BY upload_id DESC) AS newer_and_this \
                            FROM upload WHERE bot_id = ?1 AND past_bytes > 0) \
             SELECT min(max(upload_id), (SELECT coalesce(pinned_to, max(upload_id)) FROM bot WHERE bot_id = ?1)), \
               EXISTS (SELECT 1 FROM action WHERE at < ?2) \
             FROM sized WHERE settled_at < ?2 OR newer_and_this > ?3",
        )
        .bind(bot.0)
        .bind(before)
        .bind(kept.most())
        .fetch_one(&mut *self.hold().await)
        .await
        .map_err(|error| self.error(error))?;
        if old_actions {
            self.prune_actions(before).await?;
        }
        self.prune_failed(bot, before).await?;
        let Some(limit) = limit else { return Ok(()) };
        self.transaction(async |transaction| {
            for sql in [
                "UPDATE bot SET kept_after = max(kept_after, ?2) WHERE bot_id = ?1",
                "DELETE FROM content WHERE content_id IN \
                 (SELECT (upload_id << 32) + row FROM version WHERE bot_id = ?1 AND until <= ?2 \
                  AND upload_id NOT IN (SELECT upload_id FROM upload WHERE bot_id = ?1 AND state = 'failed'))",
                "DELETE FROM version WHERE bot_id = ?1 AND until <= ?2 \
                 AND upload_id NOT IN (SELECT upload_id FROM upload WHERE bot_id = ?1 AND state = 'failed')",
                "UPDATE upload SET past_bytes = 0 WHERE bot_id = ?1 AND upload_id <= ?2 AND past_bytes > 0",
            ] {
                query(sql)
                    .bind(bot.0)
                    .bind(limit)
                    .execute(&mut *transaction)
                    .await?;
            }
            Ok(())
        })
        .await
    }

    /// Lets go what failed uploads said, except for the newest ones of them, and for what a search goes by.
    async fn prune_failed(&self, bot: BotId, before: Millis) -> Result<(), StoreError> {
        let mut held = self.hold().await;
        let uploads: Vec<i64> = query_scalar(
            "SELECT upload_id FROM upload WHERE bot_id = ?1 AND state = 'failed' AND upload_id NOT IN \
             (SELECT upload_id FROM upload WHERE bot_id = ?1 AND state = 'failed' AND settled_at >= ?2 \
              ORDER BY upload_id DESC LIMIT ?3) \
             AND EXISTS (SELECT 1 FROM content WHERE content_id BETWEEN upload_id << 32 AND (upload_id << 32) + 4294967295) \
             AND upload_id IS DISTINCT FROM (SELECT CAST(isolation ->> '$.search.base' AS BIGINT) FROM bot WHERE bot_id = ?1)",
        )
        .bind(bot.0)
        .bind(before)
        .bind(FAILED_KEPT)
        .fetch_all(&mut held)
        .await
        .map_err(|error| self.error(error))?;
        for upload in uploads.into_iter().map(UploadId) {
            let pruned = transaction(&mut held, async |transaction| {
                forget_versions(transaction, (bot, upload)).await
            });
            pruned.await.map_err(|error| self.error(error))?;
        }
        Ok(())
    }

    /// Lets the uploads go that ended before `before` and that nothing needs: no content of theirs is live
    /// or kept, no search and no pin goes by them. The last one of a bot stays, and the last that
    /// succeeded. Their numbers are never given again.
    pub async fn prune_uploads(&self, bot: BotId, before: Millis) -> Result<(), StoreError> {
        query(
            "DELETE FROM upload WHERE bot_id = ?1 AND settled_at < ?2 \
             AND state IN ('succeeded', 'failed') AND past_bytes = 0 \
             AND upload_id < (SELECT max(upload_id) FROM upload WHERE bot_id = ?1) \
             AND upload_id IS DISTINCT FROM (SELECT max(upload_id) FROM upload WHERE bot_id = ?1 AND state = 'succeeded') \
             AND NOT EXISTS (SELECT 1 FROM content WHERE content_id BETWEEN upload_id << 32 AND (upload_id << 32) + 4294967295) \
             AND NOT EXISTS (SELECT 1 FROM bot WHERE bot_id = ?1 \
               AND upload.upload_id IN (pinned_to, kept_after, CAST(isolation ->> '$.search.base' AS BIGINT)))",
        )
        .bind(bot.0)
        .bind(before)
        .execute(&mut *self.hold().await)
        .await
        .map(drop)
        .map_err(|error| self.error(error))
    }
}
