use std::time::Duration;

use super::facts::DesiredNow;
use super::*;
use crate::config::UploadEffect;
use crate::model::{
    ArticleKey, AskReason, AskedStep, Change, ChangeCounts, Digest, HoldReason, Place, Purpose,
    Reach, Rejection, Step, UploadId, Verdict,
};
use crate::store::BotId;
use crate::sync::WaitingChange;

/// An upload that was seen at 10, sent at 20, accepted at 30, and settled at 40.
pub(crate) fn upload(id: i64, state: UploadState) -> UploadRecord {
    UploadRecord {
        id: UploadId(id),
        bot: BotId(1),
        purpose: Purpose::Change,
        effect: UploadEffect::Merge,
        state,
        rows: 1,
        csv_bytes: 1,
        csv_digest: Vec::new(),
        canary: None,
        counts: ChangeCounts {
            added: 1,
            ..ChangeCounts::default()
        },
        task_id: None,
        prepared_at: 10,
        sent_at: Some(20),
        accepted_at: Some(30),
        asked_at: None,
        settled_at: state.settled().then_some(40),
        submissions: 1,
        message: None,
    }
}

fn key() -> ArticleKey {
    ArticleKey {
        source: "export".into(),
        article: "1".into(),
    }
}

fn step(answer: &str) -> Step {
    Step {
        node_name: "kb-1".into(),
        question: "When?".into(),
        answer: answer.into(),
    }
}

/// Nothing is known of it.
fn new() -> Facts {
    Facts {
        bot: "acme".into(),
        looked: true,
        ..Facts::default()
    }
}

fn live() -> Facts {
    Facts {
        live: Some(SnapshotStep {
            key: key(),
            step: step("Now."),
            confirmed_at: 40,
        }),
        uploads: vec![upload(1, UploadState::Succeeded)],
        ..new()
    }
}

impl Facts {
    fn but(mut self, change: impl FnOnce(&mut Self)) -> Self {
        change(&mut self);
        self
    }

    fn waits(self, action: Action, answer: &str) -> Self {
        let step = step(answer);
        let is_removal = action == Action::Remove;
        self.but(|facts| {
            facts.waiting = Some(WaitingChange {
                action,
                key: ArticleKey {
                    source: "export".into(),
                    article: "1".into(),
                },
                digest: if is_removal { REMOVAL } else { step.digest() },
                since: 50,
                step: (!is_removal).then_some(step),
            });
        })
    }

    fn on_its_way(self, action: Action, state: UploadState) -> Self {
        let change = Change {
            action,
            key: key(),
            step: step("Later."),
            line: 0,
        };
        self.but(|facts| facts.under_way = Some((change, upload(2, state))))
    }

    fn refused(self) -> Self {
        self.but(|facts| {
            facts.refusal = Some(Quarantined {
                key: key(),
                digest: Digest([1; 16]),
                reason: "Length of answer is too long".into(),
                since: 60,
            });
        })
    }

    fn held(self) -> Self {
        self.but(|facts| {
            facts.held = Some(Held {
                node_name: "kb-1".into(),
                renamed_to: None,
                reason: HoldReason::ByHand,
            });
        })
    }

    fn not_taken(self) -> Self {
        self.but(|facts| {
            facts.rejection = Some(Rejection {
                source: "export".into(),
                place: Place {
                    file: "faq.csv".into(),
                    line: 7,
                },
                id: Some("1".into()),
                reason: "has no answer".into(),
                reach: Reach::Alone,
            });
        })
    }
}

#[track_caller]
fn told(facts: &Facts, sign: &str, headline: &str, moments: &[Millis], sentence: &str) {
    let story = tell(facts);
    let at: Vec<_> = story.moments.iter().map(|moment| moment.at).collect();
    assert_eq!((story.sign, at.as_slice()), (sign, moments), "{story:?}");
    assert!(story.headline.starts_with(headline), "{story:?}");
    assert!(story.sentences.join(" ").contains(sentence), "{story:?}");
}

#[test]
fn what_is_live_says_since_when() {
    let confirmed = [10, 20, 40];
    let as_wanted = "Live, as the knowledge base has it.";
    told(&live(), "in_sync", as_wanted, &confirmed, "");
    // The last plan wanted what has come to be live since.
    let arrived = live().waits(Action::Change, "Now.");
    told(&arrived, "in_sync", as_wanted, &confirmed, "");
    let unseen = live().but(|facts| facts.looked = false);
    told(
        &unseen,
        "in_sync",
        "Live. The knowledge base has not",
        &confirmed,
        "",
    );
    let moved = live().but(|facts| facts.moved_at = Some(1_700_000_000_000));
    told(
        &moved,
        "in_sync",
        "Live. There may be something newer",
        &confirmed,
        "has changed since 2023-11-14T22:13:20Z",
    );
    let by_hand = live().but(|facts| facts.uploads.clear());
    told(&by_hand, "in_sync", as_wanted, &[40], "");
    let pinned = live().but(|facts| facts.pinned_to = Some(UploadId(7)));
    told(
        &pinned,
        "attention",
        "Live, in the version",
        &confirmed,
        "after upload 7",
    );
    let unread = live().not_taken();
    told(
        &unread,
        "attention",
        "Live, as last read.",
        &confirmed,
        "faq.csv:7: has no answer",
    );
}

#[test]
fn what_the_bot_contradicts_is_not_well() {
    let asked = |verdict, contradictions, is_untrained| {
        live().but(|facts| {
            facts.asked = Some(AskedStep {
                reason: AskReason::Change,
                verdict: Some(verdict),
                contradictions,
                is_untrained,
                ..AskedStep::unasked("kb-1", 0)
            });
        })
    };
    let confirmed = [10, 20, 40];
    for (facts, sign, headline) in [
        (
            asked(Verdict::Verified, 0, false),
            "in_sync",
            "Live, as the knowledge base has it.",
        ),
        (
            asked(Verdict::NotUnderstood, 1, true),
            "in_sync",
            "Live, as the knowledge base has it.",
        ),
        (
            asked(Verdict::NotUnderstood, 2, true),
            "attention",
            "Live, as the knowledge base has it, but the bot does not understand it until it is trained.",
        ),
        (
            asked(Verdict::OldVersion, 2, false),
            "attention",
            "Live, as the knowledge base has it, but the bot ",
        ),
    ] {
        told(&facts, sign, headline, &confirmed, "");
    }
}

#[test]
fn what_waits_says_for_what() {
    let changed = live().waits(Action::Change, "Later.");
    told(
        &changed,
        "syncing",
        "The new text is not live yet and waits",
        &[50],
        "next upload",
    );
    let behind = new()
        .waits(Action::Add, "Later.")
        .but(|facts| facts.busy_with = Some(upload(7, UploadState::Accepted)));
    told(
        &behind,
        "syncing",
        "Not live yet. It was seen",
        &[50],
        "waits for upload 7",
    );
    let failing = live()
        .waits(Action::Remove, "")
        .but(|facts| facts.error = Some("HTTP 401".into()));
    told(
        &failing,
        "failing",
        "Still live.",
        &[50],
        "failing: HTTP 401",
    );
}

#[test]
fn what_is_on_its_way_says_how_long_that_usually_takes() {
    let added = new()
        .on_its_way(Action::Add, UploadState::Accepted)
        .but(|facts| facts.usual = Some(Duration::from_secs(5)));
    told(
        &added,
        "syncing",
        "Not live yet. It is on its way",
        &[10, 20, 30],
        "usually takes 5 s",
    );
    let in_doubt = live().on_its_way(Action::Change, UploadState::InDoubt);
    told(
        &in_doubt,
        "syncing",
        "The new text is not live yet. It is on",
        &[10, 20],
        "lost on the way",
    );
    let going = live().on_its_way(Action::Remove, UploadState::Accepted);
    told(
        &going,
        "syncing",
        "It is being taken away.",
        &[10, 20, 30],
        "",
    );
}

#[test]
fn what_was_refused_says_why() {
    told(
        &new().refused(),
        "failing",
        "Not live: Haptik rejected it.",
        &[60],
        "Change the article",
    );
    let changed = live().refused();
    told(
        &changed,
        "failing",
        "Haptik rejected the new text. The earlier one stays",
        &[60],
        "Change the article",
    );
    let says = tell(&changed).haptik_says;
    assert_eq!(says.as_deref(), Some("Length of answer is too long"));
    let removal = live().refused().but(|facts| {
        facts
            .refusal
            .iter_mut()
            .for_each(|refusal| refusal.digest = REMOVAL);
    });
    told(
        &removal,
        "failing",
        "Haptik rejected its removal.",
        &[60],
        "",
    );
}

#[test]
fn what_wants_a_person_says_so() {
    told(
        &live().held(),
        "attention",
        "Still live.",
        &[10, 20, 40],
        "Why: made by hand",
    );
    let waits = "its file other.csv is not there";
    let waiting = live().but(|facts| facts.waiting_removal = Some(waits.into()));
    told(
        &waiting,
        "syncing",
        "Still live. The knowledge base no longer has it",
        &[10, 20, 40],
        "Why: its file other.csv is not there.",
    );
    let unread = live().but(|facts| facts.unread = Some("the list moved".into()));
    told(
        &unread,
        "attention",
        "Live, as last read.",
        &[10, 20, 40],
        "Why: the list moved.",
    );
    let change = |action| HeldChange {
        node_name: "kb-1".into(),
        action,
        key: ArticleKey {
            source: "export".into(),
            article: "1".into(),
        },
        digest: REMOVAL,
        found: "card in answer 1".into(),
        shown: None,
    };
    let changed = live().but(|facts| facts.held_change = Some(change(Action::Change)));
    told(
        &changed,
        "attention",
        "The earlier text stays live: ",
        &[10, 20, 40],
        "run `kms-haptik-sync approve acme kb-1`",
    );
    let manual = live().but(|facts| facts.by_hand = true);
    told(
        &manual,
        "attention",
        "Still live.",
        &[10, 20, 40],
        "says so with",
    );
    told(
        &new().not_taken(),
        "attention",
        "Not live: its article could not be read",
        &[],
        "has no answer",
    );
}

#[test]
fn what_is_not_here_says_whether_it_ever_was() {
    let gone = live().but(|facts| facts.live = None);
    told(
        &gone,
        "gone",
        "Not live any more",
        &[20, 40],
        "Why: its article was no longer",
    );
    told(
        &new(),
        "unknown",
        "No step of this name",
        &[],
        "not have been exported yet",
    );
    assert!(tell(&new()).is_unknown() && !tell(&gone).is_unknown());
}

#[test]
fn what_the_knowledge_base_says_is_known_or_said_to_be_unknown() {
    let later = step("Later.");
    let table = vec![
        (live(), DesiredNow::AsLive),
        (
            live().but(|facts| facts.looked = false),
            DesiredNow::NotKept,
        ),
        (
            live().waits(Action::Change, "Later."),
            DesiredNow::Text(&later),
        ),
        (live().waits(Action::Remove, ""), DesiredNow::Gone),
        (
            new().on_its_way(Action::Add, UploadState::Sent),
            DesiredNow::Text(&later),
        ),
        (live().refused(), DesiredNow::NotKept),
        (
            live()
                .refused()
                .but(|facts| facts.refused = Some(step("Later."))),
            DesiredNow::Text(&later),
        ),
        (live().held(), DesiredNow::Gone),
        (live().not_taken(), DesiredNow::NotKept),
        (
            live().but(|facts| facts.waiting_removal = Some("gone".into())),
            DesiredNow::Gone,
        ),
        (
            live().but(|facts| facts.unread = Some("the list moved".into())),
            DesiredNow::NotKept,
        ),
    ];
    for (facts, expected) in &table {
        assert_eq!(facts.wanted(), *expected, "{facts:?}");
    }
}

#[test]
fn a_refused_text_that_was_changed_is_tried_next() {
    let same = live()
        .refused()
        .waits(Action::Change, "Later.")
        .but(|facts| {
            let digest = facts.waiting.as_ref().map(|waiting| waiting.digest);
            if let (Some(refusal), Some(digest)) = (&mut facts.refusal, digest) {
                refusal.digest = digest;
            }
        });
    assert!(!tell(&same).sentences.join(" ").contains("tried next"));
    let newer = live().refused().waits(Action::Change, "Shorter.");
    assert!(tell(&newer).sentences.join(" ").contains("tried next"));
}
