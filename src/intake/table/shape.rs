//! Which of two columns with unusual names holds the questions, where their content leaves no doubt.
//! Pure.

use csv::ByteRecord;

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

/// Finds them in the first rows of a table, of which the very first is the header: there are two
/// columns, every row fills both, and all of one of them but one in ten ends with a question mark,
/// and next to none of the other.
pub(crate) fn find(rows: &[&ByteRecord]) -> Option<Shape> {
    let (header, below) = rows.split_first()?;
    let is_name = |cell: &str| {
        let length = cell.chars().count();
        (1..=LONGEST_NAME).contains(&length) && !asks(cell)
    };
    let names = texts(header)?;
    if below.len() < ENOUGH || !names.iter().all(|name| is_name(name)) || names[0] == names[1] {
        return None;
    }
    let mut asking = [0, 0];
    for row in below {
        for (count, cell) in asking.iter_mut().zip(texts(row)?) {
            *count += usize::from(asks(cell));
            if cell.is_empty() {
                return None;
            }
        }
    }
    let nearly_all = |count: usize| (below.len() - count) * 10 <= below.len();
    let next_to_none = |count: usize| count * 10 <= below.len();
    [(0, 1), (1, 0)]
        .into_iter()
        .find(|(question, answer)| nearly_all(asking[*question]) && next_to_none(asking[*answer]))
        .map(|(question, answer)| Shape { question, answer })
}

fn texts(row: &ByteRecord) -> Option<[&str; 2]> {
    let [first, second] = [row.get(0)?, row.get(1)?];
    let is_pair = row.len() == 2;
    let texts = [
        std::str::from_utf8(first).ok()?.trim(),
        std::str::from_utf8(second).ok()?.trim(),
    ];
    is_pair.then_some(texts)
}

#[cfg(test)]
mod tests {
    use super::*;

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
