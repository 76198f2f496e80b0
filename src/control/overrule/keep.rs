//! `keep`: an answer stays on the bot although its article is gone, until the article is back, or until somebody lets
//! it go.

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::pause::longest_reason;
use crate::control::bots::acting_on;
use crate::control::command_context::CommandContext;
use crate::control::failure::CommandFailure;
use crate::model::{OverrideKind, REMOVAL, StepOverride};
use crate::store::{BotId, Store};
use crate::text::{command_for, count, few, one_line};

/// What came of a `keep`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Kept {
    /// The bot.
    pub(crate) domain_name: String,
    /// The steps that stay.
    pub(crate) kept: Vec<String>,
}

pub(in crate::control) async fn keep(
    context: &CommandContext,
    bot: &str,
    steps: &[String],
    reason: &str,
) -> Result<Kept, CommandFailure> {
    let store = &context.engine.runner.store;
    let id = acting_on(context, bot).await?;
    if steps.is_empty() {
        return Err(CommandFailure::Usage(format!(
            "{bot}: name the steps that are to stay; `{}` lists those whose removal is held or waits",
            command_for("steps", bot, &[])
        )));
    }
    let reason = longest_reason(reason);
    let spoken = spoken(context, store, (bot, id), steps, &reason).await?;
    let kept: Vec<String> = spoken.iter().map(|(name, _)| name.clone()).collect();
    let details = json!({ "kept": kept, "reason": reason });
    let action = context.action("keep", Some(bot), details);
    if let Some(gone) = store.keep_steps(id, &spoken, &action).await? {
        return Err(not_open(bot, &gone));
    }
    let steps = count(kept.len() as u64, "step stays", "steps stay");
    tracing::info!(
        bot,
        who = action.who,
        "keep: {steps} although the article is gone: {}",
        few(&kept)
    );
    context.replan(bot);
    Ok(Kept {
        domain_name: bot.to_owned(),
        kept,
    })
}

/// What is written down of each. A step that a person has withdrawn leaves because of that, and not because its
/// article is gone.
async fn spoken(
    context: &CommandContext,
    store: &Store,
    (bot, id): (&str, BotId),
    steps: &[String],
    reason: &str,
) -> Result<Vec<(String, StepOverride)>, CommandFailure> {
    let overrides = store.overrides(id).await?;
    let names: Vec<&str> = steps.iter().map(String::as_str).collect();
    let live = store.known(id, &names).await?;
    let mut spoken = Vec::new();
    for name in steps {
        let before = overrides.get(name);
        if before.is_some_and(|before| before.kind() == OverrideKind::Withdrawn) {
            return Err(CommandFailure::Usage(format!(
                "{bot}: \"{}\" was withdrawn by a person, so there is no article that is gone; `{}` brings it back",
                one_line(name, 80),
                command_for("resume", bot, &[name])
            )));
        }
        let Some(known) = live.iter().find(|known| known.node_name == *name) else {
            return Err(not_open(bot, name));
        };
        let word = StepOverride {
            key: known.key.clone(),
            of: REMOVAL,
            put_back: None,
            since: context.engine.runner.clock.now(),
            who: context.who.to_string(),
            reason: reason.to_owned(),
        };
        spoken.push((name.clone(), word));
    }
    Ok(spoken)
}

fn not_open(bot: &str, step: &str) -> CommandFailure {
    CommandFailure::Usage(format!(
        "{bot}: no removal of \"{}\" is held, waits or is to be carried out by hand, so there is nothing to keep; \
         nothing was done. `{}` shows the steps with their states",
        one_line(step, 80),
        command_for("steps", bot, &[])
    ))
}
