//! The pages in an archive that tables and metadata name in place of an answer, as exports of
//! Salesforce (`data/*.html`) and Document360 do.

use std::cell::{Cell, RefCell};
use std::collections::{HashMap, HashSet};

use super::entries::{ArchiveEntry, safe};
use super::has_extension;
use crate::intake::budget::Budget;
use crate::intake::bytes::{Text, TextProblem, too_long};
use crate::model::{Article, Body};

const HTML: [&str; 3] = ["html", "htm", "xhtml"];
const MARKDOWN: [&str; 2] = ["md", "markdown"];
/// The same page may be the answer of several articles, in several categories or languages; but all
/// articles together are not to be many times the archive.
const MOST_COPIES: u64 = 8;
const HARMLESS: u64 = 16 << 20;
/// Longer than this it is no path.
const MAX_PATH: usize = 500;

/// Whether a file is a page, and not a table or a list of articles.
pub(crate) fn is_page(name: &str) -> bool {
    has_extension(name, &HTML) || has_extension(name, &MARKDOWN)
}

/// The pages of one archive.
pub(crate) struct Pages<'e> {
    by_name: HashMap<&'e str, &'e ArchiveEntry>,
    used: RefCell<HashSet<String>>,
    /// Why pages could not be opened although nothing is wrong with them.
    trouble: RefCell<Option<TextProblem>>,
    max_bytes: usize,
    /// How many bytes of pages articles may still take over.
    copies: Cell<u64>,
}

impl<'e> Pages<'e> {
    pub(crate) fn new(entries: &'e [ArchiveEntry], max_bytes: usize) -> Self {
        let pages = entries.iter().filter(|entry| is_page(&entry.name));
        let size: u64 = entries.iter().map(|entry| entry.size).sum();
        Self {
            copies: Cell::new(size.saturating_mul(MOST_COPIES).max(HARMLESS)),
            by_name: pages.map(|entry| (entry.name.as_str(), entry)).collect(),
            used: RefCell::default(),
            trouble: RefCell::default(),
            max_bytes,
        }
    }

    /// What no article is to blame for.
    pub(crate) fn trouble(&self) -> Option<TextProblem> {
        self.trouble.take()
    }

    /// Whether a page has become an answer, and so is no article of its own.
    pub(crate) fn was_used(&self, name: &str) -> bool {
        self.used.borrow().contains(name)
    }

    /// Puts pages where the answers name them; `file` is the file that the article stands in.
    pub(crate) fn put_into(
        &self,
        article: &mut Article,
        file: &str,
        budget: &mut Budget,
    ) -> Result<(), String> {
        for answer in &mut article.answers {
            let Some(path) = as_path(answer) else {
                continue;
            };
            let folder = file.rsplit_once('/').map_or("", |(folder, _)| folder);
            let beside = format!("{folder}/{path}");
            let beside = safe(beside.trim_start_matches('/')).unwrap_or_default();
            let found = self.by_name.get(beside.as_str());
            let Some(page) = found.or_else(|| self.by_name.get(path.as_str())) else {
                return Err(format!(
                    "has `{path}` as its answer, which is not in the archive; export it again with its pages"
                ));
            };
            *answer = self.text(page, budget)?;
            self.used.borrow_mut().insert(page.name.clone());
            let body = if has_extension(&page.name, &HTML) {
                Body::Html
            } else {
                Body::Markdown
            };
            article.body = Some(body.into());
        }
        Ok(())
    }

    fn text(&self, page: &ArchiveEntry, budget: &mut Budget) -> Result<String, String> {
        if page.size > self.max_bytes as u64 {
            return Err(too_long(self.max_bytes));
        }
        let left = self.copies.get().checked_sub(page.size);
        self.copies.set(left.ok_or_else(|| {
            format!(
                "names the page {}, and pages of the archive are named so often that its articles would be many times its size; name each page once",
                page.name
            )
        })?);
        let held = budget.left();
        let text = Text::open(&page.content, None).and_then(|text| text.whole(budget));
        budget.trim_memory(held - budget.left());
        text.map_err(|problem| {
            let reason = format!("has a page, {}, that {}", page.name, problem.reason);
            if problem.is_of_the_machine {
                self.trouble.replace(Some(problem));
            }
            reason
        })
    }
}

/// The path that an answer is, if it is nothing but one: `data/a page.html`.
fn as_path(answer: &str) -> Option<String> {
    let answer = answer.trim();
    let is_path = answer.len() <= MAX_PATH
        && is_page(answer)
        && answer.contains(['/', '\\'])
        && !answer.contains("://")
        && !answer.contains(['\n', '<', '>', '?', '|']);
    is_path.then(|| safe(answer).unwrap_or_else(|_| answer.to_owned()))
}
