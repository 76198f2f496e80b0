//! Items that come in parts: MediaWiki sends the same pages again and again, each time with more of what
//! was asked for, until it says that a batch is complete. Pure.

use std::collections::HashMap;

use ecow::EcoString;
use serde_json::value::RawValue;

use crate::intake::format::Json;

/// The items of answers that belong together, as far as they have come.
#[derive(Default)]
pub(crate) struct Batch {
    items: Vec<Box<RawValue>>,
    /// Where an item is, by its id.
    places: HashMap<EcoString, usize>,
    bytes: usize,
}

impl Batch {
    /// Takes in an item, or more of one that is there.
    pub(crate) fn add(&mut self, id: Option<EcoString>, item: &RawValue) -> Result<(), String> {
        self.bytes += item.get().len();
        if let Some(at) = id.as_ref().and_then(|id| self.places.get(id)) {
            self.items[*at] = joined(&self.items[*at], item)?;
            return Ok(());
        }
        self.places.extend(id.map(|id| (id, self.items.len())));
        self.items.push(item.to_owned());
        Ok(())
    }

    /// What its parts came to.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }

    /// The whole items.
    pub(crate) fn take(&mut self) -> Vec<Box<RawValue>> {
        std::mem::take(self).items
    }
}

/// One item of two parts: lists go on, and of anything else what came last counts.
fn joined(first: &RawValue, second: &RawValue) -> Result<Box<RawValue>, String> {
    let (Json::Object(first), Json::Object(second)) = (Json::parse(first)?, Json::parse(second)?)
    else {
        return Ok(second.to_owned());
    };
    let mut entries = Vec::new();
    for (key, value) in &first.0 {
        let value = match second.get(key) {
            None => value.get().to_owned(),
            Some(more) => longer(value, more)?,
        };
        entries.push((key, value));
    }
    let new = second.0.iter().filter(|(key, _)| first.get(key).is_none());
    entries.extend(new.map(|(key, value)| (key, value.get().to_owned())));
    let mut texts = Vec::new();
    for (key, value) in entries {
        let key = serde_json::to_string(key).map_err(|error| error.to_string())?;
        texts.push(format!("{key}:{value}"));
    }
    let text = format!("{{{}}}", texts.join(","));
    RawValue::from_string(text).map_err(|error| error.to_string())
}

fn longer(first: &RawValue, second: &RawValue) -> Result<String, String> {
    let same = first.get() == second.get();
    Ok(match (Json::parse(first)?, Json::parse(second)?) {
        (Json::Array(first), Json::Array(second)) if !same => {
            let all = first.into_iter().chain(second).map(RawValue::get);
            format!("[{}]", all.collect::<Vec<_>>().join(","))
        }
        _ => second.get().to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn raw(text: &str) -> Box<RawValue> {
        RawValue::from_string(text.to_owned()).unwrap()
    }

    #[test]
    fn parts_of_an_item_are_joined() {
        let cases = [
            (r#"{"a":1}"#, r#"{"b":2}"#, r#"{"a":1,"b":2}"#),
            (r#"{"a":1,"b":2}"#, r#"{"a":3}"#, r#"{"a":3,"b":2}"#),
            (r#"{"l":[1]}"#, r#"{"l":[2]}"#, r#"{"l":[1,2]}"#),
            (r#"{"l":[1]}"#, r#"{"l":[1]}"#, r#"{"l":[1]}"#),
        ];
        for (first, second, expected) in cases {
            let mut batch = Batch::default();
            batch.add(Some("7".into()), &raw(first)).unwrap();
            batch.add(None, &raw("{}")).unwrap();
            batch.add(Some("7".into()), &raw(second)).unwrap();
            let items = batch.take();
            let items: Vec<&str> = items.iter().map(|item| item.get()).collect();
            assert_eq!(items, [expected, "{}"], "{first} {second}");
        }
    }
}
