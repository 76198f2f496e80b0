//! What an article has beside questions and answers: its address, and quick replies.

use super::*;
use crate::model::Markup;

fn trial(files: &[(&str, &str)]) -> Trial {
    let mut trial = Trial::with(files);
    trial.source.fields = Some(Fields {
        url: Some("link".to_owned()),
        quick_replies: vec!["replies".to_owned()],
        ..Fields::default()
    });
    trial
}

#[test]
fn addresses_and_quick_replies_are_read_where_they_are_configured() {
    for (name, content) in [
        (
            "a.csv",
            "id,question,answer,link,replies\n1,q,a,https://a.example,Yes|No\n2,q,a,,\n",
        ),
        (
            "a.json",
            r#"[{"id": 1, "question": "q", "answer": "a", "link": "https://a.example", "replies": ["Yes|No"]},
                {"id": 2, "question": "q", "answer": "a", "link": null}]"#,
        ),
    ] {
        let articles = trial(&[(name, content)]).articles();
        assert_eq!(
            articles[0].url.as_deref(),
            Some("https://a.example"),
            "{name}"
        );
        assert_eq!(articles[0].quick_replies, ["Yes|No"], "{name}");
        assert_eq!(articles[1].url, None, "{name}");
        assert!(articles[1].quick_replies.is_empty(), "{name}");

        let plain = Trial::with(&[(name, content)]).articles();
        assert_eq!((&plain[0].url, plain[0].quick_replies.len()), (&None, 0));
    }
}

#[test]
fn a_configured_column_that_is_not_there_is_named() {
    let outcome = trial(&[("a.csv", "id,question,answer,link\n1,q,a,x\n")]).outcome();
    assert_one(&outcome.1, &["quick_replies", "`replies`"]);
}

#[test]
fn the_vendors_column_is_sent_where_it_is_configured() {
    let content = "node_name,question,answer,quick_replies\n1,q,a,Yes|No\n";
    let mut trial = Trial::with(&[("a.csv", content)]);
    assert_eq!(trial.read().1.notes.len(), 1);
    trial.source.fields = Some(Fields {
        quick_replies: vec!["quick_replies".to_owned()],
        ..Fields::default()
    });
    let (articles, reading) = trial.read();
    assert_eq!(
        (articles[0].markup, articles[0].quick_replies.len()),
        (Markup::Faq, 1)
    );
    assert_eq!(reading.notes, []);
}
