//! Plain text that is nothing but questions with their answers: behind `Q:` and `A:` (in any language), behind `# `
//! with the answer below, or in lines that end like questions. Its lines stay as they are. Pure.

use super::page::{answer_mark, question_mark};
use crate::intake::sections::asks;

/// What is longer is no heading between questions.
const HEADING: usize = 80;

/// A question, its answer, and the line that the question stands on, from 0.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct PlainQuestion {
    pub(crate) question: String,
    pub(crate) answer: String,
    pub(crate) line: u64,
}

/// What such a text holds.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct PlainQuestions {
    pub(crate) questions: Vec<PlainQuestion>,
    /// What stands above the first question, and headings between others.
    pub(crate) beside: Vec<String>,
}

/// What shows a question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum PlainMark {
    /// `Q:`
    Word,
    /// `# `
    Hash,
    /// Its end, at the beginning of a paragraph: `1. How long?`
    Sign,
}

impl PlainMark {
    /// The mark that the questions of a text have: two of them at least, and answers with theirs, or questions that
    /// end like ones.
    fn of(lines: &[&str]) -> Option<Self> {
        let all = || lines.iter().map(|line| line.trim());
        let words = all().filter(|line| question_mark(line).is_some()).count();
        let answers = all().filter(|line| answer_mark(line).is_some()).count();
        if words > 1 && answers > 1 {
            return Some(Self::Word);
        }
        let hashes = all().filter_map(|line| line.strip_prefix("# "));
        let first = all().find(|line| !line.is_empty())?;
        let asking = hashes.clone().filter(|line| asks(line)).count();
        if first.starts_with("# ") {
            return (asking > 1 && asking * 2 >= hashes.count()).then_some(Self::Hash);
        }
        let begins = |at: &usize| Self::begins_paragraph(lines, *at);
        let paragraphs = (0..lines.len()).filter(begins).count();
        let asking = (0..lines.len()).filter(|at| Self::Sign.question(lines, *at).is_some());
        let asking = asking.count();
        // An answer may have several paragraphs, and one that stands apart from its question.
        let are_many = asking > 2 && asking * 3 >= paragraphs;
        (are_many || asking > 1 && asking * 2 >= paragraphs).then_some(Self::Sign)
    }

    /// The question on a line, if one begins there.
    fn question<'t>(self, lines: &[&'t str], at: usize) -> Option<&'t str> {
        let line = lines[at].trim();
        match self {
            Self::Word => question_mark(line).map(|mark| &line[mark..]),
            Self::Hash => line.strip_prefix("# "),
            Self::Sign => {
                let is_one = Self::begins_paragraph(lines, at) && asks(line) && !is_item(line);
                is_one.then(|| without_number(line))
            }
        }
    }

    fn begins_paragraph(lines: &[&str], at: usize) -> bool {
        let is_gap = |line: &str| line.trim().is_empty() || is_rule(line.trim());
        !is_gap(lines[at]) && (at == 0 || is_gap(lines[at - 1]))
    }
}

/// Whether a text begins like this.
pub(crate) fn shows(head: &str) -> bool {
    let lines: Vec<&str> = head.lines().collect();
    PlainMark::of(&lines).is_some()
}

/// The questions of a text.
pub(crate) fn plain_questions(text: &str) -> Option<PlainQuestions> {
    let lines: Vec<&str> = text.lines().collect();
    let mark = PlainMark::of(&lines)?;
    let asked = (0..lines.len()).filter_map(|at| Some((at, mark.question(&lines, at)?)));
    let asked: Vec<(usize, &str)> = asked.collect();
    let above = &lines[..asked.first()?.0];
    let is_text = |line: &&str| !line.is_empty() && !is_rule(line);
    let above = above.iter().map(|line| line.trim()).filter(is_text);
    let mut found = PlainQuestions {
        questions: Vec::new(),
        beside: above.map(str::to_owned).collect(),
    };
    for (number, (at, question)) in asked.iter().enumerate() {
        let next = asked.get(number + 1).map(|(next, _)| *next);
        let below = &lines[at + 1..next.unwrap_or(lines.len())];
        let (below, heading) = without_heading(below, mark, next.is_some());
        found.beside.extend(heading.map(str::to_owned));
        let (question, answer) = apart(question, below, mark);
        found.questions.push(PlainQuestion {
            question,
            answer,
            line: *at as u64,
        });
    }
    Some(found)
}

/// A question with the lines in which it goes on, and its answer.
fn apart(question: &str, below: &[&str], mark: PlainMark) -> (String, String) {
    let opens = below
        .iter()
        .position(|line| answer_mark(line.trim()).is_some());
    let (Some(opens), PlainMark::Word) = (opens, mark) else {
        return (question.trim().to_owned(), joined(below));
    };
    let more = below[..opens].iter().map(|line| line.trim());
    let whole: Vec<&str> = std::iter::once(question.trim())
        .chain(more.filter(|line| !line.is_empty()))
        .collect();
    let opening = below[opens].trim();
    let mut lines = vec![&opening[answer_mark(opening).unwrap_or(0)..]];
    lines.extend(&below[opens + 1..]);
    let answer = joined(&lines);
    (whole.join(" "), answer)
}

fn joined(lines: &[&str]) -> String {
    let lines: Vec<&str> = lines.iter().map(|line| line.trim_end()).collect();
    lines.join("\n").trim_matches('\n').trim_end().to_owned()
}

/// What stands below a question without the rules at its end, and without a heading of what comes next.
fn without_heading<'l, 't>(
    below: &'l [&'t str],
    mark: PlainMark,
    is_followed: bool,
) -> (&'l [&'t str], Option<&'t str>) {
    let below = without_gap(below);
    let Some((last, above)) = below.0.split_last() else {
        return (below.0, None);
    };
    let line = last.trim();
    let (rest, has_rule) = without_gap(above);
    let is_apart = rest.len() < above.len() && !rest.is_empty();
    let is_enclosed = has_rule && below.1;
    let is_named = line.starts_with('#')
        || line.chars().any(char::is_uppercase) && line == line.to_uppercase();
    let is_heading = line.chars().count() <= HEADING
        && is_apart
        && (is_enclosed || is_followed && (is_named || mark == PlainMark::Sign && is_title(line)));
    if is_heading {
        (rest, Some(line))
    } else {
        (below.0, None)
    }
}

/// Lines without the empty ones and the rules at their end, and whether there was a rule.
fn without_gap<'l, 't>(lines: &'l [&'t str]) -> (&'l [&'t str], bool) {
    let is_text = |line: &&str| !line.trim().is_empty() && !is_rule(line.trim());
    let end = lines.iter().rposition(is_text).map_or(0, |last| last + 1);
    let has_rule = lines[end..].iter().any(|line| is_rule(line.trim()));
    (&lines[..end], has_rule)
}

/// Whether a line is a title, and no sentence or item of a list.
fn is_title(line: &str) -> bool {
    !is_item(line) && line.ends_with(|sign: char| sign.is_alphanumeric() || sign == ')')
}

fn is_item(line: &str) -> bool {
    line.starts_with(['-', '*', '•', '–', '+', '>'])
}

/// A question without its number: `3. How long?`
fn without_number(line: &str) -> &str {
    let rest = line.trim_start_matches(|sign: char| sign.is_ascii_digit());
    let behind = rest
        .strip_prefix(['.', ')', ':'])
        .filter(|_| rest.len() < line.len());
    behind.map_or(line, str::trim_start)
}

/// Whether a line is nothing but one sign over and over.
fn is_rule(line: &str) -> bool {
    let mut signs = line.chars();
    let first = signs.next();
    let is_sign = first.is_some_and(|sign| !sign.is_alphanumeric());
    is_sign && line.chars().count() > 2 && signs.all(|sign| Some(sign) == first)
}

#[cfg(test)]
mod tests {
    use super::*;

    type Found = Vec<(String, String, u64)>;

    fn found(text: &str) -> Option<(Found, Vec<String>)> {
        let found = plain_questions(text)?;
        let questions = found.questions.into_iter();
        let questions = questions.map(|one| (one.question, one.answer, one.line));
        Some((questions.collect(), found.beside))
    }

    #[test]
    fn questions_with_their_answers() {
        for (text, all, beside) in [
            (
                "Q: How?\nA: So.\n - one\n - two\n\nand more\n▬▬▬▬\nQ: When,\nexactly?\n\nA:\nNow. A: is no mark here.\n",
                &[
                    ("How?", "So.\n - one\n - two\n\nand more", 0),
                    ("When, exactly?", "Now. A: is no mark here.", 7),
                ][..],
                &[][..],
            ),
            (
                "Our hours\n=====\nFrage: Wie?\nAntwort: So.\n\nFrage: Wann?\nAntwort: Jetzt.",
                &[("Wie?", "So.", 2), ("Wann?", "Jetzt.", 5)],
                &["Our hours"],
            ),
            (
                "# How?\nSo.\n\n# Stuck\nRun it\nagain.\n---\n# When?\nNow.",
                &[
                    ("How?", "So.", 0),
                    ("Stuck", "Run it\nagain.", 3),
                    ("When?", "Now.", 7),
                ],
                &[],
            ),
            (
                "Q: How?\nQ: When?\nA: Now.\nA: Or then.",
                &[("How?", "", 0), ("When?", "Now.\nA: Or then.", 1)],
                &[],
            ),
            (
                "=====\nSECTION A: FEES\n=====\n\nQ1: How?\nA: So.\n\n=====\nSECTION B: TIMES\n=====\n\nQ2: When?\nA: Now:\n\n  always\n\n=====\nAsk us for more\n=====\n",
                &[("How?", "So.", 4), ("When?", "Now:\n\n  always", 11)],
                &["SECTION A: FEES", "SECTION B: TIMES", "Ask us for more"],
            ),
            (
                "FAQ\n\n1. How?\nSo.\n\nAnd so.\n\nDelivery\n\n2. When?\n\nNow, or\nthen.\n\n3. Why?\n- Because.",
                &[
                    ("How?", "So.\n\nAnd so.", 2),
                    ("When?", "Now, or\nthen.", 9),
                    ("Why?", "- Because.", 14),
                ],
                &["FAQ", "Delivery"],
            ),
        ] {
            let (questions, found) = found(text).unwrap();
            let all = all.iter();
            let all = all.map(|(question, answer, line)| {
                ((*question).to_owned(), (*answer).to_owned(), *line)
            });
            assert_eq!(questions, all.collect::<Found>(), "{text}");
            assert_eq!(found, beside, "{text}");
        }
    }

    #[test]
    fn other_text_is_none() {
        for text in [
            "Q: How?\nA: So.",
            "# Title\n\n## How?\nSo.\n## When?\nNow.",
            "# Comment\nid,question,answer\n1,How?,So.",
            "Read this.\n# How?\nSo.\n# When?\nNow.",
            "How? - So.\n---\nWhen? - Now.",
            "How?\nSo.\n\nOne.\n\nTwo.\n\nThree.\n\nWhen?\nNow.",
            "Shipping takes a week.\n\nOrders can be cancelled.",
            "",
        ] {
            assert_eq!(plain_questions(text), None, "{text}");
        }
    }
}
