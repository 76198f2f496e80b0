//! Every format of the table is documented, and read somewhere in these tests; and so is every layout.

mod rows;

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use super::Trial;
use crate::intake::format::json::ArticleEntries;
use crate::model::FileFormat;
use rows::{LayoutRow, ROWS};

const BEGIN: &str = "<!-- formats: rendered from src/model/file_format.rs -->\n";
const END: &str = "<!-- end of formats -->";
const BEGIN_LAYOUTS: &str =
    "<!-- layouts: rendered from src/intake/tests/format_table/rows.rs -->\n";
const END_LAYOUTS: &str = "<!-- end of layouts -->";

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

/// The table of layouts.
fn layouts() -> String {
    let mut text = String::from(
        "\n| layout | `format` | written by | recognised by | becomes | left out |\n| --- | --- | --- | --- | --- | --- |\n",
    );
    for row in ROWS {
        let words: Vec<&str> = row.formats.iter().map(|format| format.word()).collect();
        let formats = if words.is_empty() {
            "any".to_owned()
        } else {
            quoted(&words)
        };
        let cells = [
            row.name,
            &formats,
            row.written_by,
            row.told_by,
            row.becomes,
            row.left_out,
        ];
        let cells = cells.map(|cell| cell.replace('|', "\\|"));
        let _ = writeln!(text, "| {} |", cells.join(" | "));
    }
    text.push('\n');
    text
}

/// The document with a part of it as it should be.
fn with_part(document: &str, begin: &str, part: &str, end: &str) -> String {
    let (before, rest) = document.split_once(begin).expect(begin);
    let (_, after) = rest.split_once(end).expect(end);
    format!("{before}{begin}{part}{end}{after}")
}

#[test]
fn the_document_lists_every_format_and_layout() {
    let path = root().join("docs/FORMATS.md");
    let document = fs::read_to_string(&path).unwrap();
    let wanted = with_part(&document, BEGIN, &rendered(), END);
    let wanted = with_part(&wanted, BEGIN_LAYOUTS, &layouts(), END_LAYOUTS);
    if std::env::var_os("UPDATE_DOCS").is_some() {
        fs::write(&path, wanted).unwrap();
        return;
    }
    assert!(
        document == wanted,
        "docs/FORMATS.md does not match the formats; accept with `UPDATE_DOCS=1 cargo test format_table`"
    );
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_owned()
}

/// The row of a file of the corpus: the one that names it most exactly.
fn row_of(file: &str) -> &'static LayoutRow {
    let claims = ROWS.iter().flat_map(|row| {
        let mine = row
            .fixtures
            .iter()
            .filter(|claim| *claim == &file || claim.ends_with('/') && file.starts_with(*claim));
        mine.map(move |claim| (claim.len(), row))
    });
    let mut claims: Vec<_> = claims.collect();
    claims.sort_by_key(|(length, _)| *length);
    let (length, row) = claims
        .pop()
        .unwrap_or_else(|| panic!("no layout of docs/FORMATS.md has {file}; add one to rows.rs"));
    let is_only = claims.last().is_none_or(|(other, _)| *other < length);
    assert!(is_only, "two layouts have {file}");
    row
}

#[test]
fn every_file_of_the_corpus_has_its_layout_and_is_of_its_format() {
    let corpus = root().join("tests/fixtures/intake");
    let mut found = Vec::new();
    files(&corpus, &mut found);
    let mut claimed: Vec<&str> = Vec::new();
    for path in found {
        let name = path.strip_prefix(&corpus).unwrap().to_str().unwrap();
        if name.ends_with(".expected") || !name.contains('/') {
            continue;
        }
        let row = row_of(name);
        claimed.push(row.name);
        let mut trial = Trial::new();
        let base = path.file_name().unwrap().to_str().unwrap();
        trial.settings().include = vec![base.to_owned()];
        trial.write(base, fs::read(&path).unwrap());
        let (_, reading) = trial.read();
        let mut recognised = reading.recognised.iter().map(|file| file.format);
        let fits = |name: &str| match row.formats {
            [] => name == "a zip archive",
            formats => formats.iter().any(|format| format.name() == name),
        };
        // Of an archive that is damaged, nothing is recognised.
        let is_read = recognised.clone().next().is_some();
        assert!(!is_read || recognised.any(fits), "{name}: {}", row.name);
    }
    for row in ROWS {
        assert!(
            claimed.contains(&row.name),
            "{} has no file in the corpus",
            row.name
        );
        let is_there = |claim: &&str| corpus.join(claim).exists();
        assert!(row.fixtures.iter().all(is_there), "{}", row.name);
    }
}

/// The layout of what a list of JSON or YAML holds: a kind without a row does not compile.
const fn layout_of(entries: ArticleEntries) -> &'static str {
    match entries {
        ArticleEntries::Articles => "list of objects",
        ArticleEntries::Pairs => "pairs",
        ArticleEntries::Groups => "groups of lists",
        ArticleEntries::Answers => "object of answers",
        ArticleEntries::Keyed => "object of articles",
        ArticleEntries::Intents => "intents",
        ArticleEntries::SchemaQuestions => "JSON-LD",
        ArticleEntries::SideBySide | ArticleEntries::Columns => "columns",
        ArticleEntries::Numbered => "numbered texts",
    }
}

#[test]
fn every_format_and_every_kind_of_list_has_a_row() {
    for format in FileFormat::ALL {
        let has = |row: &LayoutRow| row.formats.contains(format);
        assert!(ROWS.iter().any(has), "{format:?}");
    }
    for kind in [
        ArticleEntries::Articles,
        ArticleEntries::Pairs,
        ArticleEntries::Groups,
        ArticleEntries::Answers,
        ArticleEntries::Keyed,
        ArticleEntries::Intents,
        ArticleEntries::SchemaQuestions,
        ArticleEntries::SideBySide,
        ArticleEntries::Columns,
        ArticleEntries::Numbered,
    ] {
        let name = layout_of(kind);
        assert!(ROWS.iter().any(|row| row.name == name), "{name}");
    }
}

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
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
    let mut found = Vec::new();
    files(&root().join("tests/fixtures/intake"), &mut found);
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
