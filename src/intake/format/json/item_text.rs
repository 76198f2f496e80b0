//! The texts in the fields of one JSON item, by name or pointer, and why there are none. Pure.

use serde_json::value::RawValue;

use super::rich_text;
use super::value::{Json, Object, follow_through_null};
use crate::config::Fields;
use crate::intake::table::{ANSWERS, QUESTIONS, RoleNames, mapping, nothing_for, same_name};

/// Languages that a message names.
const SHOWN: usize = 3;

/// Why there is no text.
pub(crate) enum Lack {
    /// The fields are there, and there is nothing in them.
    Empty(String),
    /// The fields are not there, or do not hold text.
    Unclear(String),
}

impl Lack {
    pub(crate) fn reason(self) -> String {
        match self {
            Self::Empty(reason) | Self::Unclear(reason) => reason,
        }
    }
}

impl From<String> for Lack {
    fn from(reason: String) -> Self {
        Self::Unclear(reason)
    }
}

/// The texts in fields that an article may lack.
pub(crate) fn optional_texts<'n>(
    names: impl IntoIterator<Item = &'n String>,
    fields: Option<&Fields>,
    raw: &RawValue,
    item: &Object,
) -> Result<Vec<String>, String> {
    let mut all = Vec::new();
    for name in names {
        if let Some((name, value)) = select_named(raw, item, fields, name)? {
            all.extend(texts(name, value)?);
        }
    }
    Ok(all)
}

pub(crate) fn part_of_id(name: &str, value: Option<&RawValue>) -> Result<String, String> {
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
pub(crate) fn or_else(
    role: &str,
    otherwise: &[String],
    fields: Option<&Fields>,
    raw: &RawValue,
    item: &Object,
    found: Result<Vec<String>, Lack>,
) -> Result<Vec<String>, Lack> {
    let mut lack = match found {
        Err(lack) => lack,
        found => return found,
    };
    for name in otherwise.chunks(1) {
        match configured_texts(role, name, fields, raw, item) {
            Err(Lack::Empty(_)) => lack = Lack::Empty(lack.reason()),
            Err(Lack::Unclear(_)) => {}
            found => return found,
        }
    }
    Err(lack)
}

pub(crate) fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

pub(crate) fn no_id(name: &str) -> String {
    format!("has no id (`{name}` is absent or empty); every article needs one that never changes")
}

pub(crate) fn configured_texts(
    role: &str,
    names: &[String],
    fields: Option<&Fields>,
    raw: &RawValue,
    item: &Object,
) -> Result<Vec<String>, Lack> {
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let mut present = false;
    let mut all = Vec::new();
    for name in &names {
        if let Some((name, value)) = select_named(raw, item, fields, name)? {
            present = true;
            match rich_text::in_field(raw, name, value)? {
                Some(html) => all.extend(Some(html).filter(|html| !html.is_empty())),
                None => all.extend(texts(name, value)?),
            }
        }
    }
    match (present, all.is_empty()) {
        (false, _) => Err(mapping::missing(role, &names, &item.keys()).into()),
        (true, true) => Err(Lack::Empty(nothing_for(role, &names))),
        (true, false) => Ok(all),
    }
}

pub(crate) fn usual_texts(
    role: &str,
    names: &[&str],
    found: &[(String, &RawValue)],
    item: &Object,
) -> Result<Vec<String>, Lack> {
    let mut all = Vec::new();
    for (name, value) in found {
        all.extend(texts(name, value)?);
    }
    let found: Vec<&str> = found.iter().map(|(name, _)| name.as_str()).collect();
    match (found.is_empty(), all.is_empty()) {
        (true, _) => Err(mapping::missing(role, names, &item.keys()).into()),
        (false, true) => Err(Lack::Empty(nothing_for(role, &found))),
        (false, false) => Ok(all),
    }
}

/// A configured field, or the first of those that may stand for it, with the name that it has here.
pub(crate) fn select_named<'n, 'a>(
    raw: &'a RawValue,
    item: &Object<'a>,
    fields: Option<&'n Fields>,
    name: &'n str,
) -> Result<Option<(&'n str, &'a RawValue)>, String> {
    let others = fields.and_then(|fields| fields.alternatives.get(name));
    let others = others.into_iter().flatten().map(String::as_str);
    for name in std::iter::once(name).chain(others) {
        if let Some(value) = select(raw, item, name)? {
            return Ok(Some((name, value)));
        }
    }
    Ok(None)
}

/// A field by its JSON pointer or by its name: written exactly so, or else alike.
pub(crate) fn select<'a>(
    raw: &'a RawValue,
    item: &Object<'a>,
    name: &str,
) -> Result<Option<&'a RawValue>, String> {
    if name.starts_with('/') {
        return follow_through_null(raw, name);
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
pub(crate) fn texts(name: &str, raw: &RawValue) -> Result<Vec<String>, String> {
    if raw.get().starts_with(['{', '['])
        && let Some(html) = rich_text::html(raw)
    {
        let html = html.map_err(|unknown| unknown.reason(name))?;
        return Ok(Some(html)
            .filter(|html| !html.is_empty())
            .into_iter()
            .collect());
    }
    let at = if name.starts_with('/') {
        name.to_owned()
    } else {
        format!("/{name}")
    };
    let one = |value: Json, at: &str| match value {
        Json::Null => Ok(None),
        Json::Text(text) => Ok(Some(text).filter(|text| !text.trim().is_empty())),
        Json::Array(_) => Err(format!(
            "has an array within an array in `{name}`; name a field that holds text"
        )),
        Json::Object(object) if is_attributed(&object) => {
            let text = object.get("text").map(Json::parse).transpose()?;
            match text {
                Some(Json::Text(text)) if !text.trim().is_empty() => Ok(Some(text)),
                _ => Ok(None),
            }
        }
        Json::Object(object) if is_markup(&object) => Err(format!(
            "has markup in `{name}` that is written as elements, and where each stands in the text is lost; let the export write it as text, escaped or in CDATA, or export HTML pages"
        )),
        Json::Object(object) => Err(format!(
            "has an object in `{name}`; point at the text in it with a JSON pointer, such as `{at}/{}`",
            object.0.first().map_or("...", |(key, _)| key)
        )),
    };
    match Json::parse(raw)? {
        Json::Array(items) => {
            let are_spans = items.iter().all(|item| is_span(item));
            let texts: Result<Vec<_>, String> = items
                .into_iter()
                .enumerate()
                .map(|(number, item)| one(Json::parse(item)?, &format!("{at}/{number}")))
                .collect();
            let mut texts: Vec<String> = texts?.into_iter().flatten().collect();
            if are_spans {
                texts.sort();
                texts.dedup();
                if texts.len() > 1 {
                    return Err(format!(
                        "has in `{name}` what several readers marked as the answer, and they differ; leave one of them"
                    ));
                }
            }
            Ok(texts)
        }
        value => Ok(one(value, &at)?.into_iter().collect()),
    }
}

/// What to write where the question and the answer of an item are not texts, but have them within: by language, or
/// all in one field.
pub(crate) fn texts_within(item: &RawValue) -> Option<String> {
    let Ok(Json::Object(item)) = Json::parse(item) else {
        return None;
    };
    if let Some(hint) = item.0.iter().find_map(conversation_in) {
        return Some(hint);
    }
    let keys = item.keys();
    let pairs = match (named(&QUESTIONS, &keys), named(&ANSWERS, &keys)) {
        (Some(question), Some(answer)) => {
            let answered = keys_of(item.get(answer)?)?;
            let asked = keys_of(item.get(question)?)?.into_iter();
            let both = asked.filter(|one| is_language(one) && answered.contains(one));
            both.map(|one| (format!("/{question}/{one}"), format!("/{answer}/{one}")))
                .collect::<Vec<_>>()
        }
        (None, None) => item.0.iter().filter_map(pair_in).collect(),
        _ => return None,
    };
    let is_unclear = pairs.len() > 1
        && !item.0.iter().any(|(key, value)| {
            is_language(key)
                || keys_of(value).is_some_and(|keys| keys.iter().any(|key| is_language(key)))
        });
    if is_unclear {
        return None;
    }
    let line = |(question, answer): &(String, String)| {
        format!("[bot.source.fields]\nquestion = [\"{question}\"]\nanswer = \"{answer}\"")
    };
    let lines: Vec<String> = pairs.iter().take(SHOWN).map(line).collect();
    match lines.as_slice() {
        [] => None,
        [only] => Some(format!(
            "has its question and answer within another field. Write to the source:\n{only}"
        )),
        several => Some(format!(
            "has its texts by language. Write the lines of one language to the source, and make a source for each other one that is wanted:\n{}",
            several.join("\nor\n")
        )),
    }
}

/// What to write where a field is a conversation, as language models are trained with: who speaks, and what is said.
fn conversation_in((name, value): &(String, &RawValue)) -> Option<String> {
    const SPEAKER: [&str; 4] = ["role", "from", "speaker", "sender"];
    const SAID: [&str; 4] = ["content", "value", "text", "message"];
    const ASKING: [&str; 3] = ["user", "human", "customer"];
    const ANSWERING: [&str; 5] = ["assistant", "bot", "gpt", "model", "agent"];
    let Json::Array(turns) = Json::parse(value).ok()? else {
        return None;
    };
    let turns: Option<Vec<(String, String)>> = turns
        .iter()
        .map(|turn| turn_of(turn, &SPEAKER, &SAID))
        .collect();
    let turns = turns?;
    let is =
        |speakers: &[&str], (speaker, _): &(String, String)| speakers.contains(&speaker.as_str());
    let asked = turns.iter().position(|turn| is(&ASKING, turn))?;
    let answered = asked
        + turns[asked..]
            .iter()
            .position(|turn| is(&ANSWERING, turn))?;
    let place = |turn: usize| format!("/{name}/{turn}/{}", turns[turn].1);
    Some(format!(
        "is a conversation and no article. If customers may read its first question and what was said to it, write to the source:\n[bot.source.fields]\nquestion = [\"{}\"]\nanswer = \"{}\"",
        place(asked),
        place(answered)
    ))
}

/// Who speaks in a part of a conversation, and the field with what is said.
fn turn_of(turn: &RawValue, speaker: &[&str], said: &[&str]) -> Option<(String, String)> {
    let Ok(Json::Object(turn)) = Json::parse(turn) else {
        return None;
    };
    let is_text = |(_, value): &&(String, &RawValue)| value.get().starts_with('"');
    let mut texts = turn.0.iter().filter(is_text);
    let (_, speaker) = texts
        .clone()
        .find(|(key, _)| speaker.contains(&key.as_str()))?;
    let (key, _) = texts.find(|(key, _)| said.contains(&key.as_str()))?;
    let speaker: String = serde_json::from_str(speaker.get()).ok()?;
    Some((speaker.to_lowercase(), key.clone()))
}

/// A field of a language, or any other, that has a question and an answer in it.
fn pair_in((key, value): &(String, &RawValue)) -> Option<(String, String)> {
    let inner = keys_of(value)?;
    let (question, answer) = (named(&QUESTIONS, &inner)?, named(&ANSWERS, &inner)?);
    Some((format!("/{key}/{question}"), format!("/{key}/{answer}")))
}

fn named<'n>(role: &RoleNames, names: &'n [String]) -> Option<&'n str> {
    let usual = names.iter().find(|name| role.is_usual(name));
    let found = usual.or_else(|| names.iter().find(|name| role.is_letter(name)));
    found.map(String::as_str)
}

fn keys_of(value: &RawValue) -> Option<Vec<String>> {
    match Json::parse(value) {
        Ok(Json::Object(object)) => Some(object.keys()),
        _ => None,
    }
}

/// Whether a key is the code of a language: `en`, `pt-BR`, `zh_Hant`.
fn is_language(key: &str) -> bool {
    let mut parts = key.split(['-', '_']);
    let is_code =
        |part: &str| part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_lowercase());
    let is_region = |part: &str| {
        (2..=4).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphanumeric())
    };
    parts.next().is_some_and(is_code)
        && parts.next().is_none_or(is_region)
        && parts.next().is_none()
}

/// Whether an object is a text with what is said about it, as an element of XML with attributes is.
fn is_attributed(object: &Object) -> bool {
    const ATTRIBUTES: [&str; 6] = ["type", "format", "lang", "xml:lang", "xml:space", "mode"];
    let is_text = |(key, value): &(String, &RawValue)| {
        value.get().starts_with('"') && (key == "text" || ATTRIBUTES.contains(&key.as_str()))
            || key == START
    };
    object.get("text").is_some() && object.0.iter().all(is_text)
}

/// Where an answer begins in the text that it was marked in, as in data sets for reading (`SQuAD`).
const START: &str = "answer_start";

fn is_span(value: &RawValue) -> bool {
    matches!(Json::parse(value), Ok(Json::Object(object)) if object.get(START).is_some())
}

/// Whether an object is what becomes of an element of XML with the elements of a web page in it.
fn is_markup(object: &Object) -> bool {
    const ELEMENTS: [&str; 11] = [
        "p", "br", "ul", "ol", "li", "div", "span", "strong", "em", "table", "para",
    ];
    // Short names mean other things too, unless text stands beside them.
    const BESIDE_TEXT: [&str; 6] = ["a", "b", "i", "u", "code", "emphasis"];
    let has_text = object.get("text").is_some();
    let is_element = |(key, _): &(String, &RawValue)| {
        ELEMENTS.contains(&key.as_str()) || has_text && BESIDE_TEXT.contains(&key.as_str())
    };
    object.0.iter().any(is_element)
}

/// What a field says that may be a flag or a state: a text, a number or a truth value, and no more.
pub(crate) fn flag(raw: &RawValue) -> Option<String> {
    match raw.get().as_bytes().first() {
        Some(b'{' | b'[') | None => None,
        Some(b'"') if raw.get().len() > 200 => None,
        _ => match Json::parse(raw) {
            Ok(Json::Text(text)) => Some(text),
            _ => None,
        },
    }
}
