//! One question: within the budget, in one call or by a message whose reply is waited for.

use std::sync::atomic::Ordering;
use std::time::Duration;

use serde_json::Value;
use thiserror::Error;

use super::Asker;
use crate::clock::{instant, span};
use crate::config::AskMode;
use crate::haptik::{
    CallFault, Channel, ChatMessage, FaultClass, Transcript, TranscriptQuery, TransferForm, Whose,
};
use crate::model::{BotReply, CallKind};
use crate::store::StoreError;
use crate::sync::engine::Engine;

/// The waits between two looks into a conversation; the last one is repeated.
const LOOKS: [u64; 4] = [1, 2, 4, 8];
/// A longer wait for the budget is that of the day.
const A_MINUTE: Duration = Duration::from_secs(62);
/// Messages at the end of a conversation among which the reply is looked for.
const MESSAGES: u64 = 50;
/// Who speaks in a conversation, beside agents.
const BOT: &str = "bot";
const USER: &str = "user";

/// Why there is no reply.
#[derive(Debug, Error)]
pub enum AskError {
    /// The calls of the day are used up.
    #[error(
        "the calls that ask bots are used up for now; there is room again in {}. haptik.ask.calls_per_day says how many there are in 24 hours",
        span(*wait)
    )]
    NoRoom {
        /// Until there is room.
        wait: Duration,
    },
    /// No reply came.
    #[error(
        "the bot gave no reply within {}; uploads go on. See that the bot answers on this channel, or raise haptik.ask.reply_within",
        span(*within)
    )]
    NoReply {
        /// How long it was waited for.
        within: Duration,
    },
    /// Haptik refused the question, or could not be reached.
    #[error(transparent)]
    Fault(#[from] CallFault),
    /// The store, which keeps the budget.
    #[error(transparent)]
    Store(#[from] StoreError),
}

crate::text::samples! {
    AskError {
        NoRoom => [Self::NoRoom { wait: Duration::from_hours(2) }],
        NoReply => [Self::NoReply { within: Duration::from_secs(30) }],
        Fault => [],
        Store => [],
    }
}

/// Asks the bot on a channel; what it answers.
pub async fn ask(
    engine: &Engine,
    asker: &Asker,
    business_id: u64,
    message: &str,
) -> Result<BotReply, AskError> {
    let channel = Channel {
        paths: &asker.settings.paths,
        user: &asker.settings.user,
        business_id,
    };
    let reply = match asker.settings.mode {
        AskMode::Conversation => in_conversation(engine, asker, channel, message).await,
        AskMode::Webhook | AskMode::Off => by_webhook(engine, asker, channel, message).await,
    };
    if let Err(AskError::Fault(fault)) = &reply {
        match fault.class {
            FaultClass::Retry { after: Some(after) } => {
                let runner = &engine.runner;
                let most = runner.haptik.retry.give_up_after;
                runner.call_limiter.hold_off(after.min(most));
            }
            // The platform may have forgotten the user, who is made again before the next question.
            FaultClass::Refused => asker.is_known.store(false, Ordering::Release),
            _ => {}
        }
    }
    reply
}

async fn by_webhook(
    engine: &Engine,
    asker: &Asker,
    channel: Channel<'_>,
    message: &str,
) -> Result<BotReply, AskError> {
    take_call(engine).await?;
    let answer = asker.client.ask(channel, message).await;
    let answer = match answer {
        Err(fault) if fault.class == FaultClass::Refused && !asker.knows_user() => {
            make_user(engine, asker, channel).await?;
            take_call(engine).await?;
            asker.client.ask(channel, message).await?
        }
        answer => answer?,
    };
    Ok(BotReply::of_webhook(&answer, &asker.settings.reply))
}

async fn in_conversation(
    engine: &Engine,
    asker: &Asker,
    channel: Channel<'_>,
    message: &str,
) -> Result<BotReply, AskError> {
    if !asker.knows_user() {
        make_user(engine, asker, channel).await?;
    }
    take_call(engine).await?;
    let number = asker.client.say(channel, message).await?;
    let wanted = TranscriptQuery {
        conversation_no: asker.settings.conversation_no,
        whose: Whose::User {
            user_name: asker.settings.user.clone(),
            business_id: channel.business_id,
        },
        limit: Some(MESSAGES),
        form: TransferForm::Json,
    };
    let within = asker.settings.reply_within;
    let began = instant();
    let mut before: Option<BotReply> = None;
    for look in 0.. {
        take_call(engine).await?;
        let Transcript::Messages { chat_json } = asker.client.transcript(&wanted).await? else {
            return Err(AskError::NoReply { within });
        };
        let reply = behind(&number, &chat_json);
        // The bubbles of a reply come one after the other: it is whole once it has stopped growing.
        if !reply.bubbles.is_empty() && before.as_ref() == Some(&reply) {
            return Ok(reply);
        }
        if reply.bubbles.is_empty() && began.elapsed() >= within {
            return Err(AskError::NoReply { within });
        }
        let wait = if reply.bubbles.is_empty() { look } else { 0 };
        before = Some(reply);
        let wait = LOOKS[wait.min(LOOKS.len() - 1)];
        engine.runner.clock.sleep(Duration::from_secs(wait)).await;
    }
    Err(AskError::NoReply { within })
}

/// What stands behind a message, up to the next one of the user.
fn behind(number: &Value, messages: &[ChatMessage]) -> BotReply {
    let is_it = |message: &ChatMessage| as_text(&message.message_id) == as_text(number);
    let at = messages.iter().rposition(is_it);
    let rest = at.map_or(&[][..], |at| &messages[at + 1..]);
    let said: Vec<&ChatMessage> = rest
        .iter()
        .take_while(|message| message.sender != USER)
        .collect();
    BotReply {
        is_of_agent: said.iter().any(|message| message.sender != BOT),
        ..BotReply::of_texts(said.iter().map(|message| &*message.text))
    }
}

/// Numbers come as numbers and as texts.
fn as_text(number: &Value) -> String {
    number
        .as_str()
        .map_or_else(|| number.to_string(), str::to_owned)
}

impl Asker {
    fn knows_user(&self) -> bool {
        self.is_known.load(Ordering::Acquire)
    }
}

async fn make_user(engine: &Engine, asker: &Asker, channel: Channel<'_>) -> Result<(), AskError> {
    take_call(engine).await?;
    asker.client.make_user(channel).await?;
    asker.is_known.store(true, Ordering::Release);
    Ok(())
}

/// Waits for the budget of the minute, and not for that of the day.
async fn take_call(engine: &Engine) -> Result<(), AskError> {
    let runner = &engine.runner;
    while let Err(wait) = runner.call_limiter.take(CallKind::Ask).await? {
        if wait > A_MINUTE {
            return Err(AskError::NoRoom { wait });
        }
        runner.clock.sleep(wait).await;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_reply_stands_behind_its_message() {
        let message = |number: u64, sender: &str, text: &str| ChatMessage {
            text: text.into(),
            sender: sender.into(),
            message_id: number.into(),
            timestamp: String::new(),
        };
        let said = [
            message(1, "user", "Hello"),
            message(2, "bot", "Old."),
            message(3, "user", "Where?"),
            message(4, "bot", "Here."),
            message(5, "bot", "There."),
            message(6, "user", "Thanks"),
            message(7, "Asha", "This is Asha."),
        ];
        for (number, texts, is_of_agent) in [
            (json!(1), vec!["Old."], false),
            (json!(3), vec!["Here.", "There."], false),
            (json!("3"), vec!["Here.", "There."], false),
            (json!(6), vec!["This is Asha."], true),
            (json!(7), vec![], false),
            (json!(8), vec![], false),
        ] {
            let reply = behind(&number, &said);
            assert_eq!(
                (reply.texts(), reply.is_of_agent),
                (texts, is_of_agent),
                "{number}"
            );
        }
    }
}
