//! What goes over the wire, in the words of the wire; the client and the sandbox share it.
//!
//! Source of every fact here: Haptik's FAQ API page of April 2023 and, where it is silent, the
//! vendor's public documentation of 2020 to 2021.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use serde_json::{Value, json};

use super::conversations::{TranscriptQuery, Transfer, TransferForm, UserToken, Whose};

/// `POST`: hands in an upload.
pub(crate) const SUBMIT_PATH: &str = "/mogambo_api/nodes/faq/create/";
/// `GET`, followed by the task's id and a slash: how far a task is.
pub(crate) const STATUS_PATH: &str = "/mogambo_api/nodes/faq/create/status/";
/// `POST`: hands a chat over to agents.
pub(crate) const TRANSFER_PATH: &str = "/integration/external/v2.0/send_chat_to_agent/";
/// `GET`: what was said in a conversation.
pub(crate) const TRANSCRIPT_PATH: &str = "/integration/external/v2.0/get_chat_history/";
/// Haptik's own agent tool, which takes over chats that are handed to agents.
pub const RECEIVER: &str = "athena";
/// The media type of the conversation calls.
pub(crate) const JSON: &str = "application/json";
/// The header that names the customer.
pub(crate) const CLIENT_ID: &str = "client-id";
/// The text field of an upload that names the bot.
pub(crate) const DOMAIN_NAME_FIELD: &str = "domain_name";
/// The file field of an upload.
pub(crate) const CSV_FILE_FIELD: &str = "csv_file";
/// The file name that uploads carry; Haptik gives it no meaning.
pub(crate) const CSV_FILE_NAME: &str = "faq.csv";
/// The media type of the file.
pub(crate) const CSV_MEDIA_TYPE: &str = "text/csv";
/// The header row of the file, exactly.
pub const CSV_HEADER: [&str; 3] = ["node_name", "question", "answer"];

/// Separates user messages in a `question` cell.
pub const QUESTION_SEPARATOR: char = '|';
/// Separates bot responses in an `answer` cell.
pub const ANSWER_SEPARATOR: &str = "<m>";

/// A longer body of an error is not parsed as a whole: what is built from JSON is many times its
/// length. Haptik's own are some hundred bytes long.
const WHOLE: usize = 16 * 1024;
/// Where words of an error stand, the best first.
const WORDS: [&str; 5] = ["error_message", "error", "message", "detail", "body"];

/// What the FAQ calls answer with, errors included, as it is written.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Envelope {
    /// `false` is an error even in an answer of status 200.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub success: Option<bool>,
    /// `{"task_id": ...}` or `{"status": ...}`.
    pub body: Value,
    /// Empty, or Haptik's words.
    pub error: Value,
    /// Empty so far.
    pub meta: Value,
}

/// The same as it is read: what was asked for, and nothing is built from the rest. Every field is
/// optional, because gateways and older installations leave some out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Heard {
    /// `false` is an error even in an answer of status 200.
    pub success: Option<bool>,
    /// The text or number `task_id` of the body.
    pub task_id: Option<String>,
    /// The text or number `status` of the body.
    pub status: Option<String>,
}

#[derive(Default, Deserialize)]
struct InnerMessage<'a> {
    #[serde(borrow)]
    task_id: Option<&'a RawValue>,
    #[serde(borrow)]
    status: Option<&'a RawValue>,
}

impl InnerMessage<'_> {
    fn of(body: Option<&RawValue>) -> InnerMessage<'_> {
        body.and_then(|body| serde_json::from_str(body.get()).ok())
            .unwrap_or_default()
    }
}

impl Heard {
    /// Reads an answer; `None` where it is not the JSON that was to come.
    pub fn read(answer: &[u8]) -> Option<Self> {
        #[derive(Deserialize)]
        struct Outer<'a> {
            success: Option<bool>,
            #[serde(borrow)]
            body: Option<&'a RawValue>,
        }
        let outer: Outer = serde_json::from_slice(answer).ok()?;
        let inner = InnerMessage::of(outer.body);
        Some(Self {
            success: outer.success,
            task_id: inner.task_id.and_then(scalar),
            status: inner.status.and_then(scalar),
        })
    }
}

/// A text or a number.
fn scalar(value: &RawValue) -> Option<String> {
    match value.get().as_bytes().first()? {
        b'"' => text(value),
        b'-' | b'0'..=b'9' => Some(value.get().to_owned()),
        _ => None,
    }
}

fn text(value: &RawValue) -> Option<String> {
    serde_json::from_str(value.get()).ok()
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
pub(crate) fn transfer(transfer: &Transfer) -> Value {
    json!({
        "team_name": transfer.team_name,
        "user_name": transfer.user_name,
        "business_id": transfer.business_id,
        "countdown": u8::from(transfer.countdown),
        "receiver": RECEIVER,
    })
}

/// The parameters that ask for a conversation.
pub(crate) fn query(wanted: &TranscriptQuery) -> Vec<(&'static str, String)> {
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
        TransferForm::Json => "json",
        TransferForm::Text => "text",
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
pub(crate) fn is_own(body: &[u8]) -> bool {
    #[derive(Deserialize)]
    struct Outer<'a> {
        #[serde(borrow)]
        success: Option<&'a RawValue>,
        #[serde(borrow)]
        error_message: Option<&'a RawValue>,
        #[serde(borrow)]
        body: Option<&'a RawValue>,
    }
    let Ok(answer) = serde_json::from_slice::<Outer>(body) else {
        return false;
    };
    let inner = InnerMessage::of(answer.body);
    answer
        .success
        .is_some_and(|success| matches!(success.get(), "true" | "false"))
        || answer
            .error_message
            .is_some_and(|words| words.get().starts_with('"'))
        || inner.status.is_some()
        || inner.task_id.is_some()
}

/// Whether a body is JSON, whatever it says.
pub(crate) fn is_json(body: &[u8]) -> bool {
    serde_json::from_slice::<serde::de::IgnoredAny>(body).is_ok()
}

/// Haptik's own words in the body of an answer that is not what was asked for: an error message of
/// either shape, the title of an HTML page, or plain text. Empty where there are none. They are as
/// long as they are: who hears them cuts them.
pub(crate) fn own_words(body: &[u8]) -> String {
    let whole = (body.len() <= WHOLE).then(|| serde_json::from_slice::<Value>(body));
    if let Some(Ok(value)) = whole {
        return match (said(&value), value.get("data")) {
            // A refused group of parameters is explained there.
            (Some(words), Some(Value::Object(data))) if !data.is_empty() => {
                format!("{words} {}", Value::Object(data.clone()))
            }
            (words, _) => words.unwrap_or_default(),
        };
    }
    if let Some(words) = said_at_the_top(body) {
        return words;
    }
    let text = String::from_utf8_lossy(body);
    if text.trim_start().starts_with('<') {
        return page_title(&String::from_utf8_lossy(&body[..body.len().min(WHOLE)]));
    }
    text.trim().to_owned()
}

/// The words of a long error: those that stand at its top as a text.
fn said_at_the_top(body: &[u8]) -> Option<String> {
    #[derive(Deserialize)]
    struct Top<'a> {
        #[serde(borrow)]
        error_message: Option<&'a RawValue>,
        #[serde(borrow)]
        error: Option<&'a RawValue>,
        #[serde(borrow)]
        message: Option<&'a RawValue>,
        #[serde(borrow)]
        detail: Option<&'a RawValue>,
    }
    let top: Top = serde_json::from_slice(body).ok()?;
    let words = [top.error_message, top.error, top.message, top.detail];
    let mut words = words.into_iter().flatten().filter_map(text);
    words.find(|words| !words.trim().is_empty())
}

fn page_title(head: &str) -> String {
    let lower = head.to_ascii_lowercase();
    let title = lower.find("<title>").map(|at| at + "<title>".len());
    let end = lower.find("</title>");
    match (title, end) {
        (Some(start), Some(end)) if start < end => {
            format!("an HTML page titled \"{}\"", head[start..end].trim())
        }
        _ => "an HTML page".to_owned(),
    }
}

/// Looks at each element once, whatever the others say.
fn said(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.trim().to_owned()).filter(|text| !text.is_empty()),
        Value::Array(items) => {
            let parts: Vec<String> = items.iter().filter_map(said).collect();
            Some(parts.join("; ")).filter(|text| !text.is_empty())
        }
        Value::Object(fields) => {
            let named = WORDS.iter().filter_map(|name| fields.get(*name));
            let others = fields
                .iter()
                .filter(|(name, _)| !WORDS.contains(&name.as_str()));
            named.chain(others.map(|(_, value)| value)).find_map(said)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{Envelope, Heard, WHOLE, error_message, is_own, own_words};

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

    #[test]
    fn reads_what_was_asked_for_and_builds_nothing_else() {
        let heard = |body: &str| Heard::read(body.as_bytes());
        let status = |text: &str| Heard {
            status: Some(text.to_owned()),
            ..Heard::default()
        };
        assert_eq!(
            heard(&serde_json::to_string(&Envelope::accepted("t-1")).unwrap()),
            Some(Heard {
                success: Some(true),
                task_id: Some("t-1".to_owned()),
                status: None,
            })
        );
        for (body, expected) in [
            (r#"{"body": {"status": "Suc\u0063ess"}}"#, status("Success")),
            (r#"{"body": {"status": 7, "x": [{}]}}"#, status("7")),
            (r#"{"body": {"status": ["x"]}}"#, Heard::default()),
            (r#"{"body": "nothing"}"#, Heard::default()),
            (r#"{"body": null, "success": null}"#, Heard::default()),
        ] {
            assert_eq!(heard(body), Some(expected), "{body}");
        }
        for body in ["", "x", r#"{"success": "no"}"#, r#"{"body": {"#] {
            assert_eq!(heard(body), None, "{body}");
        }
        // Its brackets are as deep as the body is long.
        let deep = format!("{{\"x\": {}{}}}", "[".repeat(400_000), "]".repeat(400_000));
        assert_eq!(heard(&deep), Some(Heard::default()));
    }

    /// Each level was once walked twice, so that 60 of them took for ever.
    #[test]
    fn nested_errors_cost_what_they_are_long() {
        let began = crate::tests::processor_time();
        for open in [
            "{\"error\":",
            "[",
            "{\"error\":[",
            "{\"detail\":{\"error\":",
        ] {
            for inside in ["1", "\"too deep\"", ""] {
                let depth = 100 / open.matches(['{', '[']).count();
                let closing: String = open
                    .chars()
                    .rev()
                    .filter_map(|sign| match sign {
                        '{' => Some('}'),
                        '[' => Some(']'),
                        _ => None,
                    })
                    .collect();
                let body = format!("{}{inside}{}", open.repeat(depth), closing.repeat(depth));
                let words = own_words(body.as_bytes());
                assert!(words.len() <= body.len(), "{body}");
            }
        }
        let took = crate::tests::processor_time().saturating_sub(began);
        assert!(took.as_secs() < 20, "{took:?}");
    }

    #[test]
    fn a_long_error_is_heard_without_being_taken_apart() {
        let long = "x".repeat(WHOLE);
        let body = serde_json::json!({ "success": false, "error": long }).to_string();
        assert_eq!(own_words(body.as_bytes()), long);
        let body = format!("{{\"error\": [{}1]}}", "{},".repeat(WHOLE));
        assert!(own_words(body.as_bytes()).starts_with("{\"error\": [{},{}"));
        let page = format!("<title>Bad {}</title>", "x".repeat(WHOLE));
        assert_eq!(own_words(page.as_bytes()), "an HTML page");
    }
}
