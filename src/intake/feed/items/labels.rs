//! The labels of an item. Pure.

use serde_json::value::RawValue;

use crate::intake::format::{Json, follow};

/// The labels of an item.
#[derive(Debug, Default)]
pub(crate) struct ItemLabels {
    pub(crate) names: Vec<String>,
    /// Several words without a comma, outside of an array: one label, or several.
    words: Option<String>,
}

impl ItemLabels {
    /// A label that is asked for and may be one of several that only spaces divide, as `TiddlyWiki` writes
    /// them and ServiceNow's `meta` often has them. To take them for one would let `faq internal` through.
    pub(crate) fn unclear<'l>(
        &self,
        asked: impl IntoIterator<Item = &'l String>,
    ) -> Option<String> {
        let words = self.words.as_ref()?;
        let folded = words.to_lowercase();
        let divided = |letter: char| letter.is_whitespace() || matches!(letter, '[' | ']');
        let is_bound = |letter: Option<char>| letter.is_none_or(divided);
        let mut unclear = None;
        for label in asked {
            let label_folded = label.trim().to_lowercase();
            if label_folded == folded {
                return None;
            }
            let among = folded.match_indices(&label_folded).any(|(at, found)| {
                is_bound(folded[..at].chars().next_back())
                    && is_bound(folded[at + found.len()..].chars().next())
            });
            if among {
                unclear = Some(label);
            }
        }
        unclear.map(|label| {
            format!(
                "has the labels \"{words}\" in one text without commas, so that it is unclear whether \"{label}\" is one of them; write them with commas or as a list, or name the whole text in `with_labels` or `without_labels`"
            )
        })
    }
}

/// The labels at a pointer, in which `*` stands for every element of an array. `None` where there
/// is nothing at all.
pub(crate) fn labels(item: &RawValue, pointer: &str) -> Result<Option<ItemLabels>, String> {
    let mut found = ItemLabels::default();
    let met = collect(item, pointer, false, &mut found)?;
    Ok(met.then_some(found))
}

/// `one` is whether an array has been met, whose elements are one label each.
fn collect(
    from: &RawValue,
    pointer: &str,
    one: bool,
    found: &mut ItemLabels,
) -> Result<bool, String> {
    let starred = match pointer.split_once("/*") {
        Some((before, after)) if after.is_empty() || after.starts_with('/') => {
            Some((before, after))
        }
        _ => None,
    };
    let Some(value) = follow(from, starred.map_or(pointer, |(before, _)| before))? else {
        return Ok(false);
    };
    match (Json::parse(value)?, starred) {
        (Json::Null, _) => {}
        (Json::Array(elements), Some((_, after))) => {
            for element in elements {
                collect(element, after, true, found)?;
            }
        }
        (Json::Array(elements), None) => {
            for element in elements {
                add(&Json::parse(element)?, true, found)?;
            }
        }
        (text, None) => add(&text, one, found)?,
        (_, Some(_)) => return Err("has no array where `labels` has a `*`; correct it".to_owned()),
    }
    Ok(true)
}

fn add(value: &Json, one: bool, found: &mut ItemLabels) -> Result<(), String> {
    match value {
        Json::Null => {}
        Json::Text(text) => {
            let text = text.trim();
            if !one && !text.contains(',') && text.contains(char::is_whitespace) {
                found.words = Some(text.to_owned());
            }
            let parts = text.split(|letter| letter == ',' && !one).map(str::trim);
            found
                .names
                .extend(parts.filter(|part| !part.is_empty()).map(str::to_owned));
        }
        Json::Array(_) | Json::Object(_) => {
            return Err(
                "has an object or array as a label; point `labels` at the text in it, such as \"/tags/*/name\"".to_owned(),
            );
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_of_labels() {
        type Case<'a> = (&'a str, &'a str, Option<&'a [&'a str]>);
        let cases: [Case; 11] = [
            (r#"{"t": ["a, b", "c"]}"#, "/t", Some(&["a, b", "c"])),
            (r#"{"t": [{"v": "a, b"}]}"#, "/t/*/v", Some(&["a, b"])),
            (r#"{"t": ["a", "b"]}"#, "/t", Some(&["a", "b"])),
            (r#"{"t": "a, b ,,c"}"#, "/t", Some(&["a", "b", "c"])),
            (
                r#"{"t": [{"v": "a"}, {"v": "b"}, {}]}"#,
                "/t/*/v",
                Some(&["a", "b"]),
            ),
            (
                r#"{"t": {"r": [{"n": {"x": 7}}]}}"#,
                "/t/r/*/n/x",
                Some(&["7"]),
            ),
            (r#"{"t": [["a"], ["b"]]}"#, "/t/*/*", Some(&["a", "b"])),
            (r#"{"t": []}"#, "/t", Some(&[])),
            (r#"{"t": null}"#, "/t/*/v", Some(&[])),
            (r#"{"t": null}"#, "/t", Some(&[])),
            (r#"{"x": 1}"#, "/t", None),
        ];
        for (item, pointer, expected) in cases {
            let item: &RawValue = serde_json::from_str(item).unwrap();
            let found = labels(item, pointer).unwrap();
            let found = found
                .as_ref()
                .map(|found| found.names.iter().map(String::as_str).collect::<Vec<_>>());
            assert_eq!(found.as_deref(), expected, "{item} {pointer}");
        }
        for (item, pointer) in [
            (r#"{"t": [{"v": 1}]}"#, "/t"),
            (r#"{"t": {"v": 1}}"#, "/t/*/v"),
        ] {
            let item: &RawValue = serde_json::from_str(item).unwrap();
            assert!(labels(item, pointer).is_err(), "{item}");
        }
    }

    #[test]
    fn words_in_one_text_may_be_several_labels() {
        for (item, asked, expected) in [
            (
                r#"{"t": "FAQ internal"}"#,
                &["internal"][..],
                Some("\"internal\" is one of them"),
            ),
            (
                r#"{"t": "FAQ login"}"#,
                &["faq"],
                Some("\"faq\" is one of them"),
            ),
            (
                r#"{"t": "[[for agents]] FAQ"}"#,
                &["for agents"],
                Some("\"for agents\""),
            ),
            (
                r#"{"t": "internal use"}"#,
                &["internal", "Internal use"],
                None,
            ),
            (r#"{"t": "non-internal use"}"#, &["internal"], None),
            (r#"{"t": "billing, internal use"}"#, &["internal"], None),
            (r#"{"t": ["internal use"]}"#, &["internal"], None),
            (r#"{"t": "internal"}"#, &["internal"], None),
        ] {
            let item: &RawValue = serde_json::from_str(item).unwrap();
            let asked: Vec<String> = asked.iter().map(|&label| label.to_owned()).collect();
            let found = labels(item, "/t").unwrap().unwrap().unclear(&asked);
            let holds = match (&found, expected) {
                (None, None) => true,
                (Some(found), Some(part)) => found.contains(part),
                _ => false,
            };
            assert!(holds, "{item}: {found:?}");
        }
    }
}
