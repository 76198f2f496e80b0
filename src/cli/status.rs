//! `status`: how each bot is doing, also while the daemon works.

use std::fmt::Write as _;

use serde_json::json;

use super::Exit;
use super::context::{Context, Failure, answer, answer_json};
use super::view::style::{STRONG, painted, state as state_word};
use super::view::{count, moment, shown, shown_lines, span};
use crate::clock::millis_duration;
use crate::config::Bot;
use crate::daemon::BotStatus;
use crate::store::Store;

pub(super) fn status(context: &Context) -> Result<Exit, Failure> {
    let config = context.config()?;
    context.block_on(async {
        let store = Store::open_to_read(&config.state_dir).await?;
        let mut bots = Vec::new();
        for bot in &config.bots {
            bots.push(status_of(context, &store, bot).await?);
        }
        if context.json {
            let bots: Vec<_> = bots.iter().map(BotStatus::as_json).collect();
            answer_json(&json!({ "bots": bots }))?;
        } else {
            let now = context.clock.now();
            answer(
                &bots
                    .iter()
                    .map(|bot| in_words(bot, now))
                    .collect::<String>(),
            )?;
        }
        Ok(exit(&bots))
    })
}

fn exit(bots: &[BotStatus]) -> Exit {
    let any = |state| bots.iter().any(|bot| bot.state() == state);
    if any("failing") {
        Exit::Failed
    } else if any("attention") {
        Exit::Attention
    } else {
        Exit::InSync
    }
}

async fn status_of(context: &Context, store: &Store, bot: &Bot) -> Result<BotStatus, Failure> {
    let preview = context.preview(store, bot).await?;
    let mut status = BotStatus::kept(store, bot).await?;
    let plan = &preview.plan;
    status.pending = Some(plan.changes.len() as u64);
    status.quarantined = plan.quarantined.len() as u64;
    status.held_removals = plan.held.len() as u64;
    status.manual_removals = plan.manual.len() as u64;
    status.rejected = preview.rejections.len() as u64;
    status.pinned_to = preview.pinned.map(|pinned| pinned.to);
    status.last_error = preview.errors.first().cloned().or(status.last_error);
    Ok(status)
}

fn in_words(status: &BotStatus, now: crate::clock::Millis) -> String {
    let mut text = format!(
        "{}: {}; {}\n",
        painted(STRONG, &status.domain_name),
        state_word(status.state()),
        counts(status),
    );

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
    match status.last_success {
        Some(at) => {
            let _ = writeln!(text, "  last in sync {}", moment(at, now));
        }
        None => text.push_str("  never in sync yet\n"),
    }
    if let Some(error) = &status.last_error {
        let _ = writeln!(text, "  {}", shown_lines(error, 4));
    }
    if status.wants_a_person() {
        let _ = writeln!(
            text,
            "  `kms-haptik-sync plan {}` says what wants a person, and why",
            status.domain_name
        );
    }
    text
}

/// How many steps there are of each kind; also on the page for people.
pub(crate) fn counts(status: &BotStatus) -> String {
    let mut text = format!(
        "{} live, {} pending, {} quarantined, {} held",
        status.live,
        status.pending.unwrap_or(0),
        status.quarantined,
        count(status.held_removals, "removal", "removals"),
    );
    if status.manual_removals > 0 {
        let _ = write!(text, ", {} to remove by hand", status.manual_removals);
    }
    if status.rejected > 0 {
        let rejected = count(status.rejected, "row or file", "rows or files");
        let _ = write!(text, ", {rejected} not taken");
    }
    text
}
