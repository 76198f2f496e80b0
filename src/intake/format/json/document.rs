//! Goes through a JSON document from its beginning to its end, without holding more of it than one
//! entry of a list.

use std::collections::HashSet;
use std::fmt;
use std::io::Read;
use std::rc::Rc;

use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use crate::intake::budget::Budget;
use crate::intake::bytes::{Stream, StreamProgress, TextProblem, broken_off};

/// What a key takes besides its text.
const KEY: usize = 80;

/// What is done with what is met on the way. A path has the keys of objects, and the numbers of the
/// entries of lists.
pub(crate) trait JsonPath {
    /// What counts the memory.
    fn budget(&mut self) -> &mut Budget;

    /// Whether to go into what stands at this path; else it is passed over.
    fn goes_into(&self, path: &[String]) -> bool;

    /// Whether what stands at this path, in an object, is wanted whole by [`Self::value`].
    fn takes(&self, _: &[String]) -> bool {
        false
    }

    /// What stands in an object and was wanted, and the line that it begins on.
    fn value(&mut self, _: &[String], _: &RawValue, _: u64) -> Result<(), TextProblem> {
        Ok(())
    }

    /// A list begins. `true`: its entries are wanted by [`Self::entry`]; else it is gone into.
    fn list(&mut self, path: &[String]) -> Result<bool, TextProblem>;

    /// An entry of a list, and the line that it begins on.
    fn entry(&mut self, entry: &RawValue, line: u64) -> Result<(), TextProblem>;

    /// An object begins, or something that is no list.
    fn other(&mut self, path: &[String], what: JsonKind);

    /// A text that is no entry of a list that is wanted.
    fn text(&mut self, _: &[String], _: &str, _: u64) -> Result<(), TextProblem> {
        Ok(())
    }

    /// A key occurs twice in the object.
    fn twice(&mut self, path: &[String], key: &str);
}

/// What is neither a list nor wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum JsonKind {
    Object,
    Plain,
}

/// How a document ended.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum DocumentEnd {
    /// With the text.
    Whole,
    /// After an object more follows on the next lines.
    MoreLines,
}

/// Goes all the way.
pub(crate) fn follow_way(
    text: Box<dyn Read + '_>,
    max_row_bytes: usize,
    way: &mut dyn JsonPath,
) -> Result<DocumentEnd, TextProblem> {
    let stream = Stream::new(text, max_row_bytes);
    let progress = stream.progress();
    let mut document = serde_json::Deserializer::from_reader(stream);
    let mut walk = JsonWalk {
        way,
        progress: progress.clone(),
        path: Vec::new(),
        is_object: false,
        problem: None,
    };
    let outcome = JsonAt(&mut walk).deserialize(&mut document);
    let JsonWalk {
        is_object, problem, ..
    } = walk;
    if let Err(error) = outcome {
        return Err(problem.unwrap_or_else(|| invalid(&progress, error)));
    }
    let last = progress.line();
    match document.end() {
        Ok(()) => Ok(DocumentEnd::Whole),
        Err(error) if is_object && !error.is_io() && error.line() as u64 > last => {
            Ok(DocumentEnd::MoreLines)
        }
        Err(error) => Err(invalid(&progress, error)),
    }
}

fn invalid(progress: &StreamProgress, error: serde_json::Error) -> TextProblem {
    if error.is_io() {
        return broken_off(progress, &error.into());
    }
    let remedy = if error.is_eof() {
        "it looks cut off, so export it again"
    } else {
        "fix it there, or export it again"
    };
    let reason = format!("is not valid JSON ({error}); {remedy}");
    TextProblem::unusable(error.line() as u64, reason)
}

struct JsonWalk<'w> {
    way: &'w mut dyn JsonPath,
    progress: Rc<StreamProgress>,
    path: Vec<String>,
    /// Whether the document is an object.
    is_object: bool,
    problem: Option<TextProblem>,
}

impl JsonWalk<'_> {
    /// Keeps why the way ends here.
    fn or_stop<T, E: Error>(&mut self, outcome: Result<T, TextProblem>) -> Result<T, E> {
        outcome.map_err(|problem| {
            self.problem = Some(problem);
            E::custom("stopped")
        })
    }
}

/// The value at the path of the walk.
struct JsonAt<'a, 'w>(&'a mut JsonWalk<'w>);

impl<'de> DeserializeSeed<'de> for JsonAt<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        self.0.progress.begin();
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for JsonAt<'_, '_> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        formatter.write_str("any JSON value")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let walk = self.0;
        walk.is_object |= walk.path.is_empty();
        walk.way.other(&walk.path, JsonKind::Object);
        let (mut seen, mut held) = (HashSet::new(), 0);
        while let Some(key) = map.next_key::<String>()? {
            let size = KEY + key.len();
            held += size;
            let taken = walk.way.budget().take(size).map_err(TextProblem::from);
            walk.or_stop(taken)?;
            if !seen.insert(key.clone()) {
                walk.way.twice(&walk.path, &key);
            }
            walk.path.push(key);
            if walk.way.takes(&walk.path) {
                let (line, value) = map.next_value_seed(JsonEntry(&walk.progress))?;
                let outcome = walk.way.value(&walk.path, &value, line);
                walk.or_stop(outcome)?;
            } else if walk.way.goes_into(&walk.path) {
                map.next_value_seed(JsonAt(walk))?;
            } else {
                map.next_value_seed(PassedOver(&walk.progress))?;
            }
            walk.path.pop();
        }
        walk.way.budget().trim_memory(held);
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        let walk = self.0;
        let outcome = walk.way.list(&walk.path);
        if walk.or_stop(outcome)? {
            while let Some((line, entry)) = list.next_element_seed(JsonEntry(&walk.progress))? {
                let outcome = walk.way.entry(&entry, line);
                walk.or_stop(outcome)?;
            }
            return Ok(());
        }
        for number in 0_usize.. {
            walk.path.push(number.to_string());
            let more = if walk.way.goes_into(&walk.path) {
                list.next_element_seed(JsonAt(walk))?.is_some()
            } else {
                let passed = list.next_element_seed(PassedOver(&walk.progress))?;
                passed.is_some()
            };
            walk.path.pop();
            if !more {
                break;
            }
        }
        Ok(())
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        self.plain();
        Ok(())
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<(), E> {
        self.plain();
        Ok(())
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<(), E> {
        self.plain();
        Ok(())
    }

    fn visit_u64<E: Error>(self, _: u64) -> Result<(), E> {
        self.plain();
        Ok(())
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<(), E> {
        self.plain();
        Ok(())
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<(), E> {
        let walk = self.0;
        walk.way.other(&walk.path, JsonKind::Plain);
        let line = walk.progress.line();
        let outcome = walk.way.text(&walk.path, text, line);
        walk.or_stop(outcome)
    }
}

impl JsonAt<'_, '_> {
    fn plain(self) {
        self.0.way.other(&self.0.path, JsonKind::Plain);
    }
}

/// One entry of a list, and its line.
struct JsonEntry<'p>(&'p StreamProgress);

impl<'de> DeserializeSeed<'de> for JsonEntry<'_> {
    type Value = (u64, Box<RawValue>);

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        self.0.begin();
        let line = self.0.line();
        Ok((line, Box::<RawValue>::deserialize(deserializer)?))
    }
}

/// A value that nobody wants.
struct PassedOver<'p>(&'p StreamProgress);

impl<'de> DeserializeSeed<'de> for PassedOver<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        self.0.pass_over();
        IgnoredAny::deserialize(deserializer).map(drop)
    }
}
