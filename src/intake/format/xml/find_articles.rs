//! Finds the articles of an XML document: the elements at a path, or the one kind of element with
//! fields of its own below the root, or below the only element in it.

use super::document::{XmlElement, XmlPath};
use super::wordpress;
use crate::intake::budget::Budget;
use crate::intake::bytes::TextProblem;

/// Paths that a message names.
const NAMED: usize = 10;

/// What a document holds.
pub(crate) struct XmlSurvey<'a> {
    budget: &'a mut Budget,
    items: Option<&'a str>,
    is_found: bool,
    is_of_wordpress: bool,
    /// The elements that are open: whether they have fields.
    open: Vec<bool>,
    /// The first element of all, the first one in it, and so on; of each, what is in it.
    firsts: Vec<First>,
    /// How many of `firsts` are open.
    depth: usize,
    /// Paths of elements with fields.
    candidates: Vec<Vec<String>>,
}

/// An element before which nothing stands in those that it lies in.
#[derive(Default)]
struct First {
    name: String,
    children: u64,
    /// The names of those in it that have fields; when it has two, more make no difference.
    with_fields: Vec<String>,
}

impl<'a> XmlSurvey<'a> {
    pub(crate) fn new(items: Option<&'a str>, budget: &'a mut Budget) -> Self {
        Self {
            budget,
            items,
            is_found: false,
            is_of_wordpress: false,
            open: Vec::new(),
            firsts: Vec::new(),
            depth: 0,
            candidates: Vec::new(),
        }
    }

    /// Whether it is the export of a WordPress, whose articles say what they are.
    pub(crate) fn is_of_wordpress(&self) -> bool {
        self.is_of_wordpress && self.items.is_none()
    }

    /// The path of the articles, or why it is unclear; `None`: there are none.
    pub(crate) fn found(self) -> Result<Option<Vec<String>>, String> {
        if let Some(items) = self.items {
            return if self.is_found {
                Ok(Some(parts(items).map(str::to_owned).collect()))
            } else {
                let candidates = self.candidates_text();
                Err(format!(
                    "has no element at items = \"{items}\"; {candidates}"
                ))
            };
        }
        if self.is_of_wordpress {
            return Ok(Some(wordpress::ITEMS.map(str::to_owned).to_vec()));
        }
        let mut path = Vec::new();
        for (at, first) in self.firsts.iter().enumerate() {
            path.push(first.name.clone());
            let inner = self.firsts.get(at + 1);
            if first.children == 1 && inner.is_some_and(|inner| !inner.with_fields.is_empty()) {
                continue;
            }
            return match first.with_fields.as_slice() {
                [] if first.children == 0 => Ok(None),
                [name] => {
                    path.push(name.clone());
                    Ok(Some(path))
                }
                _ => break,
            };
        }
        let candidates = self.candidates_text();
        Err(format!(
            "does not show which of its elements are the articles; {candidates}"
        ))
    }

    /// An element below the root that has fields.
    fn candidate(&mut self, path: &[String]) {
        if path.len() > 1
            && self.candidates.len() < NAMED
            && !self.candidates.iter().any(|one| one == path)
        {
            self.candidates.push(path.to_vec());
        }
    }

    fn candidates_text(&self) -> String {
        if self.candidates.is_empty() {
            return "there is no element with fields in it".to_owned();
        }
        let line = |path: &Vec<String>| format!("items = \"/{}\"", path.join("/"));
        let mut candidates: Vec<&Vec<String>> = self.candidates.iter().collect();
        candidates.sort_by_key(|path| path.len());
        let lines: Vec<String> = candidates.into_iter().map(line).collect();
        format!("write one of these to the source: {}", lines.join(", "))
    }
}

fn parts(items: &str) -> impl Iterator<Item = &str> {
    items.split('/').skip(1)
}

impl XmlPath for XmlSurvey<'_> {
    fn budget(&mut self) -> &mut Budget {
        self.budget
    }

    fn begins(&mut self, path: &[String], has_attributes: bool) -> Result<bool, TextProblem> {
        if let Some(outer) = self.open.last_mut() {
            *outer = true;
        }
        let is_within_firsts = self.depth == self.open.len();
        self.open.push(has_attributes);
        if is_within_firsts {
            if let Some(outer) = self.depth.checked_sub(1) {
                self.firsts[outer].children += 1;
            }
            // The next one is the first of its kind only where none was before it.
            if self.depth == self.firsts.len() {
                self.firsts.push(First {
                    name: path.last().cloned().unwrap_or_default(),
                    ..First::default()
                });
                self.depth += 1;
            }
        }
        let (_, outer) = path
            .split_last()
            .unwrap_or_else(|| unreachable!("it has a name"));
        self.candidate(outer);
        if has_attributes {
            self.candidate(path);
        }
        let is_at = |items: &str| parts(items).eq(path.iter().map(String::as_str));
        self.is_found |= self.items.is_some_and(is_at);
        self.is_of_wordpress |= path == wordpress::MARK;
        Ok(false)
    }

    fn element(&mut self, _: &XmlElement) -> Result<(), TextProblem> {
        Ok(())
    }

    fn ends(&mut self, path: &[String]) -> Result<(), TextProblem> {
        let has_fields = self.open.pop().unwrap_or_default();
        let (Some(name), outer) = (path.last(), path.len() - 1) else {
            return Ok(());
        };
        if self.depth == path.len() {
            self.depth -= 1;
        }
        if !has_fields || outer == 0 {
            return Ok(());
        }
        if self.depth == outer {
            let names = &mut self.firsts[outer - 1].with_fields;
            if names.len() < 2 && !names.contains(name) {
                names.push(name.clone());
            }
        }
        Ok(())
    }
}
