//! A table row by row, wherever it came from: each row becomes an article or a rejection.

pub(crate) mod delimited;
mod delimiter;
mod header;
mod kore;
pub(crate) mod mapping;
pub(crate) mod messages;
mod no_article;
mod quoting;
mod row_cells;
mod row_shape;
mod rows;
mod rows_taking;
mod salesforce;
mod shape;
mod swallowed;
mod usual_names;
pub(crate) mod workbook;

pub(crate) use delimiter::delimiter_of;
pub(crate) use mapping::holds_more_questions;
pub(crate) use usual_names::{
    ANSWER, ANSWERS, ID, IDS, NameSearch, QUESTION, QUESTIONS, RoleNames, is_among, same_name,
};

use std::collections::HashSet;

use csv::ByteRecord;

use super::article_collector::ArticleCollector;
use super::publication::PublicationColumns;
use super::read_files::ReadJob;
use super::selection::Deciding;
use crate::config::{NoAnswerPolicy, SourceHolds};
use crate::model::{Article, Body, Markup, Place, Reach, Writing};
use crate::text::{FEW, first};
use header::HeaderLayout;
use mapping::Columns;
use row_cells::holds_error;
use row_shape::{RowShape, row_shape};
use swallowed::swallowed;
use workbook::explains_columns;

pub(crate) const NOT_UTF8: &str =
    "has bytes that are not UTF-8; export the file again as UTF-8 (Excel: \"CSV UTF-8\")";

/// Takes the rows below the header of one table.
pub(crate) struct ArticleTable<'a> {
    job: &'a ReadJob<'a>,
    header: Vec<String>,
    columns: Columns,
    /// Those of the questions in whose cells each line is one.
    message_lists: Vec<usize>,
    /// The columns that hold something of an article.
    used: HashSet<usize>,
    /// The last column that an article cannot do without.
    needed: usize,
    deciding: Deciding,
    unescape: bool,
    may_lack_names: bool,
    watch: PublicationColumns,
    /// Columns that are watched, and where in the watch.
    watched: Vec<(usize, usize)>,
    noted: Noted,
}

/// What was said once.
#[derive(Default)]
struct Noted {
    extras: bool,
    nameless: bool,
    translations: bool,
}

/// Why a row is no article.
pub(crate) struct RowRefusal {
    reason: String,
    reach: Reach,
}

impl RowRefusal {
    /// It may hide others.
    pub(crate) fn rest(reason: String) -> Self {
        let reach = Reach::Rest;
        Self { reason, reach }
    }

    /// It was read whole.
    pub(crate) fn alone(reason: String) -> Self {
        let reach = Reach::Alone;
        Self { reason, reach }
    }
}

/// Damage to the text, wherever nothing else is known.
impl From<String> for RowRefusal {
    fn from(reason: String) -> Self {
        Self::rest(reason)
    }
}

/// What a row came to.
enum RowArticle {
    Article(Article),
    /// It does not count.
    Out,
    /// It does not count because its answer has no text.
    NoAnswer,
}

impl<'a> ArticleTable<'a> {
    /// A table of this layout; says how the layout was found where that is not plain to see.
    pub(crate) fn new(
        job: &'a ReadJob<'a>,
        layout: HeaderLayout,
        collector: &mut ArticleCollector,
    ) -> Self {
        for note in layout.notes {
            collector.note(job.place(layout.line), note);
        }
        let more = layout.columns.question.iter().skip(1).copied();
        let mut table = Self {
            message_lists: more
                .filter(|at| mapping::lists_questions(&layout.names[*at]))
                .collect(),
            used: used(&layout.columns),
            needed: needed(&layout.columns, &layout.deciding),
            job,
            header: layout.names,
            columns: layout.columns,
            deciding: layout.deciding,
            unescape: layout.unescape,
            may_lack_names: false,
            watch: PublicationColumns::default(),
            watched: Vec::new(),
            noted: Noted::default(),
        };
        for column in 0..table.width() {
            if table.uses(column) {
                continue;
            }
            let watched = table.watch.column(&table.header[column], job.folder);
            table.watched.extend(watched.map(|at| (column, at)));
        }
        table
    }

    /// The same, from a workbook: there `|` is text but in the FAQ format's own columns.
    pub(crate) fn of_workbook(mut self) -> Self {
        if self.columns.markup == Markup::Variants {
            self.columns.markup = Markup::Plain;
        }
        // The vendor gives names to the steps of its own workbook.
        let is_name = |at: &usize| same_name(&self.header[*at], NODE_NAME);
        self.may_lack_names = self.job.holds == SourceHolds::Articles
            && self.job.fields.is_none()
            && self.columns.id.iter().all(is_name);
        self
    }

    /// Whether an article without a name goes by its question.
    pub(crate) fn may_lack_names(&self) -> bool {
        self.may_lack_names
    }

    /// Whether there is nothing in the columns that an article comes from.
    pub(crate) fn holds_nothing(&self, record: &ByteRecord) -> bool {
        let cell = |at: &usize| record.get(*at).unwrap_or_default();
        self.used.iter().all(|at| cell(at).trim_ascii().is_empty())
    }

    /// Whether a row says how the columns are to be filled in.
    pub(crate) fn is_explained_by(&self, record: &ByteRecord) -> bool {
        let cell = |at: Option<&usize>| at.and_then(|at| self.cell(record, *at).ok());
        let cells: Vec<&str> = (0..self.width())
            .filter_map(|at| self.cell(record, at).ok())
            .collect();
        let name = cell(self.columns.id.first()).unwrap_or_default();
        let question = cell(self.columns.question.first()).unwrap_or_default();
        explains_columns(name, question, &cells)
    }

    /// Whether the column is the id, or holds questions or answers.
    pub(crate) fn uses(&self, column: usize) -> bool {
        self.used.contains(&column) || self.deciding.uses(column)
    }

    /// Whether the column holds answers.
    pub(crate) fn is_answer(&self, column: usize) -> bool {
        let columns = [&self.columns.answer, &self.columns.answer_else];
        columns.iter().any(|columns| columns.contains(&column))
    }

    /// The name of a column.
    pub(crate) fn name(&self, column: usize) -> &str {
        self.header.get(column).map_or("", String::as_str)
    }

    /// The number of columns.
    pub(crate) fn width(&self) -> usize {
        self.header.len()
    }

    /// Takes the row on this line, or rejects it, in any case where it has a flaw.
    pub(crate) fn take(
        &mut self,
        record: &ByteRecord,
        line: u64,
        flaw: Option<RowRefusal>,
        collector: &mut ArticleCollector,
    ) {
        let place = self.job.place(line);
        if flaw.is_none() && self.is_translation(record) {
            if !std::mem::replace(&mut self.noted.translations, true) {
                collector.note(place, salesforce::TRANSLATION.to_owned());
            }
            return;
        }
        if flaw.is_none()
            && let Some(told) = self.is_no_article(record)
        {
            collector.note(place, told);
            return;
        }
        match self.article(flaw, record, place.clone()) {
            Ok(RowArticle::Article(article)) => {
                self.note_extras(record, &place, collector);
                self.note_nameless(record, &place, collector);
                self.watch(record, line);
                collector.article(article);
            }
            Ok(RowArticle::Out) => {}
            Ok(RowArticle::NoAnswer) => {
                collector.note_about(place, self.id(record).ok(), NO_ANSWER.to_owned());
            }
            Err(refusal) => {
                // Longer than this it is no id, but text that a missing quote swept up.
                let id = self.id(record).ok().filter(|id| id.len() <= 1000);
                if self.is_beside_articles(collector) {
                    let text = format!("{} (a user message, which was left out)", refusal.reason);
                    collector.note_about(place, id, text);
                    return;
                }
                collector.note_author(id.as_deref(), self.author(record));
                collector.reject_as(refusal.reach, place, id, refusal.reason);
            }
        }
    }

    /// Whether the rows are user messages in a source of articles, none of which they must hold up.
    fn is_beside_articles(&self, collector: &ArticleCollector) -> bool {
        self.job.holds == SourceHolds::Messages && collector.holds == SourceHolds::Articles
    }

    /// Says what is to be said of the file as a whole.
    pub(crate) fn finish(&self, collector: &mut ArticleCollector) {
        if let Some((line, text)) = self.watch.told(self.job.folder) {
            collector.note(self.job.place(line), text);
        }
    }

    /// Why the row on this line is to be rejected: one of its cells has rows of the table in it.
    pub(crate) fn swallowed(
        &self,
        record: &ByteRecord,
        line: u64,
        delimiter: u8,
    ) -> Option<RowRefusal> {
        let is_live = self.job.glance.live?;
        let is_row = |record: &ByteRecord| self.id(record).ok().filter(|id| (is_live.0)(id));
        let reason = swallowed(record, line, delimiter, self.width(), is_row)?;
        Some(RowRefusal::rest(reason))
    }

    fn watch(&mut self, record: &ByteRecord, line: u64) {
        for (column, at) in &self.watched {
            if let Ok(value) = std::str::from_utf8(record.get(*column).unwrap_or_default()) {
                self.watch.see(*at, value, line);
            }
        }
    }

    fn is_translation(&self, record: &ByteRecord) -> bool {
        let column = self.columns.is_master;
        let cell = column.and_then(|column| self.cell(record, column).ok());
        cell.is_some_and(salesforce::is_translation)
    }

    fn article(
        &self,
        flaw: Option<RowRefusal>,
        record: &ByteRecord,
        place: Place,
    ) -> Result<RowArticle, RowRefusal> {
        if let Some(flaw) = flaw {
            return Err(flaw);
        }
        if self.shape(record) == RowShape::Torn {
            return Err(self.torn(record));
        }
        let cell = |column| self.cell(record, column);
        if !self.deciding.counts(self.job.folder, cell)? {
            return Ok(RowArticle::Out);
        }
        let columns = &self.columns;
        let id = self.id(record)?;
        let is_article = self.job.holds == SourceHolds::Articles;
        let answers = self.cells(record, &columns.answer, &columns.answer_else)?;
        if is_article && answers.is_empty() && self.job.no_answer == NoAnswerPolicy::Unpublished {
            return Ok(RowArticle::NoAnswer);
        }
        let questions = self.questions(record)?;
        if questions.iter().any(|question| question.contains('\t')) {
            return Err(RowRefusal::alone(TAB_IN_QUESTION.to_owned()));
        }
        if let Some(refusal) = holds_error(questions.iter().chain(&answers)) {
            return Err(refusal);
        }
        let asks = if is_article { "question" } else { "message" };
        for (role, cells, positions, is_needed) in [
            (asks, &questions, &columns.question, true),
            ("answer", &answers, &columns.answer, is_article),
        ] {
            if is_needed && cells.is_empty() {
                let names: Vec<&str> = positions.iter().map(|at| &*self.header[*at]).collect();
                return Err(RowRefusal::alone(nothing_for(role, &names)));
            }
        }
        Ok(RowArticle::Article(Article {
            row: None,
            id,
            questions,
            answers,
            markup: columns.markup,
            url: self.optional_cells(record, columns.url)?.pop(),
            author: self.author(record).map(Box::new),
            quick_replies: self.optional_cells(record, columns.quick_replies.iter().copied())?,
            // Its export is Markdown by definition.
            body: self.unescape.then_some(Writing::with_lines(Body::Markdown)),
            place,
        }))
    }

    /// How the cells of a row fit the columns.
    pub(crate) fn shape(&self, record: &ByteRecord) -> RowShape {
        row_shape(record, self.width(), self.needed)
    }

    /// Why a row with another number of cells is rejected.
    pub(crate) fn torn(&self, record: &ByteRecord) -> RowRefusal {
        RowRefusal::rest(format!(
            "has {} cells where the header has {}; look for a missing quote or an unquoted delimiter",
            record.len(),
            self.width()
        ))
    }

    fn note_nameless(
        &mut self,
        record: &ByteRecord,
        place: &Place,
        collector: &mut ArticleCollector,
    ) {
        let is_empty = |at: &usize| self.cell(record, *at).is_ok_and(str::is_empty);
        if self.may_lack_names && !self.noted.nameless && self.columns.id.iter().any(is_empty) {
            self.noted.nameless = true;
            collector.note(place.clone(), NAMELESS.to_owned());
        }
    }

    fn note_extras(
        &mut self,
        record: &ByteRecord,
        place: &Place,
        collector: &mut ArticleCollector,
    ) {
        if self.noted.extras {
            return;
        }
        let filled = |at: &&usize| {
            record
                .get(**at)
                .is_some_and(|cell| !cell.trim_ascii().is_empty())
        };
        if let Some(extra) = self.columns.vendor_extras.iter().find(filled) {
            self.noted.extras = true;
            collector.note(
                place.clone(),
                format!(
                    "the column `{}` is not sent, here and in the rows below; write buttons, links and quick replies as HSL in the answer",
                    self.header[*extra]
                ),
            );
        }
    }
}

fn needed(columns: &Columns, deciding: &Deciding) -> usize {
    let first = [columns.question.first(), columns.answer.first()];
    let first = first.into_iter().flatten().chain(&columns.id);
    first
        .copied()
        .chain(deciding.last())
        .max()
        .unwrap_or_default()
}

fn used(columns: &Columns) -> HashSet<usize> {
    let lists = [
        &columns.id,
        &columns.question,
        &columns.question_else,
        &columns.answer,
        &columns.answer_else,
        &columns.quick_replies,
    ];
    let all = lists.into_iter().flatten().copied();
    all.chain(columns.url).chain(columns.author).collect()
}

/// The id in the vendor's own format.
const NODE_NAME: &str = "node_name";

const NAMELESS: &str = "has no name, so that its question is its id, here and in the rows below: a question that is changed is a new article";

const TAB_IN_QUESTION: &str = "has a tab in its question, which looks like two cells in one; if tabs separate the columns, write delimiter = \"tab\" to the source, else take the tab out";

/// What is said of a file whose questions are the ids of its articles.
pub(crate) const QUESTIONS_ARE_IDS: &str = "has a layout without ids, so that each question is the id of its article: a question that is changed is a new article";

/// What is said of an article that does not count because its answer has no text.
pub(crate) const NO_ANSWER: &str = "has no answer, so it does not count, as if it were not published (no_answer = \"unpublished\")";

/// Why a row without any question, or without any answer, is not taken.
pub(crate) fn nothing_for(role: &str, names: &[&str]) -> String {
    let quoted = names.iter().map(|name| format!("`{name}`"));
    format!(
        "has no {role} ({} is empty); fill it in, or leave the article out of the export",
        first(quoted, names.len(), FEW)
    )
}

/// Whether there is nothing in a row.
pub(crate) fn is_blank(record: &ByteRecord) -> bool {
    record.as_slice().iter().all(u8::is_ascii_whitespace)
}
