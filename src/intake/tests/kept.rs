//! `keep` and `locale` over a folder: what counts, what is as good as gone, and what cannot be told.

use super::*;
use crate::config::{Keep, Locale};

const CSV: &str = "id,question,answer,Language,labels\n1,q,a,en-US,\"billing, vip\"\n2,q,a,en_us,account\n3,q,,de,billing\n4,q,a,EN-us,billing\n";
const JSON: &str = r#"[
    {"id": 1, "question": "q", "answer": "a", "language": "en-US", "labels": ["billing", "vip"]},
    {"id": 2, "question": "q", "answer": "a", "language": "en_us", "labels": ["account"]},
    {"id": 3, "question": "q", "answer": null, "language": "de", "labels": ["billing"]},
    {"id": 4, "question": "q", "answer": "a", "language": "EN-us", "labels": "billing"}]"#;

fn keep(field: &str, values: &[&str]) -> Keep {
    Keep {
        pointer: field.to_owned(),
        values: values.iter().map(|value| (*value).to_owned()).collect(),
    }
}

fn english(field: &str) -> Locale {
    Locale {
        pointer: field.to_owned(),
        wanted: "en-us".to_owned(),
    }
}

fn outcome(
    name: &str,
    content: &str,
    keep: &[Keep],
    locale: Option<Locale>,
) -> (Vec<String>, Vec<String>) {
    let mut trial = Trial::with(&[(name, content)]);
    trial.settings().filter.keep = keep.to_vec();
    trial.settings().filter.locale = locale;
    trial.outcome()
}

#[test]
fn what_does_not_count_is_as_good_as_gone() {
    for (name, content, field) in [
        ("a.csv", CSV, "language"),
        ("a.json", JSON, "language"),
        ("a.json", JSON, "/language"),
    ] {
        let found = |keep: &[Keep], locale| {
            let (ids, rejections) = outcome(name, content, keep, locale);
            (ids.join(" "), rejections.len())
        };
        let billing = [keep("labels", &["billing"])];
        let either = [keep("labels", &["vip", "account"])];
        // Nobody minds the empty answer of an article that does not count.
        assert_eq!(found(&[], None), ("1 2 4".to_owned(), 1), "{name}");
        assert_eq!(
            found(&[], Some(english(field))),
            ("1 2 4".to_owned(), 0),
            "{name}"
        );
        assert_eq!(
            found(&billing, Some(english(field))),
            ("1 4".to_owned(), 0),
            "{name}"
        );
        assert_eq!(found(&either, None), ("1 2".to_owned(), 0), "{name}");
        let both = [billing[0].clone(), either[0].clone()];
        assert_eq!(found(&both, None), ("1".to_owned(), 0), "{name}");
        assert_eq!(
            found(&[keep("labels", &["none"])], None),
            (String::new(), 0),
            "{name}"
        );
    }
}

#[test]
fn where_it_cannot_be_told_nothing_is_removed() {
    let wanted = [keep("state", &["live"])];
    assert_one(
        &outcome("a.csv", CSV, &wanted, None).1,
        &["a.csv:1", "no column `state`", "`Language`"],
    );
    assert_one(
        &outcome(
            "a.json",
            r#"[{"id": 1, "question": "q", "answer": "a"}]"#,
            &wanted,
            None,
        )
        .1,
        &["a.json:1 1", "no `state`", "unclear whether it counts"],
    );
    let mut trial = Trial::with(&[("a.csv", "q?,a\n")]);
    trial.settings().header = Some(false);
    trial.settings().filter.keep = wanted.to_vec();
    assert_one(&trial.outcome().1, &["no header row", "`keep`"]);
}

#[test]
fn flags_and_numbers_count_as_they_are_written() {
    let content = r#"[{"id": 1, "question": "q", "answer": "a", "draft": false, "state": 2},
        {"id": 2, "question": "q", "answer": "a", "draft": true, "state": 2},
        {"id": 3, "question": "q", "answer": "a", "draft": null, "state": 2}]"#;
    let wanted = [keep("draft", &["false"]), keep("state", &["2"])];
    assert_eq!(outcome("a.json", content, &wanted, None).0, ["1"]);
}

#[test]
fn a_change_of_the_filter_is_recognised() {
    let trial = Trial::new();
    let changed = |change: fn(&mut Folder)| {
        let mut other = Trial::new();
        other.source = trial.source.clone();
        change(other.settings());
        differing(&other.source, &trial.source)
    };
    assert_eq!(changed(|_| {}), [""; 0]);
    let keep = changed(|folder| folder.filter.keep = vec![keep("a", &["b"])]);
    assert_eq!(keep, ["filter"]);
    let locale = changed(|folder| folder.filter.locale = Some(english("language")));
    assert_eq!(locale, ["filter"]);
}
