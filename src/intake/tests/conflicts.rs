//! One id in several places.

use super::*;

const FAQ: &str = "id,question,answer\n";

fn csv(rows: &str) -> String {
    format!("{FAQ}{rows}")
}

#[test]
fn rows_with_the_same_answer_are_one_article_with_more_questions() {
    let rows = csv("1,q1,a\n2,q,b\n1,q2, a \n1,q1,a\n");
    let articles = Trial::with(&[("a.csv", &rows)]).articles();
    assert_eq!(articles.len(), 2);
    assert_eq!(articles[0].questions, ["q1", "q2", "q1"]);
    assert_eq!(articles[0].place.line, 2);
    assert_eq!(articles[1].id, "2");
}

#[test]
fn rows_with_different_answers_are_all_rejected_and_name_each_other() {
    let rows = csv("1,q1,a\n2,q,b\n1,q2,a\n1,q3,c\n");
    let (ids, rejections) = Trial::with(&[("a.csv", &rows)]).outcome();
    assert_eq!(ids, ["2"]);
    let others: Vec<(&str, bool)> = vec![
        (&rejections[0], rejections[0].contains("also at a.csv:5")),
        (&rejections[1], rejections[1].contains("also at a.csv:5")),
        (&rejections[2], rejections[2].contains("also at a.csv:2")),
    ];
    assert!(others.iter().all(|other| other.1), "{others:#?}");
    assert!(rejections[0].starts_with("a.csv:2 1: the same id with a different answer"));
}

#[test]
fn files_with_the_same_content_count_once() {
    let json = r#"[{"id":"1","question":["q2","q1"],"answer":"a"}]"#;
    let trial = Trial::with(&[
        ("a.csv", &csv("1,q1|q2,a\n")),
        ("b.csv", &csv("1,q2,a\n1,q1,a\n")),
        ("c.json", json),
    ]);
    let articles = trial.articles();
    assert_eq!(articles.len(), 1);
    assert_eq!(articles[0].questions, ["q1|q2"]);
}

#[test]
fn files_with_different_content_are_rejected_with_both_places() {
    for other in ["1,q1,other\n", "1,q2,a\n", "1,q1,a\n1,q2,a\n"] {
        let trial = Trial::with(&[("a.csv", &csv("9,q,a\n1,q1,a\n")), ("b.csv", &csv(other))]);
        let (ids, rejections) = trial.outcome();
        assert_eq!(ids, ["9"], "{other}");
        assert!(
            rejections[0].starts_with("a.csv:3 1: the same id"),
            "{other}"
        );
        assert!(rejections[0].contains("also at b.csv:2"), "{other}");
        assert!(rejections[1].contains("also at a.csv:3"), "{other}");
    }
    let json = r#"[{"id":"1","question":"a|b","answer":"a"}]"#;
    let trial = Trial::with(&[("a.csv", &csv("1,a|b,a\n")), ("b.json", json)]);
    assert_eq!(trial.outcome().1.len(), 2, "a bar is text in JSON");
}

#[test]
fn an_article_with_a_rejected_row_is_left_as_it_was() {
    let rows = csv("1,q1,a\n2,q,b\n1,q2\n");
    let (ids, rejections) = Trial::with(&[("a.csv", &rows)]).outcome();
    assert_eq!(ids, ["2"]);
    assert!(rejections[0].starts_with("a.csv:2 1: belongs to the same id as a.csv:4"));
    assert!(rejections[1].starts_with("a.csv:4 1: has 2 cells"));
}

#[test]
fn a_column_that_is_no_id_at_all_ends_soon() {
    let rows: Vec<String> = (0..50_000)
        .map(|at| format!("same,q{at},a{}\n", at / 49_999))
        .collect();
    let mut trial = Trial::with(&[("a.csv", &csv(&rows.concat()))]);
    trial.settings().limits.max_rows = 100_000;
    let (ids, rejections) = trial.outcome();
    assert!(ids.is_empty());
    assert_eq!(rejections.len(), 50_000);
}
