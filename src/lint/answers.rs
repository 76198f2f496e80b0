//! Answers: too long, nothing to read in them, or nothing but an address.

use super::questions::beyond;
use super::rule::Rule;
use super::view::{LintAnswer, View, answer, cut};
use super::{Said, links};

/// The vendor's advice for a whole answer.
const CHARACTERS: usize = 300;
const WORDS: usize = 40;

pub(super) fn judge(view: &View, said: &mut Vec<Said>) {
    let texts: Vec<&str> = view.answers.iter().map(LintAnswer::text).collect();
    let whole = texts.join("\n");
    if let Some(length) = beyond(&whole, CHARACTERS, WORDS) {
        let what = match texts.len() {
            1 => format!("it has {length}"),
            bubbles => format!("it has {length} in {bubbles} bubbles"),
        };
        said.push(Said::new(Rule::AnswerLength, "answer", what));
    }
    for (at, one) in view.answers.iter().enumerate() {
        if let LintAnswer::Text(text) = one
            && !text.chars().any(can_be_read)
        {
            let what = format!("nothing in it can be read: {:?}", cut(text));
            said.push(Said::new(Rule::EmptyAnswer, answer(at), what));
        }
    }
    let only_text = view
        .answers
        .iter()
        .all(|one| matches!(one, LintAnswer::Text(_)));
    if only_text && let Some(link) = links::alone(&whole) {
        let what = format!("it is only {}", cut(link));
        said.push(Said::new(Rule::LinkOnly, "answer", what));
    }
}

/// Letters, digits, and signs such as emoji; not punctuation, and nothing that is not seen.
pub(super) fn can_be_read(c: char) -> bool {
    c.is_alphanumeric()
        || !c.is_ascii()
            && !c.is_whitespace()
            && !matches!(c, '\u{80}'..='\u{bf}' | '\u{2000}'..='\u{206f}' | '\u{3000}'..='\u{303f}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}')
}
