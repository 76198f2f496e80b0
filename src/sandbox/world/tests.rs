use std::collections::BTreeMap;

use super::World;
use crate::config::UploadEffect;
use crate::config::UploadEffect::{Merge, Replace};
use crate::sandbox::rows::SandboxRow;
use crate::sandbox::rules::{BlankRow, Rules, UploadRule};

fn world(task_time: i64) -> World {
    let rules = Rules {
        task_time,
        ..Rules::default()
    };
    World::new(rules, None, 1)
}

/// Rows written as `name=answer`; `name=` is a blank row.
fn rows(text: &str) -> Vec<SandboxRow> {
    text.split_whitespace()
        .map(|row| {
            let (name, answer) = row.split_once('=').unwrap();
            let question = if answer.is_empty() { "" } else { "q|r" };
            SandboxRow {
                name: name.into(),
                question: question.into(),
                answer: answer.into(),
            }
        })
        .collect()
}

/// The steps written as `name=answer`, those that are not active in brackets.
fn steps(world: &World) -> String {
    let shown = world.steps("bot").into_iter().map(|(name, step)| {
        let text = format!("{name}={}", step.answers.join("<m>"));
        if step.active {
            text
        } else {
            format!("({text})")
        }
    });
    shown.collect::<Vec<_>>().join(" ")
}

fn upload(world: &mut World, effect: UploadEffect, text: &str) -> String {
    let id = world.accept("bot".to_owned(), effect, rows(text), 0);
    world.advance(0);
    world.status(&id).unwrap().to_owned()
}

fn bad(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    let owned = |(name, reason): &(&str, &str)| ((*name).to_owned(), (*reason).to_owned());
    pairs.iter().map(owned).collect()
}

const SUCCESS: &str = "all steps have been created successfully";

#[test]
fn merge_leaves_the_others_and_replace_switches_them_off() {
    let mut world = world(0);
    assert_eq!(upload(&mut world, Merge, "a=1 b=2"), SUCCESS);
    assert_eq!(upload(&mut world, Merge, "b=3 c=4"), SUCCESS);
    assert_eq!(steps(&world), "a=1 b=3 c=4");
    assert_eq!(upload(&mut world, Replace, "c=5 d=6"), SUCCESS);
    assert_eq!(steps(&world), "(a=1) (b=3) c=5 d=6");
    assert_eq!(upload(&mut world, Merge, "a= c="), SUCCESS);
    assert_eq!(steps(&world), "(b=3) d=6");
    assert_eq!(upload(&mut world, Replace, ""), SUCCESS);
    assert_eq!(steps(&world), "(b=3) (d=6)");
    assert!(world.steps("another").is_empty());
}

#[test]
fn execution_stops_at_a_bad_step() {
    let mut world = world(0);
    upload(&mut world, Merge, "a=1 b=2 c=3");
    world.change(
        UploadRule {
            bad_steps: Some(bad(&[("b", "too long")])),
            bad_content: Some(bad(&[("poison", "bad word")])),
            ..UploadRule::default()
        },
        0,
    );
    let text = upload(&mut world, Merge, "a=9 b=9 c=9");
    assert_eq!(text, "Error: step \"b\" could not be created: too long");
    assert_eq!(steps(&world), "a=9 b=2 c=3");
    let text = upload(&mut world, Replace, "c=7 b=7 a=7");
    assert_eq!(text, "Error: step \"b\" could not be created: too long");
    assert_eq!(steps(&world), "(a=9) (b=2) c=7");
    let text = upload(&mut world, Merge, "x=poisonous");
    assert_eq!(text, "Error: step \"x\" could not be created: bad word");
    assert_eq!(
        upload(&mut world, Merge, "b="),
        SUCCESS,
        "a bad step can go"
    );
    world.change(
        UploadRule {
            unnamed: Some(true),
            ..UploadRule::default()
        },
        0,
    );
    let text = upload(&mut world, Merge, "x=poisonous");
    assert_eq!(text, "Error: a step could not be created: bad word");
}

#[test]
fn blank_rows_do_what_they_are_told() {
    for (rule, text, left) in [
        (BlankRow::Removes, SUCCESS, "b=2"),
        (BlankRow::Ignored, SUCCESS, "a=1 b=2"),
        (
            BlankRow::Error,
            "Error: step \"a\" could not be created: question and answer are empty",
            "a=1",
        ),
    ] {
        let mut world = world(0);
        upload(&mut world, Merge, "a=1");
        world.rules.blank_row = rule;
        assert_eq!(upload(&mut world, Merge, "a= b=2"), text);
        assert_eq!(steps(&world), left);
    }
}

#[test]
fn tasks_take_their_time_and_end_in_order() {
    let mut world = world(1_000);
    let first = world.accept("bot".to_owned(), Merge, rows("a=1"), 0);
    let second = world.accept("bot".to_owned(), Merge, rows("a=2"), 500);
    world.advance(999);
    assert_eq!(world.status(&first), Some("In Progress"));
    assert_eq!(steps(&world), "");
    world.advance(1_000);
    assert_eq!(world.status(&first), Some(SUCCESS));
    assert_eq!(world.status(&second), Some("In Progress"));
    assert_eq!(steps(&world), "a=1");
    world.advance(9_000);
    assert_eq!(steps(&world), "a=2");
    let ends: Vec<_> = world
        .calls()
        .tasks
        .iter()
        .map(|task| task.ended_at)
        .collect();
    assert_eq!(ends, [Some(1_000), Some(1_500)]);
}

#[test]
fn tasks_that_never_end_end_when_they_may() {
    let mut world = world(0);
    let never_ending = |on| UploadRule {
        never_ending: Some(on),
        ..UploadRule::default()
    };
    world.change(never_ending(true), 0);
    let id = world.accept("bot".to_owned(), Merge, rows("a=1"), 0);
    world.advance(1_000_000);
    assert_eq!(world.status(&id), Some("In Progress"));
    world.change(never_ending(false), 2_000_000);
    world.advance(2_000_000);
    assert_eq!(world.status(&id), Some(SUCCESS));
    assert_eq!(world.calls().tasks[0].ended_at, Some(2_000_000));
}

#[test]
fn a_forgotten_task_is_carried_out_all_the_same() {
    let mut world = world(10);
    let id = world.accept("bot".to_owned(), Merge, rows("a=1"), 0);
    world.forget(None);
    assert_eq!(world.status(&id), None);
    world.advance(10);
    assert_eq!(steps(&world), "a=1");
}

#[test]
fn the_seed_decides_the_ids() {
    let id = |seed| {
        let mut world = World::new(Rules::default(), None, seed);
        world.accept("bot".to_owned(), Merge, Vec::new(), 0)
    };
    assert_eq!(id(1), id(1));
    assert_ne!(id(1), id(2));
    assert!(uuid::Uuid::parse_str(&id(1)).is_ok());
}
