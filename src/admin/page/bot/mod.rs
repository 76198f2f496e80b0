//! One bot: what `status`, `plan`, `history` and `steps` say of it, on one page, and what a person can do
//! there.

mod held;

use serde::Serialize;

use held::{HeldChangeView, HeldView, WaitingRemovalView};

use super::PageState;
use super::activity::{ActionView, activity};
use super::approval::{approval, releasable};
use super::asked::{ContradictedView, contradicted};
use super::chart::{Chart, UPLOADS, chart};
use super::find::{NotTaken, StepLink};
use super::sources::{SourceView, sources};
use super::uploads::UploadView;
use crate::clock::{Millis, millis_duration, rfc3339, span};
use crate::config::Bot;
use crate::status::{BotHealth, BotStatus, canary, counts, overruled, paused};
use crate::store::{BotId, StoreError};
use crate::sync::LastPlan;
use crate::text::{approve, command_for, count};

/// Entries of one kind that are listed.
const LISTED: usize = 100;

/// One bot.
#[derive(Debug, Serialize)]
pub(super) struct BotView {
    name: String,
    sign: &'static str,
    word: &'static str,
    headline: String,
    counts: String,
    under_way: Option<String>,
    /// Since when a folder is another one than was read.
    moved_at: Option<Millis>,
    last_success: Option<Millis>,
    last_in_sync: Option<Millis>,
    error: Option<String>,
    paused: Option<PauseView>,
    pinned: Option<String>,
    sources: Vec<SourceView>,
    overruled: Vec<OverruledView>,
    waiting: Vec<WaitingView>,
    waiting_more: usize,
    held: Vec<HeldView>,
    waiting_removals: Vec<WaitingRemovalView>,
    waiting_removals_more: usize,
    held_changes: Vec<HeldChangeView>,
    /// Of these, so many can still be released.
    held_back: usize,
    /// Removals that `approve` releases, and those that a person has to have carried out.
    releasable: usize,
    /// Somebody has released them, and they wait for the next sync.
    released: bool,
    manual: Vec<StepLink>,
    /// Stands for exactly these; the button releases nothing else.
    approval: String,
    quarantine: Vec<RefusedView>,
    quarantine_more: usize,
    not_taken: Vec<NotTaken>,
    not_taken_more: usize,
    /// Whether it can be asked what it answers.
    asks: bool,
    /// What it was asked for, and does not answer as it should.
    contradicted: Vec<ContradictedView>,
    /// What the canary has found.
    canary: Option<String>,
    chart: Option<Chart>,
    uploads: Vec<UploadView>,
    activity: Vec<ActionView>,
    /// Commands for this bot, to be pasted.
    approve: String,
    resume: String,
    plan_all: String,
}

#[derive(Debug, Serialize)]
struct WaitingView {
    link: StepLink,
    action: &'static str,
    since: Millis,
}

#[derive(Debug, Serialize)]
struct PauseView {
    words: String,
    reason: String,
    since: Millis,
    resume: String,
}

/// A step that does not follow its article.
#[derive(Debug, Serialize)]
struct OverruledView {
    link: StepLink,
    words: String,
    reason: String,
    since: Millis,
}

#[derive(Debug, Serialize)]
struct RefusedView {
    link: StepLink,
    reason: String,
    since: Millis,
}

/// Looks at a bot.
pub(super) async fn view(page_state: &PageState, bot: &Bot) -> Result<BotView, StoreError> {
    let (status, vital) = page_state.status_reader.bot(bot).await?;
    let (status, vital) = (&status, &vital);
    let (store, now) = (
        &page_state.status_reader.store,
        page_state.status_reader.clock.now(),
    );
    let name = &bot.domain_name;
    let nothing = LastPlan::default();
    let plan = vital.last_plan.as_deref().unwrap_or(&nothing);
    let waiting = match status.pending {
        Some(0) | None => Vec::new(),
        Some(_) => waiting(name, plan),
    };
    let waits = usize::try_from(status.pending.unwrap_or(0)).unwrap_or(usize::MAX);
    let mut view = BotView {
        name: name.clone(),
        sign: status.state().name(),
        word: word(status.state()),
        headline: headline(status),
        counts: counts(status),
        under_way: under_way(page_state, status, now),
        moved_at: status.moved_at,
        last_success: status.last_success,
        last_in_sync: status.last_in_sync,
        error: status.last_error.clone(),
        paused: status.paused.as_ref().map(|pause| PauseView {
            words: paused(pause),
            reason: pause.reason.clone(),
            since: pause.since,
            resume: command_for("resume", name, &[]),
        }),
        sources: sources(page_state, bot, plan),
        overruled: Vec::new(),
        pinned: plan.pinned.map(|pinned| {
            let waiting = count(pinned.waiting as u64, "change waits", "changes wait");
            format!("A person took this bot back to what it was after upload {}; {waiting} in the knowledge base.", pinned.to.0)
        }),
        waiting_more: waits.saturating_sub(waiting.len()),
        waiting,
        held: Vec::new(),
        waiting_removals: Vec::new(),
        waiting_removals_more: 0,
        held_changes: Vec::new(),
        held_back: 0,
        releasable: 0,
        released: false,
        manual: plan.manual.iter().take(LISTED).map(|step| StepLink::new(name, step)).collect(),
        approval: approval(plan),
        quarantine: Vec::new(),
        quarantine_more: 0,
        not_taken: plan.rejections.iter().take(LISTED).map(|it| NotTaken::new(name, it)).collect(),
        not_taken_more: plan.rejections.len().saturating_sub(LISTED),
        asks: page_state.status_reader.config.haptik.ask.is_some(),
        contradicted: contradicted(name, &status.verification),
        canary: status
            .verification
            .canary
            .as_ref()
            .map(|finding| canary(finding, name)),
        chart: None,
        uploads: Vec::new(),
        activity: activity(page_state, name).await?,
        approve: approve(name, Some(status.plan.cast_unsigned())),
        resume: command_for("resume", name, &[]),
        plan_all: command_for("plan", name, &["--all"]),
    };
    if page_state.status_reader.refused(name).await?.is_some() {
        return Ok(view);
    }
    if let Some(id) = store.find_bot(name).await? {
        fill_in(page_state, id, &mut view, now).await?;
        (view.held_changes, view.held_back) = held::changes(page_state, id, name, plan).await?;
        view.held = held::removals(page_state, id, name, plan).await?;
        (view.waiting_removals, view.waiting_removals_more) =
            held::waiting(page_state, id, name).await?;
        view.releasable = view.held.iter().map(HeldView::len).sum();
        count_live(page_state, id, &mut view).await?;
        let approved = store.approvals(id).await?;
        view.released = view.releasable > 0
            && view.manual.is_empty()
            && releasable(plan).all(|step| approved.contains(step));
    }
    Ok(view)
}

async fn fill_in(
    page_state: &PageState,
    id: BotId,
    view: &mut BotView,
    now: Millis,
) -> Result<(), StoreError> {
    let store = &page_state.status_reader.store;
    let refused = store.quarantine(id).await?;
    view.quarantine_more = refused.len().saturating_sub(LISTED);
    let refused = refused.into_iter().take(LISTED);
    view.quarantine = refused
        .map(|(step, refused)| RefusedView {
            link: StepLink::new(&view.name, &step),
            reason: refused.reason,
            since: refused.since,
        })
        .collect();
    let overrides = store.overrides(id).await?;
    view.overruled = overrides
        .into_iter()
        .map(|(step, spoken)| OverruledView {
            link: StepLink::new(&view.name, &step),
            words: overruled(&spoken),
            since: spoken.since,
            reason: spoken.reason,
        })
        .collect();
    let mut uploads = store.history(id, UPLOADS).await?;
    uploads.retain(|upload| upload.purpose.is_for_editors());
    view.chart = chart(&uploads, now);
    view.uploads = uploads.iter().map(UploadView::of).collect();
    Ok(())
}

async fn count_live(
    page_state: &PageState,
    id: BotId,
    view: &mut BotView,
) -> Result<(), StoreError> {
    let live = page_state.status_reader.store.live_by_source(id).await?;
    for source in &mut view.sources {
        source.live = live.get(&source.name).copied().unwrap_or(0);
        if source.has_all_live {
            source.articles = Some(source.live);
        }
    }
    Ok(())
}

pub(super) const fn word(health: BotHealth) -> &'static str {
    match health {
        BotHealth::InSync => "In sync",
        BotHealth::Failing => "Failing",
        BotHealth::Attention => "Needs attention",
        BotHealth::Syncing => "Syncing",
    }
}

/// How a bot is doing, and as of when that is known. Pure.
fn headline(status: &BotStatus) -> String {
    let rows = |rows| count(rows, "row", "rows");
    let as_read = status
        .planned_at
        .map_or_else(String::new, |at| format!(", as read at {}", rfc3339(at)));
    let wait = |waiting| count(waiting, "change waits", "changes wait");
    match (status.state(), &status.in_flight, status.pending) {
        (BotHealth::Failing, ..) if status.is_incomplete => {
            "New changes do not go live, and the last upload failed half-way: some answers are missing on the bot until one succeeds.".to_owned()
        }
        (BotHealth::Failing, ..) => {
            "New changes do not go live. What is live stays as it is.".to_owned()
        }
        (BotHealth::Attention, _, Some(0)) => {
            format!("Everything else is up to date{as_read}, but something below needs attention.")
        }
        (BotHealth::Attention, _, waiting) => format!(
            "{} to go live, and something below needs attention.",
            wait(waiting.unwrap_or(0))
        ),
        (BotHealth::InSync, ..) => match status.waiting_removals + status.unread {
            0 => format!("The bot answers as the knowledge base says{as_read}."),
            open => format!(
                "Everything that could be read is live{as_read}. Of {} it is not certain yet whether the knowledge base still has it.",
                count(open, "step", "steps")
            ),
        },
        (BotHealth::Syncing, Some(upload), _) => {
            format!("An upload with {} is on its way.", rows(upload.rows))
        }
        (BotHealth::Syncing, None, Some(waiting)) => format!("{} to go live.", wait(waiting)),
        (BotHealth::Syncing, None, None) => {
            "The knowledge base is being read for the first time since the start.".to_owned()
        }
    }
}

/// What is under way, since when, and how long that usually takes.
fn under_way(page_state: &PageState, status: &BotStatus, now: Millis) -> Option<String> {
    let upload = status.in_flight.as_ref()?;
    let since = upload.sent_at.unwrap_or(upload.prepared_at);
    let doing = page_state.status_reader.live_status.progress.read();
    let doing = doing.get(&status.domain_name);
    let doing = doing.map_or_else(
        || upload.state.name().replace('_', " "),
        ToString::to_string,
    );
    let for_so_long = span(millis_duration(now - since));
    Some(format!(
        "Upload {}, under way for {for_so_long}: {doing}.",
        upload.id.0
    ))
}

fn waiting(bot: &str, plan: &LastPlan) -> Vec<WaitingView> {
    let waiting = plan.waiting.iter().take(LISTED);
    waiting
        .map(|(name, waiting)| WaitingView {
            link: StepLink::new(bot, name),
            action: waiting.action.name(),
            since: waiting.since,
        })
        .collect()
}

#[cfg(test)]
mod tests;
