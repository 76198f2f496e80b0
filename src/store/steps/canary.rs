//! The canaries: what is wanted of them, what bots answered when they were asked for them, and what people said of
//! them. No step, count or list of the knowledge base has anything of it.

use sqlx::AssertSqlSafe;

use crate::model::{Canary, CanaryReading, CanaryWish};
use crate::store::actions::{ActionRecord, insert_action};
use crate::store::bots::BotId;
use crate::store::database::{Row, query};
use crate::store::decode::Stored;
use crate::store::error::StoreError;
use crate::store::open::Store;

const COLUMNS: &str = "owner, wish, revision, confirmed_at, tried, refused, refused_at, reading, at, verified_at, \
                       contradictions, next_at, stopped_at, stopped_by";

fn canary_of(row: &Row, bot: BotId) -> Result<Canary, sqlx::Error> {
    let row = Stored::new(row, "canary", bot);
    let contradictions = row.count("contradictions")?;
    Ok(Canary {
        owner: row.get("owner")?,
        wish: row.word("wish", CanaryWish::from_name)?,
        revision: row.optional("revision")?,
        confirmed_at: row.optional("confirmed_at")?,
        tried: row.optional("tried")?,
        refused: row.optional("refused")?,
        refused_at: row.optional("refused_at")?,
        reading: row.optional_word("reading", CanaryReading::from_name)?,
        at: row.optional("at")?,
        verified_at: row.optional("verified_at")?,
        contradictions: u32::try_from(contradictions)
            .map_err(|_| row.unreadable("contradictions"))?,
        next_at: row.optional("next_at")?,
        stopped_at: row.optional("stopped_at")?,
        stopped_by: row.optional_word("stopped_by", CanaryReading::from_name)?,
    })
}

impl Store {
    /// The canary of a bot, where it ever had one.
    pub async fn canary(&self, bot: BotId) -> Result<Option<Canary>, StoreError> {
        let sql = format!("SELECT {COLUMNS} FROM canary WHERE bot_id = ?1");
        query(AssertSqlSafe(sql))
            .bind(bot.0)
            .fetch_optional(&mut *self.hold().await)
            .await
            .and_then(|row| row.map(|row| canary_of(&row, bot)).transpose())
            .map_err(|error| self.error(error))
    }

    /// What the configuration wants now. The first time, the bot gets an owner by which its canary is known.
    pub async fn wish_canary(&self, bot: BotId, wish: CanaryWish) -> Result<(), StoreError> {
        query(
            "INSERT INTO canary (bot_id, owner, wish) VALUES (?1, ?3, ?2) \
             ON CONFLICT (bot_id) DO UPDATE SET wish = excluded.wish, refused = NULL, refused_at = NULL",
        )
        .bind(bot.0)
        .bind(wish.name())
        .bind(format!("{:016x}", fastrand::u64(..)))
        .execute(&mut *self.hold().await)
        .await
        .map(drop)
        .map_err(|error| self.error(error))
    }

    /// Keeps what the bot answered, unless the canary is another one by now.
    pub async fn keep_canary_heard(&self, bot: BotId, canary: &Canary) -> Result<(), StoreError> {
        query(
            "UPDATE canary SET reading = ?3, at = ?4, verified_at = ?5, contradictions = ?6, next_at = ?7, \
               stopped_at = ?8, stopped_by = ?9 WHERE bot_id = ?1 AND revision = ?2",
        )
        .bind(bot.0)
        .bind(canary.revision)
        .bind(canary.reading.map(CanaryReading::name))
        .bind(canary.at)
        .bind(canary.verified_at)
        .bind(canary.contradictions)
        .bind(canary.next_at)
        .bind(canary.stopped_at)
        .bind(canary.stopped_by.map(CanaryReading::name))
        .execute(&mut *self.hold().await)
        .await
        .map(drop)
        .map_err(|error| self.error(error))
    }

    /// A person says that what was found of the canary is dealt with.
    pub async fn resume_canary(
        &self,
        bot: BotId,
        canary: Canary,
        action: &ActionRecord,
    ) -> Result<(), StoreError> {
        let canary = canary.resumed();
        self.transaction(async |transaction| {
            query(
                "UPDATE canary SET revision = NULL, confirmed_at = NULL, tried = ?2, refused = NULL, refused_at = NULL, \
                   reading = NULL, at = NULL, contradictions = 0, next_at = NULL, stopped_at = NULL, stopped_by = NULL \
                 WHERE bot_id = ?1",
            )
            .bind(bot.0)
            .bind(canary.tried)
            .execute(&mut *transaction)
            .await?;
            insert_action(transaction, action).await?;
            Ok(())
        })
        .await
    }
}
