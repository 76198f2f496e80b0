//! What people, office programs, synchronising clients and file servers leave beside an export.

use super::*;

const FAQ: &str = "id,question,answer\n1,q,a\n";
const OTHER: &str = "id,question,answer\n1,q,changed\n";

fn notes(trial: &Trial) -> Vec<String> {
    let notes = trial.scan().unwrap().notes;
    let notes = notes.iter();
    notes
        .map(|note| format!("{}: {}", note.place, note.text))
        .collect()
}

#[test]
fn copies_beside_their_original_are_left_out_and_told() {
    let mut trial = Trial::with(&[
        ("faq.csv", FAQ),
        ("faq - Copy.csv", OTHER),
        ("faq (1).csv", OTHER),
        ("Kopie von faq.csv", OTHER),
        ("faq (Anna's conflicted copy 2024-01-01).csv", OTHER),
        ("sub/faq.sync-conflict-20240101-120000-ABCDEFG.csv", OTHER),
        ("#recycle/faq.csv", OTHER),
        ("sub/@eaDir/faq.csv", OTHER),
        // Nothing lies beside these that they could be copies of.
        ("prices (2).csv", "id,question,answer\n2,r,b\n"),
        ("sub/Copy of other.csv", "id,question,answer\n3,s,c\n"),
    ]);
    assert_eq!(
        trial.names(),
        ["faq.csv", "prices (2).csv", "sub/Copy of other.csv"]
    );
    let notes = notes(&trial);
    assert_eq!(notes.len(), 7, "{notes:#?}");
    for part in [
        "faq - Copy.csv: looks like a copy of faq.csv",
        "conflicted copy 2024-01-01).csv: looks like the copy that a synchronising",
        "#recycle: is a folder in which",
    ] {
        assert!(notes.iter().any(|note| note.contains(part)), "{part}");
    }
    assert_eq!(trial.articles().len(), 3);
    trial.settings().include = vec!["faq (1).csv".to_owned(), "faq.csv".to_owned()];
    assert_eq!(trial.names(), ["faq (1).csv", "faq.csv"], "as named");
}

#[test]
fn the_newest_file_says_why_it_counts() {
    let mut trial = Trial::with(&[("a.csv", FAQ), ("b.csv", FAQ)]);
    trial.settings().read = Read::Newest;
    let notes = notes(&trial);
    assert_eq!(notes.len(), 1);
    assert!(
        notes[0].contains("of 2 files it was written last, at 2"),
        "{notes:?}"
    );
}
