//! Findings, byte for byte.

use super::*;
use crate::model::{FingerprintPart, GuardLimits, HoldReason, Place, Reach};

fn plain(text: &str) -> String {
    anstream::adapter::strip_str(text).to_string()
}

fn nothing() -> Findings<'static> {
    Findings {
        domain_name: "acme",
        errors: &[],
        incomplete: &[],
        paused: None,
        pinned: None,
        plan: Some(7),
        held: &[],
        held_changes: &[],
        waiting: &[],
        unread: &[],
        manual: &[],
        kept: &[],
        quarantined: &[],
        rejections: &[],
        more_rejected: 0,
        notes: &[],
        most: 2,
    }
}

fn held(name: &str, reason: HoldReason) -> Held {
    Held {
        node_name: name.into(),
        renamed_to: None,
        reason,
    }
}

#[test]
fn nothing_says_nothing() {
    assert_eq!(nothing().text(), "");
}

#[test]
fn a_reason_is_given_once() {
    let reason = HoldReason::TooMany {
        removals: 500,
        live: 505,
        limits: GuardLimits::default(),
    };
    let mut removals: Vec<_> = (0..500)
        .map(|number| held(&format!("kb-{number:03}"), reason.clone()))
        .collect();
    let mut renamed = held(
        "old",
        HoldReason::Configuration {
            parts: vec![FingerprintPart::NodeName],
        },
    );
    renamed.renamed_to = Some("new".into());
    removals.push(renamed);
    let names: Vec<_> = (0..10).map(|number| format!("kb-{number:03}")).collect();
    let expected = format!(
        "  500 removals held: 500 of 505 live steps would have been removed within 24 hours (limits: max_removals = 5, max_removal_percent = 20, and at most half); if that is meant, run `kms-haptik-sync approve acme --plan 7`
    {}, … and 490 more (`plan --all` shows them)
  1 removal held: the configuration changed (the node_name template) and would remove this step; if that is meant, run `kms-haptik-sync approve acme --plan 7`
    old (would become new)
",
        names.join(", ")
    );
    let findings = Findings {
        paused: None,
        pinned: None,
        held: &removals,
        ..nothing()
    };
    assert_eq!(plain(&findings.text()), expected);
}

#[test]
fn every_kind_in_order() {
    let errors = ["source \"faq\": gone\nlook".to_owned()];
    let removals = [held("kb-1", HoldReason::ByHand)];
    let changes = ["kb-11", "kb-12"].map(|name| (name.to_owned(), "card in answer 1".to_owned()));
    let waiting = ["kb-6", "kb-7"].map(|name| Waiting {
        node_name: name.into(),
        renamed_to: None,
        reason: "its file a.csv is not there".into(),
        left: std::time::Duration::ZERO,
    });
    let unread = ["kb-8", "kb-10"].map(|name| Unread {
        node_name: name.into(),
        reason: "b.csv is open for writing".into(),
        is_rejected: false,
    });
    let entry = |line, id: Option<&str>, reason: &str| Rejection {
        source: "faq".into(),
        place: Place {
            file: "a\u{1b}[2J.csv".into(),
            line,
        },
        id: id.map(Into::into),
        reason: reason.into(),
        reach: Reach::Rest,
    };
    let rejections = [
        entry(2, Some("7"), "has no answer"),
        entry(3, None, "has no id"),
        entry(4, None, "has no id"),
    ];
    let quarantined = [
        ("kb-2".to_owned(), "too long".to_owned()),
        ("kb-3".to_owned(), "too long".to_owned()),
        ("kb-4".to_owned(), "bad\u{7}".to_owned()),
        ("kb-5".to_owned(), "other".to_owned()),
    ];
    let findings = Findings {
        errors: &errors,
        paused: None,
        pinned: None,
        held: &removals,
        held_changes: &changes,
        waiting: &waiting,
        unread: &unread,
        manual: &["kb-9".to_owned()],
        kept: &["kb-13".to_owned(), "kb 14".to_owned()],
        quarantined: &quarantined,
        rejections: &rejections,
        more_rejected: 0,
        notes: &rejections[..1],
        ..nothing()
    };
    assert_eq!(
        plain(&findings.text()),
        "  error: source \"faq\": gone
    look
  1 removal held: made by hand, and no source has it; if that is meant, run `kms-haptik-sync approve acme --plan 7`
    kb-1
  2 changes held by hold_lint (card in answer 1): take it out of the article, or, if customers may see it, run `kms-haptik-sync approve acme kb-11 kb-12`
    kb-11, kb-12
  2 removals waiting: its file a.csv is not there; to remove at once, run `kms-haptik-sync approve acme --plan 7`
    kb-6, kb-7
  2 steps left as they are on the bot: b.csv is open for writing
  1 step to remove manually: remove in Haptik, then run `kms-haptik-sync approve acme --removed`
    kb-9
  2 steps kept by a person, although the article is gone; to remove, run `kms-haptik-sync approve acme kb-13 'kb 14'`
    kb-13, kb 14
  4 steps in quarantine: fix in the knowledge base, or run `kms-haptik-sync retry acme`
    kb-2, kb-3: Haptik says: too long
    kb-4: Haptik says: bad\\u{7}
    … and 1 more in quarantine; `plan --all` shows them
  3 rows or files skipped: fix in the export; until then these stay as they are on the bot
    faq: a\\u{1b}[2J.csv:2 (id 7): has no answer
    faq: a\\u{1b}[2J.csv:3: has no id
      the same: a\\u{1b}[2J.csv:4
  1 note
    faq: a\\u{1b}[2J.csv:2 (id 7): has no answer
"
    );
}
