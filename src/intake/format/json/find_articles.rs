//! Finds the articles of a JSON document: where the pointer `items` leads, or else where a known layout
//! has them, or in the one list of objects there is.

use serde_json::value::RawValue;

use super::document::{JsonKind, JsonPath};
use super::layouts;
use super::layouts::{IdsOfEntries, group, pair};
use crate::config::Fields;
use crate::intake::budget::Budget;
use crate::intake::bytes::TextProblem;

const MAX_DEPTH: usize = 4;
/// What is kept of a list besides its pointer.
const LIST: usize = 160;
/// Lists that a message names.
const NAMED: usize = 10;

/// Where the articles are, and what they are written as.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct FoundArticles {
    pub(crate) places: Vec<Pointer>,
    pub(crate) entries: ArticleEntries,
    /// Whether the layout has no ids, so that questions serve as them.
    pub(crate) questions_are_ids: bool,
}

/// What the entries of the lists are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ArticleEntries {
    Articles,
    /// `["question", "answer"]`
    Pairs,
    /// Objects with a list of articles in each.
    Groups,
}

/// A JSON pointer (RFC 6901), in which one `/*` stands for every key or entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Pointer(Vec<Option<String>>);

impl Pointer {
    fn new(text: &str) -> Self {
        let part = |part: &str| part.replace("~1", "/").replace("~0", "~");
        let parts = |text: &str| text.split('/').skip(1).map(part).map(Some).collect();
        match text.split_once("/*") {
            None => Self(parts(text)),
            Some((lists, rest)) => {
                let mut all: Vec<_> = parts(lists);
                all.push(None);
                all.extend(parts(rest));
                Self(all)
            }
        }
    }

    fn of(path: &[String]) -> Self {
        Self(path.iter().cloned().map(Some).collect())
    }

    fn has_star(&self) -> bool {
        self.0.contains(&None)
    }

    /// Whether it leads to this path, or over it.
    pub(crate) fn leads_over(&self, path: &[String]) -> bool {
        let mut parts = self.0.iter().zip(path);
        let fits =
            |(part, at): (&Option<String>, &String)| part.as_ref().is_none_or(|part| part == at);
        path.len() <= self.0.len() && parts.all(fits)
    }

    /// Whether it leads to this path.
    pub(crate) fn is(&self, path: &[String]) -> bool {
        path.len() == self.0.len() && self.leads_over(path)
    }
}

/// A list, and what is known of its entries.
#[derive(Debug)]
struct ArticleList {
    path: Vec<String>,
    entries: usize,
    objects: usize,
    lists: usize,
    has_pair: bool,
    /// How many articles the entries hold, as long as all of them are groups.
    grouped: Option<usize>,
    ids: IdsOfEntries,
}

impl ArticleList {
    fn all_objects(&self) -> bool {
        self.objects == self.entries
    }

    fn all_lists(&self) -> bool {
        self.lists == self.entries
    }

    fn pointer(&self) -> String {
        let escaped = |key: &String| key.replace('~', "~0").replace('/', "~1");
        let keys = self.path.iter().map(escaped);
        keys.fold(String::new(), |pointer, key| pointer + "/" + &key)
    }
}

/// What a document holds.
pub(crate) struct JsonSurvey<'a> {
    pointer: Option<(&'a str, Pointer)>,
    fields: Option<&'a Fields>,
    budget: &'a mut Budget,
    lists: Vec<ArticleList>,
    /// Whether something is there that `pointer` leads to and that is no list.
    is_other: bool,
    twice: Option<String>,
}

impl<'a> JsonSurvey<'a> {
    pub(crate) fn new(
        pointer: Option<&'a str>,
        fields: Option<&'a Fields>,
        budget: &'a mut Budget,
    ) -> Self {
        Self {
            pointer: pointer.map(|text| (text, Pointer::new(text))),
            fields,
            budget,
            lists: Vec::new(),
            is_other: false,
            twice: None,
        }
    }

    /// Where the articles are, or why that is unclear.
    pub(crate) fn found(mut self) -> Result<FoundArticles, String> {
        let held = self.lists.iter().map(|list| size(&list.path)).sum();
        self.budget.trim_memory(held);
        if let Some(key) = self.twice.take() {
            return Err(format!(
                "the key `{key}` occurs twice in one object, and it is unclear which counts"
            ));
        }
        match &self.pointer {
            Some((text, pointer)) => self.at_pointer(text, pointer),
            None => match self.layout() {
                Some(found) => Ok(found),
                None => self.the_only_list(),
            },
        }
    }

    fn at_pointer(&self, text: &str, pointer: &Pointer) -> Result<FoundArticles, String> {
        let lists = || self.lists.iter().filter(|list| pointer.is(&list.path));
        let why = if self.is_other && pointer.has_star() {
            "something that is no array"
        } else if self.is_other {
            return Err(format!(
                "has no array at items = \"{text}\" but something else; {}",
                self.candidates_text()
            ));
        } else if lists().next().is_none()
            || pointer.has_star() && lists().all(|list| list.entries == 0)
        {
            "nothing"
        } else {
            let mut filled = lists().filter(|list| list.entries > 0).peekable();
            let lacking =
                filled.peek().is_some() && filled.all(|list| list.ids.are_lacking());
            return Ok(articles(vec![pointer.clone()], lacking));
        };
        Err(format!(
            "has {why} at items = \"{text}\"; {}",
            self.candidates_text()
        ))
    }

    fn layout(&self) -> Option<FoundArticles> {
        if let [root] = self.lists.as_slice()
            && root.path.is_empty()
        {
            let entries = if root.all_lists() && root.has_pair {
                ArticleEntries::Pairs
            } else if root.grouped.is_some_and(|articles| articles > 0) {
                ArticleEntries::Groups
            } else {
                ArticleEntries::Articles
            };
            return Some(FoundArticles {
                places: vec![Pointer(Vec::new())],
                entries,
                questions_are_ids: entries != ArticleEntries::Articles || root.ids.are_lacking(),
            });
        }
        for (text, questions_are_ids) in layouts::LISTS {
            let pointer = Pointer::new(text);
            if self.lists.iter().any(|list| pointer.is(&list.path)) {
                return Some(articles(vec![pointer], questions_are_ids));
            }
        }
        let outer = || self.lists.iter().filter(|list| list.path.len() == 1);
        if outer().any(|list| list.objects > 0) {
            return None;
        }
        let pairs = outer().filter(|list| list.all_lists() && list.has_pair);
        let places: Vec<Pointer> = pairs.map(|list| Pointer::of(&list.path)).collect();
        (!places.is_empty()).then_some(FoundArticles {
            places,
            entries: ArticleEntries::Pairs,
            questions_are_ids: true,
        })
    }

    fn candidates(&self) -> impl Iterator<Item = &ArticleList> {
        self.lists.iter().filter(|list| list.all_objects())
    }

    fn the_only_list(&self) -> Result<FoundArticles, String> {
        let filled = self.candidates().filter(|list| list.entries > 0);
        let mut filled = filled.take(2);
        let only = match (filled.next(), filled.next()) {
            (None, _) => {
                let mut empty = self.candidates().take(2);
                empty.next().filter(|_| empty.next().is_none())
            }
            (only, None) => only,
            _ => None,
        };
        match only {
            Some(list) => Ok(articles(
                vec![Pointer::of(&list.path)],
                list.ids.are_lacking(),
            )),
            None => Err(format!(
                "is an object, and it is unclear which array in it holds the articles; {}",
                self.candidates_text()
            )),
        }
    }

    fn candidates_text(&self) -> String {
        let count = self.candidates().count();
        let line = |list: &ArticleList| {
            format!("items = \"{}\" ({} objects)", list.pointer(), list.entries)
        };
        let mut lines: Vec<String> = self.candidates().take(NAMED).map(line).collect();
        if count > NAMED {
            lines.push(format!("and {} more", count - NAMED));
        }
        let in_root = self.candidates().all(|list| list.path.len() == 1);
        match count {
            0 => "there is no array of objects in it".to_owned(),
            1 => format!("write this to the source: {}", lines[0]),
            _ if in_root => format!(
                "write one of these to the source: {}, or items = \"/*\" for all of them",
                lines.join(", ")
            ),
            _ => format!("write one of these to the source: {}", lines.join(", ")),
        }
    }
}

fn articles(places: Vec<Pointer>, questions_are_ids: bool) -> FoundArticles {
    FoundArticles {
        places,
        entries: ArticleEntries::Articles,
        questions_are_ids,
    }
}

fn size(path: &[String]) -> usize {
    path.iter().map(String::len).sum::<usize>() + LIST
}

impl JsonPath for JsonSurvey<'_> {
    fn budget(&mut self) -> &mut Budget {
        self.budget
    }

    fn goes_into(&self, path: &[String]) -> bool {
        let leads_over = |(_, pointer): &(_, Pointer)| pointer.leads_over(path);
        path.len() <= MAX_DEPTH || self.pointer.as_ref().is_some_and(leads_over)
    }

    fn list(&mut self, path: &[String]) -> Result<bool, TextProblem> {
        let leads_on = |(_, pointer): &(_, Pointer)| pointer.leads_over(path) && !pointer.is(path);
        if self.pointer.as_ref().is_some_and(leads_on) {
            return Ok(false);
        }
        self.budget.take(size(path))?;
        self.lists.push(ArticleList {
            path: path.to_vec(),
            entries: 0,
            objects: 0,
            lists: 0,
            has_pair: false,
            grouped: Some(0),
            ids: IdsOfEntries::default(),
        });
        Ok(true)
    }

    fn entry(&mut self, entry: &RawValue, _: u64) -> Result<(), TextProblem> {
        let Some(list) = self.lists.last_mut() else {
            return Ok(());
        };
        list.entries += 1;
        let first = entry.get().as_bytes()[0];
        list.objects += usize::from(first == b'{');
        list.lists += usize::from(first == b'[');
        list.ids.see(entry, self.fields);
        if list.all_lists() && !list.has_pair && list.path.len() <= 1 {
            list.has_pair = pair(entry).is_some();
        }
        if let (Some(before), true) = (list.grouped, list.path.is_empty()) {
            let articles = group(entry).map(|articles| articles.len());
            list.grouped = articles.map(|articles| before + articles);
        }
        Ok(())
    }

    fn other(&mut self, path: &[String], _: JsonKind) {
        let pointer = self.pointer.as_ref();
        self.is_other |= pointer.is_some_and(|(_, pointer)| pointer.is(path));
    }

    fn twice(&mut self, path: &[String], key: &str) {
        let pointer = self.pointer.as_ref();
        if pointer.is_none_or(|(_, pointer)| pointer.leads_over(path)) {
            self.twice.get_or_insert_with(|| key.to_owned());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::intake::format::json::document::{DocumentEnd, follow_way};

    /// What the entries are, in how many places, and whether questions are ids.
    type Expected = (ArticleEntries, usize, bool);

    fn found(document: &str, pointer: Option<&str>) -> Result<Expected, String> {
        let mut budget = Budget::default();
        let mut survey = JsonSurvey::new(pointer, None, &mut budget);
        let end = follow_way(Box::new(document.as_bytes()), 1000, &mut survey);
        assert_eq!(end, Ok(DocumentEnd::Whole), "{document}");
        let found = survey.found()?;
        Ok((found.entries, found.places.len(), found.questions_are_ids))
    }

    #[test]
    fn each_layout_and_what_only_looks_like_it() {
        use ArticleEntries::{Articles, Groups, Pairs};
        let cases: [(&str, Option<Expected>); 17] = [
            (
                r#"[{"question":"q","answer":"a"},{"question":"r","answer":"b"}]"#,
                Some((Articles, 1, true)),
            ),
            (
                r#"{"faq":[{"Frage":"q","Antwort":"a"}]}"#,
                Some((Articles, 1, true)),
            ),
            (
                r#"[{"question":"q","answer":"a"},{"id":1,"question":"r","answer":"b"}]"#,
                Some((Articles, 1, false)),
            ),
            (
                r#"[{"title":"t","description":"d"}]"#,
                Some((Articles, 1, false)),
            ),
            (
                r#"{"Assets":{"Synonyms":[{"a":1}],"Qnas":[{"Id":1}]}}"#,
                Some((Articles, 1, false)),
            ),
            (
                r#"{"faqs":{"faqs":[{"question":"q"}]}}"#,
                Some((Articles, 1, true)),
            ),
            (r#"[["q","a"],["r","b"]]"#, Some((Pairs, 1, true))),
            (
                r#"{"x":[["q","a"]],"y":[["r","b"]],"z":["t"]}"#,
                Some((Pairs, 2, true)),
            ),
            (r#"[["q","a"],["one"]]"#, Some((Pairs, 1, true))),
            (
                r#"{"a":[{"id":1}],"b":[["x","y"]]}"#,
                Some((Articles, 1, false)),
            ),
            ("[[1,2]]", Some((Articles, 1, false))),
            (
                r#"[{"title":"t","questions":[{"question":"q","answer":"a"}]}]"#,
                Some((Groups, 1, true)),
            ),
            (
                r#"[{"section":[{"question":"q","response":"a"},{"question":"r","response":"b"}]}]"#,
                Some((Groups, 1, true)),
            ),
            // An article whose variants are objects is no group.
            (
                r#"[{"id":1,"answer":"x","more":[{"question":"q","answer":"a"}]}]"#,
                Some((Articles, 1, false)),
            ),
            (
                r#"[{"a":[{"question":"q","answer":"a"}]},{"title":"empty"}]"#,
                Some((Articles, 1, false)),
            ),
            (
                r#"[{"id":1,"question":"q","answer":"a"}]"#,
                Some((Articles, 1, false)),
            ),
            (r#"{"a":[{"id":1}],"b":[{"id":2}]}"#, None),
        ];
        for (document, expected) in cases {
            assert_eq!(found(document, None).ok(), expected, "{document}");
        }
    }

    #[test]
    fn pointers_lead_somewhere_or_it_is_an_error() {
        let document = r#"[{"a/b":{"c":[{}]},"d":null,"e":[]},{"a/b":{"c":[{},{}]}}]"#;
        for (pointer, expected) in [
            ("/0/a~1b/c", Ok(())),
            ("/*/a~1b/c", Ok(())),
            ("/0/e", Ok(())),
            ("/0/d", Err("but something else")),
            ("/*/d", Err("something that is no array")),
            ("/*/e", Err("has nothing at")),
            ("/2/e", Err("has nothing at")),
        ] {
            match (found(document, Some(pointer)), expected) {
                (Ok(found), Ok(())) => assert_eq!(found, (ArticleEntries::Articles, 1, false)),
                (Err(why), Err(part)) => assert!(why.contains(part), "{pointer}: {why}"),
                (found, _) => panic!("{pointer}: {found:?}"),
            }
        }
        let twice = r#"{"a":[{"x":1}],"b":{"x":1,"x":2}}"#;
        assert!(found(twice, None).unwrap_err().contains("`x` occurs twice"));
        assert!(found(twice, Some("/a")).is_ok());
    }
}
