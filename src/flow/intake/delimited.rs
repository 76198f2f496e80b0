//! Reads delimited text: comma, semicolon or tab, quoted as in RFC 4180.

use std::sync::Arc;

use csv::ByteRecord;

use super::gathering::Gathering;
use super::mapping::{self, Columns};
use super::read::Job;
use super::rows::{Row, Rows};
use super::text::{Problem, Text};
use super::{Article, Place};

const NOT_UTF8: &str =
    "has bytes that are not UTF-8; export the file again as UTF-8 (Excel: \"CSV UTF-8\")";

/// Reads all rows of a file.
pub(super) fn read(text: Text, job: &Job, gathering: &mut Gathering) -> Result<(), Problem> {
    let delimiter = job.folder.delimiter.unwrap_or_else(|| detect(text.head()));
    let mut rows = Rows::new(text, delimiter, job.folder.limits.max_row_bytes);
    let header = header(&mut rows)?;
    let columns = mapping::columns(job.fields, &header).map_err(|reason| Problem {
        line: rows.line(),
        reason,
    })?;
    let mut reader = Reader {
        file: job.file.clone(),
        header,
        columns,
        noted_extras: false,
    };
    loop {
        let row = rows.advance()?;
        let (record, line) = (rows.record(), rows.line());
        if row == Row::End {
            return Ok(());
        }
        if row == Row::Whole && is_blank(record) {
            continue;
        }
        gathering.row(line)?;
        reader.take(row, record, line, gathering);
    }
}

struct Reader {
    file: Arc<str>,
    header: Vec<String>,
    columns: Columns,
    noted_extras: bool,
}

impl Reader {
    fn take(&mut self, row: Row, record: &ByteRecord, line: u64, gathering: &mut Gathering) {
        let place = Place {
            file: self.file.clone(),
            line,
        };
        match self.article(row, record, place.clone()) {
            Ok(article) => {
                self.note_extras(record, &place, gathering);
                gathering.article(article);
            }
            Err(reason) => {
                let id = self.cell(record, self.columns.id).ok();
                // Longer than this it is no id, but text that a missing quote swept up.
                let id = id.filter(|id| !id.is_empty() && id.len() <= 1000);
                gathering.reject(place, id.map(str::to_owned), reason);
            }
        }
    }

    fn article(&self, row: Row, record: &ByteRecord, place: Place) -> Result<Article, String> {
        match row {
            Row::Flawed(reason) => return Err(reason),
            Row::CutOff(began) => return Err(cut_off(began)),
            Row::Whole | Row::End => {}
        }
        if record.len() != self.header.len() {
            return Err(format!(
                "has {} cells where the header has {}; look for a missing quote or an unquoted delimiter",
                record.len(),
                self.header.len()
            ));
        }
        let id = self.cell(record, self.columns.id)?;
        if id.is_empty() {
            return Err(format!(
                "has no id (column `{}` is empty); every article needs one that never changes",
                self.header[self.columns.id]
            ));
        }
        Ok(Article {
            id: id.to_owned(),
            questions: self.cells(record, &self.columns.question, "question")?,
            answers: self.cells(record, &self.columns.answer, "answer")?,
            markup: self.columns.markup,
            place,
        })
    }

    fn cells(
        &self,
        record: &ByteRecord,
        positions: &[usize],
        role: &str,
    ) -> Result<Vec<String>, String> {
        let mut cells = Vec::with_capacity(positions.len());
        for position in positions {
            let cell = self.cell(record, *position)?;
            if !cell.is_empty() {
                cells.push(cell.to_owned());
            }
        }
        if cells.is_empty() {
            let names: Vec<&str> = positions.iter().map(|at| &*self.header[*at]).collect();
            Err(nothing_for(role, &names))
        } else {
            Ok(cells)
        }
    }

    fn cell<'r>(&self, record: &'r ByteRecord, position: usize) -> Result<&'r str, String> {
        let bytes = record.get(position).unwrap_or_default();
        let column = || self.header.get(position).map_or("", String::as_str);
        let text = std::str::from_utf8(bytes)
            .map_err(|_| format!("{NOT_UTF8}; they are in column `{}`", column()))?;
        if text.contains('\0') {
            Err(format!(
                "is not text: column `{}` has zero bytes in it; export the file again",
                column()
            ))
        } else {
            Ok(text.trim())
        }
    }

    fn note_extras(&mut self, record: &ByteRecord, place: &Place, gathering: &mut Gathering) {
        if self.noted_extras {
            return;
        }
        let filled = |at: &&usize| {
            record
                .get(**at)
                .is_some_and(|cell| !cell.trim_ascii().is_empty())
        };
        if let Some(extra) = self.columns.vendor_extras.iter().find(filled) {
            self.noted_extras = true;
            gathering.note(
                place.clone(),
                format!(
                    "the column `{}` is not sent, here and in the rows below; write buttons, links and quick replies as HSL in the answer",
                    self.header[*extra]
                ),
            );
        }
    }
}

/// Why a row without any question, or without any answer, is not taken.
pub(super) fn nothing_for(role: &str, names: &[&str]) -> String {
    let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    format!(
        "has no {role} ({} is empty); fill it in, or leave the article out of the export",
        names.join(", ")
    )
}

fn cut_off(began: u64) -> String {
    format!(
        "the file ends inside a quoted cell that began on line {began}; it looks cut off, so export it again"
    )
}

fn header(rows: &mut Rows) -> Result<Vec<String>, Problem> {
    let mut row = rows.advance()?;
    if is_separator_line(rows.record()) {
        row = rows.advance()?;
    }
    let problem = |reason: String| Problem {
        line: rows.line(),
        reason,
    };
    match row {
        Row::Whole => {}
        Row::Flawed(reason) => return Err(problem(reason)),
        Row::CutOff(began) => return Err(problem(cut_off(began))),
        Row::End => return Err(problem("has no header row; export it again".to_owned())),
    }
    let cells = rows.record().iter().map(|cell| {
        let name = std::str::from_utf8(cell).map_err(|_| problem(NOT_UTF8.to_owned()))?;
        Ok(name.trim().to_owned())
    });
    cells.collect()
}

// Excel writes and reads a first line `sep=;`.
fn is_separator_line(record: &ByteRecord) -> bool {
    record
        .get(0)
        .is_some_and(|cell| cell.starts_with(b"sep=") && record.len() <= 2)
}

fn is_blank(record: &ByteRecord) -> bool {
    record.as_slice().iter().all(u8::is_ascii_whitespace)
}

/// The delimiter of the header line: the one of comma, semicolon and tab that it has most of
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
            b'\r' | b'\n' if !quoted => break,
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
