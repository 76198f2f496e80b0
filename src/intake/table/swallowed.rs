//! Finds rows that a quoted cell has swallowed: a quote too few and one too many further down can
//! balance, so that the table parses and the rows between them are gone without a word. Pure.

use csv::ByteRecord;
use memchr::memchr_iter;

use crate::intake::bytes::newlines;

/// Why the row on `line` is not to be trusted: a line of one of its cells is by itself a row of the
/// table, and `is_row` gives its id. A cell with such lines of which no id is live is an answer that
/// shows a table.
pub(crate) fn swallowed(
    record: &ByteRecord,
    line: u64,
    delimiter: u8,
    width: usize,
    is_row: impl Fn(&ByteRecord) -> Option<String>,
) -> Option<String> {
    if !record.as_slice().contains(&b'\n') {
        return None;
    }
    let mut at = line;
    for (position, cell) in record.iter().enumerate() {
        let lines: Vec<&[u8]> = cell.split(|byte| *byte == b'\n').collect();
        // What stands on the first line is the cell's own beginning.
        for (number, text) in lines.iter().enumerate().skip(1) {
            let rest = if number + 1 == lines.len() {
                Some(position + 1)
            } else {
                None
            };
            let rows = rows(text, delimiter, width, record, rest);
            if let Some(id) = rows.iter().find_map(&is_row) {
                return Some(told(at + number as u64, &id));
            }
        }
        at += newlines(cell);
    }
    None
}

fn told(line: u64, id: &str) -> String {
    format!(
        "has a quoted cell with another row in it: line {line} is that of `{id}`, which is live. A quote is missing, or is one too many: write quotes inside a cell as \"\", or export the file again. If the cell is meant to show that line, begin the line with another character, such as `>`"
    )
}

/// The row that a line is, read with quotes and without; on the last line of a cell, the cells that
/// follow in the record may belong to it.
fn rows(
    line: &[u8],
    delimiter: u8,
    width: usize,
    record: &ByteRecord,
    rest: Option<usize>,
) -> Vec<ByteRecord> {
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    let follow = rest.map_or(0, |from| record.len().saturating_sub(from));
    // Most lines are prose, and have too few delimiters.
    if memchr_iter(delimiter, line).count() + 1 + follow < width {
        return Vec::new();
    }
    let mut found = vec![line.split(|byte| *byte == delimiter).collect()];
    if line.contains(&b'"') {
        found.extend(quoted(line, delimiter));
    }
    let is_row = |cells: &ByteRecord| cells.len() == width;
    let with_rest = found.iter().filter_map(|cells| {
        let mut cells: ByteRecord = cells.clone();
        cells.extend(record.iter().skip(rest?));
        Some(cells)
    });
    let with_rest: Vec<ByteRecord> = with_rest.collect();
    found.into_iter().chain(with_rest).filter(is_row).collect()
}

fn quoted(line: &[u8], delimiter: u8) -> Option<ByteRecord> {
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(delimiter)
        .has_headers(false)
        .flexible(true)
        .buffer_capacity(256)
        .from_reader(line);
    let mut record = ByteRecord::new();
    reader.read_byte_record(&mut record).ok()?.then_some(record)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The ids of the table are single letters, in its first column; those in capitals are live.
    fn found(cells: &[&str], width: usize) -> Option<String> {
        let is_row = |record: &ByteRecord| {
            let id = String::from_utf8_lossy(&record[0]).trim().to_owned();
            let is_live = id.len() == 1 && id.chars().all(char::is_uppercase);
            is_live.then_some(id)
        };
        let record: ByteRecord = cells.iter().collect();
        let told = swallowed(&record, 10, b',', width, is_row)?;
        let line = told.split("line ").nth(1)?.split(' ').next()?.to_owned();
        let id = told.split('`').nth(1)?.to_owned();
        Some(format!("{line} {id}"))
    }

    #[test]
    fn a_line_is_a_row_by_its_cells_and_its_id() {
        let cases: [(&[&str], Option<&str>); 16] = [
            (&["A", "q", "one line, B, x"], None),
            (&["A", "q", "first\nsecond"], None),
            (&["A", "q", "first\nB,q,a"], Some("11 B")),
            (&["A", "q", "first\r\nB,q,a\r\nlast"], Some("11 B")),
            (&["A", "q", "first\n\n\nB,q,a\nC,q,a"], Some("13 B")),
            (&["A", "q", "first\nb,q,a"], None),
            (&["A", "q", "first\nb,q,a\nC,q,a"], Some("12 C")),
            (&["A", "q", "first\nB,q"], None),
            (&["A", "q", "first\nB,q,a,more"], None),
            (&["A", "q", "B,q,a\nlast"], None),
            (&["A", "q", "first\nB,q,\"a, quoted\""], Some("11 B")),
            (&["A", "q", "first\nB,q,\"half open"], Some("11 B")),
            // Lines before it, in this cell and in those to the left.
            (&["A", "q\nr\ns", "first\nB,q,a"], Some("13 B")),
            // The row ends in the cells that follow.
            (&["A", "first\nB,q", "a"], Some("11 B")),
            (&["first\nB", "q", "a"], Some("11 B")),
            (&["A", "first\nB,q\nc", "a"], None),
        ];
        for (cells, expected) in cases {
            assert_eq!(found(cells, 3).as_deref(), expected, "{cells:?}");
        }
    }
}
