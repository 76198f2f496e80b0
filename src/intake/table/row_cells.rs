//! What stands in the cells of a row: its id, its texts.

use csv::ByteRecord;

use super::{ArticleTable, NOT_UTF8, RowRefusal};
use crate::model::{Markup, QUESTION_SEPARATOR};

/// What databases write where a cell holds nothing.
const NULLS: [&str; 2] = ["\\N", "NULL"];

impl ArticleTable<'_> {
    pub(super) fn id(&self, record: &ByteRecord) -> Result<String, String> {
        let mut parts = Vec::with_capacity(self.columns.id.len());
        for column in &self.columns.id {
            let cell = self.cell(record, *column)?;
            if cell.is_empty() && self.may_lack_names {
                let question = self.columns.question.iter().copied().next();
                let question = question.map(|at| self.cell(record, at)).transpose()?;
                if let Some(question) = question.filter(|question| !question.is_empty()) {
                    return Ok(question.split_whitespace().collect::<Vec<_>>().join(" "));
                }
            }
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

    /// A question that serves as the id may go over several lines, and have variants.
    fn as_id(&self, column: usize, cell: &str) -> String {
        let has_variants = self.columns.question_is_id && self.columns.markup == Markup::Variants;
        let mut variants = cell.split(QUESTION_SEPARATOR).map(str::trim);
        let first = variants.find(|variant| has_variants && !variant.is_empty());
        let cell = first.unwrap_or(cell);
        if self.columns.question.contains(&column) {
            cell.split_whitespace().collect::<Vec<_>>().join(" ")
        } else {
            cell.to_owned()
        }
    }

    /// The texts in these cells, or else the one in the first of the others that has one.
    pub(super) fn cells(
        &self,
        record: &ByteRecord,
        positions: &[usize],
        otherwise: &[usize],
    ) -> Result<Vec<String>, String> {
        let mut found = self.filled(record, positions)?;
        for other in otherwise {
            if found.is_empty() {
                found = self.filled(record, &[*other])?;
            }
        }
        Ok(found)
    }

    /// The questions of a row: where a cell lists several, each of its lines is one.
    pub(super) fn questions(&self, record: &ByteRecord) -> Result<Vec<String>, String> {
        let columns = &self.columns;
        if self.message_lists.is_empty() {
            return self.cells(record, &columns.question, &columns.question_else);
        }
        let is_list = |at: &&usize| self.message_lists.contains(*at);
        let (lists, others): (Vec<usize>, Vec<usize>) = columns.question.iter().partition(is_list);
        let mut all = self.filled(record, &others)?;
        let listed = self.filled(record, &lists)?;
        let lines = listed.iter().flat_map(|cell| cell.lines()).map(str::trim);
        all.extend(lines.filter(|line| !line.is_empty()).map(str::to_owned));
        if all.is_empty() {
            return self.cells(record, &[], &columns.question_else);
        }
        Ok(all)
    }

    fn filled(&self, record: &ByteRecord, positions: &[usize]) -> Result<Vec<String>, String> {
        let mut cells = Vec::with_capacity(positions.len());
        for position in positions {
            let cell = self.cell(record, *position)?;
            if !cell.is_empty() && !NULLS.contains(&cell) {
                cells.push(if self.unescape {
                    cell.replace("\\n", "\n")
                } else {
                    cell.to_owned()
                });
            }
        }
        Ok(cells)
    }

    pub(super) fn optional_cells(
        &self,
        record: &ByteRecord,
        positions: impl IntoIterator<Item = usize>,
    ) -> Result<Vec<String>, String> {
        let cells = positions.into_iter().map(|at| self.cell(record, at));
        let filled = cells.filter(|cell| !matches!(cell, Ok("")));
        filled.map(|cell| cell.map(str::to_owned)).collect()
    }

    /// Who wrote it, as far as that can be read: it decides nothing about the article.
    pub(super) fn author(&self, record: &ByteRecord) -> Option<String> {
        self.optional_cells(record, self.columns.author).ok()?.pop()
    }

    pub(super) fn cell<'r>(
        &self,
        record: &'r ByteRecord,
        position: usize,
    ) -> Result<&'r str, String> {
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
            Ok(shown_by_spreadsheets(unquoted(text).trim()))
        }
    }
}

/// What a spreadsheet shows of a cell: exports write `="00042"` so that it keeps the zeros, and an apostrophe
/// before what would be a formula.
fn shown_by_spreadsheets(cell: &str) -> &str {
    let formula = cell.strip_prefix("=\"");
    let text = formula.and_then(|text| text.strip_suffix('"'));
    if let Some(text) = text.filter(|text| !text.contains('"')) {
        return text.trim();
    }
    let guarded = cell.strip_prefix('\'');
    let guarded = guarded.filter(|text| text.starts_with(['=', '+', '-', '@']));
    guarded.filter(|text| !text.contains('\'')).unwrap_or(cell)
}

/// What a spreadsheet writes where a formula has no value, in the languages that it speaks.
const ERRORS: [&str; 26] = [
    "#NAME?",
    "#REF!",
    "#VALUE!",
    "#N/A",
    "#DIV/0!",
    "#NULL!",
    "#NUM!",
    "#SPILL!",
    "#CALC!",
    "#FIELD!",
    "#BLOCKED!",
    "#ERROR!",
    "#WERT!",
    "#BEZUG!",
    "#NV",
    "#ZAHL!",
    "#NOM?",
    "#VALEUR!",
    "#NOMBRE!",
    "#¿NOMBRE?",
    "#¡REF!",
    "#¡VALOR!",
    "#¡DIV/0!",
    "#NOME?",
    "#VALORE!",
    "#RIF!",
];

/// Why a row is rejected in whose texts a spreadsheet wrote an error.
pub(super) fn holds_error<'c>(mut texts: impl Iterator<Item = &'c String>) -> Option<RowRefusal> {
    let error = texts.find_map(|text| error_in(text))?;
    Some(RowRefusal::alone(format!(
        "has {error} in place of a text, which a spreadsheet writes for a formula without a value; correct it there, and export it again"
    )))
}

/// The error of a formula, or the signs in place of a number that its column is too narrow for.
fn error_in(cell: &str) -> Option<&str> {
    let is_narrow = cell.len() >= 4 && cell.bytes().all(|byte| byte == b'#');
    (cell.starts_with('#') && (is_narrow || ERRORS.contains(&cell))).then_some(cell)
}

/// A cell without the quotes that a space before them made text of, where nothing in it needed them.
fn unquoted(cell: &str) -> &str {
    if !cell.starts_with([' ', '\u{feff}']) {
        return cell;
    }
    // Files that were put together have a mark where each of them began.
    let (cell, has_mark) = match cell.strip_prefix('\u{feff}') {
        Some(cell) => (cell, true),
        None => (cell, false),
    };
    let quoted = cell.trim().strip_prefix('"');
    let inner = quoted.and_then(|quoted| quoted.strip_suffix('"'));
    let inner = inner.filter(|inner| !inner.contains('"'));
    inner
        .filter(|_| has_mark || cell.starts_with(' '))
        .unwrap_or(cell)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_what_a_spreadsheet_shows() {
        for (cell, expected) in [
            ("=\"00042\"", "00042"),
            ("=\"a\"&\"b\"", "=\"a\"&\"b\""),
            ("'+49 123", "+49 123"),
            ("'-", "-"),
            ("'+1' means yes", "'+1' means yes"),
            ("'tis so", "'tis so"),
            ("plain", "plain"),
        ] {
            assert_eq!(shown_by_spreadsheets(cell), expected, "{cell}");
        }
        for (cell, expected) in [
            (" \"quoted\"", "quoted"),
            ("\u{feff}\"id\"", "id"),
            ("\u{feff}id", "id"),
            ("\"quoted\"", "\"quoted\""),
        ] {
            assert_eq!(unquoted(cell), expected, "{cell}");
        }
    }

    #[test]
    fn errors_of_formulas_are_no_text() {
        for (cell, is_error) in [
            ("#NAME?", true),
            ("#N/A", true),
            ("#WERT!", true),
            ("########", true),
            ("#1", false),
            ("#FAQ", false),
            ("##", false),
            ("See #NAME?", false),
        ] {
            assert_eq!(error_in(cell).is_some(), is_error, "{cell}");
        }
    }
}
