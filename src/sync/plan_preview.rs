//! What a sync would do: the plan of a bot, made from its sources and the state. Changes nothing
//! and calls nobody.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::read::{
    ArticleCounts, IncrementalRead, LoneReading, Remembered, SourceReader, SourceResults,
    StepExceptions, incremental_read, judge, read_sources,
};
use super::send::ProgressSink;
use crate::clock::{Clock, TimePoint, at_length};
use crate::config::Bot;
use crate::intake::FolderReading;
use crate::lint::{Admitted, hold_changes};
use crate::model::{
    Action, ArticleKey, BodyDecision, Change, Configuration, DesiredRef, Digest, GuardLimits,
    LiveStep, OverrideKind, Plan, Rejection, Sensitive, Step, UploadId,
};
use crate::plan::{PlanInput, SourceState, plan};
use crate::spool::SpoolError;
use crate::store::{BotId, BotState, OldStep, Quarantined, Store, StoreError};

/// Refused steps whose content is kept with a plan.
const REFUSED: usize = 200;

/// What a sync would do, and what it is made from.
#[derive(Clone, Debug, Default)]
pub struct Preview {
    /// The plan.
    pub plan: Plan,
    /// The number of the stored plan that has the same removals open; `None`: no stored one has.
    pub number: Option<u64>,
    /// Sources that could not be read whole, for another reason than their rows, each with why.
    pub incomplete: Vec<String>,
    /// What the readings say of files.
    pub folders: BTreeMap<String, FolderReading>,
    /// As what the answers of each source were read that could be read in two ways.
    pub bodies: BTreeMap<String, BodyDecision>,
    /// The files in which articles stand, or were rejected, by source.
    pub holding: BTreeMap<String, HashSet<Arc<str>>>,
    /// What was not taken from the sources, and what cannot become a step.
    pub rejections: Vec<Rejection>,
    /// Things worth knowing, such as text that was neutralised.
    pub notes: Vec<Rejection>,
    /// Why sources could not be read.
    pub errors: Vec<String>,
    /// Those sources, by name.
    pub failed_sources: Vec<String>,
    /// Where the bot is pinned to what it was after an upload: the plan is the way back there.
    pub pinned: Option<Pinned>,
    /// The steps in quarantine as the sources have them now; the first ones.
    pub refused: Vec<(String, Step)>,
    /// Steps that are live.
    pub live: u64,
    /// Articles that the sources hold.
    pub articles: ArticleCounts,
}

/// A bot that a person took back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pinned {
    /// The upload.
    pub to: UploadId,
    /// Changes of the sources that wait for `resume`.
    pub waiting: usize,
}

/// What a sync would do. Changes nothing and calls nobody.
pub async fn preview(
    store: &Store,
    bot: &Bot,
    clock: &Clock,
    tell: &ProgressSink,
) -> Result<Preview, StoreError> {
    let alone = LoneReading::new(tell.clone());
    let reader = alone.reader(clock, store.room());
    if let Some(id) = store.find_bot(&bot.domain_name).await? {
        let state = store.bot_state(id).await?;
        let incremental = incremental_read(store, bot, id, &state, &reader).await?;
        let remembered = Remembered::of(store, id, &clock.point()).await?;
        return preview_or_way_back(
            store,
            bot,
            id,
            &state,
            incremental,
            &remembered,
            clock.point(),
        )
        .await;
    }
    let results = read_sources(bot, &reader, &SourceReader::default()).await;
    let (nobody, known) = (BotState::default(), Situated::default());
    let remembered = Remembered::default();
    preview_of(
        bot,
        &nobody,
        results,
        known,
        StepExceptions::default(),
        &remembered,
        clock.point(),
    )
}

/// The plan of the sources; or, for a bot that a person took back, the plan of the way there.
pub(crate) async fn preview_or_way_back(
    store: &Store,
    bot: &Bot,
    id: BotId,
    state: &BotState,
    incremental: IncrementalRead,
    remembered: &Remembered,
    now: TimePoint,
) -> Result<Preview, StoreError> {
    let IncrementalRead {
        results,
        snapshot,
        exceptions,
        ..
    } = incremental;
    let Some(to) = state.pinned_to else {
        let approved = approved(store, id, state, &results, &snapshot).await?;
        let situated = Situated {
            snapshot,
            unchanged_steps: incremental.unchanged_steps,
            approved,
            released: released(store, id, bot).await?,
            is_chosen: false,
        };
        let uncertain = exceptions.uncertain.clone();
        let mut preview = preview_of(bot, state, results, situated, exceptions, remembered, now)?;
        resend_held(store, id, &uncertain, &mut preview.plan).await?;
        return Ok(preview);
    };
    // What was withdrawn stays out, and what was put back is where it came from.
    let mut exceptions = exceptions;
    let overrides = std::mem::take(&mut exceptions.overrides);
    let is_of = |name: &str, kind| {
        let spoken = overrides.get(name);
        spoken.is_some_and(|spoken| spoken.kind() == kind)
    };
    let mut old = store.state_after(id, to).await?;
    old.retain(|old| !is_of(&old.step.node_name, OverrideKind::Withdrawn));
    let there = Situated {
        snapshot: old.iter().map(OldStep::known).collect(),
        ..Situated::default()
    };
    // What is kept waits for nobody.
    let mut following = exceptions.clone();
    following.overrides = overrides.clone();
    following
        .overrides
        .retain(|name, _| is_of(name, OverrideKind::Kept));
    let waiting = preview_of(
        bot,
        state,
        results,
        there,
        following,
        remembered,
        now.clone(),
    )?;
    let way_back = SourceResults::of_upload(to, old);
    let here = Situated::on_the_way_back(snapshot);
    let nobody = BotState::default();
    let mut preview = preview_of(
        bot,
        &nobody,
        way_back,
        here,
        exceptions,
        &Remembered::default(),
        now,
    )?;
    preview.pinned = Some(Pinned {
        to,
        waiting: waiting.plan.changes.len()
            + waiting.plan.held_changes.len()
            + waiting.plan.held.len()
            + waiting.plan.waiting.len(),
    });
    preview.articles = waiting.articles;
    preview.rejections = waiting.rejections;
    preview.notes = waiting.notes;
    preview.errors = waiting.errors;
    preview.failed_sources = waiting.failed_sources;
    Ok(preview)
}

/// Where a change is held, what was confirmed last stays live. If it is uncertain whether the bot still has
/// that, it goes up again.
async fn resend_held(
    store: &Store,
    id: BotId,
    uncertain: &BTreeMap<String, ArticleKey>,
    plan: &mut Plan,
) -> Result<(), StoreError> {
    let held = plan.held_changes.iter();
    let held = held.filter(|held| uncertain.contains_key(&held.node_name));
    let names: Vec<String> = held.map(|held| held.node_name.clone()).collect();
    if names.is_empty() {
        return Ok(());
    }
    let live = match store.contents(id, &names).await {
        // What was altered in the state is not sent; the next content that is released repairs it.
        Err(StoreError::Rotten { .. }) => return Ok(()),
        live => live?,
    };
    plan.changes.extend(live.into_values().map(|live| Change {
        action: Action::Change,
        key: live.key,
        step: live.step.into(),
        line: 0,
    }));
    plan.changes
        .sort_by(|a, b| (a.action, &a.step.node_name).cmp(&(b.action, &b.step.node_name)));
    Ok(())
}

/// The plan of a bot of which a reading has shown that it is as it should be.
pub(crate) fn preview_at_rest(
    bot: &Bot,
    incremental: IncrementalRead,
) -> Result<Preview, StoreError> {
    let situated = Situated {
        unchanged_steps: incremental.unchanged_steps,
        ..Situated::default()
    };
    let nobody = BotState::default();
    let (remembered, now) = (Remembered::default(), TimePoint::default());
    preview_of(
        bot,
        &nobody,
        incremental.results,
        situated,
        incremental.exceptions,
        &remembered,
        now,
    )
}

fn preview_of(
    bot: &Bot,
    state: &BotState,
    mut results: SourceResults,
    situated: Situated,
    exceptions: StepExceptions,
    remembered: &Remembered,
    now: TimePoint,
) -> Result<Preview, StoreError> {
    results.refuse_empty(state.empty_approved, &bot.domain_name);
    let holding = results.holding();
    let errors = results.errors();
    let failed_sources = results
        .failed()
        .map(|(source, _)| source.to_owned())
        .collect();
    let refused = refused(&results.desired, &exceptions.quarantine)?;
    let rules = if situated.is_chosen {
        &[][..]
    } else {
        &bot.hold_lint
    };
    let admitted = admitted(rules, &situated, &exceptions);
    let live = situated.snapshot.len() as u64 + situated.unchanged_steps;
    let judge = judge(bot, state, &results, remembered, now);
    let articles = results.articles;
    let input = PlanInput {
        desired: results.desired,
        judge,
        files: remembered.numbers(),
        absences: remembered.absences.clone(),
        departed: remembered.departed.clone(),
        snapshot: situated.snapshot,
        unchanged_steps: situated.unchanged_steps,
        quarantine: exceptions
            .quarantine
            .into_iter()
            .map(|(name, refused)| (name, (refused.key, refused.digest)))
            .collect(),
        uncertain: exceptions.uncertain,
        overrides: exceptions.overrides,
        approved: situated.approved,
        manual_removals: bot.removes_by_hand(),
        limits: GuardLimits {
            max_removal_percent: bot.max_removal_percent,
            max_removals: bot.max_removals,
        },
        configuration: Configuration {
            now: results.fingerprint,
            accepted: state.fingerprint.clone(),
        },
    };
    let plan = at_length(|| {
        let mut plan = plan(input);
        hold_changes(&mut plan, rules, &admitted).map(|()| plan)
    });
    let mut plan = plan?;
    results.rejections.append(&mut plan.rejections);
    results.rejections.sort();
    let number = numbered(&plan, state, remembered);
    Ok(Preview {
        plan,
        number,
        incomplete: results.incomplete,
        folders: results.folders,
        bodies: results.bodies,
        holding,
        rejections: results.rejections,
        notes: results.notes,
        errors,
        failed_sources,
        pinned: None,
        refused,
        live,
        articles,
    })
}

/// The number of the stored plan, if it has all the removals that this one leaves open.
fn numbered(plan: &Plan, state: &BotState, remembered: &Remembered) -> Option<u64> {
    let held = plan.held.iter().map(|held| &held.node_name);
    let waiting = plan.waiting.iter().map(|waiting| &waiting.node_name);
    let mut open = held.chain(waiting).chain(&plan.manual);
    open.all(|name| remembered.absences.contains_key(name))
        .then_some(state.plan)
}

/// Of the steps in quarantine, what the sources say of them now. A plan only keeps their names.
fn refused(
    desired: &[DesiredRef],
    quarantine: &BTreeMap<String, Quarantined>,
) -> Result<Vec<(String, Step)>, SpoolError> {
    if quarantine.is_empty() {
        return Ok(Vec::new());
    }
    let names: HashMap<_, _> = quarantine
        .iter()
        .map(|(name, refused)| (&refused.key, name))
        .collect();
    desired
        .iter()
        .filter_map(|desired| {
            let name = names.get(&desired.key)?;
            Some((*name, &desired.step))
        })
        .take(REFUSED)
        .map(|(name, step)| Ok((name.clone(), step.step()?)))
        .collect()
}

/// What is live, and which removals of it a person has released.
#[derive(Default)]
struct Situated {
    snapshot: Vec<LiveStep>,
    /// Further steps that are live and stay as they are.
    unchanged_steps: u64,
    approved: BTreeSet<String>,
    /// Contents that a person has released, by the name of the step.
    released: BTreeMap<String, Digest>,
    /// A person has chosen all of what is wanted: nothing of it is held.
    is_chosen: bool,
}

impl Situated {
    /// A person who takes a bot back has released whatever that removes.
    fn on_the_way_back(snapshot: Vec<LiveStep>) -> Self {
        let approved = snapshot
            .iter()
            .map(|known| known.node_name.to_string())
            .collect();
        Self {
            snapshot,
            approved,
            is_chosen: true,
            ..Self::default()
        }
    }
}

/// What goes out whatever it holds: it is live already, or a person has put it back or released it.
fn admitted(rules: &[Sensitive], situated: &Situated, exceptions: &StepExceptions) -> Admitted {
    if rules.is_empty() {
        return Admitted::default();
    }
    let live = situated.snapshot.iter().map(|known| known.digest);
    let put_back = exceptions.overrides.values();
    let put_back = put_back.filter_map(|spoken| Some(spoken.put_back.as_ref()?.0.digest()));
    Admitted {
        known: live.chain(put_back).collect(),
        released: situated.released.clone(),
    }
}

/// The contents that a person has released, where any are held.
async fn released(
    store: &Store,
    id: BotId,
    bot: &Bot,
) -> Result<BTreeMap<String, Digest>, StoreError> {
    if bot.hold_lint.is_empty() {
        return Ok(BTreeMap::new());
    }
    store.released_changes(id).await
}

/// A person who lets an empty export empty a bot has released each removal that follows from it.
async fn approved(
    store: &Store,
    id: BotId,
    state: &BotState,
    results: &SourceResults,
    snapshot: &[LiveStep],
) -> Result<BTreeSet<String>, StoreError> {
    let mut approved = store.approvals(id).await?;
    if state.empty_approved {
        let emptied = snapshot
            .iter()
            .filter(|known| results.empty.contains(&*known.key.source));
        approved.extend(emptied.map(|known| known.node_name.to_string()));
    }
    Ok(approved)
}

/// How a source that could not be read stands in the plan.
impl SourceResults {
    /// Reasons why sources failed.
    pub(crate) fn errors(&self) -> Vec<String> {
        let failed = self.failed();
        failed
            .map(|(source, reason)| format!("source \"{source}\": {reason}"))
            .collect()
    }

    /// The sources that failed, each with why.
    fn failed(&self) -> impl Iterator<Item = (&str, &str)> {
        self.sources
            .iter()
            .filter_map(|(source, state)| match state {
                SourceState::Failed { reason } => Some((source.as_ref(), reason.as_ref())),
                SourceState::Complete | SourceState::Incomplete { .. } => None,
            })
    }
}
