//! Content that is not what was written down: a disk gives back something else, or a hand was in the
//! state. Beside each content lies its digest, and what goes out is held against it.

use super::bots::BotId;
use super::decode::{Stored, json};
use super::error::StoreError;
use super::open::Store;
use super::upload::UploadRecord;
use crate::model::Step;
use crate::sabotage::{self, Sabotage};
use crate::store::database::{Row, query, query_as};

/// Steps that are looked at together.
const PAGE: i64 = 2000;

impl Store {
    /// The step of a row, if it says what its digest says.
    pub(super) fn sound(
        &self,
        row: &Row,
        table: &'static str,
        bot: BotId,
    ) -> Result<Step, StoreError> {
        let stored = Stored::new(row, table, bot);
        let digest = stored.digest("digest").map_err(|error| self.error(error))?;
        let name: String = stored.get("node_name").map_err(|error| self.error(error))?;
        // Text that cannot even be read is altered text.
        let step = stored.step().ok();
        let step =
            step.filter(|step| step.digest() == digest || sabotage::is(Sabotage::RotUnverified));
        step.ok_or_else(|| self.rotten(bot, format!("step \"{name}\"")))
    }

    fn rotten(&self, bot: BotId, what: String) -> StoreError {
        let name = self.names().get(&bot).cloned();
        StoreError::Rotten {
            path: self.path_of_file().to_path_buf(),
            bot: name.unwrap_or_else(|| format!("bot_id {}", bot.0)),
            what,
        }
    }

    /// Whether the CSV of an upload can be made again, to the byte.
    pub async fn check_csv(&self, record: &UploadRecord) -> Result<(), StoreError> {
        let mut hasher = blake3::Hasher::new();
        let mut cursor = Some(Self::csv_start(record));
        let mut first = true;
        while let Some(at) = cursor {
            let (bytes, _, next) = self.csv_page(record, at, first).await?;
            hasher.update(&bytes);
            (cursor, first) = (next, false);
        }
        if hasher.finalize().as_bytes()[..16] == record.csv_digest {
            return Ok(());
        }
        Err(self.rotten(record.bot, format!("upload {}", record.id.0)))
    }

    /// Gives live steps that are in doubt the content that an upload of a whole set has for them from
    /// their sources, where it is the same by its digest. So a recovery has it too if the upload fails.
    pub(super) async fn restore_from(&self, record: &UploadRecord) -> Result<(), StoreError> {
        let mut held = self.hold().await;
        let altered: Vec<(i64, i64)> = query_as(
            "SELECT live.content_id, new.content_id FROM uncertain AS doubt \
             CROSS JOIN step ON step.bot_id = doubt.bot_id AND step.node_name = doubt.node_name \
             CROSS JOIN version AS changed ON changed.bot_id = doubt.bot_id AND changed.node_name = step.node_name \
               AND changed.upload_id = ?1 AND changed.digest = step.digest \
             CROSS JOIN content AS live ON live.content_id = step.content_id \
             CROSS JOIN content AS new ON new.content_id = (changed.upload_id << 32) + changed.row \
             WHERE doubt.bot_id = ?2 AND (live.question <> new.question OR live.answer <> new.answer)",
        )
        .bind(record.id.0)
        .bind(record.bot.0)
        .fetch_all(&mut held)
        .await
        .map_err(|error| self.error(error))?;
        for (live, new) in altered {
            query(
                "UPDATE content SET (question, answer) = \
                 (SELECT question, answer FROM content WHERE content_id = ?2) WHERE content_id = ?1",
            )
            .bind(live)
            .bind(new)
            .execute(&mut held)
            .await
            .map_err(|error| self.error(error))?;
        }
        Ok(())
    }

    /// Doubts the live steps whose content is not what was written down, so that they are read from
    /// their sources and uploaded again. Says which were not in doubt before.
    pub async fn doubt_rotten(&self, bot: BotId) -> Result<Vec<String>, StoreError> {
        let mut rotten = Vec::new();
        let mut after = String::new();
        loop {
            let rows = query(
                "SELECT node_name, digest, question, answer FROM step JOIN content USING (content_id) \
                 WHERE bot_id = ?1 AND node_name > ?2 AND NOT EXISTS (SELECT 1 FROM uncertain \
                   WHERE uncertain.bot_id = step.bot_id AND uncertain.node_name = step.node_name) \
                 ORDER BY node_name LIMIT ?3",
            )
            .bind(bot.0)
            .bind(after.clone())
            .bind(PAGE)
            .fetch_all(&mut *self.hold().await)
            .await
            .map_err(|error| self.error(error))?;
            if rows.is_empty() {
                break;
            }
            for row in &rows {
                let name = Stored::new(row, "step", bot).get::<String>("node_name");
                after = name.map_err(|error| self.error(error))?;
                match self.sound(row, "step", bot) {
                    Err(StoreError::Rotten { .. }) => rotten.push(after.clone()),
                    looked_at => drop(looked_at?),
                }
            }
        }
        if !rotten.is_empty() {
            query(
                "INSERT OR IGNORE INTO uncertain (bot_id, node_name, source, article) \
                 SELECT bot_id, node_name, source, article FROM step \
                 WHERE bot_id = ?1 AND node_name IN (SELECT value FROM json_each(?2))",
            )
            .bind(bot.0)
            .bind(json(&rotten).map_err(|error| self.error(error))?)
            .execute(&mut *self.hold().await)
            .await
            .map_err(|error| self.error(error))?;
        }
        Ok(rotten)
    }
}
