//! `resume`: a bot goes on after a pause, follows its sources again after a rollback, is repaired again after
//! its canary has found something, or follows the article of one step again.

use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::control::bots::acting_on;
use crate::control::command_context::CommandContext;
use crate::control::failure::CommandFailure;
use crate::model::{OverrideKind, UploadId};
use crate::store::BotId;
use crate::text::{command_for, few, one_line};

/// What came of a `resume`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Resumed {
    /// The bot.
    pub(crate) domain_name: String,
    /// The step that follows its article again; `None`: it was about the bot.
    pub(crate) step: Option<String>,
    /// A pause was ended.
    pub(crate) was_paused: bool,
    /// What was found of the canary is dealt with.
    pub(crate) was_of_canary: bool,
    /// The step was kept although its article is gone.
    pub(crate) was_kept: bool,
    /// The upload that the bot is still rolled back to.
    pub(crate) pinned_to: Option<UploadId>,
}

pub(in crate::control) async fn resume(
    context: &CommandContext,
    bot: &str,
    step: Option<&str>,
) -> Result<Resumed, CommandFailure> {
    match step {
        Some(step) => resume_step(context, bot, step).await,
        None => resume_bot(context, bot).await,
    }
}

async fn resume_bot(context: &CommandContext, bot: &str) -> Result<Resumed, CommandFailure> {
    let store = &context.engine.runner.store;
    let id = acting_on(context, bot).await?;
    let state = store.bot_state(id).await?;
    let mut resumed = Resumed {
        domain_name: bot.to_owned(),
        step: None,
        was_paused: state.pause.is_some(),
        was_of_canary: false,
        was_kept: false,
        pinned_to: state.pinned_to,
    };
    if let Some(pause) = state.pause {
        let details = json!({ "paused_by": pause.who, "reason": pause.reason });
        let action = context.action("resume", Some(bot), details);
        store.pause(id, None, &action).await?;
        tracing::info!(bot, who = action.who, "the pause is over: {}", pause.reason);
        context.replan(bot);
        return Ok(resumed);
    }
    if resumed.pinned_to.is_none() && resume_canary(context, bot, id).await? {
        resumed.was_of_canary = true;
        return Ok(resumed);
    }
    let Some(from) = resumed.pinned_to.take() else {
        return Err(CommandFailure::Usage(format!(
            "{bot}: it is neither paused nor rolled back to any upload, and its canary has found nothing, so there is nothing to resume; it follows its sources"
        )));
    };
    store.pin(id, None).await?;
    context
        .done("resume", bot, json!({ "upload": from.0 }))
        .await?;
    Ok(resumed)
}

/// What the canary of a bot has found is dealt with, if it has found anything.
async fn resume_canary(
    context: &CommandContext,
    bot: &str,
    id: BotId,
) -> Result<bool, CommandFailure> {
    let store = &context.engine.runner.store;
    let canary = store.canary(id).await?;
    let found = canary.and_then(|canary| Some((canary.finding()?, canary)));
    let Some((finding, canary)) = found else {
        return Ok(false);
    };
    let details = json!({ "canary": finding.name() });
    let action = context.action("resume", Some(bot), details);
    store.resume_canary(id, canary, &action).await?;
    tracing::info!(
        bot,
        who = action.who,
        "what the canary has found is dealt with: {}",
        finding.name()
    );
    context.replan(bot);
    Ok(true)
}

async fn resume_step(
    context: &CommandContext,
    bot: &str,
    step: &str,
) -> Result<Resumed, CommandFailure> {
    let store = &context.engine.runner.store;
    let id = acting_on(context, bot).await?;
    let overrides = store.overrides(id).await?;
    let Some(spoken) = overrides.get(step) else {
        let names: Vec<&String> = overrides.keys().collect();
        let there = if names.is_empty() {
            "no step of it is".to_owned()
        } else {
            format!("these are: {}", few(&names))
        };
        return Err(CommandFailure::Usage(format!(
            "{bot}: \"{}\" is neither withdrawn nor put back nor kept, so it follows its article; {there}. `{}` shows the steps",
            one_line(step, 80),
            command_for("steps", bot, &[])
        )));
    };
    let details = json!({ "step": step, spoken.kind().name(): true });
    let action = context.action("resume", Some(bot), details);
    let names = [step.to_owned()];
    store.end_overrides(id, &names, &action).await?;
    tracing::info!(
        bot,
        who = action.who,
        "\"{}\" follows its article again",
        one_line(step, 80)
    );
    context.replan(bot);
    Ok(Resumed {
        domain_name: bot.to_owned(),
        step: Some(step.to_owned()),
        was_paused: false,
        was_of_canary: false,
        was_kept: spoken.kind() == OverrideKind::Kept,
        pinned_to: store.bot_state(id).await?.pinned_to,
    })
}
