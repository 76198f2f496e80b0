//! Every format of the table is documented, and read somewhere in these tests.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use crate::model::FileFormat;

const BEGIN: &str = "<!-- formats: rendered from src/model/file_format.rs -->\n";
const END: &str = "<!-- end of formats -->";

fn quoted(words: &[&str]) -> String {
    let quoted: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
    quoted.join(", ")
}

fn rendered() -> String {
    let mut text = String::from(
        "\n| what it is | `format` | named, counts by default | named, counts where `include` says so |\n| --- | --- | --- | --- |\n",
    );
    for format in FileFormat::ALL {
        let (included, named) = format.extensions();
        let _ = writeln!(
            text,
            "| {} | {} | {} | {} |",
            format.name(),
            quoted(format.words()),
            quoted(included),
            quoted(named)
        );
    }
    text.push('\n');
    text
}

#[test]
fn the_document_lists_every_format() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/FORMATS.md");
    let document = std::fs::read_to_string(&path).unwrap();
    let (before, rest) = document
        .split_once(BEGIN)
        .expect("the marker of the formats");
    let (_, after) = rest.split_once(END).expect("the marker of their end");
    let wanted = format!("{before}{BEGIN}{}{END}{after}", rendered());
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&path, wanted).unwrap();
        return;
    }
    assert!(
        document == wanted,
        "docs/FORMATS.md does not match the formats; accept with `UPDATE_DOCS=1 cargo test format_table`"
    );
}

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, found);
        } else {
            found.push(path);
        }
    }
}

#[test]
fn every_format_has_a_fixture() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/intake");
    let mut found = Vec::new();
    files(&folder, &mut found);
    for format in FileFormat::ALL {
        let (included, named) = format.extensions();
        let is_one = |path: &PathBuf| {
            let extension = path.extension().unwrap_or_default().to_string_lossy();
            let mut known = format.words().iter().chain(included).chain(named);
            known.any(|known| *known == extension)
        };
        assert!(found.iter().any(is_one), "{format:?}");
    }
}
