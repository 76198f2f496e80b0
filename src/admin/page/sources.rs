//! The sources of a bot: where each reads, when it last did, and what is wrong with it.

use serde::Serialize;

use super::PageState;
use crate::clock::{Millis, millis_duration, span};
use crate::config::{Bot, Source, SourceKind};
use crate::sync::{LastPlan, due_after};

/// A source.
#[derive(Debug, Serialize)]
pub(super) struct SourceView {
    pub(super) name: String,
    /// The folder, or the host of the feed.
    place: String,
    kind: &'static str,
    /// When it was last read to its end; `None`: not since the start.
    last_read: Option<Millis>,
    /// When it is due again, in words.
    next: String,
    /// Articles that it held when it was last read; `None`: that is not known.
    pub(super) articles: Option<u64>,
    /// Nothing had to be read of it: each of its articles is a live step.
    #[serde(skip)]
    pub(super) has_all_live: bool,
    /// Steps of it that are live.
    pub(super) live: u64,
    trouble: Option<String>,
}

/// The sources of a bot, in the order of the configuration.
pub(super) fn sources(page_state: &PageState, bot: &Bot, plan: &LastPlan) -> Vec<SourceView> {
    let reader = &page_state.status_reader;
    let now = reader.clock.now();
    let view = |source: &Source| {
        let last = reader.last_readings.of(bot, source).map(|last| last.wall);
        let (kind, place) = match &source.kind {
            SourceKind::Folder(folder) => ("folder", folder.path.display().to_string()),
            SourceKind::Feed(feed) => {
                let host = feed.address.host_str().unwrap_or_default();
                ("feed", host.to_owned())
            }
        };
        SourceView {
            name: source.name.clone(),
            place,
            kind,
            last_read: last,
            next: next(last, due_after(source, last.unwrap_or(now)), now),
            articles: plan.articles.get(&source.name).copied(),
            has_all_live: plan.articles.is_empty() && last.is_some() && plan.errors.is_empty(),
            live: 0,
            trouble: trouble(&source.name, &plan.errors),
        }
    };
    bot.sources.iter().map(view).collect()
}

fn next(last: Option<Millis>, due: std::time::Duration, now: Millis) -> String {
    let Some(last) = last else {
        return "at once".to_owned();
    };
    let passed = millis_duration(now - last);
    match due.checked_sub(passed) {
        Some(left) if left > std::time::Duration::ZERO => {
            format!("in {}, or when it changes", span(left))
        }
        _ => "at once".to_owned(),
    }
}

/// What the last plan said of it.
fn trouble(name: &str, errors: &[String]) -> Option<String> {
    let start = format!("source \"{name}\": ");
    errors
        .iter()
        .find_map(|error| error.strip_prefix(&start))
        .map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn when_a_source_is_looked_at_next() {
        let minute = Duration::from_mins(1);
        for (last, now, expected) in [
            (None, 0, "at once"),
            (Some(0), 60_000, "at once"),
            (Some(0), 90_000, "at once"),
            (Some(0), 45_000, "in 15 s, or when it changes"),
        ] {
            assert_eq!(next(last, minute, now), expected);
        }
    }

    #[test]
    fn each_source_has_its_own_trouble() {
        let errors = ["source \"kms\": it is away".to_owned()];
        assert_eq!(trouble("kms", &errors).as_deref(), Some("it is away"));
        assert_eq!(trouble("km", &errors), None);
    }
}
