//! Which of two columns with unusual names holds the questions, where their content leaves no doubt.
//! Pure.

use std::collections::HashSet;

use csv::ByteRecord;

use super::usual_names::ANSWERS;
use crate::intake::sections::asks;

/// So many rows below the header have to say the same.
const ENOUGH: usize = 4;
/// Names of columns are short.
const LONGEST_NAME: usize = 60;

/// Which column is which.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Shape {
    pub(crate) question: usize,
    pub(crate) answer: usize,
}

/// Finds them in the first rows of a table, of which the very first is the header. All of the questions but
/// one in ten end with a question mark, and next to no answer does. Of two columns every row fills both; of more,
/// the answer is the only one whose name says so, and no other column asks.
pub(crate) fn find(rows: &[&ByteRecord]) -> Option<Shape> {
    let (header, below) = rows.split_first()?;
    let names = texts(header)?;
    if below.len() < ENOUGH {
        return None;
    }
    let below: Vec<Vec<&str>> = below.iter().map(|row| texts(row)).collect::<Option<_>>()?;
    if names.len() == 2 {
        of_two(&names, &below)
    } else {
        of_more(&names, &below)
    }
}

/// Longer texts are no ids.
const LONGEST_ID: usize = 64;

/// Whether the first rows of a table without a header are an id, a question and an answer each.
pub(crate) fn are_with_ids(rows: &[&ByteRecord]) -> bool {
    let Some(rows) = rows
        .iter()
        .map(|row| texts(row))
        .collect::<Option<Vec<_>>>()
    else {
        return false;
    };
    let is_full = |row: &Vec<&str>| row.len() == 3 && row.iter().all(|cell| !cell.is_empty());
    let mut seen = HashSet::new();
    let mut are_ids = rows.iter().map(|row| {
        let id = cell(row, 0);
        let is_word = id.len() <= LONGEST_ID && !id.contains(char::is_whitespace);
        is_word && id.contains(|c: char| c.is_ascii_digit()) && seen.insert(id)
    });
    rows.len() >= ENOUGH
        && rows.iter().all(is_full)
        && are_ids.all(|is_id| is_id)
        && asking(&rows, 1) == rows.len()
        && is_told(&rows, 2)
}

/// The column of the first rows of a table without a header that asks in each of them.
pub(crate) fn asked_throughout(rows: &[&ByteRecord]) -> Option<usize> {
    let rows = rows
        .iter()
        .map(|row| texts(row))
        .collect::<Option<Vec<_>>>()?;
    let width = rows.first()?.len();
    if rows.len() < ENOUGH || width < 2 || rows.iter().any(|row| row.len() != width) {
        return None;
    }
    only((0..width).filter(|at| asking(&rows, *at) == rows.len()))
}

fn of_two(names: &[&str], below: &[Vec<&str>]) -> Option<Shape> {
    let is_name = |cell: &&str| {
        let length = cell.chars().count();
        (1..=LONGEST_NAME).contains(&length) && !asks(cell)
    };
    let is_full = |row: &Vec<&str>| row.len() == 2 && row.iter().all(|cell| !cell.is_empty());
    if !names.iter().all(is_name) || names[0] == names[1] || !below.iter().all(is_full) {
        return None;
    }
    [(0, 1), (1, 0)]
        .into_iter()
        .map(|(question, answer)| Shape { question, answer })
        .find(|shape| is_asked(below, shape.question) && is_told(below, shape.answer))
}

fn of_more(names: &[&str], below: &[Vec<&str>]) -> Option<Shape> {
    let answer = only((0..names.len()).filter(|at| says_answer(names[*at])))?;
    let question = only((0..names.len()).filter(|at| is_asked(below, *at)))?;
    let has_answers = below.iter().any(|row| !cell(row, answer).is_empty());
    let fits = question != answer && has_answers && is_told(below, answer);
    fits.then_some(Shape { question, answer })
}

/// Whether the name of a column begins with a word for an answer: `Answer (by our staff)`.
fn says_answer(name: &str) -> bool {
    let first = name.split(|c: char| !c.is_alphanumeric()).next();
    first.is_some_and(|first| ANSWERS.is_certain(first))
}

fn only(mut found: impl Iterator<Item = usize>) -> Option<usize> {
    found.next().filter(|_| found.next().is_none())
}

fn is_asked(below: &[Vec<&str>], column: usize) -> bool {
    (below.len() - asking(below, column)) * 10 <= below.len()
}

fn is_told(below: &[Vec<&str>], column: usize) -> bool {
    asking(below, column) * 10 <= below.len()
}

fn asking(below: &[Vec<&str>], column: usize) -> usize {
    below.iter().filter(|row| asks(cell(row, column))).count()
}

fn cell<'c>(row: &[&'c str], column: usize) -> &'c str {
    row.get(column).copied().unwrap_or_default()
}

fn texts(row: &ByteRecord) -> Option<Vec<&str>> {
    let cells = row.iter().map(|cell| std::str::from_utf8(cell).ok());
    cells.map(|cell| cell.map(str::trim)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_with_ids_and_no_header_are_plain_to_see() {
        let three = "2|Why?|Because.;3|When?|Now.;kb-4|Who?|You.";
        for (table, expected) in [
            (format!("1|How?|So.;{three}"), true),
            (three.to_owned(), false),
            (format!("no|How?|So.;{three}"), false),
            (format!("2|How?|So.;{three}"), false),
            (format!("1|How|So.;{three}"), false),
            (format!("1|How?|;{three}"), false),
            (format!("1|How?|So.|x;{three}"), false),
        ] {
            let rows: Vec<ByteRecord> = table
                .split(';')
                .map(|row| row.split('|').collect())
                .collect();
            let rows: Vec<&ByteRecord> = rows.iter().collect();
            assert_eq!(are_with_ids(&rows), expected, "{table}");
        }
    }

    #[test]
    fn only_what_is_plain_to_see_counts() {
        let shape = |question, answer| Some(Shape { question, answer });
        let four = "How?|So.;Why?|Because.;When?|Now.;Who?|You.";
        let cases = [
            (format!("Ask|Say;{four}"), shape(0, 1)),
            (
                "Say|Ask;So.|How?;Now.|When?;You.|Who?;It.|What?".to_owned(),
                shape(1, 0),
            ),
            (
                "Ask|Say;How？|So.;لماذا؟|x;When?|y;Who?|z".to_owned(),
                shape(0, 1),
            ),
            // Too few rows.
            ("Ask|Say;How?|So.;Why?|Because.;When?|Now.".to_owned(), None),
            // A row that asks nothing, in four.
            ("Ask|Say;How?|So.;Why|x;When?|y;Who?|z".to_owned(), None),
            // Answers that ask.
            ("Ask|Say;How?|So?;Why?|x;When?|y;Who?|z".to_owned(), None),
            // Three columns, a hole, and rows in place of a header.
            (
                "Ask|Say|More;How?|So.|x;Why?|x|x;When?|y|y;Who?|z|z".to_owned(),
                None,
            ),
            (format!("Ask|Say;{four};Where?|"), None),
            // Of more columns, the name of one says answer, and one asks.
            (
                "No|FAQ|Answer|Group;1|How?|So.|x;2|Why?||x;3|When?|y|y;4|Who?|z|z".to_owned(),
                shape(1, 2),
            ),
            (
                "When|Your question?|Antwort (Team);1|How?|So.;2|Why?|x;3|When?|y;4|Who?|z"
                    .to_owned(),
                shape(1, 2),
            ),
            (
                "FAQ|Answer|Antwort;How?|So.|x;Why?|x|x;When?|y|y;Who?|z|z".to_owned(),
                None,
            ),
            (
                "FAQ|Answer|Next;How?|So.|x?;Why?|x|x?;When?|y|y?;Who?|z|z?".to_owned(),
                None,
            ),
            (format!("What?|That.;{four}"), None),
            (format!("Ask|;{four}"), None),
            (format!("Ask|Ask;{four}"), None),
            (String::new(), None),
        ];
        for (table, expected) in cases {
            let rows: Vec<ByteRecord> = table
                .split(';')
                .map(|row| row.split('|').collect())
                .collect();
            let rows: Vec<&ByteRecord> = rows.iter().collect();
            assert_eq!(find(&rows), expected, "{table}");
        }
    }
}
