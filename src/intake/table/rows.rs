//! The rows of a delimited file with their true line numbers, and what is wrong with their quotes.

use std::io::{self, Read};

use csv::ByteRecord;
use memchr::{memchr, memchr2};

use super::delimited::Dialect;
use crate::intake::bytes::{RecordWindow, Text, TextProblem, newlines, too_long};

const BUFFER: usize = 64 * 1024;
/// Appended to the text as a line of its own. A row that has swallowed it never closed its quote.
const END: &[u8] = b"\n\x1eend of file\x1e";

/// What [`DelimitedRows::advance`] came to.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum DelimitedRow {
    /// The row is in [`DelimitedRows::record`].
    Whole,
    /// The row is in [`DelimitedRows::record`] but cannot be trusted, for this reason.
    Flawed(String),
    /// The last row: the file ends inside a quoted cell that began on this line.
    CutOff(u64),
    /// There are no more rows.
    End,
}

/// A text with the line that marks its end.
struct RowEnded {
    text: Box<dyn Read>,
    /// Bytes of the text, as far as it was read, and the last of them.
    length: u64,
    last: u8,
    /// What is left of the mark, once the text has ended.
    mark: Option<&'static [u8]>,
}

impl RowEnded {
    fn new(text: Text) -> Self {
        Self {
            text: text.reader(),
            length: 0,
            last: b'\n',
            mark: None,
        }
    }
}

impl Read for RowEnded {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if let Some(mark) = &mut self.mark {
            return mark.read(buffer);
        }
        let count = self.text.read(buffer)?;
        if count == 0 && !buffer.is_empty() {
            return self.mark.insert(END).read(buffer);
        }
        self.length += count as u64;
        self.last = buffer[..count].last().copied().unwrap_or(self.last);
        Ok(count)
    }
}

/// Reads row by row into one record.
pub(crate) struct DelimitedRows {
    reader: csv::Reader<RecordWindow<RowEnded>>,
    record: ByteRecord,
    dialect: Dialect,
    max_row_bytes: usize,
    line: u64,
    next_line: u64,
}

impl DelimitedRows {
    pub(crate) fn new(text: Text, dialect: Dialect, max_row_bytes: usize) -> Self {
        let window = RecordWindow::new(RowEnded::new(text), max_row_bytes);
        Self {
            reader: csv::ReaderBuilder::new()
                .delimiter(dialect.delimiter)
                .quoting(dialect.quoting)
                .escape(dialect.escapes.then_some(b'\\'))
                .has_headers(false)
                // Ragged rows are reported by us, with their id.
                .flexible(true)
                .buffer_capacity(BUFFER)
                .from_reader(window),
            record: ByteRecord::new(),
            dialect,
            max_row_bytes,
            line: 0,
            next_line: 1,
        }
    }

    /// The cells of the row.
    pub(crate) fn record(&self) -> &ByteRecord {
        &self.record
    }

    /// The row as it stands in the text.
    pub(crate) fn raw(&self) -> &[u8] {
        self.reader.get_ref().raw(self.reader.position().byte())
    }

    /// Whether the text ends in the row, and not with a line break.
    pub(crate) fn is_unterminated(&self) -> bool {
        let text = self.reader.get_ref().inner();
        let is_last = text.mark.is_some() && self.reader.position().byte() > text.length;
        is_last && !matches!(text.last, b'\n' | b'\r')
    }

    /// The line on which the row begins.
    pub(crate) fn line(&self) -> u64 {
        self.line
    }

    /// Goes to the next row.
    pub(crate) fn advance(&mut self) -> Result<DelimitedRow, TextProblem> {
        let begin = self.reader.position().byte();
        self.reader.get_mut().begin_record(begin);
        let found = self
            .reader
            .read_byte_record(&mut self.record)
            .map_err(|error| TextProblem::broken_off(self.next_line, &io_error(error)))?;
        if !found {
            return Ok(DelimitedRow::End);
        }
        self.place();
        Ok(self.judge())
    }

    fn place(&mut self) {
        let end = self.reader.position();
        let raw = self.reader.get_ref().raw(end.byte());
        // The parser leaves the second half of a CRLF to the next record.
        let ended_by_newline = raw.last() == Some(&b'\n');
        self.line = end.line() - newlines(self.record.as_slice()) - u64::from(ended_by_newline);
        self.next_line = end.line() + u64::from(!ended_by_newline);
    }

    fn judge(&self) -> DelimitedRow {
        let last = self.record.len().saturating_sub(1);
        let last_cell = self.record.get(last).unwrap_or_default();
        if last == 0 && last_cell == &END[1..] {
            return DelimitedRow::End;
        }
        if last_cell.ends_with(END) {
            let before = self.record.iter().take(last).map(newlines).sum::<u64>();
            return DelimitedRow::CutOff(self.line + before);
        }
        if self.record.as_slice().len() > self.max_row_bytes {
            return DelimitedRow::Flawed(too_long(self.max_row_bytes));
        }
        if self.dialect.quoting {
            // The cells do not tell: the parser drops the quotes of `"Hi" she said`.
            let raw = self.raw();
            if has_stray_quote(raw, self.dialect) {
                return DelimitedRow::Flawed(
                    "has a quote inside a quoted cell that is not doubled, so it is unclear where the cell ends; write it as \"\"".to_owned(),
                );
            }
        }
        DelimitedRow::Whole
    }
}

fn io_error(error: csv::Error) -> io::Error {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => error,
        other => io::Error::other(format!("{other:?}")),
    }
}

/// Whether a quoted cell goes on after its closing quote. The parser takes such a row as it can,
/// and would let one missing quote swallow the rows up to the next.
fn has_stray_quote(raw: &[u8], dialect: Dialect) -> bool {
    let delimiter = dialect.delimiter;
    let without = |blanks: &[u8], text: &[u8]| {
        let ends = |byte: &u8| *byte == delimiter || !blanks.contains(byte);
        text.iter().position(ends).unwrap_or(text.len())
    };
    let mut rest = raw;
    loop {
        // Here a cell begins.
        rest = &rest[without(b"\r\n", rest)..];
        while let Some(quoted) = rest.strip_prefix(b"\"") {
            let Some(end) = end_of_quotes(quoted, dialect.escapes) else {
                return false;
            };
            rest = &quoted[end + 1..];
            rest = &rest[without(b" \t\r\n", rest)..];
            match rest.first() {
                // The second one of two.
                Some(b'"') => {}
                Some(byte) if *byte == delimiter => break,
                Some(_) => return true,
                None => return false,
            }
        }
        let Some(end) = memchr(delimiter, rest) else {
            return false;
        };
        rest = &rest[end + 1..];
    }
}

/// Where the next quote is that no backslash stands before, if that has a meaning.
fn end_of_quotes(quoted: &[u8], escapes: bool) -> Option<usize> {
    if !escapes {
        return memchr(b'"', quoted);
    }
    let mut from = 0;
    loop {
        let at = from + memchr2(b'"', b'\\', quoted.get(from..)?)?;
        if quoted[at] == b'"' {
            return Some(at);
        }
        from = at + 2;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn stray_quotes() {
        let cases: [(&str, bool); 12] = [
            (r#"a,"b",c"#, false),
            (r#"a,"b ""quoted"" b",c"#, false),
            (r#"a,5" pipe,c"#, false),
            (r#"a,"b" ,c"#, false),
            (r#"a,"""",c"#, false),
            (r#"a,"b"b,c"#, true),
            (r#"a,"say "hi" now",c"#, true),
            ("a,\"open\nb,q,\"x\"\n", true),
            ("\n\"a\",\"b\"\r", false),
            (r#"a,"b" b,c"#, true),
            (r#"a,"b" "c",d"#, false),
            (r#""a","b""#, false),
        ];
        for (raw, expected) in cases {
            let dialect = Dialect {
                delimiter: b',',
                quoting: true,
                escapes: false,
            };
            assert_eq!(has_stray_quote(raw.as_bytes(), dialect), expected, "{raw}");
        }
    }

    /// The same, byte by byte.
    fn has_stray_quote_by_bytes(raw: &[u8], dialect: Dialect) -> bool {
        #[derive(Clone, Copy)]
        enum In {
            Start,
            Bare,
            Quoted,
            Closed,
            Escaped,
        }
        let Dialect {
            delimiter, escapes, ..
        } = dialect;
        let mut state = In::Start;
        for byte in raw {
            state = match (state, *byte) {
                (In::Quoted, b'\\') if escapes => In::Escaped,
                (In::Quoted, b'"') => In::Closed,
                (In::Start | In::Closed, b'"') | (In::Quoted | In::Escaped, _) => In::Quoted,
                (_, byte) if byte == delimiter => In::Start,
                (In::Start, b'\r' | b'\n') => In::Start,
                (In::Closed, b' ' | b'\t' | b'\r' | b'\n') => In::Closed,
                (In::Closed, _) => return true,
                (In::Start | In::Bare, _) => In::Bare,
            };
        }
        false
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(5000))]
        #[test]
        fn stray_quotes_are_found_wherever_they_are(raw in "[a\", \\\\\t\r\n]{0,16}") {
            for (delimiter, escapes) in [(b',', false), (b'\t', false), (b',', true)] {
                let dialect = Dialect { delimiter, quoting: true, escapes };
                let expected = has_stray_quote_by_bytes(raw.as_bytes(), dialect);
                prop_assert_eq!(has_stray_quote(raw.as_bytes(), dialect), expected);
            }
        }
    }
}
