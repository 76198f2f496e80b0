//! Receivers that take nothing but what the documents of their form allow.

use crate::support::serve;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::{get, post};
use serde_json::Value;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;
use std::sync::{Arc, Mutex, MutexGuard};

/// What was taken, by the path that it came to.
#[derive(Clone, Default)]
pub(super) struct Receivers(Arc<Mutex<Vec<(String, Value)>>>);

impl Receivers {
    pub(super) fn open(&self) -> String {
        let router = Router::new()
            .route("/{form}", post(message))
            .route("/{form}", get(asked))
            .with_state(self.clone());
        let (listener, address) = serve(async {
            let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
            let address = listener.local_addr().unwrap();
            (listener, address)
        });
        serve(async {
            tokio::spawn(async { axum::serve(listener, router).await });
        });
        format!("http://{address}")
    }

    pub(super) fn taken(&self) -> MutexGuard<'_, Vec<(String, Value)>> {
        self.0.lock().unwrap()
    }

    /// What came to one path.
    pub(super) fn of(&self, form: &str) -> Vec<Value> {
        let taken = self.taken();
        let of = taken.iter().filter(|(to, _)| to == form);
        of.map(|(_, value)| value.clone()).collect()
    }

    /// What came to one path, by event and state.
    pub(super) fn events(&self, form: &str) -> Vec<String> {
        let of = self.of(form).into_iter();
        of.map(|value| format!("{} {}", text(&value["event"]), text(&value["state"])))
            .collect()
    }
}

async fn message(
    State(receivers): State<Receivers>,
    Path(form): Path<String>,
    body: String,
) -> StatusCode {
    let value: Value = serde_json::from_str(&body).unwrap();
    let is_sound = match form.as_str() {
        "slack" => slack(&value),
        "teams" => body.len() < 28 << 10 && teams(&value),
        "text" => value.as_object().unwrap().len() == 1 && value["text"].is_string(),
        "nobody" => return StatusCode::NOT_FOUND,
        _ => json(&value),
    };
    if !is_sound {
        return StatusCode::BAD_REQUEST;
    }
    receivers.taken().push((form, value));
    StatusCode::ACCEPTED
}

async fn asked(State(receivers): State<Receivers>, Path(form): Path<String>) {
    receivers.taken().push((form, Value::Null));
}

pub(super) fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// docs/NOTIFICATIONS.md.
fn json(value: &Value) -> bool {
    let texts = [
        "at",
        "event",
        "state",
        "severity",
        "since",
        "title",
        "text",
        "installation",
        "host",
    ];
    texts.iter().all(|key| !text(&value[*key]).is_empty())
        && value["id"].is_i64()
        && value["count"].is_u64()
        && value["names"].is_array()
        && ["info", "warning", "error"].contains(&text(&value["severity"]))
        && (value["bot"].is_null() || value["bot"].is_string())
}

/// docs.slack.dev: "Sending messages using incoming webhooks" and "Blocks".
fn slack(value: &Value) -> bool {
    let plain = |of: &Value, most: usize| {
        of["type"] == "plain_text" && (1..=most).contains(&text(&of["text"]).chars().count())
    };
    let words = |of: &Value, most: usize| {
        let words = text(&of["text"]);
        of["type"] == "mrkdwn"
            && (1..=most).contains(&words.chars().count())
            && !words.contains(['<', '>'])
    };
    let block = |block: &Value| match text(&block["type"]) {
        "header" => plain(&block["text"], 150),
        "section" => {
            let fields = block["fields"].as_array();
            let fields = fields.is_none_or(|fields| {
                (1..=10).contains(&fields.len()) && fields.iter().all(|field| words(field, 2000))
            });
            fields && (block["text"].is_null() || words(&block["text"], 3000))
        }
        "actions" => block["elements"].as_array().is_some_and(|elements| {
            elements.iter().all(|element| {
                element["type"] == "button"
                    && plain(&element["text"], 75)
                    && text(&element["url"]).starts_with("https://")
            })
        }),
        _ => false,
    };
    let blocks = value["blocks"].as_array();
    !text(&value["text"]).contains(['<', '>'])
        && blocks.is_some_and(|blocks| blocks.len() <= 50 && blocks.iter().all(block))
}

/// learn.microsoft.com: "Create incoming webhooks with Workflows"; adaptivecards.io, schema 1.2.
fn teams(value: &Value) -> bool {
    let attachments = value["attachments"].as_array().unwrap();
    let [attachment] = &attachments[..] else {
        return false;
    };
    let card = &attachment["content"];
    let run = |run: &Value| run["type"] == "TextRun" && run["text"].is_string();
    let block = |block: &Value| {
        let inlines = block["inlines"].as_array();
        block["type"] == "RichTextBlock" && inlines.is_some_and(|runs| runs.iter().all(run))
    };
    value["type"] == "message"
        && attachment["contentType"] == "application/vnd.microsoft.card.adaptive"
        && card["type"] == "AdaptiveCard"
        && card["version"] == "1.2"
        && card["body"]
            .as_array()
            .is_some_and(|body| body.iter().all(block))
        && card["actions"].as_array().is_some_and(|actions| {
            actions
                .iter()
                .all(|action| action["type"] == "Action.OpenUrl" && action["url"].is_string())
        })
}

/// A mail server without TLS that takes everything, and what it took: the envelope and the email.
pub(crate) fn mail_server() -> (u16, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let taken: Arc<Mutex<Vec<String>>> = Arc::default();
    let keep = taken.clone();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let mut out = stream.try_clone().unwrap();
            let mut lines = BufReader::new(stream).lines().map_while(Result::ok);
            let mut said = Vec::new();
            let _ = out.write_all(b"220 mail.acme.com ready\r\n");
            while let Some(line) = lines.next() {
                said.push(line.clone());
                let answer: &[u8] = match line.split([' ', ':']).next().unwrap() {
                    "EHLO" => b"250 mail.acme.com\r\n",
                    "DATA" => {
                        let _ = out.write_all(b"354 go on\r\n");
                        said.extend(lines.by_ref().take_while(|line| line != "."));
                        keep.lock()
                            .unwrap()
                            .push(std::mem::take(&mut said).join("\n"));
                        b"250 taken\r\n"
                    }
                    "QUIT" => b"221 bye\r\n",
                    _ => b"250 ok\r\n",
                };
                if out.write_all(answer).is_err() {
                    break;
                }
            }
        }
    });
    (port, taken)
}
