//! The labels of an item. Pure.

use serde_json::value::RawValue;

use crate::intake::format::{Json, follow};

/// The labels at a pointer, in which `*` stands for every element of an array. `None` where there
/// is nothing at all.
pub(crate) fn labels(item: &RawValue, pointer: &str) -> Result<Option<Vec<String>>, String> {
    let mut found = Vec::new();
    let met = collect(item, pointer, false, &mut found)?;
    Ok(met.then_some(found))
}

/// `one` is whether an array has been met, whose elements are one label each.
fn collect(
    from: &RawValue,
    pointer: &str,
    one: bool,
    found: &mut Vec<String>,
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

fn add(value: &Json, one: bool, found: &mut Vec<String>) -> Result<(), String> {
    match value {
        Json::Null => {}
        Json::Text(text) => {
            let parts = text.split(|letter| letter == ',' && !one).map(str::trim);
            found.extend(parts.filter(|part| !part.is_empty()).map(str::to_owned));
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
                .map(|found| found.iter().map(String::as_str).collect::<Vec<_>>());
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
}
