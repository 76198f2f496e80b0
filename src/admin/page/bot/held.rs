//! What of a bot is held or waits: removals with their questions, and additions and changes with the text that would go
//! live, so that whoever decides sees what it is about.

use serde::Serialize;

use super::{LISTED, PageState};
use crate::admin::page::find::StepLink;
use crate::admin::page::story::{TextPart, compared};
use crate::model::{Held, HeldChange, HoldReason, OverrideKind};
use crate::store::{BotId, OpenRemoval, RemovalKind, StoreError};
use crate::sync::LastPlan;
use crate::text::{by_reason, command_for};

/// Removals that are held for one reason.
#[derive(Debug, Serialize)]
pub(super) struct HeldView {
    reason: String,
    steps: Vec<HeldStep>,
}

#[derive(Debug, Serialize)]
struct HeldStep {
    link: StepLink,
    /// Its first user message, where it is at hand.
    question: Option<String>,
    renamed_to: Option<String>,
}

/// An addition or a change that is held for what it holds.
#[derive(Debug, Serialize)]
pub(super) struct HeldChangeView {
    link: StepLink,
    /// Its first user message, where it is at hand.
    question: Option<String>,
    found: String,
    meanwhile: &'static str,
    released: bool,
    /// What would go live, marked where it differs from what is live.
    parts: Vec<TextPart>,
    /// What releases it.
    command: String,
}

/// The held removals by their reasons, but for those that a person has kept since the plan. With what they answer: a
/// name alone says little to whoever has to decide.
pub(super) async fn removals(
    page_state: &PageState,
    id: BotId,
    bot: &str,
    plan: &LastPlan,
) -> Result<Vec<HeldView>, StoreError> {
    if plan.held.is_empty() {
        return Ok(Vec::new());
    }
    let store = &page_state.status_reader.store;
    let overrides = store.overrides(id).await?;
    let is_kept = |name: &str| {
        let spoken = overrides.get(name);
        spoken.is_some_and(|spoken| spoken.kind() == OverrideKind::Kept)
    };
    let held = plan.held.iter().filter(|held| !is_kept(&held.node_name));
    let held: Vec<Held> = held.cloned().collect();
    let names = held.iter().take(LISTED);
    let names: Vec<String> = names.map(|held| held.node_name.clone()).collect();
    // A question is not worth a page that cannot be made.
    let live = store.contents(id, &names).await.unwrap_or_default();
    let step = |held: &Held| HeldStep {
        link: StepLink::new(bot, &held.node_name),
        question: live
            .get(&held.node_name)
            .and_then(|live| live.step.questions().next().map(str::to_owned)),
        renamed_to: held.renamed_to.clone(),
    };
    let groups = by_reason(&held, |held| &held.reason);
    let view = |(reason, held): (&HoldReason, Vec<&Held>)| HeldView {
        reason: reason.to_string(),
        steps: held.into_iter().map(step).collect(),
    };
    Ok(groups.into_iter().map(view).collect())
}

impl HeldView {
    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.steps.len()
    }
}

/// A removal that waits until its absence is confirmed.
#[derive(Debug, Serialize)]
pub(super) struct WaitingRemovalView {
    link: StepLink,
    /// Its first user message, where it is at hand.
    question: Option<String>,
    reason: String,
}

/// The removals of the last stored plan that wait; the first ones, and how many more there are.
pub(super) async fn waiting(
    page_state: &PageState,
    id: BotId,
    bot: &str,
) -> Result<(Vec<WaitingRemovalView>, usize), StoreError> {
    let store = &page_state.status_reader.store;
    let mut waiting = store.open_removals(id).await?;
    waiting.retain(|removal| removal.kind == RemovalKind::Waiting && !removal.released);
    let more = waiting.len().saturating_sub(LISTED);
    waiting.truncate(LISTED);
    let names: Vec<String> = waiting.iter().map(|it| it.node_name.clone()).collect();
    let live = store.contents(id, &names).await.unwrap_or_default();
    let view = |removal: OpenRemoval| WaitingRemovalView {
        link: StepLink::new(bot, &removal.node_name),
        question: live
            .get(&removal.node_name)
            .and_then(|live| live.step.questions().next().map(str::to_owned)),
        reason: removal.reason,
    };
    Ok((waiting.into_iter().map(view).collect(), more))
}

/// The changes of the plan that the page stands for, with what the state says of each; and how many of them
/// can still be released.
pub(super) async fn changes(
    page_state: &PageState,
    id: BotId,
    bot: &str,
    plan: &LastPlan,
) -> Result<(Vec<HeldChangeView>, usize), StoreError> {
    if plan.held_changes.is_empty() {
        return Ok((Vec::new(), 0));
    }
    let store = &page_state.status_reader.store;
    let free = store.released_changes(id).await?;
    let names = plan.held_changes.iter().take(LISTED);
    let names: Vec<String> = names.map(|held| held.node_name.clone()).collect();
    // Without the live text the new one is shown whole.
    let live = store.contents(id, &names).await.unwrap_or_default();
    let views: Vec<HeldChangeView> = plan
        .held_changes
        .iter()
        .map(|held| {
            let released = free.get(&held.node_name) == Some(&held.digest);
            let before = live.get(&held.node_name).map(|live| &live.step);
            let shown = held.shown.as_ref();
            HeldChangeView {
                parts: shown.map_or_else(Vec::new, |step| compared(before, step)),
                ..change(bot, held, released)
            }
        })
        .collect();
    let open = views.iter().filter(|held| !held.released).count();
    Ok((views, open))
}

fn change(bot: &str, held: &HeldChange, released: bool) -> HeldChangeView {
    let shown = held.shown.as_ref();
    HeldChangeView {
        link: StepLink::new(bot, &held.node_name),
        question: shown.and_then(|step| step.questions().next().map(str::to_owned)),
        found: held.found.clone(),
        meanwhile: held.meanwhile(),
        released,
        parts: Vec::new(),
        command: command_for("approve", bot, &[&held.node_name]),
    }
}
