//! Pages: what of them is the page's own, which ids they have, and what their answers are written in.

use super::*;
use crate::config::{Keep, Locale};
use crate::model::Writing;

fn page(name: &str, text: &str) -> Trial {
    let mut trial = Trial::with(&[(name, text)]);
    trial.settings().include = vec!["**/*.{md,html}".to_owned()];
    trial
}

fn ids(trial: &Trial) -> Vec<String> {
    let articles = trial.articles();
    articles.into_iter().map(|article| article.id).collect()
}

#[test]
fn a_second_question_takes_nothing_of_the_page_away() {
    let before = page("a.md", "# Refunds\n\nText.\n\n## How long?\n\nA week.\n");
    assert_eq!(ids(&before), ["a"]);
    let text = "# Refunds\n\nText.\n\n## How long?\n\nA week.\n\n## Cash?\n\nNo.\n";
    let after = page("a.md", text).articles();
    let found: Vec<(&str, &str)> = after
        .iter()
        .map(|article| (&*article.id, &*article.answers[0]))
        .collect();
    assert_eq!(
        found,
        [("a", "Text."), ("a#how-long", "A week."), ("a#cash", "No.")]
    );
    assert_eq!(after[0].questions, ["Refunds"]);
    assert_eq!(after[1].questions, ["How long?", "Refunds: How long?"]);
}

#[test]
fn structured_data_that_comes_or_goes_changes_no_id() {
    let data = r#"<script type="application/ld+json">{"@type":"FAQPage","mainEntity":[{"@type":"Question","name":"How long?","acceptedAnswer":{"@type":"Answer","text":"A week."}},{"@type":"Question","name":"Cash?","acceptedAnswer":{"@type":"Answer","text":"No."}}]}</script>"#;
    let body = "<main><h1>Refunds</h1><p>Text.</p><h2>How long?</h2><p>A week.</p><h2>Cash?</h2><p>No.</p></main>";
    let sorted = |html: &str| {
        let mut ids = ids(&page("a.html", html));
        ids.sort();
        ids
    };
    assert_eq!(sorted(body), ["a", "a#cash", "a#how-long"]);
    assert_eq!(sorted(&format!("{data}{body}")), sorted(body));
    // The same block twice is one.
    assert_eq!(sorted(&format!("{data}{data}{body}")), sorted(body));
}

#[test]
fn what_a_page_says_of_itself_holds_for_its_questions() {
    let text = "---\nstate: live\nlang: en\nlink: https://a.example/a\n---\n## How?\n\nSo.\n\n## Why?\n\nSo.\n";
    let mut trial = page("a.md", text);
    trial.source.fields = Some(Fields {
        id: vec!["nr".to_owned()],
        answer: vec!["text".to_owned()],
        url: Some("link".to_owned()),
        ..Fields::default()
    });
    trial.settings().filter.keep = vec![Keep {
        pointer: "state".to_owned(),
        values: vec!["live".to_owned()],
    }];
    trial.settings().filter.locale = Some(Locale {
        pointer: "/lang".to_owned(),
        wanted: "en".to_owned(),
    });
    let articles = trial.articles();
    assert_eq!(articles.len(), 2);
    assert_eq!(articles[0].url.as_deref(), Some("https://a.example/a"));
    trial.settings().filter.keep[0].values = vec!["other".to_owned()];
    assert_eq!(ids(&trial), [""; 0]);
}

#[test]
fn what_the_source_is_written_in_is_decided_by_all_of_its_files() {
    let csv = "id,question,answer\n1,q,Plain.\n2,q,One<br>two\n";
    let html = "id,question,answer\n3,q,<p>One</p>\n4,q,<p>Two</p>\n";
    let plain = "id,question,answer\n3,q,One\n4,q,Two\n5,q,Three\n6,q,Four\n";
    for (other, body) in [
        (html, Writing::with_lines(Body::Html)),
        (plain, Body::Text.into()),
    ] {
        let (articles, reading) = Trial::with(&[("a.csv", csv), ("b.csv", other)]).read();
        assert_eq!(articles[1].body, Some(body), "{other}");
        assert_eq!(articles[0].body, None);
        assert_eq!(reading.notes.len(), 1, "{:?}", reading.notes);
        assert_eq!(reading.notes[0].place.to_string(), "a.csv:3");
    }
    let mut settled = Trial::with(&[("a.csv", csv), ("b.csv", plain)]);
    settled.source.presentation.body = Body::Html;
    let (articles, reading) = settled.read();
    assert_eq!((articles[1].body, reading.notes.len()), (None, 0));
}

#[test]
fn a_part_of_a_source_decides_nothing() {
    let csv = "id,question,answer\n1,q,Plain.\n2,q,One<br>two\n";
    let trial = Trial::with(&[("a.csv", csv), ("b.json", "<html>502")]);
    let (ids, rejections) = trial.outcome();
    assert_eq!(ids, ["1"]);
    assert_eq!(rejections.len(), 2, "{rejections:?}");
    assert!(
        rejections[0].starts_with("a.csv:3 2: could be read in two ways"),
        "{rejections:?}"
    );
}

#[test]
fn a_folder_of_pages_says_which_line_takes_them_in() {
    let mut trial = Trial::with(&[
        ("a.md", "x"),
        ("b/c.html", "x"),
        ("d.rst", "x"),
        ("e.png", ""),
    ]);
    let error = trial.scan().unwrap_err().to_string();
    for part in [
        "(1 .html, 1 .md, 1 .png, 1 .rst, which cannot be read",
        r#"write `include = ["**/*.html", "**/*.md"]`"#,
    ] {
        assert!(error.contains(part), "{part}: {error}");
    }
    trial.write("f.csv", FAQ_ROW);
    let scan = trial.scan().unwrap();
    let line = scan.left_aside.line(trial.folder(), &["f.csv"]).unwrap();
    assert!(
        line.contains(r#"jsonl}", "**/*.html", "**/*.md"]"#),
        "{line}"
    );
    trial.settings().exclude = vec!["**/*.{md,html}".to_owned()];
    assert_eq!(trial.scan().unwrap().left_aside.readable().count(), 0);
}

const FAQ_ROW: &str = "id,question,answer\n1,q,a\n";
