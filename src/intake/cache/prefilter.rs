//! Looks a few digests up among very many.

const SHELVES: usize = 1 << 16;

/// Says of most digests at a glance that they are not among a few. They are random, so their last bits
/// tell them apart.
pub(crate) struct Prefilter {
    shelves: Vec<bool>,
}

impl Prefilter {
    /// These few.
    pub(crate) fn of(digests: impl Iterator<Item = u64>) -> Self {
        let mut shelves = vec![false; SHELVES];
        for digest in digests {
            shelves[shelf(digest)] = true;
        }
        Self { shelves }
    }

    /// Whether it may be one of them. `false` is certain.
    pub(crate) fn may_hold(&self, digest: u64) -> bool {
        self.shelves[shelf(digest)]
    }
}

#[expect(clippy::cast_possible_truncation, reason = "the last bits are meant")]
const fn shelf(digest: u64) -> usize {
    digest as usize % SHELVES
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_among_them_may_hold_and_most_else_may_not() {
        let mixed = |number: u64| xxhash_rust::xxh3::xxh3_64(&number.to_le_bytes());
        let few = Prefilter::of((0..1000).map(mixed));
        assert!((0..1000).all(|number| few.may_hold(mixed(number))));
        let others = (1000..101_000).filter(|number| few.may_hold(mixed(*number)));
        assert!(others.count() < 3000);
    }
}
