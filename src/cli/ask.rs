//! Asks, one question after the other. What a flag says is not asked, and with `--yes` nothing is.

use crate::control::CommandFailure;
use std::io::{BufRead, Write};

/// A question.
pub(super) struct Question<'q> {
    /// The flag that answers it.
    pub(super) flag: &'static str,
    /// The question, without a question mark.
    pub(super) words: &'q str,
    /// What an empty answer means; `None`: there must be one.
    pub(super) default: Option<&'q str>,
    /// Why an answer will not do.
    pub(super) problem: fn(&str) -> Option<&'static str>,
}

/// Where answers come from.
pub(super) struct Dialogue<R, W> {
    pub(super) input: R,
    pub(super) output: W,
    /// Take defaults instead of asking.
    pub(super) yes: bool,
}

impl<R: BufRead, W: Write> Dialogue<R, W> {
    /// The answer to a question; `given` is what its flag says.
    pub(super) fn ask(
        &mut self,
        question: &Question<'_>,
        given: Option<&str>,
    ) -> Result<String, CommandFailure> {
        if let Some(given) = given {
            return match (question.problem)(given) {
                None => Ok(given.to_owned()),
                Some(problem) => Err(unusable(question, problem)),
            };
        }
        if self.yes {
            return match question.default {
                Some(default) => Ok(default.to_owned()),
                None => Err(unusable(question, "it has no default; give it")),
            };
        }
        loop {
            self.put(question);
            let mut line = String::new();
            let read = self.input.read_line(&mut line);
            if !matches!(read, Ok(1..)) {
                let _ = writeln!(self.output);
                return Err(unusable(question, "nobody answers; give it, or use --yes"));
            }
            let answer = match (line.trim(), question.default) {
                ("", Some(default)) => default,
                (answer, _) => answer,
            };
            match (question.problem)(answer) {
                None => return Ok(answer.to_owned()),
                Some(problem) => {
                    let _ = writeln!(self.output, "  {problem}");
                }
            }
        }
    }

    fn put(&mut self, question: &Question<'_>) {
        let default = question.default.filter(|default| !default.is_empty());
        let default = default.map(|default| format!(" [{default}]"));
        let default = default.unwrap_or_default();
        let _ = write!(self.output, "{}{default}: ", question.words);
        let _ = self.output.flush();
    }
}

fn unusable(question: &Question<'_>, problem: &str) -> CommandFailure {
    CommandFailure::Usage(format!("{}: {problem}", question.flag))
}

#[cfg(test)]
mod tests {
    use super::*;

    const COLOUR: Question<'_> = Question {
        flag: "--colour",
        words: "Which colour",
        default: Some("red"),
        problem: |answer| (answer == "none").then_some("there is always a colour"),
    };

    fn asked(input: &str, yes: bool, given: Option<&str>) -> (Result<String, String>, String) {
        let mut dialogue = Dialogue {
            input: input.as_bytes(),
            output: Vec::new(),
            yes,
        };
        let answer = dialogue.ask(&COLOUR, given);
        let said = String::from_utf8(dialogue.output).unwrap();
        (answer.map_err(|failure| failure.to_string()), said)
    }

    #[test]
    fn flags_then_defaults_then_people_answer() {
        let ok = |answer: &str| Ok(answer.to_owned());
        assert_eq!(
            asked("blue\n", false, Some("green")),
            (ok("green"), String::new())
        );
        assert_eq!(asked("blue\n", true, None), (ok("red"), String::new()));
        let question = "Which colour [red]: ";
        assert_eq!(
            asked("blue\n", false, None),
            (ok("blue"), question.to_owned())
        );
        assert_eq!(asked("\n", false, None), (ok("red"), question.to_owned()));
        let (answer, said) = asked("none\nblue\n", false, None);
        assert_eq!(answer, ok("blue"));
        assert_eq!(
            said,
            format!("{question}  there is always a colour\n{question}")
        );
        let (nobody, _) = asked("", false, None);
        assert!(nobody.unwrap_err().starts_with("--colour: nobody answers"));
        assert!(asked("", true, Some("none")).0.is_err());
    }
}
