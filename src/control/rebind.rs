//! `rebind`: takes what the state knows of a bot to another Haptik, which means that it knows nothing.

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::bots::wanted_bots;
use super::command_context::CommandContext;
use super::failure::CommandFailure;
use crate::store::{Forgotten, HaptikBinding};
use crate::sync::refused;

/// What came of a `rebind`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Rebound {
    /// The bot.
    pub(crate) domain_name: String,
    /// The Haptik that the state spoke of.
    pub(crate) from: HaptikBinding,
    /// The one that it speaks of now.
    pub(crate) to: HaptikBinding,
    /// What was known of the bot there.
    pub(crate) forgotten: Forgotten,
}

pub(super) async fn rebind(context: &CommandContext, bot: &str) -> Result<Rebound, CommandFailure> {
    let store = &context.engine.runner.store;
    let binding = &context.engine.binding;
    wanted_bots(&context.config, Some(bot))?;
    let Some(before) = refused(store, bot, binding).await? else {
        return Err(CommandFailure::Usage(format!(
            "{bot}: there is nothing to do; what {} knows of this bot is of the configured Haptik, {binding}",
            store.folder().display()
        )));
    };
    let id = store.bot(bot).await?;
    let action = context.action("rebind", Some(bot), json!({}));
    let forgotten = store.rebind(id, binding, action).await?;
    context.engine.readings.forget(bot);
    tracing::info!(
        bot,
        who = &*context.who,
        "rebind: from {} to {binding}",
        before.bound
    );
    context.replan(bot);
    Ok(Rebound {
        domain_name: bot.to_owned(),
        from: before.bound,
        to: before.configured,
        forgotten,
    })
}
