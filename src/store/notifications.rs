//! What people were told of each bot and of the service, and the messages that their receivers have not
//! taken yet.

use std::collections::BTreeMap;

use super::bots::BotId;
use super::decode::{Stored, json};
use super::error::StoreError;
use super::open::Store;
use crate::clock::Millis;
use crate::model::{CauseKind, Message, OngoingCause};
use crate::store::database::{Connection, Done, Row, query, query_as};

fn message_of(row: Stored<'_>) -> Result<Message, sqlx::Error> {
    let names = serde_json::from_str(row.get("names")?);
    Ok(Message {
        id: row.get("message_id")?,
        receiver: row.get("receiver")?,
        recipient: row.optional("recipient")?,
        bot: row.optional("domain_name")?,
        kind: row.get("kind")?,
        is_over: row.flag("is_over")?,
        since: row.get("since")?,
        count: row.count("count")?,
        names: names.map_err(|_| row.unreadable("names"))?,
        words: row.get("words")?,
        at: row.get("at")?,
        attempts: row.get("attempts")?,
    })
}

fn ongoing_of(row: Stored<'_>) -> Result<(CauseKind, OngoingCause), sqlx::Error> {
    let ongoing = OngoingCause {
        since: row.get("since")?,
        told: row.optional_count("told")?,
    };
    Ok((row.word("kind", CauseKind::from_name)?, ongoing))
}

/// A number as SQLite has it.
fn whole(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

impl Store {
    /// What stood against a bot, or against the service, when people were last told.
    pub async fn ongoing(
        &self,
        bot: Option<BotId>,
    ) -> Result<BTreeMap<CauseKind, OngoingCause>, StoreError> {
        let query = match bot {
            Some(bot) => query("SELECT kind, since, told FROM cause WHERE bot_id = ?1").bind(bot.0),
            None => query("SELECT kind, since, told FROM service_cause"),
        };
        let rows = query
            .fetch_all(&mut *self.hold().await)
            .await
            .map_err(|error| self.error(error))?;
        let entry = |row: &Row| {
            ongoing_of(match bot {
                Some(bot) => Stored::new(row, "cause", bot),
                None => Stored::of_its_bot(row, "service_cause"),
            })
        };
        let all: Result<_, _> = rows.iter().map(entry).collect();
        all.map_err(|error| self.error(error))
    }

    /// Keeps what stands against a bot, or against the service, now, together with what is to be told of it.
    pub async fn tell(
        &self,
        bot: Option<BotId>,
        ongoing: &BTreeMap<CauseKind, OngoingCause>,
        messages: &[Message],
    ) -> Result<(), StoreError> {
        self.transaction(async |transaction| {
            replace_ongoing(transaction, bot, ongoing).await?;
            for message in messages {
                insert_message(transaction, bot, message).await?;
            }
            Ok(())
        })
        .await
    }

    /// The oldest message to a receiver after this number that it has not taken, and when it is due.
    pub async fn message_after(
        &self,
        receiver: &str,
        id: i64,
    ) -> Result<Option<(Message, Millis)>, StoreError> {
        query(
            "SELECT message_id, receiver, recipient, bot_id, domain_name, kind, is_over, since, count, names, words, at, attempts, due \
             FROM message LEFT JOIN bot USING (bot_id) WHERE receiver = ?1 AND message_id > ?2 ORDER BY message_id LIMIT 1",
        )
        .bind(receiver.to_owned())
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
        query("UPDATE message SET due = 0")
            .execute(&mut *self.hold().await)
            .await
            .map(drop)
            .map_err(|error| self.error(error))
    }

    /// Gives up the messages to receivers that are not among these, and says how many there were.
    pub async fn drop_messages_besides(&self, receivers: &[&str]) -> Result<u64, StoreError> {
        query("DELETE FROM message WHERE receiver NOT IN (SELECT value FROM json_each(?1))")
            .bind(json(receivers).map_err(|error| self.error(error))?)
            .execute(&mut *self.hold().await)
            .await
            .map(Done::rows_affected)
            .map_err(|error| self.error(error))
    }

    /// How many messages each receiver has not taken yet.
    pub async fn undelivered(&self) -> Result<BTreeMap<String, u64>, StoreError> {
        let rows: Vec<(String, i64)> =
            query_as("SELECT receiver, count(*) FROM message GROUP BY receiver")
                .fetch_all(&mut *self.hold().await)
                .await
                .map_err(|error| self.error(error))?;
        let count = |(receiver, count)| (receiver, u64::try_from(count).unwrap_or(0));
        Ok(rows.into_iter().map(count).collect())
    }

    /// A message was taken, or is given up.
    pub async fn end_message(&self, id: i64) -> Result<(), StoreError> {
        query("DELETE FROM message WHERE message_id = ?1")
            .bind(id)
            .execute(&mut *self.hold().await)
            .await
            .map(drop)
            .map_err(|error| self.error(error))
    }

    /// A message was not taken and is due again later.
    pub async fn postpone_message(&self, id: i64, due: Millis) -> Result<(), StoreError> {
        query("UPDATE message SET attempts = attempts + 1, due = ?2 WHERE message_id = ?1")
            .bind(id)
            .bind(due)
            .execute(&mut *self.hold().await)
            .await
            .map(drop)
            .map_err(|error| self.error(error))
    }
}

async fn replace_ongoing(
    transaction: &mut Connection,
    bot: Option<BotId>,
    ongoing: &BTreeMap<CauseKind, OngoingCause>,
) -> Result<(), sqlx::Error> {
    let clear = match bot {
        Some(bot) => query("DELETE FROM cause WHERE bot_id = ?1").bind(bot.0),
        None => query("DELETE FROM service_cause"),
    };
    clear.execute(&mut *transaction).await?;
    for (kind, entry) in ongoing {
        let query = match bot {
            Some(bot) => {
                query("INSERT INTO cause (kind, since, told, bot_id) VALUES (?1, ?2, ?3, ?4)")
                    .bind(kind.name())
                    .bind(entry.since)
                    .bind(entry.told.map(whole))
                    .bind(bot.0)
            }
            None => query("INSERT INTO service_cause (kind, since, told) VALUES (?1, ?2, ?3)")
                .bind(kind.name())
                .bind(entry.since)
                .bind(entry.told.map(whole)),
        };
        query.execute(&mut *transaction).await?;
    }
    Ok(())
}

pub(super) async fn insert_message(
    transaction: &mut Connection,
    bot: Option<BotId>,
    message: &Message,
) -> Result<(), sqlx::Error> {
    query(
        "INSERT INTO message (receiver, bot_id, kind, is_over, since, count, names, words, at, recipient) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
    )
    .bind(message.receiver.clone())
    .bind(bot.map(|bot| bot.0))
    .bind(message.kind.clone())
    .bind(message.is_over)
    .bind(message.since)
    .bind(whole(message.count))
    .bind(json(&message.names)?)
    .bind(message.words.clone())
    .bind(message.at)
    .bind(message.recipient.clone())
    .execute(&mut *transaction)
    .await
    .map(drop)
}
