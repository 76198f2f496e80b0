//! The state of each step of a bot, with the reason: for `steps`, and for programs that ask over HTTP.

use std::collections::{BTreeMap, HashSet};

use super::words::overruled;
use crate::clock::{Millis, rfc3339};
use crate::config::Bot;
use crate::model::{Action, AskedStep, OverrideKind};
use crate::store::{RemovalKind, Store, StoreError};

/// The state of one step, and why.
pub(crate) type StepState = (&'static str, Option<String>);

/// The states of the steps of a bot.
#[derive(Debug, Default)]
pub(crate) struct StepStates {
    /// By name.
    pub(crate) states: BTreeMap<String, StepState>,
    /// What asking for them came to, by name.
    pub(crate) asked: BTreeMap<String, AskedStep>,
    /// As of when they are known; `None`: the sources were not read yet.
    pub(crate) planned_at: Option<Millis>,
    /// Since when a folder is another one than was read: there may be something newer.
    pub(crate) moved_at: Option<Millis>,
    /// How many more changes are pending than the plan lists by name.
    pub(crate) unlisted: u64,
}

impl StepStates {
    /// What asking for a step came to, and when, as documents have it.
    pub(crate) fn verification(&self, name: &str) -> (Option<&'static str>, Option<Millis>) {
        let asked = self.asked.get(name);
        let verdict = asked.and_then(|step| Some((step.verdict?, step.at)));
        let verdict = verdict.map(|(verdict, at)| (verdict.name(), at));
        verdict.map_or((None, None), |(name, at)| (Some(name), at))
    }
}

/// The states of the steps of a bot, from the state alone.
pub(crate) async fn step_states(store: &Store, bot: &Bot) -> Result<StepStates, StoreError> {
    let mut states: BTreeMap<String, StepState> = BTreeMap::new();
    let Some(id) = store.find_bot(&bot.domain_name).await? else {
        return Ok(StepStates::default());
    };
    for known in store.snapshot(id).await? {
        states.insert(known.node_name.into(), ("live", None));
    }
    for (reason, names) in store.unread(id).await? {
        for name in names {
            states.insert(name, ("live", Some(format!("unread: {reason}"))));
        }
    }
    let plan = store.open_plan(id).await?;
    let under_way = store.under_way(id).await?;
    let carried: HashSet<String> = match &under_way {
        Some(upload) => {
            let names = store.upload_names(upload.id).await?;
            names.into_iter().map(|(_, name)| name).collect()
        }
        None => HashSet::new(),
    };
    let waiting_for = |name: &str| match &under_way {
        Some(upload) if carried.contains(name) => format!(
            "upload {} is {}",
            upload.id.0,
            upload.state.name().replace('_', " ")
        ),
        Some(upload) => format!("waits for upload {}, which is under way", upload.id.0),
        None => "waits for the next sync".to_owned(),
    };
    let unlisted = plan.pending_count.saturating_sub(plan.pending.len() as u64);
    for (name, action) in plan.pending {
        let state = pending(action, &waiting_for(&name));
        states.insert(name, state);
    }
    for removal in store.open_removals(id).await? {
        let state = match (removal.released, removal.kind) {
            (true, _) => (
                "pending",
                Some(format!(
                    "its removal was released; {}",
                    waiting_for(&removal.node_name)
                )),
            ),
            (_, RemovalKind::Held) => ("held_removal", Some(removal.reason)),
            (_, RemovalKind::Waiting) => ("waiting_removal", Some(removal.reason)),
            (_, RemovalKind::Manual) => ("manual_removal", Some(removal.reason)),
        };
        states.insert(removal.node_name, state);
    }
    for open in store.held_changes(id).await? {
        let (change, name) = (&open.change, open.change.node_name.clone());
        let why = if open.released {
            format!("its content was released; {}", waiting_for(&name))
        } else {
            change.reason(&bot.domain_name)
        };
        let reason = format!("{}; {why}", change.meanwhile());
        states.insert(name, ("pending", Some(reason)));
    }
    for (name, spoken) in store.overrides(id).await? {
        let mut reason = overruled(&spoken);
        if spoken.kind() == OverrideKind::Kept {
            reason = format!("{reason}; since {}", rfc3339(spoken.since));
        }
        if !spoken.reason.is_empty() {
            reason = format!("{reason}; {}", spoken.reason);
        }
        let state = match (spoken.kind(), states.get(&name)) {
            // It is not live any more: the next plan ends it.
            (OverrideKind::Kept, None) => continue,
            (_, Some((state @ ("pending" | "manual_removal"), _))) => *state,
            (OverrideKind::Withdrawn, _) => "withdrawn",
            (OverrideKind::PutBack | OverrideKind::Kept, _) => "live",
        };
        states.insert(name, (state, Some(reason)));
    }
    for (name, refused) in store.quarantine(id).await? {
        states.insert(name, ("quarantined", Some(refused.reason)));
    }
    Ok(StepStates {
        states,
        asked: store.verifications(id).await?,
        planned_at: plan.planned_at,
        moved_at: store.bot_state(id).await?.moved_at,
        unlisted,
    })
}

fn pending(action: Action, waiting_for: &str) -> StepState {
    let what = match action {
        Action::Add => "new in the source",
        Action::Change => "changed in the source; its last confirmed version is live",
        Action::Remove => "gone from the source",
    };
    ("pending", Some(format!("{what}; {waiting_for}")))
}
