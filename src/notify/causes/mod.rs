//! What stands against a bot, or against the service, in words that are true of it: what happened, to which
//! steps, what that means for customers, and what fixes it. Pure.

use std::collections::{BTreeMap, BTreeSet};

use super::asked;
use super::letter::NAME;
use crate::clock::{Millis, duration_millis, span};
use crate::config::{FreshUntil, Freshness};
use crate::model::{Cause, CauseKind, Causes, Reach, Rejection};
use crate::status::{LiveBotStatus, paused as in_words};
use crate::store::{Pause, Quarantined, VerificationCounts};
use crate::sync::LastPlan;
use crate::text::{FEW, command_for, one_line};

/// What a message tells of each, and not only by name.
const TOLD: usize = 3;
/// Characters of what Haptik says of a step, and of why a row was skipped, in a message.
const REASON: usize = 300;

/// What is known of a bot at a time.
pub(super) struct CauseContext<'a> {
    pub(super) bot: &'a str,
    pub(super) status: &'a LiveBotStatus,
    pub(super) quarantine: &'a BTreeMap<String, Quarantined>,
    /// Those in quarantine of which an earlier version is live.
    pub(super) live: &'a BTreeSet<String>,
    pub(super) paused: Option<&'a Pause>,
    pub(super) verification: &'a VerificationCounts,
    pub(super) freshness: Freshness,
    pub(super) now: Millis,
}

/// What stands against a bot.
pub(super) fn causes(context: &CauseContext<'_>) -> Causes {
    let nothing = LastPlan::default();
    let (bot, plan) = (
        context.bot,
        context.status.last_plan.as_deref().unwrap_or(&nothing),
    );
    let is_unusable = |rejection: &&Rejection| rejection.reach == Reach::Unusable;
    let files = plan.rejections.iter().filter(is_unusable).count() as u64;
    let rows = context.status.rejected.saturating_sub(files);
    let found = [
        (CauseKind::Quarantined, quarantined(context)),
        (CauseKind::Held, held(context.status, plan)),
        (CauseKind::HeldChanges, held_changes(bot, plan)),
        (CauseKind::Rejected, rejected(bot, plan, rows)),
        (CauseKind::Unusable, unusable(bot, plan, files)),
        (CauseKind::Manual, manual(bot, plan)),
        (CauseKind::Paused, paused(context)),
        (CauseKind::Pinned, pinned(bot, plan)),
        (CauseKind::Stale, stale(context)),
        (CauseKind::Untrained, asked::untrained(context)),
        (CauseKind::Unanswered, asked::unanswered(context)),
        (CauseKind::Drifted, asked::drifted(context)),
        (CauseKind::Agent, asked::agent(context)),
        (CauseKind::Canary, asked::canary(context)),
    ];
    let found = found
        .into_iter()
        .filter_map(|(kind, cause)| Some((kind, cause?)));
    found.chain(failing(context.status, files)).collect()
}

/// What stands against the service: the last reload failed, and why.
pub(super) fn of_service(reload_failed: Option<String>) -> Causes {
    let cause = reload_failed.map(|why| {
        let words = format!(
            "the configuration in force is the old one; the new one was not loaded: {why}. Fix it and reload again; `kms-haptik-sync check` looks at it first"
        );
        (CauseKind::ReloadFailed, about_one(words))
    });
    cause.into_iter().collect()
}

fn quarantined(context: &CauseContext<'_>) -> Option<Cause> {
    let count = context.quarantine.len() as u64;
    let first = context.quarantine.iter().take(TOLD).map(|(name, refused)| {
        let (name_shown, reason) = (one_line(name, NAME), one_line(&refused.reason, REASON));
        let live = if context.live.contains(name) {
            "its last confirmed version stays live"
        } else {
            "it is not live"
        };
        format!("\"{name_shown}\" ({live}; Haptik says: {reason})")
    });
    (count > 0).then(|| Cause {
        count,
        names: context.quarantine.keys().take(FEW).cloned().collect(),
        words: format!(
            "{} by Haptik: {}. Fix the article, and it is tried again automatically; or run `{}`",
            many(count, "step was rejected", "steps were rejected"),
            listed(&first.collect::<Vec<_>>(), count),
            command_for("retry", context.bot, &[]),
        ),
    })
}

fn held(status: &LiveBotStatus, plan: &LastPlan) -> Option<Cause> {
    let reason = status.held()?;
    let names = plan.held.iter().map(|held| held.node_name.clone());
    Some(Cause {
        count: status.held_removals,
        names: names.take(FEW).collect(),
        words: format!(
            "the {} held: {reason}",
            match status.held_removals {
                1 => "removal of 1 step is".to_owned(),
                count => format!("removals of {count} steps are"),
            }
        ),
    })
}

fn held_changes(bot: &str, plan: &LastPlan) -> Option<Cause> {
    let count = plan.held_changes.len() as u64;
    let told = plan.held_changes.iter().take(TOLD).map(|held| {
        let name = one_line(&held.node_name, NAME);
        format!("\"{name}\" ({}; {})", held.found, held.meanwhile())
    });
    let names = plan.held_changes.iter().take(FEW);
    let names: Vec<String> = names.map(|held| held.node_name.clone()).collect();
    let by_name: Vec<&str> = names.iter().take(TOLD).map(String::as_str).collect();
    let command = command_for("approve", bot, &by_name);
    (count > 0).then(|| Cause {
        count,
        words: format!(
            "{} held by hold_lint: {}. Take that out of {}; or, if customers may see it, run `{}`",
            many(count, "change is", "changes are"),
            listed(&told.collect::<Vec<_>>(), count),
            if count == 1 {
                "the article"
            } else {
                "the articles"
            },
            command,
        ),
        names,
    })
}

fn rejected(bot: &str, plan: &LastPlan, count: u64) -> Option<Cause> {
    let rows = plan
        .rejections
        .iter()
        .filter(|one| one.reach != Reach::Unusable);
    found(rows, count, |told| {
        format!(
            "{}, and what is live of {} stays as it is: {told}. Fix {}; `{}` shows all of them",
            many(count, "row was skipped", "rows were skipped"),
            it(count),
            it(count),
            command_for("plan", bot, &["--all"]),
        )
    })
}

fn unusable(bot: &str, plan: &LastPlan, count: u64) -> Option<Cause> {
    let files = plan
        .rejections
        .iter()
        .filter(|one| one.reach == Reach::Unusable);
    found(files, count, |told| {
        format!(
            "{} could not be read, and what is live of {} stays as it is: {told}. `{}` shows all of them",
            many(count, "file", "files"),
            it(count),
            command_for("plan", bot, &["--all"]),
        )
    })
}

fn it(count: u64) -> &'static str {
    if count == 1 { "it" } else { "them" }
}

/// What was not read: named by the article, or by where it stands.
fn found<'a>(
    rejections: impl Iterator<Item = &'a Rejection> + Clone,
    count: u64,
    words: impl FnOnce(&str) -> String,
) -> Option<Cause> {
    let told = rejections.clone().take(TOLD).map(|one| {
        let place = one_line(&one.place.to_string(), NAME);
        format!("{place} ({})", one_line(&one.reason, REASON))
    });
    let names = rejections.take(FEW).map(|one| match &one.id {
        Some(id) => id.clone(),
        None => one.place.to_string(),
    });
    (count > 0).then(|| Cause {
        count,
        names: names.collect(),
        words: words(&listed(&told.collect::<Vec<_>>(), count)),
    })
}

fn manual(bot: &str, plan: &LastPlan) -> Option<Cause> {
    let count = plan.manual.len() as u64;
    let told = plan
        .manual
        .iter()
        .take(TOLD)
        .map(|name| one_line(name, NAME));
    (count > 0).then(|| Cause {
        count,
        names: plan.manual.iter().take(FEW).cloned().collect(),
        words: format!(
            "{} to be removed manually in Haptik: {}. Until then customers go on getting {}. Afterwards run `{}`",
            many(count, "step is", "steps are"),
            listed(&told.collect::<Vec<_>>(), count),
            if count == 1 { "its answer" } else { "their answers" },
            command_for("approve", bot, &["--removed"]),
        ),
    })
}

fn paused(context: &CauseContext<'_>) -> Option<Cause> {
    let pause = context.paused?;
    Some(about_one(format!(
        "the bot is {}, so nothing is uploaded: {}. {} for `{}`",
        in_words(pause),
        one_line(&pause.reason, REASON),
        match context.status.pending.unwrap_or(0) {
            1 => "1 change waits".to_owned(),
            count => format!("{count} changes wait"),
        },
        command_for("resume", context.bot, &[]),
    )))
}

fn pinned(bot: &str, plan: &LastPlan) -> Option<Cause> {
    let pinned = plan.pinned?;
    Some(about_one(format!(
        "the bot was rolled back to what it was after upload {}, and stays so until `{}`; {} its sources wait",
        pinned.to.0,
        command_for("resume", bot, &[]),
        many(pinned.waiting as u64, "change of", "changes of"),
    )))
}

fn stale(context: &CauseContext<'_>) -> Option<Cause> {
    // While somebody has paused the bot, its changes are meant to wait.
    if context.paused.is_some() {
        return None;
    }
    let max_age = context.freshness.max_age;
    let unverified = context.verification.oldest_change;
    let unverified = unverified.filter(|_| context.freshness.until == FreshUntil::Verified);
    let waiting_since = context
        .status
        .waiting_since
        .into_iter()
        .chain(unverified)
        .min();
    let waited = context.now - waiting_since?;
    (waited > duration_millis(max_age)).then(|| {
        about_one(format!(
            "a change has waited longer than {} (freshness.max_age) to go live; `{}` says what it waits for",
            span(max_age),
            command_for("status", context.bot, &[])
        ))
    })
}

/// A pass that failed for nothing but files that could not be read is told by that.
fn failing(status: &LiveBotStatus, files: u64) -> Option<(CauseKind, Cause)> {
    let error = status.error()?;
    if status.credential_refused() {
        return Some((CauseKind::CredentialRefused, about_one(error.to_owned())));
    }
    let is_told = status.fails_by_files_alone() && files > 0;
    (!is_told).then(|| (CauseKind::Failing, about_one(error.to_owned())))
}

pub(super) fn about_one(words: String) -> Cause {
    Cause {
        count: 1,
        names: Vec::new(),
        words,
    }
}

pub(super) fn many(count: u64, one: &str, many: &str) -> String {
    match count {
        1 => format!("1 {one}"),
        count => format!("{count} {many}"),
    }
}

pub(super) fn listed(told: &[String], all: u64) -> String {
    let more = all.saturating_sub(told.len() as u64);
    let told = told.join(", ");
    match more {
        0 => told,
        more => format!("{told} and {more} more"),
    }
}

#[cfg(test)]
mod tests;
