//! The used cells of one sheet of a workbook, as rows of text.

use std::sync::Arc;

use calamine::{Data, Dimensions};
use csv::ByteRecord;

use super::facts::SheetFacts;
use super::format::{general, iso, shown};
use crate::config::SourceLimits;
use crate::intake::budget::{Budget, Exceeded};
use crate::intake::bytes::TextProblem;

/// Rows above the table that may hold titles, besides as many rows as are allowed.
const SPARE_ROWS: usize = 20;
/// What a row and a cell take besides their text. Lists grow by doubling.
const ROW: usize = 200;
const CELL: usize = 24;
const LINK: usize = 32;
/// As many columns as a sheet of Excel has.
const MAX_COLUMNS: u32 = 1 << 14;
/// Rows below the header, times its columns: each of them is looked at.
const MAX_AREA: usize = 1 << 28;

/// A row with something in it. Only the cells with text are kept: a sheet may have its last one far to
/// the right of all others.
pub(crate) struct SheetRow {
    /// Its number in the sheet, from 1.
    pub(crate) line: u64,
    /// Whether nobody sees it.
    pub(crate) is_hidden: bool,
    /// The columns that hold an error such as `#N/A`.
    pub(crate) errors: Vec<(usize, String)>,
    /// The columns of which something is struck out.
    pub(crate) struck: Vec<usize>,
    /// The columns that hold a link, and where it leads.
    links: Vec<(usize, Arc<str>)>,
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
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum SheetCell {
    Text(String),
    Error(String),
    /// What is left of a text of which something is struck out.
    Struck(String),
}

impl SheetCell {
    /// Its words, or those of its error.
    pub(crate) fn words(&self) -> &str {
        match self {
            Self::Text(text) | Self::Error(text) | Self::Struck(text) => text,
        }
    }
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
        let is_struck = matches!(cell, SheetCell::Struck(_));
        let (text, error) = match cell {
            SheetCell::Text(text) | SheetCell::Struck(text) => (text, None),
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
        if text.trim().is_empty() && error.is_none() && !is_struck {
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
                is_hidden: false,
                errors: Vec::new(),
                struck: Vec::new(),
                links: Vec::new(),
                text: String::new(),
                cells: Vec::new(),
            });
        }
        if let Some(row) = self.rows.last_mut() {
            row.put(column, &text)
                .map_err(|Exceeded| Exceeded::at(line))?;
            row.struck.extend(is_struck.then_some(column as usize));
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

    /// Takes over what is known of rows and cells besides their text.
    pub(crate) fn learn(
        &mut self,
        facts: &SheetFacts,
        budget: &mut Budget,
    ) -> Result<(), TextProblem> {
        for row in &mut self.rows {
            let number = u32::try_from(row.line - 1);
            row.is_hidden = number.is_ok_and(|number| facts.hidden.contains(&number));
        }
        let mut visited = 0_usize;
        for (area, target) in &facts.links {
            let Some(target) = outside(target) else {
                continue;
            };
            let target: Arc<str> = target.into();
            let first = u64::from(area.start.0) + 1;
            let last = u64::from(area.end.0) + 1;
            let mut at = self.rows.partition_point(|row| row.line < first);
            while let Some(row) = self.rows.get_mut(at).filter(|row| row.line <= last) {
                let columns = area.start.1 as usize..=area.end.1 as usize;
                let cells = row.cells.iter().map(|part| part.column as usize);
                let linked: Vec<usize> = cells.filter(|at| columns.contains(at)).collect();
                let line = row.line;
                visited += row.cells.len();
                let bytes = linked.len() * LINK;
                row.links
                    .extend(linked.into_iter().map(|column| (column, target.clone())));
                self.hold(bytes, line, budget)?;
                if visited > MAX_AREA {
                    return Err(too_far(line));
                }
                at += 1;
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

    /// Its cells in so many columns; what nobody filled in is empty. Where a link leads stands behind its
    /// words, in columns that are to show it.
    pub(crate) fn record(&self, columns: usize, shows_links: impl Fn(usize) -> bool) -> ByteRecord {
        let mut record = ByteRecord::with_capacity(self.text.len(), columns);
        for part in &self.cells {
            let column = (part.column as usize).min(columns);
            (record.len()..column).for_each(|_| record.push_field(b""));
            if column == columns {
                break;
            }
            let text = self.of(part);
            match self.links.iter().find(|(at, _)| *at == column) {
                Some((_, target)) if shows_links(column) && !says(text, target) => {
                    record.push_field(format!("{text} ({target})").as_bytes());
                }
                _ => record.push_field(text.as_bytes()),
            }
        }
        (record.len()..columns).for_each(|_| record.push_field(b""));
        record
    }
}

/// The address of a link that leads out of the workbook, as a reader can use it.
fn outside(target: &str) -> Option<&str> {
    let (scheme, rest) = target.split_once(':')?;
    match &*scheme.to_ascii_lowercase() {
        "http" | "https" => Some(target),
        "mailto" | "tel" => rest.split('?').next(),
        _ => None,
    }
}

/// Whether a text says already where its link leads.
fn says(text: &str, target: &str) -> bool {
    let bare = target.split_once("://").map_or(target, |(_, rest)| rest);
    text.contains(bare.trim_end_matches('/'))
}

/// A cell as a person reads it, by the code of its number format where that is known.
pub(crate) fn text(value: &Data, format: Option<&str>, is_1904: bool) -> SheetCell {
    let number = |value: f64| {
        let shown = format.and_then(|code| shown(value, code, is_1904));
        shown.unwrap_or_else(|| general(value))
    };
    SheetCell::Text(match value {
        Data::Empty => String::new(),
        #[expect(clippy::cast_precision_loss, reason = "what is longer stays as it is")]
        Data::Int(whole) if whole.unsigned_abs() < 1 << 53 => number(*whole as f64),
        Data::Int(whole) => whole.to_string(),
        Data::Float(value) => number(*value),
        Data::Bool(flag) => flag.to_string().to_uppercase(),
        Data::String(text) | Data::DateTimeIso(text) | Data::DurationIso(text) => text.clone(),
        Data::DateTime(time) => {
            let shown = format.and_then(|code| shown(time.as_f64(), code, is_1904));
            shown.unwrap_or_else(|| iso(time.as_f64(), time.is_duration(), is_1904))
        }
        Data::Error(error) => return SheetCell::Error(error.to_string()),
    })
}

#[cfg(test)]
mod tests {
    use calamine::{ExcelDateTime, ExcelDateTimeType};

    use super::*;

    #[test]
    fn cells_as_a_person_reads_them() {
        let time = |value| {
            let kind = ExcelDateTimeType::DateTime;
            Data::DateTime(ExcelDateTime::new(value, kind, false))
        };
        let cases = [
            (Data::Float(101.0), None, "101"),
            (Data::Float(1.5), None, "1.5"),
            (Data::Int(7), None, "7"),
            (Data::Int(7), Some("000"), "007"),
            (Data::Float(0.2), Some("0%"), "20%"),
            (Data::Bool(true), None, "TRUE"),
            (Data::String("a".to_owned()), Some("0"), "a"),
            (time(45292.0), None, "2024-01-01"),
            (time(45292.0), Some("dd.mm.yyyy"), "01.01.2024"),
            (time(45292.5), Some("d-mmm"), "2024-01-01T12:00:00"),
            (time(0.25), None, "06:00:00"),
        ];
        for (value, format, expected) in cases {
            let SheetCell::Text(found) = text(&value, format, false) else {
                panic!("{value:?}");
            };
            assert_eq!(found, expected);
        }
    }

    #[test]
    fn links_that_lead_out_are_told_once() {
        for (target, expected) in [
            ("https://a.example/x", Some("https://a.example/x")),
            ("mailto:a@b.example?subject=x", Some("a@b.example")),
            ("file:///C:/x", None),
            ("Sheet2!A1", None),
        ] {
            assert_eq!(outside(target), expected);
        }
        assert!(says("see a.example/x", "https://a.example/x/"));
        assert!(!says("see there", "https://a.example/x"));
    }
}
