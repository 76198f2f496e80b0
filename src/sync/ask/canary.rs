//! Asks a bot for its canary: whether it still holds what was uploaded last, and whether nobody else uploads.

use std::time::Duration;

use super::round::{Next, handed_over, questions_per_day};
use super::{AskError, Asker, ask};
use crate::clock::{Millis, duration_millis, rfc3339};
use crate::config::Bot;
use crate::model::{CANARY_MESSAGE, Canary, CanaryFinding, canary_interval};
use crate::store::{BotId, StoreError};
use crate::sync::engine::Engine;

/// The canary of a bot, where one is wanted, and when it is asked for next.
pub(super) async fn due(
    engine: &Engine,
    asker: &Asker,
    id: BotId,
) -> Result<Option<(Canary, Millis)>, StoreError> {
    let canary = engine.runner.store.canary(id).await?;
    let settings = &asker.settings;
    let every = canary_interval(settings.sweep, questions_per_day(asker));
    Ok(canary.and_then(|canary| {
        let due_at = canary.due_at(settings.first, every)?;
        Some((canary, due_at))
    }))
}

/// Asks for the canary, and keeps what it came to.
pub(super) async fn asked(
    engine: &Engine,
    asker: &Asker,
    (bot, id): (&Bot, BotId),
    before: Canary,
) -> Result<Next, StoreError> {
    let (store, clock) = (&engine.runner.store, &engine.runner.clock);
    match heard(engine, asker, (bot, id), before.clone()).await {
        Ok(_) => Ok(Next::After(Duration::from_millis(1))),
        Err(AskError::Store(error)) => Err(error),
        Err(AskError::NoRoom { wait }) => Ok(Next::Room(wait)),
        Err(error) => {
            asker.could_not_ask(bot, &error);
            let left = asker
                .silences
                .failed(&bot.domain_name, clock.now(), asker.settings.first);
            let again = Canary {
                at: Some(clock.now()),
                next_at: Some(clock.now() + duration_millis(left)),
                ..before
            };
            store.keep_canary_heard(id, &again).await?;
            Ok(Next::After(left))
        }
    }
}

/// Whether a step may be uploaded once more: without a canary always, with one only as long as it is answered
/// with what was uploaded last. So two services that contradict each other do not take turns.
pub(super) async fn allows_repairs(
    engine: &Engine,
    asker: &Asker,
    (bot, id): (&Bot, BotId),
) -> Result<bool, StoreError> {
    if !asker.settings.canary {
        return Ok(true);
    }
    let Some(canary) = engine.runner.store.canary(id).await? else {
        return Ok(false);
    };
    if canary.revision.is_none() || canary.stopped_at.is_some() {
        return Ok(false);
    }
    match heard(engine, asker, (bot, id), canary).await {
        Ok(canary) => Ok(canary.allows_repairs()),
        Err(AskError::Store(error)) => Err(error),
        Err(error) => {
            tracing::debug!(
                bot = bot.domain_name,
                "the canary could not be asked: {error}"
            );
            Ok(false)
        }
    }
}

/// What the bot answers now, written down.
async fn heard(
    engine: &Engine,
    asker: &Asker,
    (bot, id): (&Bot, BotId),
    before: Canary,
) -> Result<Canary, AskError> {
    let (store, clock) = (&engine.runner.store, &engine.runner.clock);
    let channel = bot.business_id.unwrap_or_default();
    let reply = ask(engine, asker, channel, CANARY_MESSAGE).await?;
    asker.has_answered(bot);
    let now = clock.now();
    if asker.settings.words.calls_people(&reply) {
        handed_over(engine, bot, id, "the canary").await?;
    }
    let was_stopped = before.stopped_at.is_some();
    let reading = before.reading_of(&reply);
    let canary = before.heard(reading, now, asker.settings.first);
    store.keep_canary_heard(id, &canary).await?;
    if canary.stopped_at.is_some() && !was_stopped {
        let found = canary.finding();
        tracing::warn!(
            bot = bot.domain_name,
            "since {} the bot answers the canary with what {} has uploaded; nothing is uploaded once more until a person runs `resume`",
            rfc3339(now),
            match found {
                Some(CanaryFinding::CopiedState) => "a copy of this state",
                _ => "another service",
            }
        );
    }
    Ok(canary)
}
