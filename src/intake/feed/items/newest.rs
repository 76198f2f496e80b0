//! Several versions of one article in a list: the newest counts.

use std::collections::HashMap;

use serde_json::value::RawValue;

use crate::config::Fields;
use crate::intake::format::{Json, follow};

/// The versions that one list has shown so far, by id.
#[derive(Default)]
pub(crate) struct Newest(HashMap<Vec<String>, String>);

impl Newest {
    /// Whether an item is the newest of its id. The newest has to come first: what was read before
    /// cannot be taken back, and so a list in another order is an error.
    pub(crate) fn counts(
        &mut self,
        newest: &str,
        fields: Option<&Fields>,
        item: &RawValue,
    ) -> Result<bool, String> {
        let parts = fields.map_or(&[][..], |fields| &fields.id);
        let id: Option<Vec<String>> = parts.iter().map(|part| text(item, part)).collect();
        let Some(id) = id.filter(|id| !id.is_empty()) else {
            // Without an id it is rejected anyway.
            return Ok(true);
        };
        let Some(version) = text(item, newest) else {
            return Err(format!(
                "has nothing at newest = \"{newest}\", so that it is unclear which version it is; correct `newest`, or let the knowledge base send that field"
            ));
        };
        match self.0.get(&id) {
            None => {
                self.0.insert(id, version);
                Ok(true)
            }
            Some(first) if version <= *first => Ok(false),
            Some(_) => Err(
                "is a newer version than one that came before it; let the knowledge base send the newest version first, as the preset's `query` does".to_owned(),
            ),
        }
    }
}

fn text(item: &RawValue, pointer: &str) -> Option<String> {
    let value = follow(item, pointer).ok()??;
    match Json::parse(value).ok()? {
        Json::Text(text) if !text.is_empty() => Some(text),
        _ => None,
    }
}
