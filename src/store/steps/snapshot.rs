//! The snapshot and what stands beside it: refused steps, and names about which nothing is certain.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use futures_util::TryStreamExt;

use super::as_of::renew_mark;
use crate::clock::Millis;
use crate::model::{Adopted, ArticleKey, Digest, FileId, LiveStep, Step, UploadId};
use crate::store::BATCH;
use crate::store::bots::BotId;
use crate::store::database::{Done, Row, query, query_scalar};
use crate::store::decode::{Stored, json};
use crate::store::error::StoreError;
use crate::store::open::Store;

/// Steps that are read packed into one row.
const PACKED: usize = 1000;

/// Name, source, article, digest and file of a step.
type PackedRows = (String, String, String, String, Option<i64>);

/// A step of the snapshot with everything that is kept about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SnapshotStep {
    /// The article behind it.
    pub key: ArticleKey,
    /// The live content.
    pub step: Step,
    /// When Haptik confirmed it.
    pub confirmed_at: Millis,
}

/// A step that Haptik refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quarantined {
    /// The article behind it.
    pub key: ArticleKey,
    /// The refused content, or [`crate::model::REMOVAL`].
    pub digest: Digest,
    /// Haptik's words.
    pub reason: String,
    /// Since when.
    pub since: Millis,
}

pub(crate) fn refused_of(row: Stored<'_>) -> Result<Quarantined, sqlx::Error> {
    Ok(Quarantined {
        key: row.key()?,
        digest: row.digest("digest")?,
        reason: row.get("reason")?,
        since: row.get("since")?,
    })
}

/// A digest as SQLite writes it in hex.
fn unhex(text: &str) -> Option<Digest> {
    let number = u128::from_str_radix(text, 16).ok();
    number
        .filter(|_| text.len() == 32)
        .map(|number| Digest(number.to_be_bytes()))
}

impl Store {
    /// What is known to be live, in the order of `node_name`, without the content.
    pub async fn snapshot(&self, bot: BotId) -> Result<Vec<LiveStep>, StoreError> {
        let mut all = Vec::new();
        self.each_known(bot, |known| all.push(known)).await?;
        Ok(all)
    }

    /// The same, one after the other. Many come packed into one row, because each row that is handed
    /// over costs more than reading it.
    pub async fn each_known(
        &self,
        bot: BotId,
        mut take: impl FnMut(LiveStep),
    ) -> Result<(), StoreError> {
        // Mostly they are of one source, whose name need not be there for each of them.
        let mut shared: Arc<str> = "".into();
        let mut after = String::new();
        let mut held = self.hold().await;
        // What others write meanwhile is not seen.
        let begun = held.begin_to_read().await;
        let mut view = begun.map_err(|error| self.error(error))?;
        loop {
            let packed: String = query_scalar(
                "SELECT json_group_array(json_array(node_name, source, article, hex(digest), file_id)) FROM \
                 (SELECT node_name, source, article, digest, file_id FROM step \
                  WHERE bot_id = ?1 AND node_name > ?2 ORDER BY node_name LIMIT ?3) AS page",
            )
            .bind(bot.0)
            .bind(after.clone())
            .bind(i64::try_from(PACKED).unwrap_or(i64::MAX))
            .fetch_one(&mut view)
            .await
            .map_err(|error| self.error(error))?;
            let page = self.unpacked(&packed, &after)?;
            let is_last = page.len() < PACKED;
            for (node_name, source, article, digest, file) in page {
                if source != *shared {
                    shared = source.into();
                }
                let digest = unhex(&digest).ok_or_else(|| {
                    let row = format!("node_name {node_name:?}");
                    self.unreadable(("step", "digest"), bot, row, &digest)
                })?;
                let key = ArticleKey {
                    source: shared.clone(),
                    article: article.into(),
                };
                take(LiveStep {
                    node_name: key.step_name(&node_name),
                    key,
                    digest,
                    file: file.and_then(FileId::of_row),
                });
                after = node_name;
            }
            if is_last {
                break;
            }
        }
        // Dropped, it would stay open in PostgreSQL until something else is asked.
        view.commit().await.map_err(|error| self.error(error))
    }

    fn unpacked(&self, packed: &str, after: &str) -> Result<Vec<PackedRows>, StoreError> {
        let page: Vec<PackedRows> =
            serde_json::from_str(packed).map_err(|error| self.damaged(error.to_string()))?;
        let names = page.iter().map(|known| known.0.as_str());
        if std::iter::once(after).chain(names).is_sorted() {
            Ok(page)
        } else {
            Err(self.damaged("steps come out of their order".to_owned()))
        }
    }

    /// How many steps are live. Counting reads all of them, so it is done once for each change.
    pub async fn live(&self, bot: BotId) -> Result<u64, StoreError> {
        let as_of = self.as_of(bot).await?;
        if let Some(count) = self.counts().get(&bot)
            && count.0 == as_of
        {
            return Ok(count.1);
        }
        // The same as the rows of `step`, but nothing in them is read.
        let count = query_scalar(
            "SELECT (SELECT count(*) FROM version WHERE bot_id = ?1) \
             - (SELECT count(*) FROM version WHERE bot_id = ?1 AND until IS NOT NULL) \
             - (SELECT count(*) FROM upload CROSS JOIN content \
                ON content_id BETWEEN upload.upload_id << 32 AND (upload.upload_id << 32) + 4294967295 \
                WHERE upload.bot_id = ?1 AND state NOT IN ('succeeded', 'failed'))",
        )
            .bind(bot.0)
            .fetch_one(&mut *self.hold().await)
            .await
            .map(i64::unsigned_abs)
            .map_err(|error| self.error(error))?;
        self.counts().insert(bot, (as_of, count));
        Ok(count)
    }

    /// Whether any step is live.
    pub async fn is_any_live(&self, bot: BotId) -> Result<bool, StoreError> {
        query_scalar("SELECT EXISTS (SELECT 1 FROM step WHERE bot_id = ?1)")
            .bind(bot.0)
            .fetch_one(&mut *self.hold().await)
            .await
            .map_err(|error| self.error(error))
    }

    /// How many steps of a bot Haptik refused.
    pub async fn quarantined(&self, bot: BotId) -> Result<u64, StoreError> {
        query_scalar("SELECT count(*) FROM quarantine WHERE bot_id = ?1")
            .bind(bot.0)
            .fetch_one(&mut *self.hold().await)
            .await
            .map(i64::unsigned_abs)
            .map_err(|error| self.error(error))
    }

    /// How many bots are known, and how many steps are live on all of them.
    pub async fn known_bots(&self) -> Result<(u64, u64), StoreError> {
        query("SELECT (SELECT count(*) FROM bot) AS bots, (SELECT count(*) FROM step) AS steps")
            .fetch_one(&mut *self.hold().await)
            .await
            .and_then(|row| {
                let row = Stored::of_its_bot(&row, "bot");
                Ok((row.count("bots")?, row.count("steps")?))
            })
            .map_err(|error| self.error(error))
    }

    /// The live content of these names.
    pub async fn contents(
        &self,
        bot: BotId,
        names: &[String],
    ) -> Result<HashMap<String, SnapshotStep>, StoreError> {
        let mut found = HashMap::new();
        for names in names.chunks(BATCH) {
            let rows = query(
                "SELECT node_name, source, article, digest, question, answer, settled_at AS confirmed_at, \
                   step.content_id IS DISTINCT FROM content.content_id AS is_lost \
                 FROM step LEFT JOIN content USING (content_id) LEFT JOIN upload ON upload.upload_id = step.upload_id \
                 WHERE step.bot_id = ?1 AND node_name IN (SELECT value FROM json_each(?2))",
            )
            .bind(bot.0)
            .bind(json(names).map_err(|error| self.error(error))?)
            .fetch_all(&mut *self.hold().await)
            .await
            .map_err(|error| self.error(error))?;
            for row in &rows {
                // A set that lacks it would pass for a whole one.
                self.check_not_lost(row)?;
                let step = self.live_step(row, bot)?;
                found.insert(step.step.node_name.clone(), step);
            }
        }
        Ok(found)
    }

    /// The next live steps after a name, leaving out those that an upload changes.
    pub(crate) async fn unchanged_page(
        &self,
        bot: BotId,
        upload: UploadId,
        after: Option<&str>,
    ) -> Result<Vec<Step>, StoreError> {
        query(
            "SELECT node_name, digest, question, answer, step.content_id IS DISTINCT FROM content.content_id AS is_lost \
             FROM step LEFT JOIN content USING (content_id) \
             WHERE bot_id = ?1 AND node_name > ?2 AND NOT EXISTS (SELECT 1 FROM version AS own \
               WHERE own.bot_id = ?1 AND own.node_name = step.node_name AND own.upload_id = ?3) \
             ORDER BY node_name LIMIT 2000",
        )
        .bind(bot.0)
        .bind(after.unwrap_or_default().to_owned())
        .bind(upload.0)
        .fetch(&mut *self.hold().await)
        .map_err(|error| self.error(error))
        .and_then(|row| {
            // Left out of a whole set, the step would go away from the bot.
            let step = self.check_not_lost(&row);
            std::future::ready(step.and_then(|()| self.sound(&row, "step", bot)))
        })
        .try_collect()
        .await
    }

    /// One live step, to be sent again as it is: if there is one, a step that the upload does not
    /// carry, and another with each `turn`, for what was once taken may be refused by now.
    pub async fn any_live_step(
        &self,
        bot: BotId,
        upload: UploadId,
        turn: u32,
    ) -> Result<Option<SnapshotStep>, StoreError> {
        query(
            "WITH tried AS (SELECT node_name FROM upload_row WHERE upload_id = ?2) \
             SELECT node_name, source, article, digest, question, answer, settled_at AS confirmed_at \
             FROM step JOIN content USING (content_id) LEFT JOIN upload ON upload.upload_id = step.upload_id \
             WHERE step.bot_id = ?1 ORDER BY node_name IN (SELECT node_name FROM tried), node_name LIMIT 1 OFFSET ?3 % coalesce( \
             nullif((SELECT count(*) FROM step WHERE bot_id = ?1 AND node_name NOT IN (SELECT node_name FROM tried)), 0), \
             nullif((SELECT count(*) FROM step WHERE bot_id = ?1), 0), 1)",
        )
        .bind(bot.0)
        .bind(upload.0)
        .bind(turn)
        .fetch_optional(&mut *self.hold().await)
        .await
        .map_err(|error| self.error(error))?
        .map(|row| self.live_step(&row, bot))
        .transpose()
    }

    fn live_step(&self, row: &Row, bot: BotId) -> Result<SnapshotStep, StoreError> {
        let step = self.sound(row, "step", bot)?;
        let row = Stored::new(row, "step", bot);
        let rest = row
            .key()
            .and_then(|key| Ok((key, row.get("confirmed_at")?)));
        let (key, confirmed_at) = rest.map_err(|error| self.error(error))?;
        Ok(SnapshotStep {
            key,
            step,
            confirmed_at,
        })
    }

    /// The refused steps by name.
    pub async fn quarantine(
        &self,
        bot: BotId,
    ) -> Result<BTreeMap<String, Quarantined>, StoreError> {
        query(
            "SELECT node_name, source, article, digest, reason, since FROM quarantine WHERE bot_id = ?1",
        )
        .bind(bot.0)
        .fetch(&mut *self.hold().await)
        .and_then(|row| {
            let row = Stored::new(&row, "quarantine", bot);
            let refused = refused_of(row).and_then(|refused| Ok((row.get("node_name")?, refused)));
            std::future::ready(refused)
        })
        .try_collect()
        .await
        .map_err(|error| self.error(error))
    }

    /// Names under which the bot may hold anything.
    pub async fn uncertain(&self, bot: BotId) -> Result<BTreeMap<String, ArticleKey>, StoreError> {
        query("SELECT node_name, source, article FROM uncertain WHERE bot_id = ?1")
            .bind(bot.0)
            .fetch(&mut *self.hold().await)
            .and_then(|row| {
                let row = Stored::new(&row, "uncertain", bot);
                let entry = row.key().and_then(|key| Ok((row.get("node_name")?, key)));
                std::future::ready(entry)
            })
            .try_collect()
            .await
            .map_err(|error| self.error(error))
    }

    /// Lets refused steps be tried again: these, or all. Says how many there were.
    pub async fn release_quarantine(
        &self,
        bot: BotId,
        names: Option<&[String]>,
    ) -> Result<u64, StoreError> {
        let query = match names {
            None => query("DELETE FROM quarantine WHERE bot_id = ?1").bind(bot.0),
            Some(names) => query(
                "DELETE FROM quarantine WHERE bot_id = ?1 \
                 AND node_name IN (SELECT value FROM json_each(?2))",
            )
            .bind(bot.0)
            .bind(json(names).map_err(|error| self.error(error))?),
        };
        query
            .execute(&mut *self.hold().await)
            .await
            .map(Done::rows_affected)
            .map_err(|error| self.error(error))
    }

    /// Puts other articles behind steps whose content stays.
    pub async fn adopt(&self, bot: BotId, adopted: &[Adopted]) -> Result<(), StoreError> {
        if adopted.is_empty() {
            return Ok(());
        }
        let mut held = self.hold().await;
        // What is kept beside the state knows articles, and no files.
        if adopted.iter().any(|adopted| adopted.is_another) {
            renew_mark(&mut held, bot)
                .await
                .map_err(|error| self.error(error))?;
        }
        for some in adopted.chunks(BATCH) {
            let rows: Vec<_> = some
                .iter()
                .map(
                    |Adopted {
                         node_name,
                         key,
                         file,
                         ..
                     }| {
                        let file = file.as_deref();
                        (node_name.as_str(), &*key.source, key.article.as_str(), file)
                    },
                )
                .collect();
            query(
                "INSERT OR REPLACE INTO version (bot_id, node_name, upload_id, row, action, source, article, digest, bytes, file_id) \
                 SELECT version.bot_id, version.node_name, version.upload_id, version.row, version.action, value ->> 1, value ->> 2, \
                   version.digest, version.bytes, (SELECT file.file_id FROM source_file AS file WHERE file.bot_id = ?1 \
                    AND file.source = value ->> 1 AND file.relative = value ->> 3) \
                 FROM json_each(?2) CROSS JOIN step ON step.bot_id = ?1 AND step.node_name = value ->> 0 \
                 CROSS JOIN version ON version.bot_id = ?1 AND version.node_name = step.node_name AND version.upload_id = step.upload_id",
            )
            .bind(bot.0)
            .bind(json(&rows).map_err(|error| self.error(error))?)
            .execute(&mut held)
            .await
            .map_err(|error| self.error(error))?;
        }
        Ok(())
    }

    /// Doubts everything that is live, so that it is uploaded again. What is known stays known: it
    /// is what the removals of an upload, and a bot's recovery, are made from.
    pub async fn doubt_snapshot(&self, bot: BotId) -> Result<u64, StoreError> {
        let mut held = self.hold().await;
        // The cache beside the state is doubted as well.
        renew_mark(&mut held, bot)
            .await
            .map_err(|error| self.error(error))?;
        query("DELETE FROM quarantine WHERE bot_id = ?1")
            .bind(bot.0)
            .execute(&mut held)
            .await
            .map_err(|error| self.error(error))?;
        query(
            "INSERT OR REPLACE INTO uncertain (bot_id, node_name, source, article) \
             SELECT bot_id, node_name, source, article FROM step WHERE bot_id = ?1",
        )
        .bind(bot.0)
        .execute(&mut held)
        .await
        .map(Done::rows_affected)
        .map_err(|error| self.error(error))
    }
}
