//! What is known of the lists of a JSON document while it is gone through. Pure.

use serde_json::value::RawValue;

use super::layouts::{IdsOfEntries, group, has_id, intent, is_empty_group, pair, schema_question};
use super::pointer::Pointer;
use super::side_by_side::{SideBySide, TextColumn};
use super::text_maps::TextMap;
use crate::config::Fields;

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
    /// Objects with a list of questions, and a list of their answers in the same order.
    SideBySide,
    /// The whole document is such lists: the first place has the questions, the second one the answers.
    Columns,
    /// Texts in one object, two of which belong together by their keys: `q1` and `a1`.
    Numbered,
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
    /// How many entries are texts.
    pub(crate) texts: usize,
    pub(crate) side_by_side: SideBySide,
    pub(crate) ids: IdsOfEntries,
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
            texts: 0,
            side_by_side: SideBySide::default(),
            ids: IdsOfEntries::default(),
        }
    }

    /// Takes another entry into account.
    pub(crate) fn see(&mut self, entry: &RawValue, fields: Option<&Fields>) {
        self.entries += 1;
        let first = entry.get().as_bytes()[0];
        self.objects += usize::from(first == b'{');
        self.lists += usize::from(first == b'[');
        self.texts += usize::from(first == b'"');
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
        if self.side_by_side.may_be() {
            self.side_by_side.see(entry);
        }
    }

    /// Whether it is a list of texts, and of nothing else.
    pub(crate) fn is_of_texts(&self) -> bool {
        self.entries > 0 && self.texts == self.entries
    }

    /// Its texts as a column of the document.
    pub(crate) fn column(&self) -> Option<TextColumn<'_>> {
        TextColumn::of(&self.path, self.entries).filter(|_| self.is_of_texts())
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
        } else if self.side_by_side.is_sure() && self.are_objects() {
            ArticleEntries::SideBySide
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
        pointer(&self.path)
    }
}

fn pointer(path: &[String]) -> String {
    Pointer::of(path).to_string()
}

/// The lists that may hold the articles.
pub(crate) fn candidates(lists: &[ArticleList]) -> impl Iterator<Item = &ArticleList> {
    lists.iter().filter(|list| list.are_objects())
}

/// What to write to say which of them does.
pub(crate) fn candidates_text(lists: &[ArticleList], maps: &[TextMap]) -> String {
    let count = candidates(lists).count();
    let line =
        |list: &ArticleList| format!("items = \"{}\" ({} objects)", list.pointer(), list.entries);
    let mut lines: Vec<String> = candidates(lists).take(NAMED).map(line).collect();
    if count > NAMED {
        lines.push(format!("and {} more", count - NAMED));
    }
    let in_root = candidates(lists).all(|list| list.path.len() == 1);
    match count {
        0 if let Some(texts) = texts_text(lists, maps) => texts,
        0 => "there is no array of objects in it; if these are no articles, leave the file out with `exclude`".to_owned(),
        1 => format!("write this to the source: {}", lines[0]),
        _ if in_root => format!(
            "write one of these to the source: {}, or items = \"/*\" for all of them",
            lines.join(", ")
        ),
        _ => format!("write one of these to the source: {}", lines.join(", ")),
    }
}

/// What to write if the keys of an object are the questions: of several objects, the one with the most texts.
fn texts_text(lists: &[ArticleList], maps: &[TextMap]) -> Option<String> {
    let of_lists = lists.iter().filter(|list| list.is_of_texts());
    let outer = of_lists.filter_map(|list| Some(list.path.split_last()?.1));
    // Texts by language are the same text.
    let is_of_languages = |map: &&TextMap| map.keys.iter().all(|key| key.len() == 2);
    let mut found: Vec<(&[String], usize)> = maps
        .iter()
        .filter(|map| !is_of_languages(map))
        .map(|map| (map.path.as_slice(), map.texts))
        .collect();
    for path in outer {
        match found.iter_mut().find(|(other, _)| *other == path) {
            Some((_, texts)) => *texts += 1,
            None => found.push((path, 1)),
        }
    }
    let (path, texts) = found.into_iter().max_by_key(|(_, texts)| *texts)?;
    (texts > 1).then(|| {
        format!(
            "there is no array of objects in it. If the keys at {} are the questions, and the texts below them the answers, write to the source: items = \"{}/*\"; if these are no articles, leave the file out with `exclude`",
            if path.is_empty() { "the top" } else { &path[path.len() - 1] },
            pointer(path)
        )
    })
}

/// Whether a place says that it is one of several languages, or that its entries are not public.
pub(crate) fn is_set_apart(path: &[String]) -> bool {
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
