//! What is done where the state holds content that is not what was written down: it is doubted, so that
//! it is read from its source and uploaded again. What cannot be made again byte for byte gives way.

use super::engine::Engine;
use super::send::Stopped;
use crate::config::Bot;
use crate::model::{UploadEnd, UploadId, UploadState};
use crate::store::{BotId, Reached, Settlement, StoreError, UploadRecord};
use crate::text::few;

/// Makes way for a plan that has what was altered from its source. `false`: there is nothing to do about
/// it here, because what was altered is in no live step, or its source does not have it.
pub(crate) async fn make_way(engine: &Engine, bot: &Bot, id: BotId) -> Result<bool, Stopped> {
    let store = &engine.runner.store;
    let doubted = store.doubt_rotten(id).await?;
    let mut is_new = !doubted.is_empty();
    if is_new {
        tracing::warn!(
            bot = bot.domain_name,
            "what the state holds of live steps was altered there; they are read from their sources and uploaded again: {}",
            few(&doubted)
        );
    }
    if let Some(record) = store.under_way(id).await? {
        is_new |= drop_upload(engine, bot, record).await?;
    }
    let search = store.bot_state(id).await?.isolation;
    if let Some(search) = search {
        // Its trials carry what is live, or rows of its base: a new plan begins it again.
        let base = store.upload(UploadId(search.base)).await?;
        let rows = store.upload_rows(&base).await;
        if is_new || matches!(rows, Err(StoreError::Rotten { .. })) {
            let now = engine.runner.clock.point();
            store.convict(&base, None, &[], &now).await?;
            is_new = true;
        }
    }
    Ok(is_new)
}

/// Drops an upload that is still to be sent, and whose bytes cannot be made again. What may have reached
/// the bot is uncertain from then on, and goes up again from its source.
async fn drop_upload(
    engine: &Engine,
    bot: &Bot,
    mut record: UploadRecord,
) -> Result<bool, Stopped> {
    let store = &engine.runner.store;
    if record.state == UploadState::Accepted {
        return Ok(false);
    }
    match store.check_csv(&record).await {
        Err(StoreError::Rotten { .. }) => {}
        looked_at => return Ok(looked_at.map(|()| false)?),
    }
    tracing::warn!(
        bot = bot.domain_name,
        upload = record.id.0,
        "upload {} cannot be sent again byte for byte, because its content in the state is not what was written there; it is dropped, and what it carried is read from its sources again",
        record.id.0
    );
    if record.state == UploadState::Prepared && record.submissions == 0 {
        store.abandon(&record).await?;
        return Ok(true);
    }
    let settlement = Settlement {
        end: UploadEnd::Dropped,
        message: "its content in the state was altered, so it could not be sent again",
        reached: Reached::AnyRow,
        isolation: None,
        convicted: &[],
        accused: &[],
        refused_live: &[],
        now: &engine.runner.clock.point(),
    };
    store.settle(&mut record, settlement).await?;
    Ok(true)
}
