//! One pass over one bot: what is under way is finished, what failed is mended, and then the six
//! stages follow in order.

use super::engine::Engine;
use super::gather::{Gathered, bot_fingerprint, gather};
use super::mend::{deliver, mend};
use super::report::PassReport;
use crate::config::{Bot, Removals, UploadEffect};
use crate::flow::intake::Rejection;
use crate::flow::plan::{
    Configuration, HoldReason, Known, Limits, Plan, Situation, SourceState, plan,
};
use crate::flow::render::{Draft, drafts};
use crate::flow::send::Halt;
use crate::haptik::FaultClass;
use crate::store::{BotId, BotState, OldStep, Store, StoreError, UploadId};
use crate::upload::State;

/// How often a pass plans anew when Haptik refuses steps that are live already.
const PLANS: usize = 100;

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

/// Runs one pass. Whatever goes wrong is in the report, and the state is kept.
pub async fn pass(engine: &Engine, bot: &Bot) -> PassReport {
    let mut report = PassReport::new(&bot.domain_name);
    let halted = run(engine, bot, &mut report).await.err();
    if let Some(halt) = halted {
        report.stopped =
            matches!(&halt, Halt::Fault(fault) if fault.class == FaultClass::StopAndTell);
        report.error = Some(match report.error.take() {
            Some(error) => format!("{halt}; {error}"),
            None => halt.to_string(),
        });
    }
    report.conclude();
    report
}

async fn run(engine: &Engine, bot: &Bot, report: &mut PassReport) -> Result<(), Halt> {
    let store = &engine.courier.store;
    let id = store.bot(&bot.domain_name).await?;
    if let Some(mut record) = store.under_way(id).await? {
        deliver(engine, bot, &mut record, report).await?;
    }
    mend(engine, bot, id, report).await?;
    for _ in 0..PLANS {
        let preview = prepare(engine, bot, id).await?;
        let sent = send(engine, bot, id, preview, report).await;
        report_quarantine(store, id, report).await?;
        let kept_from =
            engine.courier.clock.now() - crate::clock::duration_millis(engine.history.keep);
        store
            .prune_past(id, kept_from, engine.history.max_bytes)
            .await?;
        if sent? {
            break;
        }
    }
    Ok(())
}

/// Reads the sources and plans, and writes down what the plan says about the state itself.
async fn prepare(engine: &Engine, bot: &Bot, id: BotId) -> Result<Preview, Halt> {
    let store = &engine.courier.store;
    let gathered = gather(
        bot,
        &engine.courier.clock,
        &engine.courier.tell,
        &engine.renamed,
        &engine.readings,
        &engine.courier.stop,
    )
    .await;
    let state = store.bot_state(id).await?;
    if state.empty_approved && gathered.articles > 0 {
        store.approve_empty(id, false).await?;
    }
    let preview = preview_or_way_back(store, bot, id, &state, gathered).await?;
    store.adopt(id, &preview.plan.adopted).await?;
    if !preview.plan.outlived.is_empty() {
        store
            .release_quarantine(id, Some(&preview.plan.outlived))
            .await?;
    }
    Ok(preview)
}

/// What a sync would do. Changes nothing and calls nobody.
pub async fn preview(store: &Store, bot: &Bot, gathered: Gathered) -> Result<Preview, StoreError> {
    if let Some(id) = store.find_bot(&bot.domain_name).await? {
        let state = store.bot_state(id).await?;
        return preview_or_way_back(store, bot, id, &state, gathered).await;
    }
    let (nobody, nothing) = (BotState::default(), Vec::new());
    preview_of(store, bot, BotId(0), &nobody, gathered, nothing).await
}

/// The plan of the sources; or, for a bot that a person took back, the plan of the way there.
async fn preview_or_way_back(
    store: &Store,
    bot: &Bot,
    id: BotId,
    state: &BotState,
    gathered: Gathered,
) -> Result<Preview, StoreError> {
    let Some(to) = state.pinned_to else {
        let snapshot = store.snapshot(id).await?;
        return preview_of(store, bot, id, state, gathered, snapshot).await;
    };
    let old = store.state_after(id, to).await?;
    let there = old.iter().map(OldStep::known).collect();
    let waiting = preview_of(store, bot, id, state, gathered, there).await?;
    let trusted = BotState {
        empty_approved: true,
        ..BotState::default()
    };
    let way_back = Gathered::of_upload(to, old);
    let snapshot = store.snapshot(id).await?;
    let mut preview = preview_of(store, bot, id, &trusted, way_back, snapshot).await?;
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
    snapshot: Vec<Known>,
) -> Result<Preview, StoreError> {
    gathered.refuse_empty(state.empty_approved, &bot.domain_name);
    let errors = gathered.errors();
    let manual = bot.removals == Removals::Manual && bot.upload_effect == UploadEffect::Merge;
    let mut plan = plan(Situation {
        desired: gathered.desired,
        sources: gathered.sources,
        snapshot,
        quarantine: store
            .quarantine(id)
            .await?
            .into_iter()
            .map(|(name, refused)| (name, (refused.key, refused.digest)))
            .collect(),
        uncertain: store.uncertain(id).await?,
        approved: approved(store, id, state).await?,
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

/// A person who lets an empty export empty a bot has released each of its removals.
async fn approved(
    store: &Store,
    id: BotId,
    state: &BotState,
) -> Result<std::collections::BTreeSet<String>, StoreError> {
    if state.empty_approved {
        let snapshot = store.snapshot(id).await?;
        return Ok(snapshot.into_iter().map(|known| known.node_name).collect());
    }
    store.approvals(id).await
}

/// Sends what the plan asks for. `false`: plan anew.
async fn send(
    engine: &Engine,
    bot: &Bot,
    id: BotId,
    mut preview: Preview,
    report: &mut PassReport,
) -> Result<bool, Halt> {
    let store = &engine.courier.store;
    let fingerprint = bot_fingerprint(bot);
    let held_by_configuration = preview
        .plan
        .held
        .iter()
        .any(|held| matches!(held.reason, HoldReason::Configuration { .. }));
    report.unchanged = preview.plan.unchanged;
    report.pinned = preview.pinned;
    report.held = std::mem::take(&mut preview.plan.held);
    report.manual = std::mem::take(&mut preview.plan.manual);
    report.rejections = preview.rejections;
    if !preview.errors.is_empty() {
        report.error = Some(preview.errors.join("; "));
    }
    let drafts = drafts(
        &mut preview.plan,
        bot.upload_effect,
        bot.max_rows_per_upload,
    );
    for draft in drafts {
        if !send_draft(engine, bot, id, draft, report).await? {
            return Ok(false);
        }
    }
    if report.error.is_none() && report.pinned.is_none() && !held_by_configuration {
        store.accept_configuration(id, &fingerprint).await?;
    }
    Ok(true)
}

async fn send_draft(
    engine: &Engine,
    bot: &Bot,
    id: BotId,
    draft: Draft,
    report: &mut PassReport,
) -> Result<bool, Halt> {
    let store = &engine.courier.store;
    let changes: Vec<_> = (0..).zip(draft.changes).collect();
    let now = engine.courier.clock.now();
    let mut record = store
        .prepare(id, draft.purpose, bot.upload_effect, &changes, now)
        .await?;
    drop(changes);
    deliver(engine, bot, &mut record, report).await?;
    let searching = store.bot_state(id).await?.isolation.is_some();
    mend(engine, bot, id, report).await?;
    Ok(record.state == State::Succeeded || searching)
}

async fn report_quarantine(
    store: &Store,
    id: BotId,
    report: &mut PassReport,
) -> Result<(), StoreError> {
    report.quarantined = store
        .quarantine(id)
        .await?
        .into_iter()
        .map(|(name, refused)| (name, refused.reason))
        .collect();
    Ok(())
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
