//! Files in which there is nothing: a failure where they held articles, a note where others do.

use super::*;

const FAQ: &str = "id,question,answer\n1,q,a\n";

/// Files without an article that can be read, in every format that has such.
const WITHOUT_ROWS: [(&str, &str); 7] = [
    ("a.csv", "id,question,answer\n"),
    ("a.tsv", "id\tquestion\tanswer\n"),
    ("a.csv", "Title,isMasterLanguage,Answer__c\n"),
    ("a.json", "[]"),
    ("a.json", "{\"articles\": []}"),
    ("a.yaml", "articles: []\n"),
    ("a.xml", "<articles/>"),
];
const NOTHING: [(&str, &str); 5] = [
    ("a.csv", ""),
    ("a.csv", "\u{feff}\n\n"),
    ("a.json", ""),
    ("a.jsonl", "\n"),
    ("a.md", ""),
];

fn beside(name: &str, content: &str, others: &[(&str, &str)]) -> Trial {
    let mut trial = Trial::with(others);
    trial.settings().include = vec!["**/*".to_owned()];
    trial.write(name, content);
    trial
}

#[test]
fn a_file_that_held_articles_and_is_empty_is_a_failure() {
    for (name, content) in WITHOUT_ROWS.into_iter().chain(NOTHING) {
        for others in [&[][..], &[("good.csv", FAQ)]] {
            let trial = beside(name, content, others).held(&["good.csv", name]);
            let (ids, rejections) = trial.outcome();
            assert_eq!(ids.len(), others.len(), "{content:?}");
            assert_one(
                &rejections,
                &[name, "came from it are live", "delete the file"],
            );
            assert!(trial.reaches().0[0].ends_with("- Unusable"), "{content:?}");
        }
    }
}

#[test]
fn one_that_never_held_any_is_a_note_beside_others() {
    for (name, content) in WITHOUT_ROWS.into_iter().chain(NOTHING) {
        let trial = beside(name, content, &[("good.csv", FAQ)]).held(&["good.csv"]);
        let (rejections, notes) = trial.reaches();
        assert_eq!(rejections, [""; 0], "{content:?}");
        assert_one(&notes, &[name]);
    }
}

#[test]
fn alone_it_says_what_it_said_before() {
    for (name, content) in WITHOUT_ROWS {
        let (_, reading) = beside(name, content, &[]).read();
        assert!(reading.complete() && reading.articles == 0, "{content:?}");
    }
    for (name, content) in NOTHING {
        let (rejections, _) = beside(name, content, &[]).reaches();
        assert_eq!(rejections, [format!("{name} - Unusable")], "{content:?}");
    }
}

#[test]
fn one_without_a_byte_may_stand_for_one_that_is_gone() {
    let files = [("good.csv", FAQ)];
    let trial = beside("faq-2.csv", "", &files).held(&["good.csv", "faq-1.csv"]);
    let (_, rejections) = trial.outcome();
    assert_one(&rejections, &["faq-2.csv", "faq-1.csv", "is gone"]);
    assert!(trial.reaches().0[0].ends_with("- Rest"));
    let alone = beside("faq-2.csv", "", &[]).held(&["faq-1.csv"]);
    assert_eq!(alone.reaches().0, ["faq-2.csv - Unusable"]);
    // A header alone is an export without articles.
    let trial = beside("faq-2.csv", "id,question,answer\n", &files).held(&["faq-1.csv"]);
    assert_eq!(trial.reaches().0, [""; 0]);
}

#[test]
fn rows_that_do_not_count_are_rows() {
    for row in ["7,q,\n", "7,q\n"] {
        let text = format!("id,question,answer\n{row}");
        let trial = beside("a.csv", &text, &[("good.csv", FAQ)]).held(&["a.csv"]);
        assert_eq!(trial.reaches().0.len(), 1, "{row}");
    }
}

#[test]
fn in_archives_and_rasa_files() {
    let mut trial = Trial::fixture("zip/folder.zip").held(&["folder.zip → faq/empty.csv"]);
    trial.settings().include = vec!["**/*".to_owned()];
    // An archive beside others is one of them.
    let name = fs::read_dir(trial.folder.path().join("zip")).unwrap();
    assert_eq!(name.count(), 1);
    trial.earlier.held = HashSet::from(["zip/folder.zip → faq/empty.csv".into()]);
    let (rejections, _) = trial.reaches();
    let empty = "zip/folder.zip → faq/empty.csv - Unusable".to_owned();
    assert!(rejections.contains(&empty), "{rejections:?}");

    let stories = "version: '3.1'\nstories: []\nrules: []\n";
    let domain = "version: '3.1'\nresponses:\n  utter_faq/a:\n  - text: So.\n";
    let nlu = "version: '3.1'\nnlu:\n- intent: faq/a\n  examples: |\n    - How?\n";
    let mut files = vec![("s.yml", stories), ("d.yml", domain), ("n.yml", nlu)];
    let (rejections, notes) = beside("x.csv", FAQ, &files).reaches();
    assert_eq!((rejections.len(), notes.len()), (0, 0), "{notes:?}");
    files[2].1 = "version: '3.1'\nnlu: []\n";
    let trial = beside("x.csv", FAQ, &files).held(&["n.yml"]);
    let (rejections, _) = trial.reaches();
    assert!(
        rejections.contains(&"n.yml - Unusable".to_owned()),
        "{rejections:?}"
    );
}
