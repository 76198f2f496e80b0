//! Reads delimited text: comma, semicolon or tab, quoted as in RFC 4180 or not at all.

use csv::ByteRecord;

use super::delimiter::FoundDelimiter;
use super::header::Candidate;
use super::rows::{DelimitedRow, DelimitedRows};
use super::rows_taking::RowsTaking;
use super::{RowRefusal, delimiter, header, is_blank, kore, quoting};
use crate::intake::article_collector::ArticleCollector;
use crate::intake::bytes::{Text, TextProblem};
use crate::intake::cache::RowEnds;
use crate::intake::format_readers::FormatReader;
use crate::intake::read_files::ReadJob;
use crate::model::{FileFormat, Markup};

const QUOTES_ARE_TEXT: &str = "has quotes that do not balance, and every line has the header's number of cells, so its quotes were read as text";

const QUOTES_ARE_ESCAPED: &str = "has a backslash before the quotes in its quoted cells, as some databases export them, and was read so";

/// How the cells of a file are told apart.
#[derive(Clone, Copy)]
pub(crate) struct Dialect {
    pub(crate) delimiter: u8,
    pub(crate) quoting: bool,
    /// A backslash stands before a quote within a quoted cell.
    pub(crate) escapes: bool,
}

impl Dialect {
    /// The same, where quotes are text.
    pub(crate) const fn without_quotes(self) -> Self {
        Self {
            quoting: false,
            ..self
        }
    }

    /// The same, where a backslash stands before a quote in a quoted cell.
    pub(crate) const fn with_escapes(self) -> Self {
        Self {
            escapes: true,
            ..self
        }
    }
}

/// Text with delimiters that show themselves.
pub(crate) const CSV: FormatReader = FormatReader {
    row_ends: |job, head| row_ends(FileFormat::Csv, job, head),
    ..FormatReader::new(|job, collector| read(FileFormat::Csv, job, collector))
};

/// Text with tabs.
pub(crate) const TSV: FormatReader = FormatReader {
    row_ends: |job, head| row_ends(FileFormat::Tsv, job, head),
    ..FormatReader::new(|job, collector| read(FileFormat::Tsv, job, collector))
};

fn row_ends(format: FileFormat, job: &ReadJob, head: &[u8]) -> Option<RowEnds> {
    let found = delimiter(format, job, head);
    let delimiter = found.delimiter;
    found
        .is_told_by_header
        .then_some(RowEnds::Delimited { delimiter })
}

/// Reads all rows of a file.
fn read(
    format: FileFormat,
    job: &ReadJob,
    collector: &mut ArticleCollector,
) -> Result<(), TextProblem> {
    let mark = collector.mark();
    let text = job.text(collector)?;
    let found = delimiter(format, job, text.head());
    let delimiter = found.delimiter;
    let is_qna_maker = delimiter == b'\t' && header::is_qna_maker(text.head());
    let dialect = Dialect {
        delimiter,
        quoting: !is_qna_maker,
        escapes: false,
    };
    if job.fields.is_none() && kore::is_it(text.head(), delimiter) {
        let rows = DelimitedRows::new(text, dialect, job.folder.limits.max_row_bytes);
        return kore::read(rows, delimiter, job, collector);
    }
    let mut reader = DelimitedReader {
        job,
        found,
        is_qna_maker,
        unbalanced: false,
    };
    let outcome = reader.read(text, dialect, collector);
    let in_doubt = dialect.quoting && (reader.unbalanced || outcome.is_err());
    if in_doubt {
        collector.flaw();
    }
    // A part of a file does not tell what its quotes are.
    if !in_doubt || job.content.is_part() {
        return outcome;
    }
    let (dialect, told) = if quoting::is_off(job, delimiter)? {
        (dialect.without_quotes(), QUOTES_ARE_TEXT)
    } else if quoting::is_escaped(job, dialect)? {
        (dialect.with_escapes(), QUOTES_ARE_ESCAPED)
    } else {
        return outcome;
    };
    collector.back_to(mark);
    let text = job.text(collector)?;
    collector.note(job.place(0), told.to_owned());
    reader.read(text, dialect, collector)
}

/// What stands between two cells: as configured, or as the beginning of the text shows.
fn delimiter(format: FileFormat, job: &ReadJob, head: &[u8]) -> FoundDelimiter {
    let said = match (job.folder.delimiter, format) {
        (Some(configured), _) => Some(configured),
        (None, FileFormat::Tsv) => Some(b'\t'),
        (None, _) => None,
    };
    if let Some(delimiter) = said {
        return FoundDelimiter {
            delimiter,
            is_told_by_header: true,
        };
    }
    let word = FileFormat::word_for_file_name(job.name);
    delimiter::detect(head, word == Some(FileFormat::Tsv.word()))
}

struct DelimitedReader<'a> {
    job: &'a ReadJob<'a>,
    found: FoundDelimiter,
    is_qna_maker: bool,
    unbalanced: bool,
}

impl DelimitedReader<'_> {
    fn read(
        &mut self,
        text: Text,
        dialect: Dialect,
        collector: &mut ArticleCollector,
    ) -> Result<(), TextProblem> {
        let hasher = self
            .job
            .hasher_for(&text)
            .filter(|_| dialect.quoting && !dialect.escapes);
        let mut rows = DelimitedRows::new(text, dialect, self.job.folder.limits.max_row_bytes);
        let mut layout = header::find(self.job, || candidate(&mut rows))?;
        layout.unescape = self.is_qna_maker;
        if self.is_qna_maker && self.job.fields.is_none() {
            layout.columns.markup = Markup::Plain;
        }
        let can_be_known_again =
            layout.line > 0 && !layout.is_by_shape && self.found.is_told_by_header;
        collector.header(if can_be_known_again { layout.line } else { 0 });
        let hasher = hasher.filter(|_| can_be_known_again);
        let early = std::mem::take(&mut layout.early);
        let mut taking = RowsTaking::new(self.job, layout, collector);
        for row in early {
            taking.row(row.line, &row.record, None, None)?;
        }
        loop {
            let row = rows.advance()?;
            let (record, line) = (rows.record(), rows.line());
            let flaw = match row {
                DelimitedRow::End => return taking.finish(),
                DelimitedRow::Whole if is_blank(record) || is_rule(record) => continue,
                DelimitedRow::Whole if rows.is_unterminated() && taking.is_short(record) => {
                    Some(taking.torn(record))
                }
                DelimitedRow::Whole => taking.table.swallowed(record, line, dialect.delimiter),
                DelimitedRow::Flawed(reason) => Some(RowRefusal::rest(reason)),
                DelimitedRow::CutOff(began) => Some(RowRefusal::rest(cut_off(began))),
            };
            self.unbalanced |= flaw.is_some();
            let digest = hasher.map(|hasher| hasher.row(rows.raw()));
            taking.row(line, record, flaw, digest)?;
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

/// What stands below the header of a table in Markdown.
fn is_rule(record: &ByteRecord) -> bool {
    let filled = record.iter().filter(|cell| !cell.trim_ascii().is_empty());
    let mut cells = filled.peekable();
    let is_ruled = |cell: &[u8]| {
        let cell = cell.trim_ascii();
        cell.len() >= 3 && cell.iter().all(|byte| matches!(byte, b'-' | b':' | b'='))
    };
    record.len() > 1 && cells.peek().is_some() && cells.all(is_ruled)
}

// Excel writes and reads a first line `sep=;`.
fn is_separator_line(record: &ByteRecord) -> bool {
    record
        .get(0)
        .is_some_and(|cell| cell.starts_with(b"sep=") && record.len() <= 2)
}
