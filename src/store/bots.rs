//! What is kept about a bot as a whole.

use sqlx::AssertSqlSafe;

use super::actions::{ActionRecord, insert_action};
use super::binding::HaptikBinding;
use super::decode::{Stored, json};
use super::error::StoreError;
use super::open::Store;
use crate::clock::Millis;
use crate::model::{Accepted, AccusedStep, Fingerprint, Isolation, KeptSearch, UploadId};
use crate::store::database::{COMMITTED_WITH_NEXT, Durability, query, query_as, query_scalar};

/// A bot's number in the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BotId(pub i64);

/// What a pass that did not fail came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Success {
    /// Every source was read, so that the time of the last success moves.
    pub every_source_was_read: bool,
    /// Nothing is pending, held, waiting, in quarantine, or left to a person.
    pub nothing_is_open: bool,
}

impl Success {
    /// Everything is as it should be.
    pub const WHOLE: Self = Self {
        every_source_was_read: true,
        nothing_is_open: true,
    };
}

/// A bot to which nothing is uploaded, because a person said so.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Pause {
    /// Since when.
    pub since: Millis,
    /// Until when; `None`: until `resume`.
    pub until: Option<Millis>,
    /// Who said so.
    pub who: String,
    /// Why, in their words.
    pub reason: String,
}

impl Pause {
    /// Whether it is over.
    pub fn is_over(&self, now: Millis) -> bool {
        self.until.is_some_and(|until| until <= now)
    }
}

fn pause_of(row: Stored<'_>) -> Result<Option<Pause>, sqlx::Error> {
    let Some(since) = row.optional("paused_at")? else {
        return Ok(None);
    };
    Ok(Some(Pause {
        since,
        until: row.optional("paused_until")?,
        who: row.get("paused_by")?,
        reason: row.get("paused_because")?,
    }))
}

/// What is kept about a bot as a whole.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a column of its own")]
pub struct BotState {
    /// The Haptik that it speaks of; `None` where it speaks of none yet.
    pub binding: Option<HaptikBinding>,
    /// It has a canary, or had one.
    pub has_canary: bool,
    /// The configuration under which the last plan held nothing back.
    pub fingerprint: Accepted,
    /// A person said that an empty export may empty this bot.
    pub empty_approved: bool,
    /// A person said that its sources are complete as they are, once.
    pub incomplete_approved: bool,
    /// The number of the last stored plan.
    pub plan: u64,
    /// Steps are missing until a recovery succeeds.
    pub needs_recovery: bool,
    /// The upload that a person went back to.
    pub pinned_to: Option<UploadId>,
    /// Where a person has paused it.
    pub pause: Option<Pause>,
    /// The search for bad steps that is under way.
    pub isolation: Option<Isolation>,
    /// Live steps that Haptik named when it refused the last good set.
    pub accused: Vec<AccusedStep>,
    /// When everything was last live as it should be.
    pub last_success: Option<Millis>,
    /// When nothing was last left open.
    pub last_in_sync: Option<Millis>,
    /// The last failure that still stands.
    pub last_error: Option<String>,
    /// Since when a folder of its sources is another one than the last plan has read.
    pub moved_at: Option<Millis>,
}

/// What of a row of `bot` its state is.
const STATE: &str = "fingerprint, empty_approved, incomplete_approved, plan, needs_recovery, pinned_to, isolation, accused, last_success, \
     last_in_sync, last_error, paused_at, paused_until, paused_by, paused_because, moved_at, haptik, client_id, \
     EXISTS (SELECT 1 FROM canary WHERE canary.bot_id = bot.bot_id) AS has_canary";

fn state_of(row: Stored<'_>) -> Result<BotState, sqlx::Error> {
    let isolation: Option<&str> = row.optional("isolation")?;
    let isolation = isolation
        .map(|text| KeptSearch::read(text).ok_or_else(|| row.unreadable("isolation")))
        .transpose()?;
    let accused = serde_json::from_str(row.get("accused")?);
    let haptik: Option<String> = row.optional("haptik")?;
    let client_id: Option<String> = row.optional("client_id")?;
    Ok(BotState {
        binding: haptik.map(|haptik| HaptikBinding {
            haptik,
            client_id: client_id.unwrap_or_default(),
        }),
        has_canary: row.flag("has_canary")?,
        accused: accused.map_err(|_| row.unreadable("accused"))?,
        fingerprint: Accepted::from_stored(row.optional("fingerprint")?),
        empty_approved: row.flag("empty_approved")?,
        incomplete_approved: row.flag("incomplete_approved")?,
        plan: row.count("plan")?,
        needs_recovery: row.flag("needs_recovery")?,
        pinned_to: row.optional("pinned_to")?.map(UploadId),
        pause: pause_of(row)?,
        isolation,
        last_success: row.optional("last_success")?,
        last_in_sync: row.optional("last_in_sync")?,
        last_error: row.optional("last_error")?,
        moved_at: row.optional("moved_at")?,
    })
}

impl Store {
    /// The number of a bot, given on first use.
    pub async fn bot(&self, domain_name: &str) -> Result<BotId, StoreError> {
        if let Some(bot) = self.find_bot(domain_name).await? {
            return Ok(bot);
        }
        // Somebody else may have given it one meanwhile.
        let bot = query_scalar(
            "INSERT INTO bot (domain_name, mark) VALUES (?1, random()) \
             ON CONFLICT (domain_name) DO UPDATE SET domain_name = excluded.domain_name RETURNING bot_id",
        )
        .bind(domain_name.to_owned())
        .fetch_one(&mut *self.hold().await)
        .await
        .map(BotId)
        .map_err(|error| self.error(error))?;
        self.names().insert(bot, domain_name.to_owned());
        Ok(bot)
    }

    /// The number of a bot that has been seen before.
    pub async fn find_bot(&self, domain_name: &str) -> Result<Option<BotId>, StoreError> {
        let bot = query_scalar("SELECT bot_id FROM bot WHERE domain_name = ?1")
            .bind(domain_name.to_owned())
            .fetch_optional(&mut *self.hold().await)
            .await
            .map(|id: Option<i64>| id.map(BotId))
            .map_err(|error| self.error(error))?;
        if let Some(bot) = bot {
            self.names().insert(bot, domain_name.to_owned());
        }
        Ok(bot)
    }

    /// Learns what all bots are called, so that messages can name them.
    pub(super) async fn learn_names(&self) -> Result<(), StoreError> {
        let all: Vec<(i64, String)> = query_as("SELECT bot_id, domain_name FROM bot")
            .fetch_all(&mut *self.hold().await)
            .await
            .map_err(|error| self.error(error))?;
        let all = all.into_iter().map(|(id, name)| (BotId(id), name));
        self.names().extend(all);
        Ok(())
    }

    /// The number of a bot, given on first use, and its state.
    pub async fn bot_with_state(&self, domain_name: &str) -> Result<(BotId, BotState), StoreError> {
        let sql = format!("SELECT bot_id, {STATE} FROM bot WHERE domain_name = ?1");
        let found = query(AssertSqlSafe(sql))
            .bind(domain_name.to_owned())
            .fetch_optional(&mut *self.hold().await)
            .await
            .map_err(|error| self.error(error))?;
        let Some(row) = found else {
            let bot = self.bot(domain_name).await?;
            return Ok((bot, self.bot_state(bot).await?));
        };
        let bot = BotId(row.get("bot_id"));
        self.names().insert(bot, domain_name.to_owned());
        let state = state_of(Stored::new(&row, "bot", bot));
        Ok((bot, state.map_err(|error| self.error(error))?))
    }

    /// The state of a bot.
    pub async fn bot_state(&self, bot: BotId) -> Result<BotState, StoreError> {
        let sql = format!("SELECT {STATE} FROM bot WHERE bot_id = ?1");
        let row = query(AssertSqlSafe(sql))
            .bind(bot.0)
            .fetch_one(&mut *self.hold().await)
            .await
            .map_err(|error| self.error(error))?;
        state_of(Stored::new(&row, "bot", bot)).map_err(|error| self.error(error))
    }

    /// Remembers the configuration under which a plan held nothing back.
    pub async fn accept_configuration(
        &self,
        bot: BotId,
        fingerprint: &Fingerprint,
    ) -> Result<(), StoreError> {
        query(
            "UPDATE bot SET fingerprint = ?2 WHERE bot_id = ?1 AND fingerprint IS DISTINCT FROM ?2",
        )
        .bind(bot.0)
        .bind(json(fingerprint).map_err(|error| self.error(error))?)
        .execute(&mut *self.hold().await)
        .await
        .map(drop)
        .map_err(|error| self.error(error))
    }

    /// A person says whether an empty export may empty this bot.
    pub async fn approve_empty(&self, bot: BotId, approved: bool) -> Result<(), StoreError> {
        query("UPDATE bot SET empty_approved = ?2 WHERE bot_id = ?1")
            .bind(bot.0)
            .bind(approved)
            .execute(&mut *self.hold().await)
            .await
            .map(drop)
            .map_err(|error| self.error(error))
    }

    /// A person says whether its sources count as complete, as they are read next.
    pub async fn approve_incomplete(&self, bot: BotId, approved: bool) -> Result<(), StoreError> {
        query("UPDATE bot SET incomplete_approved = ?2 WHERE bot_id = ?1")
            .bind(bot.0)
            .bind(approved)
            .execute(&mut *self.hold().await)
            .await
            .map(drop)
            .map_err(|error| self.error(error))
    }

    /// Pins a bot to what it was after an upload, or lets it follow its sources again.
    pub async fn pin(&self, bot: BotId, to: Option<UploadId>) -> Result<(), StoreError> {
        query("UPDATE bot SET pinned_to = ?2 WHERE bot_id = ?1")
            .bind(bot.0)
            .bind(to.map(|upload| upload.0))
            .execute(&mut *self.hold().await)
            .await
            .map(drop)
            .map_err(|error| self.error(error))
    }

    /// Pauses a bot, or lets it go on, and writes down who did it.
    pub async fn pause(
        &self,
        bot: BotId,
        pause: Option<&Pause>,
        action: &ActionRecord,
    ) -> Result<(), StoreError> {
        self.transaction(async |transaction| {
            query(
                "UPDATE bot SET paused_at = ?2, paused_until = ?3, paused_by = ?4, paused_because = ?5 WHERE bot_id = ?1",
            )
            .bind(bot.0)
            .bind(pause.map(|pause| pause.since))
            .bind(pause.and_then(|pause| pause.until))
            .bind(pause.map(|pause| pause.who.clone()))
            .bind(pause.map(|pause| pause.reason.clone()))
            .execute(&mut *transaction)
            .await?;
            insert_action(transaction, action).await?;
            Ok(())
        })
        .await
    }

    /// A folder of a bot's sources has moved on since it was read. The first time counts until the next plan.
    pub async fn note_moved(&self, domain_name: &str, at: Millis) -> Result<(), StoreError> {
        query("UPDATE bot SET moved_at = ?2 WHERE domain_name = ?1 AND moved_at IS NULL")
            .bind(domain_name.to_owned())
            .bind(at)
            .execute(&mut *self.hold().await)
            .await
            .map(drop)
            .map_err(|error| self.error(error))
    }

    /// A pass has come to its end: nothing stands against the bot but what needs attention. Does
    /// nothing for a bot that has no number yet.
    pub async fn record_success(
        &self,
        domain_name: &str,
        success: Success,
        at: Millis,
    ) -> Result<(), StoreError> {
        // Nobody waits for the disk for it: a power failure takes back the time, and the next pass says it again.
        let mut held = self.hold_to_commit(Durability::WithNext).await;
        query(AssertSqlSafe(format!(
            "UPDATE bot SET last_success = iif(?3, ?2, last_success), last_in_sync = iif(?4, ?2, last_in_sync), \
             last_error = NULL, last_error_at = NULL, moved_at = NULL WHERE domain_name = ?1 {COMMITTED_WITH_NEXT}"
        )))
        .bind(domain_name.to_owned())
        .bind(at)
        .bind(success.every_source_was_read)
        .bind(success.nothing_is_open)
        .execute(&mut held)
        .await
        .map(drop)
        .map_err(|error| self.error(error))
    }

    /// A pass failed. Does nothing for a bot that has no number yet.
    pub async fn record_error(
        &self,
        domain_name: &str,
        error: &str,
        at: Millis,
    ) -> Result<(), StoreError> {
        query("UPDATE bot SET last_error = ?2, last_error_at = ?3 WHERE domain_name = ?1")
            .bind(domain_name.to_owned())
            .bind(error.to_owned())
            .bind(at)
            .execute(&mut *self.hold().await)
            .await
            .map(drop)
            .map_err(|error| self.error(error))
    }

    /// The removals that a person released.
    pub async fn approvals(
        &self,
        bot: BotId,
    ) -> Result<std::collections::BTreeSet<String>, StoreError> {
        query_scalar("SELECT node_name FROM approval WHERE bot_id = ?1")
            .bind(bot.0)
            .fetch_all(&mut *self.hold().await)
            .await
            .map(|names: Vec<String>| names.into_iter().collect())
            .map_err(|error| self.error(error))
    }

    /// Withdraws approvals that released nothing: the article is back.
    pub async fn withdraw_approvals(&self, bot: BotId, names: &[String]) -> Result<(), StoreError> {
        if names.is_empty() {
            return Ok(());
        }
        query(
            "DELETE FROM approval WHERE bot_id = ?1 AND node_name IN (SELECT value FROM json_each(?2))",
        )
        .bind(bot.0)
        .bind(json(names).map_err(|error| self.error(error))?)
        .execute(&mut *self.hold().await)
        .await
        .map(drop)
        .map_err(|error| self.error(error))
    }
}
