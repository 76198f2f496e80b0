//! Rasa: questions as the examples of intents in one file, answers as responses in another, joined
//! by name once all files are read. `utter_faq/ask_x` answers the intent `faq/ask_x`.

use std::collections::BTreeMap;

use serde_json::Value;
use serde_json::value::RawValue;

use super::json::{Json, Object};
use crate::intake::article_collector::ArticleCollector;
use crate::intake::bytes::TextProblem;
use crate::intake::read_files::ReadJob;
use crate::model::{Article, Markup, Place};

const UTTER: &str = "utter_";
/// The keys of Rasa's files, any two of which no other YAML has.
const KEYS: [&str; 13] = [
    "version",
    "nlu",
    "responses",
    "stories",
    "rules",
    "intents",
    "entities",
    "slots",
    "forms",
    "actions",
    "pipeline",
    "policies",
    "session_config",
];

/// The keys of its files of settings, in which nothing else stands.
const SETTINGS: [&str; 14] = [
    "recipe",
    "assistant_id",
    "language",
    "pipeline",
    "policies",
    "importers",
    "version",
    "action_endpoint",
    "tracker_store",
    "event_broker",
    "lock_store",
    "model_groups",
    "rest",
    "rasa",
];
/// One of which is in each of them.
const TELLING: [&str; 4] = ["pipeline", "action_endpoint", "tracker_store", "rest"];

/// What the files of a source have told so far.
#[derive(Default)]
pub(crate) struct Parts {
    examples: BTreeMap<String, (Place, Vec<String>)>,
    responses: BTreeMap<String, (Place, Option<String>)>,
}

/// A part that has no counterpart, and why that matters or does not.
pub(crate) enum Alone {
    /// It should have one.
    Rejected(Place, String, String),
    /// It need not have one.
    Noted(Place, String),
}

/// Whether a YAML document, as JSON, is one of Rasa's.
pub(crate) fn is_it(document: &str) -> bool {
    let Some(root) = serde_json::from_str(document).ok().and_then(object) else {
        return false;
    };
    let known = root.0.iter();
    let known = known.filter(|(key, _)| KEYS.contains(&key.as_str()));
    let has_utterances = root
        .get("responses")
        .and_then(object)
        .is_some_and(|responses| responses.0.iter().any(|(key, _)| key.starts_with(UTTER)));
    let is_intent = |item: &RawValue| object(item).is_some_and(|item| item.get("intent").is_some());
    let has_intents = match root.get("nlu").map(Json::parse) {
        Some(Ok(Json::Array(items))) => items.iter().any(|item| is_intent(item)),
        _ => false,
    };
    known.count() >= 2 || has_utterances || has_intents || are_settings(&root)
}

fn are_settings(root: &Object) -> bool {
    let has = |names: &[&str], key: &str| names.contains(&key);
    root.0.iter().all(|(key, _)| has(&SETTINGS, key))
        && root.0.iter().any(|(key, _)| has(&TELLING, key))
}

fn object(raw: &RawValue) -> Option<Object<'_>> {
    match Json::parse(raw) {
        Ok(Json::Object(object)) => Some(object),
        _ => None,
    }
}

/// Takes what a document says.
pub(crate) fn read(
    root: &Value,
    job: &ReadJob,
    collector: &mut ArticleCollector,
) -> Result<(), TextProblem> {
    collector.tells_beyond_rows();
    let intents = root.get("nlu").and_then(Value::as_array);
    for (number, item) in (1..).zip(intents.into_iter().flatten()) {
        let Some(intent) = item.get("intent").and_then(Value::as_str) else {
            continue;
        };
        collector.row(number)?;
        let examples = texts(item.get("examples").unwrap_or(&Value::Null));
        collector
            .rasa()
            .intent(intent, examples, &job.place(number));
    }
    let responses = root.get("responses").and_then(Value::as_object);
    for (number, (name, variations)) in (1..).zip(responses.into_iter().flatten()) {
        let variations = variations.as_array().into_iter().flatten();
        // Rasa picks one of them by chance; those for one channel are not for this one.
        let mut for_all = variations.filter(|variation| variation.get("channel").is_none());
        let text = for_all.find_map(|variation| variation.get("text").and_then(Value::as_str));
        let place = job.place(number);
        let parts = collector.rasa();
        if let Err(reason) = parts.response(name, text, &place) {
            collector.reject_alone(place, intent_of(name).to_owned(), reason);
        }
    }
    Ok(())
}

/// The intent that a response answers, which is the id of its article.
fn intent_of(response: &str) -> &str {
    response.strip_prefix(UTTER).unwrap_or(response)
}

/// The examples of an intent: a block of lines that begin with `-`, or a list.
fn texts(examples: &Value) -> Vec<String> {
    let texts: Vec<&str> = match examples {
        Value::String(block) => block
            .lines()
            .filter_map(|line| line.trim().strip_prefix('-'))
            .collect(),
        Value::Array(items) => items
            .iter()
            .filter_map(|item| item.as_str().or_else(|| item.get("text")?.as_str()))
            .collect(),
        _ => Vec::new(),
    };
    let plain = texts.into_iter().map(without_entities);
    plain.filter(|text| !text.is_empty()).collect()
}

/// `book to [Rome](city)` and `book to [Rome]{"entity": "city"}` become `book to Rome`.
fn without_entities(example: &str) -> String {
    let example = example.trim();
    let mut plain = String::with_capacity(example.len());
    let [mut bracket, mut round, mut curly] =
        [']', ')', '}'].map(|sign| NextLine::of(example, sign));
    let mut at = 0;
    while let Some(open) = example[at..].find('[').map(|open| at + open) {
        let end = bracket.from(open + 1).and_then(|end| {
            let closing = match example[end + 1..].chars().next()? {
                '(' => round.from(end + 1),
                '{' => curly.from(end + 1),
                _ => None,
            };
            Some((end, closing? + 1))
        });
        if let Some((end, next)) = end {
            plain.push_str(&example[at..open]);
            plain.push_str(&example[open + 1..end]);
            at = next;
        } else {
            plain.push_str(&example[at..=open]);
            at = open + 1;
        }
    }
    plain.push_str(&example[at..]);
    plain
}

/// Finds a sign from places that only move on. Looked for again from each of them, one that is far away
/// or nowhere would cost the square of the text.
struct NextLine<'t> {
    text: &'t str,
    sign: char,
    /// The last that was found; the text's length where there is none.
    found: Option<usize>,
}

impl<'t> NextLine<'t> {
    fn of(text: &'t str, sign: char) -> Self {
        Self {
            text,
            sign,
            found: None,
        }
    }

    fn from(&mut self, from: usize) -> Option<usize> {
        let found = self
            .found
            .filter(|found| *found >= from)
            .unwrap_or_else(|| {
                let next = self.text[from..].find(self.sign);
                next.map_or(self.text.len(), |next| from + next)
            });
        self.found = Some(found);
        (found < self.text.len()).then_some(found)
    }
}

impl Parts {
    /// How many questions and answers there are.
    pub(crate) fn len(&self) -> usize {
        self.examples.len() + self.responses.len()
    }

    fn intent(&mut self, name: &str, examples: Vec<String>, place: &Place) {
        let entry = self.examples.entry(name.to_owned());
        let entry = entry.or_insert_with(|| (place.clone(), Vec::new()));
        entry.1.extend(examples);
    }

    fn response(&mut self, name: &str, text: Option<&str>, place: &Place) -> Result<(), String> {
        let text = text.map(str::to_owned);
        match self.responses.get(name) {
            Some((first, other)) if *other != text => Err(format!(
                "is the same response with another text as at {first}; delete the one that is out of date"
            )),
            Some(_) => Ok(()),
            None => {
                let entry = (place.clone(), text);
                self.responses.insert(name.to_owned(), entry);
                Ok(())
            }
        }
    }

    /// The articles, and what has no counterpart.
    pub(crate) fn join(mut self) -> (Vec<Article>, Vec<Alone>) {
        let (mut articles, mut alone) = (Vec::new(), Vec::new());
        for (intent, (place, questions)) in self.examples {
            match self.responses.remove(&format!("{UTTER}{intent}")) {
                Some((_, Some(answer))) if !questions.is_empty() => articles.push(Article {
                    id: intent,
                    questions,
                    answers: vec![answer],
                    markup: Markup::Plain,
                    url: None,
                    author: None,
                    quick_replies: Vec::new(),
                    body: None,
                    place,
                    row: None,
                }),
                Some((_, Some(_))) => {
                    let reason = "has no examples; add some, or delete the intent";
                    alone.push(Alone::Rejected(place, intent, reason.to_owned()));
                }
                Some((at, None)) => alone.push(Alone::Noted(
                    place,
                    format!("the intent `{intent}` was passed over: its response at {at} has no text for every channel"),
                )),
                None if intent.contains('/') => {
                    let reason = format!(
                        "has no response `{UTTER}{intent}`; see that the file with the responses (domain.yml) is read as well"
                    );
                    alone.push(Alone::Rejected(place, intent, reason));
                }
                None => alone.push(Alone::Noted(
                    place,
                    format!("the intent `{intent}` was passed over: there is no response `{UTTER}{intent}`, so a story answers it"),
                )),
            }
        }
        for (response, (place, _)) in self.responses {
            if response.contains('/') {
                let reason = format!(
                    "the response `{response}` has no intent with examples; see that the file with the intents (nlu.yml) is read as well"
                );
                let intent = intent_of(&response).to_owned();
                alone.push(Alone::Rejected(place, intent, reason));
            }
        }
        (articles, alone)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entities_are_plain_text() {
        for (example, expected) in [
            (" fly to [Rome](city) now", "fly to Rome now"),
            (
                r#"[big]{"entity": "size", "value": "L"} and [red](color)"#,
                "big and red",
            ),
            ("array [0] and (x)", "array [0] and (x)"),
            ("open [here", "open [here"),
            ("a [b](c", "a [b](c"),
            ("", ""),
        ] {
            assert_eq!(without_entities(example), expected);
        }
    }

    #[test]
    fn brackets_that_are_never_closed() {
        let began = crate::tests::processor_time();
        for signs in ["[", "[(", "[](", "[]{", "[x](y"] {
            for end in ["", "]", ")", "}"] {
                let open = signs.repeat(400_000) + end;
                assert!(without_entities(&open).len() <= open.len());
            }
        }
        let took = crate::tests::processor_time().saturating_sub(began);
        assert!(took.as_secs() < 60, "{took:?}");
    }
}
