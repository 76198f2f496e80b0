//! All bots at a glance: how many are well, and a row for each, trouble first.

use std::collections::HashMap;

use serde::Serialize;

use super::PageState;
use super::bot::word;
use super::html::encoded;
use super::spark::{Spark, spark};
use crate::clock::{Millis, millis_duration, span};
use crate::model::UploadState;
use crate::status::{BotHealth, BotStatus};
use crate::store::{StoreError, UploadRecord};
use crate::text::{count, one_line};

/// Uploads of a bot that a row shows.
const UPLOADS: u32 = 16;
/// Characters of what is wrong.
const TROUBLE: usize = 90;

/// The overview of all bots.
#[derive(Clone, Debug, Default, Serialize)]
pub(super) struct Overview {
    /// How many bots are in each state, the worst first; of all of them, whatever is shown.
    strip: Vec<Counted>,
    rows: Vec<Row>,
    /// What the rows were narrowed down to.
    filter: Filter,
    all: usize,
}

/// How many bots are in a state.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct Counted {
    sign: &'static str,
    words: String,
    is_chosen: bool,
}

/// What somebody wants to see.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub(super) struct Filter {
    /// The name of a state.
    pub(super) state: Option<String>,
    /// Words in the name.
    pub(super) name: String,
}

/// A bot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Row {
    pub(super) name: String,
    href: String,
    /// Where it stands in the list: trouble first.
    rank: usize,
    sign: &'static str,
    word: &'static str,
    live: u64,
    waiting: u64,
    /// What needs attention, in a few words.
    trouble: Option<String>,
    last_change: Option<Millis>,
    /// From a change that was seen until it was live, usually.
    change_to_live: Option<String>,
    spark: Option<Spark>,
}

/// In the order of the list.
const ORDER: [BotHealth; 4] = [
    BotHealth::Failing,
    BotHealth::Attention,
    BotHealth::Syncing,
    BotHealth::InSync,
];

/// Every bot, in the order of the list.
pub(super) async fn rows(page_state: &PageState) -> Result<Vec<Row>, StoreError> {
    let bots = page_state.status_reader.bots().await?;
    let store = &page_state.status_reader.store;
    let mut rows = Vec::with_capacity(bots.len());
    for (status, _) in &bots {
        let uploads = match store.find_bot(&status.domain_name).await? {
            Some(id) => store.history(id, UPLOADS).await?,
            None => Vec::new(),
        };
        rows.push(row(status, &uploads));
    }
    rows.sort_by(|a, b| (a.rank, &a.name).cmp(&(b.rank, &b.name)));
    Ok(rows)
}

/// What of them is shown. Pure.
pub(super) fn overview(rows: Vec<Row>, filter: Filter) -> Overview {
    let mut counts: HashMap<&str, u64> = HashMap::new();
    for row in &rows {
        *counts.entry(row.sign).or_default() += 1;
    }
    let strip = ORDER.iter().filter_map(|health| {
        let number = *counts.get(health.name())?;
        Some(Counted {
            sign: health.name(),
            words: in_words(*health, number),
            is_chosen: filter.state.as_deref() == Some(health.name()),
        })
    });
    let strip = strip.collect();
    let all = rows.len();
    let words = filter.name.to_lowercase();
    let is_wanted = |row: &Row| {
        filter
            .state
            .as_deref()
            .is_none_or(|state| state == row.sign)
            && row.name.to_lowercase().contains(&words)
    };
    Overview {
        strip,
        rows: rows.into_iter().filter(is_wanted).collect(),
        filter,
        all,
    }
}

fn in_words(health: BotHealth, number: u64) -> String {
    match health {
        BotHealth::Failing => format!("{number} failing"),
        BotHealth::Attention => count(number, "needs attention", "need attention"),
        BotHealth::Syncing => format!("{number} syncing"),
        BotHealth::InSync => format!("{number} in sync"),
    }
}

fn row(status: &BotStatus, uploads: &[UploadRecord]) -> Row {
    let health = status.state();
    let changes: Vec<&UploadRecord> = uploads
        .iter()
        .filter(|upload| upload.purpose.is_for_editors())
        .collect();
    let succeeded = changes
        .iter()
        .filter(|upload| upload.state == UploadState::Succeeded);
    let last_change = succeeded.clone().find_map(|upload| upload.settled_at);
    let times = succeeded.filter_map(|upload| Some(upload.settled_at? - upload.prepared_at));
    Row {
        href: format!("/bots/{}", encoded(&status.domain_name)),
        name: status.domain_name.clone(),
        rank: ORDER.iter().position(|one| *one == health).unwrap_or(0),
        sign: health.name(),
        word: word(health),
        live: status.live,
        waiting: status.pending.unwrap_or(0),
        trouble: trouble(status),
        last_change,
        change_to_live: middle(times.collect()).map(|time| span(millis_duration(time))),
        spark: spark(&changes),
    }
}

/// The time in the middle.
fn middle(mut times: Vec<Millis>) -> Option<Millis> {
    times.sort_unstable();
    times.get(times.len() / 2).copied()
}

fn trouble(status: &BotStatus) -> Option<String> {
    if let Some(error) = &status.last_error {
        return Some(one_line(error, TROUBLE));
    }
    if let Some(pause) = &status.paused {
        return Some(one_line(&format!("paused: {}", pause.reason), TROUBLE));
    }
    if let Some(to) = status.pinned_to {
        return Some(format!("rolled back to upload {}", to.0));
    }
    let mut parts = Vec::new();
    let mut also = |number: u64, one: &str, many: &str| {
        if number > 0 {
            parts.push(count(number, one, many));
        }
    };
    also(status.held_removals, "removal held", "removals held");
    also(status.held_changes, "change held", "changes held");
    also(
        status.manual_removals,
        "to remove manually",
        "to remove manually",
    );
    also(status.quarantined, "step rejected", "steps rejected");
    also(status.rejected, "row skipped", "rows skipped");
    (!parts.is_empty()).then(|| parts.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bot(name: &str) -> BotStatus {
        BotStatus {
            domain_name: name.into(),
            pending: Some(0),
            ..BotStatus::default()
        }
    }

    fn three() -> Vec<Row> {
        let failing = BotStatus {
            last_error: Some("HTTP 401\nfix the token".into()),
            ..bot("delta")
        };
        let held = BotStatus {
            held_removals: 3,
            rejected: 1,
            ..bot("beta")
        };
        let mut rows: Vec<Row> = [bot("alpha"), held, failing, bot("gamma")]
            .iter()
            .map(|status| row(status, &[]))
            .collect();
        rows.sort_by(|a, b| (a.rank, &a.name).cmp(&(b.rank, &b.name)));
        rows
    }

    #[test]
    fn trouble_comes_first_and_says_what_it_is() {
        let shown = overview(three(), Filter::default());
        let rows: Vec<_> = shown
            .rows
            .iter()
            .map(|row| (row.name.as_str(), row.trouble.as_deref()))
            .collect();
        assert_eq!(
            rows,
            [
                ("delta", Some("HTTP 401 fix the token")),
                ("beta", Some("3 removals held, 1 row skipped")),
                ("alpha", None),
                ("gamma", None),
            ]
        );
        let strip: Vec<_> = shown.strip.iter().map(|one| one.words.as_str()).collect();
        assert_eq!(strip, ["1 failing", "1 needs attention", "2 in sync"]);
    }

    #[test]
    fn the_strip_counts_all_and_the_rows_are_what_is_asked_for() {
        for (state, name, expected) in [
            (None, "", 4),
            (Some("in_sync"), "", 2),
            (Some("in_sync"), "GAM", 1),
            (None, "eta", 1),
            (Some("syncing"), "", 0),
        ] {
            let filter = Filter {
                state: state.map(str::to_owned),
                name: name.to_owned(),
            };
            let shown = overview(three(), filter);
            assert_eq!(
                (shown.rows.len(), shown.strip.len(), shown.all),
                (expected, 3, 4)
            );
        }
    }

    #[test]
    fn the_usual_time_is_the_one_in_the_middle() {
        for (times, expected) in [(vec![], None), (vec![7], Some(7)), (vec![9, 1, 5], Some(5))] {
            assert_eq!(middle(times), expected);
        }
    }
}
