//! User messages that two steps have in common, or that are nearly the same.

use std::collections::{BTreeMap, HashMap};

use unicode_normalization::UnicodeNormalization;

use super::Said;
use super::likeness::{SimilarPair, alike};
use super::rule::Rule;
use super::view::{question, quoted};
use crate::model::Desired;

/// Where a user message stands: the step and the position in it.
type Spot = (usize, usize);

pub(super) fn judge(desired: &[Desired], near: bool) -> Vec<(usize, Said)> {
    let (texts, spots) = messages(desired);
    let words = |(step, at): Spot| {
        let text = desired[step].step.questions().nth(at);
        quoted(text.unwrap_or_default())
    };
    let mut said = Vec::new();
    for spots in &spots {
        let first = spots[0];
        let mut told = first.0;
        for spot in spots.iter().filter(|spot| spot.0 != first.0) {
            // Twice in one step is no harm.
            if std::mem::replace(&mut told, spot.0) == spot.0 {
                continue;
            }
            let what = format!("{} is a user message of both", words(*spot));
            said.push((spot.0, twin(Rule::SameQuestion, *spot, what, first.0)));
        }
    }
    if near {
        // What differs in a number is different, however alike the rest is.
        let numbers: Vec<u64> = texts.iter().map(|text| numbers(text)).collect();
        for (pair, left, right) in nearest(&alike(&texts, &numbers), &spots) {
            let what = format!(
                "{} is {} % like {}",
                words(right),
                pair.percent,
                words(left)
            );
            said.push((right.0, twin(Rule::NearDuplicate, right, what, left.0)));
        }
    }
    said
}

fn twin(rule: Rule, spot: Spot, what: String, other: usize) -> Said {
    Said {
        other: Some(other),
        ..Said::new(rule, question(spot.1), what)
    }
}

/// The different messages, reduced to what tells them apart, and where each stands.
fn messages(desired: &[Desired]) -> (Vec<String>, Vec<Vec<Spot>>) {
    let mut positions: HashMap<String, usize> = HashMap::new();
    let (mut texts, mut spots) = (Vec::new(), Vec::<Vec<Spot>>::new());
    for (step, entry) in desired.iter().enumerate() {
        for (at, message) in entry.step.questions().enumerate() {
            let text = reduced(message);
            let next = texts.len();
            let position = *positions.entry(text.clone()).or_insert(next);
            if position == next {
                texts.push(text);
                spots.push(Vec::new());
            }
            spots[position].push((step, at));
        }
    }
    (texts, spots)
}

/// Without case, punctuation, and the different ways to write one character.
pub(crate) fn reduced(message: &str) -> String {
    let folded: String = message.nfkc().collect::<String>().to_lowercase();
    let apart = |c: char| {
        c.is_whitespace()
            || c.is_control()
            || matches!(
                c,
                '.' | ','
                    | ';'
                    | ':'
                    | '!'
                    | '?'
                    | '¿'
                    | '¡'
                    | '…'
                    | '"'
                    | '('
                    | ')'
                    | '['
                    | ']'
                    | '/'
                    | '-'
                    | '–'
                    | '—'
                    | '“'
                    | '”'
                    | '„'
                    | '«'
                    | '»'
                    | '。'
                    | '、'
                    | '？'
                    | '！'
                    | '।'
            )
    };
    let words = folded
        .split(apart)
        .map(|word| word.replace(['\'', '’', '‘'], ""));
    let words: Vec<String> = words.filter(|word| !word.is_empty()).collect();
    if words.is_empty() {
        message.to_owned()
    } else {
        words.join(" ")
    }
}

/// Of each two steps the pair of messages that is most alike, in the order of the steps.
fn nearest<'p>(
    pairs: &'p [SimilarPair],
    spots: &[Vec<Spot>],
) -> Vec<(&'p SimilarPair, Spot, Spot)> {
    let mut best: BTreeMap<(usize, usize), (&SimilarPair, Spot, Spot)> = BTreeMap::new();
    for pair in pairs {
        let (one, two) = (spots[pair.left][0], spots[pair.right][0]);
        let (left, right) = if one <= two { (one, two) } else { (two, one) };
        if left.0 == right.0 {
            continue;
        }
        let entry = best.entry((right.0, left.0)).or_insert((pair, left, right));
        if pair.percent > entry.0.percent {
            *entry = (pair, left, right);
        }
    }
    best.into_values().collect()
}

/// The digest of the digits in a text.
fn numbers(text: &str) -> u64 {
    let digits: String = text.chars().filter(|c| c.is_numeric()).collect();
    xxhash_rust::xxh3::xxh3_64(digits.as_bytes())
}
