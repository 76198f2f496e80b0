//! Reads delimited text: comma, semicolon or tab, quoted as in RFC 4180 or not at all.

use csv::ByteRecord;

use super::header::Candidate;
use super::rows::{DelimitedRow, DelimitedRows};
use super::{ArticleTable, RowRefusal, header, is_blank, kore, quoting};
use crate::config::Folder;
use crate::intake::article_collector::ArticleCollector;
use crate::intake::bytes::{Text, TextProblem};
use crate::intake::cache::RowEnds;
use crate::intake::format_readers::FormatReader;
use crate::intake::read_files::ReadJob;
use crate::model::{FileFormat, Markup};

const QUOTES_ARE_TEXT: &str = "has quotes that do not balance, and every line has the header's number of cells, so its quotes were read as text";

/// How the cells of a file are told apart.
#[derive(Clone, Copy)]
pub(crate) struct Dialect {
    pub(crate) delimiter: u8,
    pub(crate) quoting: bool,
}

/// Text with delimiters that show themselves.
pub(crate) const CSV: FormatReader = FormatReader {
    row_ends: |folder, head| Some(row_ends(FileFormat::Csv, folder, head)),
    ..FormatReader::new(|job, gathering| read(FileFormat::Csv, job, gathering))
};

/// Text with tabs.
pub(crate) const TSV: FormatReader = FormatReader {
    row_ends: |folder, head| Some(row_ends(FileFormat::Tsv, folder, head)),
    ..FormatReader::new(|job, gathering| read(FileFormat::Tsv, job, gathering))
};

fn row_ends(format: FileFormat, folder: &Folder, head: &[u8]) -> RowEnds {
    RowEnds::Delimited {
        delimiter: delimiter(format, folder, head),
    }
}

/// Reads all rows of a file.
fn read(
    format: FileFormat,
    job: &ReadJob,
    gathering: &mut ArticleCollector,
) -> Result<(), TextProblem> {
    let mark = gathering.mark();
    let text = job.text(gathering)?;
    let delimiter = delimiter(format, job.folder, text.head());
    let is_qna_maker = delimiter == b'\t' && header::is_qna_maker(text.head());
    let dialect = Dialect {
        delimiter,
        quoting: !is_qna_maker,
    };
    if job.fields.is_none() && kore::is_it(text.head(), delimiter) {
        let rows = DelimitedRows::new(text, dialect, job.folder.limits.max_row_bytes);
        return kore::read(rows, delimiter, job, gathering);
    }
    let mut reader = DelimitedReader {
        job,
        is_qna_maker,
        unbalanced: false,
    };
    let outcome = reader.read(text, dialect, gathering);
    let in_doubt = dialect.quoting && (reader.unbalanced || outcome.is_err());
    if in_doubt {
        gathering.flaw();
    }
    // A part of a file does not tell what its quotes are.
    if !in_doubt || job.content.is_part() || !quoting::is_off(job, delimiter)? {
        return outcome;
    }
    gathering.back_to(mark);
    let text = job.text(gathering)?;
    gathering.note(job.place(0), QUOTES_ARE_TEXT.to_owned());
    let dialect = Dialect {
        delimiter,
        quoting: false,
    };
    reader.read(text, dialect, gathering)
}

/// What stands between two cells: as configured, or as the beginning of the text shows.
fn delimiter(format: FileFormat, folder: &Folder, head: &[u8]) -> u8 {
    match (folder.delimiter, format) {
        (Some(configured), _) => configured,
        (None, FileFormat::Tsv) => b'\t',
        (None, _) => detect(head),
    }
}

struct DelimitedReader<'a> {
    job: &'a ReadJob<'a>,
    is_qna_maker: bool,
    unbalanced: bool,
}

impl DelimitedReader<'_> {
    fn read(
        &mut self,
        text: Text,
        dialect: Dialect,
        gathering: &mut ArticleCollector,
    ) -> Result<(), TextProblem> {
        let hasher = self.job.hasher_for(&text).filter(|_| dialect.quoting);
        let mut rows = DelimitedRows::new(text, dialect, self.job.folder.limits.max_row_bytes);
        let mut layout = header::find(self.job, || candidate(&mut rows))?;
        layout.unescape = self.is_qna_maker;
        if self.is_qna_maker && self.job.fields.is_none() {
            layout.columns.markup = Markup::Plain;
        }
        let can_be_known_again = layout.line > 0 && !layout.is_by_shape;
        gathering.header(if can_be_known_again { layout.line } else { 0 });
        let hasher = hasher.filter(|_| can_be_known_again);
        let early = std::mem::take(&mut layout.early);
        let mut table = ArticleTable::new(self.job, layout, gathering);
        for row in early {
            gathering.row(row.line)?;
            table.take(&row.record, row.line, None, gathering);
        }
        loop {
            let row = rows.advance()?;
            let (record, line) = (rows.record(), rows.line());
            let flaw = match row {
                DelimitedRow::End => {
                    table.finish(gathering);
                    return Ok(());
                }
                DelimitedRow::Whole if is_blank(record) => continue,
                DelimitedRow::Whole => table.swallowed(record, line, dialect.delimiter),
                DelimitedRow::Flawed(reason) => Some(RowRefusal::rest(reason)),
                DelimitedRow::CutOff(began) => Some(RowRefusal::rest(cut_off(began))),
            };
            self.unbalanced |= flaw.is_some();
            gathering.row(line)?;
            gathering.digest(hasher.map(|hasher| hasher.row(rows.raw())));
            table.take(record, line, flaw, gathering);
        }
    }
}

/// The next row that may be the header.
fn candidate(rows: &mut DelimitedRows) -> Result<Option<Candidate>, TextProblem> {
    loop {
        let row = rows.advance()?;
        let problem = |reason: String| TextProblem::unusable(rows.line(), reason);
        match row {
            DelimitedRow::End => return Ok(None),
            DelimitedRow::Flawed(reason) => return Err(problem(reason)),
            DelimitedRow::CutOff(began) => return Err(problem(cut_off(began))),
            DelimitedRow::Whole if is_blank(rows.record()) || is_separator_line(rows.record()) => {}
            DelimitedRow::Whole => {
                return Ok(Some(Candidate {
                    record: rows.record().clone(),
                    line: rows.line(),
                }));
            }
        }
    }
}

fn cut_off(began: u64) -> String {
    format!(
        "the file ends inside a quoted cell that began on line {began}; it looks cut off, so export it again"
    )
}

// Excel writes and reads a first line `sep=;`.
fn is_separator_line(record: &ByteRecord) -> bool {
    record
        .get(0)
        .is_some_and(|cell| cell.starts_with(b"sep=") && record.len() <= 2)
}

/// The delimiter of the first line that has any: the one of comma, semicolon and tab that it has most of
/// outside quotes.
fn detect(head: &[u8]) -> u8 {
    let head = head.trim_ascii_start();
    if let Some([delimiter @ (b',' | b';' | b'\t'), ..]) = head.strip_prefix(b"sep=") {
        return *delimiter;
    }
    let mut counts = [(b',', 0_usize), (b';', 0), (b'\t', 0)];
    let mut quoted = false;
    for byte in head {
        match byte {
            b'"' => quoted = !quoted,
            b'\r' | b'\n' if !quoted && counts.iter().any(|count| count.1 > 0) => break,
            _ if quoted => {}
            _ => {
                if let Some(count) = counts.iter_mut().find(|count| count.0 == *byte) {
                    count.1 += 1;
                }
            }
        }
    }
    // `max_by_key` takes the last of equals, and a comma is the likeliest.
    counts
        .iter()
        .rev()
        .max_by_key(|count| count.1)
        .map_or(b',', |count| count.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_delimiter_is_that_of_the_header() {
        let cases: [(&str, u8); 9] = [
            ("id,question,answer\n1;2;3;4;5", b','),
            ("id;question;answer\n1,2,3,4,5", b';'),
            ("id\tquestion\tanswer\n", b'\t'),
            ("\"a,b,c,d\";question;answer\n", b';'),
            ("\n\nid;question;answer", b';'),
            ("\"multi\nline,,,,\"\tquestion\tanswer", b'\t'),
            ("id", b','),
            ("", b','),
            ("sep=;\nid;question,,,", b';'),
        ];
        for (head, expected) in cases {
            assert_eq!(detect(head.as_bytes()), expected, "{head}");
        }
    }
}
