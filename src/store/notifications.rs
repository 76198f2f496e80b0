//! What people were told of each bot, and the messages that nobody has taken yet.

use std::collections::BTreeMap;

use sqlx::sqlite::SqliteRow;
use sqlx::{Connection as _, Row as _};

use super::{BotId, Store, StoreError};
use crate::clock::Millis;
use crate::notify::{Kind, Message, Standing};

fn message_of(row: &SqliteRow) -> Message {
    Message {
        id: row.get("message_id"),
        bot: row.get("domain_name"),
        kind: row.get("kind"),
        is_over: row.get("is_over"),
        since: row.get("since"),
        words: row.get("words"),
        at: row.get("at"),
        attempts: row.get("attempts"),
    }
}

impl Store {
    /// What stood against a bot when people were last told.
    pub async fn standing(&self, bot: BotId) -> Result<BTreeMap<Kind, Standing>, StoreError> {
        let rows = sqlx::query("SELECT kind, since, told FROM cause WHERE bot_id = ?1")
            .bind(bot.0)
            .fetch_all(&mut *self.hold().await)
            .await
            .map_err(|error| self.error(error))?;
        let entry = |row: &SqliteRow| {
            let told: Option<i64> = row.get("told");
            let standing = Standing {
                since: row.get("since"),
                told: told.and_then(|told| u64::try_from(told).ok()),
            };
            Some((Kind::from_name(row.get("kind"))?, standing))
        };
        Ok(rows.iter().filter_map(entry).collect())
    }

    /// Keeps what stands against a bot now, together with what is to be told of it.
    pub async fn tell(
        &self,
        bot: BotId,
        standing: &BTreeMap<Kind, Standing>,
        messages: &[Message],
    ) -> Result<(), StoreError> {
        let mut held = self.hold().await;
        let told: Result<(), sqlx::Error> = async {
            let mut transaction = held.begin_with("BEGIN IMMEDIATE").await?;
            sqlx::query("DELETE FROM cause WHERE bot_id = ?1")
                .bind(bot.0)
                .execute(&mut *transaction)
                .await?;
            for (kind, entry) in standing {
                sqlx::query(
                    "INSERT INTO cause (bot_id, kind, since, told) VALUES (?1, ?2, ?3, ?4)",
                )
                .bind(bot.0)
                .bind(kind.name())
                .bind(entry.since)
                .bind(
                    entry
                        .told
                        .map(|told| i64::try_from(told).unwrap_or(i64::MAX)),
                )
                .execute(&mut *transaction)
                .await?;
            }
            for message in messages {
                sqlx::query(
                    "INSERT INTO message (bot_id, kind, is_over, since, words, at) \
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                )
                .bind(bot.0)
                .bind(message.kind.clone())
                .bind(message.is_over)
                .bind(message.since)
                .bind(message.words.clone())
                .bind(message.at)
                .execute(&mut *transaction)
                .await?;
            }
            transaction.commit().await
        }
        .await;
        told.map_err(|error| self.error(error))
    }

    /// The oldest message that nobody has taken, if it is due; later ones wait behind it.
    pub async fn next_message(&self, now: Millis) -> Result<Option<Message>, StoreError> {
        sqlx::query(
            "SELECT message_id, domain_name, kind, is_over, since, words, at, attempts, due \
             FROM message JOIN bot USING (bot_id) ORDER BY message_id LIMIT 1",
        )
        .fetch_optional(&mut *self.hold().await)
        .await
        .map(|row| {
            row.filter(|row| row.get::<Millis, _>("due") <= now)
                .as_ref()
                .map(message_of)
        })
        .map_err(|error| self.error(error))
    }

    /// Has every message go at once that waits for its next try.
    pub async fn hurry_messages(&self) -> Result<(), StoreError> {
        sqlx::query("UPDATE message SET due = 0")
            .execute(&mut *self.hold().await)
            .await
            .map(drop)
            .map_err(|error| self.error(error))
    }

    /// A message was taken, or is given up.
    pub async fn end_message(&self, id: i64) -> Result<(), StoreError> {
        sqlx::query("DELETE FROM message WHERE message_id = ?1")
            .bind(id)
            .execute(&mut *self.hold().await)
            .await
            .map(drop)
            .map_err(|error| self.error(error))
    }

    /// A message was not taken and is due again later.
    pub async fn postpone_message(&self, id: i64, due: Millis) -> Result<(), StoreError> {
        sqlx::query("UPDATE message SET attempts = attempts + 1, due = ?2 WHERE message_id = ?1")
            .bind(id)
            .bind(due)
            .execute(&mut *self.hold().await)
            .await
            .map(drop)
            .map_err(|error| self.error(error))
    }
}
