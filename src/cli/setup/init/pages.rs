//! What a folder holds, for its configuration: where most of it are pages, they are asked for, and what
//! only describes the folder is left out.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use zip::ZipArchive;

use crate::config::Folder;
use crate::intake::SourceError;
use crate::intake::folder::{ending, listing, patterns_of};
use crate::intake::shows_questions;
use crate::model::FileFormat;

/// Files that describe what they lie beside.
const ABOUT: [&str; 6] = [
    "readme",
    "license",
    "changelog",
    "contributing",
    "code_of_conduct",
    "security",
];

/// What of a folder counts, where the default would not do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Patterns {
    pub(crate) include: Vec<String>,
    pub(crate) exclude: Vec<String>,
}

/// The patterns for what a folder holds; `None` where the default is right, or nothing can be seen.
pub(crate) fn patterns(folder: &Folder) -> Result<Option<Patterns>, SourceError> {
    let everything = Folder {
        include: vec!["**/*".to_owned()],
        ..folder.clone()
    };
    let scan = listing(&everything)?;
    let mut archives = 0;
    let (mut names, mut texts) = (Vec::new(), Vec::new());
    for file in &scan.files {
        if ending(&file.relative) == "zip" {
            archives += 1;
            if archives <= MOST_ARCHIVES && holds_nothing(&file.path) {
                continue;
            }
        }
        let name = file.relative.to_string();
        if ending(&name) == "txt" && texts.len() < MOST_TEXTS && asks(&name, &file.path) {
            texts.push(name.clone());
        }
        names.push(name);
    }
    Ok(of_files(&names, &texts))
}

/// So many texts are looked into, and so far.
const MOST_TEXTS: usize = 1000;
const HEAD: u64 = 16 << 10;

/// Whether a text is nothing but questions with their answers.
fn asks(name: &str, path: &Path) -> bool {
    let mut head = Vec::new();
    let opened = File::open(path);
    let read = opened.and_then(|file| file.take(HEAD).read_to_end(&mut head));
    read.is_ok() && shows_questions(name, &head)
}

/// So many archives are looked into.
const MOST_ARCHIVES: usize = 1000;

/// Whether this is an archive in which no file is one that is read, as what an article has to download.
fn holds_nothing(path: &Path) -> bool {
    let opened = File::open(path).ok();
    let archive = opened.and_then(|file| ZipArchive::new(file).ok());
    archive.is_some_and(|archive| {
        let mut names = archive.file_names();
        names.all(|name| name.is_ok_and(|name| FileFormat::from_file_name(&name).is_none()))
    })
}

/// What the names say, and those of texts with questions.
fn of_files(names: &[String], texts: &[String]) -> Option<Patterns> {
    let (about, rest): (Vec<&String>, Vec<&String>) = names.iter().partition(|name| is_about(name));
    let format = |name: &String| FileFormat::from_file_name(name);
    let counts = |name: &String| {
        let ending = ending(name);
        FileFormat::INCLUDED.contains(&&*ending) || matches!(&*ending, "gz" | "zip")
    };
    let is_page = |name: &String| {
        let is_read = ending(name) != "txt" || texts.contains(name);
        !counts(name) && format(name).is_some() && is_read
    };
    let is_table = |name: &String| {
        counts(name)
            && !matches!(
                format(name),
                Some(FileFormat::Json | FileFormat::Yaml | FileFormat::Xml)
            )
    };
    let pages: Vec<&&String> = rest.iter().filter(|name| is_page(name)).collect();
    let counted = rest.iter().filter(|name| counts(name)).count();
    // Beside tables, pages may be anything; among pages, a few files of JSON or YAML are their settings.
    if pages.len() <= counted || rest.iter().any(|name| is_table(name)) {
        return None;
    }
    let mut exclude: Vec<String> = about
        .iter()
        .filter(|name| is_page(name))
        .map(|name| format!("**/{}", name.rsplit('/').next().unwrap_or(name)))
        .collect();
    exclude.sort_unstable();
    exclude.dedup();
    Some(Patterns {
        include: include_of(&pages, &rest),
        exclude,
    })
}

/// The patterns of pages. Where some texts are none, those that are have their names in it.
fn include_of(pages: &[&&String], all: &[&String]) -> Vec<String> {
    let is_text = |name: &str| ending(name) == "txt";
    let texts = pages.iter().filter(|name| is_text(name)).count();
    let are_some = texts < all.iter().filter(|name| is_text(name)).count();
    let by_name = |name: &&&&String| are_some && is_text(name);
    let (named, others): (Vec<&&&String>, Vec<&&&String>) = pages.iter().partition(by_name);
    let mut include = patterns_of(others.iter().map(|name| ending(name)));
    include.extend(named.iter().map(|name| globset::escape(name)));
    include
}

fn is_about(name: &str) -> bool {
    let name = name.rsplit('/').next().unwrap_or(name).to_lowercase();
    let stem = name.split('.').next().unwrap_or(&name);
    ABOUT.contains(&stem)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_are_asked_for_where_a_folder_holds_them() {
        for (names, include, exclude) in [
            (&["a.md", "b/c.md"][..], &["**/*.md"][..], &[][..]),
            (
                &["a.MD", "b.mdx", "c.html", "img/d.png", "mkdocs.yml"],
                &["**/*.html", "**/*.md", "**/*.mdx"],
                &[],
            ),
            (
                &["faq.md", "README.md", "x/README.md", "LICENSE"],
                &["**/*.md"],
                &["**/README.md"],
            ),
            (&["messages_en.properties"], &["**/*.properties"], &[]),
        ] {
            let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
            let found = of_files(&names, &[]).unwrap();
            assert_eq!(found.include, include, "{names:?}");
            assert_eq!(found.exclude, exclude, "{names:?}");
        }
    }

    #[test]
    fn texts_with_questions_are_asked_for() {
        let names = |names: &[&str]| -> Vec<String> {
            names.iter().map(|name| (*name).to_owned()).collect()
        };
        for (all, texts, include) in [
            (&["faq.txt"][..], &["faq.txt"][..], &["**/*.txt"][..]),
            (&["faq.txt", "log.txt"], &["faq.txt"], &["faq.txt"]),
            (&["a.md", "faq.txt"], &["faq.txt"], &["**/*.md", "**/*.txt"]),
        ] {
            let found = of_files(&names(all), &names(texts)).unwrap();
            assert_eq!(found.include, include, "{all:?}");
        }
        assert_eq!(
            of_files(&names(&["a.csv", "faq.txt"]), &names(&["faq.txt"])),
            None
        );
    }

    #[test]
    fn the_default_stays_where_it_is_right() {
        for names in [
            &[][..],
            &["faq.csv"],
            &["faq.csv", "README.md"],
            &["faq.csv", "a.md", "b.md"],
            &["a.json", "a.md"],
            &["README.md"],
            &["notes.txt", "a.png"],
            &["export.zip", "a.html", "b.html"],
        ] {
            let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
            assert_eq!(of_files(&names, &[]), None, "{names:?}");
        }
    }
}
