//! `chat transfer` and `chat transcript`: hands a chat over to agents, and shows what was said.
//! Each is one call of the same budget as all others, made beside a running daemon by the daemon.

use std::fmt::Write as _;

use clap::builder::NonEmptyStringValueParser;
use serde_json::json;

use super::Told;
use crate::cli::context::Context;
use crate::cli::output::{STRONG, painted};
use crate::cli::run_command::{run_command, run_command_for};
use crate::control::{CommandFailure, ControlCommand, Exit};
use crate::haptik::{
    ChatMessage, Countdown, Transcript, TranscriptQuery, Transfer, TransferForm, UserToken, Whose,
};
use crate::text::{count, shown, shown_lines};

#[derive(Debug, clap::Subcommand)]
pub(crate) enum ChatCommand {
    /// Hand a chat over to a team of agents
    #[command(
        after_help = "Example:\n  kms-haptik-sync chat transfer --user-name mira --business-id 1001 \\\n    --team-name Support --countdown 5"
    )]
    Transfer(TransferArgs),
    /// What was said in a conversation
    #[command(
        after_help = "Example:\n  kms-haptik-sync chat transcript --conversation-no 1 \\\n    --user-name mira --business-id 1001"
    )]
    Transcript(TranscriptArgs),
}

#[derive(Debug, clap::Args)]
pub(crate) struct TransferArgs {
    /// Haptik's name of the user
    #[arg(long, value_parser = NonEmptyStringValueParser::new())]
    user_name: String,
    /// The number of the channel where the user writes
    #[arg(long, value_name = "NUMBER", value_parser = business_id)]
    business_id: u64,
    /// The team, as the Teams page of Agent Chat has it
    #[arg(long, value_parser = NonEmptyStringValueParser::new())]
    team_name: String,
    /// Seconds until the chat moves to the team's queue: 5 to 10
    #[arg(long, value_name = "SECONDS", default_value = "10", value_parser = countdown)]
    countdown: Countdown,
}

#[derive(Debug, clap::Args)]
#[command(group(clap::ArgGroup::new("whose").required(true).args(["user_name", "pxut"])))]
pub(crate) struct TranscriptArgs {
    /// The number of the conversation among the user's
    #[arg(long, value_name = "NUMBER")]
    conversation_no: u64,
    /// Haptik's name of the user; with --business-id
    #[arg(
        long,
        requires = "business_id",
        value_parser = NonEmptyStringValueParser::new()
    )]
    user_name: Option<String>,
    /// The number of the channel where the user writes; with --user-name
    #[arg(long, value_name = "NUMBER", requires = "user_name", value_parser = business_id)]
    business_id: Option<u64>,
    /// The user's token, instead of --user-name and --business-id
    #[arg(
        long,
        conflicts_with_all = ["user_name", "business_id"],
        value_parser = NonEmptyStringValueParser::new()
    )]
    pxut: Option<String>,
    /// Messages at the most
    #[arg(long, value_parser = clap::value_parser!(u64).range(1..))]
    limit: Option<u64>,
    /// The form that Haptik is asked for, printed as it is; without it, a readable conversation
    #[arg(long, value_name = "FORM")]
    response_type: Option<FormArg>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum FormArg {
    /// Message by message
    Json,
    /// A line for each message
    Text,
}

fn business_id(text: &str) -> Result<u64, String> {
    text.parse().map_err(|_| {
        "a business_id is a number, the one of the channel where the user writes".to_owned()
    })
}

fn countdown(text: &str) -> Result<Countdown, String> {
    let seconds: u8 = text
        .parse()
        .map_err(|_| "a countdown is a number of seconds, 5 to 10".to_owned())?;
    Countdown::try_from(seconds)
}

pub(crate) fn chat(context: &Context, command: &ChatCommand) -> Result<Exit, CommandFailure> {
    match command {
        ChatCommand::Transfer(args) => {
            let transfer = Transfer {
                team_name: args.team_name.clone(),
                user_name: args.user_name.clone(),
                business_id: args.business_id,
                countdown: args.countdown,
            };
            run_command(context, &ControlCommand::Transfer(transfer))
        }
        ChatCommand::Transcript(args) => {
            let as_json = context.json || args.response_type == Some(FormArg::Json);
            let command = ControlCommand::Transcript(args.wanted()?);
            run_command_for(context, &command, as_json)
        }
    }
}

impl TranscriptArgs {
    fn wanted(&self) -> Result<TranscriptQuery, CommandFailure> {
        let whose = match (&self.user_name, self.business_id, &self.pxut) {
            (Some(user_name), Some(business_id), None) => Whose::User {
                user_name: user_name.clone(),
                business_id,
            },
            (None, None, Some(token)) => Whose::Token(UserToken(token.clone())),
            _ => {
                return Err(CommandFailure::Usage(
                    "give --user-name with --business-id, or --pxut".to_owned(),
                ));
            }
        };
        Ok(TranscriptQuery {
            conversation_no: self.conversation_no,
            whose,
            limit: self.limit,
            form: match self.response_type {
                Some(FormArg::Text) => TransferForm::Text,
                Some(FormArg::Json) | None => TransferForm::Json,
            },
        })
    }
}

pub(crate) fn transferred(transfer: &Transfer) -> Told {
    let seconds = u8::from(transfer.countdown);
    Told {
        json: json!({
            "transferred": true,
            "user_name": transfer.user_name,
            "business_id": transfer.business_id,
            "team_name": transfer.team_name,
            "countdown": seconds,
        }),
        text: format!(
            "the chat of {} is handed to {}; it moves to the queue in {seconds} seconds\n",
            shown(&transfer.user_name),
            shown(&transfer.team_name),
        ),
        exit: Exit::InSync,
    }
}

pub(crate) fn transcribed(
    wanted: &TranscriptQuery,
    transcript: &Transcript,
) -> Result<Told, CommandFailure> {
    let text = match transcript {
        Transcript::Messages { chat_json } => conversation(wanted.conversation_no, chat_json),
        Transcript::Text { chat_text } => format!("{}\n", shown_lines(chat_text, 0)),
    };
    Ok(Told {
        json: serde_json::to_value(transcript)
            .map_err(|error| CommandFailure::System(error.to_string()))?,
        text,
        exit: Exit::InSync,
    })
}

/// The conversation as a person reads it: who and when, and below it what was said.
fn conversation(number: u64, messages: &[ChatMessage]) -> String {
    let mut text = format!(
        "conversation {number}: {}\n",
        count(messages.len() as u64, "message", "messages")
    );
    for message in messages {
        let _ = write!(
            text,
            "\n{}  {}\n  {}\n",
            painted(STRONG, shown(&message.sender)),
            shown(&message.timestamp),
            shown_lines(&message.text, 2),
        );
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_conversation_reads_well_and_obeys_nobody() {
        let message = |sender: &str, text: &str| ChatMessage {
            text: text.to_owned(),
            sender: sender.to_owned(),
            message_id: json!(1),
            timestamp: "06/22/20 07:24:25 AM UTC".to_owned(),
        };
        let messages = [
            message("user", "Hello\nanybody?"),
            message("Asha", "\u{1b}[2JYes"),
        ];
        let shown = anstream::adapter::strip_str(&conversation(2, &messages)).to_string();
        assert_eq!(
            shown,
            "conversation 2: 2 messages\n\n\
             user  06/22/20 07:24:25 AM UTC\n  Hello\n  anybody?\n\n\
             Asha  06/22/20 07:24:25 AM UTC\n  \\u{1b}[2JYes\n"
        );
    }
}
