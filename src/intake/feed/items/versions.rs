//! One article on two pages of a list that moved while it was read: what was read last counts.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use ecow::EcoString;

use crate::intake::article_collector::ArticleCollector;

/// Leaves, of the articles that came on several pages, what stood on the last of these. Says which of
/// them stood there in different versions; those that did so the time before, too (`steady`), were not
/// edited just then, and stay for a person to tell apart.
pub(crate) fn newest(
    collector: &mut ArticleCollector,
    last: &HashMap<EcoString, Arc<str>>,
    steady: &HashSet<EcoString>,
) -> HashSet<EcoString> {
    if last.is_empty() {
        return HashSet::new();
    }
    let versions = collector.in_versions(last.keys().map(EcoString::as_str));
    collector.leave_out(last.keys().map(EcoString::as_str), |id, place| {
        !steady.contains(id) && last.get(id).is_some_and(|file| *file != place.file)
    });
    versions.into_iter().map(EcoString::from).collect()
}
