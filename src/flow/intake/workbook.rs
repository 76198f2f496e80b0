//! Reads workbooks, XLSX and the older XLS: one sheet, as a table with its header in one of the
//! first rows.

use std::io::Cursor;
use std::panic::{AssertUnwindSafe, catch_unwind};

use calamine::{Reader, Xls, Xlsx};

use super::biff;
use super::gathering::Gathering;
use super::header::{self, Candidate, Layout};
use super::read::Job;
use super::sheet::{Row, Sheet, text};
use super::table::{Refusal, Table, is_blank};
use super::text::Problem;
use super::unpacked;
use super::window::too_long;

/// Reads the rows of the sheet that holds the articles.
pub(super) fn read(job: &Job, gathering: &mut Gathering) -> Result<(), Problem> {
    let bytes = job.content.whole()?;
    // The parsers are not ours, and a damaged workbook must not take the daemon with it.
    let sheets = catch_unwind(AssertUnwindSafe(|| {
        if bytes.starts_with(b"PK") {
            unpacked::check(&bytes, job.folder.limits.max_file_bytes)?;
            xlsx(job, &bytes)
        } else {
            biff::check(&bytes)?;
            xls(job, &bytes)
        }
    }));
    let sheets = sheets.unwrap_or_else(|_| Err(unopened(job, &"it is damaged")))?;
    let (sheet, layout) = chosen(job, &sheets)?;
    take(job, sheet, layout, gathering)
}

fn xlsx(job: &Job, bytes: &[u8]) -> Result<Vec<Sheet>, Problem> {
    let mut book = Xlsx::new(Cursor::new(bytes)).map_err(|error| unopened(job, &error))?;
    let names = wanted(job, book.sheet_names())?;
    let mut sheets = Vec::new();
    for name in names {
        // A chart has no cells and is passed over.
        let Ok(mut cells) = book.worksheet_cells_reader(&name) else {
            continue;
        };
        let mut sheet = Sheet::new(name, &job.folder.limits);
        while let Some(cell) = cells.next_cell().map_err(|error| unopened(job, &error))? {
            let (row, column) = cell.get_position();
            let is_wanted = sheet.add(row, column, text(&cell.get_value().clone().into()))?;
            if !is_wanted {
                break;
            }
        }
        drop(cells);
        let merged = book.merge_cells_by_sheet_name(&sheet.name);
        sheet.fill_merged(&merged.map_err(|error| unopened(job, &error))?)?;
        sheets.push(sheet);
    }
    Ok(sheets)
}

fn xls(job: &Job, bytes: &[u8]) -> Result<Vec<Sheet>, Problem> {
    let mut book = Xls::new(Cursor::new(bytes)).map_err(|error| unopened(job, &error))?;
    let names = wanted(job, book.sheet_names())?;
    let mut sheets = Vec::new();
    for name in names {
        let range = book
            .worksheet_range(&name)
            .map_err(|error| unopened(job, &error))?;
        let (top, left) = range.start().unwrap_or_default();
        let mut sheet = Sheet::new(name, &job.folder.limits);
        for (row, column, value) in range.used_cells() {
            let at = |offset: usize| u32::try_from(offset).unwrap_or(u32::MAX);
            let (row, column) = (top.saturating_add(at(row)), left.saturating_add(at(column)));
            let is_wanted = sheet.add(row, column, text(value))?;
            if !is_wanted {
                break;
            }
        }
        sheets.push(sheet);
    }
    Ok(sheets)
}

fn unopened(job: &Job, cause: &dyn std::fmt::Display) -> Problem {
    Problem::whole_file(format!(
        "looks like a workbook but cannot be read as one ({cause}); save it again, or export {} as CSV",
        job.file
    ))
}

fn wanted(job: &Job, names: Vec<String>) -> Result<Vec<String>, Problem> {
    let Some(configured) = &job.folder.sheet else {
        return Ok(names);
    };
    let found = names.iter().find(|name| name.trim() == configured.trim());
    match found {
        Some(name) => Ok(vec![name.clone()]),
        None => Err(Problem::whole_file(format!(
            "has no sheet named {configured:?}; it has {names:?}, so write one of these to the source as `sheet`"
        ))),
    }
}

/// The first sheet that has a header, or why none has.
fn chosen<'s>(job: &Job, sheets: &'s [Sheet]) -> Result<(&'s Sheet, Layout), Problem> {
    let mut first = None;
    for sheet in sheets.iter().filter(|sheet| !sheet.rows.is_empty()) {
        match header::find(job, candidates(sheet)) {
            Ok(layout) => return Ok((sheet, layout)),
            Err(problem) => {
                first.get_or_insert_with(|| {
                    let reason = format!("(sheet {:?}) {}", sheet.name, problem.reason);
                    Problem::unusable(problem.line, reason)
                });
            }
        }
    }
    Err(first.unwrap_or_else(|| {
        Problem {
            is_empty: true,
            ..Problem::whole_file(
                "has no cells in it; an export without articles has at least a header, so this one probably failed",
            )
        }
    }))
}

fn candidates(sheet: &Sheet) -> impl FnMut() -> Result<Option<Candidate>, Problem> {
    let mut rows = sheet.rows.iter().filter(|row| !is_blank(&row.record));
    move || {
        Ok(rows.next().map(|row| Candidate {
            record: row.record.clone(),
            line: row.line,
        }))
    }
}

fn take(
    job: &Job,
    sheet: &Sheet,
    layout: Layout,
    gathering: &mut Gathering,
) -> Result<(), Problem> {
    let header = layout.line;
    let mut table = Table::new(job, layout, gathering).of_workbook();
    let max_row_bytes = job.folder.limits.max_row_bytes;
    let below = sheet.rows.iter().filter(|row| row.line > header);
    for row in below.filter(|row| !is_blank(&row.record)) {
        gathering.row(row.line)?;
        let flaw = flaw(row, &table, max_row_bytes);
        let mut record = row.record.clone();
        // Cells that nobody filled in are not in the file, and notes stand right of the table.
        record.truncate(table.width());
        (record.len()..table.width()).for_each(|_| record.push_field(b""));
        table.take(&record, row.line, flaw, gathering);
    }
    table.finish(gathering);
    Ok(())
}

fn flaw(row: &Row, table: &Table, max_row_bytes: usize) -> Option<Refusal> {
    if row.record.as_slice().len() > max_row_bytes {
        return Some(Refusal::rest(too_long(max_row_bytes)));
    }
    let (column, error) = row.errors.iter().find(|(at, _)| table.uses(*at))?;
    // The cells of a workbook are apart whatever stands in them.
    Some(Refusal::alone(format!(
        "has {error} in column `{}`; fix the formula, or replace it with its value",
        table.name(*column)
    )))
}
