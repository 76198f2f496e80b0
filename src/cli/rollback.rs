//! `rollback` and `resume`: takes a bot back to what it was after an upload and keeps it there,
//! and lets it follow its sources again.

use serde_json::json;

use super::Exit;
use super::context::{Failure, wanted_bots};
use super::wish::Reply;
use crate::daemon::Hands;
use crate::store::{PastError, UploadId};

pub(super) async fn rollback(hands: &Hands, bot: &str, to: i64) -> Result<Reply, Failure> {
    let store = &hands.engine.courier.store;
    wanted_bots(&hands.config, Some(bot))?;
    let id = store.bot(bot).await?;
    store
        .check_way_back(id, bot, UploadId(to))
        .await
        .map_err(|error| match error {
            PastError::Store(error) => Failure::Store(error),
            other => Failure::Usage(other.to_string()),
        })?;
    store.pin(id, Some(UploadId(to))).await?;
    hands.wake();
    Ok(Reply {
        json: json!({ "domain_name": bot, "pinned_to": to }),
        text: format!(
            "{bot}: the next sync makes it what it was after upload {to}, and keeps it so until `kms-haptik-sync resume {bot}`\n"
        ),
        exit: Exit::InSync,
    })
}

pub(super) async fn resume(hands: &Hands, bot: &str) -> Result<Reply, Failure> {
    let store = &hands.engine.courier.store;
    wanted_bots(&hands.config, Some(bot))?;
    let id = store.bot(bot).await?;
    store.pin(id, None).await?;
    hands.wake();
    Ok(Reply {
        json: json!({ "domain_name": bot, "pinned_to": null }),
        text: format!("{bot}: follows its sources again from the next sync on\n"),
        exit: Exit::InSync,
    })
}
