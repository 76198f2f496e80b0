//! The order in which rows and files come is no content.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;
use crate::normalise::{NameTemplate, normalise};

/// Name, questions and answer.
type Step = (String, Vec<String>, String);

/// What a reading comes to, without places, which differ, and with questions as a set.
fn content(trial: &Trial) -> (BTreeSet<Step>, BTreeSet<String>) {
    let names = NameTemplate::new("{{ id }}").unwrap();
    let (articles, reading) = trial.read();
    let steps = articles.into_iter().map(|article| {
        let found = normalise(&article, "help", &trial.source.presentation, &names);
        let found = found.unwrap().remove(0);
        let mut questions: Vec<String> = found.step.questions().map(str::to_owned).collect();
        questions.sort();
        (found.step.node_name, questions, found.step.answer)
    });
    let rejected = reading.rejections.into_iter().filter_map(|one| one.id);
    (steps.collect(), rejected.collect())
}

fn csv(rows: &[(u8, u8, u8)]) -> String {
    let row = |(id, question, answer): &(u8, u8, u8)| {
        // A seventh of the rows has no answer, and is rejected.
        let answer = if *answer == 0 {
            String::new()
        } else {
            format!("a{answer}")
        };
        format!("{id},q{question},{answer}\n")
    };
    let rows: String = rows.iter().map(row).collect();
    format!("id,question,answer\n{rows}")
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn of_rows(
        rows in prop::collection::vec((0_u8..6, 0_u8..9, 0_u8..7), 1..12),
        turn in 0_usize..12,
        reverse in any::<bool>(),
    ) {
        let before = content(&Trial::with(&[("a.csv", &csv(&rows))]));
        let mut turned = rows.clone();
        turned.rotate_left(turn % rows.len());
        if reverse {
            turned.reverse();
        }
        prop_assert_eq!(content(&Trial::with(&[("a.csv", &csv(&turned))])), before);
    }

    #[test]
    fn of_files(
        one in prop::collection::vec((0_u8..6, 0_u8..3, 0_u8..4), 0..6),
        other in prop::collection::vec((0_u8..6, 0_u8..3, 0_u8..4), 0..6),
    ) {
        let (one, other) = (csv(&one), csv(&other));
        let before = content(&Trial::with(&[("a.csv", &one), ("b.csv", &other)]));
        let after = content(&Trial::with(&[("a.csv", &other), ("b.csv", &one)]));
        prop_assert_eq!(after, before);
    }
}
