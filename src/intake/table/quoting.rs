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
        escapes: false,
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

/// Whether a backslash stands before the quotes in quoted cells: read so, every line has as many cells as the
/// first one, and no backslash in the file is anything else.
pub(crate) fn is_escaped(job: &ReadJob, dialect: Dialect) -> Result<bool, TextProblem> {
    if !dialect.quoting {
        return Ok(false);
    }
    let text = Text::open(&job.content, job.folder.encoding)?;
    let max_row_bytes = job.folder.limits.max_row_bytes;
    let mut rows = DelimitedRows::new(text, dialect.with_escapes(), max_row_bytes);
    let (mut cells, mut told) = (None, false);
    loop {
        match rows.advance() {
            Ok(DelimitedRow::End) => return Ok(told),
            Ok(DelimitedRow::Whole) => {}
            _ => return Ok(false),
        }
        if is_blank(rows.record()) {
            continue;
        }
        let width = rows.record().len();
        if *cells.get_or_insert(width) != width {
            return Ok(false);
        }
        match escapes(rows.raw()) {
            Escapes::None => {}
            Escapes::Quotes => told = true,
            Escapes::Other => return Ok(false),
        }
    }
}

#[derive(Debug, PartialEq, Eq)]
enum Escapes {
    None,
    Quotes,
    Other,
}

/// What the backslashes of a row stand before: what else than a quote, a backslash or the end of a line follows
/// one, it would be lost.
fn escapes(row: &[u8]) -> Escapes {
    let mut found = Escapes::None;
    let mut bytes = row.iter();
    while let Some(byte) = bytes.next() {
        if *byte != b'\\' {
            continue;
        }
        match bytes.next() {
            Some(b'"') => found = Escapes::Quotes,
            Some(b'\\' | b'\n') => {}
            _ => return Escapes::Other,
        }
    }
    found
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
    fn a_backslash_that_is_more_than_an_escape_is_told() {
        for (row, expected) in [
            (r#"1,"a \"b\" c""#, Escapes::Quotes),
            ("1,\"a\\\nb\"", Escapes::None),
            (r#"1,"C:\new \"b\"""#, Escapes::Other),
            ("1,a", Escapes::None),
        ] {
            assert_eq!(escapes(row.as_bytes()), expected, "{row}");
        }
    }

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
