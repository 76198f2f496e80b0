//! The files of a folder that are not read because of their extension, and the line of the configuration
//! that takes in those that could be read.

use std::collections::BTreeMap;

use crate::config::Folder;
use crate::model::FileFormat;
use crate::text::{count, first};

/// Endings that are told apart. A folder with more of them is no export.
const MOST: usize = 100;
/// Endings in a message.
const SHOWN: usize = 5;
/// What people write articles in and this cannot read.
const UNREADABLE: [&str; 9] = [
    "adoc", "asciidoc", "doc", "docx", "epub", "odt", "pdf", "rst", "rtf",
];

/// What becomes of text, which may be anything.
const TEXTS: &str = "counts with include = [\"**/*.txt\"] if it is a table, or questions with their answers (`Q:` and `A:`, or questions that end with a question mark); write other text as Markdown, with each question as a heading";

/// How many files there are of each ending.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LeftAside {
    files: usize,
    example: Option<String>,
    /// In lower case; empty where a name has no ending.
    endings: BTreeMap<String, usize>,
}

impl LeftAside {
    /// Takes in a file, by its path.
    pub(crate) fn see(&mut self, relative: &str) {
        self.files += 1;
        if self.example.is_none() {
            self.example = Some(relative.to_owned());
        }
        let ending = ending(relative);
        if self.endings.len() < MOST || self.endings.contains_key(&ending) {
            *self.endings.entry(ending).or_default() += 1;
        }
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.files == 0
    }

    /// The endings of those that could be read, with their number. Text without a telling name may be
    /// anything, and is not among them.
    pub fn readable(&self) -> impl Iterator<Item = (&str, usize)> {
        let known = |ending: &str| ending != "txt" && FileFormat::from_extension(ending).is_some();
        let endings = self.endings.iter();
        endings
            .map(|(ending, files)| (ending.as_str(), *files))
            .filter(move |(ending, _)| known(ending))
    }

    /// What is there, in words.
    pub fn in_words(&self) -> String {
        let Some(example) = &self.example else {
            return "there are no other files".to_owned();
        };
        if self.files == 1 {
            let how = match ending(example).as_str() {
                "txt" => format!(", which {TEXTS}"),
                ending if UNREADABLE.contains(&ending) => {
                    ", which cannot be read; export it as HTML or Markdown".to_owned()
                }
                _ => String::new(),
            };
            return format!("the only other file is {example}{how}");
        }
        let mut all: Vec<(&String, &usize)> = self.endings.iter().collect();
        all.sort_by_key(|(ending, files)| (std::cmp::Reverse(**files), *ending));
        let named = all.iter().map(|(ending, files)| match ending.as_str() {
            "" => format!("{files} without an ending"),
            ending if UNREADABLE.contains(&ending) => {
                format!("{files} .{ending}, which cannot be read; export them as HTML or Markdown")
            }
            "txt" => format!("{files} .txt, which {TEXTS}"),
            ending => format!("{files} .{ending}"),
        });
        let named = first(named, all.len(), SHOWN);
        let files = count(self.files as u64, "other file", "other files");
        format!("there are {files}, such as {example} ({named})")
    }

    /// The line that takes in those that could be read, beside the files that count already.
    pub fn line(&self, folder: &Folder, counted: &[&str]) -> Option<String> {
        let mut patterns = if counted.is_empty() {
            Vec::new()
        } else if folder.include == default_include() {
            patterns_of(counted.iter().map(|path| ending(path)))
        } else {
            folder.include.clone()
        };
        let readable = self.readable().map(|(ending, _)| ending.to_owned());
        let more = patterns_of(readable);
        if more.is_empty() {
            return None;
        }
        patterns.extend(more);
        Some(include_line(&patterns))
    }
}

/// The patterns for files of these endings, each once.
pub fn patterns_of(endings: impl Iterator<Item = String>) -> Vec<String> {
    let mut endings: Vec<String> = endings.filter(|ending| !ending.is_empty()).collect();
    endings.sort_unstable();
    endings.dedup();
    let pattern = |ending: &String| format!("**/*.{ending}");
    endings.iter().map(pattern).collect()
}

/// These patterns as the configuration has them.
pub fn include_line(patterns: &[String]) -> String {
    format!("include = {patterns:?}")
}

/// What a file's name ends in, in lower case.
pub fn ending(path: &str) -> String {
    let name = path.rsplit('/').next().unwrap_or(path);
    let ending = name.rsplit_once('.').filter(|(stem, _)| !stem.is_empty());
    ending.map_or_else(String::new, |(_, ending)| ending.to_lowercase())
}

fn default_include() -> Vec<String> {
    let endings = FileFormat::INCLUDED.iter().chain(&["gz", "zip"]);
    endings.map(|ending| format!("**/*.{ending}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(paths: &[&str]) -> LeftAside {
        let mut left = LeftAside::default();
        for path in paths {
            left.see(path);
        }
        left
    }

    #[test]
    fn what_is_left_aside_is_told_by_its_endings() {
        for (paths, words) in [
            (&[][..], "there are no other files"),
            (&["a/b.md"], "the only other file is a/b.md"),
            (
                &["a/b.rst"],
                "the only other file is a/b.rst, which cannot be read; export it as HTML or Markdown",
            ),
            (
                &["a/b.txt"],
                "the only other file is a/b.txt, which counts with include = [\"**/*.txt\"] if it is a table, or questions with their answers (`Q:` and `A:`, or questions that end with a question mark); write other text as Markdown, with each question as a heading",
            ),
            (
                &["b.MD", "a.md", "LICENSE"],
                "there are 3 other files, such as b.MD (2 .md, 1 without an ending)",
            ),
            (
                &["a.rst", "b.rst"],
                "there are 2 other files, such as a.rst (2 .rst, which cannot be read; export them as HTML or Markdown)",
            ),
        ] {
            assert_eq!(of(paths).in_words(), words);
        }
    }

    #[test]
    fn only_what_can_be_read_is_asked_for() {
        let left = of(&["b.md", "a.MDX", "c.png", "d.txt", "e.docx", "f"]);
        let found: Vec<(&str, usize)> = left.readable().collect();
        assert_eq!(found, [("md", 1), ("mdx", 1)]);
        assert_eq!(
            include_line(&patterns_of(
                found.iter().map(|(ending, _)| (*ending).to_owned())
            )),
            r#"include = ["**/*.md", "**/*.mdx"]"#
        );
    }

    #[test]
    fn the_default_is_that_of_the_configuration() {
        let written = format!("{:?}", default_include());
        assert_eq!(written, FileFormat::DEFAULT_INCLUDE);
    }
}
