//! Slugs: words that tell the sections of a page apart, no two of them the same.

use std::collections::{HashMap, HashSet};

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
            [
                "a",
                "a-2",
                "a-2-2",
                "a-3",
                "b",
                "a-3-2",
                "section",
                "section-2"
            ]
        );
    }

    #[test]
    fn each_of_many_slugs_that_meet_is_looked_for_once() {
        let mut slugs = Slugs::default();
        let last = (0..200_000).map(|_| slugs.name("a")).last();
        assert_eq!(last.as_deref(), Some("a-200000"));
    }
}
