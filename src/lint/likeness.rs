//! Finds the texts that are alike among many without comparing each with each: `MinHash` over
//! shingles of three characters, and locality-sensitive hashing in bands. What is found is then
//! compared exactly, so no likeness that is told is an estimate.

use std::cmp::Reverse;

/// Two texts with less than this share of their shingles in common are not told.
const LEAST: usize = 70;
/// Of two texts at the limit, one in a thousand pairs shares no band: 1 - (1 - 0.7⁴)²⁴.
const BANDS: usize = 24;
const ROWS: usize = 4;
/// How many neighbours in a bucket a text is compared with. It bounds the work where thousands of
/// messages follow one pattern; each of them is still told with some of the others.
const NEIGHBOURS: usize = 16;
/// Of a text that is like so many others before it, no more are looked for: it follows a pattern.
const ENOUGH: usize = 32;
/// How many others are told of one text, the most alike of those that were found.
const TOLD: usize = 8;

/// Two texts that are alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct SimilarPair {
    /// The position of the first one ...
    pub(super) left: usize,
    /// ... and of the second.
    pub(super) right: usize,
    /// The share of their shingles that they have in common, in percent.
    pub(super) percent: usize,
}

/// The pairs of texts that are alike, in the order of their positions. Only texts of one kind are
/// compared: where thousands differ in nothing but a kind, that is most of the work.
pub(super) fn alike(texts: &[String], kinds: &[u64]) -> Vec<SimilarPair> {
    let shingles: Vec<Vec<u64>> = texts.iter().map(|text| shingles(text)).collect();
    let of_kind = |(set, kind): (&Vec<u64>, &u64)| signature(set).map(|band| mix(band ^ kind));
    let signatures: Vec<[u64; BANDS]> = shingles.iter().zip(kinds).map(of_kind).collect();
    let mut best = vec![Best::default(); texts.len()];
    let mut buckets: Vec<(u64, usize)> = Vec::with_capacity(texts.len());
    for band in 0..BANDS {
        buckets.clear();
        let hashes = signatures.iter().map(|signature| signature[band]);
        buckets.extend(hashes.zip(0..));
        buckets.sort_unstable();
        for bucket in buckets.chunk_by(|one, other| one.0 == other.0) {
            for (place, (_, left)) in bucket.iter().enumerate() {
                for (_, right) in bucket[place + 1..].iter().take(NEIGHBOURS) {
                    let best = &mut best[*right];
                    if kinds[*left] == kinds[*right] && best.wants(*left) {
                        best.take(*left, percent(&shingles[*left], &shingles[*right]));
                    }
                }
            }
        }
    }
    let pairs = best.into_iter().enumerate().flat_map(|(right, best)| {
        let pair = move |(percent, Reverse(left))| SimilarPair {
            left,
            right,
            percent,
        };
        best.found.into_iter().map(pair)
    });
    let mut pairs: Vec<SimilarPair> = pairs.collect();
    pairs.sort_unstable();
    pairs
}

/// The texts before one that are most like it.
#[derive(Clone, Debug, Default)]
struct Best {
    /// How many were alike so far.
    alike: usize,
    /// Likeness and position, the most alike first.
    found: Vec<(usize, Reverse<usize>)>,
}

impl Best {
    /// Whether a comparison with this one may bring something.
    fn wants(&self, left: usize) -> bool {
        self.alike < ENOUGH && !self.found.iter().any(|(_, known)| known.0 == left)
    }

    fn take(&mut self, left: usize, percent: usize) {
        if percent >= LEAST {
            self.alike += 1;
            self.found.push((percent, Reverse(left)));
            self.found.sort_unstable_by(|one, other| other.cmp(one));
            self.found.truncate(TOLD);
        }
    }
}

/// Every three characters that follow each other, each once and in order; a word's beginning and
/// end count as characters. Three characters fit in a number, so nothing is lost by hashing.
fn shingles(text: &str) -> Vec<u64> {
    let padded = std::iter::once(' ').chain(text.chars()).chain([' ']);
    let codes: Vec<u64> = padded.map(|c| u64::from(u32::from(c))).collect();
    let mut set: Vec<u64> = codes
        .windows(3)
        .map(|three| three[0] << 42 | three[1] << 21 | three[2])
        .collect();
    set.sort_unstable();
    set.dedup();
    set
}

/// For each band a number that two texts have in common only where the least values of all its
/// hash functions are the same.
fn signature(set: &[u64]) -> [u64; BANDS] {
    std::array::from_fn(|band| {
        (0..ROWS).fold(0, |bucket, row| {
            let seed = mix((band * ROWS + row + 1) as u64);
            let least = set.iter().map(|shingle| mix(shingle ^ seed)).min();
            mix(bucket ^ least.unwrap_or(seed))
        })
    })
}

/// The finaliser of `SplitMix64`: spreads every bit of a number over all of them.
const fn mix(number: u64) -> u64 {
    let number = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ (number >> 31)
}

/// What two sets have in common of all that is in them.
fn percent(left: &[u64], right: &[u64]) -> usize {
    let (mut common, mut one, mut other) = (0, 0, 0);
    while let (Some(a), Some(b)) = (left.get(one), right.get(other)) {
        common += usize::from(a == b);
        one += usize::from(a <= b);
        other += usize::from(b <= a);
    }
    let all = left.len() + right.len() - common;
    (100 * common).checked_div(all).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all_alike(texts: &[String]) -> Vec<SimilarPair> {
        alike(texts, &vec![0; texts.len()])
    }

    fn texts(texts: &[&str]) -> Vec<String> {
        texts.iter().map(|text| (*text).to_owned()).collect()
    }

    #[test]
    fn likeness_is_exact() {
        let percent = |one, other| percent(&shingles(one), &shingles(other));
        assert_eq!(percent("abc", "abc"), 100);
        // " ab", "abc", "bc " and " ab", "abd", "bd ".
        assert_eq!(percent("abc", "abd"), 20);
        assert_eq!(percent("abc", "xyz"), 0);
    }

    /// What comparing each with each finds.
    fn by_hand(texts: &[String]) -> Vec<SimilarPair> {
        let sets: Vec<_> = texts.iter().map(|text| shingles(text)).collect();
        let mut pairs = Vec::new();
        for left in 0..sets.len() {
            for right in left + 1..sets.len() {
                let percent = percent(&sets[left], &sets[right]);
                if percent >= LEAST {
                    pairs.push(SimilarPair {
                        left,
                        right,
                        percent,
                    });
                }
            }
        }
        pairs
    }

    #[test]
    fn nothing_alike_is_missed_and_nothing_else_is_told() {
        let few = texts(&[
            "how do i reset my password",
            "where is my order",
            "how can i reset my password",
            "how do i change my address",
            "where is my orders",
        ]);
        let found = all_alike(&few);
        assert_eq!(found, by_hand(&few));
        assert_eq!(found.len(), 2, "{found:?}");

        let mut random = fastrand::Rng::with_seed(7);
        let words = [
            "cancel", "order", "refund", "password", "invoice", "phone", "change", "where", "when",
            "how",
        ];
        let many: Vec<String> = (0..400)
            .map(|_| {
                let words: Vec<&str> = (0..5).map(|_| words[random.usize(..words.len())]).collect();
                words.join(" ")
            })
            .collect();
        let (found, wanted) = (all_alike(&many), by_hand(&many));
        assert!(wanted.len() > 50, "{}", wanted.len());
        let missed = wanted.iter().filter(|pair| !found.contains(pair)).count();
        assert!(missed * 50 <= wanted.len(), "{missed} of {}", wanted.len());
        assert!(found.iter().all(|pair| wanted.contains(pair)));
        assert_eq!(all_alike(&many), found, "the same each time");
    }

    #[test]
    fn of_many_others_the_most_alike_are_told() {
        let mut many: Vec<String> = (0..60)
            .map(|at| format!("how do i return the item called {}", "z".repeat(4 + at)))
            .collect();
        many.push(format!("{} ", many[7]));
        let found = all_alike(&many);
        let of_last: Vec<SimilarPair> = found.into_iter().filter(|pair| pair.right == 60).collect();
        assert_eq!(of_last.len(), TOLD);
        assert!(of_last.iter().all(|pair| pair.percent >= 90), "{of_last:?}");
    }

    #[test]
    fn texts_of_different_kinds_are_not_compared() {
        let few = texts(&[
            "reset my password",
            "reset my passwords",
            "reset my password now",
        ]);
        let pairs = |kinds: &[u64]| -> Vec<(usize, usize)> {
            let found = alike(&few, kinds);
            found.iter().map(|pair| (pair.left, pair.right)).collect()
        };
        assert_eq!(pairs(&[1, 1, 1]), [(0, 1), (0, 2)]);
        assert_eq!(pairs(&[1, 2, 1]), [(0, 2)]);
    }

    #[test]
    fn one_pattern_in_thousands_does_not_take_for_ever() {
        let names = |at: usize| {
            format!(
                "how do i return the item called {}",
                "xyz".repeat(1 + at % 3)
            )
        };
        let mut many: Vec<String> = (0..3000).map(names).collect();
        many.push("how do i return the item called xyzz".to_owned());
        let found = all_alike(&many);
        assert!(found.len() <= many.len() * TOLD);
        assert!(!found.is_empty());
    }
}
