//! Realistic bodies of several knowledge bases, each with the bubbles expected from it.

use std::path::{Path, PathBuf};

use super::*;
use crate::normalise::bubbles;

fn body(path: &Path) -> Option<Body> {
    match path.extension()?.to_str()? {
        "html" => Some(Body::Html),
        "md" => Some(Body::Markdown),
        "wiki" => Some(Body::Wikitext),
        _ => None,
    }
}

fn compare(path: &Path, body: Body) -> Result<(), String> {
    let written = std::fs::read_to_string(path).unwrap();
    let blocks = super::blocks(&written, body, &Rich::default())
        .unwrap()
        .unwrap();
    let bubbles = bubbles::of_blocks(&blocks, 300).into_iter();
    let texts: Vec<String> = bubbles.map(|bubble| bubble.text).collect();
    let found = texts.join("\n<m>\n") + "\n";
    let golden = path.with_extension("txt");
    if std::env::var_os("UPDATE_FIXTURES").is_some() {
        std::fs::write(&golden, &found).unwrap();
    }
    let expected = std::fs::read_to_string(&golden).unwrap_or_default();
    if found == expected {
        return Ok(());
    }
    Err(format!(
        "{} gives other bubbles than {}:\n{found}",
        path.display(),
        golden.display()
    ))
}

#[test]
fn bodies_become_the_expected_bubbles() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/bodies");
    let files = std::fs::read_dir(folder).unwrap();
    let mut paths: Vec<PathBuf> = files.map(|file| file.unwrap().path()).collect();
    paths.sort();
    let bodies = paths.iter().filter_map(|path| Some((path, body(path)?)));
    let results: Vec<_> = bodies.map(|(path, body)| compare(path, body)).collect();
    assert!(results.len() >= 7, "the corpus is not complete");
    let wrong: Vec<String> = results.into_iter().filter_map(Result::err).collect();
    assert!(
        wrong.is_empty(),
        "{}\naccept with `UPDATE_FIXTURES=1 cargo test --lib normalise`",
        wrong.join("\n")
    );
}
