//! Accidents that are large and ordinary: what they cost grows as they do, and no faster. In a debug
//! build each of them takes a second or two; when it was the square of its size, it took minutes.

use std::time::Instant;

use super::*;
use crate::model::Rejection;

/// Far more than is needed, and far less than the square would take.
const GENEROUS: Duration = Duration::from_secs(20);

fn lines(count: usize, line: impl Fn(usize) -> String) -> String {
    (0..count).map(line).collect()
}

/// Reads a file, and says how many articles came of it and what was rejected.
fn read(name: &str, content: &str) -> (usize, Vec<Rejection>) {
    let mut trial = Trial::with(&[(name, content)]);
    trial.settings().include = vec!["**/*".into()];
    let limits = &mut trial.settings().limits;
    (limits.max_rows, limits.max_row_bytes) = (1_000_000, 64 << 20);
    let began = Instant::now();
    let (articles, reading) = trial.read();
    let took = began.elapsed();
    assert!(took < GENEROUS, "{name} took {took:?}");
    (articles.len(), reading.rejections)
}

#[test]
fn many_rows_of_one_id() {
    let rows = |answer: &dyn Fn(usize) -> usize| {
        let row = |at| format!("x,question {at},answer {}\n", answer(at));
        format!("id,question,answer\n{}", lines(50_000, row))
    };
    let (articles, rejections) = read("same.csv", &rows(&|_| 0));
    assert_eq!((articles, rejections.len()), (1, 0));
    let (articles, rejections) = read("other.csv", &rows(&|at| at));
    assert_eq!((articles, rejections.len()), (0, 50_000));
    let longest = rejections.iter().map(|one| one.reason.len()).max();
    assert!(longest.is_some_and(|longest| longest < 300), "{longest:?}");
}

#[test]
fn many_columns_of_questions() {
    let cells = |what: &str| lines(20_000, |at| format!(",{what}_{at}"));
    let table = format!("id,answer{}\n1,a{}\n", cells("question"), cells("how"));
    assert_eq!(read("a.csv", &table).0, 1);
    let twice = format!("id,answer,Question 7{}\n", cells("question"));
    let (_, rejections) = read("b.csv", &twice);
    assert!(
        rejections[0].reason.contains("(columns 3 and 11)"),
        "{rejections:?}"
    );
    assert!(rejections[0].reason.len() < 500, "{rejections:?}");
}

#[test]
fn many_headings() {
    let page = |question: &dyn Fn(usize) -> String| {
        let section = |at| format!("## {}\n\nAnswer {at}\n\n", question(at));
        format!("# FAQ\n\n{}", lines(40_000, section))
    };
    let (articles, rejections) = read("a.md", &page(&|at| format!("Question {at}?")));
    assert_eq!((articles, rejections.len()), (40_000, 0));
    let (articles, rejections) = read("b.md", &page(&|_| "Question?".to_owned()));
    assert_eq!((articles, rejections.len()), (40_000, 0));
}

#[test]
fn a_value_that_goes_on_and_on() {
    let continued = "\\\\\\\n".repeat(100_000);
    let text = format!("faq.1.question = q\nfaq.1.answer = a\\\n{continued}\n");
    assert_eq!(read("a.properties", &text).0, 1);
}
