//! JSON as it was written: every value keeps its place in the text, numbers keep their digits, and
//! a key that occurs twice is an error.

use std::collections::HashSet;
use std::fmt;

use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::{RawValue, to_raw_value};

use crate::intake::bytes::TextProblem;

/// One level of a JSON value.
pub(crate) enum Json<'a> {
    Null,
    /// The text of a string, a number or a boolean.
    Text(String),
    Array(Vec<&'a RawValue>),
    Object(Object<'a>),
}

/// The entries of an object in their order.
#[derive(Debug)]
pub(crate) struct Object<'a>(pub(crate) Vec<(String, &'a RawValue)>);

impl<'a> Json<'a> {
    pub(crate) fn parse(raw: &'a RawValue) -> Result<Self, String> {
        let text = raw.get();
        match text.as_bytes().first() {
            Some(b'{') => Object::parse(raw).map(Self::Object),
            Some(b'[') => serde_json::from_str(text)
                .map(Self::Array)
                .map_err(|error| error.to_string()),
            Some(b'"') => serde_json::from_str(text)
                .map(Self::Text)
                .map_err(|error| error.to_string()),
            Some(b'n') => Ok(Self::Null),
            _ => Ok(Self::Text(text.to_owned())),
        }
    }
}

impl<'a> Object<'a> {
    fn parse(raw: &'a RawValue) -> Result<Self, String> {
        let entries = serde_json::Deserializer::from_str(raw.get())
            .deserialize_map(ObjectEntries)
            .map_err(|error| error.to_string())?;
        let mut seen = HashSet::with_capacity(entries.len());
        match entries.iter().find(|(key, _)| !seen.insert(key)) {
            Some((key, _)) => Err(format!(
                "the key `{key}` occurs twice in one object, and it is unclear which counts"
            )),
            None => Ok(Self(entries)),
        }
    }

    pub(crate) fn get(&self, key: &str) -> Option<&'a RawValue> {
        self.0
            .iter()
            .find(|entry| entry.0 == key)
            .map(|entry| entry.1)
    }

    pub(crate) fn keys(&self) -> Vec<String> {
        self.0.iter().map(|entry| entry.0.clone()).collect()
    }
}

struct ObjectEntries;

impl<'de> Visitor<'de> for ObjectEntries {
    type Value = Vec<(String, &'de RawValue)>;

    fn expecting(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = map.next_entry()? {
            entries.push(entry);
        }
        Ok(entries)
    }
}

/// What an entry of a tree of values takes besides its text.
const NODE: usize = 120;

/// How much memory the tree of such a JSON text takes.
pub(crate) fn tree_size(json: &str) -> usize {
    let nodes = json
        .bytes()
        .filter(|byte| matches!(byte, b',' | b':' | b'[' | b'{'));
    json.len() + nodes.count() * NODE
}

/// A value that the reader of another format made, as the reader of items takes it.
pub(crate) fn raw(value: &serde_json::Value) -> Result<Box<RawValue>, TextProblem> {
    to_raw_value(value).map_err(|error| TextProblem::whole_file(error.to_string()))
}

/// Follows a JSON pointer (RFC 6901). `None` where it leads nowhere.
pub(crate) fn follow<'a>(
    from: &'a RawValue,
    pointer: &str,
) -> Result<Option<&'a RawValue>, String> {
    let mut at = from;
    for part in pointer.split('/').skip(1) {
        let key = part.replace("~1", "/").replace("~0", "~");
        let next = match Json::parse(at)? {
            Json::Object(object) => object.get(&key),
            Json::Array(items) => key
                .parse()
                .ok()
                .and_then(|at: usize| items.get(at).copied()),
            Json::Null | Json::Text(_) => None,
        };
        match next {
            Some(next) => at = next,
            None => return Ok(None),
        }
    }
    Ok(Some(at))
}

/// The same, where what is null has nothing but nulls in it: a text that was emptied is often sent as null
/// in place of the object that held it, and is no field that is missing.
pub(crate) fn follow_through_null<'a>(
    from: &'a RawValue,
    pointer: &str,
) -> Result<Option<&'a RawValue>, String> {
    let mut pointer = pointer;
    let mut found = follow(from, pointer)?;
    if found.is_some() {
        return Ok(found);
    }
    while let Some((above, _)) = pointer
        .rsplit_once('/')
        .filter(|(above, _)| !above.is_empty())
    {
        found = follow(from, above)?;
        if found.is_some() {
            break;
        }
        pointer = above;
    }
    Ok(found.filter(|value| value.get() == "null"))
}
