//! Where `|` and `<m>` are plain text, they are written with look-alikes that Haptik does not take
//! for separators, and a note says so.

use crate::model::QUESTION_SEPARATOR;

const FULL_WIDTH_BAR: &str = "\u{ff5c}";
const NEUTRAL_ANSWER: [(&str, &str); 2] = [("<m>", "‹m›"), ("<M>", "‹M›")];

/// Counts what was replaced in one article.
#[derive(Default)]
pub(crate) struct Changes {
    bars: usize,
    answers: usize,
    said: Vec<&'static str>,
}

impl Changes {
    /// A question in which `|` is text.
    pub(crate) fn question(&mut self, question: String) -> String {
        match question.matches(QUESTION_SEPARATOR).count() {
            0 => question,
            count => {
                self.bars += count;
                question.replace(QUESTION_SEPARATOR, FULL_WIDTH_BAR)
            }
        }
    }

    /// An answer in which `<m>` is text.
    pub(crate) fn answer(&mut self, answer: String) -> String {
        if memchr::memchr(b'<', answer.as_bytes()).is_none() {
            return answer;
        }
        NEUTRAL_ANSWER
            .iter()
            .fold(answer, |answer, (separator, neutral)| {
                match answer.matches(separator).count() {
                    0 => answer,
                    count => {
                        self.answers += count;
                        answer.replace(separator, neutral)
                    }
                }
            })
    }

    /// Something else that a person may want to know.
    pub(crate) fn say(&mut self, what: &'static str) {
        if !self.said.contains(&what) {
            self.said.push(what);
        }
    }

    /// What a person may want to know.
    pub(crate) fn notes(&self) -> Vec<String> {
        let note = |count: usize, what: &str, neutral: &str, role: &str| {
            (count > 0).then(|| {
                let times = match count {
                    1 => "once".to_owned(),
                    count => format!("{count} times"),
                };
                format!(
                    "{what} is text here but would separate {role} at Haptik; it was written as {neutral} ({times})"
                )
            })
        };
        [
            note(self.bars, "`|` in a question", "`｜`", "questions"),
            note(self.answers, "`<m>` in an answer", "`‹m›`", "answers"),
        ]
        .into_iter()
        .flatten()
        .chain(self.said.iter().map(|said| (*said).to_owned()))
        .collect()
    }
}
