//! What the lists above have chosen, and the addresses that follow from it. Pure.

use std::sync::Arc;

use reqwest::Url;
use serde_json::value::RawValue;

use super::error::{FeedError, place};
use crate::config::{Feed, Template, joined};
use crate::intake::format::{Json, follow};

/// No server takes an address with a longer part.
const LONGEST: usize = 8 << 10;

/// What paths call a value of `scope`.
const SCOPE: &str = "scope";

/// One item of each list above.
#[derive(Clone, Debug, Default)]
pub(crate) struct ParentValues(Vec<(String, BoundList)>);

/// What is kept of an item.
#[derive(Clone, Debug)]
enum BoundList {
    /// All of it, for as long as one address is made.
    Whole(Arc<RawValue>),
    /// What stands at the places that addresses need.
    Places(Arc<[(String, String)]>),
}

impl ParentValues {
    /// Where a sweep begins: one list of everything, or one for each value of `scope`.
    pub(crate) fn beginnings(feed: &Feed) -> Result<Vec<Self>, FeedError> {
        let lists = feed.selection.iter().flat_map(|selection| &selection.lists);
        let bound = lists.map(|id| {
            let item = format!("{{\"id\":{}}}", serde_json::Value::from(id.as_str()));
            let item = RawValue::from_string(item).map_err(|error| FeedError::Next {
                place: place(&feed.address),
                cause: error.to_string(),
            })?;
            Ok(Self::default().with(SCOPE, Arc::from(item)))
        });
        let mut bound = bound.collect::<Result<Vec<_>, FeedError>>()?;
        if bound.is_empty() {
            bound.push(Self::default());
        }
        Ok(bound)
    }

    /// The value of `scope` that its lists belong to.
    pub(crate) fn scope(&self) -> Option<String> {
        self.value(SCOPE, "/id").ok()
    }

    /// The same with one more item, or with another item of that list.
    pub(crate) fn with(&self, name: &str, item: Arc<RawValue>) -> Self {
        self.bound(name, BoundList::Whole(item))
    }

    /// The same with what stands at some places of an item.
    pub(crate) fn with_places(&self, name: &str, item: &RawValue, pointers: &[String]) -> Self {
        let kept = pointers.iter().filter_map(|pointer| {
            let mut text = text_at(item, pointer).ok()??;
            // What is longer is refused, however long it is.
            text.truncate(text.floor_char_boundary(LONGEST + 4));
            Some((pointer.clone(), text))
        });
        self.bound(name, BoundList::Places(kept.collect()))
    }

    fn bound(&self, name: &str, item: BoundList) -> Self {
        let mut bound = self.0.clone();
        bound.retain(|(known, _)| known != name);
        bound.push((name.to_owned(), item));
        Self(bound)
    }

    /// The address of a list below these items, with the parameters that they can fill in.
    pub(crate) fn list(&self, feed: &Feed, path: &Template) -> Result<Url, FeedError> {
        let mut url = self.url(feed, path)?;
        for (name, value) in &feed.query {
            if value.names().all(|name| self.has(name)) {
                let value = self.filled(feed, value, str::to_owned)?;
                url.query_pairs_mut().append_pair(name, &value);
            }
        }
        Ok(url)
    }

    /// The address of a path below these items.
    pub(crate) fn url(&self, feed: &Feed, path: &Template) -> Result<Url, FeedError> {
        let path = self.filled(feed, path, encoded)?;
        if path.is_empty() {
            return Ok(feed.address.clone());
        }
        joined(&feed.address, &path).ok_or_else(|| FeedError::Next {
            place: place(&feed.address),
            cause: format!("`{path}` is no path; correct `path`"),
        })
    }

    fn has(&self, name: &str) -> bool {
        self.0.iter().any(|(known, _)| known == name)
    }

    fn filled(
        &self,
        feed: &Feed,
        template: &Template,
        encode: fn(&str) -> String,
    ) -> Result<String, FeedError> {
        template.fill(|name, pointer| {
            let value = self.value(name, pointer).map_err(|cause| FeedError::Next {
                place: place(&feed.address),
                cause,
            })?;
            Ok(encode(&value))
        })
    }

    fn value(&self, name: &str, pointer: &str) -> Result<String, String> {
        let found = self.0.iter().find(|(known, _)| known == name);
        let text = match found {
            Some((_, BoundList::Whole(item))) => text_at(item, pointer)?,
            Some((_, BoundList::Places(places))) => {
                let mut places = places.iter();
                let found = places.find(|(known, _)| known == pointer);
                found.map(|(_, text)| text.clone())
            }
            None => None,
        };
        let text = text.ok_or_else(|| format!(
            "an item of `{name}` has no text or number at `{pointer}`, which its path needs; correct the path"
        ))?;
        if text.len() > LONGEST {
            return Err(format!(
                "an item of `{name}` has more than {LONGEST} bytes at `{pointer}`, which is no part of an address; correct the path"
            ));
        }
        Ok(text)
    }
}

/// The text or number at a pointer; an empty one is none.
fn text_at(item: &RawValue, pointer: &str) -> Result<Option<String>, String> {
    Ok(match follow(item, pointer)?.map(Json::parse).transpose()? {
        Some(Json::Text(text)) => Some(text).filter(|text| !text.is_empty()),
        _ => None,
    })
}

/// A value as one part of a path: nothing in it can end that part.
fn encoded(value: &str) -> String {
    use std::fmt::Write as _;
    let mut text = String::with_capacity(value.len());
    for byte in value.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'~') {
            text.push(char::from(byte));
        } else if byte == b'.' && value.bytes().any(|byte| byte != b'.') {
            text.push('.');
        } else {
            let _ = write!(text, "%{byte:02X}");
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_stays_within_its_part_of_the_path() {
        let cases = [
            ("17", "17"),
            ("en-us_2.0~", "en-us_2.0~"),
            ("a/b?c#d", "a%2Fb%3Fc%23d"),
            ("..", "%2E%2E"),
            ("ü %", "%C3%BC%20%25"),
        ];
        for (value, expected) in cases {
            assert_eq!(encoded(value), expected);
        }
    }

    #[test]
    fn of_an_item_above_only_what_addresses_need_is_kept() {
        let item = format!(r#"{{"id": 7, "body": "{}"}}"#, "x".repeat(1 << 20));
        let item = RawValue::from_string(item).unwrap();
        let pointers = ["/id", "/body", "/none"].map(str::to_owned);
        let binding = ParentValues::default().with_places("folder", &item, &pointers);
        assert_eq!(binding.value("folder", "/id").as_deref(), Ok("7"));
        for (pointer, words) in [("/body", "more than 8192 bytes"), ("/none", "no text")] {
            let error = binding.value("folder", pointer).unwrap_err();
            assert!(error.contains(words), "{error}");
        }
        let BoundList::Places(places) = &binding.0[0].1 else {
            panic!("not all of it")
        };
        let bytes: usize = places.iter().map(|(at, text)| at.len() + text.len()).sum();
        assert!(bytes < 10_000, "{bytes} bytes");
    }
}
