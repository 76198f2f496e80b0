//! Finds out which of our steps a failure text names, for taking that one out instead of
//! searching for it. Where two are equally likely there is no answer: a wrong one would take a
//! good step off the bot.

use std::collections::BTreeSet;

use super::name_tokens::{Quotes, is_boundary, plausible_in_prose};

/// Bytes of the text that are looked at; failure texts are some hundred bytes long.
const TEXT_LIMIT: usize = 16 * 1024;

/// A place in the text where one of the names stands.
#[derive(Clone, Copy, Debug)]
struct Match<'a> {
    name: &'a str,
    start: usize,
    end: usize,
}

impl Match<'_> {
    fn overlaps(&self, other: &Self) -> bool {
        self.start < other.end && other.start < self.end
    }

    fn length(&self) -> usize {
        self.end - self.start
    }
}

/// The one of `names` that `status_text` names: the whole text, in quotation marks, or as words
/// of its own in prose, in this order. The cost is one binary search in the text per name.
pub fn named_step<'a>(status_text: &str, names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let text = bounded(status_text.trim());
    let quotes = Quotes::of(text);
    let starts = sorted_starts(text);
    let (mut marked, mut in_prose) = (Vec::new(), Vec::new());
    for name in names.filter(|name| !name.is_empty()) {
        if name == text {
            return Some(name);
        }
        for start in occurrences(text, &starts, name) {
            let end = start + name.len();
            let found = Match { name, start, end };
            if quotes.enclose(start, end) {
                marked.push(found);
            } else if is_boundary(text, start)
                && is_boundary(text, end)
                && !quotes.hide(start, end)
                && plausible_in_prose(text, start, end)
            {
                in_prose.push(found);
            }
        }
    }
    if marked.is_empty() {
        only(in_prose)
    } else {
        only(marked)
    }
}

/// The one name among the matches, after longer ones have swallowed those that they overlap.
fn only(mut matches: Vec<Match<'_>>) -> Option<&str> {
    matches.sort_unstable_by_key(|found| (std::cmp::Reverse(found.length()), found.start));
    let mut kept: Vec<Match<'_>> = Vec::new();
    for found in matches {
        let swallowed = kept
            .iter()
            .any(|longer| longer.length() > found.length() && longer.overlaps(&found));
        if !swallowed {
            kept.push(found);
        }
    }
    let names: BTreeSet<&str> = kept.iter().map(|found| found.name).collect();
    if names.len() == 1 {
        names.first().copied()
    } else {
        None
    }
}

/// The places where a name could begin, sorted by the text that begins there.
fn sorted_starts(text: &str) -> Vec<usize> {
    let mut starts: Vec<usize> = text
        .char_indices()
        .map(|(at, _)| at)
        .filter(|at| is_boundary(text, *at) || Quotes::open_before(text, *at))
        .collect();
    starts.sort_unstable_by(|left, right| text[*left..].cmp(&text[*right..]));
    starts
}

fn occurrences(text: &str, starts: &[usize], name: &str) -> impl Iterator<Item = usize> {
    let first = starts.partition_point(|start| &text[*start..] < name);
    starts[first..]
        .iter()
        .copied()
        .take_while(move |start| text[*start..].starts_with(name))
}

fn bounded(text: &str) -> &str {
    let mut end = text.len().min(TEXT_LIMIT);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

#[cfg(test)]
#[path = "named_step_tests.rs"]
mod tests;
