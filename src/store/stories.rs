//! What people ask about single steps: which uploads had to do with one, whether one is on its way,
//! and which steps a word may mean.

use std::collections::HashMap;

use sqlx::AssertSqlSafe;

use super::bots::BotId;
use super::decode::Stored;
use super::error::StoreError;
use super::open::Store;
use super::steps::{Quarantined, refused_of};
use super::upload::{COLUMNS, UploadRecord, change_of, records_of};
use crate::clock::Millis;
use crate::model::{Action, Change, Purpose, Step, UploadId};
use crate::store::database::{Row, query, query_as, query_scalar};

/// A step that a word may mean.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct FoundStep {
    /// Its name.
    pub node_name: String,
    /// The article behind it.
    pub article: String,
    /// Its user messages.
    pub question: String,
}

fn found_of(rows: &[Row], bot: BotId) -> Result<Vec<FoundStep>, sqlx::Error> {
    let found = |row| {
        let row = Stored::new(row, "step", bot);
        Ok(FoundStep {
            node_name: row.get("node_name")?,
            article: row.get("article")?,
            question: row.get("question")?,
        })
    };
    rows.iter().map(found).collect()
}

/// What an upload does to a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UploadRow {
    /// The step.
    pub node_name: String,
    /// What becomes of it.
    pub action: Action,
    /// Its user messages; empty in a removal.
    pub question: String,
}

/// What a step said from one upload on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StepVersion {
    /// The upload that brought it.
    pub upload: UploadId,
    /// What that upload was for.
    pub purpose: Purpose,
    /// When it was written.
    pub prepared_at: Millis,
    /// When Haptik had carried it out.
    pub at: Option<Millis>,
    /// What it said; `None`: it was removed.
    pub step: Option<Step>,
}

impl Store {
    /// What a step has said, as far as it is kept, newest first. Words that were altered in the file
    /// are left out.
    pub async fn versions_of(
        &self,
        bot: BotId,
        name: &str,
        limit: u32,
    ) -> Result<Vec<StepVersion>, StoreError> {
        let rows = query(
            "SELECT version.upload_id, row, action, node_name, source, article, digest, question, answer, \
               purpose, canary, prepared_at, settled_at \
             FROM version JOIN content ON content_id = (version.upload_id << 32) + row \
             JOIN upload ON upload.upload_id = version.upload_id \
             WHERE version.bot_id = ?1 AND node_name = ?2 AND state = 'succeeded' \
             AND NOT EXISTS (SELECT 1 FROM version AS before WHERE before.bot_id = ?1 AND before.node_name = ?2 \
               AND before.until = version.upload_id AND before.upload_id <> version.upload_id AND before.digest = version.digest) \
             ORDER BY version.upload_id DESC LIMIT ?3",
        )
        .bind(bot.0)
        .bind(name.to_owned())
        .bind(limit)
        .fetch_all(&mut *self.hold().await)
        .await
        .map_err(|error| self.error(error))?;
        let version = |row| {
            let row = Stored::new(row, "version", bot);
            let change = change_of(row)?;
            let is_sound = change.digest() == row.digest("digest")?;
            let step = (change.action != Action::Remove).then_some(change.step);
            let canary: Option<String> = row.optional("canary")?;
            Ok(is_sound.then_some(StepVersion {
                upload: UploadId(row.get("upload_id")?),
                purpose: row.word("purpose", |name| {
                    Purpose::from_stored(name, canary.is_some())
                })?,
                prepared_at: row.get("prepared_at")?,
                at: row.optional("settled_at")?,
                step,
            }))
        };
        let versions: Result<Vec<_>, sqlx::Error> = rows.iter().map(version).collect();
        let versions = versions.map_err(|error| self.error(error))?;
        Ok(versions.into_iter().flatten().collect())
    }

    /// The last uploads that changed a step, newest first, and the one that holds it.
    pub async fn uploads_of_step(
        &self,
        bot: BotId,
        name: &str,
        limit: u32,
    ) -> Result<Vec<UploadRecord>, StoreError> {
        let sql = format!(
            "SELECT {COLUMNS} FROM upload WHERE upload_id IN \
             (SELECT upload_id FROM version WHERE bot_id = ?1 AND node_name = ?2 AND (until IS NULL OR NOT EXISTS \
               (SELECT 1 FROM version AS before WHERE before.bot_id = ?1 AND before.node_name = ?2 \
                AND before.until = version.upload_id AND before.upload_id <> version.upload_id AND before.digest = version.digest))) \
             AND state = 'succeeded' ORDER BY upload_id DESC LIMIT ?3"
        );
        query(AssertSqlSafe(sql))
            .bind(bot.0)
            .bind(name.to_owned())
            .bind(limit)
            .fetch_all(&mut *self.hold().await)
            .await
            .and_then(|rows| records_of(&rows))
            .map_err(|error| self.error(error))
    }

    /// What an upload under way does to a step, if it carries it.
    pub async fn row_of(
        &self,
        upload: &UploadRecord,
        name: &str,
    ) -> Result<Option<Change>, StoreError> {
        query(
            "SELECT upload_id, row, action, node_name, source, article, question, answer \
             FROM version JOIN content ON content_id = (upload_id << 32) + row \
             WHERE bot_id = ?1 AND node_name = ?2 AND upload_id = ?3",
        )
        .bind(upload.bot.0)
        .bind(name.to_owned())
        .bind(upload.id.0)
        .fetch_optional(&mut *self.hold().await)
        .await
        .and_then(|row| {
            row.map(|row| change_of(Stored::new(&row, "version", upload.bot)))
                .transpose()
        })
        .map_err(|error| self.error(error))
    }

    /// Whether a step is in quarantine.
    pub async fn refusal_of(
        &self,
        bot: BotId,
        name: &str,
    ) -> Result<Option<Quarantined>, StoreError> {
        query(
            "SELECT node_name, source, article, digest, reason, since FROM quarantine \
             WHERE bot_id = ?1 AND node_name = ?2",
        )
        .bind(bot.0)
        .bind(name.to_owned())
        .fetch_optional(&mut *self.hold().await)
        .await
        .and_then(|row| {
            row.map(|row| refused_of(Stored::new(&row, "quarantine", bot)))
                .transpose()
        })
        .map_err(|error| self.error(error))
    }

    /// Live steps with these words in their name, the id of their article or their user messages.
    /// Letters beyond ASCII must be written as they are there.
    pub async fn find_steps(
        &self,
        bot: BotId,
        words: &str,
        limit: u32,
    ) -> Result<Vec<FoundStep>, StoreError> {
        let escaped = words
            .replace('\\', "\\\\")
            .replace('%', "\\%")
            .replace('_', "\\_");
        query(
            "SELECT node_name, article, question FROM step JOIN content USING (content_id) WHERE bot_id = ?1 AND \
             (node_name LIKE ?2 ESCAPE '\\' OR article LIKE ?2 ESCAPE '\\' OR question LIKE ?2 ESCAPE '\\') \
             ORDER BY node_name <> ?3 AND article <> ?3, node_name LIMIT ?4",
        )
        .bind(bot.0)
        .bind(format!("%{escaped}%"))
        .bind(words.to_owned())
        .bind(limit)
        .fetch_all(&mut *self.hold().await)
        .await
        .and_then(|rows| found_of(&rows, bot))
        .map_err(|error| self.error(error))
    }

    /// How many steps of each source are live.
    pub async fn live_by_source(&self, bot: BotId) -> Result<HashMap<String, u64>, StoreError> {
        let rows: Vec<(String, i64)> =
            query_as("SELECT source, count(*) FROM step WHERE bot_id = ?1 GROUP BY source")
                .bind(bot.0)
                .fetch_all(&mut *self.hold().await)
                .await
                .map_err(|error| self.error(error))?;
        let rows = rows.into_iter();
        Ok(rows
            .map(|(source, live)| (source, live.unsigned_abs()))
            .collect())
    }

    /// The next live steps after a name.
    pub async fn steps_after(
        &self,
        bot: BotId,
        after: &str,
        limit: u32,
    ) -> Result<Vec<FoundStep>, StoreError> {
        query(
            "SELECT node_name, article, question FROM step JOIN content USING (content_id) \
             WHERE bot_id = ?1 AND node_name > ?2 ORDER BY node_name LIMIT ?3",
        )
        .bind(bot.0)
        .bind(after.to_owned())
        .bind(limit)
        .fetch_all(&mut *self.hold().await)
        .await
        .and_then(|rows| found_of(&rows, bot))
        .map_err(|error| self.error(error))
    }

    /// An upload of a bot, if it has one of this number.
    pub async fn upload_of(
        &self,
        bot: BotId,
        upload: UploadId,
    ) -> Result<Option<UploadRecord>, StoreError> {
        let sql = format!("SELECT {COLUMNS} FROM upload WHERE bot_id = ?1 AND upload_id = ?2");
        query(AssertSqlSafe(sql))
            .bind(bot.0)
            .bind(upload.0)
            .fetch_all(&mut *self.hold().await)
            .await
            .and_then(|rows| records_of(&rows))
            .map(|mut records| records.pop())
            .map_err(|error| self.error(error))
    }

    /// What an upload did, as far as it is kept: the first rows, each with what it does and the first user
    /// message.
    pub async fn rows_of(
        &self,
        upload: UploadId,
        limit: u32,
    ) -> Result<Vec<UploadRow>, StoreError> {
        query(
            "SELECT node_name, action, question FROM upload_row WHERE upload_id = ?1 ORDER BY row LIMIT ?2",
        )
        .bind(upload.0)
        .bind(limit)
        .fetch_all(&mut *self.hold().await)
        .await
        .and_then(|rows| {
            let row = |row| {
                let row = Stored::of_its_bot(row, "version");
                Ok(UploadRow {
                    node_name: row.get("node_name")?,
                    action: row.word("action", Action::from_name)?,
                    question: row.get("question")?,
                })
            };
            rows.iter().map(row).collect()
        })
        .map_err(|error| self.error(error))
    }

    /// The names of the next live steps after a name.
    pub async fn names_after(
        &self,
        bot: BotId,
        after: &str,
        limit: u32,
    ) -> Result<Vec<String>, StoreError> {
        query_scalar(
            "SELECT node_name FROM step WHERE bot_id = ?1 AND node_name > ?2 ORDER BY node_name LIMIT ?3",
        )
        .bind(bot.0)
        .bind(after.to_owned())
        .bind(limit)
        .fetch_all(&mut *self.hold().await)
        .await
        .map_err(|error| self.error(error))
    }
}
