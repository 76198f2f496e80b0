//! What is known of the lists of a JSON document, and of objects with texts, while it is gone through. Pure.

use serde_json::value::RawValue;

use super::layouts::{
    IdsOfEntries, group, has_id, intent, is_empty_group, is_pair, pair, schema_question,
};
use crate::config::Fields;
use crate::intake::sections::asks;

/// Lists that a message names.
const NAMED: usize = 10;
/// One in so many entries may be something else.
const STRAYS: usize = 4;

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
    /// Articles under their ids, in an object.
    Keyed,
    /// `{"tag": ..., "patterns": [...], "responses": [...]}`
    Intents,
    /// `{"@type": "Question", "name": ..., "acceptedAnswer": {...}}`
    SchemaQuestions,
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
    /// Whether an article of a group has no id.
    pub(crate) lacks_ids_in_groups: bool,
    /// How many entries are intents, and how many are questions of schema.org.
    pub(crate) intents: usize,
    pub(crate) schema_questions: usize,
    pub(crate) ids: IdsOfEntries,
}

/// An object with texts in it.
#[derive(Debug)]
pub(crate) struct TextMap {
    pub(crate) path: Vec<String>,
    pub(crate) texts: usize,
    /// How many of their keys are questions, and how many are questions or at least several words.
    pub(crate) asking: usize,
    pub(crate) spoken: usize,
    /// The keys of its first texts.
    pub(crate) keys: Vec<String>,
}

/// So many of its keys show what an object is.
const KEYS: usize = 20;

impl TextMap {
    pub(crate) fn at(path: &[String]) -> Self {
        Self {
            path: path.to_vec(),
            texts: 0,
            asking: 0,
            spoken: 0,
            keys: Vec::new(),
        }
    }

    /// Takes another of its texts into account; how much more is held then.
    pub(crate) fn see(&mut self, key: &str) -> usize {
        self.texts += 1;
        let is_question = asks(key);
        self.asking += usize::from(is_question);
        self.spoken += usize::from(is_question || key.trim().contains(char::is_whitespace));
        if self.keys.len() == KEYS {
            return 0;
        }
        self.keys.push(key.to_owned());
        key.len()
    }

    /// The path of the object that it stands in, if it is a question with its answer.
    pub(crate) fn keyed_in(&self) -> Option<&[String]> {
        let (key, outer) = self.path.split_last()?;
        let is_one = is_pair(&self.keys, None) && !is_set_apart(std::slice::from_ref(key));
        is_one.then_some(outer)
    }

    /// Whether its keys are questions and its texts their answers. Among questions, people write some as
    /// requests, such as `Tell me about the village!`; what settings are called is one word.
    pub(crate) fn answers_questions(&self) -> bool {
        let are_requests = self.spoken == self.texts && self.asking * 2 >= self.texts;
        self.texts > 1 && (self.asking * 10 >= self.texts * 9 || are_requests)
    }
}

impl ArticleList {
    pub(crate) fn at(path: &[String]) -> Self {
        Self {
            path: path.to_vec(),
            entries: 0,
            objects: 0,
            lists: 0,
            has_pair: false,
            groups: 0,
            is_grouped: false,
            lacks_ids_in_groups: false,
            intents: 0,
            schema_questions: 0,
            ids: IdsOfEntries::default(),
        }
    }

    /// Takes another entry into account.
    pub(crate) fn see(&mut self, entry: &RawValue, fields: Option<&Fields>) {
        self.entries += 1;
        let first = entry.get().as_bytes()[0];
        self.objects += usize::from(first == b'{');
        self.lists += usize::from(first == b'[');
        self.ids.see(entry, fields);
        if first == b'[' && !self.has_pair {
            self.has_pair = pair(entry).is_some();
        }
        if first != b'{' {
            return;
        }
        // Once it is plain that these are of another kind, no more is looked for.
        if self.may_be(self.groups) {
            let articles = group(entry);
            self.is_grouped |= articles.is_some();
            let mut grouped = articles.iter().flatten();
            self.lacks_ids_in_groups |= grouped.any(|article| !has_id(article, fields));
            self.groups += usize::from(articles.is_some() || is_empty_group(entry));
        }
        if self.may_be(self.intents) {
            self.intents += usize::from(intent(entry).is_some());
        }
        if self.may_be(self.schema_questions) {
            self.schema_questions += usize::from(schema_question(entry).is_some());
        }
    }

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
        } else if self.intents > 0 && self.are(self.intents) {
            ArticleEntries::Intents
        } else if self.schema_questions > 0 && self.are(self.schema_questions) {
            ArticleEntries::SchemaQuestions
        } else {
            ArticleEntries::Articles
        }
    }

    /// Whether entries of a kind may be most of them, so that it is worth while to look on.
    fn may_be(&self, count: usize) -> bool {
        self.entries <= 2 * STRAYS || self.are(count + 1)
    }

    /// Whether its entries are surely articles: questions with their answers.
    pub(crate) fn are_questions(&self) -> bool {
        self.ids.has_pair() || self.kind() != ArticleEntries::Articles
    }

    /// Whether its place sets it apart from others.
    pub(crate) fn is_set_apart(&self) -> bool {
        is_set_apart(&self.path)
    }

    pub(crate) fn pointer(&self) -> String {
        let escaped = |key: &String| key.replace('~', "~0").replace('/', "~1");
        let keys = self.path.iter().map(escaped);
        keys.fold(String::new(), |pointer, key| pointer + "/" + &key)
    }
}

/// The lists that may hold the articles.
pub(crate) fn candidates(lists: &[ArticleList]) -> impl Iterator<Item = &ArticleList> {
    lists.iter().filter(|list| list.are_objects())
}

/// What to write to say which of them does.
pub(crate) fn candidates_text(lists: &[ArticleList]) -> String {
    let count = candidates(lists).count();
    let line =
        |list: &ArticleList| format!("items = \"{}\" ({} objects)", list.pointer(), list.entries);
    let mut lines: Vec<String> = candidates(lists).take(NAMED).map(line).collect();
    if count > NAMED {
        lines.push(format!("and {} more", count - NAMED));
    }
    let in_root = candidates(lists).all(|list| list.path.len() == 1);
    match count {
        0 => "there is no array of objects in it; if these are no articles, leave the file out with `exclude`".to_owned(),
        1 => format!("write this to the source: {}", lines[0]),
        _ if in_root => format!(
            "write one of these to the source: {}, or items = \"/*\" for all of them",
            lines.join(", ")
        ),
        _ => format!("write one of these to the source: {}", lines.join(", ")),
    }
}

/// Whether a place says that it is one of several languages, or that its entries are not public.
fn is_set_apart(path: &[String]) -> bool {
    const APART: [&str; 7] = [
        "draft",
        "archiv",
        "delet",
        "hidden",
        "internal",
        "private",
        "unpublish",
    ];
    let is_apart = |word: &str| word == "old" || APART.iter().any(|part| word.starts_with(part));
    path.iter().any(|key| {
        let key = key.to_lowercase();
        let mut words = key.split(|letter: char| !letter.is_alphanumeric());
        let mut parts = words.clone();
        let is_language = words.clone().count() <= 2
            && parts.all(|part| part.len() == 2 && part.bytes().all(|c| c.is_ascii_lowercase()));
        is_language || words.any(is_apart)
    })
}
