//! When an absence counts: by file, by age, by marker, and by the number of them.

use std::time::Duration;

use super::*;
use crate::clock::TimePoint;
use crate::model::{
    Absence, Accepted, Action, Configuration, DepartedSteps, DesiredRef, FileId, Fingerprint,
    FingerprintPart, GuardLimits, Marker, StepRef,
};
use crate::plan::absence::{Evidence, FolderState, MarkerState, Presence};
use crate::plan::compare::plan;

const AFTER: Duration = Duration::from_mins(2);

fn at(seconds: i64) -> TimePoint {
    TimePoint {
        wall: seconds * 1000,
        uptime: seconds * 1000,
        boot: "b".into(),
    }
}

fn file(number: i64) -> FileId {
    FileId::of_row(number).unwrap()
}

fn absence(since: i64, reads: u32) -> Absence {
    Absence {
        since: at(since),
        reads,
        confirmed: false,
        marker: None,
        plan: 1,
    }
}

/// Ten steps of one file, of which this is known, at the time 1000.
fn in_file(presence: Presence) -> PlanInput {
    let mut input = ten();
    for known in &mut input.snapshot {
        known.file = Some(file(1));
    }
    let folder = FolderState {
        files: [(file(1), presence)].into(),
        ..FolderState::default()
    };
    let evidence = Evidence {
        folder: Some(folder),
        ..Evidence::default()
    };
    input.judge.evidence = [("export".to_owned(), evidence)].into();
    input.judge.removals_after = AFTER;
    input.judge.now = at(1000);
    input.files = [(("export".into(), "a.csv".into()), file(1))].into();
    without(&mut input, &["a"]);
    input
}

fn with(mut input: PlanInput, before: Absence) -> PlanInput {
    input.absences.insert("a".to_owned(), before);
    input
}

fn gone() -> Presence {
    Presence::Gone("a.csv".into())
}

#[test]
fn what_the_file_says_decides() {
    let confirmed = Absence {
        confirmed: true,
        ..absence(999, 1)
    };
    let young = || Presence::Young(Duration::from_secs(9));
    let cases = [
        (in_file(Presence::Read), "-a"),
        (in_file(young()), "waiting a"),
        (in_file(Presence::Open("a.csv".into())), "unread a"),
        (in_file(gone()), "waiting a"),
        // Once is not twice, and soon is not late.
        (with(in_file(gone()), absence(880, 0)), "waiting a"),
        (with(in_file(gone()), absence(881, 5)), "waiting a"),
        (with(in_file(gone()), absence(880, 1)), "-a"),
        // What was beyond doubt stays so: the upload may have failed.
        (with(in_file(young()), confirmed.clone()), "-a"),
        (with(in_file(gone()), confirmed), "-a"),
    ];
    for (at, (input, expected)) in cases.into_iter().enumerate() {
        assert_eq!(words(&plan(input)), expected, "case {at}");
    }
}

#[test]
fn a_row_may_be_on_its_way_to_a_file_that_is_open() {
    let mut input = in_file(Presence::Read);
    let evidence = input.judge.evidence.get_mut("export").unwrap();
    evidence.folder.as_mut().unwrap().is_any_open = true;
    assert_eq!(words(&plan(input.clone())), "waiting a");
    assert_eq!(words(&plan(with(input, absence(880, 1)))), "-a");
}

#[test]
fn a_step_whose_file_is_not_known_waits_unless_all_of_them_were_read() {
    let unknown = |presence| {
        let mut input = in_file(presence);
        input.snapshot[0].file = None;
        words(&plan(input))
    };
    assert_eq!(unknown(Presence::Read), "-a");
    for presence in [
        gone(),
        Presence::Young(Duration::from_secs(1)),
        Presence::Open("a.csv".into()),
    ] {
        assert_eq!(unknown(presence), "waiting a");
    }
}

#[test]
fn a_person_ends_the_wait_but_reads_no_open_file() {
    for (presence, expected) in [(gone(), "-a"), (Presence::Open("a.csv".into()), "unread a")] {
        let mut input = in_file(presence);
        input.approved.insert("a".to_owned());
        assert_eq!(words(&plan(input)), expected);
    }
}

#[test]
fn the_same_article_in_another_file_cancels_the_wait_and_is_noted() {
    let mut input = in_file(gone());
    let moved = desired("a", "a", "a");
    input.desired.push(DesiredRef {
        step: StepRef::of_file(step("a", "a"), &Arc::from("b.csv")),
        ..moved
    });
    let plan = plan(with(input, absence(0, 9)));
    assert_eq!(words(&plan), "");
    let adopted: Vec<_> = plan
        .adopted
        .iter()
        .map(|it| (&*it.node_name, it.file.as_deref(), it.is_another))
        .collect();
    assert_eq!(adopted, [("a", Some("b.csv"), false)]);
}

#[test]
fn a_marker_that_is_renewed_confirms_and_nothing_else_does_at_once() {
    let marker = |modified| Marker { modified, inode: 1 };
    let cases = [
        // There was none, there is none.
        (None, Some(None), None, "waiting a"),
        // Written since the last reading.
        (Some(marker(9)), Some(Some(marker(5))), None, "-a"),
        (Some(marker(9)), Some(None), None, "-a"),
        // Not written since.
        (Some(marker(5)), Some(Some(marker(5))), None, "waiting a"),
        // Nobody looked before, so nobody knows.
        (Some(marker(9)), None, None, "waiting a"),
        // Written since the article was there, though not since the last reading.
        (
            Some(marker(9)),
            Some(Some(marker(9))),
            Some(marker(5)),
            "-a",
        ),
    ];
    for (at, (now, before, then, expected)) in cases.into_iter().enumerate() {
        let mut input = in_file(Presence::Read);
        let evidence = input.judge.evidence.get_mut("export").unwrap();
        evidence.folder.as_mut().unwrap().marker = Some(MarkerState {
            now,
            is_current: true,
            before,
        });
        if let Some(then) = then {
            let before = Absence {
                marker: Some(then),
                ..absence(990, 1)
            };
            input.absences.insert("a".to_owned(), before);
        }
        assert_eq!(words(&plan(input)), expected, "case {at}");
    }
}

#[test]
fn a_marker_older_than_a_file_says_nothing_and_without_it_rows_wait_like_files() {
    let mut input = in_file(Presence::Read);
    let evidence = input.judge.evidence.get_mut("export").unwrap();
    evidence.folder.as_mut().unwrap().marker = Some(MarkerState {
        now: Some(Marker {
            modified: 9,
            inode: 1,
        }),
        is_current: false,
        before: Some(None),
    });
    assert_eq!(words(&plan(input.clone())), "waiting a");
    assert_eq!(words(&plan(with(input, absence(880, 1)))), "-a");
}

#[test]
fn a_rejected_row_holds_back_its_own_article_alone() {
    let mut input = in_file(Presence::Read);
    without(&mut input, &["b", "c"]);
    let evidence = input.judge.evidence.get_mut("export").unwrap();
    evidence
        .rejected
        .insert("b".to_owned(), "has no answer".into());
    let plan = plan(input);
    assert_eq!(words(&plan), "-a, -c, unread b");
    assert!(plan.unread[0].is_rejected);
}

#[test]
fn the_steps_of_a_split_article_go_with_its_rejection() {
    let mut input = in_file(Presence::Read);
    input.snapshot[0].key = key("7#refunds");
    let evidence = input.judge.evidence.get_mut("export").unwrap();
    evidence
        .rejected
        .insert("7".to_owned(), "has no answer".into());
    assert_eq!(words(&plan(input)), "unread a");
}

#[test]
fn a_person_takes_an_incomplete_source_for_complete_but_not_the_torn_row_itself() {
    let mut input = in_file(Presence::Read);
    without(&mut input, &["b"]);
    let torn = SourceState::Incomplete {
        reason: "a torn row".to_owned(),
    };
    input.judge.sources.insert("export".to_owned(), torn);
    let evidence = input.judge.evidence.get_mut("export").unwrap();
    evidence.rejected.insert("b".to_owned(), "torn".into());
    assert_eq!(words(&plan(input.clone())), "unread a, unread b");
    input.judge.incomplete_approved = true;
    assert_eq!(words(&plan(input)), "-a, unread b");
}

#[test]
fn the_guard_counts_what_left_before_and_what_waits() {
    let limits = GuardLimits {
        max_removal_percent: 20,
        max_removals: 1,
    };
    // Removed before, the most that were live, further absent steps that wait; what becomes of one more.
    let cases = [
        (0, 0, 0, "-a"),
        (1, 10, 0, "-a"),
        (2, 10, 0, "held a"),
        (2, 15, 0, "-a"),
        (0, 0, 1, "-a, waiting b"),
        (0, 0, 2, "held a, waiting b, waiting c"),
    ];
    for (steps, most_live, waiting, expected) in cases {
        let mut input = in_file(Presence::Read);
        let evidence = input.judge.evidence.get_mut("export").unwrap();
        let files = &mut evidence.folder.as_mut().unwrap().files;
        files.insert(file(2), gone());
        input.limits = limits;
        input.departed = DepartedSteps {
            steps: (0..steps).map(|at| format!("left {at}")).collect(),
            most_live,
        };
        for at in 1..=waiting {
            input.snapshot[at].file = Some(file(2));
        }
        let gone: Vec<_> = input.snapshot[1..=waiting]
            .iter()
            .map(|known| known.node_name.to_string())
            .collect();
        let gone: Vec<&str> = gone.iter().map(String::as_str).collect();
        without(&mut input, &gone);
        assert_eq!(words(&plan(input)), expected);
    }
}

#[test]
fn what_comes_back_with_this_plan_is_taken_off() {
    let mut input = in_file(Presence::Read);
    input.limits = GuardLimits {
        max_removal_percent: 20,
        max_removals: 1,
    };
    input.departed = DepartedSteps {
        steps: ["x", "y"].map(str::to_owned).into(),
        most_live: 12,
    };
    assert_eq!(words(&plan(input.clone())), "held a");
    input.desired.push(desired("x", "x", "x"));
    assert_eq!(words(&plan(input)), "+x, -a");
}

#[test]
fn a_rename_goes_out_together_with_the_removal_whatever_holds_it() {
    let renamed = |mut input: PlanInput| {
        input.desired.push(desired("a.0", "a.0", "a"));
        input
    };
    let held = |mut input: PlanInput| {
        input.limits = GuardLimits {
            max_removal_percent: 0,
            max_removals: 0,
        };
        input
    };
    assert_eq!(words(&plan(renamed(in_file(Presence::Read)))), "+a.0, -a");
    assert_eq!(words(&plan(renamed(in_file(gone())))), "waiting a>a.0");
    assert_eq!(
        words(&plan(renamed(held(in_file(Presence::Read))))),
        "held a>a.0"
    );
}

#[test]
fn a_changed_configuration_holds_at_once_what_would_wait() {
    let mut input = in_file(gone());
    let parts =
        |digest: &str| Fingerprint::new([(FingerprintPart::NodeName, digest.to_owned())].into());
    input.configuration = Configuration {
        now: parts("new"),
        accepted: Accepted::Known(parts("old")),
    };
    assert_eq!(words(&plan(input)), "held a");
}

#[test]
fn two_removals_of_one_content_take_two_additions_with_them() {
    let mut input = in_file(gone());
    without(&mut input, &["b"]);
    input.snapshot[1].digest = input.snapshot[0].digest;
    for name in ["x", "y", "z"] {
        input.desired.push(desired(name, name, "a"));
    }
    let plan = plan(input);
    assert_eq!(
        plan.waiting
            .iter()
            .filter(|wait| wait.renamed_to.is_some())
            .count(),
        2
    );
    assert_eq!(plan.count(Action::Add), 1, "{}", words(&plan));
}
