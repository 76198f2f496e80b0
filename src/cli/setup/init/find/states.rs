//! What articles without a preset say of whether they are live: a guess that leaves out too much is seen
//! at once, one that lets a draft through is seen by customers. Pure.

use std::collections::BTreeSet;

use serde_json::Value;

/// What a field of articles is about.
#[derive(Clone, Copy)]
enum StateField {
    /// A word; these are those of what everybody may read.
    Word(&'static [&'static str]),
    /// True for what is live.
    Live,
    /// True for what is not.
    NotLive,
    /// There for what is not live alone.
    OnlyNotLive,
    /// When it went live; nothing for what did not.
    Since,
}

const STATE: StateField = StateField::Word(&["published", "publish", "live", "online", "public"]);
const READERS: StateField = StateField::Word(&["public", "everyone", "everybody", "all"]);

/// How such fields are called, without case, `_` and `-`.
const FIELDS: [(&str, StateField); 28] = [
    ("status", STATE),
    ("state", STATE),
    ("workflowstate", STATE),
    ("reviewstate", STATE),
    ("publicationstatus", STATE),
    ("publishstatus", STATE),
    ("visibility", READERS),
    ("audience", READERS),
    ("access", READERS),
    ("accesstype", READERS),
    ("published", StateField::Live),
    ("ispublished", StateField::Live),
    ("public", StateField::Live),
    ("ispublic", StateField::Live),
    ("draft", StateField::NotLive),
    ("isdraft", StateField::NotLive),
    ("internal", StateField::NotLive),
    ("isinternal", StateField::NotLive),
    ("private", StateField::NotLive),
    ("isprivate", StateField::NotLive),
    ("hidden", StateField::NotLive),
    ("archived", StateField::NotLive),
    ("isarchived", StateField::NotLive),
    ("deleted", StateField::NotLive),
    ("isdeleted", StateField::NotLive),
    ("trashed", StateField::NotLive),
    ("draft.of", StateField::OnlyNotLive),
    ("publishedat", StateField::Since),
];

/// What a page wraps the fields of an article in.
const WRAPPERS: [&str; 4] = ["attributes", "fields", "meta", "properties"];

/// So many values are named.
const NAMED: usize = 5;

/// What was found: what to write down, and what to say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct ArticleStates {
    /// Pointers, and the condition on each as the configuration has it.
    pub(crate) keep: Vec<(String, String)>,
    /// What a person should know of it.
    pub(crate) told: Vec<String>,
}

/// Looks at the articles of one page, at their fields and one level deeper.
pub(crate) fn guess(articles: &[Value]) -> ArticleStates {
    let mut states = ArticleStates::default();
    let mut seen = BTreeSet::new();
    for article in articles {
        for (pointer, name) in fields(article) {
            let known = FIELDS.iter().find(|(known, _)| *known == name);
            if let Some((_, field)) = known
                && seen.insert(pointer.clone())
            {
                look(&mut states, articles, pointer, *field);
            }
        }
    }
    states
}

/// The fields of an article: pointers, and names as they are compared.
fn fields(article: &Value) -> Vec<(String, String)> {
    let Some(entries) = article.as_object() else {
        return Vec::new();
    };
    let inside = entries.iter().filter_map(|(key, value)| {
        // What else is deeper has states of its own, such as an author.
        let is_wrapper = WRAPPERS.contains(&key.as_str());
        let entries = value.as_object().filter(|_| is_wrapper)?;
        Some((format!("/{}", escaped(key)), entries))
    });
    let levels = std::iter::once((String::new(), entries)).chain(inside);
    levels
        .flat_map(|(at, level)| {
            level.keys().map(move |key| {
                let name = key.to_lowercase().replace(['_', '-'], "");
                (format!("{at}/{}", escaped(key)), name)
            })
        })
        .collect()
}

fn escaped(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}

fn look(states: &mut ArticleStates, articles: &[Value], pointer: String, field: StateField) {
    let found: Vec<Option<&Value>> = articles.iter().map(|one| one.pointer(&pointer)).collect();
    let everywhere = found.iter().all(Option::is_some);
    let values: BTreeSet<String> = found
        .iter()
        .flatten()
        .filter_map(|value| word(value))
        .collect();
    let is_flag = || found.iter().flatten().all(|value| value.is_boolean());
    let is_time = |value: &&Value| value.is_null() || value.is_string();
    let condition = match field {
        StateField::OnlyNotLive => Some("{ empty = true, missing = true }".to_owned()),
        _ if !everywhere || values.is_empty() => None,
        StateField::Since if found.iter().flatten().all(is_time) => {
            Some("{ empty = false }".to_owned())
        }
        StateField::Live if is_flag() => Some("true".to_owned()),
        StateField::NotLive if is_flag() => Some("false".to_owned()),
        StateField::Word(live) => {
            let is_live = |value: &&String| live.contains(&value.to_lowercase().as_str());
            let live: Vec<String> = values
                .iter()
                .filter(is_live)
                .map(|live| quoted(live))
                .collect();
            match &live[..] {
                [] => None,
                [one] => Some(one.clone()),
                several => Some(format!("[{}]", several.join(", "))),
            }
        }
        StateField::Since | StateField::Live | StateField::NotLive => None,
    };
    let named: Vec<&str> = values.iter().take(NAMED).map(String::as_str).collect();
    let more = if values.len() > NAMED { ", …" } else { "" };
    let named = format!("{}{more}", named.join(", "));
    match condition {
        Some(condition) => {
            states.told.push(match field {
                StateField::OnlyNotLive => format!(
                    "what has something at `{pointer}` is a draft and is not read, see `keep`"
                ),
                _ => format!(
                "the articles say at `{pointer}` whether they are live ({named}); read are those with {condition}, see `keep`"
            )});
            states.keep.push((pointer, condition));
        }
        // One value says nothing of what the others mean.
        None if values.len() > 1 || !everywhere => states.told.push(format!(
            "the articles may say at `{pointer}` whether they are live ({named}); all of them are read: say with `keep` which of them customers may see"
        )),
        None => {}
    }
}

fn word(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Null => Some("nothing".to_owned()),
        Value::Bool(_) | Value::Number(_) => Some(value.to_string()),
        Value::Array(_) | Value::Object(_) => None,
    }
}

fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn keep(articles: &Value) -> Vec<(String, String)> {
        guess(articles.as_array().unwrap()).keep
    }

    /// As Directus, Payload, `TiddlyWiki`, Strapi 4 and a helpdesk answer an account that edits.
    #[test]
    fn a_draft_does_not_pass_for_an_article() {
        let cases = [
            (
                json!([{"id": 1, "status": "published"}, {"id": 2, "status": "draft"}]),
                "/status",
                "\"published\"",
            ),
            (
                json!([{"id": 1, "_status": "published"}, {"id": 2, "_status": "draft"}]),
                "/_status",
                "\"published\"",
            ),
            (
                json!([{"title": "a"}, {"title": "b", "draft.of": "a"}]),
                "/draft.of",
                "{ empty = true, missing = true }",
            ),
            (
                json!([{"id": 1, "attributes": {"publishedAt": null}}, {"id": 2, "attributes": {"publishedAt": "2026-01-02T03:04:05Z"}}]),
                "/attributes/publishedAt",
                "{ empty = false }",
            ),
            (
                json!([{"id": 1, "is_published": true}, {"id": 2, "is_published": false}]),
                "/is_published",
                "true",
            ),
            (json!([{"id": 1, "internal": false}]), "/internal", "false"),
            (
                json!([{"id": 1, "visibility": "Public"}, {"id": 2, "visibility": "agents"}]),
                "/visibility",
                "\"Public\"",
            ),
            (
                json!([{"id": 1, "status": "live"}, {"id": 2, "status": "Published"}]),
                "/status",
                "[\"Published\", \"live\"]",
            ),
        ];
        for (articles, pointer, condition) in cases {
            let expected = [(pointer.to_owned(), condition.to_owned())];
            assert_eq!(keep(&articles), expected, "{articles}");
        }
    }

    #[test]
    fn what_is_not_sure_is_told_and_changes_nothing() {
        for (articles, told) in [
            (
                json!([{"status": 1}, {"status": 2}]),
                Some("`/status` whether they are live (1, 2)"),
            ),
            (
                json!([{"status": "published"}, {}]),
                Some("all of them are read"),
            ),
            (
                json!([{"internal": "no"}, {"internal": "yes"}]),
                Some("(no, yes)"),
            ),
            (json!([{"status": 2}, {"status": 2}]), None),
            (json!([{"title": "q", "body": "a"}]), None),
            (
                json!([{"author": {"status": "live"}}, {"author": {"status": "gone"}}]),
                None,
            ),
            (json!([1, "x"]), None),
        ] {
            let found = guess(articles.as_array().unwrap());
            assert!(found.keep.is_empty(), "{articles}");
            let first = found.told.first();
            let holds = match told {
                None => first.is_none(),
                Some(part) => first.is_some_and(|told| told.contains(part)),
            };
            assert!(holds, "{articles}: {first:?}");
        }
    }
}
