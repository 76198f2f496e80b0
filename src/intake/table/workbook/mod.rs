//! Reads workbooks, XLSX and the older XLS: each sheet that has the header, as a table with its header
//! in one of the first rows.

mod biff;
mod compound;
mod disguised;
mod facts;
mod format;
mod instructions;
mod package;
mod pick;
mod runs;
mod sheet;
mod xls;
mod xls_facts;
mod xls_marked;
mod xlsx;

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::header::{Candidate, HeaderLayout};
use super::messages::says_message;
use super::{ArticleTable, NODE_NAME, RowRefusal, header, same_name};
use crate::config::SourceHolds;
use crate::intake::article_collector::ArticleCollector;
use crate::intake::budget::Budget;
use crate::intake::bytes::{TextProblem, too_long};
use crate::intake::format_readers::FormatReader;
use crate::intake::read_files::ReadJob;
use crate::model::{IN_ARCHIVE, Reach};
use crate::text::{FEW, first};
pub(crate) use instructions::explains_columns;

use disguised::{REMEDY, is_spreadsheet_xml};
use pick::{SheetChoice, SheetName, same_columns};
use sheet::{Sheet, SheetRow};

/// XLSX or the older XLS.
pub(crate) const WORKBOOK: FormatReader = FormatReader {
    is_certain: |head| is_packed(head) || is_spreadsheet_xml(head),
    ..FormatReader::new(read)
};

/// Enough to tell what a file is.
const HEAD: u64 = 4096;

const STRUCK: &str = "has text that is struck out, and so is true no more; it was left out";

const EXPLAINS: &str = "explains the columns, as it seems, and was left out; move it above the header if that is right, and delete the words that say how to fill it in if it is an article";

/// What a zip file begins with, and a compound file of the older Office.
const MARKS: [&[u8]; 2] = [b"PK\x03\x04", b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1"];

fn is_packed(head: &[u8]) -> bool {
    MARKS.iter().any(|mark| head.starts_with(mark))
}

/// Reads the rows of each sheet that has the header.
fn read(job: &ReadJob, collector: &mut ArticleCollector) -> Result<(), TextProblem> {
    let bytes = job.content.whole()?;
    if let Some(what) = disguised::named(&bytes) {
        return Err(TextProblem::whole_file(format!(
            "is {what}, which is not read; {REMEDY}"
        )));
    }
    if !is_packed(&bytes) {
        drop(bytes);
        return read_disguised(job, collector);
    }
    collector.budget().take(bytes.len())?;
    let budget = collector.budget();
    let mut book = unhurt(|| Book::open(job, &bytes, budget))?;
    let choice = SheetChoice::of(&job.folder.sheet, book.names())?;
    let mut reader = SheetsReader::new(job, choice.is_chosen);
    for name in choice.wanted {
        let budget = collector.budget();
        let sheet = unhurt(|| book.sheet(job, name, budget))?;
        if let Some(sheet) = sheet.filter(|sheet| !sheet.rows.is_empty()) {
            reader.take(&sheet, collector)?;
            sheet.forget(collector.budget());
        }
    }
    reader.finish(&choice.hidden, collector)
}

/// Reads a file that only has the name of a workbook.
fn read_disguised(job: &ReadJob, collector: &mut ArticleCollector) -> Result<(), TextProblem> {
    let head = job.content.bytes(HEAD)?;
    let Some(sheets) = disguised::sheets(job, &head, collector)? else {
        return Err(unopened(&"it does not begin as one"));
    };
    let names = sheets.iter().map(|found| SheetName {
        name: found.sheet.name.clone(),
        is_visible: found.is_visible,
    });
    let choice = SheetChoice::of(&job.folder.sheet, names.collect())?;
    let mut reader = SheetsReader::new(job, choice.is_chosen);
    for found in sheets {
        if choice.wanted.contains(&found.sheet.name) && !found.sheet.rows.is_empty() {
            reader.take(&found.sheet, collector)?;
        }
        found.sheet.forget(collector.budget());
    }
    reader.finish(&choice.hidden, collector)
}

/// The parsers are not ours, and a damaged workbook must not take the reading with it.
fn unhurt<T>(work: impl FnOnce() -> Result<T, TextProblem>) -> Result<T, TextProblem> {
    let outcome = catch_unwind(AssertUnwindSafe(work));
    outcome.unwrap_or_else(|_| Err(unopened(&"it is damaged")))
}

enum Book<'b> {
    Xlsx(Box<xlsx::XlsxBook<'b>>),
    Xls(Box<xls::XlsBook<'b>>),
}

impl<'b> Book<'b> {
    fn open(job: &ReadJob, bytes: &'b [u8], budget: &mut Budget) -> Result<Self, TextProblem> {
        if bytes.starts_with(b"PK") {
            let book = xlsx::XlsxBook::open(job, bytes, budget)?;
            return Ok(Self::Xlsx(Box::new(book)));
        }
        let book = xls::XlsBook::open(bytes, budget)?;
        Ok(Self::Xls(Box::new(book)))
    }

    fn names(&self) -> Vec<SheetName> {
        let sheets = match self {
            Self::Xlsx(book) => book.sheets(),
            Self::Xls(book) => book.sheets(),
        };
        sheets.iter().map(SheetName::of).collect()
    }

    /// The cells of a sheet; `None` for a chart, which has none.
    fn sheet(
        &mut self,
        job: &ReadJob,
        name: String,
        budget: &mut Budget,
    ) -> Result<Option<Sheet>, TextProblem> {
        let sheet = Sheet::new(name, &job.folder.limits);
        match self {
            Self::Xlsx(book) => book.read(sheet, budget),
            Self::Xls(book) => book.read(sheet, budget).map(Some),
        }
    }
}

fn unopened(cause: &dyn std::fmt::Display) -> TextProblem {
    TextProblem::whole_file(format!(
        "looks like a workbook but cannot be read as one ({cause}); {REMEDY}"
    ))
}

/// Takes the sheets of one workbook.
struct SheetsReader<'a> {
    job: &'a ReadJob<'a>,
    /// Whether the configuration names the sheets, so that each of them is to be read.
    is_chosen: bool,
    /// The names of the columns with id, question and answer on the first sheet that was taken.
    columns: Option<Vec<String>>,
    /// Sheets without header, and what is to be said of each.
    problems: Vec<(String, TextProblem)>,
    /// Sheets with another header than the first.
    left_out: Vec<String>,
}

impl<'a> SheetsReader<'a> {
    fn new(job: &'a ReadJob<'a>, is_chosen: bool) -> Self {
        Self {
            job,
            is_chosen,
            columns: None,
            problems: Vec::new(),
            left_out: Vec::new(),
        }
    }

    fn take(&mut self, sheet: &Sheet, collector: &mut ArticleCollector) -> Result<(), TextProblem> {
        let layout = match header::find(self.job, candidates(sheet)) {
            Ok(layout) => layout,
            Err(_) if self.took_messages(sheet, collector)? => return Ok(()),
            Err(problem) => {
                let reason = format!("(sheet {:?}) {}", sheet.name, problem.reason);
                let problem = TextProblem::unusable(problem.line, reason);
                self.problems.push((sheet.name.clone(), problem));
                return Ok(());
            }
        };
        let columns = layout.used_names();
        let Some(first) = &self.columns else {
            self.columns = Some(columns);
            return take(self.job, sheet, layout, collector);
        };
        if !self.is_chosen && !same_columns(first, &columns) {
            self.left_out.push(sheet.name.clone());
            return Ok(());
        }
        let job = ReadJob {
            file: format!("{}{IN_ARCHIVE}{}", self.job.file, sheet.name).into(),
            content: self.job.content.clone(),
            ..*self.job
        };
        take(&job, sheet, layout, collector)
    }

    /// Takes a sheet with user messages for the articles of the others, one a row, if it is one: its
    /// columns leave no doubt, or it would put words into the mouths of customers.
    fn took_messages(
        &self,
        sheet: &Sheet,
        collector: &mut ArticleCollector,
    ) -> Result<bool, TextProblem> {
        if self.job.holds == SourceHolds::Messages {
            return Ok(false);
        }
        let job = ReadJob {
            file: format!("{}{IN_ARCHIVE}{}", self.job.file, sheet.name).into(),
            content: self.job.content.clone(),
            holds: SourceHolds::Messages,
            fields: None,
            ..*self.job
        };
        let Ok(layout) = header::find(&job, candidates(sheet)) else {
            return Ok(false);
        };
        let names = layout.used_names();
        let (id, messages) = (names.first(), names.get(1..).unwrap_or_default());
        let is_name = id.is_some_and(|id| same_name(id, NODE_NAME))
            || self.columns.as_ref().is_some_and(|columns| {
                let first = columns.first();
                id.zip(first)
                    .is_some_and(|(id, first)| same_name(id, first))
            });
        if !is_name || !messages.iter().all(|name| says_message(name)) {
            return Ok(false);
        }
        let text = format!(
            "names user messages for articles of this file in the column `{}`, and each was added to its article",
            messages.join("`, `")
        );
        collector.note(job.place(layout.line), text);
        take(&job, sheet, layout, collector)?;
        Ok(true)
    }

    /// Says which sheets were not read.
    fn finish(
        mut self,
        hidden: &[String],
        collector: &mut ArticleCollector,
    ) -> Result<(), TextProblem> {
        if self.columns.is_none() {
            return Err(self.nothing(hidden));
        }
        if self.is_chosen {
            for (_, problem) in self.problems {
                let place = self.job.place(problem.line);
                collector.reject_as(Reach::Unusable, place, None, problem.reason);
            }
            return Ok(());
        }
        let bare = self.problems.drain(..).map(|(name, _)| name);
        let bare: Vec<String> = bare.collect();
        for (names, why) in [
            (&bare[..], "have no row that names the columns"),
            (&self.left_out, "have other columns than the first one"),
            (hidden, "are hidden"),
        ] {
            if !names.is_empty() {
                let text = format!(
                    "has sheets that were left out, because they {why}: {}; write sheet = [\"...\"] to the source to say which are read",
                    listed(names)
                );
                collector.note(self.job.place(0), text);
            }
        }
        Ok(())
    }

    fn nothing(self, hidden: &[String]) -> TextProblem {
        let first = self.problems.into_iter().next().map(|(_, problem)| problem);
        let mut problem = first.unwrap_or_else(|| TextProblem {
            is_empty: true,
            ..TextProblem::whole_file(
                "has no cells in it; an export without articles has at least a header, so this one probably failed",
            )
        });
        if !hidden.is_empty() {
            problem.is_empty = false;
            problem.reason = format!(
                "{}\nIts hidden sheets were not looked into: {}; write sheet = [\"...\"] to the source if one of them has the articles",
                problem.reason,
                listed(hidden)
            );
        }
        problem
    }
}

fn listed(names: &[String]) -> String {
    let quoted = names.iter().map(|name| format!("{name:?}"));
    first(quoted, names.len(), FEW)
}

fn candidates(sheet: &Sheet) -> impl FnMut() -> Result<Option<Candidate>, TextProblem> {
    let mut rows = sheet.rows.iter().filter(|row| !row.is_blank());
    move || {
        Ok(rows.next().map(|row| Candidate {
            record: row.record(row.width(), |_| false),
            line: row.line,
        }))
    }
}

fn take(
    job: &ReadJob,
    sheet: &Sheet,
    layout: HeaderLayout,
    collector: &mut ArticleCollector,
) -> Result<(), TextProblem> {
    let header = layout.line;
    let mut table = ArticleTable::new(job, layout, collector).of_workbook();
    let max_row_bytes = job.folder.limits.max_row_bytes;
    sheet.check_area(table.width())?;
    let (mut hidden, mut bare) = (Vec::new(), Vec::new());
    let mut is_first = true;
    let below = sheet.rows.iter().filter(|row| row.line > header);
    for row in below.filter(|row| !row.is_blank() || !row.struck.is_empty()) {
        if row.is_hidden {
            hidden.push(row.line);
            continue;
        }
        // Notes stand right of the table.
        let record = row.record(table.width(), |column| table.is_answer(column));
        if row.struck.iter().any(|at| table.uses(*at)) {
            collector.note(job.place(row.line), STRUCK.to_owned());
        }
        // Titles of sections, and formulas that wait for rows.
        if table.holds_nothing(&record) && row.errors.iter().all(|(at, _)| !table.uses(*at)) {
            bare.push(row.line);
            continue;
        }
        let is_below_header = std::mem::take(&mut is_first) && table.may_lack_names();
        if is_below_header && table.is_explained_by(&record) {
            collector.note(job.place(row.line), EXPLAINS.to_owned());
            continue;
        }
        collector.row(row.line)?;
        let flaw = flaw(row, &table, max_row_bytes);
        table.take(&record, row.line, flaw, collector);
    }
    for (lines, why) in [
        (
            hidden,
            "is hidden, so that it was left out, as all hidden rows were ({}); show them, or clear the filter that hides them, if they are meant to be read",
        ),
        (
            bare,
            "has nothing in the columns of id, question and answer, so that it was left out, as all such rows were ({})",
        ),
    ] {
        if let Some(line) = lines.first() {
            let numbers = first(lines.iter(), lines.len(), FEW);
            collector.note(job.place(*line), why.replace("{}", &numbers));
        }
    }
    table.finish(collector);
    Ok(())
}

fn flaw(row: &SheetRow, table: &ArticleTable, max_row_bytes: usize) -> Option<RowRefusal> {
    if row.length() > max_row_bytes {
        return Some(RowRefusal::rest(too_long(max_row_bytes)));
    }
    let (column, error) = row.errors.iter().find(|(at, _)| table.uses(*at))?;
    // The cells of a workbook are apart whatever stands in them.
    Some(RowRefusal::alone(format!(
        "has {error} in column `{}`; fix the formula, or replace it with its value",
        table.name(*column)
    )))
}
