//! What customers should not see: keys and tokens, numbers of cards, national id numbers, addresses of private
//! networks, and notes in place of an answer. What is said of them never quotes them.

mod address;
mod held_changes;
mod number;
mod placeholder;
mod secret;

pub use held_changes::{Admitted, hold_changes};

use std::borrow::Cow;
use std::ops::Range;

use serde_json::Value;

use super::Said;
use super::answers::can_be_read;
use super::rule::Rule;
use super::view::{answer, question, quoted};
use crate::model::{ANSWER_SEPARATOR, QUESTION_SEPARATOR, Sensitive, Step};

#[cfg(test)]
mod tests;

/// What stands in place of something that is not shown.
const MASKED: &str = "•••";

/// Something that customers should not see.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SensitiveSpan {
    /// Where it stands, in bytes.
    pub(crate) range: Range<usize>,
    /// What it is.
    pub(crate) kind: Sensitive,
    /// The same in words, such as `a GitHub token`.
    pub(crate) words: &'static str,
}

/// Everything of the kind in a text, in its order; what lies within another one is left out.
pub(crate) fn spans(text: &str) -> Vec<SensitiveSpan> {
    let mut found = Vec::new();
    secret::find(text, &mut found);
    number::find(text, &mut found);
    address::find(text, &mut found);
    // The longest of those that begin at one place comes first.
    found.sort_by_key(|span| (span.range.start, usize::MAX - span.range.end));
    let mut end = 0;
    found.retain(|span| {
        let is_new = span.range.start >= end;
        end = end.max(span.range.end);
        is_new
    });
    found
}

/// The text without its secrets and numbers, for whatever shows a part of it. Addresses of private networks
/// are no secret to whoever runs `lint`.
pub(crate) fn masked(text: &str) -> Cow<'_, str> {
    let spans = spans(text);
    let mut secrets = spans
        .iter()
        .filter(|span| span.kind != Sensitive::PrivateAddress)
        .peekable();
    if secrets.peek().is_none() {
        return text.into();
    }
    let (mut clean, mut at) = (String::with_capacity(text.len()), 0);
    for span in secrets {
        clean.push_str(&text[at..span.range.start]);
        clean.push_str(MASKED);
        at = span.range.end;
    }
    clean.push_str(&text[at..]);
    clean.into()
}

/// The step without its secrets and numbers, for whoever has to decide about it.
fn without_secrets(step: &Step) -> Step {
    let questions: Vec<_> = step.questions().map(masked).collect();
    let answers: Vec<String> = step.answers().map(masked_answer).collect();
    Step {
        node_name: step.node_name.clone(),
        question: questions.join(&QUESTION_SEPARATOR.to_string()),
        answer: answers.join(ANSWER_SEPARATOR),
    }
}

/// An answer without them. A string of JSON may spell them in another way.
fn masked_answer(text: &str) -> String {
    if text.contains('\\')
        && let Ok(mut element) = serde_json::from_str::<Value>(text)
        && mask_strings(&mut element)
    {
        return masked(&element.to_string()).into_owned();
    }
    masked(text).into_owned()
}

/// Says whether there was anything to mask.
fn mask_strings(value: &mut Value) -> bool {
    match value {
        Value::String(text) => {
            let Cow::Owned(clean) = masked(text) else {
                return false;
            };
            *text = clean;
            true
        }
        Value::Array(items) => items
            .iter_mut()
            .fold(false, |any, item| mask_strings(item) | any),
        Value::Object(entries) => entries
            .values_mut()
            .fold(false, |any, item| mask_strings(item) | any),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

/// What stands in a step: each kind once for each of its texts, with the name of the text.
fn of_step(step: &Step) -> Vec<(SensitiveSpan, String)> {
    let questions = step.questions().enumerate();
    let mut found: Vec<_> = questions
        .flat_map(|(at, text)| kinds(text).map(move |span| (span, question(at))))
        .collect();
    for (at, text) in step.answers().enumerate() {
        found.extend(kinds(text).map(|span| (span, answer(at))));
        found.extend(placeholder::find(text).map(|span| (span, answer(at))));
        // What stands in a string of JSON may be written in another way there.
        if text.contains('\\')
            && let Ok(element) = serde_json::from_str::<Value>(text)
        {
            let known: Vec<Sensitive> = found.iter().map(|(span, _)| span.kind).collect();
            let spans = strings(&element);
            let spans = spans.into_iter().flat_map(kinds);
            let new = spans.filter(|span| !known.contains(&span.kind));
            found.extend(new.map(|span| (span, answer(at))));
        }
    }
    found
}

/// The first of each kind in a text.
fn kinds(text: &str) -> impl Iterator<Item = SensitiveSpan> + use<> {
    let mut seen = Vec::new();
    spans(text).into_iter().filter(move |span| {
        let is_new = !seen.contains(&span.kind);
        seen.push(span.kind);
        is_new
    })
}

fn strings(value: &Value) -> Vec<&str> {
    match value {
        Value::String(text) => vec![text],
        Value::Array(items) => items.iter().flat_map(strings).collect(),
        Value::Object(entries) => entries.values().flat_map(strings).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) => Vec::new(),
    }
}

pub(super) fn judge(step: &Step, said: &mut Vec<Said>) {
    for (span, field) in of_step(step) {
        let rule = match span.kind {
            Sensitive::Secret => Rule::Secret,
            Sensitive::Card => Rule::Card,
            Sensitive::NationalId => Rule::NationalId,
            Sensitive::PrivateAddress => Rule::PrivateAddress,
            Sensitive::Placeholder => {
                placeheld(step, field, said);
                continue;
            }
        };
        let length = span.range.len();
        let what = format!("what looks like {}, {length} bytes long", span.words);
        said.push(Said::new(rule, field, what));
    }
}

/// Says which note stands in place of an answer. Where nothing can be read, that is said already.
fn placeheld(step: &Step, field: String, said: &mut Vec<Said>) {
    let answers = step.answers().enumerate();
    let mut found = answers.filter_map(|(at, text)| {
        let note = &text[placeholder::find(text)?.range];
        (answer(at) == field).then_some(note)
    });
    if let Some(note) = found.next().filter(|note| note.chars().any(can_be_read)) {
        let what = format!("{} stands in place of an answer", quoted(note));
        said.push(Said::new(Rule::Placeholder, field, what));
    }
}

/// What holds a step back where these are held: the rules and where they found something; `None`: nothing.
fn holds(step: &Step, kinds: &[Sensitive]) -> Option<String> {
    let found = of_step(step);
    let found = found.iter().filter(|(span, _)| kinds.contains(&span.kind));
    let told: Vec<String> = found
        .map(|(span, field)| format!("{} in {field}", span.kind.name()))
        .collect();
    (!told.is_empty()).then(|| told.join(", "))
}
