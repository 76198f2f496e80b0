//! Says why an item without an id is no question with its answer: once for all that have the same names, since
//! an export may have a million of them.

use super::missing_pair;

/// What was said last, and of which names.
#[derive(Default)]
pub(crate) struct NoPair {
    of: (Option<String>, Option<String>, Vec<String>),
    words: Option<String>,
}

impl NoPair {
    /// `question` and `answer` are the names that were found for them, `there` all names that there are.
    pub(crate) fn say(
        &mut self,
        question: Option<&str>,
        answer: Option<&str>,
        there: Vec<String>,
    ) -> String {
        let (asked, answered, names) = &self.of;
        let is_same =
            asked.as_deref() == question && answered.as_deref() == answer && *names == there;
        if let Some(words) = self.words.as_ref().filter(|_| is_same) {
            return words.clone();
        }
        let words = missing_pair(question, answer, &there);
        self.of = (
            question.map(str::to_owned),
            answer.map(str::to_owned),
            there,
        );
        self.words.insert(words).clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_said_is_said_again_of_the_same_names_alone() {
        let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        let mut no_pair = NoPair::default();
        for (question, there) in [
            (None, &["a", "b"][..]),
            (None, &["a", "b"]),
            (None, &["a", "c"]),
            (Some("a"), &["a", "c"]),
            (None, &["a", "b"]),
        ] {
            let there: Vec<String> = names(there);
            let expected = missing_pair(question, None, &there);
            assert_eq!(no_pair.say(question, None, there), expected);
        }
    }
}
