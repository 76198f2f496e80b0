//! Takes the articles of a JSON document on the way through it, each as what the document writes them as.

use std::collections::HashMap;

use serde_json::json;
use serde_json::value::RawValue;

use super::document::{JsonKind, JsonPath};
use super::found::FoundArticles;
use super::item::Items;
use super::layouts::{group, intent, is_empty_group, keyed, pair, schema_question};
use super::lists::ArticleEntries;
use super::side_by_side::pairs;
use super::text_maps::{KeyRole, numbered};
use super::value::raw;
use crate::intake::article_collector::ArticleCollector;
use crate::intake::budget::Budget;
use crate::intake::bytes::{TextProblem, newlines};
use crate::intake::read_files::ReadJob;
use crate::intake::sections::asks;

/// What is said of an intent that answers what no other one does.
const NO_PATTERNS: &str =
    "is an intent without patterns, so that no message leads to it, and it is on no step";
/// What is kept of a text that waits, besides the text.
const KEPT: usize = 120;

/// A text, and the line that it stands on.
type TextAt = (u64, String);

/// Texts that wait for the others that they belong to.
#[derive(Default)]
struct WaitingTexts {
    /// The list that is gone through.
    list: Vec<String>,
    /// Questions, and answers.
    columns: [Vec<TextAt>; 2],
    /// Texts whose other half has not come yet, by what their keys have in common.
    numbered: HashMap<String, TextAt>,
    /// What is counted of all that waited.
    held: usize,
}

impl WaitingTexts {
    fn columns(&mut self) -> impl Iterator<Item = (TextAt, TextAt)> + use<> {
        let [questions, answers] = std::mem::take(&mut self.columns);
        questions.into_iter().zip(answers)
    }
}

/// Takes the articles on the way.
pub(crate) struct JsonTaking<'a> {
    job: &'a ReadJob<'a>,
    found: &'a FoundArticles,
    items: Items<'a>,
    /// Responses of intents that are not used.
    unused: usize,
    /// Texts that wait for the others that they belong to.
    waiting: WaitingTexts,
    collector: &'a mut ArticleCollector,
}

impl<'a> JsonTaking<'a> {
    pub(crate) fn new(
        job: &'a ReadJob<'a>,
        found: &'a FoundArticles,
        items: Items<'a>,
        collector: &'a mut ArticleCollector,
    ) -> Self {
        Self {
            job,
            found,
            items,
            unused: 0,
            waiting: WaitingTexts::default(),
            collector,
        }
    }

    /// Takes what waited for the end of the document.
    pub(crate) fn end(mut self) -> Result<(), TextProblem> {
        for ((line, question), (_, answer)) in self.waiting.columns() {
            let item = raw(&json!({ "question": question, "answer": answer }))?;
            self.take(&item, line)?;
        }
        self.collector.budget().trim_memory(self.waiting.held);
        if self.unused > 0 {
            let text = format!(
                "has intents with several responses, of which a bot says one: the first one is the answer, and the {} others are on no step",
                self.unused
            );
            self.collector.note(self.job.place(0), text);
        }
        self.items.finish(self.collector);
        Ok(())
    }

    /// A text of a column, which is kept until the document has ended.
    fn keep(&mut self, path: &[String], text: &str, line: u64) -> Result<(), TextProblem> {
        let place = self.found.places.iter().position(|place| place.is(path));
        if let Some(column) = place {
            self.hold(text)?;
            self.waiting.columns[column].push((line, text.to_owned()));
        }
        Ok(())
    }

    fn hold(&mut self, text: &str) -> Result<(), TextProblem> {
        let size = text.len() + KEPT;
        self.waiting.held += size;
        Ok(self.collector.budget().take(size)?)
    }

    /// One of two texts that belong together by their keys.
    fn numbered(&mut self, key: &str, text: &str, line: u64) -> Result<(), TextProblem> {
        let Some((role, stem)) = numbered(key) else {
            return Ok(());
        };
        let Some((first, other)) = self.waiting.numbered.remove(&stem) else {
            self.hold(text)?;
            self.waiting.numbered.insert(stem, (line, text.to_owned()));
            return Ok(());
        };
        let (question, answer) = match role {
            KeyRole::Question => (text, &*other),
            KeyRole::Answer => (&*other, text),
        };
        let item = json!({ "id": stem, "question": question, "answer": answer });
        self.take(&raw(&item)?, first.min(line))
    }

    fn take(&mut self, item: &RawValue, line: u64) -> Result<(), TextProblem> {
        self.collector.row(line)?;
        self.items.take(item, line, self.collector);
        Ok(())
    }
}

impl JsonPath for JsonTaking<'_> {
    fn budget(&mut self) -> &mut Budget {
        self.collector.budget()
    }

    fn goes_into(&self, path: &[String]) -> bool {
        self.found.places.iter().any(|place| place.leads_over(path))
    }

    fn takes(&self, path: &[String]) -> bool {
        let are_wanted = [ArticleEntries::Keyed, ArticleEntries::Answers];
        are_wanted.contains(&self.found.entries)
            && self.found.places.iter().any(|place| place.is(path))
    }

    fn value(&mut self, path: &[String], value: &RawValue, line: u64) -> Result<(), TextProblem> {
        if self.found.entries == ArticleEntries::Answers {
            // What else stands among texts, such as a number, answers only what is surely a question.
            let question = path.last().map_or("", String::as_str);
            if !value.get().starts_with(['"', '[']) && !asks(question) {
                return Ok(());
            }
            let question = serde_json::Value::from(question);
            let made = format!("{{\"question\":{question},\"answer\":{value}}}");
            let made = serde_json::from_str::<Box<RawValue>>(&made);
            let made = made.map_err(|error| TextProblem::whole_file(error.to_string()))?;
            return self.take(&made, line);
        }
        // A text beside the articles is the title of them all.
        if !value.get().starts_with('{') {
            return Ok(());
        }
        let made = path.last().and_then(|id| keyed(id, value));
        self.take(made.as_deref().unwrap_or(value), line)
    }

    fn list(&mut self, path: &[String]) -> Result<bool, TextProblem> {
        self.waiting.list = path.to_vec();
        Ok(self.found.places.iter().any(|place| place.is(path)))
    }

    fn entry(&mut self, entry: &RawValue, line: u64) -> Result<(), TextProblem> {
        match self.found.entries {
            ArticleEntries::Articles
            | ArticleEntries::Answers
            | ArticleEntries::Keyed
            | ArticleEntries::Numbered => self.take(entry, line),
            ArticleEntries::Columns => {
                let path = std::mem::take(&mut self.waiting.list);
                let text: String = serde_json::from_str(entry.get()).unwrap_or_default();
                let kept = self.keep(&path, &text, line);
                self.waiting.list = path;
                kept
            }
            ArticleEntries::SideBySide => {
                let Some(pairs) = pairs(entry) else {
                    return self.take(entry, line);
                };
                for pair in pairs {
                    self.take(&pair, line)?;
                }
                Ok(())
            }
            ArticleEntries::Pairs => {
                // What is no pair among pairs is rejected as what it is, and not passed over.
                let made = pair(entry);
                self.take(made.as_deref().unwrap_or(entry), line)
            }
            ArticleEntries::Intents => {
                let Some(intent) = intent(entry) else {
                    return self.take(entry, line);
                };
                self.unused += intent.unused;
                if intent.has_patterns {
                    return self.take(&intent.made, line);
                }
                let (id, place) = (self.items.id_of(&intent.made), self.job.place(line));
                self.collector.note_about(place, id, NO_PATTERNS.to_owned());
                Ok(())
            }
            ArticleEntries::SchemaQuestions => {
                let made = schema_question(entry);
                self.take(made.as_deref().unwrap_or(entry), line)
            }
            ArticleEntries::Groups => {
                let Some(items) = group(entry) else {
                    return if is_empty_group(entry) {
                        Ok(())
                    } else {
                        self.take(entry, line)
                    };
                };
                for item in items {
                    let before = item.get().as_ptr() as usize - entry.get().as_ptr() as usize;
                    let lines = newlines(&entry.get().as_bytes()[..before]);
                    self.take(item, line + lines)?;
                }
                Ok(())
            }
        }
    }

    fn other(&mut self, _: &[String], _: JsonKind) {}

    fn text(&mut self, path: &[String], text: &str, line: u64) -> Result<(), TextProblem> {
        let is_at = self.found.places.iter().any(|place| place.is(path));
        match (self.found.entries, path.last()) {
            (ArticleEntries::Columns, _) => self.keep(path, text, line),
            (ArticleEntries::Numbered, Some(key)) if is_at => self.numbered(key, text, line),
            _ => Ok(()),
        }
    }

    fn twice(&mut self, _: &[String], _: &str) {}
}
