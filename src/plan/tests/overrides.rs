//! What a person says of a step comes before its article, until the article says something else.

use super::*;
use crate::model::{StepOverride, UploadId};

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
