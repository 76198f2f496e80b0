//! Which Haptik the state of a bot speaks of. What one Haptik has confirmed says nothing of another
//! one, so the two are never mixed; a person can take a bot's state to another one.

use std::fmt;

use super::actions::{ActionRecord, insert_action};
use super::bots::BotId;
use super::error::StoreError;
use super::open::Store;
use super::steps::renew_mark;
use crate::clock::Millis;
use crate::model::{UploadEventKind, UploadId};
use crate::store::database::{Connection, query, query_scalar};

/// A Haptik, and who the program is to it.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct HaptikBinding {
    /// Origin and path of the base URL, or `sandbox`.
    pub haptik: String,
    /// The client id.
    pub client_id: String,
}

impl fmt::Display for HaptikBinding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (client_id \"{}\")", self.haptik, self.client_id)
    }
}

/// What `rebind` forgot of a bot.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Forgotten {
    /// Live steps.
    pub live: u64,
    /// Steps in quarantine.
    pub quarantined: u64,
    /// Steps about which nothing was certain.
    pub uncertain: u64,
    /// Removals that a person had released.
    pub approvals: u64,
    /// Held, waiting and manual removals.
    pub open_removals: u64,
    /// The upload that was under way.
    pub dropped: Option<UploadId>,
    /// The upload that a person had gone back to.
    pub pinned_to: Option<UploadId>,
}

impl Store {
    /// The other Haptik that the state of a bot speaks of, if it does not speak of this one. Where
    /// nothing has arrived anywhere yet, there is nothing to be mixed up.
    pub async fn bound_elsewhere(
        &self,
        bot: BotId,
        here: &HaptikBinding,
    ) -> Result<Option<HaptikBinding>, StoreError> {
        let Some(bound) = self.binding(bot).await? else {
            return Ok(None);
        };
        if bound == *here {
            return Ok(None);
        }
        let speaks: bool = query_scalar(
            "SELECT EXISTS (SELECT 1 FROM step WHERE bot_id = ?1) OR EXISTS \
             (SELECT 1 FROM upload WHERE bot_id = ?1 AND state NOT IN ('writing', 'prepared'))",
        )
        .bind(bot.0)
        .fetch_one(&mut *self.hold().await)
        .await
        .map_err(|error| self.error(error))?;
        Ok(speaks.then_some(bound))
    }

    /// The same; a bot whose state speaks of no Haptik yet is bound to this one.
    pub async fn bind(
        &self,
        bot: BotId,
        here: &HaptikBinding,
    ) -> Result<Option<HaptikBinding>, StoreError> {
        if self.binding(bot).await?.as_ref() == Some(here) {
            return Ok(None);
        }
        if let Some(elsewhere) = self.bound_elsewhere(bot, here).await? {
            return Ok(Some(elsewhere));
        }
        bind(&mut *self.hold().await, bot, here)
            .await
            .map(|()| None)
            .map_err(|error| self.error(error))
    }

    async fn binding(&self, bot: BotId) -> Result<Option<HaptikBinding>, StoreError> {
        Ok(self.bot_state(bot).await?.binding)
    }

    /// Binds a bot to another Haptik, forgets all that is known of the bot, and drops what was under
    /// way. `action` says who did it; what was forgotten becomes its details.
    pub async fn rebind(
        &self,
        bot: BotId,
        to: &HaptikBinding,
        mut action: ActionRecord,
    ) -> Result<Forgotten, StoreError> {
        self.sweep(bot).await?;
        let under_way = self.under_way(bot).await?;
        let dropped = match &under_way {
            Some(record) => Some((
                record.id,
                record.state.after(UploadEventKind::Dropped)?.name(),
            )),
            None => None,
        };
        self.transaction(async |transaction| {
            let mut forgotten = count(transaction, bot).await?;
            forgotten.dropped = dropped.map(|(id, _)| id);
            if let Some((id, state)) = dropped {
                drop_upload(transaction, id, state, action.at).await?;
            }
            forget(transaction, bot).await?;
            bind(transaction, bot, to).await?;
            renew_mark(transaction, bot).await?;
            action.details = details(&forgotten, to);
            insert_action(transaction, &action).await?;
            Ok(forgotten)
        })
        .await
    }
}

fn details(forgotten: &Forgotten, to: &HaptikBinding) -> serde_json::Value {
    serde_json::json!({
        "haptik": to.haptik,
        "client_id": to.client_id,
        "forgotten": forgotten.live,
        "dropped_upload": forgotten.dropped.map(|upload| upload.0),
    })
}

async fn bind(
    connection: &mut Connection,
    bot: BotId,
    to: &HaptikBinding,
) -> Result<(), sqlx::Error> {
    query("UPDATE bot SET haptik = ?2, client_id = ?3 WHERE bot_id = ?1")
        .bind(bot.0)
        .bind(to.haptik.clone())
        .bind(to.client_id.clone())
        .execute(connection)
        .await
        .map(drop)
}

async fn count(connection: &mut Connection, bot: BotId) -> Result<Forgotten, sqlx::Error> {
    let row = query(
        "SELECT pinned_to, (SELECT count(*) FROM step WHERE step.bot_id = ?1) AS live, \
           (SELECT count(*) FROM quarantine WHERE quarantine.bot_id = ?1) AS quarantined, \
           (SELECT count(*) FROM uncertain WHERE uncertain.bot_id = ?1) AS uncertain, \
           (SELECT count(*) FROM approval WHERE approval.bot_id = ?1) AS approvals, \
           (SELECT count(*) FROM open_removal WHERE open_removal.bot_id = ?1) AS open_removals \
         FROM bot WHERE bot_id = ?1",
    )
    .bind(bot.0)
    .fetch_one(connection)
    .await?;
    let number = |column| u64::try_from(row.get::<i64, _>(column)).unwrap_or(0);
    Ok(Forgotten {
        live: number("live"),
        quarantined: number("quarantined"),
        uncertain: number("uncertain"),
        approvals: number("approvals"),
        open_removals: number("open_removals"),
        dropped: None,
        pinned_to: row.get::<Option<i64>, _>("pinned_to").map(UploadId),
    })
}

async fn drop_upload(
    connection: &mut Connection,
    upload: UploadId,
    state: &str,
    at: Millis,
) -> Result<(), sqlx::Error> {
    query(
        "UPDATE upload SET state = ?2, settled_at = ?3, \
         message = 'dropped by `rebind`: the state was taken to another Haptik, and nobody waits for this upload any more' \
         WHERE upload_id = ?1",
    )
    .bind(upload.0)
    .bind(state.to_owned())
    .bind(at)
    .execute(connection)
    .await
    .map(drop)
}

/// Forgets what the old Haptik confirmed, refused or left open, and what people said of it. Nobody can
/// go back to what was before.
async fn forget(connection: &mut Connection, bot: BotId) -> Result<(), sqlx::Error> {
    for sql in [
        "DELETE FROM content WHERE content_id IN (SELECT (upload_id << 32) + row FROM version WHERE bot_id = ?1)",
        "DELETE FROM version WHERE bot_id = ?1",
        "UPDATE upload SET past_bytes = 0 WHERE bot_id = ?1 AND past_bytes > 0",
        "DELETE FROM source_file WHERE bot_id = ?1",
        "DELETE FROM source_marker WHERE bot_id = ?1",
        "DELETE FROM source_body WHERE bot_id = ?1",
        "DELETE FROM quarantine WHERE bot_id = ?1",
        "DELETE FROM uncertain WHERE bot_id = ?1",
        "DELETE FROM verification WHERE bot_id = ?1",
        "DELETE FROM asking WHERE bot_id = ?1",
        "DELETE FROM canary WHERE bot_id = ?1",
        "DELETE FROM approval WHERE bot_id = ?1",
        "DELETE FROM held_change WHERE bot_id = ?1",
        "DELETE FROM released_change WHERE bot_id = ?1",
        "DELETE FROM open_removal WHERE bot_id = ?1",
        "DELETE FROM departure WHERE bot_id = ?1",
        "UPDATE bot SET fingerprint = NULL, empty_approved = 0, incomplete_approved = 0, needs_recovery = 0, \
           pinned_to = NULL, isolation = NULL, accused = '[]', planned_at = NULL, pending = '[]', pending_count = 0, unread = '{}', unread_count = 0, \
           rejected_count = 0, last_success = NULL, last_in_sync = NULL, last_error = NULL, last_error_at = NULL, \
           kept_after = 1 + (SELECT coalesce(max(upload_id), 0) FROM upload) WHERE bot_id = ?1",
    ] {
        query(sql).bind(bot.0).execute(&mut *connection).await?;
    }
    Ok(())
}
