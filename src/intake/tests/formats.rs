//! The formats that exports come in, as they should be.

use super::*;
use crate::model::{Article, Markup};

fn questions(articles: &[Article]) -> Vec<&str> {
    let all = articles.iter().flat_map(|article| &article.questions);
    all.map(String::as_str).collect()
}

#[test]
fn the_same_export_in_every_clothing() {
    let names = [
        "comma.csv",
        "semicolon.csv",
        "tab.tsv",
        "bom-crlf.csv",
        "utf16le.csv",
        "utf16be.csv",
        "utf16le-no-bom.csv",
        "array.json",
        "lines.jsonl",
        "lines.json",
        "nested.json",
    ];
    for name in names {
        let articles = Trial::fixture(name).articles();
        let ids: Vec<&str> = articles.iter().map(|article| &*article.id).collect();
        assert_eq!(ids, ["101", "102"], "{name}");
        assert_eq!(
            questions(&articles),
            ["How do I pay?", "Größe 😀; \"quoted\", or not?"],
            "{name}"
        );
        assert_eq!(articles[0].answers, ["By card."], "{name}");
        let second = articles[1].answers[0].replace("\r\n", "\n");
        assert_eq!(second, "First line\nsecond, line", "{name}");
    }
}

#[test]
fn lines_are_those_of_the_file() {
    let rows = [
        "id,question,answer",
        "1,q,a",
        "",
        "2,q,\"a\nb\nc\"",
        "3,q,a",
        "",
        "",
        "4,q,a",
    ];
    for end in ["\n", "\r\n"] {
        for last in ["", end] {
            let text = rows.join(end) + last;
            let articles = Trial::with(&[("a.csv", &text)]).articles();
            let lines: Vec<u64> = articles.iter().map(|article| article.place.line).collect();
            assert_eq!(lines, [2, 4, 7, 10], "{text:?}");
        }
    }
}

#[test]
fn lines_hold_beyond_the_buffer() {
    let rows: Vec<String> = (0..900)
        .map(|id| format!("{id},q,\"{}\r\nb\"\r\n", "x".repeat(id)))
        .collect();
    let text = format!("id,question,answer\r\n{}", rows.concat());
    let mut trial = Trial::with(&[("a.csv", &text)]);
    trial.settings().limits.max_row_bytes = 2000;
    let articles = trial.articles();
    for (at, article) in articles.iter().enumerate() {
        assert_eq!(article.place.line, 2 + 2 * at as u64);
        assert_eq!(article.id, at.to_string());
    }
}

#[test]
fn the_markup_follows_from_format_and_header() {
    let faq =
        "node_name,question,answer,link_url\n1,a|b,x<m>y,\n2,a,b,https://x\n3,a,b,https://x\n";
    let trial = Trial::with(&[("a.csv", faq)]);
    let (articles, reading) = trial.read();
    assert_eq!(articles[0].markup, Markup::Faq);
    assert_eq!(reading.notes.len(), 1, "one note for the whole file");
    assert_eq!(reading.notes[0].place.to_string(), "a.csv:3");
    assert!(reading.notes[0].reason.contains("`link_url`"));
    assert!(reading.complete(), "a note takes nothing away");
    let mapped = Trial::with(&[("a.csv", "id,question,answer\n1,a|b,c\n")]).articles();
    assert_eq!(mapped[0].markup, Markup::Variants);
    let json = r#"[{"node_name":"1","question":"a|b","answer":"c"}]"#;
    let plain = Trial::with(&[("a.json", json)]).articles();
    assert_eq!(plain[0].markup, Markup::Plain);
}

#[test]
fn several_question_columns() {
    let text = "nr,title,aka,text\n1,q1,q2|q3,a\n2,q4,,b\n";
    let trial = Trial::with(&[("a.csv", text)]).fields(Some("nr"), &["title", "aka"], &["text"]);
    assert_eq!(questions(&trial.articles()), ["q1", "q2|q3", "q4"]);
}

#[test]
fn a_configured_delimiter_and_excels_own_line() {
    let mut trial = Trial::with(&[("a.csv", "id|question|answer\n1|a,b;c|d\n")]);
    trial.settings().delimiter = Some(b'|');
    assert_eq!(questions(&trial.articles()), ["a,b;c"]);
    let trial = Trial::with(&[("a.csv", "sep=;\r\nid;question;answer\r\n1;a,b,c,d;e\r\n")]);
    let articles = trial.articles();
    assert_eq!(questions(&articles), ["a,b,c,d"]);
    assert_eq!(articles[0].place.line, 3);
}

#[test]
fn json_fields_by_name_pointer_and_shape() {
    let json = r#"{"data": {"articles": [
        {"id": 1.10, "title": {"rendered": "q1"}, "more": ["q2", "", null, 3], "body": ["a", "b"]},
        {"id": 12345678901234567890, "title": {"rendered": "q"}, "more": null, "body": true}
    ]}, "tags": [{"id": 7}]}"#;
    let mut trial =
        Trial::with(&[("a.json", json)]).fields(None, &["/title/rendered", "more"], &["body"]);
    trial.settings().items = Some("/data/articles".to_owned());
    let articles = trial.articles();
    assert_eq!(articles[0].id, "1.10", "as it was written");
    assert_eq!(articles[1].id, "12345678901234567890");
    assert_eq!(articles[0].questions, ["q1", "q2", "3"]);
    assert_eq!(articles[0].answers, ["a", "b"]);
    assert_eq!(articles[1].answers, ["true"]);
    assert_eq!((articles[0].place.line, articles[1].place.line), (2, 3));
}

#[test]
fn an_export_without_articles_is_read_completely() {
    for (name, content) in [
        ("a.csv", "id,question,answer\n"),
        ("a.json", "[]"),
        ("a.json", r#"{"articles": []}"#),
    ] {
        let (articles, reading) = Trial::with(&[(name, content)]).read();
        assert!(articles.is_empty() && reading.complete(), "{content}");
        assert_eq!(reading.files, 1);
    }
}
