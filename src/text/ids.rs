//! Ids that the product makes out of words: none is longer than a name may be, and no two of one page
//! are the same.

use std::collections::{HashMap, HashSet};

/// As long as a made id may be. A name has room for 255 characters, and templates add some of their own.
const MAX_MADE: usize = 200;
/// What is left of a long one, before its digest.
const KEPT: usize = MAX_MADE - 17;

/// An id that was made out of words. What would be too long for a name ends in a digest of the whole.
pub(crate) fn made_id(words: String) -> String {
    if words.len() <= MAX_MADE || words.chars().nth(MAX_MADE).is_none() {
        return words;
    }
    let kept: String = words.chars().take(KEPT).collect();
    let digest = blake3::hash(words.as_bytes()).to_hex();
    format!("{}-{}", kept.trim_end(), &digest[..16])
}

/// The slugs that the sections of a page have so far.
#[derive(Default)]
pub(crate) struct Slugs {
    names: HashSet<String>,
    /// The number that each slug gets next, so that many alike do not all begin at the first one.
    next: HashMap<String, u64>,
}

impl Slugs {
    /// The slug, or else the slug with the lowest number that is free.
    pub(crate) fn name(&mut self, slug: &str) -> String {
        let slug = if slug.is_empty() { "section" } else { slug };
        if self.names.insert(slug.to_owned()) {
            return slug.to_owned();
        }
        let next = self.next.entry(slug.to_owned()).or_insert(2);
        loop {
            let name = format!("{slug}-{next}");
            *next += 1;
            if self.names.insert(name.clone()) {
                return name;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slugs_that_meet_are_numbered() {
        let mut slugs = Slugs::default();
        let found = ["a", "a", "a-2", "a", "b", "a-3", "", ""].map(|slug| slugs.name(slug));
        assert_eq!(
            found,
            ["a", "a-2", "a-2-2", "a-3", "b", "a-3-2", "section", "section-2"]
        );
    }

    #[test]
    fn each_of_many_slugs_that_meet_is_looked_for_once() {
        let mut slugs = Slugs::default();
        let last = (0..200_000).map(|_| slugs.name("a")).last();
        assert_eq!(last.as_deref(), Some("a-200000"));
    }

    #[test]
    fn a_long_id_is_shortened_and_still_its_own() {
        let long = |end: &str| made_id("é".repeat(300) + end);
        assert_eq!(long("a").chars().count(), MAX_MADE);
        assert_ne!(long("a"), long("b"));
        assert_eq!(long("a"), long("a"));
        let just = "é".repeat(MAX_MADE);
        assert_eq!(made_id(just.clone()), just);
    }
}
