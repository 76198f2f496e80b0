//! Holds the source to what lib.rs and docs/ARCHITECTURE.md say of it: which folder imports from which,
//! where SQL and the time may be asked for, what is pure, and how long a file may be.

#![expect(clippy::unwrap_used, reason = "this is a test")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use proc_macro2::{Delimiter, TokenStream, TokenTree};

const LIB: &str = include_str!("../src/lib.rs");
const ARCHITECTURE: &str = include_str!("../docs/ARCHITECTURE.md");

/// Folders whose files decide and compute, and neither read, ask nor wait.
const PURE: [&str; 6] = ["text", "model", "normalise", "plan", "lint", "coverage"];
/// What a pure file does not name.
const IO: [&str; 9] = [
    "fs", "net", "process", "tokio", "Client", "sqlx", "rustix", "stdin", "env",
];
const LONGEST_FILE: usize = 450;
const LARGEST_FOLDER: usize = 16;

/// A source file without its tests.
struct Source {
    /// Below `src`.
    path: PathBuf,
    /// As `crate::...` names it.
    module: Vec<String>,
    lines: usize,
    tokens: Vec<TokenTree>,
}

impl Source {
    fn folder(&self) -> &str {
        &self.module[0]
    }

    /// The paths that begin at the crate's root, without `crate`.
    fn imports(&self) -> BTreeSet<Vec<String>> {
        let mut found = BTreeSet::new();
        paths(&self.tokens, &self.module, &mut found);
        found
    }
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The folders in the order in which lib.rs declares them.
fn order() -> Vec<&'static str> {
    let declared = LIB.lines().filter_map(|line| line.strip_prefix("pub mod "));
    declared.map(|name| name.trim_end_matches(';')).collect()
}

fn sources() -> Vec<Source> {
    let mut found = Vec::new();
    collect(&root().join("src"), &mut found);
    assert!(found.len() > 300, "only {} files were found", found.len());
    found
}

fn collect(folder: &Path, found: &mut Vec<Source>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if is_test(&path) {
            continue;
        }
        if path.is_dir() {
            collect(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.extend(source(&path));
        }
    }
}

fn is_test(path: &Path) -> bool {
    let name = path.file_stem().unwrap_or_default().to_string_lossy();
    name == "tests" || name == "fixtures"
}

fn source(path: &Path) -> Option<Source> {
    let relative = path.strip_prefix(root().join("src")).unwrap();
    let mut module: Vec<String> = relative
        .with_extension("")
        .iter()
        .map(|part| part.to_string_lossy().into_owned())
        .collect();
    if module.last().is_some_and(|last| last == "mod") {
        module.pop();
    }
    if ["lib", "main"].contains(&module[0].as_str()) {
        return None;
    }
    let text = fs::read_to_string(path).unwrap();
    let tokens: TokenStream = text.parse().unwrap();
    Some(Source {
        path: relative.to_owned(),
        module,
        lines: text.lines().count(),
        tokens: without_tests(tokens),
    })
}

/// Leaves out every `#[cfg(test)]` with the item that follows it.
fn without_tests(tokens: TokenStream) -> Vec<TokenTree> {
    let mut kept = Vec::new();
    let mut tokens = tokens.into_iter().peekable();
    while let Some(token) = tokens.next() {
        let is_attribute = matches!(&token, TokenTree::Punct(punct) if punct.as_char() == '#');
        if is_attribute
            && let Some(TokenTree::Group(group)) = tokens.peek()
            && group.to_string().replace(' ', "") == "[cfg(test)]"
        {
            tokens.next();
            for token in tokens.by_ref() {
                let ends = match &token {
                    TokenTree::Group(group) => group.delimiter() == Delimiter::Brace,
                    TokenTree::Punct(punct) => punct.as_char() == ';',
                    _ => false,
                };
                if ends {
                    break;
                }
            }
            continue;
        }
        kept.push(token);
    }
    kept
}

/// Collects what begins with `crate::` or leads out of the module by `super::`.
fn paths(tokens: &[TokenTree], module: &[String], found: &mut BTreeSet<Vec<String>>) {
    let mut at = 0;
    while at < tokens.len() {
        match &tokens[at] {
            TokenTree::Group(group) => {
                let inner: Vec<_> = group.stream().into_iter().collect();
                paths(&inner, module, found);
            }
            TokenTree::Ident(ident) if *ident == "crate" || *ident == "super" => {
                let mut base = if *ident == "crate" {
                    Vec::new()
                } else {
                    parent(module)
                };
                at = follow(tokens, at + 1, &mut base, found);
                continue;
            }
            _ => {}
        }
        at += 1;
    }
}

fn parent(module: &[String]) -> Vec<String> {
    module[..module.len().saturating_sub(1)].to_vec()
}

/// Follows one path, with all its branches where it is a tree of imports.
fn follow(
    tokens: &[TokenTree],
    mut at: usize,
    base: &mut Vec<String>,
    found: &mut BTreeSet<Vec<String>>,
) -> usize {
    while is_colons(tokens, at) {
        match tokens.get(at + 2) {
            Some(TokenTree::Ident(ident)) if *ident == "super" => *base = parent(base),
            Some(TokenTree::Ident(ident)) => base.push(ident.to_string()),
            Some(TokenTree::Group(group)) => {
                let inner: Vec<_> = group.stream().into_iter().collect();
                for branch in inner.split(
                    |token| matches!(token, TokenTree::Punct(punct) if punct.as_char() == ','),
                ) {
                    if let Some(TokenTree::Ident(first)) = branch.first() {
                        let mut path = base.clone();
                        path.push(first.to_string());
                        follow(branch, 1, &mut path, found);
                    }
                }
                return at + 3;
            }
            _ => break,
        }
        at += 3;
    }
    if !base.is_empty() {
        found.insert(base.clone());
    }
    at
}

fn is_colons(tokens: &[TokenTree], at: usize) -> bool {
    let colon = |at: usize| matches!(tokens.get(at), Some(TokenTree::Punct(punct)) if punct.as_char() == ':');
    colon(at) && colon(at + 1)
}

/// Every identifier and literal of a file, in groups too.
fn words(tokens: &[TokenTree], found: &mut Vec<String>) {
    for token in tokens {
        match token {
            TokenTree::Group(group) => {
                let inner: Vec<_> = group.stream().into_iter().collect();
                words(&inner, found);
            }
            TokenTree::Punct(punct) if punct.as_char() == ':' => {}
            other => found.push(other.to_string()),
        }
    }
}

fn none(what: &str, violations: &[String]) {
    assert!(violations.is_empty(), "{what}:\n{}", violations.join("\n"));
}

#[test]
fn a_folder_imports_only_from_those_above_it() {
    let order = order();
    let place = |name: &str| order.iter().position(|folder| *folder == name);
    let mut upward = Vec::new();
    for source in sources() {
        let own =
            place(source.folder()).unwrap_or_else(|| panic!("lib.rs lacks {}", source.folder()));
        for import in source.imports() {
            if place(&import[0]).is_some_and(|of| of > own) {
                upward.push(format!(
                    "{} imports {}",
                    source.path.display(),
                    import.join("::")
                ));
            }
        }
    }
    none(
        "imports that lead to a folder further down in lib.rs",
        &upward,
    );
}

#[test]
fn no_folder_is_in_a_circle_with_one_beside_it() {
    let mut edges: BTreeMap<Vec<String>, BTreeMap<String, BTreeSet<String>>> = BTreeMap::new();
    let sources = sources();
    let folders: BTreeSet<Vec<String>> = sources
        .iter()
        .flat_map(|source| (1..source.module.len()).map(|end| source.module[..end].to_vec()))
        .collect();
    for source in &sources {
        for import in source.imports() {
            let shared = source
                .module
                .iter()
                .zip(&import)
                .take_while(|(a, b)| a == b)
                .count();
            let (Some(from), Some(to)) = (source.module.get(shared), import.get(shared)) else {
                continue;
            };
            let folder = source.module[..shared].to_vec();
            let is_folder = |name: &String| {
                let mut path = folder.clone();
                path.push(name.clone());
                folders.contains(&path)
            };
            if is_folder(from) && is_folder(to) {
                edges
                    .entry(folder)
                    .or_default()
                    .entry(from.clone())
                    .or_default()
                    .insert(to.clone());
            }
        }
    }
    let mut circles = Vec::new();
    for (folder, edges) in &edges {
        for from in edges.keys() {
            if reaches(edges, from, from, &mut BTreeSet::new()) {
                circles.push(format!(
                    "{}::{from} reaches itself by {:?}",
                    folder.join("::"),
                    edges[from]
                ));
            }
        }
    }
    none("folders in a circle", &circles);
}

fn reaches(
    edges: &BTreeMap<String, BTreeSet<String>>,
    from: &str,
    goal: &str,
    seen: &mut BTreeSet<String>,
) -> bool {
    edges.get(from).is_some_and(|next| {
        next.iter()
            .any(|to| to == goal || (seen.insert(to.clone()) && reaches(edges, to, goal, seen)))
    })
}

#[test]
fn sql_stands_in_the_store_alone() {
    let mut elsewhere = Vec::new();
    for source in sources().iter().filter(|source| source.folder() != "store") {
        let mut found = Vec::new();
        words(&source.tokens, &mut found);
        let is_sql = |word: &String| {
            let text = word.trim_start_matches(['r', '#', '"']);
            ["SELECT ", "INSERT ", "UPDATE ", "DELETE FROM ", "PRAGMA "]
                .iter()
                .any(|verb| word.contains('"') && text.starts_with(verb))
        };
        elsewhere.extend(
            found
                .iter()
                .filter(|word| *word == "sqlx" || is_sql(word))
                .map(|word| format!("{}: {word}", source.path.display())),
        );
    }
    none("SQL outside src/store", &elsewhere);
}

#[test]
fn the_time_is_asked_in_one_place() {
    let mut elsewhere = Vec::new();
    for source in sources().iter().filter(|source| source.folder() != "clock") {
        let mut found = Vec::new();
        words(&source.tokens, &mut found);
        elsewhere.extend(
            found
                .windows(2)
                .filter(|pair| {
                    ["Instant", "SystemTime", "Timestamp", "Zoned"].contains(&pair[0].as_str())
                        && pair[1] == "now"
                })
                .map(|pair| format!("{}: {}::now", source.path.display(), pair[0])),
        );
    }
    none("the time is asked outside src/clock.rs", &elsewhere);
}

#[test]
fn pure_folders_read_ask_and_wait_for_nothing() {
    let mut impure = Vec::new();
    for source in sources()
        .iter()
        .filter(|source| PURE.contains(&source.folder()))
    {
        let mut found = Vec::new();
        words(&source.tokens, &mut found);
        impure.extend(
            found
                .iter()
                .filter(|word| IO.contains(&word.as_str()))
                .map(|word| format!("{}: {word}", source.path.display())),
        );
    }
    none("pure folders that do something", &impure);
}

#[test]
fn files_and_folders_stay_small() {
    let mut large = Vec::new();
    let mut folders: BTreeMap<PathBuf, usize> = BTreeMap::new();
    for source in sources() {
        if source.lines > LONGEST_FILE {
            large.push(format!("{}: {} lines", source.path.display(), source.lines));
        }
        *folders
            .entry(source.path.parent().unwrap().to_owned())
            .or_default() += 1;
    }
    large.extend(
        folders
            .iter()
            .filter(|(folder, files)| **files > LARGEST_FOLDER && folder.components().count() > 0)
            .map(|(folder, files)| format!("{}: {files} files", folder.display())),
    );
    none("more than one idea in a place", &large);
}

#[test]
fn the_documents_list_the_folders_in_their_order() {
    let tour: Vec<&str> = LIB
        .lines()
        .filter_map(|line| line.strip_prefix("//! - [`")?.split_once("`]"))
        .map(|(name, _)| name)
        .collect();
    assert_eq!(tour, order(), "the tour of lib.rs");
    let listed: Vec<&str> = ARCHITECTURE
        .lines()
        .filter_map(|line| line.strip_prefix("| `src/")?.split_once('`'))
        .map(|(name, _)| name.trim_end_matches('/').trim_end_matches(".rs"))
        .collect();
    assert_eq!(listed, order(), "the folders of docs/ARCHITECTURE.md");
}
