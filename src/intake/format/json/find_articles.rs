//! Finds the articles of a JSON document: where the pointer `items` leads, or else where a known layout
//! has them, or in the one list of objects there is.

use serde_json::value::RawValue;

use super::document::{JsonKind, JsonPath};
use super::found::{FoundArticles, articles, of_lists};
use super::layouts;
use super::lists::{ArticleEntries, ArticleList, TextMap, candidates, candidates_text};
use super::pointer::Pointer;
use crate::config::Fields;
use crate::intake::budget::Budget;
use crate::intake::bytes::TextProblem;
use crate::text::{FEW, first};

const MAX_DEPTH: usize = 4;
/// What is kept of a list besides its pointer.
const LIST: usize = 160;

/// What a document holds.
pub(crate) struct JsonSurvey<'a> {
    pointer: Option<(&'a str, Pointer)>,
    fields: Option<&'a Fields>,
    budget: &'a mut Budget,
    lists: Vec<ArticleList>,
    maps: Vec<TextMap>,
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
            maps: Vec::new(),
            is_other: false,
            twice: None,
        }
    }

    /// Where the articles are, or why that is unclear.
    pub(crate) fn found(mut self) -> Result<FoundArticles, String> {
        let paths = self.lists.iter().map(|list| &list.path);
        let paths = paths.chain(self.maps.iter().map(|map| &map.path));
        let keys = self.maps.iter().flat_map(|map| &map.keys).map(String::len);
        let held = paths.map(|path| size(path)).sum::<usize>() + keys.sum::<usize>();
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
                candidates_text(&self.lists)
            ));
        } else if lists().next().is_none()
            || pointer.has_star() && lists().all(|list| list.entries == 0)
        {
            "nothing"
        } else {
            let filled: Vec<&ArticleList> = lists().filter(|list| list.entries > 0).collect();
            return Ok(of_lists(vec![pointer.clone()], &filled));
        };
        Err(format!(
            "has {why} at items = \"{text}\"; {}",
            candidates_text(&self.lists)
        ))
    }

    fn layout(&self) -> Option<FoundArticles> {
        if let [root] = self.lists.as_slice()
            && root.path.is_empty()
        {
            return Some(of_lists(vec![Pointer(Vec::new())], &[root]));
        }
        for (text, questions_are_ids) in layouts::LISTS {
            let pointer = Pointer::new(text);
            if self.lists.iter().any(|list| pointer.is(&list.path)) {
                return Some(articles(vec![pointer], questions_are_ids));
            }
        }
        if let (true, [map]) = (self.lists.is_empty(), self.maps.as_slice())
            && map.answers_questions()
        {
            let mut place = Pointer::of(&map.path);
            place.0.push(None);
            return Some(FoundArticles {
                places: vec![place],
                entries: ArticleEntries::Answers,
                questions_are_ids: true,
                told: None,
            });
        }
        if let Some(found) = self.keyed() {
            return Some(found);
        }
        if self.lists.iter().any(|list| list.objects > 0) {
            return None;
        }
        let is_pairs = |list: &&ArticleList| list.kind() == ArticleEntries::Pairs;
        let pairs = self.lists.iter().filter(is_pairs);
        let places: Vec<Pointer> = pairs.map(|list| Pointer::of(&list.path)).collect();
        (!places.is_empty()).then_some(FoundArticles {
            places,
            entries: ArticleEntries::Pairs,
            questions_are_ids: true,
            told: None,
        })
    }

    /// Articles under their ids, if there are several in one object, and none in a list.
    fn keyed(&self) -> Option<FoundArticles> {
        let mut outer = self.maps.iter().filter_map(TextMap::keyed_in);
        let first = outer.next()?;
        let is_one = outer.clone().next().is_some() && outer.all(|outer| outer == first);
        if !is_one || self.lists.iter().any(ArticleList::are_questions) {
            return None;
        }
        let mut place = Pointer::of(first);
        place.0.push(None);
        Some(FoundArticles {
            places: vec![place],
            entries: ArticleEntries::Keyed,
            questions_are_ids: false,
            told: None,
        })
    }

    fn the_only_list(&self) -> Result<FoundArticles, String> {
        let filled = candidates(&self.lists).filter(|list| list.entries > 0);
        let mut filled = filled.take(2);
        let only = match (filled.next(), filled.next()) {
            (None, _) => {
                let mut empty = candidates(&self.lists).take(2);
                empty.next().filter(|_| empty.next().is_none())
            }
            (only, None) => only,
            _ => None,
        };
        if let Some(list) = only {
            return Ok(of_lists(vec![Pointer::of(&list.path)], &[list]));
        }
        self.lists_of_questions().ok_or_else(|| {
            format!(
                "is an object, and it is unclear which array in it holds the articles; {}",
                candidates_text(&self.lists)
            )
        })
    }

    /// The lists that surely are questions and answers, where there are others; several, where they stand side by
    /// side and nothing sets one of them apart.
    fn lists_of_questions(&self) -> Option<FoundArticles> {
        let asking = candidates(&self.lists).filter(|list| list.are_questions());
        let asking: Vec<&ArticleList> = asking.collect();
        let outer = |list: &ArticleList| list.path.split_last().map(|(_, outer)| outer.to_vec());
        let first_outer = asking.first().and_then(|list| outer(list));
        let is_unclear = asking.len() > 1
            && asking
                .iter()
                .any(|list| list.is_set_apart() || outer(list) != first_outer);
        if asking.is_empty() || is_unclear {
            return None;
        }
        let places = asking.iter().map(|list| Pointer::of(&list.path));
        let names: Vec<String> = asking.iter().map(|list| list.pointer()).collect();
        let count = names.len();
        let mut found = of_lists(places.collect(), &asking);
        found.told = Some(format!(
            "has several arrays of objects, and those with questions and answers were read: {}",
            first(names.into_iter(), count, FEW)
        ));
        Some(found)
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
        self.lists.push(ArticleList::at(path));
        Ok(true)
    }

    fn entry(&mut self, entry: &RawValue, _: u64) -> Result<(), TextProblem> {
        if let Some(list) = self.lists.last_mut() {
            list.see(entry, self.fields);
        }
        Ok(())
    }

    fn other(&mut self, path: &[String], _: JsonKind) {
        let pointer = self.pointer.as_ref();
        self.is_other |= pointer.is_some_and(|(_, pointer)| pointer.is(path));
    }

    fn text(&mut self, path: &[String], _: &str, _: u64) -> Result<(), TextProblem> {
        let Some((key, outer)) = path.split_last() else {
            return Ok(());
        };
        if self.maps.last().is_none_or(|map| map.path != outer) {
            self.budget.take(size(outer))?;
            self.maps.push(TextMap::at(outer));
        }
        if let Some(map) = self.maps.last_mut() {
            self.budget.take(map.see(key))?;
        }
        Ok(())
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
        use ArticleEntries::{Answers, Articles, Groups, Pairs};
        let cases: [(&str, Option<Expected>); 23] = [
            (r#"{"How?":"So.","When?":"Now."}"#, Some((Answers, 1, true))),
            (
                r#"{"faq":{"How?":"So.","When?":"Now."}}"#,
                Some((Answers, 1, true)),
            ),
            (r#"{"title":"t","When?":"Now."}"#, None),
            (
                r#"{"a":{"b":[["q","a"],["r","b","c"]]}}"#,
                Some((Pairs, 1, true)),
            ),
            (
                r#"{"x":{"all":[{"of":[{"question":"q","answer":"a"}]},{"of":[]}]}}"#,
                Some((Groups, 1, true)),
            ),
            (
                r#"{"a":[{"id":1},{"id":2},{"id":3},"stray"]}"#,
                Some((Articles, 1, false)),
            ),
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
    fn of_several_lists_those_count_that_ask_if_nothing_sets_them_apart() {
        use ArticleEntries::{Articles, Intents, Keyed, SchemaQuestions};
        let cases: [(&str, Option<Expected>); 8] = [
            (
                r#"{"faq":{"t":"FAQ","x":{"q":"q","a":"a"},"y":{"q":"r","a":"b"}}}"#,
                Some((Keyed, 1, false)),
            ),
            (
                r#"{"en":{"question":"q","answer":"a"},"de":{"question":"r","answer":"b"}}"#,
                None,
            ),
            (
                r#"{"authors":[{"id":1}],"faq":[{"question":"q","answer":"a"}]}"#,
                Some((Articles, 1, true)),
            ),
            (
                r#"{"shop":[{"q":"q","a":"a"}],"pay":[{"q":"r","a":"b"}],"tags":[{"id":1}]}"#,
                Some((Articles, 2, true)),
            ),
            (
                r#"{"en":[{"q":"q","a":"a"}],"de":[{"q":"r","a":"b"}]}"#,
                None,
            ),
            (
                r#"{"live":[{"q":"q","a":"a"}],"drafts":[{"q":"r","a":"b"}]}"#,
                None,
            ),
            (
                r#"{"intents":[{"tag":"t","patterns":["q"],"responses":["a","b"]}]}"#,
                Some((Intents, 1, false)),
            ),
            (
                r#"{"mainEntity":[{"@type":"Question","name":"q","acceptedAnswer":{"text":"a"}}]}"#,
                Some((SchemaQuestions, 1, true)),
            ),
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
