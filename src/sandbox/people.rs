//! Users, teams and channels of a sandbox, and what the two conversation calls answer about them,
//! in the words of the vendor's page of April 2023. Plain values.

use std::collections::BTreeMap;

use http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::haptik::{ChatMessage, RECEIVER};

/// Users, teams and channels; `people` in the body of `POST /sandbox/faults` replaces them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct People {
    /// The channels by `business_id`, and whether each is active.
    pub businesses: BTreeMap<u64, bool>,
    /// The teams, and whether each is active.
    pub teams: BTreeMap<String, bool>,
    /// The users by `user_name`.
    pub users: BTreeMap<String, Person>,
}

/// A user.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Person {
    /// Whether the user is registered.
    #[serde(default = "yes")]
    pub registered: bool,
    /// The user's token, if there is one.
    #[serde(default)]
    pub pxut: Option<String>,
    /// What was said.
    #[serde(default)]
    pub chats: Vec<Chat>,
}

/// A conversation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Chat {
    /// The channel.
    pub business_id: u64,
    /// Its number among the user's.
    pub conversation_no: u64,
    /// The messages, oldest first.
    pub messages: Vec<ChatMessage>,
}

/// A chat that was handed over, as `GET /sandbox/calls` shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct HandedOver {
    /// The user.
    pub user_name: String,
    /// The channel.
    pub business_id: u64,
    /// The team.
    pub team_name: String,
    /// Seconds until it moves to the queue.
    pub countdown: u64,
}

/// Why a call is refused: the status and Haptik's words.
pub(super) type ChatRefusal = (StatusCode, String);

fn yes() -> bool {
    true
}

fn refused<T>(words: &str) -> Result<T, ChatRefusal> {
    Err((StatusCode::BAD_REQUEST, words.to_owned()))
}

/// A few of each, so that both calls can be tried at once.
impl Default for People {
    fn default() -> Self {
        let message = |message_id: u64, sender: &str, text: &str| ChatMessage {
            text: text.to_owned(),
            sender: sender.to_owned(),
            message_id: message_id.into(),
            timestamp: format!("04/03/23 09:15:{:02} AM UTC", message_id % 60),
        };
        let chat = Chat {
            business_id: 1001,
            conversation_no: 1,
            messages: vec![
                message(1, "user", "Where is my order?"),
                message(2, "bot", "Parcels arrive within 5 days."),
                message(3, "user", "It has been 9 days."),
                message(4, "Asha", "Let me look into that."),
            ],
        };
        let person = |pxut: Option<&str>, chats| Person {
            registered: true,
            pxut: pxut.map(str::to_owned),
            chats,
        };
        Self {
            businesses: [(1001, true), (1002, false)].into(),
            teams: [("Support".to_owned(), true), ("Night".to_owned(), false)].into(),
            users: [
                ("mira".to_owned(), person(Some("pxut-of-mira"), vec![chat])),
                ("noor".to_owned(), person(None, Vec::new())),
            ]
            .into(),
        }
    }
}

impl People {
    /// Hands a chat over.
    pub(super) fn transfer(&self, body: &Value) -> Result<HandedOver, ChatRefusal> {
        let given = |name: &str| match body.get(name) {
            None | Some(Value::Null) => Err(format!("{name} missing in the request")),
            Some(Value::String(text)) if text.is_empty() => {
                Err(format!("{name} missing in the request"))
            }
            Some(value) => Ok(value.clone()),
        };
        let (user, business, team) = given("user_name")
            .and_then(|user| Ok((user, given("business_id")?, given("team_name")?)))
            .or_else(|words| refused(&words))?;
        let Some((user_name, user)) = known(&self.users, &user) else {
            return refused("invalid user_name");
        };
        if !user.registered {
            return refused("user is not registered");
        }
        let business = business
            .as_u64()
            .and_then(|id| self.businesses.get_key_value(&id));
        match business {
            None => return refused("invalid business_id provided"),
            Some((id, false)) => return refused(&format!("business \"{id}\" is inactive")),
            Some((_, true)) => {}
        }
        let business_id = business.map_or(0, |(id, _)| *id);
        let team_name = match known(&self.teams, &team) {
            None => return refused("invalid team_name provided"),
            Some((name, false)) => return refused(&format!("team \"{name}\" is inactive")),
            Some((name, true)) => name.clone(),
        };
        if user.chat(business_id, None).is_none() {
            return refused("user has not sent a message");
        }
        let countdown = body.get("countdown").map_or(Some(10), Value::as_u64);
        let Some(countdown @ 5..=10) = countdown else {
            return refused("invalid countdown");
        };
        if body
            .get("receiver")
            .is_some_and(|receiver| receiver != RECEIVER)
        {
            return refused("invalid receiver");
        }
        Ok(HandedOver {
            user_name: user_name.clone(),
            business_id,
            team_name,
            countdown,
        })
    }

    /// What was said, as the body of the answer.
    pub(super) fn transcript(
        &self,
        query: &BTreeMap<String, String>,
    ) -> Result<Value, ChatRefusal> {
        const NOBODY: &str = "Either the user has not sent a message yet, or the provided user_name-business_id pair is invalid.";
        let given = |name: &str| query.get(name).filter(|text| !text.is_empty());
        let number = |name: &str| given(name).map(|text| text.parse::<u64>());
        let Some(wanted) = number("conversation_no") else {
            return refused("Argument group validation: no valid group.");
        };
        let form = given("response_type").map_or("json", String::as_str);
        let (Ok(wanted), Ok(limit)) = (wanted, number("limit").transpose()) else {
            return refused("Argument group validation: invalid group found.");
        };
        if !matches!(form, "json" | "text") {
            return refused("Argument group validation: invalid group found.");
        }
        let chat = match (given("business_id"), given("user_name"), given("pxut")) {
            (Some(business), Some(user), None) => {
                let Ok(business) = business.parse() else {
                    return refused("Invalid business_id");
                };
                let user = self.users.get(user);
                let writes = user.filter(|user| user.chat(business, None).is_some());
                let Some(user) = writes else {
                    return refused(NOBODY);
                };
                user.chat(business, Some(wanted))
            }
            (None, None, Some(token)) => {
                let mut users = self.users.values();
                let Some(user) = users.find(|user| user.pxut.as_ref() == Some(token)) else {
                    return refused("Unable to decode pxut-client_id pair");
                };
                let mut chats = user.chats.iter();
                chats.find(|chat| chat.conversation_no == wanted)
            }
            _ => return refused("Argument group validation: no valid group."),
        };
        let said = chat.map_or(&[][..], |chat| &chat.messages);
        let limit = limit.and_then(|limit| usize::try_from(limit).ok());
        let said = &said[said.len().saturating_sub(limit.unwrap_or(usize::MAX))..];
        Ok(if form == "json" {
            json!({ "chat_json": said })
        } else {
            let lines = said.iter().map(|m| format!("{}: {}\n", m.sender, m.text));
            json!({ "chat_text": lines.collect::<String>() })
        })
    }
}

impl People {
    /// Makes a user who is known from now on.
    pub(super) fn register(&mut self, user: &str) {
        let person = self.users.entry(user.to_owned()).or_insert(Person {
            registered: true,
            pxut: None,
            chats: Vec::new(),
        });
        person.registered = true;
    }

    /// Whether somebody is known, and may write.
    pub(super) fn is_registered(&self, user: &str) -> bool {
        self.users.get(user).is_some_and(|user| user.registered)
    }

    /// Says something in the first conversation of a user on a channel.
    pub(super) fn say(&mut self, user: &str, business_id: u64, message: ChatMessage) {
        let Some(person) = self.users.get_mut(user) else {
            return;
        };
        let chats = &mut person.chats;
        let known = chats
            .iter()
            .position(|chat| chat.business_id == business_id && chat.conversation_no == 1);
        let at = known.unwrap_or_else(|| {
            chats.push(Chat {
                business_id,
                conversation_no: 1,
                messages: Vec::new(),
            });
            chats.len() - 1
        });
        chats[at].messages.push(message);
    }
}

impl Person {
    /// The conversation of this number on a channel, or any there.
    fn chat(&self, business_id: u64, conversation_no: Option<u64>) -> Option<&Chat> {
        self.chats.iter().find(|chat| {
            chat.business_id == business_id
                && conversation_no.is_none_or(|wanted| wanted == chat.conversation_no)
        })
    }
}

fn known<'p, T>(all: &'p BTreeMap<String, T>, name: &Value) -> Option<(&'p String, &'p T)> {
    all.get_key_value(name.as_str()?)
}
