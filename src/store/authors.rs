//! Who wrote the articles, and what each author was last written about them.

use std::collections::{BTreeMap, HashMap};

use ecow::EcoString;

use super::BATCH;
use super::bots::BotId;
use super::decode::json;
use super::error::StoreError;
use super::notifications::insert_message;
use super::open::Store;
use crate::clock::Millis;
use crate::model::{ArticleKey, Message};
use crate::store::database::{Connection, query, query_as};

/// Articles that went live are looked through to this number.
const MOST_LIVE: u32 = 10_000;

/// An article of an author that went live.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WentLive {
    /// The author.
    pub address: String,
    /// Its step.
    pub node_name: String,
    /// Its questions, as the step has them.
    pub question: String,
    /// When.
    pub at: Millis,
}

/// What an author was last written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LastDigest {
    /// When.
    pub at: Millis,
    /// What of it is told again only when it changes.
    pub told: Vec<String>,
}

impl Store {
    /// Keeps who wrote the articles of a source that were parsed. `is_whole`: what is neither among them nor known
    /// otherwise is gone.
    pub async fn keep_authors(
        &self,
        bot: BotId,
        source: &str,
        authors: &[(EcoString, Option<EcoString>)],
        is_whole: bool,
    ) -> Result<(), StoreError> {
        self.transaction(async |transaction| {
            if is_whole {
                forget_gone(transaction, bot, source).await?;
            }
            for some in authors.chunks(BATCH) {
                keep_some(transaction, bot, source, some).await?;
            }
            Ok(())
        })
        .await
    }

    /// Forgets the authors of all sources but these.
    pub async fn forget_authors_besides(
        &self,
        bot: BotId,
        sources: &[&str],
    ) -> Result<(), StoreError> {
        query(
            "DELETE FROM author WHERE bot_id = ?1 AND source NOT IN (SELECT value FROM json_each(?2))",
        )
        .bind(bot.0)
        .bind(json(sources).map_err(|error| self.error(error))?)
        .execute(&mut *self.hold().await)
        .await
        .map(drop)
        .map_err(|error| self.error(error))
    }

    /// The authors of these articles, as far as they are known.
    pub async fn authors_of<'k>(
        &self,
        bot: BotId,
        keys: &[&'k ArticleKey],
    ) -> Result<HashMap<&'k ArticleKey, String>, StoreError> {
        let mut authors = HashMap::new();
        let mut held = self.hold().await;
        for some in keys.chunks(BATCH) {
            let wanted: Vec<(&str, &str)> = some
                .iter()
                .map(|key| (&*key.source, &*key.article))
                .collect();
            let found: Vec<(i64, String)> = query_as(
                "SELECT wanted.key, address FROM json_each(?2) AS wanted CROSS JOIN author \
                 ON author.bot_id = ?1 AND source = wanted.value ->> 0 AND article = wanted.value ->> 1",
            )
            .bind(bot.0)
            .bind(json(&wanted).map_err(|error| self.error(error))?)
            .fetch_all(&mut held)
            .await
            .map_err(|error| self.error(error))?;
            for (at, address) in found {
                let key = usize::try_from(at).ok().and_then(|at| some.get(at));
                authors.extend(key.map(|key| (*key, address)));
            }
        }
        Ok(authors)
    }

    /// What of authors went live after a time, and still is, newest first. What a person has taken over as live does
    /// not count.
    pub async fn went_live(&self, bot: BotId, after: Millis) -> Result<Vec<WentLive>, StoreError> {
        let rows: Vec<(String, String, String, Millis)> = query_as(
            "SELECT address, version.node_name, question, settled_at FROM upload \
             CROSS JOIN content ON content_id BETWEEN upload.upload_id << 32 AND (upload.upload_id << 32) + 4294967295 \
             CROSS JOIN version ON version.bot_id = upload.bot_id AND version.node_name = content.name \
               AND version.upload_id = upload.upload_id \
             CROSS JOIN author ON author.bot_id = version.bot_id AND author.source = version.source \
               AND author.article = version.article \
             WHERE upload.bot_id = ?1 AND settled_at > ?2 AND state = 'succeeded' AND purpose <> 'import' \
               AND until IS NULL AND action <> 'remove' ORDER BY settled_at DESC, version.node_name LIMIT ?3",
        )
        .bind(bot.0)
        .bind(after)
        .bind(MOST_LIVE)
        .fetch_all(&mut *self.hold().await)
        .await
        .map_err(|error| self.error(error))?;
        let live = rows.into_iter();
        let live = live.map(|(address, node_name, question, at)| WentLive {
            address,
            node_name,
            question,
            at,
        });
        Ok(live.collect())
    }

    /// What the authors were last written by a receiver, by address; that of no address is since when it writes, which
    /// is now where it has not yet.
    pub async fn last_digests(
        &self,
        receiver: &str,
        now: Millis,
    ) -> Result<BTreeMap<String, LastDigest>, StoreError> {
        self.transaction(async |transaction| {
            query(
                "INSERT OR IGNORE INTO digest (receiver, address, at, told) VALUES (?1, '', ?2, '[]')",
            )
            .bind(receiver.to_owned())
            .bind(now)
            .execute(&mut *transaction)
            .await?;
            let rows: Vec<(String, Millis, String)> =
                query_as("SELECT address, at, told FROM digest WHERE receiver = ?1")
                    .bind(receiver.to_owned())
                    .fetch_all(&mut *transaction)
                    .await?;
            let last = |(address, at, told): (String, Millis, String)| {
                // What cannot be read back was not told.
                let told = serde_json::from_str(&told).unwrap_or_default();
                (address, LastDigest { at, told })
            };
            Ok(rows.into_iter().map(last).collect())
        })
        .await
    }

    /// Keeps a mail to an author until it is sent, and what it tells.
    pub async fn write_digest(&self, message: &Message, told: &[String]) -> Result<(), StoreError> {
        self.transaction(async |transaction| {
            query(
                "INSERT OR REPLACE INTO digest (receiver, address, at, told) VALUES (?1, ?2, ?3, ?4)",
            )
            .bind(message.receiver.clone())
            .bind(message.recipient.clone().unwrap_or_default())
            .bind(message.at)
            .bind(json(told)?)
            .execute(&mut *transaction)
            .await?;
            insert_message(transaction, None, message).await
        })
        .await
    }

    /// Forgets what receivers were told that have no digest any more.
    pub async fn forget_digests_besides(&self, receivers: &[&str]) -> Result<(), StoreError> {
        query("DELETE FROM digest WHERE receiver NOT IN (SELECT value FROM json_each(?1))")
            .bind(json(receivers).map_err(|error| self.error(error))?)
            .execute(&mut *self.hold().await)
            .await
            .map(drop)
            .map_err(|error| self.error(error))
    }
}

async fn keep_some(
    connection: &mut Connection,
    bot: BotId,
    source: &str,
    some: &[(EcoString, Option<EcoString>)],
) -> Result<(), sqlx::Error> {
    let rows: Vec<(&str, Option<&str>)> = some
        .iter()
        .map(|(article, address)| (&**article, address.as_deref()))
        .collect();
    let rows = json(&rows)?;
    for sql in [
        "DELETE FROM author WHERE bot_id = ?1 AND source = ?2 \
         AND article IN (SELECT value ->> 0 FROM json_each(?3) WHERE value ->> 1 IS NULL)",
        "INSERT INTO author (bot_id, source, article, address) \
         SELECT ?1, ?2, value ->> 0, value ->> 1 FROM json_each(?3) WHERE value ->> 1 IS NOT NULL \
         ON CONFLICT (bot_id, source, article) DO UPDATE SET address = excluded.address WHERE author.address <> excluded.address",
    ] {
        query(sql)
            .bind(bot.0)
            .bind(source.to_owned())
            .bind(rows.clone())
            .execute(&mut *connection)
            .await?;
    }
    Ok(())
}

/// Forgets the authors of articles of which nothing is live, refused or held.
async fn forget_gone(
    connection: &mut Connection,
    bot: BotId,
    source: &str,
) -> Result<(), sqlx::Error> {
    query(
        "DELETE FROM author WHERE bot_id = ?1 AND source = ?2 \
         AND article NOT IN (SELECT article FROM step WHERE bot_id = ?1 AND source = ?2) \
         AND article NOT IN (SELECT article FROM quarantine WHERE bot_id = ?1 AND source = ?2) \
         AND article NOT IN (SELECT article FROM held_change WHERE bot_id = ?1 AND source = ?2)",
    )
    .bind(bot.0)
    .bind(source.to_owned())
    .execute(connection)
    .await
    .map(drop)
}
