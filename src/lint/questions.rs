//! User messages: how many there are, and how long they are.

use unicode_segmentation::UnicodeSegmentation;

use super::Said;
use super::rule::Rule;
use super::view::{View, question, quoted};
use crate::model::Desired;

/// The vendor's advice.
const CHARACTERS: usize = 100;
const WORDS: usize = 20;
const OF_BOT: usize = 250;

pub(super) fn judge(view: &View, said: &mut Vec<Said>) {
    if let [only] = view.questions[..] {
        let what = format!("{} is the only user message", quoted(only));
        said.push(Said::new(Rule::FewVariants, "question", what));
    }
    for (at, text) in view.questions.iter().enumerate() {
        if let Some(length) = beyond(text, CHARACTERS, WORDS) {
            let what = format!("{} has {length}", quoted(text));
            said.push(Said::new(Rule::QuestionLength, question(at), what));
        }
    }
}

/// More user messages than are advised for one bot.
pub(super) fn of_bot(desired: &[Desired]) -> Option<Said> {
    let messages = desired.iter().map(|entry| entry.step.questions().count());
    let messages: usize = messages.sum();
    let what = format!("{messages} user messages in {} steps", desired.len());
    (messages > OF_BOT).then(|| Said::new(Rule::BotSize, "", what))
}

/// The length in words, where a text has more characters (as a reader counts them) or words.
pub(super) fn beyond(text: &str, characters: usize, words: usize) -> Option<String> {
    // Most texts are short, and bytes are counted at once.
    if text.len() <= words * 2 {
        return None;
    }
    let has = (text.graphemes(true).count(), text.unicode_words().count());
    (has.0 > characters || has.1 > words)
        .then(|| format!("{} characters and {} words", has.0, has.1))
}
