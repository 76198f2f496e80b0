//! What people ask about single steps: which uploads had to do with one, whether one is on its way,
//! and which steps a word may mean.

use sqlx::AssertSqlSafe;

use super::bots::BotId;
use super::decode::Stored;
use super::error::StoreError;
use super::open::Store;
use super::steps::{Quarantined, refused_of};
use super::upload::{COLUMNS, UploadRecord, change_of, records_of};
use crate::model::Change;

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

impl Store {
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
        sqlx::query(AssertSqlSafe(sql))
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
        sqlx::query(
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
        sqlx::query(
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
        sqlx::query(
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
        .and_then(|rows| {
            let found = |row| {
                let row = Stored::new(row, "step", bot);
                Ok(FoundStep {
                    node_name: row.get("node_name")?,
                    article: row.get("article")?,
                    question: row.get("question")?,
                })
            };
            rows.iter().map(found).collect()
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
        sqlx::query_scalar(
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
