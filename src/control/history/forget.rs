//! `forget`: erases what a step said before.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::control::bots::acting_on;
use crate::control::command_context::CommandContext;
use crate::control::failure::CommandFailure;
use crate::store::Erased;
use crate::text::{command_for, one_line};

/// What came of a `forget`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Forgot {
    /// The bot.
    pub(crate) domain_name: String,
    /// The step.
    pub(crate) node_name: String,
    /// Old versions that are gone.
    pub(crate) versions: u64,
    /// The bot's snapshot before this upload cannot be had back any more.
    pub(crate) kept_after: i64,
    /// The step is live, with the text that it has now.
    pub(crate) is_live: bool,
}

pub(in crate::control) async fn forget(
    context: &CommandContext,
    bot: &str,
    step: &str,
) -> Result<Forgot, CommandFailure> {
    let store = &context.engine.runner.store;
    let id = acting_on(context, bot).await?;
    let action = context.action("forget", Some(bot), Value::Null);
    let is_live = !store.known(id, &[step]).await?.is_empty();
    let shown = one_line(step, 80);
    match store.forget_old_versions(id, step, action).await? {
        Erased::Versions { count, kept_after } => {
            tracing::info!(
                bot,
                who = &*context.who,
                "forget: {count} old versions of \"{shown}\""
            );
            Ok(Forgot {
                domain_name: bot.to_owned(),
                node_name: step.to_owned(),
                versions: count,
                kept_after,
                is_live,
            })
        }
        Erased::Nothing if is_live => Err(CommandFailure::Usage(format!(
            "{bot}: of \"{shown}\" only the live text is kept. Take its article out of the knowledge base, or change it; once that is live, ask again"
        ))),
        Erased::Nothing => Err(CommandFailure::Usage(format!(
            "{bot}: nothing is kept of a step \"{shown}\"; `{}` lists the steps",
            command_for("steps", bot, &[])
        ))),
        Erased::Busy => Err(CommandFailure::Usage(format!(
            "{bot}: nothing was forgotten, because an upload is under way, bad steps are searched for, or the bot is rolled back, and that may need the old text; ask again after it, or run `{}` first",
            command_for("resume", bot, &[])
        ))),
    }
}
