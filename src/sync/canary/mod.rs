//! Keeps the canary of a bot on it, or off it, as the configuration says. Mostly it goes along with changes;
//! what is left of it goes alone, after everything else.

use super::engine::Engine;
use super::recovery::{deliver, fix};
use super::report::PassReport;
use super::send::Stopped;
use crate::config::{Bot, UploadEffect};
use crate::model::{CANARY, Canary, CanaryErrand, CanaryWish, Purpose, Step, UploadState};
use crate::store::{BotId, StoreError};

/// What the configuration wants of a bot's canary.
fn wish(engine: &Engine, bot: &Bot) -> CanaryWish {
    let asker = engine.asker.as_ref();
    if asker.is_some_and(|asker| asker.settings.canary) {
        CanaryWish::Present
    } else if bot.removes_by_hand() {
        CanaryWish::AbsentByHand
    } else {
        CanaryWish::Absent
    }
}

/// Notes what the configuration wants, before anything is planned. Whether nothing is to be done about it.
pub(super) async fn is_as_wished(
    engine: &Engine,
    bot: &Bot,
    id: BotId,
    has_canary: bool,
) -> Result<bool, StoreError> {
    let store = &engine.runner.store;
    let wished = wish(engine, bot);
    if !has_canary && wished != CanaryWish::Present {
        return Ok(true);
    }
    let known = store.canary(id).await?;
    if known.is_none_or(|canary| canary.wish != wished) {
        store.wish_canary(id, wished).await?;
    }
    Ok(due(engine, bot, id).await?.is_none())
}

/// What is left to upload for the canary. Where nothing is live there is nothing that it could watch; and in
/// `replace`, a set of it alone would switch off what people have made by hand.
async fn due(engine: &Engine, bot: &Bot, id: BotId) -> Result<Option<CanaryErrand>, StoreError> {
    let store = &engine.runner.store;
    let canary: Option<Canary> = store.canary(id).await?;
    let errand = canary.and_then(|canary| canary.errand(engine.runner.clock.now()));
    let is_taken_off =
        errand == Some(CanaryErrand::Remove) && bot.upload_effect == UploadEffect::Merge;
    if errand.is_none() || is_taken_off || store.is_any_live(id).await? {
        return Ok(errand);
    }
    Ok(None)
}

/// Uploads what is left to do about the canary. A refusal says nothing of the bot's steps: it is told, and
/// tried again a day later.
pub(super) async fn bring(
    engine: &Engine,
    bot: &Bot,
    id: BotId,
    report: &mut PassReport,
) -> Result<(), Stopped> {
    let Some(errand) = due(engine, bot, id).await? else {
        return Ok(());
    };
    let store = &engine.runner.store;
    let done = match errand {
        CanaryErrand::Put => "put on the bot",
        CanaryErrand::Remove => "removed from the bot",
    };
    tracing::info!(
        bot = bot.domain_name,
        "the canary (step \"{CANARY}\") is {done}"
    );
    let (now, effect) = (engine.runner.clock.now(), bot.upload_effect);
    let prepared = store.prepare::<Step>(id, Purpose::Canary, effect, &[], now);
    let mut record = prepared.await?;
    deliver(engine, bot, &mut record, report).await?;
    if record.state != UploadState::Succeeded {
        report.canary_refused = true;
        fix(engine, bot, id, report).await?;
    }
    Ok(())
}
