//! `rollback` and `resume`: takes a bot back to what it was after an upload and keeps it there,
//! and lets it follow its sources again.

use serde_json::json;

use crate::cli::Exit;
use crate::cli::bots::acting_on;
use crate::cli::context::CommandFailure;
use crate::control::{CommandContext, Reply};
use crate::model::UploadId;
use crate::store::PastError;
use crate::text::command_for;

pub(crate) async fn rollback(
    hands: &CommandContext,
    bot: &str,
    to: i64,
) -> Result<Reply, CommandFailure> {
    let store = &hands.engine.runner.store;
    let id = acting_on(hands, bot).await?;
    store
        .check_way_back(id, bot, UploadId(to))
        .await
        .map_err(|error| match error {
            PastError::Store(error) => CommandFailure::Store(error),
            other => CommandFailure::Usage(other.to_string()),
        })?;
    // Content that was altered since is refused now, and not when the bot is on its way there.
    store.state_after(id, UploadId(to)).await?;
    store.pin(id, Some(UploadId(to))).await?;
    hands.done("rollback", bot, json!({ "upload": to })).await?;
    Ok(Reply {
        json: json!({ "domain_name": bot, "pinned_to": to }),
        text: format!(
            "{bot}: the next sync makes it what it was after upload {to}, and keeps it so until `{}`\n",
            command_for("resume", bot, &[])
        ),
        exit: Exit::InSync,
    })
}

pub(crate) async fn resume(hands: &CommandContext, bot: &str) -> Result<Reply, CommandFailure> {
    let store = &hands.engine.runner.store;
    let id = acting_on(hands, bot).await?;
    let Some(from) = store.bot_state(id).await?.pinned_to else {
        return Err(CommandFailure::Usage(format!(
            "{bot}: it is not rolled back to any upload, so there is nothing to resume; it follows its sources"
        )));
    };
    store.pin(id, None).await?;
    hands
        .done("resume", bot, json!({ "upload": from.0 }))
        .await?;
    Ok(Reply {
        json: json!({ "domain_name": bot, "pinned_to": null }),
        text: format!("{bot}: follows its sources again from the next sync on\n"),
        exit: Exit::InSync,
    })
}
