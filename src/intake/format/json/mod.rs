//! Reads a JSON document: an array of articles, or an object with the array somewhere in it. It is gone
//! through twice, so that nothing of a document that ends badly is taken and no more of it is held than
//! one entry of the array: first to find the articles, then to take them.

mod beside;
mod document;
mod find_articles;
mod found;
mod item;
mod item_text;
mod layouts;
pub(crate) mod lines;
mod lists;
mod pointer;
pub(crate) mod rich_text;
mod side_by_side;
mod taking;
mod text_maps;
mod value;

pub(crate) use item::Items;
pub(crate) use layouts::{IdsOfEntries, is_pair};
pub(crate) use lists::ArticleEntries;
pub(crate) use value::{Json, Object, follow, raw, tree_size};

use std::io::{BufReader, Read};

use crate::intake::article_collector::ArticleCollector;
use crate::intake::budget::Budget;
use crate::intake::bytes::{Text, TextProblem};
use crate::intake::format_readers::FormatReader;
use crate::intake::read_files::ReadJob;
use crate::intake::table::QUESTIONS_ARE_IDS;
use crate::model::{Body, Writing};
use document::{DocumentEnd, follow_way};
use find_articles::JsonSurvey;
use found::FoundArticles;
use lines as json_lines;
use taking::JsonTaking;

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
    for told in &found.told {
        collector.note(job.place(0), told.clone());
    }
    if found.questions_are_ids {
        collector.note(job.place(0), QUESTIONS_ARE_IDS.to_owned());
        items = items.with_questions_as_ids();
    }
    let mut taking = JsonTaking::new(job, found, items, collector);
    follow_way(text, job.folder.limits.max_row_bytes, &mut taking)?;
    taking.end()
}
