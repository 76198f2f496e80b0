//! Holds the other documents to the truth.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

const MANIFEST: &str = include_str!("../Cargo.toml");
const DEPENDENCIES: &str = include_str!("../docs/DEPENDENCIES.md");

#[test]
fn every_dependency_has_its_line_and_no_other_has() {
    let manifest: toml::Table = toml::from_str(MANIFEST).unwrap();
    for (table, heading) in [
        ("dependencies", "## In the program"),
        ("dev-dependencies", "## In tests only"),
    ] {
        let known: BTreeSet<_> = manifest[table].as_table().unwrap().keys().collect();
        let (_, section) = DEPENDENCIES.split_once(heading).unwrap();
        let section = section.split("\n## ").next().unwrap();
        let listed: BTreeSet<String> = section
            .lines()
            .filter_map(|line| line.strip_prefix("| `"))
            .filter_map(|line| line.split('`').next())
            .map(str::to_owned)
            .collect();
        assert!(!known.is_empty());
        assert_eq!(
            listed.iter().collect::<BTreeSet<_>>(),
            known,
            "docs/DEPENDENCIES.md, \"{heading}\", against [{table}] of Cargo.toml"
        );
    }
}

/// The documents, by their paths below `docs`.
fn documents() -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs");
    let files = walkdir::WalkDir::new(&folder).sort_by_file_name();
    let files = files
        .into_iter()
        .map(|entry| entry.expect("docs can be listed").into_path());
    let pages = files.filter(|path| path.extension().is_some_and(|end| end == "md"));
    pages
        .map(|path| {
            let name = path.strip_prefix(&folder).expect("it is below docs");
            (
                name.to_string_lossy().into_owned(),
                fs::read_to_string(&path).expect("a document can be read"),
            )
        })
        .collect()
}

/// Where a link of this page leads, as a path below `docs`.
fn target(page: &str, file: &str) -> String {
    let mut parts: Vec<&str> = page.split('/').collect();
    parts.pop();
    for part in file.split('/') {
        if part == ".." && parts.last().is_some_and(|last| *last != "..") {
            parts.pop();
        } else {
            parts.push(part);
        }
    }
    parts.join("/")
}

/// Where the links of a page lead, of those that stay in the repository.
fn links(page: &str) -> Vec<&str> {
    let ends = page.split("](").skip(1);
    let links = ends.filter_map(|rest| rest.split_once(')').map(|(link, _)| link));
    links
        .filter(|link| {
            !link.contains("://")
                && !link.contains(' ')
                && (link.contains(".md") || link.contains('/'))
        })
        .collect()
}

/// The names by which a page's headings are linked to, as web pages of Markdown make them.
fn anchors(page: &str) -> Vec<String> {
    let headings = page.lines().filter_map(|line| {
        let words = line.trim_start_matches('#');
        (words.len() < line.len()).then(|| words.trim())
    });
    headings
        .map(|words| {
            let words = words.to_lowercase().replace(' ', "-");
            words
                .chars()
                .filter(|c| c.is_alphanumeric() || matches!(c, '-' | '_'))
                .collect()
        })
        .collect()
}

#[test]
fn the_book_has_every_page_and_every_link_leads_somewhere() {
    let documents = documents();
    let summary = &documents
        .iter()
        .find(|(name, _)| name == "SUMMARY.md")
        .unwrap()
        .1;
    let mut wrong = Vec::new();
    for (name, page) in &documents {
        if name != "SUMMARY.md" && !summary.contains(&format!("]({name})")) {
            wrong.push(format!("{name} is not in SUMMARY.md"));
        }
        for link in links(page) {
            let (file, anchor) = link.split_once('#').unwrap_or((link, ""));
            let file = target(name, file);
            let path = Path::new(env!("CARGO_MANIFEST_DIR"))
                .join("docs")
                .join(&file);
            if !path.exists() {
                wrong.push(format!("{name} leads to {link}"));
            } else if let Some((_, there)) = documents.iter().find(|(other, _)| *other == file)
                && !anchor.is_empty()
                && !anchors(there).iter().any(|one| one == anchor)
            {
                wrong.push(format!("{name} leads to {link}, which has no such heading"));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
