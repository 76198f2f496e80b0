//! `rollback` and `resume`: takes a bot back to what it was after an upload and keeps it there,
//! and lets it follow its sources again.

use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::control::bots::acting_on;
use crate::control::command_context::CommandContext;
use crate::control::failure::CommandFailure;
use crate::model::UploadId;
use crate::store::PastError;

/// What came of a `rollback` or `resume`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Pinning {
    /// The bot.
    pub(crate) domain_name: String,
    /// The upload that it goes back to; `None`: it follows its sources.
    pub(crate) to: Option<UploadId>,
}

pub(in crate::control) async fn rollback(
    context: &CommandContext,
    bot: &str,
    to: i64,
) -> Result<Pinning, CommandFailure> {
    let store = &context.engine.runner.store;
    let id = acting_on(context, bot).await?;
    let upload = UploadId(to);
    store
        .check_way_back(id, bot, upload)
        .await
        .map_err(|error| match error {
            PastError::Store(error) => CommandFailure::Store(error),
            other => CommandFailure::Usage(other.to_string()),
        })?;
    // Content that was altered since is refused now, and not when the bot is on its way there.
    store.state_after(id, upload).await?;
    store.pin(id, Some(upload)).await?;
    context
        .done("rollback", bot, json!({ "upload": to }))
        .await?;
    Ok(Pinning {
        domain_name: bot.to_owned(),
        to: Some(upload),
    })
}

pub(in crate::control) async fn resume(
    context: &CommandContext,
    bot: &str,
) -> Result<Pinning, CommandFailure> {
    let store = &context.engine.runner.store;
    let id = acting_on(context, bot).await?;
    let Some(from) = store.bot_state(id).await?.pinned_to else {
        return Err(CommandFailure::Usage(format!(
            "{bot}: it is not rolled back to any upload, so there is nothing to resume; it follows its sources"
        )));
    };
    store.pin(id, None).await?;
    context
        .done("resume", bot, json!({ "upload": from.0 }))
        .await?;
    Ok(Pinning {
        domain_name: bot.to_owned(),
        to: None,
    })
}
