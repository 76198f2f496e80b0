//! Finds the articles of a JSON document: where the pointer `items` leads, or else where a known layout
//! has them, or in the one list of objects there is.

use serde_json::value::RawValue;

use super::document::{JsonKind, JsonPath};
use super::found::{FoundArticles, articles, of_lists};
use super::layouts;
use super::lists::{ArticleEntries, ArticleList, candidates, candidates_text};
use super::pointer::Pointer;
use super::side_by_side::columns;
use super::text_maps::TextMap;
use crate::config::Fields;
use crate::intake::budget::Budget;
use crate::intake::bytes::TextProblem;
use crate::text::{FEW, count, first};

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
        let keys = self.maps.iter().map(|map| map.held);
        let held = paths.map(|path| size(path)).sum::<usize>() + keys.sum::<usize>();
        self.budget.trim_memory(held);
        if let Some(key) = self.twice.take() {
            return Err(format!(
                "the key `{key}` occurs twice in one object, and it is unclear which counts"
            ));
        }
        if let Some((text, pointer)) = &self.pointer {
            return self.at_pointer(text, pointer);
        }
        let mut found = match self.layout() {
            Some(found) => found,
            None => self.the_only_list()?,
        };
        found.told.extend(self.passed_over(&found));
        Ok(found)
    }

    /// What has questions with their answers, too, and is not read, as it is written otherwise.
    fn passed_over(&self, found: &FoundArticles) -> Option<String> {
        let is_read = |path: &[String]| found.places.iter().any(|place| place.is(path));
        let texts = self.maps.iter().filter(|map| map.answers_questions());
        let texts = texts.map(|map| Pointer::below(&map.path));
        let texts = texts.filter(|place| !found.places.contains(place));
        let lists = self.lists.iter().filter(|list| list.are_questions());
        let lists = lists.filter(|list| list.entries > 0 && !is_read(&list.path));
        let mut places = texts.chain(lists.map(|list| Pointer::of(&list.path)));
        let one = places.next()?;
        let others = match places.count() {
            0 => String::new(),
            more => format!(
                " (and at {})",
                count(more as u64, "other place", "other places")
            ),
        };
        Some(format!(
            "has questions with answers at {one}{others}, too, which are on no step; to read them, add a source of their own with items = \"{one}\""
        ))
    }

    /// What to write to say where the articles are.
    fn candidates_text(&self) -> String {
        candidates_text(&self.lists, &self.maps)
    }

    fn at_pointer(&self, text: &str, pointer: &Pointer) -> Result<FoundArticles, String> {
        let lists = || self.lists.iter().filter(|list| pointer.is(&list.path));
        if self.are_answers_at(pointer) {
            return Ok(answers(pointer.clone()));
        }
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
            let filled: Vec<&ArticleList> = lists().filter(|list| list.entries > 0).collect();
            return Ok(of_lists(vec![pointer.clone()], &filled));
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
            return Some(answers(Pointer::below(&map.path)));
        }
        if let Some(found) = self.listed_answers().or_else(|| self.keyed()) {
            return Some(found);
        }
        if self.lists.iter().any(|list| list.objects > 0) {
            return None;
        }
        if let Some(found) = self.columns().or_else(|| self.numbered()) {
            return Some(found);
        }
        let is_pairs = |list: &&ArticleList| list.kind() == ArticleEntries::Pairs;
        let pairs = self.lists.iter().filter(is_pairs);
        let places: Vec<Pointer> = pairs.map(|list| Pointer::of(&list.path)).collect();
        (!places.is_empty()).then_some(FoundArticles {
            places,
            entries: ArticleEntries::Pairs,
            questions_are_ids: true,
            told: Vec::new(),
        })
    }

    /// Whether a pointer leads to texts under their keys, or to lists of them, and to nothing else.
    fn are_answers_at(&self, pointer: &Pointer) -> bool {
        let Some((None, outer)) = pointer.0.split_last() else {
            return false;
        };
        let outer = Pointer(outer.to_vec());
        let mut lists = self.lists.iter().filter(|list| pointer.is(&list.path));
        let has_lists = lists.clone().next().is_some();
        let has_texts = self.maps.iter().any(|map| outer.is(&map.path));
        (has_lists || has_texts) && lists.all(ArticleList::is_of_texts)
    }

    /// Answers under their questions, each in a list of its own.
    fn listed_answers(&self) -> Option<FoundArticles> {
        let (_, first) = self.lists.first()?.path.split_last()?;
        let mut map = TextMap::at(first);
        for list in &self.lists {
            let (key, outer) = list.path.split_last()?;
            if outer != first || list.texts != 1 || list.entries != 1 {
                return None;
            }
            map.see(key);
        }
        let is_all = self.maps.is_empty() && map.answers_questions();
        is_all.then(|| answers(Pointer::below(first)))
    }

    /// Questions and answers as two columns of the document.
    fn columns(&self) -> Option<FoundArticles> {
        let of_lists = columns(self.lists.iter().filter_map(ArticleList::column));
        let of_maps = || columns(self.maps.iter().filter_map(TextMap::column));
        let places = match of_lists {
            Some(both) => both.map(|column| Pointer::of(column.path)),
            None => of_maps()?.map(|column| Pointer::below(column.path)),
        };
        Some(FoundArticles {
            places: places.to_vec(),
            entries: ArticleEntries::Columns,
            questions_are_ids: true,
            told: Vec::new(),
        })
    }

    /// Texts that belong together by their keys, in the only object that has such keys.
    fn numbered(&self) -> Option<FoundArticles> {
        let mut numbered = self.maps.iter().filter(|map| map.is_numbered());
        let map = numbered.next().filter(|_| numbered.next().is_none())?;
        Some(FoundArticles {
            places: vec![Pointer::below(&map.path)],
            entries: ArticleEntries::Numbered,
            questions_are_ids: false,
            told: Vec::new(),
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
        Some(FoundArticles {
            places: vec![Pointer::below(first)],
            entries: ArticleEntries::Keyed,
            questions_are_ids: false,
            told: Vec::new(),
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
                self.candidates_text()
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
        found.told.push(format!(
            "has several arrays of objects, and those with questions and answers were read: {}",
            first(names.into_iter(), count, FEW)
        ));
        Some(found)
    }
}

fn answers(place: Pointer) -> FoundArticles {
    FoundArticles {
        places: vec![place],
        entries: ArticleEntries::Answers,
        questions_are_ids: true,
        told: Vec::new(),
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
mod tests;
