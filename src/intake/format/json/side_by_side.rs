//! Questions in one list and their answers in another, in the same order: within each entry of a list, or in the
//! whole document, as programs write tables by columns. Pure.

use serde_json::value::RawValue;

use super::value::{Json, Object};
use crate::intake::table::{ANSWERS, IDS, QUESTIONS, holds_more_questions};

/// So many questions in one object, with as many answers, are no variants of a single one.
const MANY: usize = 6;

/// What the entries of a list say about it.
#[derive(Debug, Default)]
pub(crate) struct SideBySide {
    /// Entries with several questions and as many answers.
    alike: usize,
    /// How many the first of those has, and whether another has more or fewer: variants of one question and
    /// its responses are often the same number throughout.
    first: usize,
    do_differ: bool,
    /// Whether an entry is anything else.
    is_other: bool,
}

impl SideBySide {
    /// Whether it is worth while to look at more entries.
    pub(crate) fn may_be(&self) -> bool {
        !self.is_other
    }

    /// Takes another entry into account.
    pub(crate) fn see(&mut self, entry: &RawValue) {
        let Some((questions, answers)) = lists_of(entry) else {
            self.is_other = true;
            return;
        };
        let count = questions.len();
        self.is_other |= count != answers.len();
        if count < 2 {
            return;
        }
        self.alike += 1;
        if self.alike == 1 {
            self.first = count;
        }
        self.do_differ |= count != self.first;
    }

    /// Whether each question surely has its own answer.
    pub(crate) fn is_sure(&self) -> bool {
        let is_one = self.alike == 1 && self.first >= MANY;
        !self.is_other && (is_one || self.alike > 1 && self.do_differ)
    }
}

/// The questions and the answers of an entry, if it has no id and both are lists of texts.
fn lists_of(entry: &RawValue) -> Option<(Vec<&RawValue>, Vec<&RawValue>)> {
    let Ok(Json::Object(object)) = Json::parse(entry) else {
        return None;
    };
    let has_id = object.0.iter().any(|(key, _)| IDS.is_usual(key));
    let questions = only(&object, asks)?;
    let answers = only(&object, answers)?;
    (!has_id).then_some((questions, answers))
}

/// The one list of texts under such a name.
fn only<'a>(object: &Object<'a>, is_role: fn(&str) -> bool) -> Option<Vec<&'a RawValue>> {
    let mut found = object.0.iter().filter(|(key, _)| is_role(key));
    let (_, value) = found.next().filter(|_| found.next().is_none())?;
    let is_text = |item: &&RawValue| item.get().starts_with('"');
    match Json::parse(value) {
        Ok(Json::Array(items)) if items.iter().all(is_text) => Some(items),
        _ => None,
    }
}

fn asks(name: &str) -> bool {
    QUESTIONS.is_certain_field(name) || holds_more_questions(name)
}

fn answers(name: &str) -> bool {
    ANSWERS.is_certain_field(name) || name.eq_ignore_ascii_case("answers")
}

/// The questions of an entry, each with its answer.
pub(crate) fn pairs(entry: &RawValue) -> Option<Vec<Box<RawValue>>> {
    let (questions, answers) = lists_of(entry)?;
    let pair = |(question, answer): (&RawValue, &RawValue)| {
        serde_json::from_str(&format!("{{\"question\":{question},\"answer\":{answer}}}")).ok()
    };
    let is_alike = questions.len() == answers.len();
    let pairs = questions.into_iter().zip(answers).map(pair);
    pairs.collect::<Option<Vec<_>>>().filter(|_| is_alike)
}

/// A list or object of texts that may be a column of the document.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TextColumn<'p> {
    pub(crate) path: &'p [String],
    texts: usize,
    asks: bool,
}

impl<'p> TextColumn<'p> {
    /// What stands at this path, if its name says what is in it.
    pub(crate) fn of(path: &'p [String], texts: usize) -> Option<Self> {
        let name = path.last()?;
        let asks = asks(name);
        (asks || answers(name)).then_some(Self { path, texts, asks })
    }
}

/// The questions and the answers among columns: one of each, in the same object, and with as many texts.
pub(crate) fn columns<'p>(
    all: impl Iterator<Item = TextColumn<'p>>,
) -> Option<[TextColumn<'p>; 2]> {
    let (asking, answering): (Vec<_>, Vec<_>) = all.partition(|column| column.asks);
    let ([questions], [answers]) = (asking.as_slice(), answering.as_slice()) else {
        return None;
    };
    let outer = |column: &TextColumn<'p>| column.path.split_last().map(|(_, outer)| outer);
    let belong = questions.texts == answers.texts && outer(questions) == outer(answers);
    (belong && questions.texts > 1).then_some([*questions, *answers])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_sure(entries: &[&str]) -> bool {
        let mut seen = SideBySide::default();
        for entry in entries {
            if seen.may_be() {
                seen.see(&serde_json::from_str::<Box<RawValue>>(entry).unwrap());
            }
        }
        seen.is_sure()
    }

    #[test]
    fn answers_belong_to_questions_only_where_nothing_else_is_likely() {
        const TWO: &str = r#"{"questions":["a","b"],"answers":["c","d"]}"#;
        const THREE: &str = r#"{"topic":"t","questions":["a","b","c"],"answers":["d","e","f"]}"#;
        const ONE: &str = r#"{"questions":["a"],"answers":["b"]}"#;
        const MANY: &str =
            r#"{"frage":["1","2","3","4","5","6"],"antwort":["a","b","c","d","e","f"]}"#;
        const VARIANTS: &str = r#"{"questions":["a","b"],"answers":["c"]}"#;
        const NAMED: &str = r#"{"id":"x","questions":["a","b"],"answers":["c","d"]}"#;
        for (entries, expected) in [
            (&[TWO, THREE][..], true),
            (&[ONE, TWO, THREE], true),
            (&[MANY], true),
            (&[TWO], false),
            (&[TWO, TWO, TWO], false),
            (&[TWO, THREE, VARIANTS], false),
            (&[NAMED, THREE], false),
            (&[ONE, ONE], false),
        ] {
            assert_eq!(is_sure(entries), expected, "{entries:?}");
        }
    }
}
