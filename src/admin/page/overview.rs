//! How each bot is doing, at a glance: what `status`, `plan` and `history` say, on one page.

use serde::Serialize;

use super::PageState;
use super::activity::{ActionView, activity};
use super::chart::{Chart, UPLOADS, chart, ending};
use super::find::{NotTaken, StepLink};
use crate::admin::guard::Visitor;
use crate::clock::{Millis, millis_duration, span};
use crate::config::Bot;
use crate::status::{BotHealth, BotStatus, LiveBotStatus, counts};
use crate::store::{BotId, StoreError, UploadRecord};
use crate::sync::LastPlan;
use crate::text::{approve, by_reason, command_for, count};

/// Entries of one kind that are listed.
const LISTED: usize = 100;

/// The overview of all bots.
#[derive(Debug, Serialize)]
pub(super) struct Overview {
    bots: Vec<BotView>,
    /// What a person can do here: `form`, `sign_in` or `command`.
    act: &'static str,
    form_key: Option<String>,
}

#[derive(Debug, Serialize)]
struct BotView {
    name: String,
    sign: &'static str,
    word: &'static str,
    headline: String,
    counts: String,
    under_way: Option<String>,
    last_success: Option<Millis>,
    error: Option<String>,
    pinned: Option<String>,
    waiting: Vec<WaitingView>,
    waiting_more: usize,
    held: Vec<HeldView>,
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
struct HeldView {
    reason: String,
    steps: Vec<HeldStep>,
}

#[derive(Debug, Serialize)]
struct HeldStep {
    link: StepLink,
    renamed_to: Option<String>,
}

#[derive(Debug, Serialize)]
struct RefusedView {
    link: StepLink,
    reason: String,
    since: Millis,
}

#[derive(Debug, Serialize)]
struct UploadView {
    id: i64,
    prepared_at: Millis,
    rows: u64,
    counts: String,
    ending: &'static str,
    whole: Option<Millis>,
    task: Option<Millis>,
    message: Option<String>,
}

/// Looks at every bot.
pub(super) async fn overview(
    page_state: &PageState,
    visitor: &Visitor,
) -> Result<Overview, StoreError> {
    let bots = page_state.status_reader.bots().await?;
    let mut views = Vec::with_capacity(bots.len());
    for (bot, (status, vital)) in page_state.status_reader.config.bots.iter().zip(bots) {
        views.push(view(page_state, bot, &status, &vital).await?);
    }
    let session = visitor.0.as_ref();
    Ok(Overview {
        bots: views,
        act: match (session, &page_state.access.admin.token) {
            (Some(_), _) => "form",
            (None, Some(_)) => "sign_in",
            (None, None) => "command",
        },
        form_key: session.map(|session| session.form_key.clone()),
    })
}

async fn view(
    page_state: &PageState,
    bot: &Bot,
    status: &BotStatus,
    vital: &LiveBotStatus,
) -> Result<BotView, StoreError> {
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
        last_success: status.last_success,
        error: status.last_error.clone(),
        pinned: plan.pinned.map(|pinned| {
            let waiting = count(pinned.waiting as u64, "change waits", "changes wait");
            format!("A person took this bot back to what it was after upload {}; {waiting} in the knowledge base.", pinned.to.0)
        }),
        waiting_more: waits.saturating_sub(waiting.len()),
        waiting,
        held: held(name, plan),
        releasable: releasable(plan).count(),
        released: false,
        manual: plan.manual.iter().take(LISTED).map(|step| StepLink::new(name, step)).collect(),
        approval: approval(plan),
        quarantine: Vec::new(),
        quarantine_more: 0,
        not_taken: plan.rejections.iter().take(LISTED).map(|it| NotTaken::new(name, it)).collect(),
        not_taken_more: plan.rejections.len().saturating_sub(LISTED),
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
    let mut uploads = store.history(id, UPLOADS).await?;
    uploads.retain(|upload| !upload.purpose.is_by_hand());
    view.chart = chart(&uploads, now);
    view.uploads = uploads.iter().map(upload).collect();
    Ok(())
}

const fn word(health: BotHealth) -> &'static str {
    match health {
        BotHealth::InSync => "In sync",
        BotHealth::Failing => "Failing",
        BotHealth::Attention => "Needs attention",
        BotHealth::Syncing => "Syncing",
    }
}

/// How a bot is doing, in one sentence. Pure.
fn headline(status: &BotStatus) -> String {
    let rows = |rows| count(rows, "row", "rows");
    match (status.state(), &status.in_flight, status.pending) {
        (BotHealth::Failing, ..) => {
            "New changes do not go live. What is live stays as it is.".to_owned()
        }
        (BotHealth::Attention, ..) => {
            "Everything else is up to date, but something below needs attention.".to_owned()
        }
        (BotHealth::InSync, ..) => "The bot answers as the knowledge base says.".to_owned(),
        (BotHealth::Syncing, Some(upload), _) => {
            format!("An upload with {} is on its way.", rows(upload.rows))
        }
        (BotHealth::Syncing, None, Some(1)) => "1 change waits to go live.".to_owned(),
        (BotHealth::Syncing, None, Some(waiting)) => format!("{waiting} changes wait to go live."),
        (BotHealth::Syncing, None, None) => {
            "The knowledge base is being read for the first time since the start.".to_owned()
        }
    }
}

/// What is under way, since when, and how long that usually takes.
fn under_way(page_state: &PageState, status: &BotStatus, now: Millis) -> Option<String> {
    let upload = status.in_flight.as_ref()?;
    let since = upload.sent_at.unwrap_or(upload.prepared_at);
    let doing = page_state.status_reader.live_status.board.read();
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

fn held(bot: &str, plan: &LastPlan) -> Vec<HeldView> {
    let groups = by_reason(&plan.held, |held| &held.reason);
    groups
        .into_iter()
        .map(|(reason, held)| HeldView {
            reason: reason.to_string(),
            steps: held
                .into_iter()
                .map(|held| HeldStep {
                    link: StepLink::new(bot, &held.node_name),
                    renamed_to: held.renamed_to.clone(),
                })
                .collect(),
        })
        .collect()
}

/// The held removals that a person can release.
pub(super) fn releasable(plan: &LastPlan) -> impl Iterator<Item = &str> {
    plan.held.iter().map(|held| held.node_name.as_str())
}

/// What stands for exactly what a person sees and can release.
pub(super) fn approval(plan: &LastPlan) -> String {
    let mut hasher = blake3::Hasher::new();
    for names in [
        releasable(plan).collect::<Vec<_>>(),
        plan.manual.iter().map(String::as_str).collect(),
    ] {
        for name in names {
            hasher.update(&(name.len() as u64).to_le_bytes());
            hasher.update(name.as_bytes());
        }
        hasher.update(b"end");
    }
    hasher.finalize().to_hex().to_string()
}

fn upload(upload: &UploadRecord) -> UploadView {
    let settled = upload.settled_at;
    let since = |from: Millis| settled.map(|at| (at - from).max(0));
    UploadView {
        id: upload.id.0,
        prepared_at: upload.prepared_at,
        rows: upload.rows,
        counts: upload.counts.to_string(),
        ending: ending(upload),
        whole: since(upload.prepared_at),
        task: upload.accepted_at.and_then(since),
        message: upload.message.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Held;

    #[test]
    fn one_plain_sentence() {
        let fine = BotStatus {
            pending: Some(0),
            ..BotStatus::default()
        };
        let table = [
            (
                fine.clone(),
                "In sync",
                "The bot answers as the knowledge base says.",
            ),
            (
                BotStatus {
                    pending: None,
                    ..fine.clone()
                },
                "Syncing",
                "The knowledge base is being read",
            ),
            (
                BotStatus {
                    pending: Some(3),
                    ..fine.clone()
                },
                "Syncing",
                "3 changes wait",
            ),
            (
                BotStatus {
                    quarantined: 1,
                    ..fine.clone()
                },
                "Needs attention",
                "Everything else",
            ),
            (
                BotStatus {
                    last_error: Some("x".into()),
                    ..fine
                },
                "Failing",
                "New changes do not go live.",
            ),
        ];
        for (status, expected, sentence) in table {
            assert_eq!(word(status.state()), expected);
            assert!(headline(&status).starts_with(sentence), "{status:?}");
        }
    }

    #[test]
    fn an_approval_stands_for_what_is_seen() {
        let held = |names: &[&str]| -> Vec<Held> {
            let held = names.iter().map(|name| Held {
                node_name: (*name).into(),
                renamed_to: None,
                reason: crate::model::HoldReason::ByHand,
            });
            held.collect()
        };
        let of = |held, manual: &[&str]| {
            approval(&LastPlan {
                held,
                manual: manual.iter().map(|name| (*name).into()).collect(),
                ..LastPlan::default()
            })
        };
        let all = [
            of(held(&[]), &[]),
            of(held(&["a"]), &[]),
            of(held(&["a", "b"]), &[]),
            of(held(&["ab"]), &[]),
            of(held(&["a"]), &["b"]),
            of(held(&[]), &["a"]),
        ];
        for (at, one) in all.iter().enumerate() {
            assert!(!all[..at].contains(one), "{at}");
        }
    }
}
