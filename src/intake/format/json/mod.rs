//! Reads a JSON document: an array of articles, or an object with the array somewhere in it. It is gone
//! through twice, so that nothing of a document that ends badly is taken and no more of it is held than
//! one entry of the array: first to find the articles, then to take them.

mod blocks;
mod document;
mod draft;
mod find_articles;
mod found;
mod item;
mod item_text;
mod layouts;
pub(crate) mod lines;
mod lists;
mod pointer;
mod value;

pub(crate) use item::Items;
pub(crate) use layouts::IdsOfEntries;
pub(crate) use lists::ArticleEntries;
pub(crate) use value::{Json, Object, follow, raw, tree_size};

use std::io::{BufReader, Read};

use serde_json::json;
use serde_json::value::RawValue;

use crate::intake::article_collector::ArticleCollector;
use crate::intake::budget::Budget;
use crate::intake::bytes::{Text, TextProblem, newlines};
use crate::intake::format_readers::FormatReader;
use crate::intake::read_files::ReadJob;
use crate::intake::table::QUESTIONS_ARE_IDS;
use crate::model::{Body, Writing};
use document::{DocumentEnd, JsonKind, JsonPath, follow_way};
use find_articles::JsonSurvey;
use found::FoundArticles;
use layouts::{group, intent, is_empty_group, keyed, pair, schema_question};
use lines as json_lines;

/// What is said of an intent that answers what no other one does.
const NO_PATTERNS: &str =
    "is an intent without patterns, so that no message leads to it, and it is on no step";

/// One JSON document.
pub(crate) const JSON: FormatReader = FormatReader {
    shows,
    ..FormatReader::new(read)
};

fn shows(head: &str) -> Option<&'static str> {
    head.starts_with(['{', '['])
        .then_some("by its first character")
}

/// Reads all items of a file.
fn read(job: &ReadJob, collector: &mut ArticleCollector) -> Result<(), TextProblem> {
    let text = job.text(collector)?;
    let again = || Text::open(&job.content, job.folder.encoding).map(Text::reader);
    let found = survey(text.reader(), job, collector.budget())?;
    match found {
        Some(found) => take(again()?, &found, job, collector),
        None => json_lines::read_lines(BufReader::new(again()?), job, collector),
    }
}

/// Reads all items of a document that another format was made into, line by line.
pub(crate) fn read_made(
    document: &str,
    job: &ReadJob,
    collector: &mut ArticleCollector,
) -> Result<(), TextProblem> {
    let found = survey(Box::new(document.as_bytes()), job, collector.budget())?;
    let found = found.unwrap_or_else(|| unreachable!("what was made is one document"));
    take(Box::new(document.as_bytes()), &found, job, collector)
}

/// Finds the articles; `None`: these are JSON Lines.
fn survey(
    text: Box<dyn Read + '_>,
    job: &ReadJob,
    budget: &mut Budget,
) -> Result<Option<FoundArticles>, TextProblem> {
    let mut survey = JsonSurvey::new(job.folder.items.as_deref(), job.fields, budget);
    match follow_way(text, job.folder.limits.max_row_bytes, &mut survey)? {
        DocumentEnd::Whole => survey.found().map(Some).map_err(TextProblem::whole_file),
        DocumentEnd::MoreLines => Ok(None),
    }
}

fn take(
    text: Box<dyn Read + '_>,
    found: &FoundArticles,
    job: &ReadJob,
    collector: &mut ArticleCollector,
) -> Result<(), TextProblem> {
    let mut items = Items::new(job);
    if found.is_of_azure() {
        items = items.written_in(Writing::with_lines(Body::Markdown));
    }
    if found.entries == ArticleEntries::SchemaQuestions {
        items = items.written_in(Writing::with_lines(Body::Html));
    }
    if let Some(told) = &found.told {
        collector.note(job.place(0), told.clone());
    }
    if found.questions_are_ids {
        collector.note(job.place(0), QUESTIONS_ARE_IDS.to_owned());
        items = items.with_questions_as_ids();
    }
    let mut taking = JsonTaking {
        job,
        found,
        items,
        unused: 0,
        collector,
    };
    follow_way(text, job.folder.limits.max_row_bytes, &mut taking)?;
    let JsonTaking {
        items,
        unused,
        collector,
        ..
    } = taking;
    if unused > 0 {
        let text = format!(
            "has intents with several responses, of which a bot says one: the first one is the answer, and the {unused} others are on no step"
        );
        collector.note(job.place(0), text);
    }
    items.finish(collector);
    Ok(())
}

/// Takes the articles on the way.
struct JsonTaking<'a> {
    job: &'a ReadJob<'a>,
    found: &'a FoundArticles,
    items: Items<'a>,
    /// Responses of intents that are not used.
    unused: usize,
    collector: &'a mut ArticleCollector,
}

impl JsonTaking<'_> {
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
        self.found.entries == ArticleEntries::Keyed
            && self.found.places.iter().any(|place| place.is(path))
    }

    fn value(&mut self, path: &[String], value: &RawValue, line: u64) -> Result<(), TextProblem> {
        // A text beside the articles is the title of them all.
        if !value.get().starts_with('{') {
            return Ok(());
        }
        let made = path.last().and_then(|id| keyed(id, value));
        self.take(made.as_deref().unwrap_or(value), line)
    }

    fn list(&mut self, path: &[String]) -> Result<bool, TextProblem> {
        Ok(self.found.places.iter().any(|place| place.is(path)))
    }

    fn entry(&mut self, entry: &RawValue, line: u64) -> Result<(), TextProblem> {
        match self.found.entries {
            ArticleEntries::Articles | ArticleEntries::Answers | ArticleEntries::Keyed => {
                self.take(entry, line)
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

    fn text(&mut self, path: &[String], answer: &str, line: u64) -> Result<(), TextProblem> {
        let is_answer = self.found.entries == ArticleEntries::Answers
            && self.found.places.iter().any(|place| place.is(path));
        match path.last() {
            Some(question) if is_answer => {
                let item = raw(&json!({ "question": question, "answer": answer }))?;
                self.take(&item, line)
            }
            _ => Ok(()),
        }
    }

    fn twice(&mut self, _: &[String], _: &str) {}
}
