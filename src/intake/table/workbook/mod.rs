//! Reads workbooks, XLSX and the older XLS: one sheet, as a table with its header in one of the
//! first rows.

mod biff;
mod compound;
mod sheet;

use std::io::Cursor;
use std::panic::{AssertUnwindSafe, catch_unwind};

use calamine::{Reader, Xls, Xlsx};

use super::header::{Candidate, HeaderLayout};
use super::{ArticleTable, RowRefusal, header};
use crate::intake::article_collector::ArticleCollector;
use crate::intake::budget::Budget;
use crate::intake::bytes::{TextProblem, too_long, unpacked};
use crate::intake::format_readers::FormatReader;
use crate::intake::read_files::ReadJob;
use sheet::{Sheet, SheetRow, text};

/// A range of cells that are merged.
const MERGED: usize = 16;

/// XLSX or the older XLS.
pub(crate) const WORKBOOK: FormatReader = FormatReader {
    is_certain: |head| MARKS.iter().any(|mark| head.starts_with(mark)),
    ..FormatReader::new(read)
};

/// What a zip file begins with, and a compound file of the older Office.
const MARKS: [&[u8]; 2] = [b"PK\x03\x04", b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1"];

/// Reads the rows of the first sheet that has a header.
fn read(job: &ReadJob, gathering: &mut ArticleCollector) -> Result<(), TextProblem> {
    let bytes = job.content.whole()?;
    gathering.budget().take(bytes.len())?;
    let budget = gathering.budget();
    let mut book = unhurt(job, || Book::open(job, &bytes, budget))?;
    let mut first = None;
    for name in wanted(job, book.names())? {
        let budget = gathering.budget();
        let sheet = unhurt(job, || book.sheet(job, name, budget))?;
        let Some(sheet) = sheet.filter(|sheet| !sheet.rows.is_empty()) else {
            continue;
        };
        match header::find(job, candidates(&sheet)) {
            Ok(layout) => return take(job, &sheet, layout, gathering),
            Err(problem) => {
                first.get_or_insert_with(|| {
                    let reason = format!("(sheet {:?}) {}", sheet.name, problem.reason);
                    TextProblem::unusable(problem.line, reason)
                });
            }
        }
        sheet.forget(gathering.budget());
    }
    Err(first.unwrap_or_else(|| TextProblem {
        is_empty: true,
        ..TextProblem::whole_file(
            "has no cells in it; an export without articles has at least a header, so this one probably failed",
        )
    }))
}

/// The parsers are not ours, and a damaged workbook must not take the reading with it.
fn unhurt<T>(
    job: &ReadJob,
    work: impl FnOnce() -> Result<T, TextProblem>,
) -> Result<T, TextProblem> {
    let outcome = catch_unwind(AssertUnwindSafe(work));
    outcome.unwrap_or_else(|_| Err(unopened(job, &"it is damaged")))
}

enum Book<'b> {
    Xlsx(Box<Xlsx<Cursor<&'b [u8]>>>),
    Xls(Box<Xls<Cursor<&'b [u8]>>>),
}

impl<'b> Book<'b> {
    fn open(job: &ReadJob, bytes: &'b [u8], budget: &mut Budget) -> Result<Self, TextProblem> {
        if bytes.starts_with(b"PK") {
            unpacked::check(bytes, job.folder.limits.max_file_bytes, budget)?;
            let book = Xlsx::new(Cursor::new(bytes)).map_err(|error| unopened(job, &error))?;
            return Ok(Self::Xlsx(Box::new(book)));
        }
        biff::check(bytes, budget)?;
        let book = Xls::new(Cursor::new(bytes)).map_err(|error| unopened(job, &error))?;
        Ok(Self::Xls(Box::new(book)))
    }

    fn names(&self) -> Vec<String> {
        match self {
            Self::Xlsx(book) => book.sheet_names(),
            Self::Xls(book) => book.sheet_names(),
        }
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
            Self::Xlsx(book) => xlsx(job, book, sheet, budget),
            Self::Xls(book) => xls(job, book, sheet, budget).map(Some),
        }
    }
}

fn xlsx(
    job: &ReadJob,
    book: &mut Xlsx<Cursor<&[u8]>>,
    mut sheet: Sheet,
    budget: &mut Budget,
) -> Result<Option<Sheet>, TextProblem> {
    let Ok(mut cells) = book.worksheet_cells_reader(&sheet.name) else {
        return Ok(None);
    };
    while let Some(cell) = cells.next_cell().map_err(|error| unopened(job, &error))? {
        let (row, column) = cell.get_position();
        let value = text(&cell.get_value().clone().into());
        if !sheet.add(row, column, value, budget)? {
            break;
        }
    }
    drop(cells);
    let merged = book.merge_cells_by_sheet_name(&sheet.name);
    let merged = merged.map_err(|error| unopened(job, &error))?;
    let bytes = merged.len() * MERGED;
    budget.take(bytes)?;
    sheet.fill_merged(&merged, budget)?;
    budget.trim_memory(bytes);
    Ok(Some(sheet))
}

fn xls(
    job: &ReadJob,
    book: &mut Xls<Cursor<&[u8]>>,
    mut sheet: Sheet,
    budget: &mut Budget,
) -> Result<Sheet, TextProblem> {
    let range = book
        .worksheet_range(&sheet.name)
        .map_err(|error| unopened(job, &error))?;
    let (top, left) = range.start().unwrap_or_default();
    for (row, column, value) in range.used_cells() {
        let at = |offset: usize| u32::try_from(offset).unwrap_or(u32::MAX);
        let (row, column) = (top.saturating_add(at(row)), left.saturating_add(at(column)));
        if !sheet.add(row, column, text(value), budget)? {
            break;
        }
    }
    Ok(sheet)
}

fn unopened(job: &ReadJob, cause: &dyn std::fmt::Display) -> TextProblem {
    TextProblem::whole_file(format!(
        "looks like a workbook but cannot be read as one ({cause}); save it again, or export {} as CSV",
        job.file
    ))
}

fn wanted(job: &ReadJob, names: Vec<String>) -> Result<Vec<String>, TextProblem> {
    let Some(configured) = &job.folder.sheet else {
        return Ok(names);
    };
    let found = names.iter().find(|name| name.trim() == configured.trim());
    match found {
        Some(name) => Ok(vec![name.clone()]),
        None => Err(TextProblem::whole_file(format!(
            "has no sheet named {configured:?}; it has {names:?}, so write one of these to the source as `sheet`"
        ))),
    }
}

fn candidates(sheet: &Sheet) -> impl FnMut() -> Result<Option<Candidate>, TextProblem> {
    let mut rows = sheet.rows.iter().filter(|row| !row.is_blank());
    move || {
        Ok(rows.next().map(|row| Candidate {
            record: row.record(row.width()),
            line: row.line,
        }))
    }
}

fn take(
    job: &ReadJob,
    sheet: &Sheet,
    layout: HeaderLayout,
    gathering: &mut ArticleCollector,
) -> Result<(), TextProblem> {
    let header = layout.line;
    let mut table = ArticleTable::new(job, layout, gathering).of_workbook();
    let max_row_bytes = job.folder.limits.max_row_bytes;
    sheet.check_area(table.width())?;
    let below = sheet.rows.iter().filter(|row| row.line > header);
    for row in below.filter(|row| !row.is_blank()) {
        gathering.row(row.line)?;
        let flaw = flaw(row, &table, max_row_bytes);
        // Notes stand right of the table.
        let record = row.record(table.width());
        table.take(&record, row.line, flaw, gathering);
    }
    table.finish(gathering);
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
