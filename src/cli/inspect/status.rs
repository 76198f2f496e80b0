//! `status`: how each bot is doing, from the state alone: no source is read.

use std::fmt::Write as _;

use serde_json::json;

use crate::cli::context::{Context, answer, answer_json};
use crate::cli::output::{STRONG, moment, painted, state as state_word, wrapped};
use crate::clock::{Millis, millis_duration, span};
use crate::config::Config;
use crate::control::{CommandFailure, Exit, readable_bots};
use crate::status::{BotHealth, BotStatus, canary, counts, paused};
use crate::store::Store;
use crate::sync::{DepartedBot, Owner, departed, owner};
use crate::text::{command_for, count, shown, shown_lines};

/// Reasons of one kind that are told of a bot.
const REASONS: usize = 10;

pub(crate) fn status(context: &Context, only: Option<&str>) -> Result<Exit, CommandFailure> {
    let config = context.config()?;
    context.block_on(async {
        let store = Store::open_for_reading(&config).await?;
        let admitted = readable_bots(&store, &config, only).await?;
        let worker = worker(&store, &config).await;
        let mut bots = Vec::new();
        for bot in &admitted.bots {
            bots.push(BotStatus::kept(&store, bot).await?);
        }
        for refused in &admitted.refused {
            bots.push(BotStatus::refused(
                &refused.domain_name,
                refused.to_string(),
            ));
        }
        for bot in &mut bots {
            bot.daemon = worker.is_some();
            bot.daemon_since = worker.as_ref().and_then(|worker| worker.since);
        }
        let departed = match only {
            None => departed(&store, &config).await?,
            Some(_) => Vec::new(),
        };
        if context.json {
            let bots: Vec<_> = bots.iter().map(BotStatus::as_json).collect();
            answer_json(&json!({ "bots": bots, "not_configured": departed }))?;
        } else {
            let now = context.clock.now();
            let mut text: String = bots.iter().map(|bot| in_words(bot, now)).collect();
            for DepartedBot { domain_name, live } in &departed {
                let (what, remedy) = departed_in_words(domain_name, *live);
                let name = painted(STRONG, shown(domain_name));
                let _ = writeln!(text, "{name}: {what}\n  {remedy}");
            }
            text.push_str(&worker_in_words(worker.as_ref(), now));
            answer(&wrapped(&text))?;
        }
        Ok(exit(&bots))
    })
}

/// Who works on the state.
struct Worker {
    who: String,
    since: Option<Millis>,
}

/// The process that works on the state. Of a state in a database the database knows it: here there may only be one
/// that waits for its turn.
async fn worker(store: &Store, config: &Config) -> Option<Worker> {
    if config.state.is_some() {
        let (who, since) = store.worker().await?;
        let since = Some(since);
        return Some(Worker { who, since });
    }
    let Owner { pid, since } = owner(&config.state_dir).ok().flatten()?;
    let who = match &*pid {
        "" => "a process".to_owned(),
        pid => format!("process {pid}"),
    };
    Some(Worker { who, since })
}

fn worker_in_words(worker: Option<&Worker>, now: Millis) -> String {
    let Some(Worker { who, since }) = worker else {
        return "no daemon works on this state\n".to_owned();
    };
    let since = since.map_or_else(String::new, |at| format!(", since {}", moment(at, now)));
    format!("{} works on this state{since}\n", shown(who))
}

/// What becomes of its steps, and what to do about them.
pub(crate) fn departed_in_words(name: &str, live: u64) -> (String, String) {
    let what = format!(
        "not in the configuration; its {} on the bot as {}",
        count(live, "live step stays", "live steps stay"),
        if live == 1 { "it is" } else { "they are" },
    );
    let remedy = format!(
        "to keep them up to date, put the bot back; to take them off, put it back with an empty source and run `{}`; \
         once they are removed manually in Haptik, run `{}` to forget them",
        command_for("approve", name, &["--empty"]),
        command_for("approve", name, &["--removed"]),
    );
    (what, remedy)
}

fn exit(bots: &[BotStatus]) -> Exit {
    let any = |state| bots.iter().any(|bot| bot.state() == state);
    if any(BotHealth::Failing) {
        Exit::Failed
    } else if any(BotHealth::Attention) {
        Exit::Attention
    } else {
        Exit::InSync
    }
}

fn in_words(status: &BotStatus, now: Millis) -> String {
    let mut text = format!(
        "{}: {}; {}\n",
        painted(STRONG, &status.domain_name),
        state_word(status.state().name()),
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
    if let Some(pause) = &status.paused {
        let _ = writeln!(
            text,
            "  {}: {}; `{}` ends it",
            paused(pause),
            shown_lines(&pause.reason, 4),
            command_for("resume", &status.domain_name, &[])
        );
    }
    if let Some(finding) = &status.verification.canary {
        let words = canary(finding, &status.domain_name);
        let _ = writeln!(text, "  {}", shown_lines(&words, 4));
    }
    // What is open may stay open for long; that the sync runs is another thing.
    if status.last_success != status.last_in_sync
        && let Some(at) = status.last_success
    {
        let _ = writeln!(text, "  last complete sync {}", moment(at, now));
    }
    match status.last_in_sync {
        Some(at) => {
            let _ = writeln!(text, "  last in sync {}", moment(at, now));
        }
        None => text.push_str("  never in sync yet\n"),
    }
    if let Some(error) = &status.last_error {
        let _ = writeln!(text, "  {}", shown_lines(error, 4));
    }
    match status.planned_at {
        Some(at) => {
            let _ = writeln!(text, "  the sources as of {}", moment(at, now));
        }
        None => {
            let _ = writeln!(
                text,
                "  the sources were not read yet; `{}` shows what a sync would do",
                command_for("plan", &status.domain_name, &[])
            );
        }
    }
    if let Some(at) = status.moved_at {
        let _ = writeln!(
            text,
            "  a folder has changed since {}; it is read once the upload under way has ended",
            moment(at, now)
        );
    }
    for reason in status.unread_because.iter().take(REASONS) {
        let _ = writeln!(text, "  unread: {}", shown_lines(reason, 4));
    }
    if status.wants_a_person() {
        let _ = writeln!(
            text,
            "  `{}` says what needs attention, and why",
            command_for("plan", &status.domain_name, &[])
        );
    }
    text
}
