//! Finds each of very many digests, in little more memory than their positions need.

use crate::model::RowDigest;

const FREE: u32 = u32::MAX;

/// Where each of these digests stands. They are random, so their last bits tell where to look.
pub(crate) struct Index<'a> {
    digests: &'a [RowDigest],
    /// Twice as many as there are digests, so that a free one is never far.
    slots: Vec<u32>,
}

impl<'a> Index<'a> {
    /// Of equal ones, the first counts.
    pub(crate) fn of(digests: &'a [RowDigest]) -> Self {
        let count = (digests.len() * 2).next_power_of_two();
        let mut index = Self {
            digests,
            slots: vec![FREE; count],
        };
        for (at, digest) in (0..FREE).zip(digests) {
            let slot = index.slot(*digest);
            if index.slots[slot] == FREE {
                index.slots[slot] = at;
            }
        }
        index
    }

    /// The position of a digest.
    pub(crate) fn find(&self, digest: RowDigest) -> Option<usize> {
        let at = self.slots[self.slot(digest)];
        (at != FREE).then_some(at as usize)
    }

    /// The slot that holds this digest, or would.
    fn slot(&self, digest: RowDigest) -> usize {
        let last = self.slots.len() - 1;
        let mut slot = start(digest) & last;
        loop {
            match self.slots[slot] {
                FREE => return slot,
                at if self.digests[at as usize] == digest => return slot,
                _ => slot = (slot + 1) & last,
            }
        }
    }
}

/// The last bits are meant.
const fn start(digest: RowDigest) -> usize {
    digest as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_digest_is_found_and_nothing_else() {
        let mixed = |number: u64| xxhash_rust::xxh3::xxh3_128(&number.to_le_bytes());
        for count in [0, 1, 2, 1000] {
            let digests: Vec<_> = (0..count).map(mixed).collect();
            let index = Index::of(&digests);
            for (at, digest) in digests.iter().enumerate() {
                assert_eq!(index.find(*digest), Some(at));
            }
            assert!((count..3000).all(|other| index.find(mixed(other)).is_none()));
        }
    }

    #[test]
    fn digests_that_begin_at_the_same_place_are_told_apart() {
        let digests = [7, 7 | 1 << 64, 7 | 1 << 65, 7, 8];
        let index = Index::of(&digests);
        let found = digests.map(|digest| index.find(digest));
        assert_eq!(found, [Some(0), Some(1), Some(2), Some(0), Some(4)]);
        assert_eq!(index.find(7 | 1 << 66), None);
    }
}
