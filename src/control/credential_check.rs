//! Greets Haptik on behalf of `check`, within the call budget.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::command_context::CommandContext;
use super::failure::CommandFailure;
use crate::haptik::CredentialCheck;
use crate::model::CallKind;

/// What came of a credential check.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum CredentialCheckOutcome {
    Answer(CredentialCheck),
    /// The call budget has no room for so long.
    NoRoom(Duration),
}

pub(super) async fn greet(
    context: &CommandContext,
) -> Result<CredentialCheckOutcome, CommandFailure> {
    let runner = &context.engine.runner;
    if let Err(wait) = runner.call_limiter.take(CallKind::Status).await? {
        return Ok(CredentialCheckOutcome::NoRoom(wait));
    }
    let credential_check = runner.client.greet().await;
    let answer = credential_check.answer.as_ref().ok();
    if let Some(wait) = answer.and_then(|answer| answer.retry_after) {
        let most = runner.haptik.retry.give_up_after;
        runner.call_limiter.hold_off(wait.min(most));
    }
    Ok(CredentialCheckOutcome::Answer(credential_check))
}
