//! Asks a bot for a program: what `ask --json` answers, for as many messages as one call has time for.

use std::time::Duration;

use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::Value;
use tokio::time::timeout;

use super::Refusal;
use crate::control::{
    CommandContext, CommandFailure, ControlCommand, Question, Questions, Reply, carry_out,
};

/// Messages of one call at the most.
const MESSAGES: usize = 10;
/// Characters of a message at the most.
const CHARACTERS: usize = 1000;
/// A connection does not last longer.
const PATIENCE: Duration = Duration::from_secs(100);

/// A message, and which step it should find.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AskedMessage {
    /// What a customer would write.
    message: String,
    /// The step that should answer; without it, the one that has this message.
    step: Option<String>,
}

/// What is to be asked. Pure.
pub(super) fn questions(bot: String, messages: Vec<AskedMessage>) -> Result<Questions, Refusal> {
    let wrong = |words: String| Refusal::new(StatusCode::UNPROCESSABLE_ENTITY, words);
    if !(1..=MESSAGES).contains(&messages.len()) {
        return Err(wrong(format!(
            "`messages` is a list of 1 to {MESSAGES} messages, each with its `message`"
        )));
    }
    let messages = messages.into_iter().map(|asked| {
        let is_long = asked.message.chars().count() > CHARACTERS;
        if asked.message.trim().is_empty() || is_long {
            return Err(wrong(format!(
                "`message` is a text of 1 to {CHARACTERS} characters"
            )));
        }
        Ok(Question {
            message: asked.message,
            expected: asked.step,
        })
    });
    Ok(Questions {
        bot,
        messages: messages.collect::<Result<_, _>>()?,
    })
}

/// What the bot answers, as `ask --json` has it.
pub(super) async fn answer(
    context: &CommandContext,
    questions: Questions,
) -> Result<Value, Refusal> {
    let unavailable = |words: String| Refusal::new(StatusCode::SERVICE_UNAVAILABLE, words);
    let command = ControlCommand::Ask(questions);
    let asked = timeout(PATIENCE, Box::pin(carry_out(context, &command))).await;
    let asked = asked.map_err(|_| {
        unavailable("the bot has not answered in time; ask fewer messages at once".to_owned())
    })?;
    match asked {
        Ok(Reply::Ask(answers)) => Ok(answers.as_json()),
        Ok(_) => Err(unavailable("the bot was not asked".to_owned())),
        // The budget is used up, or the bot does not answer: it may later.
        Err(CommandFailure::System(words)) => Err(unavailable(words)),
        Err(failure) => Err(failure.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_asks_a_few_messages_of_some_length() {
        let asked = |message: &str| AskedMessage {
            message: message.to_owned(),
            step: None,
        };
        let many = |count: usize| (0..count).map(|_| asked("Where?")).collect::<Vec<_>>();
        for (messages, is_fine) in [
            (many(0), false),
            (many(1), true),
            (many(MESSAGES), true),
            (many(MESSAGES + 1), false),
            (vec![asked(" ")], false),
            (vec![asked(&"é".repeat(CHARACTERS))], true),
            (vec![asked(&"é".repeat(CHARACTERS + 1))], false),
        ] {
            let count = messages.len();
            let questions = questions("acme".to_owned(), messages);
            assert_eq!(questions.is_ok(), is_fine, "{count}");
        }
    }
}
