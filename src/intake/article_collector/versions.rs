//! What a feed yields of one article in several places: which versions differ, and which of them count.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};

use ecow::EcoString;

use super::ArticleCollector;
use crate::intake::merge_articles as merge;
use crate::model::{Article, Place};

impl ArticleCollector {
    /// Those of these ids that stand in different places with different content.
    pub(crate) fn in_versions<'i>(&mut self, ids: impl Iterator<Item = &'i str>) -> Vec<String> {
        let mut first: HashMap<String, Article> = HashMap::new();
        let mut differing = Vec::new();
        for (_, article) in self.articles_of(ids) {
            match first.entry(article.id.clone()) {
                Entry::Vacant(entry) => drop(entry.insert(article)),
                Entry::Occupied(entry) if !merge::same_content(entry.get(), &article) => {
                    differing.push(article.id);
                }
                Entry::Occupied(_) => {}
            }
        }
        differing
    }

    /// Leaves out what stands of these ids in the places that are named, rejected or not.
    pub(crate) fn leave_out<'i>(
        &mut self,
        ids: impl Iterator<Item = &'i str>,
        is_out: impl Fn(&str, &Place) -> bool,
    ) {
        let found = self.articles_of(ids).into_iter();
        let out = found.filter(|(_, article)| is_out(&article.id, &article.place));
        let out = out.map(|(at, _)| at).collect();
        self.articles.remove(&out);
        self.reading.rejections.retain(|rejection| {
            let id = rejection.id.as_deref();
            !id.is_some_and(|id| is_out(id, &rejection.place))
        });
    }

    /// Keeps only the articles of these ids, and what was rejected of them: an addition to another
    /// reading of the same.
    pub(crate) fn keep_only(&mut self, ids: &HashSet<EcoString>) {
        let found = self.articles_of(ids.iter().map(EcoString::as_str));
        let kept: HashSet<usize> = found
            .into_iter()
            .filter(|(_, article)| ids.contains(article.id.as_str()))
            .map(|(at, _)| at)
            .collect();
        let gone = (0..self.articles.len()).filter(|at| !kept.contains(at));
        self.articles.remove(&gone.collect());
        let reading = &mut self.reading;
        reading.rejections.retain(|rejection| {
            let id = rejection.id.as_deref();
            id.is_some_and(|id| ids.contains(id))
        });
        reading.notes.clear();
        (self.notes, self.more_notes) = (0, 0);
        reading.files = 0;
        self.rows = self.articles.len();
    }

    /// Where articles of these ids are, and a few others may be among them.
    fn articles_of<'i>(&mut self, ids: impl Iterator<Item = &'i str>) -> Vec<(usize, Article)> {
        let mut found = Vec::new();
        for at in self.articles.of(ids) {
            match self.articles.get(at) {
                Ok(article) => found.push((at, article)),
                Err(error) => self.lost = Some(error),
            }
        }
        found
    }
}
