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

/// The articles, if the document has one of these layouts.
pub(super) fn find(root: &RawValue) -> Result<Option<Items<'_>>, String> {
    if let Some(items) = list_at(root, "/Assets/Qnas")? {
        return Ok(Some(Items::plain(items)));
    }
    if let Some(items) = list_at(root, "/faqs/faqs")? {
        return Ok(Some(Items {
            questions_are_ids: true,
            ..Items::plain(items)
        }));
    }
    let items = match pairs(root)? {
        Some(items) => Some(items),
        None => groups(root)?,
    };
    Ok(items.map(|items| Items {
        items,
        questions_are_ids: true,
    }))
}

fn list_at<'a>(root: &'a RawValue, pointer: &str) -> Result<Option<Vec<&'a RawValue>>, String> {
    Ok(match follow(root, pointer)?.map(Json::parse).transpose()? {
        Some(Json::Array(items)) => Some(items),
        _ => None,
    })
}

/// `[["question", "answer"], ...]`, as the document itself or under one or several of its keys.
fn pairs(root: &RawValue) -> Result<Option<Vec<Item<'_>>>, String> {
    let lists = match Json::parse(root)? {
        Json::Array(items) => vec![items],
        Json::Object(object) => {
            let mut lists = Vec::new();
            for (_, value) in object.0 {
                if let Json::Array(items) = Json::parse(value)? {
                    lists.push(items);
                }
            }
            lists
        }
        Json::Null | Json::Text(_) => return Ok(None),
    };
    let is_array = |item: &&RawValue| item.get().starts_with('[');
    if lists
        .iter()
        .flatten()
        .any(|item| item.get().starts_with('{'))
    {
        return Ok(None);
    }
    let mut found = Vec::new();
    for list in lists.iter().filter(|list| list.iter().all(is_array)) {
        let made = list.iter().map(|item| pair(item));
        let made = made.collect::<Result<Vec<_>, String>>()?;
        if made.iter().any(Option::is_some) {
            // What is no pair among pairs is rejected as what it is, and not passed over.
            let items = list.iter().zip(made);
            found.extend(items.map(|(origin, made)| Item { origin, made }));
        }
    }
    Ok(Some(found).filter(|found| !found.is_empty()))
}

fn pair(item: &RawValue) -> Result<Option<Box<RawValue>>, String> {
    let Json::Array(texts) = Json::parse(item)? else {
        return Ok(None);
    };
    let [question, answer] = texts.as_slice() else {
        return Ok(None);
    };
    if !question.get().starts_with('"') {
        return Ok(None);
    }
    let object = format!("{{\"question\":{question},\"answer\":{answer}}}");
    serde_json::from_str(&object)
        .map(Some)
        .map_err(|error| error.to_string())
}

/// `[{"title": ..., "questions": [{"question": ..., "answer": ...}]}]`: every entry of the list has
/// exactly one list of articles in it, and is none itself.
fn groups(root: &RawValue) -> Result<Option<Vec<Item<'_>>>, String> {
    let Json::Array(entries) = Json::parse(root)? else {
        return Ok(None);
    };
    let mut found = Vec::new();
    for entry in entries {
        let Json::Object(group) = Json::parse(entry)? else {
            return Ok(None);
        };
        if holds(&group.keys(), &ANSWER) {
            return Ok(None);
        }
        let mut lists = Vec::new();
        for (_, value) in &group.0 {
            if let Json::Array(items) = Json::parse(value)?
                && are_articles(&items)?
            {
                lists.push(items);
            }
        }
        let Ok([list]) = <[_; 1]>::try_from(lists) else {
            return Ok(None);
        };
        found.extend(list.into_iter().map(plain));
    }
    Ok(Some(found).filter(|found| !found.is_empty()))
}

fn are_articles(items: &[&RawValue]) -> Result<bool, String> {
    for item in items {
        let Json::Object(object) = Json::parse(item)? else {
            return Ok(false);
        };
        let keys = object.keys();
        if !holds(&keys, &QUESTION) || !holds(&keys, &ANSWER) {
            return Ok(false);
        }
    }
    Ok(!items.is_empty())
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
            (r#"[[1,2]]"#, None),
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
            let found = find(root).unwrap();
            let found = found.map(|found| (found.items.len(), found.questions_are_ids));
            assert_eq!(found, expected, "{document}");
        }
    }
}
