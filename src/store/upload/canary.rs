//! What uploads do to the canary of a bot, beside their rows: when it goes along, its row, and what the end of an
//! upload says of it.

use super::record::UploadRecord;
use super::settle::Settlement;
use crate::config::UploadEffect;
use crate::model::{CanaryErrand, CanaryWish, Purpose, Step, UploadEnd, UploadState, canary_step};
use crate::store::bots::BotId;
use crate::store::database::{Connection, query};
use crate::store::error::StoreError;
use crate::store::open::Store;

impl Store {
    /// What an upload that is written down does to the canary. With changes it is put on the bot, and never
    /// taken off.
    pub(crate) async fn canary_of_upload(
        &self,
        bot: BotId,
        purpose: Purpose,
    ) -> Result<Option<CanaryErrand>, StoreError> {
        if !matches!(purpose, Purpose::Change | Purpose::Canary) {
            return Ok(None);
        }
        let Some(canary) = self.canary(bot).await? else {
            return Ok(None);
        };
        Ok(match (purpose, canary.wish) {
            (Purpose::Canary, CanaryWish::Present) => Some(CanaryErrand::Put),
            (Purpose::Canary, _) => Some(CanaryErrand::Remove),
            _ => canary.rides_along().then_some(CanaryErrand::Put),
        })
    }

    /// The row of the canary in an upload.
    pub(crate) async fn canary_row(
        &self,
        record: &UploadRecord,
    ) -> Result<Option<Step>, StoreError> {
        let is_named = |errand: &CanaryErrand| {
            // In `replace`, what is not named goes away.
            *errand == CanaryErrand::Put || record.effect == UploadEffect::Merge
        };
        let Some(errand) = record.canary.filter(is_named) else {
            return Ok(None);
        };
        let canary = self.canary(record.bot).await?;
        let owner = canary.map(|canary| canary.owner).unwrap_or_default();
        Ok(Some(canary_step(&owner, record.id.0, errand)))
    }

    /// An upload with the canary goes out: from now on it may be on the bot.
    pub(crate) async fn note_canary_tried(&self, record: &UploadRecord) -> Result<(), StoreError> {
        query("UPDATE canary SET tried = ?2 WHERE bot_id = ?1 AND tried IS DISTINCT FROM ?2")
            .bind(record.bot.0)
            .bind(record.id.0)
            .execute(&mut *self.hold().await)
            .await
            .map(drop)
            .map_err(|error| self.error(error))
    }
}

/// What the end of an upload says of the canary.
pub(super) async fn settle_canary(
    connection: &mut Connection,
    record: &UploadRecord,
    state: UploadState,
    settlement: &Settlement<'_>,
) -> Result<(), sqlx::Error> {
    let is_refused = record.purpose == Purpose::Canary && settlement.end != UploadEnd::Dropped;
    let sql = match (state, record.canary, record.effect) {
        (UploadState::Succeeded, Some(CanaryErrand::Put), _) => {
            "UPDATE canary SET revision = ?2, confirmed_at = ?3, refused = NULL, refused_at = NULL, contradictions = 0, \
               next_at = NULL WHERE bot_id = ?1 AND ?4 IS NOT NULL"
        }
        (UploadState::Succeeded, Some(CanaryErrand::Remove), _)
        | (UploadState::Succeeded, None, UploadEffect::Replace) => {
            "UPDATE canary SET revision = NULL, confirmed_at = NULL, tried = NULL, reading = NULL, contradictions = 0, \
               next_at = NULL WHERE bot_id = ?1 AND tried IS NOT NULL AND ?2 + ?3 IS NOT NULL AND ?4 IS NOT NULL"
        }
        (UploadState::Failed, ..) if is_refused => {
            "UPDATE canary SET refused = ?4, refused_at = ?3 WHERE bot_id = ?1 AND ?2 IS NOT NULL"
        }
        _ => return Ok(()),
    };
    query(sql)
        .bind(record.bot.0)
        .bind(record.id.0)
        .bind(settlement.now.wall)
        .bind(settlement.message.to_owned())
        .execute(connection)
        .await
        .map(drop)
}
