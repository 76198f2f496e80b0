//! What the bots of a sandbox answer: the step of which a message is one, to the letter, with all that
//! stands between a finished task and a right answer. Plain values; the time is passed in.

use std::collections::BTreeMap;

use http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::people::ChatRefusal;
use super::world::{SandboxStep, World};
use crate::clock::Millis;
use crate::haptik::{ANSWER_SEPARATOR, ChatMessage, QUESTION_SEPARATOR};

/// When replies come in a conversation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reply {
    /// At once.
    #[default]
    AtOnce,
    /// This many milliseconds later.
    After(Millis),
    /// Never.
    Never,
}

/// How bots answer; `answers` in the body of `POST /sandbox/faults` replaces it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct AnswerRule {
    /// Whether user messages that are new are understood only after `train`.
    pub training: bool,
    /// What another part of the platform answers before any step, by message.
    pub ahead: BTreeMap<String, String>,
    /// Messages on which the chat is handed to an agent.
    pub agent: Vec<String>,
    /// When replies come in a conversation.
    pub reply: Reply,
    /// Whether the webhook, too, wants a user who was made before.
    pub users_must_exist: bool,
    /// What a bot says where it understands nothing.
    pub fallback: String,
}

impl Default for AnswerRule {
    fn default() -> Self {
        Self {
            training: false,
            ahead: BTreeMap::new(),
            agent: Vec::new(),
            reply: Reply::AtOnce,
            users_must_exist: false,
            fallback: "Sorry, I did not understand that.".to_owned(),
        }
    }
}

/// A message that is still to come.
#[derive(Debug)]
pub(super) struct Pending {
    due: Millis,
    user: String,
    business_id: u64,
    message: ChatMessage,
}

/// Who says it where it is the bot.
const BOT: &str = "bot";

/// Who says it, and what.
struct Spoken {
    sender: &'static str,
    bubbles: Vec<String>,
}

/// A step after a row of an upload.
pub(super) fn changed(
    before: Option<SandboxStep>,
    question: Box<str>,
    answer: Box<str>,
    training: bool,
) -> SandboxStep {
    let is_another = |step: &SandboxStep| step.question != question || step.answer != answer;
    let (trained, before) = match before {
        None => (Some("".into()), None),
        Some(step) => {
            let trained = step.trained.clone().or_else(|| Some(step.question.clone()));
            let kept = if is_another(&step) {
                Some((step.question, step.answer))
            } else {
                step.before
            };
            (trained, kept)
        }
    };
    let trained = trained.filter(|trained| training && *trained != question);
    SandboxStep {
        question,
        answer,
        active: true,
        trained,
        before,
    }
}

impl World {
    /// Every bot understands its user messages as they are.
    pub(super) fn train(&mut self) {
        for step in self.bots.values_mut().flat_map(BTreeMap::values_mut) {
            step.trained = None;
        }
        self.version += 1;
    }

    /// These steps say again what they said before.
    pub(super) fn publish_old(&mut self, names: &[String]) {
        for bot in self.bots.values_mut() {
            for name in names {
                let Some(step) = bot.get_mut(name.as_str()) else {
                    continue;
                };
                if let Some((question, answer)) = step.before.take() {
                    (step.question, step.answer, step.trained) = (question, answer, None);
                }
            }
        }
        self.version += u64::from(!names.is_empty());
    }

    /// The body of the answer to a question.
    pub(super) fn answer(
        &self,
        body: &Value,
        channels: &BTreeMap<u64, String>,
    ) -> Result<Value, ChatRefusal> {
        let (user, business_id, message) = asked(body)?;
        if self.rules.answers.users_must_exist && !self.people.is_registered(user) {
            return Err(unregistered());
        }
        let spoken = self.spoken(business_id, message, channels);
        let bubbles = spoken.bubbles.iter().map(|text| element(text));
        let agent = Some(spoken.sender).filter(|sender| *sender != BOT);
        Ok(json!([{
            "model": "api.chatmessaged",
            "fields": {
                "body": message, "message_type": 0, "agent_name": agent, "claim_name": "gogo", "business_id": business_id,
            },
            "bot_messages": bubbles.collect::<Vec<_>>(),
        }]))
    }

    /// Makes a user.
    pub(super) fn make_user(&mut self, body: &Value) -> Result<Value, ChatRefusal> {
        let user = body.get("auth_id").and_then(Value::as_str);
        let user = user.filter(|user| !user.is_empty());
        let user = user.ok_or_else(|| refused("auth_id missing in the request"))?;
        self.people.register(user);
        Ok(json!({ "success": true, "auth_id": user }))
    }

    /// Hears a message; the reply stands in the conversation when it is due.
    pub(super) fn hear(
        &mut self,
        body: &Value,
        channels: &BTreeMap<u64, String>,
        now: Millis,
    ) -> Result<Value, ChatRefusal> {
        let (user, business_id, message) = asked(body)?;
        let (user, message) = (user.to_owned(), message.to_owned());
        if !self.people.is_registered(&user) {
            return Err(unregistered());
        }
        let spoken = self.spoken(business_id, &message, channels);
        let said = self.message("user", &message);
        let number = said.message_id.clone();
        self.people.say(&user, business_id, said);
        let due = match self.rules.answers.reply {
            Reply::AtOnce => Some(now),
            Reply::After(wait) => Some(now + wait),
            Reply::Never => None,
        };
        if let Some(due) = due {
            for text in spoken.bubbles {
                let message = self.message(spoken.sender, &text);
                self.pending.push(Pending {
                    due,
                    user: user.clone(),
                    business_id,
                    message,
                });
            }
        }
        self.say_what_is_due(now);
        Ok(json!({ "message_id": number }))
    }

    /// Says in the conversations what is due.
    pub(super) fn say_what_is_due(&mut self, now: Millis) {
        let (due, later) = std::mem::take(&mut self.pending)
            .into_iter()
            .partition(|pending| pending.due <= now);
        self.pending = later;
        let due: Vec<Pending> = due;
        for Pending {
            user,
            business_id,
            message,
            ..
        } in due
        {
            self.people.say(&user, business_id, message);
        }
    }

    fn message(&mut self, sender: &str, text: &str) -> ChatMessage {
        self.messages += 1;
        ChatMessage {
            text: text.to_owned(),
            sender: sender.to_owned(),
            message_id: self.messages.into(),
            timestamp: format!("04/03/23 09:15:{:02} AM UTC", self.messages % 60),
        }
    }

    fn spoken(&self, business_id: u64, message: &str, channels: &BTreeMap<u64, String>) -> Spoken {
        let rules = &self.rules.answers;
        let bot = |text: &str| Spoken {
            sender: BOT,
            bubbles: text.split(ANSWER_SEPARATOR).map(str::to_owned).collect(),
        };
        if rules.agent.iter().any(|known| is_same(known, message)) {
            return Spoken {
                sender: "Asha",
                bubbles: vec!["Hello, this is Asha.".to_owned()],
            };
        }
        let mut ahead = rules.ahead.iter();
        if let Some((_, text)) = ahead.find(|(known, _)| is_same(known, message)) {
            return bot(text);
        }
        let only = channels.get(&business_id);
        let mut steps = self
            .bots
            .iter()
            .filter(|(name, _)| only.is_none_or(|only| only == *name))
            .flat_map(|(_, steps)| steps.values());
        let found = steps.find(|step| understands(step, message));
        bot(found.map_or(rules.fallback.as_str(), |step| &*step.answer))
    }
}

fn understands(step: &SandboxStep, message: &str) -> bool {
    let known = step.trained.as_deref().unwrap_or(&step.question);
    // A user message that is gone is understood until the bot is trained; one that is new is not.
    let mut known = known.split(QUESTION_SEPARATOR);
    step.active && !message.trim().is_empty() && known.any(|known| is_same(known, message))
}

fn is_same(known: &str, message: &str) -> bool {
    known.trim().to_lowercase() == message.trim().to_lowercase()
}

/// As the vendor's document has it: texts as they are, and what else there is as Haptik's JSON.
fn element(text: &str) -> Value {
    let value = serde_json::from_str(text).ok().filter(Value::is_object);
    value.unwrap_or_else(|| text.into())
}

fn asked(body: &Value) -> Result<(&str, u64, &str), ChatRefusal> {
    let text = |place: &str, name: &str| {
        let text = body.pointer(place).and_then(Value::as_str);
        let text = text.filter(|text| !text.is_empty());
        text.ok_or_else(|| refused(&format!("{name} missing in the request")))
    };
    let user = text("/user/auth_id", "auth_id")?;
    let message = text("/message_body", "message_body")?;
    let business_id = body.get("business_id").and_then(Value::as_u64);
    let business_id = business_id.ok_or_else(|| refused("business_id missing in the request"))?;
    if body.get("message_type") != Some(&json!(0)) {
        return Err(refused("message_type missing in the request"));
    }
    Ok((user, business_id, message))
}

fn unregistered() -> ChatRefusal {
    (StatusCode::FORBIDDEN, "user is not registered".to_owned())
}

fn refused(words: &str) -> ChatRefusal {
    (StatusCode::BAD_REQUEST, words.to_owned())
}
