//! Archives: what counts in them, and the bounds that they must keep.

use std::io::{Cursor, Write};

use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::*;

const FAQ: &str = "id,question,answer\n1,How?,So.\n";

fn archive(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in files {
        let options = SimpleFileOptions::default();
        writer.start_file(*name, options).unwrap();
        writer.write_all(content).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

fn with(files: &[(&str, &[u8])]) -> Trial {
    let mut trial = Trial::new();
    trial.settings().include = vec!["**/*.zip".to_owned()];
    trial.write("export.zip", archive(files));
    trial
}

#[test]
fn include_and_exclude_hold_within() {
    let files: [(&str, &[u8]); 4] = [
        ("a.csv", FAQ.as_bytes()),
        ("old/b.csv", FAQ.as_bytes()),
        ("help/pay.md", b"# How do I pay?\nBy card.\n"),
        ("readme.md", b"# What is this?\nNothing.\n"),
    ];
    let mut trial = with(&files);
    trial.settings().include.push("help/*.md".to_owned());
    trial.settings().exclude = vec!["old/**".to_owned()];
    let ids: Vec<String> = trial
        .articles()
        .into_iter()
        .map(|article| article.id)
        .collect();
    assert_eq!(ids, ["1", "help/pay"]);
}

#[test]
fn a_place_names_the_archive_and_the_file_in_it() {
    let trial = with(&[("in/a.csv", b"id,question,answer\n1,,a\n")]);
    let (_, rejections) = trial.outcome();
    assert_one(&rejections, &["export.zip → in/a.csv:2 1: has no question"]);
}

#[test]
fn bombs_are_refused_before_anything_is_read() {
    let zeros = vec![0; 66 << 20];
    let bomb = with(&[("a.csv", FAQ.as_bytes()), ("b.csv", &zeros)]);
    assert_one(&bomb.outcome().1, &["export.zip -: ", "200 times its size"]);
    let mut small = with(&[("a.csv", FAQ.as_bytes()), ("b.csv", FAQ.as_bytes())]);
    small.settings().limits.max_file_bytes = 40;
    let (ids, _) = small.outcome();
    assert!(ids.is_empty(), "{ids:?}");
    let names: Vec<String> = (0..11).map(|at| format!("{at}.csv")).collect();
    let files: Vec<(&str, &[u8])> = names.iter().map(|name| (&**name, FAQ.as_bytes())).collect();
    assert_one(
        &with(&files).outcome().1,
        &["holds 11 files", "max_files = 10"],
    );
}

#[test]
fn what_is_packed_together_may_not_exceed_what_one_file_may() {
    let page = "x".repeat(600);
    let csv = format!("id,question,answer\n1,q,{page}\n");
    let mut trial = with(&[("a.csv", csv.as_bytes()), ("b.csv", csv.as_bytes())]);
    trial.settings().limits.max_file_bytes = 1000;
    assert_one(&trial.outcome().1, &["export.zip -: ", "max_file_bytes"]);
}

#[test]
fn a_file_with_a_password_is_refused_by_name() {
    let mut bytes = archive(&[
        ("a.csv", FAQ.as_bytes()),
        ("b.csv", b"id,question,answer\n2,q,a\n"),
    ]);
    // The flag of encryption, in the header before the file and in the directory.
    for (header, flags) in [(b"PK\x03\x04", 6), (b"PK\x01\x02", 8)] {
        let at = bytes.windows(4).position(|four| four == header).unwrap();
        bytes[at + flags] |= 1;
    }
    let mut trial = Trial::new();
    trial.settings().include = vec!["*.zip".to_owned()];
    trial.write("export.zip", bytes);
    let (ids, rejections) = trial.outcome();
    assert_eq!(ids, ["2"]);
    assert_one(&rejections, &["export.zip → a.csv -: ", "without password"]);
}

#[test]
fn a_name_that_occurs_twice_counts_for_nothing_the_second_time() {
    let mut bytes = archive(&[("a.csv", FAQ.as_bytes()), ("b.csv", FAQ.as_bytes())]);
    for at in 0..bytes.len() - 5 {
        if &bytes[at..at + 5] == b"b.csv" {
            bytes[at] = b'a';
        }
    }
    let mut trial = Trial::new();
    trial.settings().include = vec!["*.zip".to_owned()];
    trial.write("export.zip", bytes);
    let (_, reading) = trial.read();
    assert!(!reading.complete(), "{reading:?}");
}

#[test]
fn a_damaged_archive_is_a_rejection_wherever_it_is_damaged() {
    let page = b"<p>Open <b>Settings</b>.</p>".as_slice();
    let csv = b"id,question,answer\n1,How?,data/a.html\n2,Why?,So.\n".as_slice();
    let good = archive(&[("a.csv", csv), ("data/a.html", page)]);
    let whole = with(&[("a.csv", csv), ("data/a.html", page)]);
    assert_eq!(
        whole.articles()[0].answers,
        ["<p>Open <b>Settings</b>.</p>"]
    );
    for at in 0..good.len() {
        let mut trial = Trial::new();
        trial.settings().include = vec!["*".to_owned()];
        trial.write("export.zip", &good[..at]);
        assert!(!trial.read().1.complete(), "cut at {at}");
        let mut bad = good.clone();
        bad[at] ^= 0x55;
        trial.write("export.zip", &bad);
        trial.read();
    }
}

#[test]
fn rasa_is_joined_over_files() {
    let nlu = "version: '3.1'\nnlu:\n- intent: faq/pay\n  examples: |\n    - How do I pay?\n    - [card](type)?\n";
    let domain = "version: '3.1'\nresponses:\n  utter_faq/pay:\n  - text: By card.\n";
    let mut trial = Trial::with(&[("data/nlu.yml", nlu), ("domain.yml", domain)]);
    trial.settings().include = vec!["**/*.yml".to_owned()];
    let articles = trial.articles();
    assert_eq!(articles.len(), 1);
    assert_eq!(articles[0].id, "faq/pay");
    assert_eq!(articles[0].questions, ["How do I pay?", "card?"]);
    assert_eq!(articles[0].answers, ["By card."]);
    assert_eq!(articles[0].place.to_string(), "data/nlu.yml:1");
    trial.settings().exclude = vec!["data/**".to_owned()];
    assert_one(&trial.outcome().1, &["utter_faq/pay", "nlu.yml"]);
    trial.settings().exclude = vec!["domain.yml".to_owned()];
    assert_one(&trial.outcome().1, &["faq/pay", "domain.yml"]);
}

#[test]
fn a_star_stands_for_every_key() {
    let json = r#"{"a":{"list":[{"id":1,"question":"q","answer":"a"}]},"b":{"list":[{"id":2,"question":"q","answer":"a"}]},"c":{}}"#;
    let mut trial = Trial::with(&[("a.json", json)]);
    assert_one(&trial.outcome().1, &["\"/a/list\"", "\"/b/list\""]);
    trial.settings().items = Some("/*/list".to_owned());
    assert_eq!(trial.articles().len(), 2);
    trial.settings().items = Some("/*/nothing".to_owned());
    assert_one(&trial.outcome().1, &["has nothing at items"]);
}
