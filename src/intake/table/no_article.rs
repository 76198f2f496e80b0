//! Rows of a table that are whole, and none of an article: the header once more, totals, headings of sections.

use csv::ByteRecord;

use super::ArticleTable;
use super::row_shape::RowShape;
use crate::text::{cut, shown};

const HEADER_AGAIN: &str = "names the columns once more, so that it was left out; the rows below it were read by the first header";

const TOTAL: &str = "is a total of the table, as it seems, and was left out";

const HEADING: &str = "stands alone in its row, like the heading of a section, and was left out";

/// Characters of a row that are told.
const TOLD: usize = 80;
/// Neither a total nor a heading has a longer answer.
const LONGEST_NUMBER: usize = 30;

impl ArticleTable<'_> {
    /// What is to be said of a row without a flaw that is none of an article.
    pub(super) fn is_no_article(&self, record: &ByteRecord) -> Option<String> {
        if self.repeats_header(record) {
            return Some(HEADER_AGAIN.to_owned());
        }
        let answer = self.columns.answer.first();
        let answer = answer.and_then(|at| record.get(*at)).unwrap_or_default();
        if answer.len() > LONGEST_NUMBER || self.shape(record) != RowShape::Whole {
            return None;
        }
        let cells = (0..self.width()).map(|at| self.cell(record, at).ok());
        let cells: Vec<&str> = cells.collect::<Option<_>>()?;
        let is_live = || self.id(record).is_ok_and(|id| self.job.is_live(&id));
        if is_total(&cells) && !is_live() {
            let filled: Vec<&str> = cells.into_iter().filter(|cell| !cell.is_empty()).collect();
            return Some(format!("{TOTAL}: {}", shown(&cut(&filled.join(" "), TOLD))));
        }
        let columns = &self.columns;
        // There a row with a single cell is a question that lacks its answer.
        if columns.question_is_id {
            return None;
        }
        let lists = [&columns.id, &columns.question, &columns.answer];
        let needed: Vec<usize> = lists.into_iter().flatten().copied().collect();
        let heading = section_heading(&cells, &needed).filter(|_| !is_live())?;
        Some(format!("{HEADING}: {}", shown(heading)))
    }

    /// Whether the row names the columns once more, as exports have it that were put together.
    fn repeats_header(&self, record: &ByteRecord) -> bool {
        let names = |at: &usize| {
            let name = self.name(*at).trim();
            !name.is_empty() && self.cell(record, *at).is_ok_and(|cell| cell == name)
        };
        !self.used.is_empty() && self.used.iter().all(names)
    }
}

/// What stands in front of the numbers that a program writes below a table.
const TOTALS: [&str; 22] = [
    "total",
    "totals",
    "grand total",
    "subtotal",
    "sub-total",
    "count",
    "sum",
    "average",
    "gesamt",
    "gesamtsumme",
    "summe",
    "zwischensumme",
    "anzahl",
    "somme",
    "nombre",
    "suma",
    "recuento",
    "totale",
    "soma",
    "totaal",
    "razem",
    "итого",
];

/// Whether a row is a total: a word for it, and numbers.
fn is_total(cells: &[&str]) -> bool {
    let mut filled = cells.iter().filter(|cell| !cell.is_empty());
    let first = filled.next().map(|cell| cell.to_lowercase());
    let is_word = first.is_some_and(|word| TOTALS.contains(&word.trim_end_matches(':').trim_end()));
    let numbers: Vec<&&str> = filled.collect();
    is_word && !numbers.is_empty() && numbers.iter().all(|cell| is_number(cell))
}

/// A number as a sum is written: with signs of a currency or of per cent.
fn is_number(cell: &str) -> bool {
    let has_digit = cell.contains(|c: char| c.is_ascii_digit());
    let letters = cell.chars().filter(|c| c.is_alphabetic()).count();
    has_digit && letters <= 3 && cell.len() <= LONGEST_NUMBER
}

/// Longer texts are no headings.
const LONGEST_HEADING: usize = 80;

/// The heading of a section: the only cell of a whole row, in the first column that an article needs or
/// before it, that looks like words and not like an id.
fn section_heading<'c>(cells: &[&'c str], columns: &[usize]) -> Option<&'c str> {
    let mut filled = (0..cells.len()).filter(|at| !cells[*at].is_empty());
    let (at, None) = (filled.next()?, filled.next()) else {
        return None;
    };
    let text = cells[at];
    let is_early = columns.iter().min().is_some_and(|first| at <= *first);
    let is_words = text.contains(' ') || text.starts_with(|c: char| !c.is_lowercase());
    let is_plain =
        !text.contains(|c: char| c.is_ascii_digit() || matches!(c, '?' | '？' | '؟' | '_'));
    let is_one = cells.len() > 2 && is_early && is_words && is_plain;
    (is_one && text.chars().count() <= LONGEST_HEADING && !text.contains('\n')).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn totals_are_a_word_and_numbers() {
        for (cells, expected) in [
            (&["Total", "3", ""][..], true),
            (&["", "Total:", "57"], true),
            (&["Summe", "", "1.234,50 €"], true),
            (&["Итого", "2", "100 %"], true),
            (&["Total", "How do I see it?", "So."], false),
            (&["Total", "", ""], false),
            (&["Count", "3", "In the app."], false),
            (&["kb-1", "3", "5"], false),
        ] {
            assert_eq!(is_total(cells), expected, "{cells:?}");
        }
    }

    #[test]
    fn headings_of_sections_stand_alone() {
        for (cells, expected) in [
            (&["Payments", "", ""][..], true),
            (&["PAYMENTS AND REFUNDS", "", ""], true),
            (&["支払い", "", ""], true),
            (&["kb-17", "", ""], false),
            (&["refunds", "", ""], false),
            (&["Payments", "x", ""], false),
            (&["", "", "Payments"], false),
            (&["How do I pay?", "", ""], false),
            (&["Payments", ""], false),
            (&["", "", ""], false),
        ] {
            let found = section_heading(cells, &[0, 1, 2]).is_some();
            assert_eq!(found, expected, "{cells:?}");
        }
        assert!(section_heading(&["Payments", "", "", ""], &[1, 2, 3]).is_some());
        assert!(section_heading(&["", "Payments", "", ""], &[0, 1, 3]).is_none());
    }
}
