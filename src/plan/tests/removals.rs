//! What is removed, what is held, and what waits for a source that was not read.

use super::*;

#[test]
fn removals_at_the_limits() {
    let cases = [
        (vec!["a"], "-a"),
        (vec!["a", "b"], "-a, -b"),
        (vec!["a", "b", "c"], "held a, held b, held c"),
    ];
    for (gone, expected) in cases {
        let mut input = ten();
        input.limits = GuardLimits {
            max_removal_percent: 20,
            max_removals: 1,
        };
        without(&mut input, &gone);
        assert_eq!(words(&plan(input)), expected);
    }
}

#[test]
fn limits_need_both_to_be_exceeded() {
    let limits = GuardLimits {
        max_removal_percent: 20,
        max_removals: 5,
    };
    let cases = [
        (5, 5, true),
        (6, 6, true),
        (6, 30, false),
        (7, 30, true),
        (6, 0, true),
        (0, 0, false),
        (5, 10, false),
        (5, 9, true),
        (1, 2, false),
        (1, 1, true),
    ];
    for (removals, live, held) in cases {
        assert_eq!(
            limits.exceeded(removals, live),
            held,
            "{removals} of {live}"
        );
    }
    let half = GuardLimits {
        max_removal_percent: 50,
        ..limits
    };
    assert!(!half.exceeded(5, 5), "a person allowed it");
    assert!(half.exceeded(6, 6), "more than max_removals, and than half");
}

#[test]
fn held_removals_let_the_rest_go_on_and_approved_ones_go() {
    let mut input = ten();
    input.limits = GuardLimits {
        max_removal_percent: 0,
        max_removals: 0,
    };
    without(&mut input, &["a", "b"]);
    input.desired.push(desired("k", "k", "k"));
    input.approved.insert("b".to_owned());
    assert_eq!(words(&plan(input)), "+k, -b, held a");
}

#[test]
fn a_source_that_is_not_complete_removes_nothing() {
    let states = [
        SourceState::Incomplete {
            reason: "a torn row".to_owned(),
        },
        SourceState::Failed {
            reason: "unmounted".to_owned(),
        },
    ];
    for state in states {
        let mut input = ten();
        input.judge.sources.insert("export".to_owned(), state);
        without(&mut input, &["a"]);
        input.approved.insert("a".to_owned());
        input.desired[0].step = step("b", "changed").into();
        assert_eq!(words(&plan(input)), "~b, unread a");
    }
}

#[test]
fn a_source_that_failed_leaves_the_removals_of_another_alone() {
    let mut input = ten();
    let failed = SourceState::Failed {
        reason: "unmounted".to_owned(),
    };
    input.judge.sources.insert("other".to_owned(), failed);
    input.snapshot[0].key.source = "other".into();
    without(&mut input, &["a", "b"]);
    assert_eq!(words(&plan(input)), "-b, unread a");
}

#[test]
fn an_article_of_a_source_that_is_gone_waits_while_any_source_is_unread() {
    let mut input = ten();
    let torn = SourceState::Incomplete {
        reason: "a torn row".to_owned(),
    };
    input.judge.sources.insert("export".to_owned(), torn);
    input.snapshot[0].key.source = "renamed since".into();
    without(&mut input, &["a"]);
    assert_eq!(words(&plan(input)), "unread a");
}

#[test]
fn a_step_whose_source_was_renamed_is_adopted() {
    let mut input = ten();
    input.snapshot[0].key.source = "old".into();
    let plan = plan(input);
    assert_eq!(words(&plan), "");
    assert_eq!(plan.adopted, [adopted("a")]);
}

#[test]
fn a_changed_configuration_holds_removals_and_renames() {
    let fields = || FingerprintPart::Source("export".to_owned(), Aspect::Mapping);
    let print = |digest: &str| Fingerprint::new([(fields(), digest.to_owned())].into());
    let mut input = ten();
    input.configuration = Configuration {
        now: print("new"),
        accepted: Accepted::Known(print("old")),
    };
    without(&mut input, &["a", "b"]);
    input.desired.push(desired("other id", "k", "a"));
    input.desired.push(desired("l", "l", "l"));
    let plan = plan(input);
    assert_eq!(words(&plan), "+l, held a>k, held b");
    assert!(plan.held[0].reason.to_string().contains("the fields"));
}

#[test]
fn a_first_plan_knows_no_other_configuration() {
    let mut input = ten();
    input.configuration.now =
        Fingerprint::new([(FingerprintPart::NodeName, "1".to_owned())].into());
    without(&mut input, &["a"]);
    assert_eq!(words(&plan(input)), "-a");
}
