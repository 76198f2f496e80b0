//! What is known of the objects with texts of a JSON document while it is gone through: answers under their
//! questions, one article, or texts of which two belong together by their keys. Pure.

use std::collections::BTreeMap;

use super::layouts::is_pair;
use super::lists::is_set_apart;
use super::side_by_side::TextColumn;
use crate::intake::sections::asks;

/// What a stem takes besides its text.
const STEM: usize = 80;

/// What a key speaks of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum KeyRole {
    Question,
    Answer,
}

/// What a key speaks of, and what is left of it: `q1`, `question_1`, `1_q`, `hours_question`, `hoursQuestion`.
pub(crate) fn numbered(key: &str) -> Option<(KeyRole, String)> {
    const WORDS: [(&str, KeyRole); 4] = [
        ("question", KeyRole::Question),
        ("answer", KeyRole::Answer),
        ("q", KeyRole::Question),
        ("a", KeyRole::Answer),
    ];
    const LONGEST: usize = 200;
    if key.len() > LONGEST {
        return None;
    }
    let is_joint = |letter: char| matches!(letter, '_' | '-' | '.' | ' ');
    let small = key.to_ascii_lowercase();
    WORDS.iter().find_map(|(word, role)| {
        let stem = if let Some(rest) = small.strip_prefix(word) {
            let rest = rest.strip_prefix(is_joint).unwrap_or(rest);
            rest.bytes()
                .all(|byte| byte.is_ascii_digit())
                .then_some(rest)?
        } else {
            let rest = small.strip_suffix(word)?;
            let own = &key[rest.len()..];
            let is_word = own.starts_with(char::is_uppercase)
                || rest.ends_with(|last: char| last.is_ascii_digit());
            match rest.strip_suffix(is_joint) {
                Some(rest) => rest,
                None => is_word.then_some(rest)?,
            }
        };
        (!stem.is_empty()).then(|| (*role, stem.to_owned()))
    })
}

/// An object with texts in it.
#[derive(Debug)]
pub(crate) struct TextMap {
    pub(crate) path: Vec<String>,
    pub(crate) texts: usize,
    /// How many of their keys are questions, and how many are questions or at least several words.
    pub(crate) asking: usize,
    pub(crate) spoken: usize,
    /// What is held of its keys.
    pub(crate) held: usize,
    /// The keys of its first texts.
    pub(crate) keys: Vec<String>,
    /// What its keys that speak of a question or an answer have in common: which of the two each stem has.
    numbered: BTreeMap<String, [bool; 2]>,
    /// Whether two keys are the same role of one stem.
    is_numbered_twice: bool,
}

/// So many of its keys show what an object is.
const KEYS: usize = 20;

impl TextMap {
    pub(crate) fn at(path: &[String]) -> Self {
        Self {
            path: path.to_vec(),
            texts: 0,
            asking: 0,
            spoken: 0,
            held: 0,
            keys: Vec::new(),
            numbered: BTreeMap::new(),
            is_numbered_twice: false,
        }
    }

    /// Takes another of its texts into account; how much more is held then.
    pub(crate) fn see(&mut self, key: &str) -> usize {
        self.texts += 1;
        let is_question = asks(key);
        self.asking += usize::from(is_question);
        self.spoken += usize::from(is_question || key.trim().contains(char::is_whitespace));
        let mut held = 0;
        if let Some((role, stem)) = numbered(key) {
            held += stem.len() + STEM;
            let roles = self.numbered.entry(stem).or_default();
            self.is_numbered_twice |= roles[role as usize];
            roles[role as usize] = true;
        }
        if self.keys.len() < KEYS {
            self.keys.push(key.to_owned());
            held += key.len();
        }
        self.held += held;
        held
    }

    /// Whether its keys belong together two by two: `q1` and `a1`, `hours_question` and `hours_answer`.
    pub(crate) fn is_numbered(&self) -> bool {
        let is_whole = |roles: &[bool; 2]| *roles == [true; 2];
        self.numbered.len() > 1
            && !self.is_numbered_twice
            && self.numbered.values().all(is_whole)
            && !is_set_apart(&self.path)
    }

    /// Its texts as a column of the document, if they are under numbers.
    pub(crate) fn column(&self) -> Option<TextColumn<'_>> {
        let is_number = |key: &String| key.bytes().all(|byte| byte.is_ascii_digit());
        let are_numbers = self.keys.iter().all(is_number);
        TextColumn::of(&self.path, self.texts).filter(|_| are_numbers)
    }

    /// The path of the object that it stands in, if it is a question with its answer.
    pub(crate) fn keyed_in(&self) -> Option<&[String]> {
        let (key, outer) = self.path.split_last()?;
        let is_one = is_pair(&self.keys, None) && !is_set_apart(std::slice::from_ref(key));
        is_one.then_some(outer)
    }

    /// Whether its keys are questions and its texts their answers. Among questions, people write some as
    /// requests, such as `Tell me about the village!`; what settings are called is one word.
    pub(crate) fn answers_questions(&self) -> bool {
        let are_requests = self.spoken == self.texts && self.asking * 2 >= self.texts;
        self.texts > 1 && (self.asking * 10 >= self.texts * 9 || are_requests)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_that_belong_together_have_a_stem() {
        use KeyRole::{Answer, Question};
        for (key, expected) in [
            ("q1", Some((Question, "1"))),
            ("A12", Some((Answer, "12"))),
            ("question_3", Some((Question, "3"))),
            ("answer4", Some((Answer, "4"))),
            ("hours_q", Some((Question, "hours"))),
            ("hours-answer", Some((Answer, "hours"))),
            ("hoursQuestion", Some((Question, "hours"))),
            ("5a", Some((Answer, "5"))),
            ("question", None),
            ("quality", None),
            ("data", None),
            ("area", None),
            ("question_title", None),
            ("questions", None),
        ] {
            let expected = expected.map(|(role, stem)| (role, stem.to_owned()));
            assert_eq!(numbered(key), expected, "{key}");
        }
    }
}
