//! A YAML document as the JSON text that says the same, on the same lines, made from one event after the
//! other, without a tree of either. An alias repeats what its anchor holds, so that a short document can stand for more
//! than the memory: what it may come to is bounded.

use std::collections::{HashMap, HashSet};
use std::ops::Range;

use granit_parser::{Event, Parser, ScanError};

use super::scalar::{Scalar, scalar};
use crate::intake::budget::Budget;
use crate::intake::bytes::TextProblem;

/// An anchor may be repeated, but not to many times the length of the document.
const ROOM_FACTOR: usize = 16;
const ROOM: usize = 1 << 20;
/// What a key takes besides its text.
const KEY: usize = 80;
/// What an anchor takes.
const ANCHOR: usize = 64;

/// The JSON text. The budget counts it as held from then on.
pub(crate) fn to_json(document: &str, budget: &mut Budget) -> Result<String, TextProblem> {
    let mut writer = JsonWriter {
        json: String::new(),
        line: 1,
        room: document.len().saturating_mul(ROOM_FACTOR).max(ROOM),
        counted: 0,
        open: Vec::new(),
        anchors: HashMap::new(),
        documents: 0,
        budget,
    };
    for event in Parser::new_from_str(document) {
        let (event, span) = event.map_err(|error: ScanError| {
            let line = error.marker().line() as u64;
            invalid(line, &error)
        })?;
        writer.go_to(span.start.line());
        writer.take(event).map_err(|stop| match stop {
            Stop::Invalid(cause) => invalid(span.start.line() as u64, &cause),
            Stop::Problem(problem) => problem,
        })?;
    }
    Ok(writer.finish())
}

fn invalid(line: u64, cause: &dyn std::fmt::Display) -> TextProblem {
    let reason = format!("is not valid YAML ({cause}); fix it there, or export it again");
    TextProblem::unusable(line, reason)
}

enum Stop {
    Invalid(String),
    Problem(TextProblem),
}

impl From<String> for Stop {
    fn from(cause: String) -> Self {
        Self::Invalid(cause)
    }
}

/// A list or a mapping whose end has not come.
struct OpenNode {
    /// The anchor that names it, or 0, and where it begins.
    anchor: usize,
    start: usize,
    entries: usize,
    /// Of a mapping.
    keys: Option<Keys>,
}

#[derive(Default)]
struct Keys {
    seen: HashSet<String>,
    held: usize,
    /// What comes next is the value of a key.
    has_key: bool,
}

struct JsonWriter<'b> {
    json: String,
    /// The line that it has come to.
    line: usize,
    /// How long it may become.
    room: usize,
    /// How much of it has been counted.
    counted: usize,
    open: Vec<OpenNode>,
    /// What stands in the text for an anchor.
    anchors: HashMap<usize, Range<usize>>,
    documents: usize,
    budget: &'b mut Budget,
}

impl JsonWriter<'_> {
    /// Goes on to a line, so that what comes stands on that of the document.
    fn go_to(&mut self, line: usize) {
        while self.line < line {
            self.json.push('\n');
            self.line += 1;
        }
    }

    fn take(&mut self, event: Event) -> Result<(), Stop> {
        match event {
            Event::DocumentStart(..) => {
                self.documents += 1;
                if self.documents > 1 {
                    return Err("more than one document in the file".to_owned().into());
                }
            }
            Event::Scalar(text, style, anchor, tag) => {
                let value = scalar(&text, style, tag.as_deref())?;
                self.value(anchor, &value)?;
            }
            Event::Alias(anchor) => self.alias(anchor)?,
            Event::SequenceStart(_, anchor, _) => self.begin(anchor, '[', None)?,
            Event::MappingStart(_, anchor, _) => self.begin(anchor, '{', Some(Keys::default()))?,
            Event::SequenceEnd => self.end(']')?,
            Event::MappingEnd => self.end('}')?,
            _ => {}
        }
        self.count()
    }

    fn begin(&mut self, anchor: usize, bracket: char, keys: Option<Keys>) -> Result<(), Stop> {
        if self.wants_key() {
            return Err(no_text());
        }
        self.separate();
        let start = self.json.len();
        self.json.push(bracket);
        self.open.push(OpenNode {
            anchor,
            start,
            entries: 0,
            keys,
        });
        Ok(())
    }

    fn end(&mut self, bracket: char) -> Result<(), Stop> {
        self.json.push(bracket);
        if let Some(open) = self.open.pop() {
            self.budget
                .trim_memory(open.keys.map_or(0, |keys| keys.held));
            self.anchor(open.anchor, open.start)?;
        }
        Ok(())
    }

    fn value(&mut self, anchor: usize, value: &Scalar) -> Result<(), Stop> {
        if self.wants_key() {
            let key = match value {
                Scalar::Text(text) => text.to_string(),
                Scalar::Flag(flag) => flag.to_string(),
                Scalar::Null => return Err(no_text()),
            };
            return self.key(anchor, key);
        }
        self.separate();
        let start = self.json.len();
        match value {
            Scalar::Null => self.json.push_str("null"),
            Scalar::Flag(flag) => self.json.push_str(if *flag { "true" } else { "false" }),
            Scalar::Text(text) => self.json.push_str(&quoted(text)),
        }
        self.anchor(anchor, start)
    }

    fn alias(&mut self, anchor: usize) -> Result<(), Stop> {
        let Some(range) = self.anchors.get(&anchor).cloned() else {
            return Err("an alias stands in what it repeats".to_owned().into());
        };
        if self.json.len() + range.len() > self.room {
            return Err(too_much());
        }
        if self.wants_key() {
            let text = &self.json[range];
            let key = match text.as_bytes()[0] {
                b'"' => serde_json::from_str(text).map_err(|error| error.to_string())?,
                b't' | b'f' => text.to_owned(),
                _ => return Err(no_text()),
            };
            return self.key(0, key);
        }
        self.separate();
        let copy = self.json[range].replace('\n', " ");
        self.json.push_str(&copy);
        Ok(())
    }

    fn key(&mut self, anchor: usize, key: String) -> Result<(), Stop> {
        self.separate();
        let start = self.json.len();
        self.json.push_str(&quoted(&key));
        self.anchor(anchor, start)?;
        self.json.push(':');
        let size = KEY + key.len();
        self.hold(size)?;
        let Some(keys) = self.open.last_mut().and_then(|open| open.keys.as_mut()) else {
            return Ok(());
        };
        keys.has_key = true;
        keys.held += size;
        if let Some(key) = keys.seen.replace(key) {
            return Err(format!("the key `{key}` occurs twice").into());
        }
        Ok(())
    }

    fn anchor(&mut self, anchor: usize, start: usize) -> Result<(), Stop> {
        if anchor > 0 {
            self.anchors.insert(anchor, start..self.json.len());
            self.hold(ANCHOR)?;
        }
        Ok(())
    }

    fn wants_key(&self) -> bool {
        let keys = self.open.last().and_then(|open| open.keys.as_ref());
        keys.is_some_and(|keys| !keys.has_key)
    }

    /// Writes what comes before a key or a value.
    fn separate(&mut self) {
        let Some(open) = self.open.last_mut() else {
            return;
        };
        match &mut open.keys {
            Some(keys) if keys.has_key => keys.has_key = false,
            _ => {
                if open.entries > 0 {
                    self.json.push(',');
                }
                open.entries += 1;
            }
        }
    }

    fn count(&mut self) -> Result<(), Stop> {
        let more = self.json.len() - self.counted;
        self.counted = self.json.len();
        if self.json.len() > self.room {
            return Err(too_much());
        }
        self.hold(more)
    }

    fn hold(&mut self, bytes: usize) -> Result<(), Stop> {
        let taken = self.budget.take(bytes);
        taken.map_err(|exceeded| Stop::Problem(exceeded.into()))
    }

    fn finish(mut self) -> String {
        self.budget.trim_memory(self.anchors.len() * ANCHOR);
        if self.json.trim_ascii().is_empty() {
            self.json.push_str("null");
        }
        self.json
    }
}

fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

fn no_text() -> Stop {
    "a key is no text; write keys as words".to_owned().into()
}

fn too_much() -> Stop {
    "its aliases repeat too much".to_owned().into()
}
