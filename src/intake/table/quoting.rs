//! Judges whether the quotes in a delimited file are text, because whoever wrote it does not quote.

use super::delimited::Dialect;
use super::is_blank;
use super::rows::{DelimitedRow, DelimitedRows};
use crate::intake::bytes::{Text, TextProblem};
use crate::intake::read_files::ReadJob;

/// Whether quotes in the file are nothing but text: every line has as many cells as the first one
/// when it is split at each delimiter, no cell is properly quoted, and some cell cannot be meant as
/// quoted. A file that was cut off in a quoted cell has no such cell, and remains broken.
pub(crate) fn is_off(job: &ReadJob, delimiter: u8) -> Result<bool, TextProblem> {
    let text = Text::open(&job.content, job.folder.encoding)?;
    let dialect = Dialect {
        delimiter,
        quoting: false,
    };
    let mut rows = DelimitedRows::new(text, dialect, job.folder.limits.max_row_bytes);
    let (mut cells, mut told, mut open) = (None, false, false);
    while let Ok(DelimitedRow::Whole) = rows.advance() {
        let record = rows.record();
        if is_blank(record) {
            continue;
        }
        if *cells.get_or_insert(record.len()) != record.len() {
            return Ok(false);
        }
        // Text with tabs is rarely quoted, so there an open quote tells too, but not in the last row.
        told |= open && delimiter == b'\t';
        open = false;
        for cell in record {
            match quotes(cell) {
                Quotes::None => {}
                Quotes::Proper => return Ok(false),
                Quotes::Text => told = true,
                Quotes::Open => open = true,
            }
        }
    }
    Ok(told)
}

#[derive(Debug, PartialEq, Eq)]
enum Quotes {
    None,
    Proper,
    Open,
    Text,
}

fn quotes(cell: &[u8]) -> Quotes {
    let Some(inside) = cell.trim_ascii().strip_prefix(b"\"") else {
        return Quotes::None;
    };
    if inside.ends_with(b"\"") || inside.windows(2).any(|pair| pair == b"\"\"") {
        Quotes::Proper
    } else if inside.contains(&b'"') {
        Quotes::Text
    } else {
        Quotes::Open
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_cell_says_about_quoting() {
        let cases = [
            ("plain", Quotes::None),
            ("5\" pipe", Quotes::None),
            ("\"whole\"", Quotes::Proper),
            ("\"say \"hi\" now\"", Quotes::Proper),
            ("\"a \"\"b", Quotes::Proper),
            ("\"Hi\" she said", Quotes::Text),
            ("\"open", Quotes::Open),
            ("\"", Quotes::Open),
        ];
        for (cell, expected) in cases {
            assert_eq!(quotes(cell.as_bytes()), expected, "{cell}");
        }
    }
}
