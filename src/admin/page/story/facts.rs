//! What is known of one step, gathered from the state and from what the daemon saw last. Reads no
//! source: what the knowledge base says is what the last plan kept of it.

use std::time::Duration;

use crate::admin::page::PageState;
use crate::clock::Millis;
use crate::config::Bot;
use crate::model::{
    Action, AskedStep, Change, Held, HeldChange, OverrideKind, REMOVAL, Rejection, Step,
    StepOverride, UploadId,
};
use crate::store::{
    ActionRecord, Pause, Quarantined, RemovalKind, SnapshotStep, StepVersion, StoreError,
    UploadRecord,
};
use crate::sync::{WaitingChange, usual};

/// Versions of one step that are shown.
const VERSIONS: u32 = 12;
/// Uploads of one step that are told of.
const UPLOADS: u32 = 6;
/// Things that people did, among which the causes of its versions are looked for.
const ACTIONS: u32 = 200;

/// What is known of one step.
#[derive(Clone, Debug, Default)]
pub(in crate::admin::page) struct Facts {
    /// Its bot.
    pub(in crate::admin::page) bot: String,
    /// Its name.
    pub(in crate::admin::page) name: String,
    /// What is live under the name.
    pub(in crate::admin::page) live: Option<SnapshotStep>,
    /// The last uploads that changed it, newest first.
    pub(in crate::admin::page) uploads: Vec<UploadRecord>,
    /// The upload under way that carries it.
    pub(in crate::admin::page) under_way: Option<(Change, UploadRecord)>,
    /// An upload under way that does not.
    pub(in crate::admin::page) busy_with: Option<UploadRecord>,
    /// How long tasks of this bot usually take.
    pub(in crate::admin::page) usual: Option<Duration>,
    /// The change that the last plan wanted.
    pub(in crate::admin::page) waiting: Option<WaitingChange>,
    /// Its refusal.
    pub(in crate::admin::page) refusal: Option<Quarantined>,
    /// What was refused.
    pub(in crate::admin::page) refused: Option<Step>,
    /// Its removal is held.
    pub(in crate::admin::page) held: Option<Held>,
    /// Its content is held.
    pub(in crate::admin::page) held_change: Option<HeldChange>,
    /// Its removal is for a person to carry out.
    pub(in crate::admin::page) by_hand: bool,
    /// Why its removal waits until its absence is confirmed.
    pub(in crate::admin::page) waiting_removal: Option<String>,
    /// Why its source could not tell what has become of it.
    pub(in crate::admin::page) unread: Option<String>,
    /// Why its article was not taken.
    pub(in crate::admin::page) rejection: Option<Rejection>,
    /// The upload that a person took the bot back to.
    pub(in crate::admin::page) pinned_to: Option<UploadId>,
    /// What is wrong with the bot.
    pub(in crate::admin::page) error: Option<String>,
    /// Whether the sources were read since the daemon started.
    pub(in crate::admin::page) looked: bool,
    /// When the sources were last read.
    pub(in crate::admin::page) read_at: Option<Millis>,
    /// Since when a folder of the sources is another one than was read.
    pub(in crate::admin::page) moved_at: Option<Millis>,
    /// What a person has said of it.
    pub(in crate::admin::page) spoken: Option<StepOverride>,
    /// The pause of its bot.
    pub(in crate::admin::page) paused: Option<Pause>,
    /// What the bot answered when it was asked for it.
    pub(in crate::admin::page) asked: Option<AskedStep>,
    /// What it has said, newest first.
    pub(in crate::admin::page) versions: Vec<StepVersion>,
    /// What people did that may have to do with it, newest first.
    pub(in crate::admin::page) actions: Vec<ActionRecord>,
}

/// What the knowledge base says, as far as it is known here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::admin::page) enum DesiredNow<'a> {
    /// What is live.
    AsLive,
    /// This.
    Text(&'a Step),
    /// Nothing any more.
    Gone,
    /// Something that is not kept here.
    NotKept,
}

impl Facts {
    /// The change of the last plan, unless it has come to be live meanwhile.
    pub(in crate::admin::page) fn still_waiting(&self) -> Option<&WaitingChange> {
        let live = self.live.as_ref().map(|live| live.step.digest());
        self.waiting.as_ref().filter(|waiting| {
            let now = live.unwrap_or(REMOVAL);
            now != waiting.digest
        })
    }

    /// What the knowledge base says.
    pub(in crate::admin::page) fn wanted(&self) -> DesiredNow<'_> {
        if let Some(waiting) = self.still_waiting() {
            return match (waiting.action, &waiting.step) {
                (Action::Remove, _) => DesiredNow::Gone,
                (_, Some(step)) => DesiredNow::Text(step),
                (_, None) => self.carried().unwrap_or(DesiredNow::NotKept),
            };
        }
        if let Some(wanted) = self.carried() {
            return wanted;
        }
        match (&self.refusal, &self.refused) {
            (Some(refusal), _) if refusal.digest == REMOVAL => return DesiredNow::Gone,
            (Some(_), Some(step)) => return DesiredNow::Text(step),
            (Some(_), None) => return DesiredNow::NotKept,
            (None, _) => {}
        }
        let spoken = self.spoken.as_ref().map(StepOverride::kind);
        let is_absent = self.held.is_some() || self.by_hand || self.waiting_removal.is_some();
        if is_absent || spoken == Some(OverrideKind::Kept) {
            return DesiredNow::Gone;
        }
        if self.spoken.is_some() {
            return DesiredNow::NotKept;
        }
        if let Some(held) = &self.held_change {
            let shown = held.shown.as_ref();
            return shown.map_or(DesiredNow::NotKept, DesiredNow::Text);
        }
        let is_read = self.rejection.is_none() && self.unread.is_none();
        let is_seen = self.looked && is_read && self.pinned_to.is_none() && self.moved_at.is_none();
        if is_seen {
            DesiredNow::AsLive
        } else {
            DesiredNow::NotKept
        }
    }

    fn carried(&self) -> Option<DesiredNow<'_>> {
        let (change, _) = self.under_way.as_ref()?;
        Some(match change.action {
            Action::Remove => DesiredNow::Gone,
            Action::Add | Action::Change => DesiredNow::Text(&change.step),
        })
    }
}

/// Gathers what is known.
pub(in crate::admin::page) async fn gather(
    page_state: &PageState,
    bot: &Bot,
    name: &str,
) -> Result<Facts, StoreError> {
    let mut facts = Facts {
        bot: bot.domain_name.clone(),
        name: name.to_owned(),
        ..Facts::default()
    };
    let vital = page_state.status_reader.live_status.of(&bot.domain_name);
    facts.pinned_to = vital.pinned_to;
    if let Some(plan) = &vital.last_plan {
        facts.looked = plan.errors.is_empty();
        facts.waiting = plan.waiting.get(name).cloned();
        facts.refused = plan.refused.get(name).cloned();
        let mut held = plan.held.iter();
        facts.held = held.find(|held| held.node_name == name).cloned();
        let mut changes = plan.held_changes.iter();
        facts.held_change = changes.find(|held| held.node_name == name).cloned();
        facts.by_hand = plan.manual.iter().any(|manual| manual == name);
    }
    let store = &page_state.status_reader.store;
    if let Some(id) = store.find_bot(&bot.domain_name).await? {
        let names = [name.to_owned()];
        facts.live = match store.contents(id, &names).await {
            Err(StoreError::Rotten { .. }) => None,
            contents => contents?.remove(name),
        };
        facts.uploads = store.uploads_of_step(id, name, UPLOADS).await?;
        facts.refusal = store.refusal_of(id, name).await?;
        let state = store.bot_state(id).await?;
        facts.error = state.last_error;
        facts.paused = state.pause;
        facts.moved_at = state.moved_at;
        facts.read_at = store.open_plan(id).await?.planned_at;
        facts.spoken = store.overrides(id).await?.remove(name);
        facts.asked = store.asked_step(id, name).await?;
        facts.versions = store.versions_of(id, name, VERSIONS).await?;
        facts.actions = store.actions_about(&bot.domain_name, name, ACTIONS).await?;
        let mut removals = store.open_removals(id).await?.into_iter();
        let waits = removals
            .find(|it| it.node_name == name && it.kind == RemovalKind::Waiting && !it.released);
        facts.waiting_removal = waits.map(|it| it.reason);
        let mut unread = store.unread(id).await?.into_iter();
        facts.unread = unread
            .find(|(_, names)| names.iter().any(|it| it == name))
            .map(|(reason, _)| reason);
        facts.usual = usual(&store.task_times(id).await?);
        if let Some(upload) = store.under_way(id).await? {
            match store.row_of(&upload, name).await? {
                Some(change) => facts.under_way = Some((change, upload)),
                None => facts.busy_with = Some(upload),
            }
        }
    }
    if let Some(plan) = &vital.last_plan {
        let article = facts.live.as_ref().map(|live| live.key.article.as_str());
        let mut rejections = plan.rejections.iter();
        facts.rejection = rejections
            .find(|rejection| {
                let id = rejection.id.as_deref();
                id.is_some() && (id == article || id == Some(name))
            })
            .cloned();
    }
    Ok(facts)
}
