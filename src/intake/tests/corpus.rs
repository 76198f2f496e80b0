//! The corpus: every file in a subfolder of `tests/fixtures/intake` stands for a layout that
//! people really have, and beside it stands what is expected to come out of it.

use serde_json::json;

use super::*;
use crate::model::{Article, Rejection};

/// The extension of the golden files.
const EXPECTED: &str = "expected";

#[test]
fn every_file_of_the_corpus_yields_what_is_expected_of_it() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/intake");
    let accept = std::env::var_os("UPDATE_FIXTURES").is_some();
    let mut differences = Vec::new();
    let mut count = 0;
    for entry in walkdir::WalkDir::new(&root)
        .min_depth(2)
        .sort_by_file_name()
    {
        let path = entry.unwrap().into_path();
        if path.extension().is_some_and(|found| found == EXPECTED) {
            continue;
        }
        count += 1;
        let found = outcome(&path);
        let golden = PathBuf::from(format!("{}.{EXPECTED}", path.display()));
        if accept {
            fs::write(&golden, found).unwrap();
        } else if fs::read_to_string(&golden).unwrap_or_default() != found {
            differences.push(format!("{}\n{found}", golden.display()));
        }
    }
    let kinds = fs::read_dir(&root).unwrap();
    let kinds = kinds.filter(|entry| entry.as_ref().unwrap().path().is_dir());
    let said = format!("{count} small files of {} kinds", kinds.count());
    let document = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/TESTING.md");
    let document = fs::read_to_string(document).unwrap();
    assert!(document.contains(&said), "docs/TESTING.md: {said}");
    assert!(
        differences.is_empty(),
        "{}\nIf this is right: UPDATE_FIXTURES=1 cargo test --lib corpus",
        differences.join("\n")
    );
}

/// What a file on its own comes to, as text that shows well in a difference.
fn outcome(path: &Path) -> String {
    let mut trial = Trial::new();
    let name = path.file_name().unwrap().to_str().unwrap();
    trial.settings().include = vec![name.to_owned()];
    trial.write(name, fs::read(path).unwrap());
    let (articles, reading) = trial.read();
    let said = |all: &[Rejection]| {
        let one = |said: &Rejection| {
            let id = said.id.as_deref().unwrap_or("-");
            format!("{} {id}: {}", said.place, said.reason)
        };
        all.iter().map(one).collect::<Vec<_>>()
    };
    let rejected = |all: &[Rejection]| {
        let reach = all.iter().map(|one| format!("{:?} ", one.reach));
        reach
            .zip(said(all))
            .map(|(reach, said)| reach + &said)
            .collect::<Vec<_>>()
    };
    let article = |article: &Article| {
        json!({
            "id": article.id,
            "questions": article.questions,
            "answers": article.answers,
            "markup": format!("{:?}", article.markup),
            "place": article.place.to_string(),
        })
    };
    let recognised = reading.recognised.first();
    let recognised = recognised.map(|found| format!("{}, {}", found.format, found.reason));
    let outcome = json!({
        "recognised": recognised,
        "articles": articles.iter().map(article).collect::<Vec<_>>(),
        "rejections": rejected(&reading.rejections),
        "notes": said(&reading.notes),
    });
    serde_json::to_string_pretty(&outcome).unwrap() + "\n"
}
