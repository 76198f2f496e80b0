//! Finds out which of our steps a failure text names, for taking that one out instead of
//! searching for it. Where two are equally likely there is no answer: a wrong one would take a
//! good step off the bot.

use super::name_tokens::Tokens;
use crate::text::FOREIGN_LIMIT;

/// At more places than this no name can stand alone: the text names several.
const PLACES: usize = FOREIGN_LIMIT;

/// A place in the text where one of the names stands.
#[derive(Clone, Copy, Debug)]
struct Match<'a> {
    name: &'a str,
    start: usize,
    end: usize,
}

impl Match<'_> {
    fn length(&self) -> usize {
        self.end - self.start
    }
}

/// The one of `names` that `status_text` names: the whole text, in quotation marks, or as words
/// of its own in prose, in this order. The cost is one binary search in the text per name.
pub fn named_step<'a>(status_text: &str, names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let text = status_text.trim();
    let text = &text[..text.floor_char_boundary(FOREIGN_LIMIT)];
    let tokens = Tokens::of(text);
    let starts = sorted_starts(text, &tokens);
    let (mut marked, mut in_prose) = (Vec::new(), Vec::new());
    let mut places = 0;
    for name in names.filter(|name| !name.is_empty()) {
        if name == text {
            return Some(name);
        }
        for start in occurrences(text, &starts, name) {
            places += 1;
            if places > PLACES {
                return None;
            }
            let end = start + name.len();
            let found = Match { name, start, end };
            if tokens.enclose(start, end) {
                marked.push(found);
            } else if tokens.is_boundary(start)
                && tokens.is_boundary(end)
                && !tokens.hide(start, end)
                && tokens.plausible_in_prose(start, end)
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
    let longest = *matches.first()?;
    let (kept, shorter) =
        matches.split_at(matches.partition_point(|found| found.length() == longest.length()));
    // What is kept lies in the order of its starts, and all of it is as long.
    let is_swallowed = |found: &Match<'_>| {
        let next = kept.partition_point(|longer| longer.end <= found.start);
        kept.get(next)
            .is_some_and(|longer| longer.start < found.end)
    };
    let is_clear =
        kept.iter().all(|found| found.name == longest.name) && shorter.iter().all(is_swallowed);
    is_clear.then_some(longest.name)
}

/// The places where a name could begin, sorted by the text that begins there.
fn sorted_starts(text: &str, tokens: &Tokens<'_>) -> Vec<usize> {
    let mut starts: Vec<usize> = text
        .char_indices()
        .map(|(at, _)| at)
        .filter(|at| tokens.is_boundary(*at) || tokens.open_before(*at))
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

#[cfg(test)]
mod tests;
