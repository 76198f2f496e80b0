//! The articles that a reading has yielded, in their order. What they say lies in the spool, so that
//! any number of them can wait for the end of the reading.

use std::collections::HashSet;
use std::sync::Arc;

use xxhash_rust::xxh3::xxh3_64;

use super::article_record as record;
use crate::memory::drain;
use crate::model::{Article, BodyDecision, Place, RowDigest};
use crate::spool::{Handle, Spool, SpoolError};

/// Articles whose content lies in a spool.
#[derive(Debug)]
pub struct ArticleSpool {
    spool: Arc<Spool>,
    entries: Vec<SpooledArticle>,
    record: Vec<u8>,
    /// What they are read as that could be read in two ways, once that is decided.
    bodies: Option<BodyDecision>,
}

/// One article on the shelf.
#[derive(Debug)]
pub(crate) struct SpooledArticle {
    /// The digest of its id. Different ids may have the same one.
    id: u64,
    content: Handle,
    /// Where it stands.
    pub(crate) place: Place,
    /// The digest of its row, where it stands in one row that tells all of it.
    pub(crate) row: Option<RowDigest>,
}

fn digest(id: &str) -> u64 {
    xxh3_64(id.as_bytes())
}

impl ArticleSpool {
    pub(crate) fn new(spool: &Arc<Spool>) -> Self {
        Self {
            spool: spool.clone(),
            entries: Vec::new(),
            record: Vec::new(),
            bodies: None,
        }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Hands over one article after the other. Where one cannot be had back, those that were handed
    /// over before it must not be used.
    pub fn each(self, sink: &mut dyn FnMut(Article)) -> Result<(), SpoolError> {
        for entry in drain(self.entries) {
            let mut article = load(&self.spool, entry)?;
            if let Some(bodies) = self.bodies {
                bodies.settle(&mut article);
            }
            sink(article);
        }
        Ok(())
    }

    /// All articles are read so that could be read in two ways.
    pub(crate) fn decide(&mut self, bodies: BodyDecision) {
        self.bodies = Some(bodies);
    }

    /// Puts an article behind the others.
    pub(crate) fn put(&mut self, article: Article) -> Result<(), SpoolError> {
        let entry = self.entry(article)?;
        self.entries.push(entry);
        Ok(())
    }

    /// Puts another article where one is.
    pub(crate) fn replace(&mut self, at: usize, article: Article) -> Result<(), SpoolError> {
        self.entries[at] = self.entry(article)?;
        Ok(())
    }

    fn entry(&mut self, article: Article) -> Result<SpooledArticle, SpoolError> {
        record::write(&article, &mut self.record);
        Ok(SpooledArticle {
            id: digest(&article.id),
            content: self.spool.append(&self.record)?,
            place: article.place,
            row: article.row,
        })
    }

    /// The article at a position.
    pub(crate) fn get(&self, at: usize) -> Result<Article, SpoolError> {
        let entry = &self.entries[at];
        load(
            &self.spool,
            SpooledArticle {
                place: entry.place.clone(),
                ..*entry
            },
        )
    }

    /// What is kept beside the content from a position on.
    pub(crate) fn entries_mut(&mut self, from: usize) -> &mut [SpooledArticle] {
        &mut self.entries[from..]
    }

    /// Only as many as these stay.
    pub(crate) fn truncate(&mut self, count: usize) {
        self.entries.truncate(count);
    }

    /// Takes down what is at these positions.
    pub(crate) fn remove(&mut self, gone: &HashSet<usize>) {
        if gone.is_empty() {
            return;
        }
        let mut at = 0..;
        self.entries
            .retain(|_| at.next().is_none_or(|at| !gone.contains(&at)));
    }

    /// Takes over what lies in the same spool.
    pub(crate) fn absorb(&mut self, other: Self) {
        debug_assert!(Arc::ptr_eq(&self.spool, &other.spool));
        self.entries.extend(other.entries);
    }

    /// Positions of the articles that may have one of these ids, in the order of their places.
    pub(crate) fn of<'i>(&self, ids: impl Iterator<Item = &'i str>) -> Vec<usize> {
        let ids: HashSet<u64> = ids.map(digest).collect();
        let entries = self.entries.iter().enumerate();
        let found = entries.filter(|(_, entry)| ids.contains(&entry.id));
        found.map(|(at, _)| at).collect()
    }

    /// Positions of articles that may share an id, or that may have one of these ids, in the order
    /// of their places.
    pub(crate) fn may_be_one<'i>(&self, ids: impl Iterator<Item = &'i str>) -> Vec<Vec<usize>> {
        let ids: HashSet<u64> = ids.map(digest).collect();
        let digests = self.entries.iter().map(|entry| entry.id);
        let mut order: Vec<(u64, usize)> = digests.zip(0..).collect();
        order.sort_unstable();
        order
            .chunk_by(|a, b| a.0 == b.0)
            .filter(|group| group.len() > 1 || ids.contains(&group[0].0))
            .map(|group| group.iter().map(|(_, at)| *at).collect())
            .collect()
    }
}

fn load(spool: &Spool, entry: SpooledArticle) -> Result<Article, SpoolError> {
    let content = spool.read(entry.content)?;
    record::read(&content, entry.place, entry.row).ok_or_else(|| spool.damaged())
}

#[cfg(test)]
impl ArticleSpool {
    pub(crate) fn all(self) -> Vec<Article> {
        let mut all = Vec::new();
        self.each(&mut |article| all.push(article)).unwrap();
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::intake::article_collector::ArticleCollector;
    use crate::intake::merge_articles as merge;
    use crate::model::{Markup, Reach, Rejection};
    use crate::spool::SpillConfig;

    fn article(id: &str, line: u64, answer: &str) -> Article {
        Article {
            id: id.into(),
            questions: vec!["How?".into()],
            answers: vec![answer.into()],
            markup: Markup::Plain,
            url: None,
            author: None,
            quick_replies: Vec::new(),
            body: None,
            place: Place {
                file: "a.csv".into(),
                line,
            },
            row: Some(u128::from(line)),
        }
    }

    fn on_disk() -> Arc<Spool> {
        Arc::new(Spool::new(&SpillConfig::beyond(&std::env::temp_dir(), 0)))
    }

    fn lines(shelf: ArticleSpool) -> Vec<u64> {
        let all = shelf.all();
        all.iter().map(|article| article.place.line).collect()
    }

    #[test]
    fn what_shares_an_id_is_settled_and_the_rest_stays_in_its_place() {
        let mut shelf = ArticleSpool::new(&on_disk());
        let articles = [
            ("z", 2, "same"),
            ("b", 3, "alone"),
            ("conflict", 4, "one"),
            ("z", 5, "same"),
            ("rejected", 6, "fine here"),
            ("conflict", 7, "other"),
            ("a", 8, "alone"),
        ];
        for (id, line, answer) in articles {
            shelf.put(article(id, line, answer)).unwrap();
        }
        let rejections = [Rejection {
            source: "kms".into(),
            place: article("", 9, "").place,
            id: Some("rejected".into()),
            reason: String::new(),
            reach: Reach::Alone,
        }];
        let mut conflicts = merge::merge(&mut shelf, &rejections).unwrap();
        conflicts.sort_by_key(|conflict| conflict.place.line);
        let lost: Vec<u64> = conflicts.iter().map(|lost| lost.place.line).collect();
        assert_eq!(lost, [4, 6, 7]);
        let merged = shelf.get(0).unwrap();
        assert_eq!((merged.questions.len(), merged.row), (2, None));
        assert_eq!(shelf.get(1).unwrap(), article("b", 3, "alone"));
        assert_eq!(lines(shelf), [2, 3, 8]);
    }

    #[test]
    fn ids_with_the_same_digest_are_not_the_same() {
        let mut shelf = ArticleSpool::new(&on_disk());
        for (id, line) in [("a", 2), ("b", 3), ("a", 4)] {
            shelf.put(article(id, line, "same")).unwrap();
        }
        for entry in shelf.entries_mut(0) {
            entry.id = 7;
        }
        assert_eq!(merge::merge(&mut shelf, &[]).unwrap(), []);
        assert_eq!(lines(shelf), [2, 3]);
    }

    #[test]
    fn one_article_that_is_lost_loses_the_whole_reading() {
        let spool = on_disk();
        let gathered = |ids: [&str; 2]| {
            let mut collector = ArticleCollector::new("kms", 10, &spool);
            for (id, line) in ids.into_iter().zip(2..) {
                collector.article(article(id, line, "same"));
            }
            collector
        };
        let (alone, twins) = (gathered(["a", "b"]), gathered(["a", "a"]));
        let begin = ArticleCollector::new("kms", 10, &spool).mark();
        let mut revised = gathered(["a", "b"]);
        spool.corrupt();
        let lost = Err(spool.damaged());
        let (shelf, _) = alone.finish(None).unwrap();
        assert_eq!(shelf.each(&mut drop), lost);
        assert_eq!(twins.finish(None).map(drop), lost);
        revised.revise(begin, |_, _| Ok(()));
        assert_eq!(revised.finish(None).map(drop), lost);
    }
}
