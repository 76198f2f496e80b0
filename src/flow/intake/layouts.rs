//! Layouts of JSON and YAML in which the articles are not simply the one list of objects: exports of
//! Azure and Kore.ai, pairs written as arrays, and lists of groups.

use serde_json::value::RawValue;

use super::json_value::{Json, follow};
use super::mapping::{ANSWER, QUESTION, same_name};

/// What a file's articles were taken from.
pub(super) struct Items<'a> {
    pub(super) items: Vec<Item<'a>>,
    /// Whether the layout has no ids, so that questions serve as them.
    pub(super) questions_are_ids: bool,
}

/// An article, and where it stands.
pub(super) struct Item<'a> {
    pub(super) origin: &'a RawValue,
    /// The object that says the same, where the article is not written as an object.
    pub(super) made: Option<Box<RawValue>>,
}

impl Item<'_> {
    /// The article as an object.
    pub(super) fn as_object(&self) -> &RawValue {
        self.made.as_deref().unwrap_or(self.origin)
    }
}

impl<'a> Items<'a> {
    /// Articles that are objects with ids.
    pub(super) fn plain(items: Vec<&'a RawValue>) -> Self {
        Self {
            items: items.into_iter().map(plain).collect(),
            questions_are_ids: false,
        }
    }
}

fn plain(origin: &RawValue) -> Item<'_> {
    Item { origin, made: None }
}

/// The articles, if the document has one of these layouts. What is wrong with an item is said when it
/// is taken.
pub(super) fn find<'a>(root: &'a RawValue, value: &Json<'a>) -> Option<Items<'a>> {
    let items = match value {
        Json::Array(list) => pairs(&[list]).or_else(|| groups(list))?,
        Json::Object(object) => {
            if let Some(items) = list_at(root, "/Assets/Qnas") {
                return Some(Items::plain(items));
            }
            if let Some(items) = list_at(root, "/faqs/faqs") {
                items.into_iter().map(plain).collect()
            } else {
                let lists = object.0.iter().filter_map(|(_, value)| list(value));
                let lists: Vec<Vec<&RawValue>> = lists.collect();
                pairs(&lists.iter().collect::<Vec<_>>())?
            }
        }
        Json::Null | Json::Text(_) => return None,
    };
    Some(Items {
        items,
        questions_are_ids: true,
    })
}

fn list(value: &RawValue) -> Option<Vec<&RawValue>> {
    match Json::parse(value) {
        Ok(Json::Array(items)) if value.get().starts_with('[') => Some(items),
        _ => None,
    }
}

fn list_at<'a>(root: &'a RawValue, pointer: &str) -> Option<Vec<&'a RawValue>> {
    list(follow(root, pointer).ok()??)
}

/// `[["question", "answer"], ...]`, as the document itself or under one or several of its keys.
fn pairs<'a>(lists: &[&Vec<&'a RawValue>]) -> Option<Vec<Item<'a>>> {
    let is_array = |item: &&RawValue| item.get().starts_with('[');
    let mut all = lists.iter().flat_map(|list| list.iter());
    if all.any(|item| item.get().starts_with('{')) {
        return None;
    }
    let mut found = Vec::new();
    for list in lists.iter().filter(|list| list.iter().all(is_array)) {
        let made: Vec<_> = list.iter().map(|item| pair(item)).collect();
        if made.iter().any(Option::is_some) {
            // What is no pair among pairs is rejected as what it is, and not passed over.
            let items = list.iter().zip(made);
            found.extend(items.map(|(origin, made)| Item { origin, made }));
        }
    }
    Some(found).filter(|found| !found.is_empty())
}

fn pair(item: &RawValue) -> Option<Box<RawValue>> {
    let texts = list(item)?;
    let [question, answer] = texts.as_slice() else {
        return None;
    };
    if !question.get().starts_with('"') {
        return None;
    }
    serde_json::from_str(&format!("{{\"question\":{question},\"answer\":{answer}}}")).ok()
}

/// `[{"title": ..., "questions": [{"question": ..., "answer": ...}]}]`: every entry of the list has
/// exactly one list of articles in it, and is none itself.
fn groups<'a>(entries: &[&'a RawValue]) -> Option<Vec<Item<'a>>> {
    let mut found = Vec::new();
    for entry in entries {
        let Ok(Json::Object(group)) = Json::parse(entry) else {
            return None;
        };
        if holds(&group.keys(), &ANSWER) {
            return None;
        }
        let lists = group.0.iter().filter_map(|(_, value)| list(value));
        let mut lists = lists.filter(|items| are_articles(items));
        let (Some(items), None) = (lists.next(), lists.next()) else {
            return None;
        };
        found.extend(items.into_iter().map(plain));
    }
    Some(found).filter(|found| !found.is_empty())
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_layout_and_what_only_looks_like_it() {
        let cases: [(&str, Option<(usize, bool)>); 12] = [
            (
                r#"{"Assets":{"Synonyms":[{"a":1}],"Qnas":[{"Id":1}]}}"#,
                Some((1, false)),
            ),
            (r#"{"faqs":{"faqs":[{"question":"q"}]}}"#, Some((1, true))),
            (r#"[["q","a"],["r","b"]]"#, Some((2, true))),
            (
                r#"{"x":[["q","a"]],"y":[["r","b"]],"z":["t"]}"#,
                Some((2, true)),
            ),
            (r#"[["q","a"],["one"]]"#, Some((2, true))),
            (r#"{"a":[{"id":1}],"b":[["x","y"]]}"#, None),
            ("[[1,2]]", None),
            (
                r#"[{"title":"t","questions":[{"question":"q","answer":"a"}]}]"#,
                Some((1, true)),
            ),
            (
                r#"[{"section":[{"question":"q","response":"a"},{"question":"r","response":"b"}]}]"#,
                Some((2, true)),
            ),
            // An article whose variants are objects is no group.
            (
                r#"[{"id":1,"answer":"x","more":[{"question":"q","answer":"a"}]}]"#,
                None,
            ),
            (
                r#"[{"a":[{"question":"q","answer":"a"}]},{"title":"empty"}]"#,
                None,
            ),
            (r#"[{"id":1,"question":"q","answer":"a"}]"#, None),
        ];
        for (document, expected) in cases {
            let root: &RawValue = serde_json::from_str(document).unwrap();
            let found = find(root, &Json::parse(root).unwrap());
            let found = found.map(|found| (found.items.len(), found.questions_are_ids));
            assert_eq!(found, expected, "{document}");
        }
    }
}
