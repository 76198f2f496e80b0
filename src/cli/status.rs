//! `status`: how each bot is doing, also while the daemon works.

use std::fmt::Write as _;

use serde_json::json;

use super::Exit;
use super::context::{Context, Failure, answer, answer_json};
use super::view::style::{STRONG, painted, state as state_word};
use super::view::{count, moment, shown, shown_lines, span};
use crate::clock::{millis_duration, rfc3339};
use crate::config::Bot;
use crate::daemon::Preview;
use crate::store::{BotState, Store, UploadRecord};

struct Status {
    domain_name: String,
    state: &'static str,
    live: u64,
    preview: Preview,
    kept: BotState,
    in_flight: Option<UploadRecord>,
}

pub(super) fn status(context: &Context) -> Result<Exit, Failure> {
    let config = context.config()?;
    context.block_on(async {
        let store = Store::open_to_read(&config.state_dir).await?;
        let mut bots = Vec::new();
        for bot in &config.bots {
            bots.push(status_of(context, &store, bot).await?);
        }
        if context.json {
            let bots: Vec<_> = bots.iter().map(as_json).collect();
            answer_json(&json!({ "bots": bots }));
        } else {
            let now = context.clock.now();
            answer(
                &bots
                    .iter()
                    .map(|bot| in_words(bot, now))
                    .collect::<String>(),
            );
        }
        Ok(exit(&bots))
    })
}

fn exit(bots: &[Status]) -> Exit {
    if bots.iter().any(|bot| bot.state == "failing") {
        Exit::Failed
    } else if bots.iter().any(|bot| bot.state == "attention") {
        Exit::Attention
    } else {
        Exit::InSync
    }
}

async fn status_of(context: &Context, store: &Store, bot: &Bot) -> Result<Status, Failure> {
    let preview = context.preview(store, bot).await?;
    let (kept, live, in_flight) = match store.find_bot(&bot.domain_name).await? {
        Some(id) => (
            store.bot_state(id).await?,
            store.live(id).await?,
            store.under_way(id).await?,
        ),
        None => (BotState::default(), 0, None),
    };
    let mut status = Status {
        domain_name: bot.domain_name.clone(),
        state: "in_sync",
        live,
        preview,
        kept,
        in_flight,
    };
    status.state = state(&status);
    Ok(status)
}

/// What there is to say first about a bot. Pure.
fn state(status: &Status) -> &'static str {
    if status.kept.last_error.is_some() || !status.preview.errors.is_empty() {
        "failing"
    } else if status.in_flight.is_some() {
        "syncing"
    } else if wants_a_person(status) {
        "attention"
    } else if status.preview.plan.changes.is_empty() {
        "in_sync"
    } else {
        "syncing"
    }
}

fn wants_a_person(status: &Status) -> bool {
    let plan = &status.preview.plan;
    !plan.quarantined.is_empty()
        || !plan.held.is_empty()
        || !plan.manual.is_empty()
        || !status.preview.rejections.is_empty()
        || status.preview.pinned.is_some()
}

fn last_error(status: &Status) -> Option<String> {
    status
        .preview
        .errors
        .first()
        .cloned()
        .or_else(|| status.kept.last_error.clone())
}

fn as_json(status: &Status) -> serde_json::Value {
    let plan = &status.preview.plan;
    json!({
        "domain_name": status.domain_name,
        "state": status.state,
        "live": status.live,
        "pending": plan.changes.len(),
        "quarantined": plan.quarantined.len(),
        "held_removals": plan.held.len(),
        "manual_removals": plan.manual.len(),
        "in_flight": status.in_flight.as_ref().map(|upload| json!({
            "task_id": upload.task_id,
            "rows": upload.rows,
            "since": rfc3339(upload.sent_at.unwrap_or(upload.prepared_at)),
            "state": upload.state.name(),
        })),
        "last_success": status.kept.last_success.map(rfc3339),
        "last_error": last_error(status),
        "pinned_to": status.preview.pinned.map(|pinned| pinned.to.0),
    })
}

fn in_words(status: &Status, now: crate::clock::Millis) -> String {
    let plan = &status.preview.plan;
    let mut text = format!(
        "{}: {}; {} live, {} pending, {} quarantined, {} held",
        painted(STRONG, &status.domain_name),
        state_word(status.state),
        status.live,
        plan.changes.len(),
        plan.quarantined.len(),
        count(plan.held.len() as u64, "removal", "removals"),
    );
    if !plan.manual.is_empty() {
        let _ = write!(text, ", {} to remove by hand", plan.manual.len());
    }
    let rejected = status.preview.rejections.len() as u64;
    if rejected > 0 {
        let rejected = count(rejected, "row or file", "rows or files");
        let _ = write!(text, ", {rejected} not taken");
    }
    text.push('\n');
    if let Some(upload) = &status.in_flight {
        let since = upload.sent_at.unwrap_or(upload.prepared_at);
        let task = upload.task_id.as_deref().unwrap_or("not accepted yet");
        let _ = writeln!(
            text,
            "  under way for {}: {} ({}), task {}",
            span(millis_duration(now - since)),
            count(upload.rows, "row", "rows"),
            upload.state.name().replace('_', " "),
            shown(task),
        );
    }
    match status.kept.last_success {
        Some(at) => {
            let _ = writeln!(text, "  last in sync {}", moment(at, now));
        }
        None => text.push_str("  never in sync yet\n"),
    }
    if let Some(error) = last_error(status) {
        let _ = writeln!(text, "  {}", shown_lines(&error, 4));
    }
    if wants_a_person(status) {
        let _ = writeln!(
            text,
            "  `kms-haptik-sync plan {}` says what wants a person, and why",
            status.domain_name
        );
    }
    text
}
