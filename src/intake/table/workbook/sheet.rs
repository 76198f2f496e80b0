//! The used cells of one sheet of a workbook, as rows of text.

use calamine::{Data, Dimensions, ExcelDateTime};
use csv::ByteRecord;

use crate::config::SourceLimits;
use crate::intake::budget::{Budget, Exceeded};
use crate::intake::bytes::TextProblem;

/// Rows above the table that may hold titles, besides as many rows as are allowed.
const SPARE_ROWS: usize = 20;
/// What a row and a cell take besides their text. Lists grow by doubling.
const ROW: usize = 200;
const CELL: usize = 24;
/// As many columns as a sheet of Excel has.
const MAX_COLUMNS: u32 = 1 << 14;
/// Rows below the header, times its columns: each of them is looked at.
const MAX_AREA: usize = 1 << 28;

/// A row with something in it. Only the cells with text are kept: a sheet may have its last one far to
/// the right of all others.
pub(crate) struct SheetRow {
    /// Its number in the sheet, from 1.
    pub(crate) line: u64,
    /// The columns that hold an error such as `#N/A`.
    pub(crate) errors: Vec<(usize, String)>,
    text: String,
    /// In the order of their columns.
    cells: Vec<SheetPart>,
}

/// Where in the text of its row a cell is.
struct SheetPart {
    column: u32,
    start: u32,
    length: u32,
}

/// A sheet. Its declared size counts for nothing: it is often a million blank rows.
pub(crate) struct Sheet {
    pub(crate) name: String,
    pub(crate) rows: Vec<SheetRow>,
    max_rows: usize,
    max_bytes: u64,
    bytes: u64,
    /// What the budget has counted of it.
    held: usize,
}

/// The text of a cell.
pub(crate) enum SheetCell {
    Text(String),
    Error(String),
}

impl Sheet {
    pub(crate) fn new(name: String, limits: &SourceLimits) -> Self {
        Self {
            name,
            rows: Vec::new(),
            max_rows: limits.max_rows.saturating_add(SPARE_ROWS),
            max_bytes: limits.max_file_bytes,
            bytes: 0,
            held: 0,
        }
    }

    /// Adds a cell; cells come row by row. Tells whether more are wanted.
    pub(crate) fn add(
        &mut self,
        row: u32,
        column: u32,
        cell: SheetCell,
        budget: &mut Budget,
    ) -> Result<bool, TextProblem> {
        let line = u64::from(row) + 1;
        let (text, error) = match cell {
            SheetCell::Text(text) => (text, None),
            SheetCell::Error(error) => (String::new(), Some(error)),
        };
        // One shared text may stand in a million cells.
        self.bytes += text.len() as u64;
        if self.bytes > self.max_bytes {
            return Err(self.too_much(line));
        }
        if column >= MAX_COLUMNS {
            return Err(too_far(line));
        }
        if text.trim().is_empty() && error.is_none() {
            return Ok(true);
        }
        let is_new = self.rows.last().is_none_or(|last| last.line != line);
        if is_new && self.rows.len() > self.max_rows {
            return Ok(false);
        }
        let error_bytes = error.as_ref().map_or(0, |error| ROW + error.len());
        let bytes = CELL + text.len() + error_bytes + if is_new { ROW } else { 0 };
        self.hold(bytes, line, budget)?;
        if is_new {
            self.rows.push(SheetRow {
                line,
                errors: Vec::new(),
                text: String::new(),
                cells: Vec::new(),
            });
        }
        if let Some(row) = self.rows.last_mut() {
            row.put(column, &text)
                .map_err(|Exceeded| Exceeded::at(line))?;
            row.errors
                .extend(error.map(|error| (column as usize, error)));
        }
        Ok(true)
    }

    /// Writes what stands in a merged cell to every row that it goes over, as a person reads it.
    pub(crate) fn fill_merged(
        &mut self,
        merged: &[Dimensions],
        budget: &mut Budget,
    ) -> Result<(), TextProblem> {
        let mut visited = 0_usize;
        for area in merged.iter().filter(|area| area.end.0 > area.start.0) {
            let column = area.start.1;
            let lines = u64::from(area.start.0) + 1..=u64::from(area.end.0) + 1;
            let first = self.rows.partition_point(|row| row.line < *lines.start());
            let rows = self.rows[first..].iter();
            let below = rows.take_while(|row| lines.contains(&row.line)).count();
            visited += below;
            if visited > MAX_AREA {
                return Err(too_far(*lines.start()));
            }
            let (1.., Some(top)) = (below, self.rows.get(first)) else {
                continue;
            };
            if top.line != *lines.start() {
                continue;
            }
            let text = top.cell(column as usize).to_owned();
            if text.is_empty() {
                continue;
            }
            for at in first + 1..first + below {
                let line = self.rows[at].line;
                if !self.rows[at].cell(column as usize).trim().is_empty() {
                    continue;
                }
                self.bytes += text.len() as u64;
                self.hold(CELL + text.len(), line, budget)?;
                let put = self.rows[at].put(column, &text);
                put.map_err(|Exceeded| Exceeded::at(line))?;
            }
            if self.bytes > self.max_bytes {
                return Err(self.too_much(*lines.start()));
            }
        }
        Ok(())
    }

    /// Refuses a table of so many columns that looking at all of them would take long.
    pub(crate) fn check_area(&self, columns: usize) -> Result<(), TextProblem> {
        if self.rows.len().saturating_mul(columns) > MAX_AREA {
            return Err(too_far(0));
        }
        Ok(())
    }

    /// Nothing of it is held any more.
    pub(crate) fn forget(self, budget: &mut Budget) {
        budget.trim_memory(self.held);
    }

    fn hold(&mut self, bytes: usize, line: u64, budget: &mut Budget) -> Result<(), TextProblem> {
        self.held += bytes;
        budget.take(bytes).map_err(|Exceeded| Exceeded::at(line))
    }

    fn too_much(&self, line: u64) -> TextProblem {
        // Nothing of a workbook is taken before all of it was read.
        TextProblem::unusable(
            line,
            format!(
                "holds more text than max_file_bytes = {} by here; raise max_file_bytes if it is meant to be so long",
                self.max_bytes
            ),
        )
    }
}

/// What is said of cells that lie too far apart.
pub(crate) fn too_far(line: u64) -> TextProblem {
    TextProblem::unusable(
        line,
        "has cells so far apart that reading it would need too much memory; delete the stray cells, or save it as XLSX or CSV",
    )
}

impl SheetRow {
    /// What stands in a column.
    pub(crate) fn cell(&self, column: usize) -> &str {
        let found = self
            .cells
            .binary_search_by(|part| (part.column as usize).cmp(&column));
        found.map_or("", |at| self.of(&self.cells[at]))
    }

    fn of(&self, part: &SheetPart) -> &str {
        let start = part.start as usize;
        &self.text[start..start + part.length as usize]
    }

    /// Writes to a cell, over what stands there.
    fn put(&mut self, column: u32, text: &str) -> Result<(), Exceeded> {
        let number = |length: usize| u32::try_from(length).map_err(|_| Exceeded);
        let part = SheetPart {
            column,
            start: number(self.text.len())?,
            length: number(text.len())?,
        };
        self.text.push_str(text);
        match self.cells.binary_search_by(|part| part.column.cmp(&column)) {
            Ok(at) => self.cells[at] = part,
            Err(at) => self.cells.insert(at, part),
        }
        Ok(())
    }

    /// How many columns it reaches over.
    pub(crate) fn width(&self) -> usize {
        self.cells.last().map_or(0, |part| part.column as usize + 1)
    }

    /// Bytes of its text.
    pub(crate) fn length(&self) -> usize {
        self.text.len()
    }

    /// Whether there is no text in it.
    pub(crate) fn is_blank(&self) -> bool {
        self.text.trim().is_empty()
    }

    /// Its cells in so many columns; what nobody filled in is empty.
    pub(crate) fn record(&self, columns: usize) -> ByteRecord {
        let mut record = ByteRecord::with_capacity(self.text.len(), columns);
        for part in &self.cells {
            let column = (part.column as usize).min(columns);
            (record.len()..column).for_each(|_| record.push_field(b""));
            if column == columns {
                break;
            }
            record.push_field(self.of(part).as_bytes());
        }
        (record.len()..columns).for_each(|_| record.push_field(b""));
        record
    }
}

/// A cell as a person reads it: whole numbers without decimals, dates as in ISO 8601.
pub(crate) fn text(value: &Data) -> SheetCell {
    SheetCell::Text(match value {
        Data::Empty => String::new(),
        Data::Int(number) => number.to_string(),
        Data::Float(number) => number.to_string(),
        Data::Bool(flag) => flag.to_string(),
        Data::String(text) | Data::DateTimeIso(text) | Data::DurationIso(text) => text.clone(),
        Data::DateTime(time) => date(time),
        Data::Error(error) => return SheetCell::Error(error.to_string()),
    })
}

fn date(time: &ExcelDateTime) -> String {
    let (year, month, day, hour, minute, second, _) = time.to_ymd_hms_milli();
    let clock = format!("{hour:02}:{minute:02}:{second:02}");
    // Times of day and durations have no day in them.
    if time.is_duration() || time.as_f64() < 1.0 {
        return clock;
    }
    let day = format!("{year:04}-{month:02}-{day:02}");
    if time.as_f64().fract() == 0.0 {
        day
    } else {
        format!("{day}T{clock}")
    }
}

#[cfg(test)]
mod tests {
    use calamine::ExcelDateTimeType;

    use super::*;

    #[test]
    fn cells_as_a_person_reads_them() {
        let time = |value| {
            let kind = ExcelDateTimeType::DateTime;
            Data::DateTime(ExcelDateTime::new(value, kind, false))
        };
        let cases = [
            (Data::Float(101.0), "101"),
            (Data::Float(1.5), "1.5"),
            (Data::Int(7), "7"),
            (Data::Bool(true), "true"),
            (Data::String("a".to_owned()), "a"),
            (time(45292.0), "2024-01-01"),
            (time(45292.5), "2024-01-01T12:00:00"),
            (time(0.25), "06:00:00"),
        ];
        for (value, expected) in cases {
            let SheetCell::Text(found) = text(&value) else {
                panic!("{value:?}");
            };
            assert_eq!(found, expected);
        }
    }
}
