//! Has a command carried out, here or in the daemon that owns the state, and says what came of it.

use std::sync::Arc;

use super::change::told;
use super::context::{Context, answer, answer_json};
use super::output::{progress_line, stop_asked};
use crate::control::{CommandFailure, ControlCommand, Exit, execute};

pub(super) fn run_command(
    context: &Context,
    command: &ControlCommand,
) -> Result<Exit, CommandFailure> {
    run_command_for(context, command, context.json)
}

/// `as_json`: for another program.
pub(super) fn run_command_for(
    context: &Context,
    command: &ControlCommand,
    as_json: bool,
) -> Result<Exit, CommandFailure> {
    let config = Arc::new(context.config()?);
    let reply = context.block_on(async {
        let progress = progress_line();
        let clock = context.clock.clone();
        let reply = execute(config, clock, command, progress.tell(), stop_asked()).await;
        progress.clear();
        reply
    })?;
    let told = told(command, &reply)?;
    if as_json {
        answer_json(&told.json)?;
    } else {
        answer(&told.text)?;
    }
    Ok(told.exit)
}
