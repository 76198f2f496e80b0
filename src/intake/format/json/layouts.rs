//! Layouts of JSON and YAML in which the articles are not simply the one list of objects: exports of
//! Azure and Kore.ai, pairs written as arrays, and lists of groups.

use serde_json::value::RawValue;

use super::value::{Json, Object, follow};
use crate::config::Fields;
use crate::intake::table::{ANSWERS, IDS, QUESTIONS, RoleNames, same_name};

/// Lists whose entries are the articles, whatever else is in the document, and whether they have no
/// ids, so that questions serve as them.
pub(crate) const LISTS: [(&str, bool); 2] = [("/Assets/Qnas", false), ("/faqs/faqs", true)];

/// Groups within each other.
const DEEPEST_GROUP: usize = 4;

fn list(value: &RawValue) -> Option<Vec<&RawValue>> {
    match Json::parse(value) {
        Ok(Json::Array(items)) if value.get().starts_with('[') => Some(items),
        _ => None,
    }
}

/// `["question", "answer"]` as an object; what more texts there are belongs to the answer.
pub(crate) fn pair(item: &RawValue) -> Option<Box<RawValue>> {
    let texts = list(item)?;
    let is_text = |value: &&RawValue| value.get().starts_with('"');
    let (question, answers) = texts.split_first()?;
    if !is_text(question) {
        return None;
    }
    let object = match answers {
        [] => return None,
        [answer] => format!("{{\"question\":{question},\"answer\":{answer}}}"),
        several if several.iter().all(is_text) => {
            let answers: Vec<&str> = several.iter().map(|text| text.get()).collect();
            let answers = answers.join(",");
            format!("{{\"question\":{question},\"answer\":[{answers}]}}")
        }
        _ => return None,
    };
    serde_json::from_str(&object).ok()
}

/// An intent, as an article.
pub(crate) struct Intent {
    pub(crate) made: Box<RawValue>,
    /// Whether any message leads to it.
    pub(crate) has_patterns: bool,
    /// Its responses beside the first. A bot says one of them.
    pub(crate) unused: usize,
}

/// What `{"tag": ..., "patterns": [...], "responses": [...]}` is.
pub(crate) fn intent(entry: &RawValue) -> Option<Intent> {
    let Ok(Json::Object(intent)) = Json::parse(entry) else {
        return None;
    };
    let field = |name: &str| {
        let mut fields = intent.0.iter();
        fields.find_map(|(key, value)| same_name(key, name).then_some(*value))
    };
    let (patterns, responses) = (field("patterns")?, list(field("responses")?)?);
    let is_filled = |pattern: &&RawValue| {
        let text = pattern.get().trim_matches('"');
        !text.trim().is_empty()
    };
    let has_patterns = list(patterns)?.iter().any(is_filled);
    let tag = field("tag").or_else(|| field("intent"))?;
    let response = responses.first().map_or("null", |first| first.get());
    let object = format!("{{\"id\":{tag},\"question\":{patterns},\"answer\":{response}}}");
    Some(Intent {
        made: serde_json::from_str(&object).ok()?,
        has_patterns,
        unused: responses.len().saturating_sub(1),
    })
}

/// An article that stands under its id, with the id in it.
pub(crate) fn keyed(id: &str, article: &RawValue) -> Option<Box<RawValue>> {
    let Ok(Json::Object(object)) = Json::parse(article) else {
        return None;
    };
    let inner = article.get().strip_prefix('{')?;
    if object.0.is_empty() || holds(&object.keys(), &IDS) {
        return None;
    }
    let id = serde_json::to_string(id).ok()?;
    serde_json::from_str(&format!("{{\"id\":{id},{inner}")).ok()
}

/// A question with its accepted answer, as schema.org has it, as an object.
pub(crate) fn schema_question(entry: &RawValue) -> Option<Box<RawValue>> {
    let Ok(Json::Object(question)) = Json::parse(entry) else {
        return None;
    };
    let kind = question.get("@type")?.get();
    let name = question.get("name")?;
    let text = follow(question.get("acceptedAnswer")?, "/text").ok()??;
    let object = format!("{{\"question\":{name},\"answer\":{text}}}");
    let made = serde_json::from_str(&object).ok();
    made.filter(|_| kind.trim_matches('"').ends_with("Question"))
}

/// Whether an entry is a group in which nothing is.
pub(crate) fn is_empty_group(entry: &RawValue) -> bool {
    let Ok(Json::Object(group)) = Json::parse(entry) else {
        return false;
    };
    let lists: Vec<Vec<&RawValue>> = group
        .0
        .iter()
        .filter_map(|(_, value)| list(value))
        .collect();
    !answers(&group) && !lists.is_empty() && lists.iter().all(Vec::is_empty)
}

/// The articles of `{"title": ..., "questions": [{"question": ..., "answer": ...}]}`: it has exactly one
/// list of articles in it, or of such groups, and is none itself.
pub(crate) fn group(entry: &RawValue) -> Option<Vec<&RawValue>> {
    group_within(entry, DEEPEST_GROUP)
}

fn group_within(entry: &RawValue, deeper: usize) -> Option<Vec<&RawValue>> {
    let Ok(Json::Object(group)) = Json::parse(entry) else {
        return None;
    };
    if answers(&group) {
        return None;
    }
    let lists = group.0.iter().filter_map(|(_, value)| list(value));
    let mut lists = lists.filter_map(|items| {
        if are_articles(&items) {
            Some(items)
        } else {
            articles_of_groups(&items, deeper)
        }
    });
    match (lists.next(), lists.next()) {
        (Some(items), None) => Some(items),
        _ => None,
    }
}

/// The articles of a list of groups, if it has nothing else.
fn articles_of_groups<'a>(items: &[&'a RawValue], deeper: usize) -> Option<Vec<&'a RawValue>> {
    let deeper = deeper.checked_sub(1)?;
    let mut articles = Vec::new();
    for item in items {
        match group_within(item, deeper) {
            Some(more) => articles.extend(more),
            None if is_empty_group(item) => {}
            None => return None,
        }
    }
    (!articles.is_empty()).then_some(articles)
}

/// Whether what may be a group has a text of its own. A description says what the group is about.
fn answers(group: &Object) -> bool {
    let mut keys = group.keys();
    keys.retain(|key| !same_name(key, "description"));
    holds(&keys, &ANSWERS)
}

fn are_articles(items: &[&RawValue]) -> bool {
    !items.is_empty()
        && items.iter().all(|item| match Json::parse(item) {
            Ok(Json::Object(object)) => {
                let keys = object.keys();
                holds(&keys, &QUESTIONS) && holds(&keys, &ANSWERS)
            }
            _ => false,
        })
}

fn holds(keys: &[String], names: &RoleNames) -> bool {
    keys.iter()
        .any(|key| names.is_usual(key) || names.is_certain_field(key))
}

/// What the entries of a list say about ids.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct IdsOfEntries {
    has_id: bool,
    has_pair: bool,
}

impl IdsOfEntries {
    /// Takes another entry into account.
    pub(crate) fn see(&mut self, entry: &RawValue, fields: Option<&Fields>) {
        if self.has_id {
            return;
        }
        let Ok(Json::Object(entry)) = Json::parse(entry) else {
            return;
        };
        let keys = entry.keys();
        self.has_id |= have_id(&keys, fields);
        self.has_pair |= is_pair(&keys, fields);
    }

    /// Whether one of them has an id.
    pub(crate) fn has_some(self) -> bool {
        self.has_id
    }

    /// Whether one of them is a question and its answer.
    pub(crate) fn has_pair(self) -> bool {
        self.has_pair
    }

    /// Whether the entries are questions and answers, and not one of them has an id.
    pub(crate) fn are_lacking(self) -> bool {
        self.has_pair && !self.has_id
    }
}

/// Whether an article has an id.
pub(crate) fn has_id(article: &RawValue, fields: Option<&Fields>) -> bool {
    match Json::parse(article) {
        Ok(Json::Object(article)) => have_id(&article.keys(), fields),
        _ => false,
    }
}

fn have_id(keys: &[String], fields: Option<&Fields>) -> bool {
    holds(keys, &IDS) || fields.is_some_and(|fields| !fields.id.is_empty())
}

/// Whether what has these keys is a question and its answer: one of the two is called so, or named in
/// the configuration.
pub(crate) fn is_pair(keys: &[String], fields: Option<&Fields>) -> bool {
    let is_named =
        |named: fn(&Fields) -> &[String]| fields.is_some_and(|fields| !named(fields).is_empty());
    let (asks, answers) = (
        is_named(|fields| &fields.question),
        is_named(|fields| &fields.answer),
    );
    let is_certain = asks
        || answers
        || keys
            .iter()
            .any(|key| QUESTIONS.is_certain_field(key) || ANSWERS.is_certain_field(key));
    is_certain && (asks || holds(keys, &QUESTIONS)) && (answers || holds(keys, &ANSWERS))
}
