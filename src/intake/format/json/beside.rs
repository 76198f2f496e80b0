//! What stands beside an answer and belongs to it for its readers: links, and steps or notes in fields of their own.
//! It is on no step, which a note tells once for a file. Pure.

use serde_json::value::RawValue;

use super::value::{Json, Object};
use crate::intake::table::same_name;

/// Fields whose text is meant for the readers of the answer.
const FOR_READERS: [&str; 16] = [
    "bullet_points",
    "bullets",
    "details",
    "items",
    "list",
    "points",
    "steps",
    "note",
    "notes",
    "tip",
    "tips",
    "warning",
    "warnings",
    "hint",
    "hints",
    "disclaimer",
];

/// Fields that are told of in a file.
const MOST: usize = 10;

/// What was seen in a file: of each such field its name, the line, and what to do.
#[derive(Debug, Default)]
pub(super) struct BesideAnswer(Vec<(String, u64, String)>);

impl BesideAnswer {
    /// Looks at an article whose answer is in this field.
    pub(super) fn see(&mut self, item: &Object, answer: Option<&str>, line: u64) {
        let Some(answer) = answer else {
            return;
        };
        for (name, value) in &item.0 {
            let is_known = self.0.iter().any(|(known, ..)| known == name);
            if name == answer || is_known || self.0.len() == MOST {
                continue;
            }
            let is_for_readers = FOR_READERS.iter().any(|known| same_name(known, name));
            let told = if is_for_readers && has_objects(value) {
                format!(
                    "has `{name}` beside the answer, of which nothing is on a step; if customers should see it, let the export write it into the answer"
                )
            } else if is_for_readers && has_text(value) {
                format!(
                    "has the field `{name}` beside the answer, which is on no step; if it belongs to the answer, write answer = [\"{answer}\", \"{name}\"] to [bot.source.fields]"
                )
            } else if are_links(value) {
                format!(
                    "has links in `{name}` beside the answer, which are on no step; if customers should see them, let the export write them into the answer"
                )
            } else {
                continue;
            };
            self.0.push((name.clone(), line, told));
        }
    }

    /// What is to be said of the file, with the lines.
    pub(super) fn told(&self) -> impl Iterator<Item = (u64, String)> + '_ {
        self.0.iter().map(|(_, line, told)| (*line, told.clone()))
    }
}

/// Whether a field has objects with an address and words for it.
fn are_links(value: &RawValue) -> bool {
    if !value.get().starts_with(['{', '[']) {
        return false;
    }
    let first = match Json::parse(value) {
        Ok(Json::Array(items)) => items.first().and_then(|first| Json::parse(first).ok()),
        Ok(other) => Some(other),
        Err(_) => None,
    };
    let Some(Json::Object(link)) = first else {
        return false;
    };
    let has = |names: &[&str]| {
        let is_one = |(key, value): &(String, &RawValue)| {
            names.iter().any(|name| same_name(name, key)) && value.get().starts_with('"')
        };
        link.0.iter().any(is_one)
    };
    has(&["url", "href", "link"]) && has(&["label", "title", "text", "name"])
}

/// Whether a field is a list of objects with texts in them that are no links.
fn has_objects(value: &RawValue) -> bool {
    let Ok(Json::Array(items)) = Json::parse(value) else {
        return false;
    };
    let first = items.first().and_then(|first| Json::parse(first).ok());
    let is_text = |(_, value): &(String, &RawValue)| value.get().starts_with('"');
    let has_text = matches!(first, Some(Json::Object(object)) if object.0.iter().any(is_text));
    has_text && !are_links(value)
}

/// Whether a field is a text, or a list of texts.
fn has_text(value: &RawValue) -> bool {
    let is_text = |value: &RawValue| value.get().starts_with('"') && value.get().len() > 2;
    match Json::parse(value) {
        Ok(Json::Array(items)) => items.first().is_some_and(|first| is_text(first)),
        _ => is_text(value),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_belongs_to_an_answer_is_told_and_other_fields_are_not() {
        for (item, part) in [
            (
                r#"{"answer":"x","links":[{"label":"Terms","url":"/t"}]}"#,
                Some("links in `links`"),
            ),
            (
                r#"{"answer":"x","more":{"title":"Terms","href":"/t"}}"#,
                Some("links in `more`"),
            ),
            (
                r#"{"answer":"x","Steps":["one","two"]}"#,
                Some("answer = [\"answer\", \"Steps\"]"),
            ),
            (r#"{"answer":"x","note":"Only today."}"#, Some("`note`")),
            (
                r#"{"answer":"x:","items":[{"item":"one"}]}"#,
                Some("`items` beside the answer, of which nothing"),
            ),
            (r#"{"answer":"x","note":"","tags":["a"],"url":"/a"}"#, None),
            (r#"{"answer":"x","author":{"name":"Ann","id":1}}"#, None),
            (r#"{"answer":"x","images":[{"url":"/a.png"}]}"#, None),
        ] {
            let raw: Box<RawValue> = serde_json::from_str(item).unwrap();
            let Ok(Json::Object(object)) = Json::parse(&raw) else {
                panic!("{item}");
            };
            let mut beside = BesideAnswer::default();
            beside.see(&object, Some("answer"), 3);
            let told = beside.told().next();
            match part {
                Some(part) => assert!(
                    told.as_ref()
                        .is_some_and(|(line, told)| *line == 3 && told.contains(part)),
                    "{told:?}"
                ),
                None => assert_eq!(told, None, "{item}"),
            }
        }
    }
}
