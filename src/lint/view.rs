//! A step as the rules look at it: its user messages, and its answers as text or as HSL.

use std::borrow::Cow;

use serde_json::Value;

use super::sensitive::masked;
use crate::model::Step;

/// Keys of which HSL has at least one.
const HSL: [&str; 3] = ["\"type\"", "\"text\"", "\"data\""];

/// A step.
pub(super) struct View<'a> {
    pub(super) questions: Vec<&'a str>,
    pub(super) answers: Vec<LintAnswer<'a>>,
}

/// A bot response.
pub(super) enum LintAnswer<'a> {
    /// Text.
    Text(&'a str),
    /// JSON, which the chat takes for HSL.
    Hsl(Value),
    /// What begins and ends like JSON and is none, with the reason.
    Broken(String),
}

impl<'a> View<'a> {
    pub(super) fn of(step: &'a Step) -> Self {
        Self {
            questions: step.questions().collect(),
            answers: step.answers().map(LintAnswer::of).collect(),
        }
    }

    /// Every text that a customer reads or writes, with the name of its field.
    pub(super) fn texts(&self) -> impl Iterator<Item = (String, &str)> {
        let questions = self.questions.iter().enumerate();
        let questions = questions.map(|(at, text)| (question(at), *text));
        let answers = self.answers.iter().enumerate();
        questions.chain(answers.map(|(at, said)| (answer(at), said.text())))
    }
}

impl<'a> LintAnswer<'a> {
    fn of(text: &'a str) -> Self {
        let trimmed = text.trim();
        // Two braces are a placeholder of a template.
        let like_json = trimmed.starts_with('{') && trimmed.ends_with('}');
        if !like_json || trimmed.starts_with("{{") {
            return Self::Text(text);
        }
        match serde_json::from_str(trimmed) {
            Ok(value) => Self::Hsl(value),
            // Code and templates have braces, too.
            Err(error) if HSL.iter().any(|key| trimmed.contains(key)) => {
                Self::Broken(error.to_string())
            }
            Err(_) => Self::Text(text),
        }
    }

    /// What can be read of it.
    pub(super) fn text(&self) -> &str {
        match self {
            Self::Text(text) => text,
            Self::Hsl(value) => value.get("text").and_then(Value::as_str).unwrap_or(""),
            Self::Broken(_) => "",
        }
    }
}

/// The name of a user message, counted from 0.
pub(super) fn question(at: usize) -> String {
    format!("question {}", at + 1)
}

/// The name of a bot response, counted from 0.
pub(super) fn answer(at: usize) -> String {
    format!("answer {}", at + 1)
}

/// A text that is as long as one likes, as far as a finding shows it.
pub(super) fn cut(text: &str) -> Cow<'_, str> {
    const SHOWN: usize = 200;
    let text = beginning(text, SHOWN);
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", &text[..end]).into(),
        None => text,
    }
}

/// The beginning of a text in quotation marks, to find it by.
pub(super) fn quoted(text: &str) -> String {
    const SHOWN: usize = 60;
    let text = beginning(text, SHOWN);
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("\"{}…\"", text[..end].trim_end()),
        None => format!("\"{text}\""),
    }
}

/// As much of a text as shows so many characters, without the secrets in it: also one that begins there and
/// goes on behind.
fn beginning(text: &str, shown: usize) -> Cow<'_, str> {
    const BEHIND: usize = 300;
    let end = text.char_indices().nth(shown + BEHIND);
    masked(&text[..end.map_or(text.len(), |(end, _)| end)])
}
