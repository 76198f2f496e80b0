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

/// What is known of a bot at a look.
pub(super) struct Look<'a> {
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
pub(super) fn causes(look: &Look<'_>) -> Causes {
    let nothing = LastPlan::default();
    let (bot, plan) = (
        look.bot,
        look.status.last_plan.as_deref().unwrap_or(&nothing),
    );
    let is_unusable = |rejection: &&Rejection| rejection.reach == Reach::Unusable;
    let files = plan.rejections.iter().filter(is_unusable).count() as u64;
    let rows = look.status.rejected.saturating_sub(files);
    let found = [
        (CauseKind::Quarantined, quarantined(look)),
        (CauseKind::Held, held(look.status, plan)),
        (CauseKind::HeldChanges, held_changes(bot, plan)),
        (CauseKind::Rejected, rejected(bot, plan, rows)),
        (CauseKind::Unusable, unusable(bot, plan, files)),
        (CauseKind::Manual, manual(bot, plan)),
        (CauseKind::Paused, paused(look)),
        (CauseKind::Pinned, pinned(bot, plan)),
        (CauseKind::Stale, stale(look)),
        (CauseKind::Untrained, asked::untrained(look)),
        (CauseKind::Unanswered, asked::unanswered(look)),
        (CauseKind::Drifted, asked::drifted(look)),
        (CauseKind::Agent, asked::agent(look)),
    ];
    let found = found
        .into_iter()
        .filter_map(|(kind, cause)| Some((kind, cause?)));
    found.chain(failing(look.status, files)).collect()
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

fn quarantined(look: &Look<'_>) -> Option<Cause> {
    let count = look.quarantine.len() as u64;
    let first = look.quarantine.iter().take(TOLD).map(|(name, refused)| {
        let (name_shown, reason) = (one_line(name, NAME), one_line(&refused.reason, REASON));
        let live = if look.live.contains(name) {
            "its last confirmed version stays live"
        } else {
            "it is not live"
        };
        format!("\"{name_shown}\" ({live}; Haptik says: {reason})")
    });
    (count > 0).then(|| Cause {
        count,
        names: look.quarantine.keys().take(FEW).cloned().collect(),
        words: format!(
            "{} by Haptik: {}. Fix the article, and it is tried again automatically; or run `{}`",
            many(count, "step was rejected", "steps were rejected"),
            listed(&first.collect::<Vec<_>>(), count),
            command_for("retry", look.bot, &[]),
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

fn paused(look: &Look<'_>) -> Option<Cause> {
    let pause = look.paused?;
    Some(about_one(format!(
        "the bot is {}, so nothing is uploaded: {}. {} for `{}`",
        in_words(pause),
        one_line(&pause.reason, REASON),
        match look.status.pending.unwrap_or(0) {
            1 => "1 change waits".to_owned(),
            count => format!("{count} changes wait"),
        },
        command_for("resume", look.bot, &[]),
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

fn stale(look: &Look<'_>) -> Option<Cause> {
    // While somebody has paused the bot, its changes are meant to wait.
    if look.paused.is_some() {
        return None;
    }
    let max_age = look.freshness.max_age;
    let unverified = look.verification.oldest_change;
    let unverified = unverified.filter(|_| look.freshness.until == FreshUntil::Verified);
    let waiting_since = look
        .status
        .waiting_since
        .into_iter()
        .chain(unverified)
        .min();
    let waited = look.now - waiting_since?;
    (waited > duration_millis(max_age)).then(|| {
        about_one(format!(
            "a change has waited longer than {} (freshness.max_age) to go live; `{}` says what it waits for",
            span(max_age),
            command_for("status", look.bot, &[])
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
mod tests {
    use super::*;
    use crate::model::{Action, ArticleKey, HeldChange, Place, UploadId, Verdict};
    use crate::sync::Pinned;
    use std::sync::Arc;

    fn refused(reason: &str) -> Quarantined {
        Quarantined {
            key: ArticleKey {
                source: "export".into(),
                article: "1".into(),
            },
            digest: crate::model::REMOVAL,
            reason: reason.into(),
            since: 0,
        }
    }

    fn rejection(at: u64, reach: Reach) -> Rejection {
        Rejection {
            source: "export".into(),
            place: Place {
                file: "a.csv".into(),
                line: at,
            },
            id: Some(format!("kb-{at}")),
            reason: "has no answer".into(),
            reach,
        }
    }

    fn told(change: impl FnOnce(&mut LiveBotStatus), quarantine: &[(&str, bool)]) -> Causes {
        let mut status = LiveBotStatus::default();
        change(&mut status);
        let names = quarantine.iter();
        let quarantine = names
            .clone()
            .map(|(name, _)| ((*name).to_owned(), refused("no")));
        let live = names
            .filter(|(_, live)| *live)
            .map(|(name, _)| (*name).to_owned());
        causes(&Look {
            bot: "acme",
            status: &status,
            quarantine: &quarantine.collect(),
            live: &live.collect(),
            paused: None,
            verification: &VerificationCounts::default(),
            freshness: Freshness {
                max_age: std::time::Duration::from_hours(1),
                until: FreshUntil::Confirmed,
            },
            now: 7_200_000,
        })
    }

    #[test]
    fn what_is_not_live_is_not_said_to_stay_live() {
        let causes = told(|_| {}, &[("new", false), ("old", true)]);
        let cause = &causes[&CauseKind::Quarantined];
        assert_eq!(cause.count, 2);
        assert_eq!(cause.names, ["new", "old"]);
        assert_eq!(
            cause.words,
            "2 steps were rejected by Haptik: \"new\" (it is not live; Haptik says: no), \"old\" (its last confirmed version stays live; Haptik says: no). \
             Fix the article, and it is tried again automatically; or run `kms-haptik-sync retry acme`"
        );
    }

    #[test]
    fn rows_and_files_are_two_numbers_and_name_their_places() {
        let plan = LastPlan {
            rejections: (1..=5)
                .map(|at| rejection(at, Reach::Alone))
                .chain([rejection(0, Reach::Unusable)])
                .collect(),
            manual: vec!["kb-9".into()],
            held_changes: vec![HeldChange {
                node_name: "kb-8".into(),
                action: Action::Add,
                key: ArticleKey {
                    source: "export".into(),
                    article: "8".into(),
                },
                digest: crate::model::REMOVAL,
                found: "secret in answer 1".into(),
            }],
            pinned: Some(Pinned {
                to: UploadId(3),
                waiting: 2,
            }),
            ..LastPlan::default()
        };
        let causes = told(
            |status| {
                status.rejected = 6;
                status.last_plan = Some(Arc::new(plan));
                status.waiting_since = Some(0);
            },
            &[],
        );
        let words = |kind| causes[&kind].words.as_str();
        assert_eq!(causes[&CauseKind::Rejected].count, 5);
        assert!(
            words(CauseKind::Rejected).starts_with(
                "5 rows were skipped, and what is live of them stays as it is: a.csv:1 (has no answer), \
                 a.csv:2 (has no answer), a.csv:3 (has no answer) and 2 more. Fix them; "
            ),
            "{}",
            words(CauseKind::Rejected)
        );
        assert_eq!(causes[&CauseKind::Unusable].count, 1);
        assert!(words(CauseKind::Unusable).starts_with("1 file could not be read, "));
        assert!(
            words(CauseKind::Manual)
                .starts_with("1 step is to be removed manually in Haptik: kb-9. ")
        );
        assert_eq!(
            words(CauseKind::HeldChanges),
            "1 change is held by hold_lint: \"kb-8\" (secret in answer 1; new in the source; it is not live). \
             Take that out of the article; or, if customers may see it, run `kms-haptik-sync approve acme kb-8`"
        );
        assert!(
            words(CauseKind::Pinned)
                .ends_with("`kms-haptik-sync resume acme`; 2 changes of its sources wait")
        );
        assert!(causes.contains_key(&CauseKind::Stale));
    }

    #[test]
    fn what_a_bot_does_not_answer_is_one_cause_of_each_kind() {
        let mut counts = VerificationCounts {
            untrained: (1..=5).map(|at| format!("kb-{at}")).collect(),
            unanswered: vec![("kb-8".into(), Verdict::OldVersion)],
            drifted: vec![("kb-9".into(), Verdict::OtherStep)],
            oldest_change: Some(0),
            not_before: Some(7_300_000),
            ..VerificationCounts::default()
        };
        let look = |counts: &VerificationCounts, until| {
            let (status, nothing) = (LiveBotStatus::default(), BTreeMap::new());
            causes(&Look {
                bot: "acme",
                status: &status,
                quarantine: &nothing,
                live: &BTreeSet::new(),
                paused: None,
                verification: counts,
                freshness: Freshness {
                    max_age: std::time::Duration::from_hours(1),
                    until,
                },
                now: 7_200_000,
            })
        };
        let told = look(&counts, FreshUntil::Confirmed);
        let kinds: Vec<_> = told.keys().map(|kind| kind.name()).collect();
        assert_eq!(kinds, ["untrained", "unanswered", "drifted", "agent"]);
        let untrained = &told[&CauseKind::Untrained];
        assert_eq!((untrained.count, untrained.names.len()), (5, 5));
        assert!(
            untrained
                .words
                .starts_with("5 changes wait for training: kb-1, kb-2, kb-3 and 2 more. ")
        );
        let drifted = &told[&CauseKind::Drifted].words;
        assert!(
            drifted.contains("\"kb-9\" (something else answers)")
                && drifted.contains("`kms-haptik-sync resync acme`"),
            "{drifted}"
        );
        // A change waits until the bot answers it, where somebody says so; and an agent is called for a day.
        assert!(look(&counts, FreshUntil::Verified).contains_key(&CauseKind::Stale));
        counts.not_before = Some(7_100_000);
        assert!(!look(&counts, FreshUntil::Confirmed).contains_key(&CauseKind::Agent));
    }

    #[test]
    fn a_failed_reload_names_its_cause() {
        assert!(of_service(None).is_empty());
        let causes = of_service(Some("line 3 is wrong".into()));
        let words = &causes[&CauseKind::ReloadFailed].words;
        assert!(
            words.contains("the new one was not loaded: line 3 is wrong. Fix it"),
            "{words}"
        );
    }
}
