//! The steps of a bot with their states, a page at a time: all of them, or those of one state. The states are those
//! of `steps` and of the API.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use axum::extract::{Extension, Path, Query, State};
use axum::http::StatusCode;
use minijinja::context;
use serde::Serialize;

use super::find::first_message;
use super::html::{address, encoded, value};
use super::{PageAnswer, PageState, no_bot, untold};
use crate::admin::guard::Visitor;
use crate::clock::Millis;
use crate::config::Bot;
use crate::status::{StepState, step_states};
use crate::store::{BotId, Store, StoreError};
use crate::text::{count, one_line};

/// Steps of one page of the list.
const LISTED: usize = 200;
/// Characters of a reason.
const REASON: usize = 300;

/// A state, with its sign and its name for people.
struct StateWords {
    name: &'static str,
    sign: &'static str,
    /// Of one step.
    word: &'static str,
    /// After the number of steps, one or many.
    counted: [&'static str; 2],
}

const fn state(
    name: &'static str,
    sign: &'static str,
    word: &'static str,
    counted: [&'static str; 2],
) -> StateWords {
    StateWords {
        name,
        sign,
        word,
        counted,
    }
}

/// The states, those first that somebody has to look at.
const STATES: [StateWords; 7] = [
    state(
        "quarantined",
        "failing",
        "Rejected by Haptik",
        ["rejected by Haptik"; 2],
    ),
    state(
        "held_removal",
        "attention",
        "Removal held",
        ["removal held", "removals held"],
    ),
    state(
        "manual_removal",
        "attention",
        "Remove manually",
        ["to remove manually"; 2],
    ),
    state(
        "pending",
        "syncing",
        "Waiting to go live",
        ["waiting to go live"; 2],
    ),
    state(
        "waiting_removal",
        "syncing",
        "Removal waits",
        ["removal waits", "removals wait"],
    ),
    state("withdrawn", "gone", "Withdrawn", ["withdrawn"; 2]),
    state("live", "in_sync", "Live", ["live"; 2]),
];

/// A page of the steps of a bot, in the order of their names.
#[derive(Clone, Debug, Serialize)]
pub(super) struct StepList {
    bot: String,
    /// How many there are of each state, whatever is shown.
    strip: Vec<OfState>,
    all: usize,
    /// The state that was asked for.
    state: Option<&'static str>,
    steps: Vec<ListedStep>,
    /// Where the next page begins.
    next: Option<String>,
    is_first: bool,
    /// As of when the states are known.
    as_of: Option<Millis>,
    /// Changes that wait besides these, and that the state does not have by name.
    unlisted: u64,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct OfState {
    state: &'static str,
    sign: &'static str,
    words: String,
    is_chosen: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct ListedStep {
    name: String,
    href: String,
    /// Its first user message, where it is at hand.
    question: String,
    sign: &'static str,
    word: &'static str,
    reason: Option<String>,
}

/// A page of the steps of a bot.
pub(super) async fn steps_page(
    State(page_state): State<Arc<PageState>>,
    Extension(visitor): Extension<Visitor>,
    Path(bot): Path<String>,
    Query(asked): Query<HashMap<String, String>>,
) -> PageAnswer {
    let Some(bot) = page_state.bot(&bot) else {
        return Ok(no_bot(&page_state, &visitor, &bot));
    };
    if let Some(refusal) = untold(&page_state, &visitor, bot).await? {
        return Ok(refusal);
    }
    let mark = page_state.mark().await?;
    let after = asked.get("after").map_or("", String::as_str);
    let list = list(&page_state, bot, asked.get("state"), after).await?;
    let content = context! { mark, ..value(list) };
    Ok(page_state.page(&visitor, StatusCode::OK, "steps.html", content))
}

/// The steps that come after a name.
async fn list(
    page_state: &PageState,
    bot: &Bot,
    state: Option<&String>,
    after: &str,
) -> Result<StepList, StoreError> {
    let store = &page_state.status_reader.store;
    let found = step_states(store, bot).await?;
    let state = state.and_then(|asked| known(asked)).map(|state| state.name);
    let mut list = page_of(&bot.domain_name, &found.states, state, after);
    list.as_of = found.planned_at;
    list.unlisted = found.unlisted;
    if let Some(id) = store.find_bot(&bot.domain_name).await? {
        let names: Vec<String> = list.steps.iter().map(|step| step.name.clone()).collect();
        // A question is not worth a page that cannot be made.
        let live = store.contents(id, &names).await.unwrap_or_default();
        let plan = page_state.status_reader.live_status.of(&bot.domain_name);
        let plan = plan.last_plan.unwrap_or_default();
        for step in &mut list.steps {
            let waiting = plan.waiting.get(&step.name);
            let waiting = waiting.and_then(|waiting| waiting.step.as_ref());
            let mut held = plan.held_changes.iter();
            let held = held.find(|held| held.node_name == step.name);
            let live = live.get(&step.name).map(|live| &live.step);
            let said = live
                .or(waiting)
                .or_else(|| plan.refused.get(&step.name))
                .or_else(|| held.and_then(|held| held.shown.as_ref()));
            step.question = match said {
                Some(said) => first_message(&said.question),
                None => said_last(store, id, &step.name).await?,
            };
        }
    }
    Ok(list)
}

/// The first message of what a step said last that is off the bot.
async fn said_last(store: &Store, id: BotId, name: &str) -> Result<String, StoreError> {
    let versions = store.versions_of(id, name, 2).await?;
    let mut said = versions.iter().filter_map(|version| version.step.as_ref());
    let said = said.next();
    Ok(said.map_or_else(String::new, |said| first_message(&said.question)))
}

fn known(state: &str) -> Option<&'static StateWords> {
    STATES.iter().find(|known| known.name == state)
}

/// One page of these, without what it says. Pure.
fn page_of(
    bot: &str,
    states: &BTreeMap<String, StepState>,
    state: Option<&'static str>,
    after: &str,
) -> StepList {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for (one, _) in states.values() {
        *counts.entry(one).or_default() += 1;
    }
    let strip = STATES.iter().filter_map(|known| {
        let number = counts.get(known.name).copied().unwrap_or(0);
        let is_chosen = state == Some(known.name);
        let [one, many] = known.counted;
        (number > 0 || is_chosen).then(|| OfState {
            state: known.name,
            sign: known.sign,
            words: count(number as u64, one, many),
            is_chosen,
        })
    });
    let strip = strip.collect();
    let mut rest = states
        .iter()
        .filter(|(_, (one, _))| state.is_none_or(|state| state == *one))
        .skip_while(|(name, _)| !after.is_empty() && name.as_str() <= after);
    let listed = |(name, (state, reason)): (&String, &StepState)| {
        let known = known(state);
        ListedStep {
            href: address(bot, name),
            name: name.clone(),
            question: String::new(),
            sign: known.map_or("unknown", |known| known.sign),
            word: known.map_or("Unknown", |known| known.word),
            reason: reason.as_deref().map(|reason| one_line(reason, REASON)),
        }
    };
    let steps: Vec<_> = rest.by_ref().take(LISTED).map(listed).collect();
    let last = steps.last().map(|last| encoded(&last.name));
    StepList {
        bot: bot.to_owned(),
        strip,
        all: states.len(),
        state,
        next: rest.next().and(last),
        is_first: after.is_empty(),
        steps,
        as_of: None,
        unlisted: 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn states() -> BTreeMap<String, StepState> {
        let mut states: BTreeMap<String, StepState> = (0..450)
            .map(|step| (format!("kb-{step:03}"), ("live", None)))
            .collect();
        let refused = ("quarantined", Some("too\nlong".to_owned()));
        states.insert("kb-100".to_owned(), refused);
        states.insert("kb-200".to_owned(), ("held_removal", None));
        states
    }

    #[test]
    fn a_page_is_what_comes_after_a_name_in_a_state() {
        for (state, after, shown, first, next) in [
            (None, "", 200, "kb-000", Some("kb-199")),
            (None, "kb-199", 200, "kb-200", Some("kb-399")),
            (None, "kb-399", 50, "kb-400", None),
            (Some("live"), "", 200, "kb-000", Some("kb-201")),
            (Some("live"), "kb-249", 200, "kb-250", None),
            (Some("quarantined"), "", 1, "kb-100", None),
            // It may have left meanwhile.
            (None, "kb-0995", 200, "kb-100", Some("kb-299")),
        ] {
            let page = page_of("acme", &states(), state, after);
            let names: Vec<_> = page.steps.iter().map(|step| step.name.as_str()).collect();
            assert_eq!(
                (names.len(), names[0], page.next.as_deref()),
                (shown, first, next),
                "{state:?} {after}"
            );
        }
        let none = page_of("acme", &states(), Some("withdrawn"), "");
        assert!(none.steps.is_empty() && none.next.is_none());
    }

    #[test]
    fn the_strip_counts_all_and_trouble_comes_first() {
        let page = page_of("acme", &states(), Some("withdrawn"), "");
        let words: Vec<_> = page.strip.iter().map(|one| one.words.as_str()).collect();
        let expected = [
            "1 rejected by Haptik",
            "1 removal held",
            "0 withdrawn",
            "448 live",
        ];
        assert_eq!((words.as_slice(), page.all), (expected.as_slice(), 450));
        let refused = page_of("acme", &states(), Some("quarantined"), "");
        let step = &refused.steps[0];
        assert_eq!((step.sign, step.word), ("failing", "Rejected by Haptik"));
        assert_eq!(step.reason.as_deref(), Some("too long"));
    }
}
