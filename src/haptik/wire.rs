//! What goes over the wire, in the words of the wire; the client and the sandbox share it.
//!
//! Source of every fact here: Haptik's FAQ API page of April 2023 and, where it is silent, the
//! vendor's public documentation of 2020 to 2021.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::conversations::{Form, Transfer, UserToken, Wanted, Whose};

/// `POST`: hands in an upload.
pub const SUBMIT_PATH: &str = "/mogambo_api/nodes/faq/create/";
/// `GET`, followed by the task's id and a slash: how far a task is.
pub const STATUS_PATH: &str = "/mogambo_api/nodes/faq/create/status/";
/// `POST`: hands a chat over to agents.
pub const TRANSFER_PATH: &str = "/integration/external/v2.0/send_chat_to_agent/";
/// `GET`: what was said in a conversation.
pub const TRANSCRIPT_PATH: &str = "/integration/external/v2.0/get_chat_history/";
/// Haptik's own agent tool, which takes over chats that are handed to agents.
pub const RECEIVER: &str = "athena";
/// The media type of the conversation calls.
pub const JSON: &str = "application/json";
/// The header that names the customer.
pub const CLIENT_ID: &str = "client-id";
/// The text field of an upload that names the bot.
pub const DOMAIN_NAME_FIELD: &str = "domain_name";
/// The file field of an upload.
pub const CSV_FILE_FIELD: &str = "csv_file";
/// The file name that uploads carry; Haptik gives it no meaning.
pub const CSV_FILE_NAME: &str = "faq.csv";
/// The media type of the file.
pub const CSV_MEDIA_TYPE: &str = "text/csv";
/// The header row of the file, exactly.
pub const CSV_HEADER: [&str; 3] = ["node_name", "question", "answer"];

/// Separates user messages in a `question` cell.
pub const QUESTION_SEPARATOR: char = '|';
/// Separates bot responses in an `answer` cell.
pub const ANSWER_SEPARATOR: &str = "<m>";

/// What the FAQ calls answer with, errors included. Every field is optional, because gateways and
/// older installations leave some out.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Envelope {
    /// `false` is an error even in an answer of status 200.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub success: Option<bool>,
    /// `{"task_id": ...}` or `{"status": ...}`.
    #[serde(default)]
    pub body: Value,
    /// Empty, or Haptik's words.
    #[serde(default)]
    pub error: Value,
    /// Empty so far.
    #[serde(default)]
    pub meta: Value,
}

impl Envelope {
    /// The answer to an accepted upload.
    pub fn accepted(task_id: &str) -> Self {
        Self::success(json!({ "task_id": task_id }))
    }

    /// The answer to the question how far a task is.
    pub fn status(text: &str) -> Self {
        Self::success(json!({ "status": text }))
    }

    /// An answer of status 200 that says no.
    pub fn failure(words: &str) -> Self {
        Self {
            success: Some(false),
            body: json!({}),
            error: words.into(),
            meta: json!({}),
        }
    }

    /// A text or number of `body`.
    pub fn field(&self, name: &str) -> Option<String> {
        match self.body.get(name)? {
            Value::String(text) => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        }
    }

    fn success(body: Value) -> Self {
        Self {
            success: Some(true),
            body,
            error: "".into(),
            meta: json!({}),
        }
    }
}

/// The body that hands a chat over.
pub fn transfer(transfer: &Transfer) -> Value {
    json!({
        "team_name": transfer.team_name,
        "user_name": transfer.user_name,
        "business_id": transfer.business_id,
        "countdown": u8::from(transfer.countdown),
        "receiver": RECEIVER,
    })
}

/// The parameters that ask for a conversation.
pub fn query(wanted: &Wanted) -> Vec<(&'static str, String)> {
    let mut query = match &wanted.whose {
        Whose::User {
            user_name,
            business_id,
        } => vec![
            ("business_id", business_id.to_string()),
            ("user_name", user_name.clone()),
        ],
        Whose::Token(UserToken(token)) => vec![("pxut", token.clone())],
    };
    query.push(("conversation_no", wanted.conversation_no.to_string()));
    query.extend(wanted.limit.map(|limit| ("limit", limit.to_string())));
    let form = match wanted.form {
        Form::Json => "json",
        Form::Text => "text",
    };
    query.push(("response_type", form.to_owned()));
    query
}

/// The body of an answer of status 400, 401 or 403.
pub fn error_message(words: &str) -> Value {
    json!({ "error_message": words })
}

/// Whether a body has the shape of Haptik's own answers, an envelope or an error message: gateways
/// answer with JSON as well.
pub fn is_own(body: &[u8]) -> bool {
    let Ok(answer) = serde_json::from_slice::<Value>(body) else {
        return false;
    };
    let of_task = |inner: &Value| inner.get("status").is_some() || inner.get("task_id").is_some();
    answer.get("success").is_some_and(Value::is_boolean)
        || answer.get("error_message").is_some_and(Value::is_string)
        || answer.get("body").is_some_and(of_task)
}

/// Haptik's own words in the body of an answer that is not what was asked for: an error message of
/// either shape, the title of an HTML page, or plain text. Empty where there are none.
pub fn own_words(body: &[u8]) -> String {
    if let Ok(value) = serde_json::from_slice::<Value>(body) {
        return match (said(&value), value.get("data")) {
            // A refused group of parameters is explained there.
            (Some(words), Some(Value::Object(data))) if !data.is_empty() => {
                format!("{words} {}", Value::Object(data.clone()))
            }
            (words, _) => words.unwrap_or_default(),
        };
    }
    let text = String::from_utf8_lossy(body);
    if !text.trim_start().starts_with('<') {
        return text.trim().to_owned();
    }
    let lower = text.to_ascii_lowercase();
    let title = lower.find("<title>").map(|at| at + "<title>".len());
    let end = lower.find("</title>");
    match (title, end) {
        (Some(start), Some(end)) if start < end => {
            format!("an HTML page titled \"{}\"", text[start..end].trim())
        }
        _ => "an HTML page".to_owned(),
    }
}

fn said(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.trim().to_owned()).filter(|text| !text.is_empty()),
        Value::Array(items) => {
            let parts: Vec<String> = items.iter().filter_map(said).collect();
            Some(parts.join("; ")).filter(|text| !text.is_empty())
        }
        Value::Object(fields) => ["error_message", "error", "message", "detail", "body"]
            .iter()
            .filter_map(|name| fields.get(*name))
            .find_map(said)
            .or_else(|| fields.values().find_map(said)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{Envelope, error_message, is_own, own_words};

    #[test]
    fn knows_haptiks_own_answers_from_those_of_gateways() {
        let own = |envelope: Envelope| serde_json::to_string(&envelope).unwrap();
        for (body, expected) in [
            (own(Envelope::status("Success")), true),
            (own(Envelope::failure("no such task")), true),
            (error_message("no such task").to_string(), true),
            (r#"{"body": {"status": "In Progress"}}"#.to_owned(), true),
            (r#"{"message": "no Route matched"}"#.to_owned(), false),
            (r#"{"status": 404, "error": "Not Found"}"#.to_owned(), false),
            (r#"{"success": "no"}"#.to_owned(), false),
            ("{}".to_owned(), false),
            ("[]".to_owned(), false),
            ("null".to_owned(), false),
            ("<html>".to_owned(), false),
            (String::new(), false),
        ] {
            assert_eq!(is_own(body.as_bytes()), expected, "{body}");
        }
    }

    #[test]
    fn finds_the_words_in_every_shape() {
        let table = [
            (r#"{"error_message": "bad header"}"#, "bad header"),
            (
                r#"{"error_message": "invalid group", "data": {"limit": "not a number"}}"#,
                r#"invalid group {"limit":"not a number"}"#,
            ),
            (
                r#"{"success": false, "error": "no such bot"}"#,
                "no such bot",
            ),
            (
                r#"{"success": false, "error": "", "body": {"csv_file": ["too long", "not UTF-8"]}}"#,
                "too long; not UTF-8",
            ),
            (r#"{"success": false, "body": {}, "error": ""}"#, ""),
            (
                "<html><head><TITLE>502 Bad Gateway</TITLE></head></html>",
                "an HTML page titled \"502 Bad Gateway\"",
            ),
            ("<p>x", "an HTML page"),
            (" upstream gone ", "upstream gone"),
            ("", ""),
        ];
        for (body, expected) in table {
            assert_eq!(own_words(body.as_bytes()), expected, "{body}");
        }
    }
}
