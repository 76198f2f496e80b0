//! What a person says of a step comes before its article, until the article says something else.

use super::*;
use crate::model::{REMOVAL, StepOverride, UploadId};

fn of(article: &str, content: &str, put_back: Option<&str>) -> StepOverride {
    StepOverride {
        key: key(article),
        of: step(article, content).digest(),
        put_back: put_back.map(|content| (step(article, content), UploadId(1))),
        since: 1,
        who: "anna".into(),
        reason: String::new(),
    }
}

/// The steps a to j, where a person has said this of step c.
fn said(spoken: StepOverride) -> PlanInput {
    PlanInput {
        overrides: [("c".to_owned(), spoken)].into(),
        ..ten()
    }
}

fn not_live(mut input: PlanInput, name: &str) -> PlanInput {
    input.snapshot.retain(|known| known.node_name != *name);
    input
}

fn article_says(mut input: PlanInput, content: &str) -> PlanInput {
    input.desired.retain(|wanted| wanted.step.node_name != "c");
    input.desired.push(desired("c", "c", content));
    input
}

#[test]
fn a_persons_word_stands_until_the_article_says_something_else() {
    let withdrawn = || said(of("c", "c", None));
    let put_back = || said(of("c", "c", Some("earlier")));
    let live_is_earlier = |mut input: PlanInput| {
        input.snapshot[2] = known("c", "c", "earlier");
        input
    };
    let mut uncertain = not_live(withdrawn(), "c");
    uncertain.uncertain.insert("c".into(), key("c"));
    let mut manual = withdrawn();
    manual.manual_removals = true;
    let mut quarantined = withdrawn();
    let refused = (key("c"), step("c", "c").digest());
    quarantined.quarantine.insert("c".into(), refused);
    for (case, input, expected, over) in [
        ("withdrawn", withdrawn(), "-c", 0),
        ("and away", not_live(withdrawn(), "c"), "", 0),
        ("of which nobody knows", uncertain, "-c", 0),
        ("manually", manual, "manual c", 0),
        (
            "which Haptik refused besides",
            quarantined,
            "-c, outlived c",
            0,
        ),
        (
            "changed",
            article_says(not_live(withdrawn(), "c"), "new"),
            "+c",
            1,
        ),
        (
            "changed while it is live",
            article_says(withdrawn(), "new"),
            "~c",
            1,
        ),
        ("put back", put_back(), "~c", 0),
        ("and there", live_is_earlier(put_back()), "", 0),
        (
            "changed to what it was",
            article_says(live_is_earlier(put_back()), "earlier"),
            "",
            1,
        ),
        (
            "changed again",
            article_says(live_is_earlier(put_back()), "new"),
            "~c",
            1,
        ),
    ] {
        let plan = plan(input);
        assert_eq!(words(&plan), expected, "{case}");
        assert_eq!(plan.overrides_over.len(), over, "{case}");
    }
}

#[test]
fn what_is_put_back_is_what_goes_out() {
    let plan = plan(said(of("c", "c", Some("earlier"))));
    let sent = plan.changes[0].step.step().unwrap();
    assert_eq!(sent, step("c", "earlier"));
    assert_eq!(
        plan.changes[0].step.file().map(|file| &**file),
        Some("a.csv"),
        "the file of the article is known"
    );
}

#[test]
fn a_new_configuration_does_not_bring_back_what_a_person_took_away() {
    let mut input = article_says(not_live(said(of("c", "c", None)), "c"), "rendered anew");
    input.configuration.accepted = Accepted::Unreadable;
    let plan = plan(input);
    assert_eq!(words(&plan), "");
    let now = step("c", "rendered anew").digest();
    assert_eq!(plan.overrides_renewed, [("c".to_owned(), now)]);
    assert!(plan.overrides_over.is_empty());
}

#[test]
fn a_withdrawn_step_keeps_its_name_and_does_not_count_for_the_guard() {
    let mut input = not_live(said(of("c", "c", None)), "c");
    input.desired[2] = desired("c", "another", "c");
    assert_eq!(words(&plan(input)), "");
    let many: Vec<_> = ('a'..='j').map(String::from).collect();
    let input = PlanInput {
        overrides: many
            .iter()
            .map(|name| (name.clone(), of(name, name, None)))
            .collect(),
        limits: GuardLimits {
            max_removal_percent: 10,
            max_removals: 1,
        },
        ..ten()
    };
    assert_eq!(plan(input).count(Action::Remove), 10);
}

/// The steps a to j, of which the sources have only a and b, and of which a person keeps these.
fn keeping(names: &[&str]) -> PlanInput {
    let kept = |name: &&str| {
        let spoken = StepOverride {
            of: REMOVAL,
            ..of(name, name, None)
        };
        ((*name).to_owned(), spoken)
    };
    let mut input = PlanInput {
        overrides: names.iter().map(kept).collect(),
        limits: GuardLimits {
            max_removal_percent: 20,
            max_removals: 1,
        },
        ..ten()
    };
    let is_there = |wanted: &DesiredRef| matches!(&*wanted.step.node_name, "a" | "b");
    input.desired.retain(is_there);
    input
}

#[test]
fn what_is_kept_counts_for_no_guard_and_ends_when_its_article_is_back() {
    let six = ["c", "d", "e", "f", "g", "h"];
    let held = plan(keeping(&["c"]));
    assert_eq!((held.held.len(), held.kept.len()), (7, 1));
    // Two of ten are left, which the guard lets pass.
    let passes = plan(keeping(&six));
    assert_eq!(words(&passes), "-i, -j");
    assert_eq!(passes.kept, six);
    assert!(passes.kept_over.is_empty());

    let mut back = keeping(&six);
    back.desired.push(desired("c", "c", "c"));
    back.desired.push(desired("d", "d", "edited"));
    back.desired.push(desired("x", "x", "e"));
    let mut gone = not_live(back, "f");
    // A new configuration changes nothing about it.
    gone.configuration.accepted = Accepted::Unreadable;
    let plan = plan(gone);
    assert_eq!(plan.kept, ["g", "h"]);
    assert_eq!(plan.kept_over, ["c", "d", "e", "f"]);
    assert!(plan.overrides_over.is_empty() && plan.overrides_renewed.is_empty());
}

#[test]
fn what_a_person_keeps_while_the_plan_is_made_is_left_out_of_it() {
    let mut manual = keeping(&[]);
    manual.manual_removals = true;
    manual.limits.max_removals = 100;
    let mut leaving = keeping(&[]);
    leaving.limits.max_removals = 100;
    leaving.limits.max_removal_percent = 90;
    manual.limits.max_removal_percent = 90;
    for (input, expected) in [(leaving, 7), (manual, 7), (keeping(&[]), 7)] {
        let mut plan = plan(input);
        plan.spare(&["c"].into());
        let open = plan.count(Action::Remove) + plan.manual.len() + plan.held.len();
        assert_eq!(open, expected);
        assert!(!words(&plan).contains('c'), "{}", words(&plan));
    }
}
