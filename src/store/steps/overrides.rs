//! What people have said against articles: which steps are withdrawn, which say again what they said before, and
//! which are kept although their articles are gone. The last have the digest of a removal: their article says nothing.

use std::collections::BTreeMap;

use super::as_of::renew_mark;
use crate::model::{Digest, Step, StepOverride, UploadId};
use crate::store::actions::{ActionRecord, insert_action};
use crate::store::bots::BotId;
use crate::store::database::{Connection, query, query_as, query_scalar};
use crate::store::decode::{Stored, json};
use crate::store::error::StoreError;
use crate::store::open::Store;

fn override_of(row: Stored<'_>) -> Result<(String, StepOverride), sqlx::Error> {
    let name: String = row.get("node_name")?;
    let put_back = match row.optional::<String>("question")? {
        None => None,
        Some(question) => {
            let step = Step {
                node_name: name.clone(),
                question,
                answer: row.get("answer")?,
            };
            if step.digest() != row.digest("put_back")? {
                return Err(row.unreadable("answer"));
            }
            Some((step, UploadId(row.get("upload_id")?)))
        }
    };
    let spoken = StepOverride {
        key: row.key()?,
        of: row.digest("digest")?,
        put_back,
        since: row.get("since")?,
        who: row.get("who")?,
        reason: row.get("reason")?,
    };
    Ok((name, spoken))
}

impl Store {
    /// The steps of which a person wants something else than their articles say, by name.
    pub async fn overrides(
        &self,
        bot: BotId,
    ) -> Result<BTreeMap<String, StepOverride>, StoreError> {
        let rows = query(
            "SELECT node_name, source, article, digest, question, answer, put_back, upload_id, since, who, reason \
             FROM step_override WHERE bot_id = ?1",
        )
        .bind(bot.0)
        .fetch_all(&mut *self.hold().await)
        .await
        .map_err(|error| self.error(error))?;
        rows.iter()
            .map(|row| override_of(Stored::new(row, "step_override", bot)))
            .collect::<Result<_, _>>()
            .map_err(|error| self.error(error))
    }

    /// How many steps are withdrawn, how many are put back, and how many are kept.
    pub async fn overridden(&self, bot: BotId) -> Result<[u64; 3], StoreError> {
        let counts: (i64, i64, i64) = query_as(
            "SELECT count(*) FILTER (WHERE question IS NULL AND digest <> zeroblob(16)), count(question), \
               count(*) FILTER (WHERE question IS NULL AND digest = zeroblob(16)) \
             FROM step_override WHERE bot_id = ?1",
        )
        .bind(bot.0)
        .fetch_one(&mut *self.hold().await)
        .await
        .map_err(|error| self.error(error))?;
        Ok([counts.0, counts.1, counts.2].map(i64::unsigned_abs))
    }

    /// Writes down that a person keeps these live steps although their articles are gone, and takes back whatever let
    /// them go. All or none: gives the first one back whose removal is not open any more, because an upload is to
    /// carry it out.
    pub async fn keep_steps(
        &self,
        bot: BotId,
        steps: &[(String, StepOverride)],
        action: &ActionRecord,
    ) -> Result<Option<String>, StoreError> {
        self.transaction(async |transaction| {
            for (name, _) in steps {
                if !is_open(transaction, bot, name).await? {
                    return Ok(Some(name.clone()));
                }
            }
            for (name, spoken) in steps {
                insert_override(transaction, bot, name, spoken).await?;
                for sql in [
                    "DELETE FROM approval WHERE bot_id = ?1 AND node_name = ?2",
                    "DELETE FROM open_removal WHERE bot_id = ?1 AND node_name = ?2",
                ] {
                    query(sql)
                        .bind(bot.0)
                        .bind(name.clone())
                        .execute(&mut *transaction)
                        .await?;
                }
            }
            renew_mark(transaction, bot).await?;
            insert_action(transaction, action).await?;
            Ok(None)
        })
        .await
    }

    /// Writes down what a person wants of a step, and who it was. A removal that follows from it counts as
    /// released.
    pub async fn override_step(
        &self,
        bot: BotId,
        name: &str,
        spoken: &StepOverride,
        action: &ActionRecord,
    ) -> Result<(), StoreError> {
        self.transaction(async |transaction| {
            insert_override(transaction, bot, name, spoken).await?;
            if spoken.put_back.is_none() {
                query(
                    "INSERT OR IGNORE INTO approval (bot_id, node_name, approved_at) VALUES (?1, ?2, ?3)",
                )
                .bind(bot.0)
                .bind(name.to_owned())
                .bind(spoken.since)
                .execute(&mut *transaction)
                .await?;
            }
            renew_mark(transaction, bot).await?;
            insert_action(transaction, action).await?;
            Ok(())
        })
        .await
    }

    /// These steps follow their articles again.
    pub async fn end_overrides(
        &self,
        bot: BotId,
        names: &[String],
        action: &ActionRecord,
    ) -> Result<(), StoreError> {
        self.transaction(async |transaction| {
            for name in names {
                for sql in [
                    "DELETE FROM step_override WHERE bot_id = ?1 AND node_name = ?2",
                    "DELETE FROM approval WHERE bot_id = ?1 AND node_name = ?2",
                ] {
                    query(sql)
                        .bind(bot.0)
                        .bind(name.clone())
                        .execute(&mut *transaction)
                        .await?;
                }
            }
            renew_mark(transaction, bot).await?;
            insert_action(transaction, action).await?;
            Ok(())
        })
        .await
    }

    /// What these articles come out as now; what a person has said of them stands.
    pub async fn renew_overrides(
        &self,
        bot: BotId,
        renewed: &[(String, Digest)],
    ) -> Result<(), StoreError> {
        let mut held = self.hold().await;
        for (name, digest) in renewed {
            query("UPDATE step_override SET digest = ?3 WHERE bot_id = ?1 AND node_name = ?2")
                .bind(bot.0)
                .bind(name.clone())
                .bind(digest.0.to_vec())
                .execute(&mut held)
                .await
                .map_err(|error| self.error(error))?;
        }
        Ok(())
    }
}

/// Whether a step may still be kept: its removal is open, or it is kept already.
async fn is_open(connection: &mut Connection, bot: BotId, name: &str) -> Result<bool, sqlx::Error> {
    query_scalar(
        "SELECT EXISTS (SELECT 1 FROM open_removal WHERE bot_id = ?1 AND node_name = ?2 AND kind <> 'leaving') \
         OR EXISTS (SELECT 1 FROM step_override WHERE bot_id = ?1 AND node_name = ?2 \
           AND question IS NULL AND digest = zeroblob(16))",
    )
    .bind(bot.0)
    .bind(name.to_owned())
    .fetch_one(connection)
    .await
}

/// These steps are kept no more, because a person lets them go after all.
pub(super) async fn end_keeping(
    connection: &mut Connection,
    bot: BotId,
    names: &[String],
) -> Result<(), sqlx::Error> {
    let ended = query(
        "DELETE FROM step_override WHERE bot_id = ?1 AND question IS NULL AND digest = zeroblob(16) \
         AND node_name IN (SELECT value FROM json_each(?2))",
    )
    .bind(bot.0)
    .bind(json(names)?)
    .execute(&mut *connection)
    .await?;
    if ended.rows_affected() > 0 {
        renew_mark(connection, bot).await?;
    }
    Ok(())
}

async fn insert_override(
    connection: &mut Connection,
    bot: BotId,
    name: &str,
    spoken: &StepOverride,
) -> Result<(), sqlx::Error> {
    let put_back = spoken.put_back.as_ref();
    query(
        "INSERT OR REPLACE INTO step_override (bot_id, node_name, source, article, digest, question, answer, put_back, \
         upload_id, since, who, reason) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
    )
    .bind(bot.0)
    .bind(name.to_owned())
    .bind(spoken.key.source.to_string())
    .bind(spoken.key.article.to_string())
    .bind(spoken.of.0.to_vec())
    .bind(put_back.map(|(step, _)| step.question.clone()))
    .bind(put_back.map(|(step, _)| step.answer.clone()))
    .bind(put_back.map(|(step, _)| step.digest().0.to_vec()))
    .bind(put_back.map(|(_, upload)| upload.0))
    .bind(spoken.since)
    .bind(spoken.who.clone())
    .bind(spoken.reason.clone())
    .execute(connection)
    .await
    .map(drop)
}
