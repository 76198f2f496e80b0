//! What people are told of, case by case.

use super::*;
use crate::model::{Action, ArticleKey, CanaryFinding, HeldChange, Place, UploadId, Verdict};
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
    causes(&CauseContext {
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
            shown: None,
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
        words(CauseKind::Manual).starts_with("1 step is to be removed manually in Haptik: kb-9. ")
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
        canary: Some(CanaryFinding::SecondService),
        ..VerificationCounts::default()
    };
    let context = |counts: &VerificationCounts, until| {
        let (status, nothing) = (LiveBotStatus::default(), BTreeMap::new());
        causes(&CauseContext {
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
    let told = context(&counts, FreshUntil::Confirmed);
    let kinds: Vec<_> = told.keys().map(|kind| kind.name()).collect();
    assert_eq!(
        kinds,
        ["untrained", "unanswered", "drifted", "agent", "canary"]
    );
    let untrained = &told[&CauseKind::Untrained];
    assert_eq!((untrained.count, untrained.names.len()), (5, 5));
    assert!(
        untrained
            .words
            .starts_with("5 changes wait for training: kb-1, kb-2, kb-3 and 2 more. ")
    );
    let canary = &told[&CauseKind::Canary].words;
    assert!(
        canary.starts_with("a second service uploads to this bot")
            && canary.contains("`kms-haptik-sync resume acme`"),
        "{canary}"
    );
    let unanswered = &told[&CauseKind::Unanswered].words;
    assert!(
        unanswered.contains(". Check whether an older"),
        "{unanswered}"
    );
    let drifted = &told[&CauseKind::Drifted].words;
    assert!(
        drifted.contains("\"kb-9\" (something else answers)")
            && drifted.contains("`kms-haptik-sync resync acme`"),
        "{drifted}"
    );
    // A change waits until the bot answers it, where somebody says so; and an agent is called for a day.
    assert!(context(&counts, FreshUntil::Verified).contains_key(&CauseKind::Stale));
    counts.not_before = Some(7_100_000);
    assert!(!context(&counts, FreshUntil::Confirmed).contains_key(&CauseKind::Agent));
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
