//! Articles without text: rejected, each alone, or as if they were not published.

use super::*;
use crate::model::Rejection;
use crate::normalise::{NameTemplate, normalise};

const FILES: [(&str, &str); 9] = [
    ("a.csv", "id,question,answer\n1,q,a\n7,q,\n"),
    ("a.csv", "id,question,answer\n1,q,a\n7,,\n"),
    (
        "a.json",
        r#"[{"id":1,"question":"q","answer":"a"},{"id":7,"question":"q","answer":null}]"#,
    ),
    (
        "a.json",
        r#"[{"id":1,"question":"q","answer":"a"},{"id":7,"question":"q","answer":[""," "]}]"#,
    ),
    (
        "a.jsonl",
        "{\"id\":1,\"question\":\"q\",\"answer\":\"a\"}\n{\"id\":7,\"question\":\"q\",\"answer\":\"\"}\n",
    ),
    (
        "a.yaml",
        "- {id: 1, question: q, answer: a}\n- {id: 7, question: q, answer: ~}\n",
    ),
    (
        "a.xml",
        "<e><a id='1'><title>q</title><body>a</body></a><a id='7'><title>q</title><body/></a></e>",
    ),
    (
        "a.csv",
        "Faq,Que ID,Primary Question,Answer\n,1,q,a\n,7,q,\n",
    ),
    // Only the way in which it is written shows that there is no text.
    (
        "a.json",
        r#"[{"id":1,"question":"q","answer":"a"},{"id":7,"question":"q","answer":"<p>&nbsp;<br></p>"}]"#,
    ),
];

/// The ids of the articles that become steps, and what is rejected as `id reach`.
fn steps(trial: &Trial) -> (Vec<String>, Vec<String>) {
    let (articles, reading) = trial.read();
    let names = NameTemplate::new("{{ id }}").unwrap();
    let mut rejections = reading.rejections;
    let mut ids = Vec::new();
    for article in articles {
        match normalise(&article, "help", &trial.source.presentation, &names) {
            Ok(steps) => ids.extend(steps.into_iter().map(|step| step.article)),
            Err(rejection) => rejections.push(rejection),
        }
    }
    let said = |one: &Rejection| format!("{} {:?}", one.id.as_deref().unwrap_or("-"), one.reach);
    (ids, rejections.iter().map(said).collect())
}

#[test]
fn an_article_without_text_is_what_the_source_says() {
    for (name, content) in FILES {
        let mut trial = Trial::with(&[(name, content)]);
        trial.settings().include = vec!["*".to_owned()];
        let expected = (vec!["1".to_owned()], vec!["7 Alone".to_owned()]);
        assert_eq!(steps(&trial), expected, "{content}");
        trial.source.presentation.no_answer = NoAnswerPolicy::Unpublished;
        let expected = (vec!["1".to_owned()], Vec::new());
        assert_eq!(steps(&trial), expected, "{content}");
    }
}

#[test]
fn what_does_not_count_is_noted_with_its_id() {
    let mut trial = Trial::with(&[FILES[0]]);
    trial.source.presentation.no_answer = NoAnswerPolicy::Unpublished;
    assert_one(
        &trial.reaches().1,
        &["a.csv:3 7: has no answer", "no_answer"],
    );
}

#[test]
fn a_mapping_that_finds_no_answer_is_no_article_without_text() {
    for (name, content) in [
        ("a.json", r#"[{"id":7,"question":"q","reply":"a"}]"#),
        (
            "a.json",
            r#"[{"id":7,"question":"q","answer":{"html":"a"}}]"#,
        ),
    ] {
        let mut trial = Trial::with(&[(name, content)]);
        trial.source.presentation.no_answer = NoAnswerPolicy::Unpublished;
        assert_eq!(steps(&trial).1, ["7 Alone"], "{content}");
    }
    let mut trial = Trial::with(&[("a.csv", "id,question,answer\n7,q\n")]);
    trial.source.presentation.no_answer = NoAnswerPolicy::Unpublished;
    assert_eq!(steps(&trial).1, ["7 Rest"], "a torn row");
}

#[test]
fn an_answer_elsewhere_is_an_answer() {
    let json = r#"[{"id":1,"q":"q","a":null,"b":"B"},{"id":2,"q":"q","b":"B"},{"id":3,"q":"q","a":"","b":""},{"id":4,"q":"q","b":""}]"#;
    let mut trial = Trial::with(&[("a.json", json)]).fields(None, &["q"], &["a"]);
    trial.source.fields.as_mut().unwrap().answer_else = vec!["b".to_owned()];
    trial.source.presentation.no_answer = NoAnswerPolicy::Unpublished;
    assert_eq!(
        steps(&trial),
        (vec!["1".to_owned(), "2".to_owned()], Vec::new())
    );
}

#[test]
fn what_it_means_is_part_of_what_decides_the_steps() {
    let trial = Trial::new();
    let mut other = trial.source.clone();
    other.presentation.no_answer = NoAnswerPolicy::Unpublished;
    assert_eq!(differing(&other, &trial.source), ["mapping"]);
}
