mod absence;
mod overrides;
mod removals;

use std::sync::Arc;

use super::absence::Judge;
use super::compare::plan;
use super::*;
use crate::model::{
    Accepted, Action, Adopted, ArticleKey, Aspect, BY_HAND, Change, Configuration, DesiredRef,
    Fingerprint, FingerprintPart, GuardLimits, LiveStep, Plan, REMOVAL, Step, StepRef,
};

fn key(article: &str) -> ArticleKey {
    ArticleKey {
        source: "export".into(),
        article: article.into(),
    }
}

fn step(name: &str, content: &str) -> Step {
    Step {
        node_name: name.to_owned(),
        question: format!("{content}?|again {content}?"),
        answer: content.to_owned(),
    }
}

fn desired(article: &str, name: &str, content: &str) -> DesiredRef {
    DesiredRef {
        key: key(article),
        step: StepRef::of_file(step(name, content), &Arc::from("a.csv")),
        line: 2,
    }
}

fn known(article: &str, name: &str, content: &str) -> LiveStep {
    LiveStep {
        node_name: name.into(),
        key: key(article),
        digest: step(name, content).digest(),
        file: None,
    }
}

fn adopted(name: &str) -> Adopted {
    Adopted {
        node_name: name.into(),
        key: key(name),
        file: None,
        is_another: true,
    }
}

/// A bot with the steps a to j, all of which the source has, unless told otherwise.
fn ten() -> PlanInput {
    let names: Vec<_> = ('a'..='j').map(String::from).collect();
    PlanInput {
        desired: names.iter().map(|name| desired(name, name, name)).collect(),
        judge: Judge {
            sources: [("export".to_owned(), SourceState::Complete)].into(),
            ..Judge::default()
        },
        snapshot: names.iter().map(|name| known(name, name, name)).collect(),
        ..PlanInput::default()
    }
}

/// A plan as words: `~b +k -c` and so on.
fn words(plan: &Plan) -> String {
    let changes = plan.changes.iter().map(|change| {
        let sign = match change.action {
            Action::Add => '+',
            Action::Change => '~',
            Action::Remove => '-',
        };
        format!("{sign}{}", change.step.node_name)
    });
    let held = plan.held.iter().map(|held| match &held.renamed_to {
        Some(name) => format!("held {}>{name}", held.node_name),
        None => format!("held {}", held.node_name),
    });
    let waiting = plan.waiting.iter().map(|wait| match &wait.renamed_to {
        Some(name) => format!("waiting {}>{name}", wait.node_name),
        None => format!("waiting {}", wait.node_name),
    });
    let unread = plan
        .unread
        .iter()
        .map(|unread| format!("unread {}", unread.node_name));
    let rest = [
        ("manual", &plan.manual),
        ("quarantined", &plan.quarantined),
        ("outlived", &plan.obsolete),
    ];
    let rest = rest
        .into_iter()
        .flat_map(|(word, names)| names.iter().map(move |name| format!("{word} {name}")));
    let rejected = plan
        .rejections
        .iter()
        .map(|rejection| format!("rejected {}", rejection.id.as_deref().unwrap_or("?")));
    let all: Vec<_> = changes
        .chain(held)
        .chain(waiting)
        .chain(unread)
        .chain(rest)
        .chain(rejected)
        .collect();
    all.join(", ")
}

fn without(input: &mut PlanInput, articles: &[&str]) {
    input
        .desired
        .retain(|entry| !articles.contains(&entry.key.article.as_str()));
}

#[test]
fn nothing_changed_is_an_empty_plan() {
    let plan = plan(ten());
    assert_eq!(words(&plan), "");
    assert_eq!(plan.unchanged, 10);
}

#[test]
fn changes_then_additions_then_removals_by_name() {
    let mut input = ten();
    input.desired.reverse();
    input.desired[1].step = step("i", "new words").into();
    input.desired.push(desired("k", "k", "k"));
    input.desired.push(desired("0", "0", "0"));
    without(&mut input, &["b"]);
    assert_eq!(words(&plan(input)), "~i, +0, +k, -b");
}

#[test]
fn the_order_of_variants_is_no_change() {
    let mut input = ten();
    let mut turned = step("a", "a");
    turned.question = "again a?|a?".to_owned();
    input.desired[0].step = turned.into();
    assert_eq!(words(&plan(input)), "");
}

#[test]
fn a_name_once_given_stays_with_its_article() {
    let mut input = ten();
    input.desired[0].step.node_name = "another name".into();
    input.desired[1].step = step("b new", "changed").into();
    assert_eq!(words(&plan(input)), "~b");
}

#[test]
fn two_articles_with_one_name_are_rejected_and_both_named() {
    let mut input = ten();
    input.desired.push(desired("x", "twin", "x"));
    input.desired.push(desired("y", "twin", "y"));
    let plan = plan(input);
    assert_eq!(words(&plan), "rejected x, rejected y");
    assert!(plan.rejections[0].reason.contains("a.csv:2 (id y)"));
    assert!(plan.rejections[1].reason.contains("a.csv:2 (id x)"));
}

#[test]
fn the_same_article_of_two_sources_is_one() {
    let of = |source: &str, article: &str, content: &str| DesiredRef {
        key: ArticleKey {
            source: source.into(),
            article: article.into(),
        },
        ..desired(article, "twin", content)
    };
    // Whoever has it keeps it, and without one that has it the first counts.
    for live in [None, Some("second")] {
        let mut input = ten();
        let sources = &mut input.judge.sources;
        for source in ["first", "second"] {
            sources.insert(source.to_owned(), SourceState::Complete);
            input.desired.push(of(source, "t", "same"));
        }
        if let Some(live) = live {
            let mut twin = known("t", "twin", "same");
            twin.key.source = live.into();
            input.snapshot.push(twin);
        }
        let plan = plan(input);
        let expected = if live.is_some() { "" } else { "+twin" };
        assert_eq!(words(&plan), expected);
        assert_eq!(plan.adopted, [], "{live:?}");
    }
    let mut input = ten();
    input.desired.push(of("first", "t", "same"));
    input.desired.push(of("second", "t", "other"));
    assert_eq!(words(&plan(input)), "rejected t, rejected t");
}

#[test]
fn the_article_that_has_a_name_keeps_it_and_the_other_is_left_as_it_is() {
    let mut input = ten();
    input.desired.push(desired("x", "a", "x"));
    without(&mut input, &["b"]);
    assert_eq!(words(&plan(input)), "-b, rejected x");
}

#[test]
fn a_refused_step_waits_until_its_content_changes() {
    let refused = |content: &str| (key("a"), step("a", content).digest());
    let cases = [
        ("refused words", "refused words", "quarantined a"),
        ("fixed words", "refused words", "~a, outlived a"),
        ("a", "refused words", "outlived a"),
    ];
    for (now, then, expected) in cases {
        let mut input = ten();
        input.desired[0].step = step("a", now).into();
        input.quarantine.insert("a".to_owned(), refused(then));
        assert_eq!(words(&plan(input)), expected);
    }
}

#[test]
fn a_refused_step_that_goes_away_is_removed_if_it_is_live() {
    let mut input = ten();
    let digest = step("a", "bad").digest();
    input.quarantine.insert("a".to_owned(), (key("a"), digest));
    input
        .quarantine
        .insert("never live".to_owned(), (key("z"), digest));
    without(&mut input, &["a"]);
    assert_eq!(words(&plan(input)), "-a, outlived a, outlived never live");
}

#[test]
fn a_refused_removal_is_not_tried_again_by_itself() {
    let mut input = ten();
    input.quarantine.insert("a".to_owned(), (key("a"), REMOVAL));
    without(&mut input, &["a"]);
    assert_eq!(words(&plan(input)), "quarantined a");
}

#[test]
fn what_is_uncertain_goes_up_again_or_away() {
    let mut input = ten();
    input.uncertain = [
        ("a".to_owned(), key("a")),
        ("orphan".to_owned(), key("orphan")),
    ]
    .into();
    assert_eq!(words(&plan(input)), "~a, -orphan");
}

#[test]
fn manual_removals_are_listed_for_a_person() {
    let mut input = ten();
    input.manual_removals = true;
    without(&mut input, &["a"]);
    assert_eq!(words(&plan(input)), "manual a");
}

#[test]
fn what_was_made_by_hand_goes_only_when_a_person_says_so() {
    let by_hand = |name: &str| LiveStep {
        key: ArticleKey {
            source: BY_HAND.into(),
            article: name.into(),
        },
        ..known(name, name, name)
    };
    let mut input = ten();
    input.snapshot[0] = by_hand("a");
    input.snapshot.extend([by_hand("x"), by_hand("y")]);
    input.approved.insert("y".to_owned());
    let plan = plan(input);
    assert_eq!(words(&plan), "-y, held x");
    assert_eq!(plan.adopted, [adopted("a")]);
}

#[test]
fn what_there_are_millions_of_is_small() {
    // A first sync holds one of these for each article, and this is most of its memory. Ids and names
    // of up to 15 bytes need nothing besides.
    assert_eq!(size_of::<ArticleKey>(), 32);
    assert_eq!(size_of::<StepRef>(), 56);
    assert!(size_of::<DesiredRef>() <= 96);
    assert!(size_of::<(u32, Change<StepRef>)>() <= 104);
    // A comparison with all that is live holds one of these for each step as well.
    assert!(size_of::<LiveStep>() <= 72);
}

#[test]
fn a_name_that_is_the_id_takes_no_memory_of_its_own() {
    let key = key("an id of more than fifteen bytes");
    let name = key.step_name("an id of more than fifteen bytes");
    assert_eq!(name.as_ptr(), key.article.as_ptr());
    assert_eq!(key.step_name("another name"), "another name");
}

#[test]
fn a_change_knows_its_place_and_a_removal_has_none() {
    let mut input = ten();
    without(&mut input, &["a"]);
    input.desired.push(desired("k", "k", "k"));
    let plan = plan(input);
    let places = plan.changes.iter().map(Change::place);
    let places: Vec<_> = places
        .map(|place| place.map(|place| place.to_string()))
        .collect();
    assert_eq!(places, [Some("a.csv:2".to_owned()), None]);
}

#[test]
fn of_two_names_of_one_article_the_snapshots_last_one_counts() {
    let mut input = ten();
    input.snapshot[1].key = key("a");
    input.desired.truncate(1);
    input.limits = GuardLimits {
        max_removals: 100,
        max_removal_percent: 100,
    };
    input.uncertain = [("z".to_owned(), key("a")), ("y".to_owned(), key("x"))].into();
    input.desired[0].step = step("new", "a").into();
    input.desired.push(desired("x", "x", "x"));
    let plan = plan(input);
    let wanted: Vec<_> = plan
        .changes
        .iter()
        .filter(|change| change.action != Action::Remove)
        .collect();
    assert_eq!(wanted.len(), 2);
    assert_eq!(wanted[0].step.node_name, "b");
    assert_eq!(wanted[1].step.node_name, "y");
}

#[test]
fn what_a_clash_of_many_names_says_grows_with_their_number() {
    let told = |articles: usize| {
        let mut input = ten();
        let all = (0..articles).map(|at| desired(&at.to_string(), "How?", &at.to_string()));
        input.desired = all.collect();
        let rejections = plan(input).rejections;
        assert_eq!(rejections.len(), articles);
        let bytes: usize = rejections.iter().map(|one| one.reason.len()).sum();
        (bytes, rejections[4].reason.clone())
    };
    let (small, reason) = told(500);
    let (large, _) = told(1000);
    assert!(large < small * 5 / 2, "{small} {large}");
    assert!(
        reason.contains("(id 0)") && reason.contains("and 496 more"),
        "{reason}"
    );
}
