//! What every kind of damage says of the rest of its source, in every format.

use std::io::{Cursor, Write};
use std::os::unix::fs::symlink;

use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::*;
use crate::config::{ConfiguredEncoding, Keep};

const FAQ: &str = "id,question,answer\n1,q,a\n";

/// What one file beside a good one is rejected for: each as `line id reach`.
fn rejected(name: &str, content: impl AsRef<[u8]>) -> Vec<String> {
    let mut trial = Trial::with(&[("good.csv", FAQ)]);
    trial.settings().include = vec!["good.csv".to_owned(), name.to_owned()];
    trial.write(name, content);
    let (ids, _) = trial.outcome();
    assert!(ids.contains(&"1".to_owned()), "{name}: {ids:?}");
    said(&trial, name)
}

fn said(trial: &Trial, name: &str) -> Vec<String> {
    let (rejections, _) = trial.reaches();
    let of_file = |said: &String| {
        let place = said.strip_prefix(name)?.trim_start_matches([':', ' ']);
        Some(place.to_owned())
    };
    rejections.iter().filter_map(of_file).collect()
}

#[track_caller]
fn check(cases: &[(&str, &str, &[&str])]) {
    for (name, content, expected) in cases {
        assert_eq!(rejected(name, content), *expected, "{name}: {content}");
    }
}

#[test]
fn tables() {
    let header = |rows: &str| format!("id,question,answer\n2,q,a\n{rows}");
    let cases: [(&str, String, &[&str]); 17] = [
        ("a.csv", header("7,q,\n"), &["3 7 Alone"]),
        ("a.csv", header("7,,a\n"), &["3 7 Alone"]),
        ("a.csv", header("7,,\n"), &["3 7 Alone"]),
        (
            "a.csv",
            header("7,q,a\n7,q,b\n"),
            &["3 7 Alone", "4 7 Alone"],
        ),
        ("a.csv", header("7,q\n"), &["3 7 Rest"]),
        ("a.csv", header("7,q,a,b\n"), &["3 7 Rest"]),
        ("a.csv", header(",q,a\n"), &["3 - Rest"]),
        ("a.csv", header("7,q,\"say \"hi\" now\"\n"), &["3 7 Rest"]),
        ("a.csv", header("7,q,\"cut"), &["3 7 Rest"]),
        // What a torn row has of the same id goes with it.
        ("a.csv", header("7,q\n7,q,a\n"), &["3 7 Rest", "4 7 Alone"]),
        (
            "a.tsv",
            "id\tquestion\tanswer\n7\tq\t\n".to_owned(),
            &["2 7 Alone"],
        ),
        (
            "a.tsv",
            "id\tquestion\tanswer\n7\tq\n".to_owned(),
            &["2 7 Rest"],
        ),
        (
            "a.csv",
            "nr,name,notiz\n7,q,a\n".to_owned(),
            &["1 - Unusable"],
        ),
        ("a.csv", "7,q,a\n8,q,a\n".to_owned(), &["1 - Unusable"]),
        (
            "a.csv",
            "id,question,\"answer\n7,q,a\n".to_owned(),
            &["1 - Unusable"],
        ),
        (
            "a.csv",
            "<!DOCTYPE html><p>Log in".to_owned(),
            &["- Unusable"],
        ),
        (
            "a.csv",
            "id,question,answer\n7,q\0,a\n".to_owned(),
            &["- Unusable"],
        ),
    ];
    for (name, content, expected) in cases {
        assert_eq!(rejected(name, &content), expected, "{content}");
    }
    let bad_cell = b"id,question,answer\n7,caf\xe9,a\n8,caf\xc3\xa9,a\n";
    assert_eq!(rejected("a.csv", bad_cell), ["2 7 Rest"]);
    let bad_end = b"id,question,answer\n8,caf\xc3\xa9,a\n7,q,caf\xc3";
    assert_eq!(rejected("a.csv", bad_end), ["3 7 Rest"]);
}

#[test]
fn tables_of_vendors() {
    let qna = "Question\tAnswer\tSource\tMetadata\nHow?\tSo.\tx\ty\nWhy?\t\tx\ty\nCut\n";
    let salesforce = "Title,isMasterLanguage,Answer__c\nHow?,1,So.\nWhy?,1,\n,1,a\n";
    let kore = "Faq,Que ID,Primary Question,Alternate Question,Tags,Answer\n,F1,How?,,,So.\n,F2,Why?,,,\n,F3,,,,a\n,F4,q?,,,\"say \"hi\" now\"\n";
    check(&[
        ("a.tsv", qna, &["3 Why? Alone", "4 Cut Rest"]),
        ("a.csv", salesforce, &["3 Why? Alone", "4 - Rest"]),
        ("k.csv", kore, &["3 F2 Alone", "4 F3 Alone", "5 F4 Rest"]),
        (
            "k.csv",
            "Faq,Que ID,Primary Question,Tags\n,F1,How?,x\n",
            &["1 - Unusable"],
        ),
    ]);
}

#[test]
fn items() {
    let good = r#"{"id":2,"question":"q","answer":"a"}"#;
    let of = |item: &str| format!("[{good},\n{item}]");
    let cases: [(&str, &[&str]); 10] = [
        (r#"{"id":7,"question":"q","answer":""}"#, &["2 7 Alone"]),
        (r#"{"id":7,"question":"q","answer":null}"#, &["2 7 Alone"]),
        (r#"{"id":7,"question":"q"}"#, &["2 7 Alone"]),
        (r#"{"id":7,"answer":"a"}"#, &["2 7 Alone"]),
        (
            r#"{"id":7,"question":"q","answer":{"html":"a"}}"#,
            &["2 7 Alone"],
        ),
        (r#"{"id":null,"question":"q","answer":"a"}"#, &["2 - Rest"]),
        (r#"{"question":"q","answer":"a"}"#, &["2 - Rest"]),
        (
            r#"{"id":7,"id":8,"question":"q","answer":"a"}"#,
            &["2 - Rest"],
        ),
        ("[7]", &["2 - Rest"]),
        ("7", &["2 - Rest"]),
    ];
    for (item, expected) in cases {
        assert_eq!(rejected("a.json", of(item)), expected, "{item}");
        let lines = format!("{good}\n{item}\n{good}\n");
        assert_eq!(rejected("a.jsonl", lines), expected, "{item}");
    }
    check(&[
        ("a.json", "[{\"id\":7,\"question\"", &["1 - Unusable"]),
        ("a.json", "{\"error\":\"denied\"}", &["- Unusable"]),
        ("a.json", "<html>502", &["- Unusable"]),
        ("a.jsonl", &format!("{good}\n{{\"id\":7"), &["2 - Rest"]),
        // No line is an object: it is something else.
        ("a.jsonl", "id,question,answer\n7,q,a\n", &["1 - Unusable"]),
        ("a.jsonl", "{\"id\":7", &["1 - Unusable"]),
    ]);
}

#[test]
fn yaml_xml_and_properties() {
    check(&[
        (
            "a.yaml",
            "- {id: 2, question: q, answer: a}\n- {id: 7, question: q, answer: ~}\n- {question: q, answer: a}\n",
            &["2 7 Alone", "3 - Rest"],
        ),
        ("a.yaml", "- id: 7\n  question: [q\n", &["2 - Unusable"]),
        ("a.yaml", "error: denied\n", &["- Unusable"]),
        (
            "a.xml",
            "<e>\n<a id='2'><title>q</title><body>a</body></a>\n<a id='7'><title>q</title><body/></a>\n<a><title>q</title><body>b</body></a></e>",
            &["3 7 Alone", "4 - Rest"],
        ),
        ("a.xml", "<e><a id='7'><title>q</title>", &["1 - Unusable"]),
        ("a.xml", "<e><a x='1'/><b y='2'/></e>", &["- Unusable"]),
        (
            "a.properties",
            "faq.1.question=q\nfaq.1.answer=a\nfaq.7.question=q\nfaq.7.answer=\nfaq.8.question=q\nfaq.8.answer=a\nfaq.8.answer=b\n",
            &["3 faq.7 Alone", "7 faq.8 Alone"],
        ),
        ("a.properties", "server.port=80\n", &["- Unusable"]),
    ]);
}

#[test]
fn pages() {
    let questions = "# FAQ\n## How?\nSo.\n## Why?\n\n## When?\nNow.\n";
    let html = "<h2>How?</h2><p>So.</p><h2>Why?</h2><h2>When?</h2><p>Now.</p>";
    let unnamed = r#"<div itemscope itemtype="https://schema.org/Question"><p itemprop="name"></p><div itemprop="acceptedAnswer"><p itemprop="text">a</p></div></div>"#;
    check(&[
        ("a.md", questions, &["4 a#why Alone"]),
        ("a.md", "# How?\n", &["1 a Alone"]),
        ("a.md", "Some text.\n", &["1 a Alone"]),
        // Its id may stand in what cannot be read.
        ("a.md", "---\nid: [7\n---\n# How?\nSo.\n", &["2 - Rest"]),
        ("a.md", "---\n- 7\n---\n# How?\nSo.\n", &["1 - Rest"]),
        ("a.html", html, &["2 a#why Alone"]),
        ("a.html", unnamed, &["1 - Rest"]),
        ("a.html", "<h1>Log in</h1>", &["- Unusable"]),
        (
            "a.html",
            "<script type='application/ld+json'>{</script>",
            &["- Unusable"],
        ),
    ]);
}

#[test]
fn rasa() {
    let nlu = "version: '3.1'\nnlu:\n- intent: faq/a\n  examples: |\n    - How?\n- intent: faq/b\n  examples: |\n    - Why?\n- intent: faq/c\n  examples: ''\n";
    let responses = |text: &str| {
        format!(
            "version: '3.1'\nresponses:\n  utter_faq/a:\n  - text: {text}\n  utter_faq/c:\n  - text: So.\n  utter_faq/d:\n  - text: So.\n"
        )
    };
    let mut trial = Trial::with(&[
        ("nlu.yml", nlu),
        ("x.yml", &responses("So.")),
        ("y.yml", &responses("Other.")),
    ]);
    trial.settings().include = vec!["*.yml".to_owned()];
    let (ids, _) = trial.outcome();
    assert!(ids.is_empty(), "{ids:?}");
    let (rejections, _) = trial.reaches();
    assert_eq!(
        rejections,
        [
            "nlu.yml:1 faq/a Alone",
            "nlu.yml:2 faq/b Alone",
            "nlu.yml:3 faq/c Alone",
            "x.yml:3 faq/d Alone",
            "y.yml:1 faq/a Alone"
        ]
    );
}

/// A workbook with one sheet of these rows.
fn workbook(rows: &str) -> Vec<u8> {
    let part = "http://schemas.openxmlformats.org";
    let files = [
        (
            "[Content_Types].xml",
            format!("<Types xmlns='{part}/package/2006/content-types'/>"),
        ),
        (
            "_rels/.rels",
            format!(
                "<Relationships xmlns='{part}/package/2006/relationships'><Relationship Id='r1' Type='{part}/officeDocument/2006/relationships/officeDocument' Target='xl/workbook.xml'/></Relationships>"
            ),
        ),
        (
            "xl/workbook.xml",
            format!(
                "<workbook xmlns='{part}/spreadsheetml/2006/main' xmlns:r='{part}/officeDocument/2006/relationships'><sheets><sheet name='FAQ' sheetId='1' r:id='r1'/></sheets></workbook>"
            ),
        ),
        (
            "xl/_rels/workbook.xml.rels",
            format!(
                "<Relationships xmlns='{part}/package/2006/relationships'><Relationship Id='r1' Type='{part}/officeDocument/2006/relationships/worksheet' Target='worksheets/sheet1.xml'/></Relationships>"
            ),
        ),
        (
            "xl/worksheets/sheet1.xml",
            format!(
                "<worksheet xmlns='{part}/spreadsheetml/2006/main'><sheetData>{rows}</sheetData></worksheet>"
            ),
        ),
    ];
    let files = files.iter().map(|(name, text)| (*name, text.as_bytes()));
    archive(&files.collect::<Vec<_>>())
}

/// A row of texts; what begins with `<` is a cell of its own kind.
fn cells(number: usize, texts: &[&str]) -> String {
    let cell = |(column, text): (char, &&str)| match text.strip_prefix('<') {
        Some(own) => format!("<c r='{column}{number}' {own}"),
        None => format!("<c r='{column}{number}' t='inlineStr'><is><t>{text}</t></is></c>"),
    };
    let cells: String = ('A'..).zip(texts).map(cell).collect();
    format!("<row r='{number}'>{cells}</row>")
}

fn archive(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in files {
        let options = SimpleFileOptions::default();
        writer.start_file(*name, options).unwrap();
        writer.write_all(content).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

#[test]
fn workbooks() {
    let header = cells(1, &["id", "question", "answer"]);
    let with = |row: &[&str]| workbook(&(header.clone() + &cells(2, row)));
    let error = "<t='e'><v>#REF!</v></c>";
    let cases: [(&[&str], &[&str]); 5] = [
        (&["7", "q"], &["2 7 Alone"]),
        (&["7", "", "a"], &["2 7 Alone"]),
        (&["7", "q", error], &["2 7 Alone"]),
        (&[error, "q", "a"], &["2 - Rest"]),
        (&["", "q", "a"], &["2 - Rest"]),
    ];
    for (row, expected) in cases {
        assert_eq!(rejected("a.xlsx", with(row)), expected, "{row:?}");
    }
    let no_columns = workbook(&cells(1, &["nr", "name", "notiz"]));
    assert_eq!(rejected("a.xlsx", no_columns), ["1 - Unusable"]);
    assert_eq!(rejected("a.xlsx", b"PK\x03\x04\x14\0"), ["- Unusable"]);
    let old = b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1 cut";
    assert_eq!(rejected("a.xls", old), ["- Unusable"]);
}

#[test]
fn whole_numbers_in_workbooks_are_ids_without_decimals() {
    let header = cells(1, &["id", "question", "answer"]);
    let ids = [
        "<><v>1</v></c>",
        "<><v>2.0</v></c>",
        "<><v>3.5</v></c>",
        "4.0",
    ];
    let rows = (2..).zip(ids).map(|(at, id)| cells(at, &[id, "q", "a"]));
    let mut trial = Trial::new();
    trial.settings().include = vec!["*.xlsx".to_owned()];
    trial.write("a.xlsx", workbook(&(header + &rows.collect::<String>())));
    // What is text stays as it was written.
    assert_eq!(trial.outcome().0, ["1", "2", "3.5", "4.0"]);
}

#[test]
fn archives() {
    let with = |files: &[(&str, &[u8])]| rejected("a.zip", archive(files));
    let faq = b"id,question,answer\n2,q,a\n";
    let row: &[u8] = b"id,question,answer\n7,q,\n8,q\n";
    assert_eq!(
        with(&[("x.csv", faq), ("y.csv", row)]),
        ["→ y.csv:2 7 Alone", "→ y.csv:3 8 Rest"]
    );
    // Not all that lies in an archive is meant for us.
    let categories: &[u8] = b"category,order\nPaying,1\n";
    assert_eq!(
        with(&[("x.csv", faq), ("y.csv", categories)]),
        ["→ y.csv:1 - Rest"]
    );
    let page: &[u8] = b"id,question,answer\n7,q,data/lost.html\n";
    assert_eq!(with(&[("x.csv", page)]), ["→ x.csv:2 7 Alone"]);
    assert_eq!(with(&[("readme.txt", b"hi")]), ["- Unusable"]);
    let whole = archive(&[("x.csv", faq)]);
    assert_eq!(rejected("a.zip", &whole[..whole.len() - 9]), ["- Unusable"]);
    assert_eq!(
        with(&[("x.csv", faq), ("../y.csv", faq)]),
        ["→ ../y.csv - Rest"]
    );
    assert_eq!(
        with(&[("x.csv", faq), ("y.csv", &archive(&[("x.csv", faq)]))]),
        ["→ y.csv - Rest"]
    );
}

#[test]
fn limits() {
    let long = format!(
        "id,question,answer\n2,q,a\n7,q,\"{}\"\n8,q,a\n",
        "x".repeat(200_000)
    );
    let mut trial = Trial::with(&[("a.csv", &long)]);
    trial.settings().limits.max_row_bytes = 100_000;
    assert_eq!(said(&trial, "a.csv"), ["3 - Rest"]);
    trial.settings().limits.max_row_bytes = 1 << 20;
    trial.settings().limits.max_rows = 1;
    assert_eq!(said(&trial, "a.csv"), ["3 - Rest"]);
    trial.settings().limits.max_file_bytes = 1000;
    assert_eq!(said(&trial, "a.csv"), ["- Unusable"]);
    // One of several items.
    let item = |id: u32, text: &str| format!(r#"{{"id":{id},"question":"q","answer":"{text}"}}"#);
    let long = format!("[{},\n{}]", item(2, "a"), item(7, &"x".repeat(2000)));
    let mut trial = Trial::with(&[("a.json", &long)]);
    trial.settings().limits.max_row_bytes = 1000;
    assert_eq!(said(&trial, "a.json"), ["2 - Rest"]);
}

#[test]
fn what_was_packed_and_cut() {
    use flate2::Compression;
    use flate2::write::GzEncoder;
    let packed = |rows: usize| {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        writeln!(encoder, "id,question,answer").unwrap();
        for id in 0..rows {
            writeln!(encoder, "{id},q,{}", fastrand::u128(..)).unwrap();
        }
        let mut bytes = encoder.finish().unwrap();
        bytes.truncate(bytes.len() - 20);
        bytes
    };
    // To find out what it is written in, all of it is read; where that is known, what stands before the
    // cut is used.
    assert_eq!(rejected("a.csv.gz", packed(20)), ["- Unusable"]);
    let mut trial = Trial::new();
    trial.settings().include = vec!["*.gz".to_owned()];
    trial.settings().limits.max_rows = 100_000;
    trial.settings().encoding = Some(ConfiguredEncoding::Utf8);
    trial.write("a.csv.gz", packed(5000));
    let (rejections, _) = trial.reaches();
    assert_eq!(rejections.len(), 1);
    assert!(rejections[0].ends_with(" - Rest"), "{rejections:?}");
    assert!(trial.outcome().0.len() > 1000);
}

#[test]
fn places_that_cannot_be_looked_into() {
    let trial = Trial::with(&[("good.csv", FAQ)]);
    symlink("gone.csv", trial.folder.path().join("latest.csv")).unwrap();
    symlink("round.csv", trial.folder.path().join("round.csv")).unwrap();
    // What a link leads to may be on its way; what leads nowhere for ever has to be fixed.
    let (rejections, _) = trial.reaches();
    assert_eq!(rejections, ["latest.csv - Rest", "round.csv - Unusable"]);
}

#[test]
fn an_item_of_which_it_is_unclear_whether_it_counts() {
    let json = r#"[{"id":2,"question":"q","answer":"a","state":"live"},{"id":7,"question":"q","answer":"a"}]"#;
    let mut trial = Trial::with(&[("a.json", json), ("b.csv", FAQ)]);
    trial.settings().filter.keep = vec![Keep {
        pointer: "state".to_owned(),
        values: vec!["live".to_owned()],
    }];
    let (rejections, _) = trial.reaches();
    assert_eq!(rejections, ["a.json:1 7 Alone", "b.csv:1 - Unusable"]);
}
