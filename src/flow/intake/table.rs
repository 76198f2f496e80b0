//! A table row by row, wherever it came from: each row becomes an article or a rejection.

use csv::ByteRecord;

use super::gathering::Gathering;
use super::header::Layout;
use super::kept::Deciding;
use super::mapping::Columns;
use super::read::Job;
use super::salesforce;
use super::{Article, Markup, Place};

pub(super) const NOT_UTF8: &str =
    "has bytes that are not UTF-8; export the file again as UTF-8 (Excel: \"CSV UTF-8\")";

/// Takes the rows below the header of one table.
pub(super) struct Table<'a> {
    job: &'a Job<'a>,
    header: Vec<String>,
    columns: Columns,
    deciding: Deciding,
    unescape: bool,
    noted_extras: bool,
    noted_translations: bool,
}

impl<'a> Table<'a> {
    /// A table of this layout; says how the layout was found where that is not plain to see.
    pub(super) fn new(job: &'a Job<'a>, layout: Layout, gathering: &mut Gathering) -> Self {
        if let Some(note) = layout.note {
            gathering.note(job.place(layout.line), note);
        }
        Self {
            job,
            header: layout.names,
            columns: layout.columns,
            deciding: layout.deciding,
            unescape: layout.unescape,
            noted_extras: false,
            noted_translations: false,
        }
    }

    /// The same, from a workbook: there `|` is text but in the FAQ format's own columns.
    pub(super) fn of_workbook(mut self) -> Self {
        if self.columns.markup == Markup::Variants {
            self.columns.markup = Markup::Plain;
        }
        self
    }

    /// Whether the column is the id, or holds questions or answers.
    pub(super) fn uses(&self, column: usize) -> bool {
        let columns = &self.columns;
        [
            &columns.id,
            &columns.question,
            &columns.question_else,
            &columns.answer,
            &columns.answer_else,
            &columns.quick_replies,
        ]
        .into_iter()
        .any(|used| used.contains(&column))
            || columns.url == Some(column)
            || self.deciding.uses(column)
    }

    /// The name of a column.
    pub(super) fn name(&self, column: usize) -> &str {
        self.header.get(column).map_or("", String::as_str)
    }

    /// The number of columns.
    pub(super) fn width(&self) -> usize {
        self.header.len()
    }

    /// Takes the row on this line, or rejects it, in any case where it has a flaw.
    pub(super) fn take(
        &mut self,
        record: &ByteRecord,
        line: u64,
        flaw: Option<String>,
        gathering: &mut Gathering,
    ) {
        let place = self.job.place(line);
        if flaw.is_none() && self.is_translation(record) {
            if !std::mem::replace(&mut self.noted_translations, true) {
                gathering.note(place, salesforce::TRANSLATION.to_owned());
            }
            return;
        }
        match self.article(flaw, record, place.clone()) {
            Ok(Some(article)) => {
                self.note_extras(record, &place, gathering);
                gathering.article(article);
            }
            Ok(None) => {}
            Err(reason) => {
                // Longer than this it is no id, but text that a missing quote swept up.
                let id = self.id(record).ok().filter(|id| id.len() <= 1000);
                gathering.reject(place, id, reason);
            }
        }
    }

    fn is_translation(&self, record: &ByteRecord) -> bool {
        let column = self.columns.is_master;
        let cell = column.and_then(|column| self.cell(record, column).ok());
        cell.is_some_and(salesforce::is_translation)
    }

    /// Nothing where the row does not count.
    fn article(
        &self,
        flaw: Option<String>,
        record: &ByteRecord,
        place: Place,
    ) -> Result<Option<Article>, String> {
        if let Some(flaw) = flaw {
            return Err(flaw);
        }
        if record.len() != self.header.len() {
            return Err(format!(
                "has {} cells where the header has {}; look for a missing quote or an unquoted delimiter",
                record.len(),
                self.header.len()
            ));
        }
        let cell = |column| self.cell(record, column);
        if !self.deciding.counts(self.job.folder, cell)? {
            return Ok(None);
        }
        let columns = &self.columns;
        Ok(Some(Article {
            row: None,
            id: self.id(record)?,
            questions: self.cells(
                record,
                &columns.question,
                &columns.question_else,
                "question",
            )?,
            answers: self.cells(record, &columns.answer, &columns.answer_else, "answer")?,
            markup: columns.markup,
            url: self.optional_cells(record, columns.url)?.pop(),
            quick_replies: self.optional_cells(record, columns.quick_replies.iter().copied())?,
            body: None,
            place,
        }))
    }

    fn id(&self, record: &ByteRecord) -> Result<String, String> {
        let mut parts = Vec::with_capacity(self.columns.id.len());
        for column in &self.columns.id {
            let cell = self.cell(record, *column)?;
            if cell.is_empty() {
                return Err(format!(
                    "has no id (column `{}` is empty); every article needs one that never changes",
                    self.header[*column]
                ));
            }
            parts.push(self.as_id(*column, cell));
        }
        Ok(parts.join("-"))
    }

    /// A question that serves as the id may go over several lines.
    fn as_id(&self, column: usize, cell: &str) -> String {
        if self.columns.question.contains(&column) {
            cell.split_whitespace().collect::<Vec<_>>().join(" ")
        } else {
            cell.to_owned()
        }
    }

    /// The texts in these cells, or else the one in the first of the others that has one.
    fn cells(
        &self,
        record: &ByteRecord,
        positions: &[usize],
        otherwise: &[usize],
        role: &str,
    ) -> Result<Vec<String>, String> {
        let mut found = self.filled(record, positions)?;
        for other in otherwise {
            if found.is_empty() {
                found = self.filled(record, &[*other])?;
            }
        }
        if found.is_empty() {
            let names: Vec<&str> = positions.iter().map(|at| &*self.header[*at]).collect();
            return Err(nothing_for(role, &names));
        }
        Ok(found)
    }

    fn filled(&self, record: &ByteRecord, positions: &[usize]) -> Result<Vec<String>, String> {
        let mut cells = Vec::with_capacity(positions.len());
        for position in positions {
            let cell = self.cell(record, *position)?;
            if !cell.is_empty() {
                cells.push(if self.unescape {
                    cell.replace("\\n", "\n")
                } else {
                    cell.to_owned()
                });
            }
        }
        Ok(cells)
    }

    fn optional_cells(
        &self,
        record: &ByteRecord,
        positions: impl IntoIterator<Item = usize>,
    ) -> Result<Vec<String>, String> {
        let cells = positions.into_iter().map(|at| self.cell(record, at));
        let filled = cells.filter(|cell| !matches!(cell, Ok("")));
        filled.map(|cell| cell.map(str::to_owned)).collect()
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

/// Whether there is nothing in a row.
pub(super) fn is_blank(record: &ByteRecord) -> bool {
    record.as_slice().iter().all(u8::is_ascii_whitespace)
}
