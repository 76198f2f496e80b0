//! Turns one JSON item into an article.

use std::sync::Arc;

use serde_json::value::RawValue;

use super::gathering::Gathering;
use super::json_value::{Json, Object, follow};
use super::kept;
use super::mapping::{self, holds_more_questions, same_name};
use super::read::Job;
use super::table::nothing_for;
use super::window::too_long;
use super::{Article, Markup, Place};
use crate::config::{Body, Fields, Folder};

/// Turns the items of one file into articles. A usual name, once met, holds for the whole file.
pub(super) struct Items<'a> {
    fields: Option<&'a Fields>,
    file: Arc<str>,
    max_row_bytes: usize,
    folder: Option<&'a Folder>,
    body: Option<Body>,
    questions_are_ids: bool,
    id: Usual,
    question: Usual,
    answer: Usual,
}

struct Usual {
    names: &'static [&'static str],
    met: Option<String>,
}

impl Usual {
    fn new(names: &'static [&'static str]) -> Self {
        Self { names, met: None }
    }

    fn find<'a>(&mut self, item: &Object<'a>) -> Option<(String, &'a RawValue)> {
        if let Some(name) = &self.met {
            return item.get(name).map(|raw| (name.clone(), raw));
        }
        let (name, raw) = self
            .names
            .iter()
            .find_map(|usual| item.0.iter().find(|(key, _)| same_name(key, usual)))?;
        self.met = Some(name.clone());
        Some((name.clone(), raw))
    }
}

/// Why an item is not an article, and its id where that could be read.
struct Refusal {
    id: Option<String>,
    reason: String,
}

impl<'a> Items<'a> {
    pub(super) fn new(job: &'a Job) -> Self {
        let max_row_bytes = job.folder.limits.max_row_bytes;
        Self {
            folder: Some(job.folder),
            ..Self::of(job.fields, job.file.clone(), max_row_bytes)
        }
    }

    /// For one file, or one page of a feed.
    pub(super) fn of(fields: Option<&'a Fields>, file: Arc<str>, max_row_bytes: usize) -> Self {
        Self {
            fields,
            file,
            max_row_bytes,
            folder: None,
            body: None,
            questions_are_ids: false,
            id: Usual::new(&mapping::ID),
            question: Usual::new(&mapping::QUESTION),
            answer: Usual::new(&mapping::ANSWER),
        }
    }

    /// The same, for items that the reader of the format names itself.
    pub(super) fn with_usual_names(mut self) -> Self {
        self.fields = None;
        self
    }

    /// The same, for a format whose answers are written in this.
    pub(super) fn written_in(mut self, body: Body) -> Self {
        self.body = Some(body);
        self
    }

    /// The same, for a layout without ids: where an item has none, its first question is the id.
    pub(super) fn with_questions_as_ids(mut self) -> Self {
        self.questions_are_ids = true;
        self
    }

    /// Takes the item that stands on this line, or rejects it.
    pub(super) fn take(&mut self, raw: &RawValue, line: u64, gathering: &mut Gathering) {
        self.take_asked(raw, Vec::new(), line, gathering);
    }

    /// The same, with more questions for it.
    pub(super) fn take_asked(
        &mut self,
        raw: &RawValue,
        more_questions: Vec<String>,
        line: u64,
        gathering: &mut Gathering,
    ) {
        let place = Place {
            file: self.file.clone(),
            line,
        };
        match self.article(raw, &place) {
            Ok(Some(mut article)) => {
                article.questions.extend(more_questions);
                gathering.article(article);
            }
            Ok(None) => {}
            Err(refusal) => gathering.reject(place, refusal.id, refusal.reason),
        }
    }

    /// The id of an item, where it can be read.
    pub(super) fn id_of(&mut self, raw: &RawValue) -> Option<String> {
        match Json::parse(raw) {
            Ok(Json::Object(item)) => self.id(raw, &item).ok(),
            _ => None,
        }
    }

    /// Nothing where the item does not count.
    fn article(&mut self, raw: &RawValue, place: &Place) -> Result<Option<Article>, Refusal> {
        let nameless = |reason| Refusal { id: None, reason };
        if raw.get().len() > self.max_row_bytes {
            return Err(nameless(too_long(self.max_row_bytes)));
        }
        let Json::Object(item) = Json::parse(raw).map_err(nameless)? else {
            return Err(nameless(
                "is not an object; every article is an object such as {\"id\": ..., \"question\": ..., \"answer\": ...}".to_owned(),
            ));
        };
        let id = self.id(raw, &item).map_err(nameless)?;
        let named = |reason| Refusal {
            id: Some(id.clone()),
            reason,
        };
        if !self.counts(raw, &item).map_err(named)? {
            return Ok(None);
        }
        Ok(Some(Article {
            row: None,
            questions: self.questions(raw, &item).map_err(named)?,
            answers: self.answers(raw, &item).map_err(named)?,
            url: self.url(raw, &item).map_err(named)?,
            quick_replies: self.quick_replies(raw, &item).map_err(named)?,
            id,
            markup: Markup::Plain,
            body: self.body,
            place: place.clone(),
        }))
    }

    /// The items of a feed have been asked before.
    fn counts(&self, raw: &RawValue, item: &Object) -> Result<bool, String> {
        let Some(folder) = self.folder else {
            return Ok(true);
        };
        kept::counts(folder, |name| {
            let value = select(raw, item, name)?;
            value.map(|value| texts(name, value)).transpose()
        })
    }

    fn id(&mut self, raw: &RawValue, item: &Object) -> Result<String, String> {
        let configured = self.fields.map_or(&[][..], |fields| &fields.id);
        if configured.is_empty() {
            return match self.id.find(item) {
                Some((name, value)) => part_of_id(&name, Some(value)),
                None if self.questions_are_ids => {
                    let questions = self.questions(raw, item)?;
                    Ok(one_line(&questions[0]))
                }
                None => Err(mapping::missing("id", self.id.names, &item.keys())),
            };
        }
        let part = |name: &String| part_of_id(name, select(raw, item, name)?);
        let parts: Result<Vec<String>, String> = configured.iter().map(part).collect();
        Ok(parts?.join("-"))
    }

    fn questions(&mut self, raw: &RawValue, item: &Object) -> Result<Vec<String>, String> {
        let otherwise = self.fields.map_or(&[][..], |fields| &fields.question_else);
        or_else(
            "question",
            otherwise,
            raw,
            item,
            self.first_questions(raw, item),
        )
    }

    fn first_questions(&mut self, raw: &RawValue, item: &Object) -> Result<Vec<String>, String> {
        let configured = self.fields.map_or(&[][..], |fields| &fields.question);
        if !configured.is_empty() {
            return configured_texts("question", configured, raw, item);
        }
        let mut found: Vec<(String, &RawValue)> = self.question.find(item).into_iter().collect();
        for (key, value) in &item.0 {
            if holds_more_questions(key) {
                found.push((key.clone(), value));
            }
        }
        usual_texts("question", self.question.names, &found, item)
    }

    fn answers(&mut self, raw: &RawValue, item: &Object) -> Result<Vec<String>, String> {
        let otherwise = self.fields.map_or(&[][..], |fields| &fields.answer_else);
        or_else(
            "answer",
            otherwise,
            raw,
            item,
            self.first_answers(raw, item),
        )
    }

    fn first_answers(&mut self, raw: &RawValue, item: &Object) -> Result<Vec<String>, String> {
        let configured = self.fields.map_or(&[][..], |fields| &fields.answer);
        if !configured.is_empty() {
            return configured_texts("answer", configured, raw, item);
        }
        let found: Vec<_> = self.answer.find(item).into_iter().collect();
        usual_texts("answer", self.answer.names, &found, item)
    }

    fn url(&self, raw: &RawValue, item: &Object) -> Result<Option<String>, String> {
        let name = self.fields.and_then(|fields| fields.url.as_slice().first());
        let urls = optional_texts(name, raw, item)?;
        Ok(urls.into_iter().next())
    }

    fn quick_replies(&self, raw: &RawValue, item: &Object) -> Result<Vec<String>, String> {
        let names = self.fields.map_or(&[][..], |fields| &fields.quick_replies);
        optional_texts(names, raw, item)
    }
}

/// The texts in fields that an article may lack.
fn optional_texts<'n>(
    names: impl IntoIterator<Item = &'n String>,
    raw: &RawValue,
    item: &Object,
) -> Result<Vec<String>, String> {
    let mut all = Vec::new();
    for name in names {
        if let Some(value) = select(raw, item, name)? {
            all.extend(texts(name, value)?);
        }
    }
    Ok(all)
}

fn part_of_id(name: &str, value: Option<&RawValue>) -> Result<String, String> {
    match value.map(Json::parse).transpose()? {
        None | Some(Json::Null) => Err(no_id(name)),
        Some(Json::Text(text)) if text.trim().is_empty() => Err(no_id(name)),
        Some(Json::Text(text)) => Ok(text.trim().to_owned()),
        Some(Json::Array(_) | Json::Object(_)) => Err(format!(
            "has an array or object as its id (`{name}`); name a field that holds a text or number"
        )),
    }
}

/// What was found, or else what the first of the other fields holds.
fn or_else(
    role: &str,
    otherwise: &[String],
    raw: &RawValue,
    item: &Object,
    found: Result<Vec<String>, String>,
) -> Result<Vec<String>, String> {
    let nothing = match found {
        Err(reason) => reason,
        found => return found,
    };
    let mut others = otherwise.chunks(1);
    let found = others.find_map(|name| configured_texts(role, name, raw, item).ok());
    found.ok_or(nothing)
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn no_id(name: &str) -> String {
    format!("has no id (`{name}` is absent or empty); every article needs one that never changes")
}

fn configured_texts(
    role: &str,
    names: &[String],
    raw: &RawValue,
    item: &Object,
) -> Result<Vec<String>, String> {
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let mut present = false;
    let mut all = Vec::new();
    for name in &names {
        if let Some(value) = select(raw, item, name)? {
            present = true;
            all.extend(texts(name, value)?);
        }
    }
    match (present, all.is_empty()) {
        (false, _) => Err(mapping::missing(role, &names, &item.keys())),
        (true, true) => Err(nothing_for(role, &names)),
        (true, false) => Ok(all),
    }
}

fn usual_texts(
    role: &str,
    names: &[&str],
    found: &[(String, &RawValue)],
    item: &Object,
) -> Result<Vec<String>, String> {
    let mut all = Vec::new();
    for (name, value) in found {
        all.extend(texts(name, value)?);
    }
    let found: Vec<&str> = found.iter().map(|(name, _)| name.as_str()).collect();
    match (found.is_empty(), all.is_empty()) {
        (true, _) => Err(mapping::missing(role, names, &item.keys())),
        (false, true) => Err(nothing_for(role, &found)),
        (false, false) => Ok(all),
    }
}

/// A field by its JSON pointer or by its name: written exactly so, or else alike.
fn select<'a>(
    raw: &'a RawValue,
    item: &Object<'a>,
    name: &str,
) -> Result<Option<&'a RawValue>, String> {
    if name.starts_with('/') {
        return follow(raw, name);
    }
    if let Some(value) = item.get(name) {
        return Ok(Some(value));
    }
    let mut alike = item.0.iter().filter(|(key, _)| same_name(key, name));
    match (alike.next(), alike.next()) {
        (Some((first, _)), Some((second, _))) => Err(format!(
            "has both `{first}` and `{second}` for `{name}`; write the one that counts exactly so in the configuration"
        )),
        (Some((_, value)), None) => Ok(Some(value)),
        _ => Ok(None),
    }
}

/// The texts in a field: one, several in an array, or none. Blank ones are left out.
fn texts(name: &str, raw: &RawValue) -> Result<Vec<String>, String> {
    let one = |value: Json| match value {
        Json::Null => Ok(None),
        Json::Text(text) => Ok(Some(text).filter(|text| !text.trim().is_empty())),
        Json::Array(_) => Err(format!(
            "has an array within an array in `{name}`; name a field that holds text"
        )),
        Json::Object(object) => Err(format!(
            "has an object in `{name}`; point at the text in it with a JSON pointer, such as `{}/{}`",
            if name.starts_with('/') {
                name.to_owned()
            } else {
                format!("/{name}")
            },
            object.0.first().map_or("...", |(key, _)| key)
        )),
    };
    match Json::parse(raw)? {
        Json::Array(items) => {
            let texts: Result<Vec<_>, String> = items
                .into_iter()
                .map(|item| Json::parse(item).and_then(one))
                .collect();
            Ok(texts?.into_iter().flatten().collect())
        }
        value => Ok(one(value)?.into_iter().collect()),
    }
}
