//! What a sync would do: the plan of a bot, made from its sources and the state. Changes nothing
//! and calls nobody.

use std::collections::BTreeSet;

use super::gather::Gathered;
use crate::config::{Bot, Removals, UploadEffect};
use crate::flow::intake::Rejection;
use crate::flow::plan::{Configuration, Known, Limits, Plan, Situation, SourceState, plan};
use crate::store::{BotId, BotState, OldStep, Store, StoreError, UploadId};

/// What a sync would do, and what it is made from.
#[derive(Clone, Debug, Default)]
pub struct Preview {
    /// The plan.
    pub plan: Plan,
    /// What was not taken from the sources, and what cannot become a step.
    pub rejections: Vec<Rejection>,
    /// Things worth knowing, such as text that was neutralised.
    pub notes: Vec<Rejection>,
    /// Why sources could not be read.
    pub errors: Vec<String>,
    /// Where the bot is pinned to what it was after an upload: the plan is the way back there.
    pub pinned: Option<Pinned>,
}

/// A bot that a person took back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pinned {
    /// The upload.
    pub to: UploadId,
    /// Changes of the sources that wait for `resume`.
    pub waiting: usize,
}

/// What a sync would do. Changes nothing and calls nobody.
pub async fn preview(store: &Store, bot: &Bot, gathered: Gathered) -> Result<Preview, StoreError> {
    if let Some(id) = store.find_bot(&bot.domain_name).await? {
        let state = store.bot_state(id).await?;
        return preview_or_way_back(store, bot, id, &state, gathered).await;
    }
    let (nobody, known) = (BotState::default(), Situated::default());
    preview_of(store, bot, BotId(0), &nobody, gathered, known).await
}

/// The plan of the sources; or, for a bot that a person took back, the plan of the way there.
pub(super) async fn preview_or_way_back(
    store: &Store,
    bot: &Bot,
    id: BotId,
    state: &BotState,
    gathered: Gathered,
) -> Result<Preview, StoreError> {
    let Some(to) = state.pinned_to else {
        let snapshot = store.snapshot(id).await?;
        let approved = approved(store, id, state, &gathered, &snapshot).await?;
        let situated = Situated { snapshot, approved };
        return preview_of(store, bot, id, state, gathered, situated).await;
    };
    let old = store.state_after(id, to).await?;
    let there = Situated {
        snapshot: old.iter().map(OldStep::known).collect(),
        approved: BTreeSet::new(),
    };
    let waiting = preview_of(store, bot, id, state, gathered, there).await?;
    let way_back = Gathered::of_upload(to, old);
    let here = Situated::on_the_way_back(store.snapshot(id).await?);
    let nobody = BotState::default();
    let mut preview = preview_of(store, bot, id, &nobody, way_back, here).await?;
    preview.pinned = Some(Pinned {
        to,
        waiting: waiting.plan.changes.len() + waiting.plan.held.len(),
    });
    preview.rejections = waiting.rejections;
    preview.notes = waiting.notes;
    preview.errors = waiting.errors;
    Ok(preview)
}

async fn preview_of(
    store: &Store,
    bot: &Bot,
    id: BotId,
    state: &BotState,
    mut gathered: Gathered,
    situated: Situated,
) -> Result<Preview, StoreError> {
    gathered.refuse_empty(state.empty_approved, &bot.domain_name);
    let errors = gathered.errors();
    let manual = bot.removals == Removals::Manual && bot.upload_effect == UploadEffect::Merge;
    let mut plan = plan(Situation {
        desired: gathered.desired,
        sources: gathered.sources,
        snapshot: situated.snapshot,
        quarantine: store
            .quarantine(id)
            .await?
            .into_iter()
            .map(|(name, refused)| (name, (refused.key, refused.digest)))
            .collect(),
        uncertain: store.uncertain(id).await?,
        approved: situated.approved,
        manual_removals: manual,
        limits: Limits {
            max_removal_percent: bot.max_removal_percent,
            max_removals: bot.max_removals,
        },
        configuration: Configuration {
            now: gathered.fingerprint,
            accepted: state.fingerprint.clone(),
        },
    });
    gathered.rejections.append(&mut plan.rejections);
    gathered.rejections.sort();
    Ok(Preview {
        plan,
        rejections: gathered.rejections,
        notes: gathered.notes,
        errors,
        pinned: None,
    })
}

/// What is live, and which removals of it a person has released.
#[derive(Default)]
struct Situated {
    snapshot: Vec<Known>,
    approved: BTreeSet<String>,
}

impl Situated {
    /// A person who takes a bot back has released whatever that removes.
    fn on_the_way_back(snapshot: Vec<Known>) -> Self {
        let approved = snapshot
            .iter()
            .map(|known| known.node_name.clone())
            .collect();
        Self { snapshot, approved }
    }
}

/// A person who lets an empty export empty a bot has released each removal that follows from it.
async fn approved(
    store: &Store,
    id: BotId,
    state: &BotState,
    gathered: &Gathered,
    snapshot: &[Known],
) -> Result<BTreeSet<String>, StoreError> {
    let mut approved = store.approvals(id).await?;
    if state.empty_approved {
        let emptied = snapshot
            .iter()
            .filter(|known| gathered.empty.contains(&known.key.source));
        approved.extend(emptied.map(|known| known.node_name.clone()));
    }
    Ok(approved)
}

/// How a source that could not be read stands in the plan.
impl Gathered {
    /// Reasons why sources failed.
    fn errors(&self) -> Vec<String> {
        self.sources
            .iter()
            .filter_map(|(source, state)| match state {
                SourceState::Failed { reason } => Some(format!("source \"{source}\": {reason}")),
                SourceState::Complete | SourceState::Incomplete { .. } => None,
            })
            .collect()
    }
}
