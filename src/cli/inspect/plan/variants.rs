//! What changes among the variants of a step: which went, which came, and which of them is a
//! changed form of which. Pure.

use std::collections::HashMap;

use crate::text::{Run, alike, differences};

/// More pairs than this are not compared ...
const MOST_PAIRS: usize = 400;
/// ... nor where all of them together would take longer than two long texts.
const MOST_WORK: usize = 20_000 * 20_000;
/// Two variants that share this much are one that changed.
const ALIKE: f64 = 0.5;

/// The variants that differ, each as its runs; those that stay are left out.
pub(crate) fn compare(old: &[&str], new: &[&str]) -> Vec<Vec<Run>> {
    let mut gone = without(old, new);
    let came = without(new, old);
    let bytes = |texts: &[&str]| texts.iter().map(|text| text.len()).sum::<usize>();
    let work = bytes(&gone).saturating_mul(bytes(&came));
    let pairs_up = gone.len() * came.len() <= MOST_PAIRS && work <= MOST_WORK;
    let mut rows = Vec::new();
    for variant in came {
        let likest = if pairs_up {
            likest(&gone, variant)
        } else {
            None
        };
        match likest {
            Some((at, runs)) => {
                gone.remove(at);
                rows.push(runs);
            }
            None => rows.push(vec![Run::New(variant.to_owned())]),
        }
    }
    let left = gone
        .into_iter()
        .map(|text| vec![Run::Gone(text.to_owned())]);
    rows.splice(0..0, left);
    rows
}

/// Those of `texts` that are not among `others`, counting each as often as it occurs.
fn without<'a>(texts: &[&'a str], others: &[&'a str]) -> Vec<&'a str> {
    let mut known: HashMap<&'a str, usize> = HashMap::new();
    for text in others {
        *known.entry(text).or_default() += 1;
    }
    let is_missing = |text: &&'a str| match known.get_mut(text) {
        Some(left) if *left > 0 => {
            *left -= 1;
            false
        }
        _ => true,
    };
    texts.iter().copied().filter(is_missing).collect()
}

fn likest(candidates: &[&str], text: &str) -> Option<(usize, Vec<Run>)> {
    candidates
        .iter()
        .enumerate()
        .map(|(at, candidate)| (at, differences(candidate, text)))
        .map(|(at, runs)| (alike(&runs), at, runs))
        .filter(|(alike, ..)| *alike >= ALIKE)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, at, runs)| (at, runs))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn same(text: &str) -> Run {
        Run::Same(text.into())
    }
    fn gone(text: &str) -> Run {
        Run::Gone(text.into())
    }
    fn new(text: &str) -> Run {
        Run::New(text.into())
    }

    #[test]
    fn variants_are_paired_by_likeness() {
        type Case<'a> = (&'a [&'a str], &'a [&'a str], Vec<Vec<Run>>);
        let cases: [Case; 5] = [
            (&["a", "b"], &["b", "a"], vec![]),
            (&["a"], &["a", "b"], vec![vec![new("b")]]),
            (&["a", "a"], &["a"], vec![vec![gone("a")]]),
            (
                &["where is my order", "track parcel"],
                &["lost order", "where is your order"],
                vec![
                    vec![gone("track parcel")],
                    vec![new("lost order")],
                    vec![same("where is "), gone("my"), new("your"), same(" order")],
                ],
            ),
            (&["x"], &["y"], vec![vec![gone("x")], vec![new("y")]]),
        ];
        for (before, after, expected) in cases {
            assert_eq!(compare(before, after), expected, "{before:?} {after:?}");
        }
    }

    #[test]
    fn variants_that_are_long_are_not_compared_each_with_each() {
        let long = |word: &str| vec![word.repeat(5_000); 20];
        let (old, new) = (long("a "), long("b "));
        let old: Vec<&str> = old.iter().map(String::as_str).collect();
        let new: Vec<&str> = new.iter().map(String::as_str).collect();
        let began = crate::tests::processor_time();
        assert_eq!(compare(&old, &new).len(), 40);
        let took = crate::tests::processor_time().saturating_sub(began);
        assert!(took.as_secs() < 20, "{took:?}");
    }
}
