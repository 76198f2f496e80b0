//! Groups entries with the same cause, so that a message says it once.

use std::collections::HashMap;
use std::hash::Hash;

/// What has each cause, in the order in which the causes come.
pub(crate) fn grouped<C: Copy + Eq + Hash, T>(
    entries: impl Iterator<Item = (C, T)>,
) -> Vec<(C, Vec<T>)> {
    let mut places: HashMap<C, usize> = HashMap::new();
    let mut groups: Vec<(C, Vec<T>)> = Vec::new();
    for (cause, entry) in entries {
        let at = *places.entry(cause).or_insert(groups.len());
        match groups.get_mut(at) {
            Some((_, entries)) => entries.push(entry),
            None => groups.push((cause, vec![entry])),
        }
    }
    groups
}

/// The same, of entries that tell their reason.
pub(crate) fn by_reason<T, R: Eq + Hash>(
    entries: &[T],
    reason: impl Fn(&T) -> &R,
) -> Vec<(&R, Vec<&T>)> {
    grouped(entries.iter().map(|entry| (reason(entry), entry)))
}
