//! `rollback`: takes a bot back to what it was after an upload, and keeps it there until `resume`.

use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::control::bots::acting_on;
use crate::control::command_context::CommandContext;
use crate::control::failure::CommandFailure;
use crate::model::UploadId;
use crate::store::PastError;

/// What came of a `rollback`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Pinning {
    /// The bot.
    pub(crate) domain_name: String,
    /// The upload that it goes back to.
    pub(crate) to: UploadId,
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
        to: upload,
    })
}
