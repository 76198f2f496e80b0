//! Refuses names of columns for a source of nothing but pages, which have none: they would silently do
//! nothing.

use crate::config::problem::Reported;
use crate::config::section::ConfigSection;
use crate::config::{Fields, Folder};
use crate::model::FileFormat;

/// Checks that `fields` say nothing that pages do not have.
pub(super) fn check(
    section: &ConfigSection<'_, '_>,
    folder: &Folder,
    fields: &Fields,
) -> Result<(), Reported> {
    if !is_of_pages(folder) {
        return Ok(());
    }
    let mut outcome = Ok(());
    for name in without_meaning(fields) {
        let message = format!("`{name}` in [bot.source.fields] has no meaning for pages");
        let hint = "the question of a page is its title or a heading, and its id is its path or the `id` in its front matter; take it out";
        outcome = Err(section.wrong("fields", message, hint));
    }
    outcome
}

/// The entries that are for tables and lists alone.
fn without_meaning(fields: &Fields) -> impl Iterator<Item = &'static str> {
    let given = [
        ("id", &fields.id),
        ("question", &fields.question),
        ("question_else", &fields.question_else),
        ("answer", &fields.answer),
        ("answer_else", &fields.answer_else),
    ];
    let given = given.into_iter().filter(|(_, names)| !names.is_empty());
    given.map(|(name, _)| name)
}

/// Whether surely every file of it is Markdown or HTML.
fn is_of_pages(folder: &Folder) -> bool {
    match folder.format {
        Some(format) => is_page(format),
        None => !folder.include.is_empty() && folder.include.iter().all(|glob| names_pages(glob)),
    }
}

const fn is_page(format: FileFormat) -> bool {
    matches!(format, FileFormat::Markdown | FileFormat::Html)
}

/// Whether a glob ends in the extension of pages, or in several of them.
fn names_pages(glob: &str) -> bool {
    let Some((start, extension)) = glob.rsplit_once('.') else {
        return false;
    };
    // Alternatives that begin further in front may end in anything.
    if start.contains(['{', '}']) {
        return false;
    }
    let extension = extension
        .strip_prefix('{')
        .and_then(|inner| inner.strip_suffix('}'))
        .unwrap_or(extension);
    let pages = FileFormat::ALL.iter().filter(|format| is_page(**format));
    let known: Vec<&str> = pages
        .flat_map(|format| {
            let (included, named) = format.extensions();
            included.iter().chain(named).copied()
        })
        .collect();
    extension.split(',').all(|one| known.contains(&one.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_glob_tells_whether_it_is_for_pages_alone() {
        for (glob, expected) in [
            ("**/*.md", true),
            ("help/*.{md,mdx,html}", true),
            ("faq.htm", true),
            ("**/*.{md,csv}", false),
            ("{*.csv,*.html}", false),
            ("**/*", false),
            ("**/*.[hm]*", false),
            ("**/*.csv", false),
        ] {
            assert_eq!(names_pages(glob), expected, "{glob}");
        }
    }
}
