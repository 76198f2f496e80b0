//! `chat`: hands a chat over to agents, and fetches what was said. Each is one call of the budget that
//! all calls share.

use super::command_context::CommandContext;
use super::failure::CommandFailure;
use crate::haptik::{Transcript, TranscriptQuery, Transfer};

pub(super) async fn transfer(
    context: &CommandContext,
    transfer: &Transfer,
) -> Result<(), CommandFailure> {
    let client = context.engine.runner.client.clone();
    Ok(context.converse(client.transfer(transfer)).await?)
}

pub(super) async fn transcript(
    context: &CommandContext,
    wanted: &TranscriptQuery,
) -> Result<Transcript, CommandFailure> {
    let client = context.engine.runner.client.clone();
    Ok(context.converse(client.transcript(wanted)).await?)
}
