//! Files that are broken as a whole or in a row: each says what is wrong, and the others go on.

use std::io::Write;

use super::*;
use crate::intake::error::SourceError;
use crate::intake::read_files::{ReadContext, read};

const FAQ: &str = "id,question,answer\n";

#[test]
fn a_broken_file_is_said_and_the_others_go_on() {
    let cases: [(&str, &[u8], &[&str]); 13] = [
        ("b.csv", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", &["not text"]),
        (
            "b.csv",
            b"PK\x03\x04\x14\0",
            &["workbook", "export it as CSV"],
        ),
        ("b.csv", b"\n<!DOCTYPE html><html>", &["HTML page", "login"]),
        ("b.json", b"<html><body>502", &["HTML page"]),
        (
            "b.csv",
            b"nr,name,answer\n1,q,a\n",
            &["b.csv:1", "for the id", "`nr`, `name`"],
        ),
        ("b.csv", b"id,title,title,answer\n", &["columns 2 and 3"]),
        (
            "b.csv",
            b"id,question,\"answer\n1,q,a\n",
            &["began on line 1"],
        ),
        (
            "b.csv",
            b"id,quest\xe9on,answ\xc3\xa9r\n",
            &["b.csv:1", "not UTF-8"],
        ),
        (
            "b.json",
            b"[{\"id\": 1,\n\"question\"",
            &["b.json:2", "looks cut off"],
        ),
        (
            "b.json",
            b"[{\"id\": 1}\n{}]",
            &["b.json:2", "not valid JSON"],
        ),
        (
            "b.json",
            b"[\n\"\xff\", \"\xc3\xa9\"]",
            &["b.json:2", "not UTF-8"],
        ),
        (
            "b.json",
            br#"{"a":[{"x":1}],"b":{"c":[{"y":1}]}}"#,
            &["items = \"/a\"", "items = \"/b/c\""],
        ),
        ("b.json", br#"{"error":"denied"}"#, &["no array of objects"]),
    ];
    for (name, content, parts) in cases {
        let trial = Trial::with(&[("a.csv", &format!("{FAQ}1,q,a\n"))]);
        trial.write(name, content);
        trial.write("c.csv", format!("{FAQ}3,q,a\n"));
        let (ids, rejections) = trial.outcome();
        assert_eq!(ids, ["1", "3"], "{content:?}");
        assert_one(&rejections, parts);
    }
}

#[test]
fn a_bad_row_costs_that_row() {
    let cases: [(&str, &str, &[&str]); 12] = [
        (
            "b.csv",
            "2,q",
            &["b.csv:3 2", "2 cells where the header has 3"],
        ),
        (
            "b.csv",
            "2,q,a,b",
            &["b.csv:3 2", "4 cells where the header has 3"],
        ),
        ("b.csv", " ,q,a", &["b.csv:3 -", "column `id` is empty"]),
        (
            "b.csv",
            "2,,a",
            &["b.csv:3 2", "no question (`question` is empty)"],
        ),
        (
            "b.csv",
            "2,q, ",
            &["b.csv:3 2", "no answer (`answer` is empty)"],
        ),
        (
            "b.csv",
            "2,q,a\0b",
            &["b.csv:3 2", "`answer` has zero bytes"],
        ),
        (
            "b.csv",
            "2,q,\"say \"hi\" now\"",
            &["b.csv:3 2", "not doubled"],
        ),
        ("b.jsonl", "{\"id\":2", &["b.jsonl:3 -", "looks cut off"]),
        ("b.jsonl", "[]", &["b.jsonl:3 -", "not an object"]),
        (
            "b.jsonl",
            r#"{"id":2,"question":"q","answer":{"html":"a"}}"#,
            &["b.jsonl:3 2", "`/answer/html`"],
        ),
        (
            "b.jsonl",
            r#"{"id":2,"id":3,"question":"q","answer":"a"}"#,
            &["`id` occurs twice"],
        ),
        (
            "b.jsonl",
            r#"{"id":2,"frage":"q","answer":"a"}"#,
            &["b.jsonl:3 2", "found `id`, `frage`, `answer`"],
        ),
    ];
    for (name, row, parts) in cases {
        let lines = if name == "b.csv" {
            // Zero bytes near the top would condemn the file; here they come late.
            let long = "a".repeat(70_000 * usize::from(row.contains('\0')));
            format!("{FAQ}1,q,a{long}\n{row}\n3,q,a\n")
        } else {
            let good = |id| format!("{{\"id\":{id},\"question\":\"q\",\"answer\":\"a\"}}");
            format!("{}\n\n{row}\n{}\n", good(1), good(3))
        };
        let trial = Trial::with(&[(name, &lines)]);
        let (ids, rejections) = trial.outcome();
        assert_eq!(ids, ["1", "3"], "{row}");
        assert_one(&rejections, parts);
    }
}

#[test]
fn a_file_cut_in_mid_quote_does_not_yield_its_last_row() {
    let (ids, rejections) = Trial::fixture("cut-in-mid-quote.csv").outcome();
    assert_eq!(ids, ["1"]);
    assert_one(
        &rejections,
        &[
            "cut-in-mid-quote.csv:3 2",
            "began on line 4; it looks cut off",
        ],
    );
    for tail in ["\"", "\"a", "\"a\n", "\"a\r\n", "\"a,b\n\n"] {
        let trial = Trial::with(&[("a.csv", &format!("{FAQ}1,q,a\n2,q,{tail}"))]);
        let (ids, rejections) = trial.outcome();
        assert_eq!(ids, ["1"], "{tail:?}");
        assert_one(&rejections, &["a.csv:3 2", "began on line 3"]);
    }
}

#[test]
fn one_missing_quote_does_not_swallow_a_row_unseen() {
    let rows = "1,q,a\n2,q,\"open\n3,q,\"closed\"\n4,q,a\n";
    let (ids, rejections) = Trial::with(&[("a.csv", &format!("{FAQ}{rows}"))]).outcome();
    assert_eq!(ids, ["1", "4"]);
    assert_one(&rejections, &["a.csv:3 2", "not doubled"]);
}

#[test]
fn bytes_that_are_not_utf8_cost_their_row() {
    let trial = Trial::new();
    trial.write(
        "a.csv",
        b"id,question,answer\n1,caf\xc3\xa9,a\n2,caf\xe9,a\n3,q,a\n",
    );
    let (ids, rejections) = trial.outcome();
    assert_eq!(ids, ["1", "3"]);
    assert_one(
        &rejections,
        &["a.csv:3 2", "not UTF-8", "column `question`"],
    );
}

#[test]
fn a_cell_of_200_megabytes_is_refused_without_being_read() {
    let trial = Trial::new();
    let path = trial.write("a.csv", format!("{FAQ}1,q,a\n2,q,\"x"));
    let mut file = fs::File::options().append(true).open(&path).unwrap();
    let chunk = vec![b'x'; 1 << 20];
    for _ in 0..4 {
        file.write_all(&chunk).unwrap();
    }
    // The rest is a hole, so that the test is quick; the reader must never get there.
    file.set_len(200 << 20).unwrap();
    let (ids, rejections) = trial.outcome();
    assert_eq!(ids, ["1"]);
    assert_one(&rejections, &["a.csv:3 -", "max_row_bytes = 1048576"]);

    let trial = Trial::new();
    let good = r#"{"id":1,"question":"q","answer":"a"}"#;
    let long = good.replace("\"a\"", &format!("\"{}\"", "x".repeat(3 << 20)));
    trial.write("a.jsonl", format!("{long}\n{good}\n"));
    trial.write("b.json", format!("[\n{long}]"));
    let (ids, rejections) = trial.outcome();
    assert_eq!(ids, ["1"]);
    assert!(rejections[0].starts_with("a.jsonl:1 -: has a row longer"));
    assert!(rejections[1].starts_with("b.json:2 -: has a row longer"));
}

#[test]
fn limits_name_their_key() {
    let rows = format!("{FAQ}1,q,a\n2,q,a\n3,q,a\n");
    let mut trial = Trial::with(&[("a.csv", &rows), ("b.csv", &rows)]);
    trial.settings().limits.max_rows = 2;
    let (ids, rejections) = trial.outcome();
    assert_eq!(ids, ["1", "2"]);
    assert_one(&rejections, &["a.csv:4", "max_rows = 2"]);
    trial.settings().limits.max_rows = 6;
    assert_eq!(trial.articles().len(), 3);
    trial.settings().limits.max_file_bytes = 20;
    let (_, rejections) = trial.outcome();
    assert!(rejections[0].contains("max_file_bytes = 20"));
    assert_eq!(rejections.len(), 2);
}

#[test]
fn a_source_that_stops_at_bad_rows_yields_nothing() {
    let mut trial = Trial::with(&[("a.csv", &format!("{FAQ}1,q,a\n2,q\n"))]);
    trial.source.bad_rows = BadRows::Stop;
    let scan = trial.scan().unwrap();
    let mut none = |_| panic!("nothing may be yielded");
    let error = read(
        &trial.source,
        trial.folder(),
        &scan,
        ReadContext::NONE,
        &mut none,
    )
    .unwrap_err();
    assert!(error.to_string().contains("1 row or file"), "{error}");
    assert!(error.to_string().contains("a.csv:3"), "{error}");
    let SourceError::BadRows { rejections } = error else {
        panic!("{error}");
    };
    assert_eq!(rejections.len(), 1);
}
