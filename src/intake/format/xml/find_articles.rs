//! Finds the articles of an XML document: the elements at a path, or the one kind of element with
//! fields of its own below the root, or below the only element in it; or else, where those are groups, the
//! elements that have a question and an answer.

use std::collections::HashMap;

use super::document::{XmlElement, XmlPath};
use super::markup::is_mark;
use super::wordpress;
use crate::intake::budget::Budget;
use crate::intake::bytes::TextProblem;
use crate::intake::table::{ANSWERS, QUESTIONS, RoleNames};

/// Paths that a message names.
const NAMED: usize = 10;
/// So many names are remembered; others are looked up each time.
const MOST_NAMES: usize = 200;

/// What a document holds.
pub(crate) struct XmlSurvey<'a> {
    budget: &'a mut Budget,
    items: Option<&'a str>,
    is_found: bool,
    is_of_wordpress: bool,
    /// Whether content is written as elements.
    is_marked: bool,
    names: KnownNames,
    /// The elements that are open.
    open: Vec<OpenElement>,
    /// The first element of all, the first one in it, and so on; of each, what is in it.
    firsts: Vec<First>,
    /// How many of `firsts` are open.
    depth: usize,
    /// Paths of elements with fields.
    candidates: Vec<Vec<String>>,
    /// Paths of elements with a question and an answer by their names, and of those that say so for certain; when
    /// there are more than a few, it is unclear.
    pairs: Vec<Vec<String>>,
    sure_pairs: Vec<Vec<String>>,
}

/// What is known of an element that is open.
#[derive(Clone, Copy, Debug, Default)]
struct OpenElement {
    has_fields: bool,
    asks: FieldName,
    answers: FieldName,
}

/// What a field of an element is called, for one role.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
enum FieldName {
    #[default]
    None,
    /// As the role may be called.
    Usual,
    /// As the role itself is called.
    Certain,
}

impl FieldName {
    fn of(name: &str, role: &RoleNames) -> Self {
        if role.is_certain_field(name) {
            Self::Certain
        } else if role.is_usual(name) {
            Self::Usual
        } else {
            Self::None
        }
    }
}

impl OpenElement {
    /// Takes an element in it into account.
    fn see(&mut self, [asks, answers]: [FieldName; 2]) {
        self.has_fields = true;
        self.asks = self.asks.max(asks);
        self.answers = self.answers.max(answers);
    }
}

/// What names say of a question and of an answer. A document has few names, and each of them many times.
#[derive(Default)]
struct KnownNames(HashMap<String, [FieldName; 2]>);

impl KnownNames {
    fn of(&mut self, name: &str) -> [FieldName; 2] {
        if let Some(known) = self.0.get(name) {
            return *known;
        }
        let fields = [&QUESTIONS, &ANSWERS].map(|role| FieldName::of(name, role));
        if self.0.len() < MOST_NAMES {
            self.0.insert(name.to_owned(), fields);
        }
        fields
    }
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
            is_marked: false,
            names: KnownNames::default(),
            open: Vec::new(),
            firsts: Vec::new(),
            depth: 0,
            candidates: Vec::new(),
            pairs: Vec::new(),
            sure_pairs: Vec::new(),
        }
    }

    /// Whether content is written as elements, such as `<p>`.
    pub(crate) fn is_marked(&self) -> bool {
        self.is_marked
    }

    /// Whether it is the export of a WordPress, whose articles say what they are.
    pub(crate) fn is_of_wordpress(&self) -> bool {
        self.is_of_wordpress && self.items.is_none()
    }

    /// The paths of the articles, or why they are unclear; `None`: there are none.
    pub(crate) fn found(self) -> Result<Option<Vec<Vec<String>>>, String> {
        if let Some(items) = self.items {
            return if self.is_found {
                Ok(Some(vec![parts(items).map(str::to_owned).collect()]))
            } else {
                let candidates = self.candidates_text();
                Err(format!(
                    "has no element at items = \"{items}\"; {candidates}"
                ))
            };
        }
        if self.is_of_wordpress {
            return Ok(Some(vec![wordpress::ITEMS.map(str::to_owned).to_vec()]));
        }
        let repeated = self.repeated();
        if let Some(path) = repeated.as_ref().filter(|path| self.pairs.contains(path)) {
            return Ok(Some(vec![path.clone()]));
        }
        if let Some(paths) = self.pairs_of_one_name() {
            return Ok(Some(paths));
        }
        match repeated {
            Some(path) if path.is_empty() => Ok(None),
            Some(path) => Ok(Some(vec![path])),
            None => Err(format!(
                "does not show which of its elements are the articles; {}",
                self.candidates_text()
            )),
        }
    }

    /// The path of the one kind of element that repeats; it is empty where there is no element at all.
    fn repeated(&self) -> Option<Vec<String>> {
        let mut path = Vec::new();
        for (at, first) in self.firsts.iter().enumerate() {
            path.push(first.name.clone());
            let inner = self.firsts.get(at + 1);
            if first.children == 1 && inner.is_some_and(|inner| !inner.with_fields.is_empty()) {
                continue;
            }
            return match first.with_fields.as_slice() {
                [] if first.children == 0 => Some(Vec::new()),
                [name] => {
                    path.push(name.clone());
                    Some(path)
                }
                _ => None,
            };
        }
        None
    }

    /// The elements that surely are questions with their answers, in whatever groups, if all have one name.
    fn pairs_of_one_name(&self) -> Option<Vec<Vec<String>>> {
        let name = self.sure_pairs.first()?.last();
        let is_one = self.sure_pairs.iter().all(|path| path.last() == name);
        (is_one && self.sure_pairs.len() < NAMED).then(|| self.sure_pairs.clone())
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

/// Keeps a path, once, as long as there are only a few.
fn add_path(paths: &mut Vec<Vec<String>>, path: &[String]) {
    if paths.len() < NAMED && !paths.iter().any(|known| known == path) {
        paths.push(path.to_vec());
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
        let name = path.last().map_or("", String::as_str);
        self.is_marked |= is_mark(name);
        if let Some(outer) = self.open.last_mut() {
            outer.see(self.names.of(name));
        }
        let is_within_firsts = self.depth == self.open.len();
        self.open.push(OpenElement {
            has_fields: has_attributes,
            ..OpenElement::default()
        });
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
        let closed = self.open.pop().unwrap_or_default();
        if closed.asks.min(closed.answers) > FieldName::None {
            add_path(&mut self.pairs, path);
            if closed.asks.max(closed.answers) == FieldName::Certain {
                add_path(&mut self.sure_pairs, path);
            }
        }
        let (Some(name), outer) = (path.last(), path.len() - 1) else {
            return Ok(());
        };
        if self.depth == path.len() {
            self.depth -= 1;
        }
        if !closed.has_fields || outer == 0 {
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
