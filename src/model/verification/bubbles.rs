//! The bubbles of an answer in one form, whether they stand in a step, in a reply in Haptik's JSON or
//! in a transcript.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::model::step::Step;

/// Keys of Haptik's JSON whose texts a reader sees or is led to.
const PARTS: [&str; 4] = ["actionable_text", "url", "link", "image"];

/// One bubble.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bubble {
    /// What it says.
    pub text: String,
    /// What its buttons, quick replies and images say and lead to, in their order; `None` where the other
    /// side told nothing but the text.
    pub parts: Option<Vec<String>>,
}

/// What a bot said.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BotReply {
    /// The bubbles, in their order.
    pub bubbles: Vec<Bubble>,
    /// A person has answered in place of the bot.
    pub is_of_agent: bool,
}

impl BotReply {
    /// A reply in Haptik's JSON, wherever in it the bubbles are.
    pub fn of_json(value: &Value) -> Self {
        let mut bubbles = Vec::new();
        collect(value, &mut bubbles);
        Self {
            bubbles,
            is_of_agent: false,
        }
    }

    /// The reply in a webhook's answer, where it stands there. The answer names the agent where one was involved.
    pub fn of_webhook(answer: &Value, place: &str) -> Self {
        let has_agent = |one: &Value| {
            let name = one.pointer("/fields/agent_name").and_then(Value::as_str);
            name.is_some_and(|name| !name.is_empty())
        };
        let mut all = answer.as_array().into_iter().flatten();
        Self {
            is_of_agent: has_agent(answer) || all.any(has_agent),
            ..Self::of_json(answer.pointer(place).unwrap_or(&Value::Null))
        }
    }

    /// Messages of a transcript.
    pub fn of_texts<'t>(texts: impl IntoIterator<Item = &'t str>) -> Self {
        let bubbles = texts.into_iter().map(Bubble::heard);
        Self {
            bubbles: bubbles.filter(|bubble| !bubble.is_empty()).collect(),
            is_of_agent: false,
        }
    }

    /// What it says, bubble by bubble.
    pub fn texts(&self) -> Vec<&str> {
        self.bubbles.iter().map(|bubble| &*bubble.text).collect()
    }
}

impl Bubble {
    /// A response as the cell of a step has it.
    fn of_cell(cell: &str) -> Self {
        element(cell).unwrap_or_else(|| Self {
            text: one_form(cell),
            parts: Some(Vec::new()),
        })
    }

    /// A message of a transcript, which may be the text alone.
    fn heard(text: &str) -> Self {
        element(text).unwrap_or_else(|| Self {
            text: one_form(text),
            parts: None,
        })
    }

    fn of_element(value: &Value) -> Self {
        let text = value.get("text").and_then(Value::as_str);
        let mut parts = Vec::new();
        if let Some(data) = value.get("data") {
            find_parts(data, &mut parts);
        }
        Self {
            text: one_form(text.unwrap_or_default()),
            parts: Some(parts),
        }
    }

    fn is_empty(&self) -> bool {
        self.text.is_empty() && self.parts.as_ref().is_none_or(Vec::is_empty)
    }

    fn is_said_by(&self, heard: &Self) -> bool {
        self.text == heard.text && (heard.parts.is_none() || self.parts == heard.parts)
    }
}

/// The bubbles of a step's answer.
pub(super) fn of_step(step: &Step) -> Vec<Bubble> {
    let bubbles = step.answers().map(Bubble::of_cell);
    bubbles.filter(|bubble| !bubble.is_empty()).collect()
}

/// Whether a reply is these bubbles. A channel may join what is text alone.
pub(super) fn is_same(held: &[Bubble], heard: &[Bubble]) -> bool {
    let is_each = held.len() == heard.len()
        && held
            .iter()
            .zip(heard)
            .all(|(held, heard)| held.is_said_by(heard));
    let is_text = heard.iter().all(|bubble| bubble.parts.is_none());
    is_each || (is_text && !heard.is_empty() && joined(held) == joined(heard))
}

fn joined(bubbles: &[Bubble]) -> String {
    let texts = bubbles.iter().map(|bubble| &*bubble.text);
    texts
        .filter(|text| !text.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

/// An element of Haptik's JSON, if this is one.
pub(super) fn element_of(cell: &str) -> Option<Value> {
    let cell = cell.trim();
    if !cell.starts_with('{') {
        return None;
    }
    let value: Value = serde_json::from_str(cell).ok()?;
    is_element(&value).then_some(value)
}

fn element(cell: &str) -> Option<Bubble> {
    element_of(cell).as_ref().map(Bubble::of_element)
}

fn is_element(value: &Value) -> bool {
    let is_text = |key| value.get(key).is_some_and(Value::is_string);
    is_text("type") && (is_text("text") || value.get("data").is_some())
}

fn collect(value: &Value, bubbles: &mut Vec<Bubble>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| collect(item, bubbles)),
        Value::String(text) => bubbles.push(Bubble::heard(text)),
        Value::Object(_) if is_element(value) => bubbles.push(Bubble::of_element(value)),
        Value::Object(fields) => match fields.get("text").and_then(Value::as_str) {
            Some(text) => bubbles.push(Bubble::heard(text)),
            None => fields
                .values()
                .filter(|value| value.is_array() || value.is_object())
                .for_each(|value| collect(value, bubbles)),
        },
        _ => {}
    }
    bubbles.retain(|bubble| !bubble.is_empty());
}

fn find_parts(value: &Value, parts: &mut Vec<String>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| find_parts(item, parts)),
        Value::Object(fields) => {
            for (key, value) in fields {
                match value {
                    Value::String(text) if PARTS.contains(&key.as_str()) && !text.is_empty() => {
                        parts.push(one_form(text));
                    }
                    _ => find_parts(value, parts),
                }
            }
        }
        _ => {}
    }
}

/// White space differs between channels and says nothing.
fn one_form(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn step(answer: &str) -> Vec<Bubble> {
        of_step(&Step {
            node_name: "kb-1".into(),
            question: "q".into(),
            answer: answer.into(),
        })
    }

    #[test]
    fn a_reply_is_the_same_in_every_shape() {
        let button = |url: &str| {
            json!({"text": "Read it", "type": "BUTTON", "data": {"items": [
                {"actionable_text": "Open", "payload": {"url": url, "gogo_message": ""}}]}})
        };
        let held = format!("Within 30 days.<m>{}", button("https://a"));
        let of_json = |value: &Value| BotReply::of_json(value).bubbles;
        let of_texts = |texts: &[&str]| BotReply::of_texts(texts.iter().copied()).bubbles;
        let text =
            json!({"text": "Within 30  days.", "type": "TEXT", "data": {"quick_replies": []}});
        let table = [
            (of_json(&json!([text, button("https://a")])), true),
            (
                of_json(
                    &json!({"success": true, "body": {"messages": [text, button("https://a")]}}),
                ),
                true,
            ),
            (of_json(&json!([text, button("https://b")])), false),
            (of_json(&json!([text])), false),
            (of_json(&json!([button("https://a"), text])), false),
            (of_texts(&["Within 30 days.", "Read it"]), true),
            (of_texts(&["Within 30 days. Read it"]), true),
            (of_texts(&["Within 30 days."]), false),
            (
                of_texts(&["Within 30 days.", &button("https://b").to_string()]),
                false,
            ),
            (of_texts(&[]), false),
            (of_json(&json!({"success": true})), false),
        ];
        for (heard, expected) in table {
            assert_eq!(is_same(&step(&held), &heard), expected, "{heard:?}");
        }
    }

    /// The shape of the vendor's document on synchronous webhooks (2020), and of others.
    #[test]
    fn the_reply_of_a_webhook_is_what_the_bot_says_and_not_what_is_said_about_it() {
        let answer = |agent: Value| {
            json!([{
                "model": "api.chatmessaged",
                "pk": 2_581_793_992_u64,
                "fields": {
                    "body": "Hi", "direction": true, "agent_name": agent, "claim_name": "gogo",
                    "business_via_name": "website", "message_type": 0, "business_name": "website",
                },
                "bot_messages": ["Hello there!", "Anything else?"],
            }])
        };
        for place in ["", "/0/bot_messages"] {
            let heard = BotReply::of_webhook(&answer(Value::Null), place);
            assert_eq!(heard.texts(), ["Hello there!", "Anything else?"], "{place}");
            assert!(!heard.is_of_agent);
            assert!(BotReply::of_webhook(&answer(json!("Asha")), place).is_of_agent);
        }
        let nothing = BotReply::of_webhook(&answer(Value::Null), "/body/messages");
        assert!(nothing.bubbles.is_empty());
    }

    #[test]
    fn what_a_step_shows_and_a_reply_lacks_is_another_answer() {
        let plain = BotReply::of_json(&json!({"text": "Hello", "type": "TEXT", "data": {}}));
        let reply = r#"{"text":"Hello","type":"TEXT","data":{"quick_replies":[{"actionable_text":"More"}]}}"#;
        assert!(is_same(&step("Hello"), &plain.bubbles));
        assert!(!is_same(&step(reply), &plain.bubbles));
    }
}
