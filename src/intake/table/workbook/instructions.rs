//! Tells a row that explains the columns below their header, as templates have one, from an article. Pure.

use crate::intake::sections::asks;

/// What such a row is made of.
const WORDS: [&str; 27] = [
    "please",
    "should",
    "must",
    "enter",
    "fill",
    "write",
    "add",
    "leave",
    "mandatory",
    "required",
    "optional",
    "e.g.",
    "eg.",
    "example",
    "characters",
    "maximum",
    "max",
    "unique",
    "separated",
    "column",
    "do not",
    "don't",
    "keep",
    "only",
    "bitte",
    "eintragen",
    "pflichtfeld",
];

/// Whether the row right below a header explains its columns: at least two of its cells say how they are
/// to be filled in, its name is none, and its question asks nothing.
pub(crate) fn explains_columns(name: &str, question: &str, cells: &[&str]) -> bool {
    let is_name = !name.is_empty() && !name.contains(char::is_whitespace);
    if is_name || asks(question) {
        return false;
    }
    let tells = |cell: &&&str| {
        let lower = cell.to_lowercase();
        let mut words =
            lower.split(|c: char| c.is_whitespace() || matches!(c, ',' | ':' | '(' | ')'));
        words.any(|word| WORDS.contains(&word)) || lower.contains("do not")
    };
    cells.iter().filter(tells).count() >= 2
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instructions_are_told_from_articles() {
        for (name, question, answer, expected) in [
            (
                "",
                "Please write the question as a customer would ask it",
                "Max 300 characters, separated by <m>",
                true,
            ),
            (
                "Leave empty",
                "Enter the question",
                "Enter the answer",
                true,
            ),
            (
                "pay",
                "Enter the question",
                "Please write the answer",
                false,
            ),
            (
                "",
                "How should I pay, please?",
                "Please enter your card.",
                false,
            ),
            ("", "How do I pay", "By card.", false),
            ("", "Paying", "Please pay by card only.", false),
        ] {
            let found = explains_columns(name, question, &[name, question, answer]);
            assert_eq!(found, expected, "{question}");
        }
    }
}
