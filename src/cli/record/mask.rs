//! What is left of a call when it is written down: its shape and the words of Haptik, without what makes us
//! known, without users, and without personal data. What is masked in vain costs a question; what is shown in
//! vain cannot be taken back, so every doubt is masked. Pure.

use std::collections::{BTreeMap, HashSet};

use http::HeaderMap;
use reqwest::Url;
use serde_json::{Map, Value};

use crate::coverage::without_personal_data;

/// What is masked, in words.
pub(super) const MASKED: &[&str] = &[
    "the token",
    "client_id",
    "base_url",
    "users and the names of agents",
    "what users wrote and agents said",
    "letters and digits of ids",
    "mail addresses, phone, card and other long numbers",
    "what addresses ask for",
    "headers that are not about the form of an answer",
];

/// What stands for the base URL, and for it where it is still to be known for an address.
const BASE: &str = "[base_url]";
const ADDRESS: &str = "https://[base_url]";
/// Characters of a body that is no JSON.
const TEXT: usize = 4096;
/// Digits of a number that may name somebody.
const LONG: usize = 6;
/// A part of a path so long, with a digit in it, is an id.
const ID: usize = 8;

/// Headers whose values say how an answer is to be read, or how busy Haptik is.
const HEADERS: &[&str] = &[
    "accept",
    "connection",
    "content-encoding",
    "content-length",
    "content-type",
    "date",
    "retry-after",
    "transfer-encoding",
    "x-ratelimit-limit",
    "x-ratelimit-remaining",
    "x-ratelimit-reset",
];
/// In names of fields that hold secrets.
const SECRETS: &[&str] = &[
    "authorization",
    "cookie",
    "credential",
    "jwt",
    "key",
    "passw",
    "pwd",
    "pxut",
    "secret",
    "session",
    "signature",
    "token",
];
/// Names of fields that hold a person.
const PERSONS: &[&str] = &[
    "address",
    "agent",
    "agent_name",
    "auth_id",
    "claim_name",
    "device_id",
    "email",
    "first_name",
    "full_name",
    "last_name",
    "mobile",
    "mobile_no",
    "name",
    "phone",
    "phone_number",
    "sender",
    "user_id",
    "user_name",
    "username",
];
/// Who may speak without being a person.
const BOT: &str = "bot";
const USER: &str = "user";
/// Names of fields that hold what somebody said.
const WORDS: &[&str] = &["body", "message", "message_body", "text"];
/// The field with all that was said in the answer to a question, also by an agent.
const SAID: &str = "bot_messages";

/// What a field holds, by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Field {
    Secret,
    Person,
    Id,
    Time,
    Other,
}

impl Field {
    fn of(name: &str) -> Self {
        let name = name.to_lowercase();
        if SECRETS.iter().any(|part| name.contains(part)) {
            Self::Secret
        } else if PERSONS.contains(&&*name) {
            Self::Person
        } else if name == "id"
            || ["_id", "_no", "_hash"]
                .iter()
                .any(|end| name.ends_with(end))
        {
            Self::Id
        } else if name.contains("time") || name.contains("date") || name.ends_with("_at") {
            Self::Time
        } else {
            Self::Other
        }
    }
}

/// What is known of a call, to be masked in it.
pub(super) struct Masks<'a> {
    /// Texts that make us known, each with what stands in its place.
    pub(super) literals: Vec<(String, &'static str)>,
    /// Where Haptik is.
    pub(super) bases: &'a [String],
    /// What this command said to bots.
    pub(super) said: &'a HashSet<String>,
}

impl Masks<'_> {
    /// An address: the base URL and the values of its query are masked.
    pub(super) fn url(&self, url: &Url) -> String {
        let whole = url.as_str();
        let bases = self.bases.iter().map(|base| base.trim_end_matches('/'));
        let below = bases.filter_map(|base| whole.strip_prefix(base));
        let below = below.min_by_key(|rest| rest.len());
        let path = below.unwrap_or_else(|| url.path());
        let path = path.split('?').next().unwrap_or_default();
        let parts = path.split('/').map(|part| {
            let is_id = part.len() >= ID && part.contains(|c: char| c.is_ascii_digit());
            if is_id { shape(part) } else { self.text(part) }
        });
        let path = parts.collect::<Vec<_>>().join("/");
        let query = url.query_pairs().map(|(name, value)| {
            let value = self.string(&name, &value);
            format!("{name}={value}")
        });
        let query = query.collect::<Vec<_>>().join("&");
        let mark = if query.is_empty() { "" } else { "?" };
        format!("{BASE}{path}{mark}{query}")
    }

    /// All headers by their names.
    pub(super) fn headers(&self, headers: &HeaderMap) -> BTreeMap<String, String> {
        let masked = headers.iter().map(|(name, value)| {
            let value = value
                .to_str()
                .ok()
                .filter(|_| HEADERS.contains(&name.as_str()));
            let value = value.map_or_else(|| "[masked]".to_owned(), |value| self.known(value));
            (name.to_string(), value)
        });
        masked.collect()
    }

    /// A body: JSON keeps its shape.
    pub(super) fn body(&self, body: &[u8]) -> Value {
        if let Ok(value) = serde_json::from_slice(body) {
            return self.value("", &value);
        }
        let text = String::from_utf8_lossy(body);
        let cut: String = text.chars().take(TEXT).collect();
        let lines = cut.split_inclusive('\n').map(|line| {
            let text = line.trim_end_matches(['\r', '\n']);
            format!("{}{}", self.text(text), &line[text.len()..])
        });
        Value::String(lines.collect())
    }

    /// A text, such as Haptik's own words.
    pub(super) fn text(&self, text: &str) -> String {
        let known = self.still_an_address(text);
        let plain = known.split_whitespace().collect::<Vec<_>>().join(" ");
        let masked = without_personal_data(&known);
        // What finds personal data takes white space away as well, which may be what there is to see.
        let masked = if masked == plain { known } else { masked };
        masked.replace(ADDRESS, BASE)
    }

    /// A text without what makes us known.
    fn known(&self, text: &str) -> String {
        self.still_an_address(text).replace(ADDRESS, BASE)
    }

    /// The same, in which an address below the base URL is still known for one.
    fn still_an_address(&self, text: &str) -> String {
        // First, since the host may have the client_id in it.
        let bases = self
            .bases
            .iter()
            .map(|base| (base.trim_end_matches('/'), ADDRESS));
        let literals = self.literals.iter().map(|(text, word)| (&**text, *word));
        bases
            .chain(literals)
            .fold(text.to_owned(), |text, (known, word)| {
                text.replace(known, word)
            })
    }

    fn value(&self, name: &str, value: &Value) -> Value {
        match value {
            Value::Object(fields) => Value::Object(self.object(fields)),
            Value::Array(items) => items.iter().map(|item| self.value(name, item)).collect(),
            Value::String(text) => Value::String(self.string(name, text)),
            Value::Number(number) => masked_number(name, number),
            Value::Null | Value::Bool(_) => value.clone(),
        }
    }

    fn object(&self, fields: &Map<String, Value>) -> Map<String, Value> {
        let sender = fields.get("sender").and_then(Value::as_str);
        let masked = fields.iter().map(|(name, value)| {
            let is_of_person = |text: &String| match sender {
                None | Some(BOT) => false,
                Some(USER) => !self.said.contains(text),
                Some(_) => true,
            };
            let masked = match value {
                Value::String(text) if WORDS.contains(&&**name) && is_of_person(text) => {
                    Value::String(format!("[{} characters]", text.chars().count()))
                }
                Value::Array(said) if name == SAID && has_agent(fields) => {
                    Value::String(format!("[{} messages]", said.len()))
                }
                value => self.value(name, value),
            };
            (self.known(name), masked)
        });
        masked.collect()
    }

    fn string(&self, name: &str, text: &str) -> String {
        let known = self.known(text);
        let is_ours = known.starts_with('[') && known != text;
        match Field::of(name) {
            Field::Secret => "[masked]".to_owned(),
            Field::Person if text == BOT || text == USER || text.is_empty() || is_ours => known,
            Field::Person => "[person]".to_owned(),
            Field::Id if text.contains(|c: char| c.is_ascii_digit()) => shape(text),
            Field::Time if is_time(text) => text.to_owned(),
            Field::Id | Field::Time | Field::Other => self.text(text),
        }
    }
}

/// Whether an agent was involved in the answer to a question.
fn has_agent(answer: &Map<String, Value>) -> bool {
    let name = answer
        .get("fields")
        .and_then(|fields| fields.get("agent_name"));
    name.is_some_and(|name| !name.is_null())
}

/// A number of an id, or one that may name somebody, has its length only.
fn masked_number(name: &str, number: &serde_json::Number) -> Value {
    let text = number.to_string();
    let is_masked = Field::of(name) != Field::Other || text.len() >= LONG;
    let masked = serde_json::from_str(&shape(&text)).ok();
    match masked.filter(|_| is_masked) {
        Some(masked) => masked,
        None if is_masked => Value::from(0),
        None => Value::Number(number.clone()),
    }
}

/// Letters and digits, without saying which.
fn shape(text: &str) -> String {
    let masked = |c: char| match c {
        c if c.is_numeric() => '9',
        c if c.is_uppercase() => 'A',
        c if c.is_alphabetic() => 'a',
        c => c,
    };
    text.chars().map(masked).collect()
}

/// Digits, signs, and words as short as `AM` and `UTC`.
fn is_time(text: &str) -> bool {
    let is_of_time = |c: char| c.is_ascii_alphanumeric() || " :/-.,+".contains(c);
    let mut words = text.split(|c: char| !c.is_ascii_alphabetic());
    text.len() <= 40 && text.chars().all(is_of_time) && words.all(|word| word.len() <= 3)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const HAPTIK: &str = "https://haptik.example.com/eu/";

    fn with_masks<T>(look: impl FnOnce(&Masks<'_>) -> T) -> T {
        let said = HashSet::from(["copper kettle".to_owned()]);
        look(&Masks {
            literals: vec![
                ("tok-123".to_owned(), "[token]"),
                ("prober".to_owned(), "[user]"),
            ],
            bases: &[HAPTIK.to_owned()],
            said: &said,
        })
    }

    #[test]
    fn of_an_answer_to_a_question_the_words_of_the_bot_stay_and_those_of_agents_do_not() {
        let answer = |agent: Value| {
            json!([{
                "fields": { "agent_name": agent, "claim_name": "gogo", "id_hash": "9d16af" },
                "bot_messages": ["Hello there!"],
            }])
        };
        for (agent, shown, said) in [
            (Value::Null, Value::Null, json!(["Hello there!"])),
            (json!("Asha"), json!("[person]"), json!("[1 messages]")),
        ] {
            let body = answer(agent).to_string();
            let masked = with_masks(|masks| masks.body(body.as_bytes()));
            let fields =
                json!({ "agent_name": shown, "claim_name": "[person]", "id_hash": "9a99aa" });
            assert_eq!(masked, json!([{ "fields": fields, "bot_messages": said }]));
        }
    }

    #[test]
    fn an_address_keeps_its_path_and_the_names_of_its_query() {
        for (url, expected) in [
            (
                "https://haptik.example.com/eu/status/5f2b-aa01/",
                "[base_url]/status/9a9a-aa99/",
            ),
            (
                "https://haptik.example.com/eu/get?user_name=mira&business_id=1001&limit=50&pxut=tw38",
                "[base_url]/get?user_name=[person]&business_id=9999&limit=50&pxut=[masked]",
            ),
            ("https://elsewhere.example.com/v1/", "[base_url]/v1/"),
        ] {
            let url = Url::parse(url).unwrap();
            assert_eq!(with_masks(|masks| masks.url(&url)), expected);
        }
    }

    #[test]
    fn json_keeps_its_shape_and_nobody_is_in_it() {
        let told = json!({
            "success": true, "status": "all steps have been created  successfully", "task_id": "5f2b-AA01",
            "error": {"message": "token tok-123 of mira@acme.example is wrong"},
            "chat_json": [
                {"text": "Where is my parcel?", "sender": "user", "message_id": 7, "timestamp": "06/22/20 07:24:25 AM UTC"},
                {"text": "copper kettle", "sender": "user", "message_id": "78", "timestamp": "2026-11-30T08:00:00Z"},
                {"text": "You have found it.", "sender": "bot", "message_id": null},
                {"text": "This is Asha.", "sender": "Asha"},
            ],
            "user": {"auth_id": "prober", "user_name": "Mira", "phone": 4_912_345_678_u64, "access_token": "abc"},
            "count": 12, "order": 123_456,
        });
        let masked = json!({
            "success": true, "status": "all steps have been created  successfully", "task_id": "9a9a-AA99",
            "error": {"message": "token [token] of [mail] is wrong"},
            "chat_json": [
                {"text": "[19 characters]", "sender": "user", "message_id": 9, "timestamp": "06/22/20 07:24:25 AM UTC"},
                {"text": "copper kettle", "sender": "user", "message_id": "99", "timestamp": "2026-11-30T08:00:00Z"},
                {"text": "You have found it.", "sender": "bot", "message_id": null},
                {"text": "[13 characters]", "sender": "[person]"},
            ],
            "user": {"auth_id": "[user]", "user_name": "[person]", "phone": 9_999_999_999_u64, "access_token": "[masked]"},
            "count": 12, "order": 999_999,
        });
        let body = told.to_string();
        assert_eq!(with_masks(|masks| masks.body(body.as_bytes())), masked);
    }

    #[test]
    fn other_bodies_and_headers_keep_what_says_how_to_read_them() {
        let page = "<p>prober at\r\nhttps://haptik.example.com/eu/x?k=1</p>\r\n";
        let expected = "<p>[user] at\r\n[base_url]/x\r\n";
        assert_eq!(with_masks(|masks| masks.body(page.as_bytes())), expected);
        assert_eq!(
            with_masks(|masks| masks.body(&[b'x'; 5000])),
            "x".repeat(TEXT)
        );
        let headers: HeaderMap = [("content-type", "text/html"), ("x-account", "acme")]
            .into_iter()
            .map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()))
            .collect::<HeaderMap>();
        let masked = with_masks(|masks| masks.headers(&headers));
        assert_eq!(masked["content-type"], "text/html");
        assert_eq!(masked["x-account"], "[masked]");
    }
}
