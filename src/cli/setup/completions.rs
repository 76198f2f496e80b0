//! `completions`: what a shell needs to complete the command line, made from its definition.

use clap_complete::{Shell, generate};
use serde_json::json;

use crate::cli::context::{Context, answer, answer_json};
use crate::control::{CommandFailure, Exit};

pub(crate) fn completions(
    context: &Context,
    mut command: clap::Command,
    shell: Shell,
) -> Result<Exit, CommandFailure> {
    let mut script = Vec::new();
    let name = command.get_name().to_owned();
    generate(shell, &mut command, name, &mut script);
    let script = String::from_utf8_lossy(&script);
    if context.json {
        answer_json(&json!({ "shell": shell.to_string(), "script": script }))?;
    } else {
        answer(&script)?;
    }
    Ok(Exit::InSync)
}
