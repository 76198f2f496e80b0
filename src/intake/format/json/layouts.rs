//! Layouts of JSON and YAML in which the articles are not simply the one list of objects: exports of
//! Azure and Kore.ai, pairs written as arrays, and lists of groups.

use serde_json::value::RawValue;

use super::value::Json;
use crate::intake::table::{ANSWER, QUESTION, same_name};

/// Lists whose entries are the articles, whatever else is in the document, and whether they have no
/// ids, so that questions serve as them.
pub(crate) const LISTS: [(&str, bool); 2] = [("/Assets/Qnas", false), ("/faqs/faqs", true)];

fn list(value: &RawValue) -> Option<Vec<&RawValue>> {
    match Json::parse(value) {
        Ok(Json::Array(items)) if value.get().starts_with('[') => Some(items),
        _ => None,
    }
}

/// `["question", "answer"]` as an object.
pub(crate) fn pair(item: &RawValue) -> Option<Box<RawValue>> {
    let texts = list(item)?;
    let [question, answer] = texts.as_slice() else {
        return None;
    };
    if !question.get().starts_with('"') {
        return None;
    }
    serde_json::from_str(&format!("{{\"question\":{question},\"answer\":{answer}}}")).ok()
}

/// The articles of `{"title": ..., "questions": [{"question": ..., "answer": ...}]}`: it has exactly one
/// list of articles in it, and is none itself.
pub(crate) fn group(entry: &RawValue) -> Option<Vec<&RawValue>> {
    let Ok(Json::Object(group)) = Json::parse(entry) else {
        return None;
    };
    if holds(&group.keys(), &ANSWER) {
        return None;
    }
    let lists = group.0.iter().filter_map(|(_, value)| list(value));
    let mut lists = lists.filter(|items| are_articles(items));
    match (lists.next(), lists.next()) {
        (Some(items), None) => Some(items),
        _ => None,
    }
}

fn are_articles(items: &[&RawValue]) -> bool {
    !items.is_empty()
        && items.iter().all(|item| match Json::parse(item) {
            Ok(Json::Object(object)) => {
                let keys = object.keys();
                holds(&keys, &QUESTION) && holds(&keys, &ANSWER)
            }
            _ => false,
        })
}

fn holds(keys: &[String], names: &[&str]) -> bool {
    keys.iter()
        .any(|key| names.iter().any(|name| same_name(key, name)))
}
