//! The used cells of one sheet of a workbook, as rows of text.

use calamine::{Data, Dimensions, ExcelDateTime};
use csv::ByteRecord;

use super::text::Problem;
use crate::config::Limits;

/// Rows above the table that may hold titles, besides as many rows as are allowed.
const SPARE_ROWS: usize = 20;

/// A row with something in it.
pub(super) struct Row {
    /// Its number in the sheet, from 1.
    pub(super) line: u64,
    pub(super) record: ByteRecord,
    /// The columns that hold an error such as `#N/A`.
    pub(super) errors: Vec<(usize, String)>,
}

/// A sheet. Its declared size counts for nothing: it is often a million blank rows.
pub(super) struct Sheet {
    pub(super) name: String,
    pub(super) rows: Vec<Row>,
    max_rows: usize,
    max_bytes: u64,
    bytes: u64,
}

/// The text of a cell.
pub(super) enum Cell {
    Text(String),
    Error(String),
}

impl Sheet {
    pub(super) fn new(name: String, limits: &Limits) -> Self {
        Self {
            name,
            rows: Vec::new(),
            max_rows: limits.max_rows.saturating_add(SPARE_ROWS),
            max_bytes: limits.max_file_bytes,
            bytes: 0,
        }
    }

    /// Adds a cell; cells come row by row. Tells whether more are wanted.
    pub(super) fn add(&mut self, row: u32, column: u32, cell: Cell) -> Result<bool, Problem> {
        let (line, column) = (u64::from(row) + 1, column as usize);
        let (text, error) = match cell {
            Cell::Text(text) => (text, None),
            Cell::Error(error) => (String::new(), Some(error)),
        };
        // One shared text may stand in a million cells.
        self.bytes += text.len() as u64;
        if self.bytes > self.max_bytes {
            return Err(self.too_much(line));
        }
        if text.trim().is_empty() && error.is_none() {
            return Ok(true);
        }
        if self.rows.last().is_none_or(|last| last.line != line) {
            if self.rows.len() > self.max_rows {
                return Ok(false);
            }
            self.rows.push(Row {
                line,
                record: ByteRecord::new(),
                errors: Vec::new(),
            });
        }
        let Some(row) = self.rows.last_mut() else {
            return Ok(true);
        };
        (row.record.len()..column).for_each(|_| row.record.push_field(b""));
        row.record.push_field(text.as_bytes());
        row.errors.extend(error.map(|error| (column, error)));
        Ok(true)
    }
}

impl Sheet {
    /// Writes what stands in a merged cell to every row that it goes over, as a person reads it.
    pub(super) fn fill_merged(&mut self, merged: &[Dimensions]) -> Result<(), Problem> {
        for area in merged.iter().filter(|area| area.end.0 > area.start.0) {
            let column = area.start.1 as usize;
            let lines = u64::from(area.start.0) + 1..=u64::from(area.end.0) + 1;
            let first = self.rows.partition_point(|row| row.line < *lines.start());
            let rows = self.rows[first..].iter_mut();
            let mut rows = rows.take_while(|row| lines.contains(&row.line));
            let Some(top) = rows.next().filter(|row| row.line == *lines.start()) else {
                continue;
            };
            let text = top.record.get(column).unwrap_or_default().to_vec();
            for row in rows {
                self.bytes += text.len() as u64;
                row.fill(column, &text);
            }
            if self.bytes > self.max_bytes {
                return Err(self.too_much(*lines.start()));
            }
        }
        Ok(())
    }

    fn too_much(&self, line: u64) -> Problem {
        // Nothing of a workbook is taken before all of it was read.
        Problem::unusable(
            line,
            format!(
                "holds more text than max_file_bytes = {} by here; raise max_file_bytes if it is meant to be so long",
                self.max_bytes
            ),
        )
    }
}

impl Row {
    /// Writes to a cell where nothing stands.
    fn fill(&mut self, column: usize, text: &[u8]) {
        let cell = self.record.get(column).unwrap_or_default();
        if !cell.trim_ascii().is_empty() {
            return;
        }
        let mut filled = ByteRecord::new();
        for at in 0..self.record.len().max(column + 1) {
            let cell = self.record.get(at).unwrap_or_default();
            filled.push_field(if at == column { text } else { cell });
        }
        self.record = filled;
    }
}

/// A cell as a person reads it: whole numbers without decimals, dates as in ISO 8601.
pub(super) fn text(value: &Data) -> Cell {
    Cell::Text(match value {
        Data::Empty => String::new(),
        Data::Int(number) => number.to_string(),
        Data::Float(number) => number.to_string(),
        Data::Bool(flag) => flag.to_string(),
        Data::String(text) | Data::DateTimeIso(text) | Data::DurationIso(text) => text.clone(),
        Data::DateTime(time) => date(time),
        Data::Error(error) => return Cell::Error(error.to_string()),
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
            let Cell::Text(found) = text(&value) else {
                panic!("{value:?}");
            };
            assert_eq!(found, expected);
        }
    }
}
