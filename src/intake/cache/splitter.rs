//! Where the rows of a text end, found at the speed of memory and without parsing them.

use memchr::{memchr, memchr3};

/// How the rows of a text are told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RowEnds {
    /// Delimited text with quotes as in RFC 4180.
    Delimited {
        /// What stands between two cells.
        delimiter: u8,
    },
    /// A row to a line.
    Lines,
}

impl RowEnds {
    /// Where the row that begins at the start of `text` ends, its line break included; `None` where
    /// `text` does not hold all of it.
    pub(super) fn end(self, text: &[u8]) -> Option<usize> {
        match self {
            Self::Lines => memchr(b'\n', text).map(|at| at + 1),
            Self::Delimited { delimiter } => end_of_record(text, delimiter),
        }
    }
}

/// The same ends as the `csv` crate finds, which a test holds it to: a quote counts only at the
/// start of a cell, and a carriage return alone ends a row too.
fn end_of_record(text: &[u8], delimiter: u8) -> Option<usize> {
    let mut at = 0;
    loop {
        let found = at + memchr3(b'"', b'\n', b'\r', &text[at..])?;
        match text[found] {
            b'"' if found == 0 || text[found - 1] == delimiter => {
                at = end_of_quoted(text, found + 1)?;
            }
            // Within a cell that does not begin with one, a quote is text.
            b'"' => at = found + 1,
            b'\r' if text.get(found + 1) == Some(&b'\n') => return Some(found + 2),
            // Whether a line feed follows is not known yet.
            b'\r' if found + 1 == text.len() => return None,
            _ => return Some(found + 1),
        }
    }
}

/// Behind the closing quote of a cell whose content begins at `at`.
fn end_of_quoted(text: &[u8], mut at: usize) -> Option<usize> {
    loop {
        let quote = at + memchr(b'"', text.get(at..)?)?;
        if text.get(quote + 1)? != &b'"' {
            return Some(quote + 1);
        }
        at = quote + 2;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The ends of all rows, with blank lines left out as the `csv` crate does.
    fn ends(text: &[u8]) -> Vec<Vec<u8>> {
        let rows = RowEnds::Delimited { delimiter: b',' };
        let (mut at, mut found) = (0, Vec::new());
        while let Some(end) = rows.end(&text[at..]) {
            found.push(text[at..at + end].to_vec());
            at += end;
        }
        found.push(text[at..].to_vec());
        found.retain(|row| row.iter().any(|byte| !b"\r\n".contains(byte)));
        found
    }

    fn cells(text: &[u8]) -> Vec<csv::ByteRecord> {
        csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .from_reader(text)
            .into_byte_records()
            .map(|record| record.expect("bytes in memory"))
            .collect()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4000))]
        #[test]
        fn rows_end_where_the_csv_crate_ends_them(text in "[a,\"\r\n]{0,24}") {
            let rows = ends(text.as_bytes());
            let alone: Vec<_> = rows.iter().flat_map(|row| cells(row)).collect();
            prop_assert_eq!(cells(text.as_bytes()), alone, "{:?}", rows);
        }
    }

    #[test]
    fn a_line_is_a_row() {
        assert_eq!(RowEnds::Lines.end(b"{\"a\":1}\n{}"), Some(8));
        assert_eq!(RowEnds::Lines.end(b"{}"), None);
    }
}
