//! `notify test`: a test message to each receiver, now, so that nobody learns from a silence that an address was
//! wrong.

use std::fmt::Write as _;

use serde_json::json;

use crate::cli::context::{Context, answer, answer_json};
use crate::cli::output::{BAD, GOOD, painted};
use crate::control::{CommandFailure, Exit};
use crate::notify::{Tried, try_receivers};
use crate::text::{few, shown_lines};

#[derive(Debug, clap::Subcommand)]
pub(crate) enum NotifyCommand {
    /// Send a test message to each receiver of `[notify]`
    #[command(
        after_help = "Examples:\n  kms-haptik-sync notify test\n  kms-haptik-sync notify test editors\n\n\
        Nothing of it is kept or sent again, and alive_url is not asked.\n\
        Exit codes: 0 every receiver took it, 1 some did not, 2 there is no such receiver, or none at all."
    )]
    Test {
        /// Only this receiver, by its name
        receiver: Option<String>,
    },
}

pub(crate) fn notify(context: &Context, command: &NotifyCommand) -> Result<Exit, CommandFailure> {
    let NotifyCommand::Test { receiver } = command;
    let config = context.config()?;
    let receivers = config.notify.iter().flat_map(|notify| &notify.receivers);
    let names: Vec<&str> = receivers.map(|receiver| receiver.name.as_str()).collect();
    if names.is_empty() {
        let words = "nobody is told anything: [notify] has no url and no [[notify.receiver]]; docs/NOTIFICATIONS.md shows how to add one";
        return Err(CommandFailure::Usage(words.to_owned()));
    }
    if let Some(wanted) = receiver
        && !names.contains(&wanted.as_str())
    {
        let words = format!(
            "there is no receiver \"{wanted}\"; configured: {}",
            few(&names)
        );
        return Err(CommandFailure::Usage(words));
    }
    context.block_on(async {
        let tried = try_receivers(&config, &context.clock, receiver.as_deref());
        let tried = tried
            .await
            .map_err(|error| CommandFailure::System(error.to_string()))?;
        if context.json {
            answer_json(&as_json(&tried))?;
        } else {
            answer(&in_words(&tried))?;
        }
        let all_took_it = tried.iter().all(|tried| tried.problem.is_none());
        Ok(if all_took_it {
            Exit::InSync
        } else {
            Exit::Failed
        })
    })
}

fn as_json(tried: &[Tried]) -> serde_json::Value {
    let receivers = tried.iter().map(|tried| {
        json!({
            "receiver": tried.receiver,
            "taken": tried.problem.is_none(),
            "error": tried.problem,
        })
    });
    json!({ "receivers": receivers.collect::<Vec<_>>() })
}

fn in_words(tried: &[Tried]) -> String {
    tried.iter().fold(String::new(), |mut text, tried| {
        let _ = match &tried.problem {
            None => writeln!(
                text,
                "{}  {}: took the message",
                painted(GOOD, "ok   "),
                tried.receiver
            ),
            Some(problem) => writeln!(
                text,
                "{}  {}: did not take the message: {}",
                painted(BAD, "wrong"),
                tried.receiver,
                shown_lines(problem, 7)
            ),
        };
        text
    })
}
