//! What bots answered when they were asked for live steps, and which step is asked for next.

use std::collections::BTreeMap;

use crate::clock::Millis;
use crate::model::{AskReason, AskedStep, CanaryFinding, Digest, Stand, Verdict};
use crate::store::bots::BotId;
use crate::store::database::{Row, query, query_scalar, transaction};
use crate::store::decode::Stored;
use crate::store::error::StoreError;
use crate::store::open::Store;

/// How far the asking of a bot is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AskingState {
    /// The last upload whose changes were taken up.
    listed: i64,
    /// Nothing is asked before.
    pub not_before: Option<Millis>,
    /// When a step was last asked whose turn it was.
    pub swept_at: Option<Millis>,
}

/// What the steps of a bot came to that it was asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct VerificationCounts {
    /// How many of each verdict.
    pub verdicts: BTreeMap<Verdict, u64>,
    /// Steps that wait for training.
    pub untrained: Vec<String>,
    /// Changes that the bot does not answer, each with what it came to.
    pub unanswered: Vec<(String, Verdict)>,
    /// Steps that were answered before and are not, each with what it came to.
    pub drifted: Vec<(String, Verdict)>,
    /// When the oldest change was seen that the bot has not answered yet.
    pub oldest_change: Option<Millis>,
    /// Nothing is asked before, because the bot handed a chat to an agent.
    pub not_before: Option<Millis>,
    /// What there is to say of the canary.
    pub canary: Option<CanaryFinding>,
}

impl VerificationCounts {
    /// Whether something of it waits for a person.
    pub fn wants_a_person(&self) -> bool {
        let is_well =
            self.untrained.is_empty() && self.unanswered.is_empty() && self.drifted.is_empty();
        !is_well || self.canary.is_some()
    }
}

const COLUMNS: &str = "verification.node_name, reason, since, verdict, other, at, verified_at, attempts, contradictions, \
                       untrained, resent_at, next_at";

/// Only what is said of the live content.
const OF_LIVE: &str = "FROM verification JOIN step ON step.bot_id = verification.bot_id \
                       AND step.node_name = verification.node_name AND step.digest = verification.digest";

fn asked_of(row: &Row, bot: BotId) -> Result<AskedStep, sqlx::Error> {
    let row = Stored::new(row, "verification", bot);
    let small = |column| {
        let count = row.count(column)?;
        u32::try_from(count).map_err(|_| row.unreadable(column))
    };
    Ok(AskedStep {
        node_name: row.get("node_name")?,
        reason: row.word("reason", AskReason::from_name)?,
        since: row.get("since")?,
        verdict: row.optional_word("verdict", Verdict::from_name)?,
        other: row.optional("other")?,
        at: row.optional("at")?,
        verified_at: row.optional("verified_at")?,
        attempts: small("attempts")?,
        contradictions: small("contradictions")?,
        is_untrained: row.flag("untrained")?,
        resent_at: row.optional("resent_at")?,
        next_at: row.optional("next_at")?,
    })
}

impl Store {
    /// How far the asking of a bot is.
    pub async fn asking_state(&self, bot: BotId) -> Result<AskingState, StoreError> {
        let row = query("SELECT listed, not_before, swept_at FROM asking WHERE bot_id = ?1")
            .bind(bot.0)
            .fetch_optional(&mut *self.hold().await)
            .await
            .map_err(|error| self.error(error))?;
        let state = row.map(|row| {
            let row = Stored::new(&row, "asking", bot);
            Ok(AskingState {
                listed: row.get("listed")?,
                not_before: row.optional("not_before")?,
                swept_at: row.optional("swept_at")?,
            })
        });
        let state = state.transpose().map_err(|error| self.error(error))?;
        Ok(state.unwrap_or_default())
    }

    /// Has nothing asked of a bot before this time.
    pub async fn ask_not_before(&self, bot: BotId, time: Millis) -> Result<(), StoreError> {
        self.note_asking(
            "INSERT INTO asking (bot_id, not_before) VALUES (?1, ?2) \
             ON CONFLICT (bot_id) DO UPDATE SET not_before = excluded.not_before",
            bot,
            time,
        )
        .await
    }

    /// A step was asked whose turn it was.
    pub async fn note_swept(&self, bot: BotId, at: Millis) -> Result<(), StoreError> {
        self.note_asking(
            "INSERT INTO asking (bot_id, swept_at) VALUES (?1, ?2) \
             ON CONFLICT (bot_id) DO UPDATE SET swept_at = excluded.swept_at",
            bot,
            at,
        )
        .await
    }

    async fn note_asking(
        &self,
        sql: &'static str,
        bot: BotId,
        value: i64,
    ) -> Result<(), StoreError> {
        query(sql)
            .bind(bot.0)
            .bind(value)
            .execute(&mut *self.hold().await)
            .await
            .map(drop)
            .map_err(|error| self.error(error))
    }

    /// Takes up what uploads have changed since this was last done: up to `limit` steps, to be asked for at
    /// `first_at`. What was kept of steps that are other ones now goes.
    pub async fn list_changed(
        &self,
        bot: BotId,
        limit: u32,
        first_at: Millis,
    ) -> Result<(), StoreError> {
        let listed = self.asking_state(bot).await?.listed;
        let mut held = self.hold().await;
        let done: Result<(), sqlx::Error> = async {
            let last: Option<i64> = query_scalar(
                "SELECT max(upload_id) FROM upload WHERE bot_id = ?1 AND state = 'succeeded'",
            )
            .bind(bot.0)
            .fetch_one(&mut held)
            .await?;
            let Some(last) = last.filter(|last| *last > listed) else {
                return Ok(());
            };
            transaction(&mut held, async |transaction| {
            query(
                "DELETE FROM verification WHERE bot_id = ?1 AND NOT EXISTS (SELECT 1 FROM step \
                 WHERE step.bot_id = ?1 AND step.node_name = verification.node_name AND step.digest = verification.digest)",
            )
            .bind(bot.0)
            .execute(&mut *transaction)
            .await?;
            query(
                "INSERT INTO verification (bot_id, node_name, digest, reason, since, attempts, contradictions, untrained, next_at) \
                 SELECT upload.bot_id, version.node_name, version.digest, 'change', upload.prepared_at, 0, 0, 0, ?3 \
                 FROM upload CROSS JOIN content ON content_id BETWEEN upload.upload_id << 32 AND (upload.upload_id << 32) + 4294967295 \
                 CROSS JOIN version ON version.bot_id = upload.bot_id AND version.node_name = content.name \
                   AND version.upload_id = upload.upload_id \
                 WHERE upload.bot_id = ?1 AND upload.upload_id > ?4 AND state = 'succeeded' AND until IS NULL AND action <> 'remove' \
                 ORDER BY content_id DESC LIMIT ?2 \
                 ON CONFLICT (bot_id, node_name) DO UPDATE SET next_at = excluded.next_at",
            )
            .bind(bot.0)
            .bind(limit)
            .bind(first_at)
            .bind(listed)
            .execute(&mut *transaction)
            .await?;
            query(
                "INSERT INTO asking (bot_id, listed) VALUES (?1, ?2) \
                 ON CONFLICT (bot_id) DO UPDATE SET listed = excluded.listed",
            )
            .bind(bot.0)
            .bind(last)
            .execute(&mut *transaction)
            .await?;
            Ok(())
}).await
        }
        .await;
        done.map_err(|error| self.error(error))
    }

    /// The step that is asked for next, as far as its time is known.
    pub async fn next_asked(&self, bot: BotId) -> Result<Option<AskedStep>, StoreError> {
        let sql = format!(
            "SELECT {COLUMNS} {OF_LIVE} WHERE verification.bot_id = ?1 AND next_at IS NOT NULL ORDER BY next_at, verification.node_name LIMIT 1"
        );
        self.asked(sql, bot, "").await
    }

    /// What is kept of a step that was asked for.
    pub async fn asked_step(
        &self,
        bot: BotId,
        name: &str,
    ) -> Result<Option<AskedStep>, StoreError> {
        let sql = format!(
            "SELECT {COLUMNS} {OF_LIVE} WHERE verification.bot_id = ?1 AND verification.node_name = ?2"
        );
        self.asked(sql, bot, name).await
    }

    async fn asked(
        &self,
        sql: String,
        bot: BotId,
        name: &str,
    ) -> Result<Option<AskedStep>, StoreError> {
        query(sqlx::AssertSqlSafe(sql))
            .bind(bot.0)
            .bind(name.to_owned())
            .fetch_optional(&mut *self.hold().await)
            .await
            .and_then(|row| row.map(|row| asked_of(&row, bot)).transpose())
            .map_err(|error| self.error(error))
    }

    /// The live step whose turn it is: the one that was asked for longest ago. Among those that never were,
    /// the order of their digests is as good as chance.
    pub async fn next_swept(&self, bot: BotId) -> Result<Option<String>, StoreError> {
        query_scalar(
            "SELECT step.node_name FROM step LEFT JOIN verification ON verification.bot_id = step.bot_id \
               AND verification.node_name = step.node_name AND verification.digest = step.digest \
             WHERE step.bot_id = ?1 AND next_at IS NULL ORDER BY coalesce(at, 0), step.digest LIMIT 1",
        )
        .bind(bot.0)
        .fetch_optional(&mut *self.hold().await)
        .await
        .map_err(|error| self.error(error))
    }

    /// Keeps what asking a step came to. `digest` is that of the content that was asked for.
    pub async fn keep_asked(
        &self,
        bot: BotId,
        digest: Digest,
        step: &AskedStep,
    ) -> Result<(), StoreError> {
        query(
            "INSERT OR REPLACE INTO verification (bot_id, node_name, digest, reason, since, verdict, other, at, verified_at, \
               attempts, contradictions, untrained, resent_at, next_at) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)",
        )
        .bind(bot.0)
        .bind(step.node_name.clone())
        .bind(digest.0.to_vec())
        .bind(step.reason.name())
        .bind(step.since)
        .bind(step.verdict.map(Verdict::name))
        .bind(step.other.clone())
        .bind(step.at)
        .bind(step.verified_at)
        .bind(step.attempts)
        .bind(step.contradictions)
        .bind(step.is_untrained)
        .bind(step.resent_at)
        .bind(step.next_at)
        .execute(&mut *self.hold().await)
        .await
        .map(drop)
        .map_err(|error| self.error(error))
    }

    /// What is kept of all live steps that were asked for, by name.
    pub async fn verifications(
        &self,
        bot: BotId,
    ) -> Result<BTreeMap<String, AskedStep>, StoreError> {
        let sql = format!("SELECT {COLUMNS} {OF_LIVE} WHERE verification.bot_id = ?1");
        let rows = query(sqlx::AssertSqlSafe(sql))
            .bind(bot.0)
            .fetch_all(&mut *self.hold().await)
            .await
            .map_err(|error| self.error(error))?;
        let asked = rows.iter().map(|row| asked_of(row, bot));
        let asked = asked.map(|step| step.map(|step| (step.node_name.clone(), step)));
        asked
            .collect::<Result<_, _>>()
            .map_err(|error| self.error(error))
    }

    /// What the steps of a bot came to that it was asked for.
    pub async fn verification_counts(&self, bot: BotId) -> Result<VerificationCounts, StoreError> {
        let mut counts = VerificationCounts {
            not_before: self.asking_state(bot).await?.not_before,
            canary: self.canary(bot).await?.and_then(|canary| canary.finding()),
            ..VerificationCounts::default()
        };
        for (name, step) in self.verifications(bot).await? {
            // One that hands over to people is never answered.
            if step.reason == AskReason::Change && step.next_at.is_some() {
                let oldest = counts
                    .oldest_change
                    .map_or(step.since, |at| at.min(step.since));
                counts.oldest_change = Some(oldest);
            }
            let Some(verdict) = step.verdict else {
                continue;
            };
            *counts.verdicts.entry(verdict).or_default() += 1;
            match step.stand() {
                Stand::Fine => {}
                Stand::Untrained => counts.untrained.push(name),
                Stand::Unanswered => counts.unanswered.push((name, verdict)),
                Stand::Drifted => counts.drifted.push((name, verdict)),
            }
        }
        Ok(counts)
    }

    /// How many steps of a bot were uploaded again since then, because it contradicted them.
    pub async fn resent_since(&self, bot: BotId, since: Millis) -> Result<u64, StoreError> {
        query_scalar("SELECT count(*) FROM verification WHERE bot_id = ?1 AND resent_at > ?2")
            .bind(bot.0)
            .bind(since)
            .fetch_one(&mut *self.hold().await)
            .await
            .map(i64::unsigned_abs)
            .map_err(|error| self.error(error))
    }

    /// Doubts one live step, so that it is uploaded again.
    pub async fn doubt_step(&self, bot: BotId, name: &str) -> Result<(), StoreError> {
        query(
            "INSERT OR IGNORE INTO uncertain (bot_id, node_name, source, article) \
             SELECT bot_id, node_name, source, article FROM step WHERE bot_id = ?1 AND node_name = ?2",
        )
        .bind(bot.0)
        .bind(name.to_owned())
        .execute(&mut *self.hold().await)
        .await
        .map(drop)
        .map_err(|error| self.error(error))
    }

    /// Live steps with their content, page by page in the order of their names.
    pub async fn live_page(
        &self,
        bot: BotId,
        after: Option<&str>,
    ) -> Result<Vec<crate::model::Step>, StoreError> {
        self.unchanged_page(bot, crate::model::UploadId(0), after)
            .await
    }
}
