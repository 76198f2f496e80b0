//! How alike two short texts are by what they are made of: runs of three characters of their words, each
//! weighed by how rare it is. Rare words decide, and a mistyped word keeps most of its runs. An index finds the
//! nearest of many without comparing with each.

use std::collections::HashMap;

/// The heaviest runs of a text by which others are looked for.
const LOOKED_FOR: usize = 12;
/// A run that so many have in common finds nothing any more.
const POSTED: usize = 256;
/// So many of those that were found are compared whole.
const COMPARED: usize = 24;

/// A run of three characters.
type Gram = u64;

/// The runs of a text, each once, with its weight; as long as one in all.
pub(super) type GramVector = Vec<(Gram, f32)>;

/// How rare each run is.
#[derive(Debug, Default)]
pub(super) struct Weights {
    texts: usize,
    counts: HashMap<Gram, u32>,
}

impl Weights {
    /// Counts one text.
    pub(super) fn count(&mut self, text: &str) {
        self.texts += 1;
        for gram in grams(text) {
            *self.counts.entry(gram).or_default() += 1;
        }
    }

    #[expect(clippy::cast_precision_loss, reason = "a weight need not be exact")]
    fn of(&self, gram: Gram) -> f32 {
        let count = self.counts.get(&gram).copied().unwrap_or(0).max(1);
        (1.0 + self.texts as f32 / count as f32).ln()
    }

    /// A text as it is compared.
    pub(super) fn vector(&self, text: &str) -> GramVector {
        let mut vector: GramVector = grams(text)
            .into_iter()
            .map(|gram| (gram, self.of(gram)))
            .collect();
        let length: f32 = vector.iter().map(|(_, weight)| weight * weight).sum();
        if length > 0.0 {
            let length = length.sqrt();
            for (_, weight) in &mut vector {
                *weight /= length;
            }
        }
        vector
    }
}

/// The runs of the words of a text, in order, each once. The beginning and the end of a word count as
/// characters.
fn grams(text: &str) -> Vec<Gram> {
    let mut found = Vec::with_capacity(text.len() + 2);
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        let (mut first, mut second) = (0, u64::from(u32::from(' ')));
        for c in word.chars().chain([' ']) {
            let third = u64::from(u32::from(c));
            if first != 0 {
                found.push(first << 42 | second << 21 | third);
            }
            (first, second) = (second, third);
        }
    }
    found.sort_unstable();
    found.dedup();
    found
}

/// How alike two texts are, from 0 to 1.
pub(super) fn likeness(left: &GramVector, right: &GramVector) -> f32 {
    let (mut one, mut other, mut sum) = (0, 0, 0.0);
    while let (Some(a), Some(b)) = (left.get(one), right.get(other)) {
        if a.0 == b.0 {
            sum += a.1 * b.1;
        }
        one += usize::from(a.0 <= b.0);
        other += usize::from(b.0 <= a.0);
    }
    sum
}

/// Texts, found by what they are made of.
#[derive(Debug, Default)]
pub(super) struct Index {
    postings: HashMap<Gram, Vec<u32>>,
    vectors: Vec<GramVector>,
    /// For a look: what each has scored so far, and which have.
    scores: Vec<f32>,
    touched: Vec<u32>,
}

impl Index {
    /// Takes a text in; its number is how many there were.
    pub(super) fn add(&mut self, vector: GramVector) {
        let Ok(number) = u32::try_from(self.vectors.len()) else {
            return;
        };
        for (gram, _) in &vector {
            let posted = self.postings.entry(*gram).or_default();
            if posted.len() < POSTED {
                posted.push(number);
            }
        }
        self.vectors.push(vector);
        self.scores.push(0.0);
    }

    /// The one that is most like a text, of those that are wanted, where any is so much like it. Of equals
    /// the first.
    pub(super) fn nearest(
        &mut self,
        vector: &GramVector,
        least: f32,
        is_wanted: impl Fn(usize) -> bool,
    ) -> Option<(usize, f32)> {
        let mut heaviest: Vec<&(Gram, f32)> = vector.iter().collect();
        heaviest.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        for (gram, weight) in heaviest.into_iter().take(LOOKED_FOR) {
            for number in self.postings.get(gram).into_iter().flatten() {
                let score = &mut self.scores[*number as usize];
                if *score == 0.0 {
                    self.touched.push(*number);
                }
                *score += weight * weight;
            }
        }
        let mut found: Vec<(u32, f32)> = Vec::with_capacity(self.touched.len());
        for number in self.touched.drain(..) {
            let score = std::mem::take(&mut self.scores[number as usize]);
            found.push((number, score));
        }
        found.retain(|(number, _)| is_wanted(*number as usize));
        found.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        found
            .into_iter()
            .take(COMPARED)
            .map(|(number, _)| {
                let number = number as usize;
                (number, likeness(vector, &self.vectors[number]))
            })
            .filter(|(_, likeness)| *likeness >= least)
            .max_by(|a, b| a.1.total_cmp(&b.1).then(b.0.cmp(&a.0)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn weights(texts: &[&str]) -> Weights {
        let mut weights = Weights::default();
        for text in texts {
            weights.count(text);
        }
        weights
    }

    const TEXTS: [&str; 5] = [
        "how do i reset my password",
        "how do i return an item",
        "how do i change my address",
        "how do i cancel my order",
        "where is my order",
    ];

    #[test]
    fn rare_words_decide_and_a_mistyped_word_is_still_found() {
        let weights = weights(&TEXTS);
        let like = |one: &str, other: &str| likeness(&weights.vector(one), &weights.vector(other));
        assert!((like(TEXTS[0], TEXTS[0]) - 1.0).abs() < 1e-3);
        assert!(like(TEXTS[0], "pasword reset") > like(TEXTS[0], TEXTS[1]));
        assert!(like(TEXTS[0], "reset the passwrod") > 0.4);
        assert!(like("abc", "xyz").abs() < 1e-6);
        assert!(like("", TEXTS[0]).abs() < 1e-6);
    }

    #[test]
    fn the_index_finds_what_comparing_with_each_finds() {
        let weights = weights(&TEXTS);
        let mut index = Index::default();
        for text in TEXTS {
            index.add(weights.vector(text));
        }
        for text in [
            "reset pasword",
            "return item",
            "my address",
            "orders",
            "zzz",
        ] {
            let vector = weights.vector(text);
            let by_hand = (0..TEXTS.len())
                .map(|at| (at, likeness(&vector, &weights.vector(TEXTS[at]))))
                .filter(|(_, likeness)| *likeness >= 0.2)
                .max_by(|a, b| a.1.total_cmp(&b.1).then(b.0.cmp(&a.0)));
            assert_eq!(index.nearest(&vector, 0.2, |_| true), by_hand, "{text}");
        }
        let vector = weights.vector(TEXTS[4]);
        let other = index.nearest(&vector, 0.0, |at| at != 4);
        assert_eq!(other.map(|(at, _)| at), Some(3));
    }
}
