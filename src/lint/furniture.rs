//! Lines that belong to the pages of a web site and not to their articles: the first or last line that most
//! articles of a source have in common.

use std::collections::HashMap;

use xxhash_rust::xxh3::xxh3_64;

use super::Said;
use super::rule::Rule;
use super::view::quoted;
use crate::model::{ANSWER_SEPARATOR, Desired, Step};

/// Of fewer articles nobody can say it.
const ENOUGH: usize = 5;
/// Different lines that are counted; what most have in common is among the first.
const COUNTED: usize = 1000;
const MONTHS: [&str; 12] = [
    "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
];

/// The first or the last lines of the answers of a source.
#[derive(Debug, Default)]
struct CommonLine {
    /// How often there was one, and the first of its kind.
    lines: HashMap<u64, (usize, String)>,
}

/// What the answers of a source begin and end with.
#[derive(Debug, Default)]
pub(crate) struct PageFurniture {
    answers: usize,
    first: CommonLine,
    last: CommonLine,
}

impl CommonLine {
    fn see(&mut self, line: &str) {
        let key = xxh3_64(likeness(line).as_bytes());
        if let Some((times, _)) = self.lines.get_mut(&key) {
            *times += 1;
        } else if self.lines.len() < COUNTED {
            self.lines.insert(key, (1, line.to_owned()));
        }
    }

    /// What four in five have in common.
    fn most(&self, answers: usize) -> Option<(usize, &str)> {
        let most = self.lines.values().max_by_key(|(times, _)| *times)?;
        let is_common = answers >= ENOUGH && most.0 * 5 >= answers * 4;
        is_common.then_some((most.0, most.1.as_str()))
    }
}

impl PageFurniture {
    /// Looks at another step.
    pub(crate) fn see(&mut self, step: &Step) {
        self.answers += 1;
        let lines = step.answer.split(ANSWER_SEPARATOR).flat_map(str::lines);
        let mut lines = lines.map(str::trim).filter(|line| !line.is_empty());
        let Some(first) = lines.next() else {
            return;
        };
        self.first.see(first);
        if let Some(last) = lines.last() {
            self.last.see(last);
        }
    }

    /// What is to be said of it, of each line.
    pub(crate) fn told(&self) -> Vec<String> {
        let ends = [("begin", &self.first), ("end", &self.last)];
        let told = ends.iter().filter_map(|(do_what, line)| {
            let (times, line) = line.most(self.answers)?;
            Some(format!(
                "{times} of {} answers {do_what} with the same line: {}",
                self.answers,
                quoted(line)
            ))
        });
        told.collect()
    }
}

/// A line without what differs from page to page, numbers and dates, if it says something besides.
fn likeness(line: &str) -> String {
    let words = line.split_whitespace().map(str::to_lowercase);
    let words = words.filter(|word| {
        let is_month = MONTHS.iter().any(|month| word.starts_with(month));
        !is_month && !word.contains(|c: char| c.is_ascii_digit())
    });
    let words: Vec<String> = words.collect();
    match words.len() {
        0 | 1 => line.to_owned(),
        _ => words.join(" "),
    }
}

/// What is said of the sources of a bot.
pub(super) fn judge(desired: &[Desired]) -> Vec<Said> {
    let mut sources: Vec<(&str, PageFurniture)> = Vec::new();
    for entry in desired {
        let source = &*entry.key.source;
        let at = sources.iter().position(|(name, _)| *name == source);
        let at = at.unwrap_or_else(|| {
            sources.push((source, PageFurniture::default()));
            sources.len() - 1
        });
        sources[at].1.see(&entry.step);
    }
    let told = sources.iter().flat_map(|(source, furniture)| {
        let told = furniture.told().into_iter();
        told.map(move |told| {
            let what = format!("source {source}: {told}");
            Said::new(Rule::PageFurniture, "answer", what)
        })
    });
    told.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(answers: &[&str]) -> Vec<String> {
        let mut furniture = PageFurniture::default();
        for answer in answers {
            furniture.see(&Step {
                node_name: "kb-1".to_owned(),
                question: "How?".to_owned(),
                answer: (*answer).to_owned(),
            });
        }
        furniture.told()
    }

    #[test]
    fn what_four_in_five_have_in_common_is_told() {
        let helpful = [
            "One.<m>Was this helpful?",
            "Two.\nWas this helpful?",
            "Three.<m>Was this helpful?",
            "Four.<m>Was this helpful?",
            "Five, alone.",
        ];
        assert_eq!(
            told(&helpful),
            ["4 of 5 answers end with the same line: \"Was this helpful?\""]
        );
        assert_eq!(told(&helpful[..4]), [""; 0]);
        let mut fewer = helpful;
        fewer[0] = "One.<m>So.";
        assert_eq!(told(&fewer), [""; 0]);
    }

    #[test]
    fn dates_differ_and_are_the_same_line() {
        let dated = [
            "Updated on 3 May 2024\nOne.",
            "Updated on 12 June 2024\nTwo.",
            "Updated on 1.2.2024\nThree.",
            "Updated on 4 December 2025\nFour.",
            "Updated on 4 July 2025\nFive.",
        ];
        assert_eq!(
            told(&dated),
            ["5 of 5 answers begin with the same line: \"Updated on 3 May 2024\""]
        );
    }

    #[test]
    fn prices_have_nothing_in_common() {
        assert_eq!(
            told(&["5 EUR", "7 EUR", "9 EUR", "10 EUR", "12 EUR"]),
            [""; 0]
        );
    }

    #[test]
    fn a_whole_answer_in_common_is_its_first_line() {
        assert_eq!(
            told(&["Ask us."; 5]),
            ["5 of 5 answers begin with the same line: \"Ask us.\""]
        );
    }
}
