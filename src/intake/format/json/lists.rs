//! What is known of the lists of a JSON document, and of objects with texts, while it is gone through. Pure.

use super::layouts::IdsOfEntries;

/// One in so many entries may be something else.
pub(crate) const STRAYS: usize = 4;

/// What the entries of the lists are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ArticleEntries {
    Articles,
    /// `["question", "answer"]`
    Pairs,
    /// Objects with a list of articles in each.
    Groups,
    /// Answers under their questions, in an object.
    Answers,
}

/// A list, and what is known of its entries.
#[derive(Debug)]
pub(crate) struct ArticleList {
    pub(crate) path: Vec<String>,
    pub(crate) entries: usize,
    pub(crate) objects: usize,
    pub(crate) lists: usize,
    pub(crate) has_pair: bool,
    /// How many entries are groups of articles, and whether one of them holds any.
    pub(crate) groups: usize,
    pub(crate) is_grouped: bool,
    pub(crate) ids: IdsOfEntries,
}

/// An object with texts in it.
#[derive(Debug)]
pub(crate) struct TextMap {
    pub(crate) path: Vec<String>,
    pub(crate) texts: usize,
    /// How many of their keys are questions.
    pub(crate) asking: usize,
}

impl TextMap {
    /// Whether its keys are questions and its texts their answers.
    pub(crate) fn answers_questions(&self) -> bool {
        self.texts > 1 && self.asking * 10 >= self.texts * 9
    }
}

impl ArticleList {
    /// Whether its entries are objects, but for a few that are rejected.
    pub(crate) fn are_objects(&self) -> bool {
        self.are(self.objects)
    }

    pub(crate) fn are(&self, count: usize) -> bool {
        (self.entries - count) * STRAYS <= self.entries
    }

    /// What its entries are.
    pub(crate) fn kind(&self) -> ArticleEntries {
        if self.has_pair && self.are(self.lists) {
            ArticleEntries::Pairs
        } else if self.is_grouped && self.are(self.groups) {
            ArticleEntries::Groups
        } else {
            ArticleEntries::Articles
        }
    }

    pub(crate) fn pointer(&self) -> String {
        let escaped = |key: &String| key.replace('~', "~0").replace('/', "~1");
        let keys = self.path.iter().map(escaped);
        keys.fold(String::new(), |pointer, key| pointer + "/" + &key)
    }
}
