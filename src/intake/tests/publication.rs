//! What files say of themselves: articles that are not published, and columns with drafts in them.

use super::*;
use crate::config::Keep;

fn trial(name: &str, content: &str) -> Trial {
    let mut trial = Trial::with(&[(name, content)]);
    trial.settings().include = vec!["**/*".to_owned()];
    trial
}

fn keep(field: &str, values: &[&str]) -> Keep {
    Keep {
        pointer: field.to_owned(),
        values: values.iter().map(|value| (*value).to_owned()).collect(),
    }
}

#[test]
fn flags_in_front_matter_take_an_article_out() {
    let cases: [(&str, bool); 22] = [
        ("draft: true", true),
        ("Draft: yes", true),
        ("draft: 1", true),
        ("is_draft: true", true),
        ("draft: false", false),
        ("draft:", false),
        ("draft: maybe", false),
        ("published: false", true),
        ("published: 'No'", true),
        ("published: true", false),
        ("published: 2026-01-02", false),
        ("enabled: false", true),
        ("enabled: true", false),
        ("hidden: true", true),
        ("hidden: false", false),
        ("private: true", true),
        ("internal: true", true),
        ("public: false", true),
        ("active: false", true),
        ("archived: true", true),
        ("unpublished: true", true),
        ("tags: [draft]", false),
    ];
    for (line, is_out) in cases {
        let one = format!("---\n{line}\n---\n# How?\nSo.\n");
        let many = format!("---\n{line}\n---\n## How?\nSo.\n\n## Why?\nBecause.\n");
        let html = format!("---\n{line}\n---\n<h2>How?</h2><p>So.</p><h2>Why?</h2><p>x</p>");
        for (name, text, ids) in [
            ("pay.md", one, vec!["pay"]),
            ("pay.md", many, vec!["pay#how", "pay#why"]),
            ("pay.html", html, vec!["pay#how", "pay#why"]),
        ] {
            let trial = trial(name, &text);
            let (found, rejections) = trial.outcome();
            let expected = if is_out { Vec::new() } else { ids };
            assert_eq!(found, expected, "{name} {line}");
            assert_eq!(rejections, [""; 0], "{name} {line}");
            let (_, notes) = trial.reaches();
            let told = notes
                .iter()
                .filter(|note| note.contains("is not published"));
            assert_eq!(
                told.count(),
                usize::from(is_out),
                "{name} {line}: {notes:?}"
            );
        }
    }
    let note = &trial("pay.md", "---\nid: kb-7\ndraft: true\n---\n# How?\nSo.\n")
        .reaches()
        .1[0];
    assert!(
        note.starts_with("pay.md:1 kb-7: is not published (`draft: true`)"),
        "{note}"
    );
    // What it lacks does not matter.
    let stub = trial("pay.md", "---\ndraft: true\n---\n");
    assert_eq!(stub.outcome(), (vec![], vec![]));
}

#[test]
fn flags_of_items_count_where_nobody_has_named_the_fields() {
    let files = [
        (
            "a.json",
            r#"[{"id":1,"question":"q","answer":"a","published":true},{"id":7,"question":"q","answer":"a","published":false}]"#,
        ),
        (
            "a.jsonl",
            "{\"id\":1,\"question\":\"q\",\"answer\":\"a\"}\n{\"id\":7,\"question\":\"q\",\"answer\":\"a\",\"hidden\":\"true\"}\n",
        ),
        (
            "a.yaml",
            "- {id: 1, question: q, answer: a, enabled: true}\n- {id: 7, question: q, answer: a, enabled: false}\n",
        ),
        (
            "a.xml",
            "<e><a id='1'><title>q</title><body>a</body></a><a id='7' draft='true'><title>q</title><body>a</body></a></e>",
        ),
        // Without an id too: it would not have counted.
        (
            "a.json",
            r#"[{"id":1,"question":"q","answer":"a"},{"question":"q","draft":true}]"#,
        ),
    ];
    for (name, content) in files {
        let trial = trial(name, content);
        assert_eq!(trial.outcome(), (vec!["1".to_owned()], vec![]), "{content}");
        assert_one(&trial.reaches().1, &["is not published"]);
    }
    // Who names the fields is told, and decides.
    let mut named = trial(files[0].0, files[0].1).fields(None, &["question"], &["answer"]);
    assert_eq!(named.outcome().0, ["1", "7"]);
    assert_one(
        &named.reaches().1,
        &[
            "a.json:1 -: ",
            "1 row with `published` = \"false\"",
            "keep = { \"published\" = [\"true\"] }",
        ],
    );
    named.settings().filter.keep = vec![keep("/published", &["true", "false"])];
    assert_eq!(named.reaches().1, [""; 0]);
    let mut decided = trial(files[0].0, files[0].1);
    decided.settings().filter.keep = vec![keep("published", &["true", "false"])];
    assert_eq!(decided.outcome().0, ["1", "7"]);
}

#[test]
fn a_column_with_drafts_is_told_once_with_the_line_for_keep() {
    let text = "id,question,answer,Status,visibility,state\n\
        1,q,a,Published,public,CA\n2,q,a,Draft,public,NY\n3,q,a,In review,internal,CA\n\
        4,q,a,Draft,,CA\n5,q,a,live,public,CA\n6,q,,Draft,public,CA\n";
    let mut told = trial("a.csv", text);
    let (rejections, notes) = told.reaches();
    assert_eq!(rejections, ["a.csv:7 6 Alone"]);
    assert_one(
        &notes,
        &[
            "a.csv:3 -: ",
            "2 rows with `Status` = \"Draft\", 1 row with `Status` = \"In review\"",
            "1 row with `visibility` = \"internal\"",
            r#"keep = { "Status" = ["Published", "live"], "visibility" = ["public", ""] }"#,
        ],
    );
    assert_eq!(told.outcome().0, ["1", "2", "3", "4", "5"], "they go live");
    // The line does what it says.
    told.settings().filter.keep = vec![
        keep("Status", &["Published", "live"]),
        keep("visibility", &["public", ""]),
    ];
    assert_eq!(told.outcome().0, ["1", "5"]);
    assert_eq!(told.reaches().1, [""; 0]);
    // What is kept already stands in the line.
    told.settings().filter.keep = vec![keep("visibility", &["public", ""])];
    assert_one(
        &told.reaches().1,
        &[r#"keep = { "visibility" = ["public", ""], "Status" = ["Published", "live"] }"#],
    );
}

#[test]
fn columns_and_values_of_several_languages() {
    let cases = [
        ("status", "draft", true),
        ("Workflow State", "pending_retirement", true),
        ("workflow-status", "Retired", true),
        ("access", "Internal only", true),
        ("state", "archived", true),
        ("Status", "Entwurf", true),
        ("Zustand", "unveröffentlicht", true),
        ("Statut", "Brouillon", true),
        ("Visibilité", "non publié", true),
        ("Estado", "borrador", true),
        ("stato", "Bozza", true),
        ("status", "下書き", true),
        ("status", "Черновик", true),
        ("published", "FALSE", true),
        ("published", "nein", true),
        ("draft", "1", true),
        ("is_hidden", "yes", true),
        ("published", "TRUE", false),
        ("draft", "0", false),
        ("status", "published", false),
        ("status", "Veröffentlicht", false),
        ("status", "", false),
        ("state", "Delaware", false),
        ("access", "everyone", false),
        ("category", "draft", false),
        ("notes", "internal", false),
    ];
    for (column, value, expected) in cases {
        let text = format!("id,question,answer,{column}\n1,q,a,{value}\n");
        let (_, notes) = trial("a.csv", &text).reaches();
        assert_eq!(
            notes.len(),
            usize::from(expected),
            "{column} = {value}: {notes:?}"
        );
        let item =
            format!("{{\"id\":1,\"question\":\"q\",\"answer\":\"a\",\"{column}\":\"{value}\"}}\n");
        let named = trial("a.jsonl", &item).fields(Some("id"), &["question"], &["answer"]);
        let (_, notes) = named.reaches();
        assert_eq!(notes.len(), usize::from(expected), "{item}: {notes:?}");
    }
}

#[test]
fn what_is_to_be_written_is_toml_and_has_every_value() {
    let text = "id,question,answer,Article status\n1,q,a,\"say \"\"go\"\" \\ ü\"\n2,q,a,draft\n";
    let (_, notes) = trial("a.csv", text).reaches();
    let line = notes[0].split(" to the source: ").nth(1).unwrap();
    let table: toml::Table = line.parse().unwrap();
    let values = table["keep"]["Article status"].as_array().unwrap();
    assert_eq!(values[0].as_str(), Some("say \"go\" \\ ü"));
    // A column with as many values as rows is none that one line could tell.
    let many: Vec<String> = (0..50).map(|at| format!("{at},q,a,x{at}\n")).collect();
    let many = many.concat();
    let text = format!("id,question,answer,access\n0,q,b,internal\n{many}");
    let mut trial = trial("a.csv", &text);
    trial.settings().limits.max_rows = 100;
    assert!(trial.reaches().1[0].ends_with("and every other value there that counts"));
}

#[test]
fn a_column_that_is_an_answer_is_not_watched() {
    let trial = trial("a.csv", "id,question,status\n1,q,draft\n").fields(None, &[], &["status"]);
    assert_eq!(trial.reaches(), (vec![], vec![]));
}
