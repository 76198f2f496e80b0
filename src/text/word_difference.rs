//! How one text differs from another, word by word. Pure.

use std::time::Duration;

use similar::{ChangeTag, TextDiff};

/// Longer pairs of texts are not compared word by word: it would take too long to be worth it.
const LONGEST_BYTES: usize = 40_000;
/// Two texts that have nothing in common would take seconds to compare; after this the rest counts as
/// replaced.
const PATIENCE: Duration = Duration::from_millis(500);
/// Texts that share less than this are shown one after the other.
const LEAST_ALIKE: f64 = 0.3;

/// A run of a comparison.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Run {
    /// In both.
    Same(String),
    /// Only in the old text.
    Gone(String),
    /// Only in the new text.
    New(String),
}

/// The runs that lead from the old text to the new one.
pub(crate) fn differences(old: &str, new: &str) -> Vec<Run> {
    if old.len() + new.len() > LONGEST_BYTES {
        return around_the_middle(old, new);
    }
    let runs = by_word(old, new);
    if alike(&runs) < LEAST_ALIKE {
        let mut whole = Runs::default();
        whole.take(ChangeTag::Delete, old);
        whole.take(ChangeTag::Insert, new);
        return whole.finish();
    }
    runs
}

/// How much of both texts is the same, from 0 to 1. White space does not count.
pub(crate) fn alike(runs: &[Run]) -> f64 {
    let letters = |text: &str| -> u32 {
        let letters = text.chars().filter(|c| !c.is_whitespace()).count();
        u32::try_from(letters).unwrap_or(u32::MAX)
    };
    let (mut same, mut different) = (0_u32, 0_u32);
    for run in runs {
        match run {
            Run::Same(text) => same = same.saturating_add(letters(text)),
            Run::Gone(text) | Run::New(text) => {
                different = different.saturating_add(letters(text));
            }
        }
    }
    let total = 2.0 * f64::from(same) + f64::from(different);
    if total == 0.0 {
        1.0
    } else {
        2.0 * f64::from(same) / total
    }
}

fn by_word(old: &str, new: &str) -> Vec<Run> {
    let mut runs = Runs::default();
    let diff = TextDiff::configure()
        .timeout(PATIENCE)
        .diff_unicode_words(old, new);
    for change in diff.iter_all_changes() {
        runs.take(change.tag(), change.value());
    }
    runs.finish()
}

/// What both begin and end with, and between them what is gone and what is new.
fn around_the_middle(old: &str, new: &str) -> Vec<Run> {
    let pairs = old.chars().zip(new.chars());
    let start: usize = pairs
        .take_while(|(a, b)| a == b)
        .map(|(a, _)| a.len_utf8())
        .sum();
    let (old_rest, new_rest) = (&old[start..], &new[start..]);
    let pairs = old_rest.chars().rev().zip(new_rest.chars().rev());
    let end: usize = pairs
        .take_while(|(a, b)| a == b)
        .map(|(a, _)| a.len_utf8())
        .sum();
    let mut runs = Runs::default();
    runs.take(ChangeTag::Equal, &old[..start]);
    runs.take(ChangeTag::Delete, &old_rest[..old_rest.len() - end]);
    runs.take(ChangeTag::Insert, &new_rest[..new_rest.len() - end]);
    runs.take(ChangeTag::Equal, &old_rest[old_rest.len() - end..]);
    runs.finish()
}

/// Gathers single words into runs. A space between two replaced words is taken as replaced too,
/// so that a replaced phrase reads as one.
#[derive(Default)]
struct Runs {
    done: Vec<Run>,
    same: String,
    gone: String,
    new: String,
    space: String,
}

impl Runs {
    fn take(&mut self, tag: ChangeTag, text: &str) {
        if text.is_empty() {
            return;
        }
        if tag == ChangeTag::Equal {
            let is_replacing = !self.gone.is_empty() && !self.new.is_empty();
            if is_replacing && self.space.is_empty() && text == " " {
                self.space.push_str(text);
            } else {
                self.flush();
                self.same.push_str(text);
            }
            return;
        }
        let space = std::mem::take(&mut self.space);
        self.gone.push_str(&space);
        self.new.push_str(&space);
        if self.gone.is_empty() && self.new.is_empty() && !self.same.is_empty() {
            self.done.push(Run::Same(std::mem::take(&mut self.same)));
        }
        match tag {
            ChangeTag::Delete => self.gone.push_str(text),
            ChangeTag::Insert | ChangeTag::Equal => self.new.push_str(text),
        }
    }

    /// Ends the change that is being gathered.
    fn flush(&mut self) {
        if !self.gone.is_empty() {
            self.done.push(Run::Gone(std::mem::take(&mut self.gone)));
        }
        if !self.new.is_empty() {
            self.done.push(Run::New(std::mem::take(&mut self.new)));
        }
        self.same.push_str(&std::mem::take(&mut self.space));
    }

    fn finish(mut self) -> Vec<Run> {
        self.flush();
        if !self.same.is_empty() {
            self.done.push(Run::Same(std::mem::take(&mut self.same)));
        }
        self.done
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `[-gone-]{+new+}` around what is the same.
    fn marked(old: &str, new: &str) -> String {
        differences(old, new)
            .iter()
            .map(|run| match run {
                Run::Same(text) => text.clone(),
                Run::Gone(text) => format!("[-{text}-]"),
                Run::New(text) => format!("{{+{text}+}}"),
            })
            .collect()
    }

    #[test]
    fn words_are_compared() {
        for (old, new, expected) in [
            ("same", "same", "same"),
            (
                "within 14 days.",
                "within 30 days.",
                "within [-14-]{+30+} days.",
            ),
            (
                "It takes 14 days to cancel.",
                "It takes 3 weeks to cancel.",
                "It takes [-14 days-]{+3 weeks+} to cancel.",
            ),
            ("Call us today", "Call us", "Call us[- today-]"),
            ("Call us", "Call us today", "Call us{+ today+}"),
            (
                "One fine day",
                "Otherwise no",
                "[-One fine day-]{+Otherwise no+}",
            ),
            (
                "Straße 5, über uns",
                "Straße 7, über uns",
                "Straße [-5-]{+7+}, über uns",
            ),
            ("", "", ""),
            ("", "new", "{+new+}"),
        ] {
            assert_eq!(marked(old, new), expected);
        }
    }

    #[test]
    fn both_texts_can_be_read_off_the_runs() {
        let texts = ["a b c d", "a x y d", "b c", "x", "", "a  b\nc", "ü b c d e"];
        for old in texts {
            for new in texts {
                let (mut before, mut after) = (String::new(), String::new());
                for run in by_word(old, new) {
                    match run {
                        Run::Same(text) => {
                            before.push_str(&text);
                            after.push_str(&text);
                        }
                        Run::Gone(text) => before.push_str(&text),
                        Run::New(text) => after.push_str(&text),
                    }
                }
                assert_eq!((before.as_str(), after.as_str()), (old, new));
            }
        }
    }

    #[test]
    fn long_texts_are_compared_from_both_ends() {
        let (old, new) = ("é".repeat(20_000) + "1zz", "é".repeat(20_000) + "2zz");
        let expected = [
            Run::Same("é".repeat(20_000)),
            Run::Gone("1".into()),
            Run::New("2".into()),
            Run::Same("zz".into()),
        ];
        assert_eq!(differences(&old, &new), expected);
    }
}
