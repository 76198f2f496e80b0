//! What people were told of each bot, and the messages that nobody has taken yet.

use std::collections::BTreeMap;

use sqlx::Connection as _;

use super::bots::BotId;
use super::decode::Stored;
use super::error::StoreError;
use super::open::Store;
use crate::clock::Millis;
use crate::model::{CauseKind, Message, StandingCause};

fn message_of(row: Stored<'_>) -> Result<Message, sqlx::Error> {
    Ok(Message {
        id: row.get("message_id")?,
        bot: row.get("domain_name")?,
        kind: row.get("kind")?,
        is_over: row.flag("is_over")?,
        since: row.get("since")?,
        words: row.get("words")?,
        at: row.get("at")?,
        attempts: row.get("attempts")?,
    })
}

fn standing_of(row: Stored<'_>) -> Result<(CauseKind, StandingCause), sqlx::Error> {
    let standing = StandingCause {
        since: row.get("since")?,
        told: row.optional_count("told")?,
    };
    Ok((row.word("kind", CauseKind::from_name)?, standing))
}

impl Store {
    /// What stood against a bot when people were last told.
    pub async fn standing(
        &self,
        bot: BotId,
    ) -> Result<BTreeMap<CauseKind, StandingCause>, StoreError> {
        let rows = sqlx::query("SELECT kind, since, told FROM cause WHERE bot_id = ?1")
            .bind(bot.0)
            .fetch_all(&mut *self.hold().await)
            .await
            .map_err(|error| self.error(error))?;
        let entry = |row| standing_of(Stored::new(row, "cause", bot));
        let all: Result<_, _> = rows.iter().map(entry).collect();
        all.map_err(|error| self.error(error))
    }

    /// Keeps what stands against a bot now, together with what is to be told of it.
    pub async fn tell(
        &self,
        bot: BotId,
        standing: &BTreeMap<CauseKind, StandingCause>,
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

    /// The oldest message after this number that nobody has taken, and when it is due.
    pub async fn message_after(&self, id: i64) -> Result<Option<(Message, Millis)>, StoreError> {
        sqlx::query(
            "SELECT message_id, bot_id, domain_name, kind, is_over, since, words, at, attempts, due \
             FROM message JOIN bot USING (bot_id) WHERE message_id > ?1 ORDER BY message_id LIMIT 1",
        )
        .bind(id)
        .fetch_optional(&mut *self.hold().await)
        .await
        .and_then(|row| {
            let Some(row) = row else { return Ok(None) };
            let row = Stored::of_its_bot(&row, "message");
            let due = row.get("due")?;
            Ok(Some((message_of(row)?, due)))
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
