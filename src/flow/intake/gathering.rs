//! Collects what the files of one source yield, and judges it as a whole once all are read.

use std::sync::Arc;

use super::rasa::{self, Alone};
use super::scan::Remark;
use super::text::Problem;
use super::{Article, Place, Reading, Recognised, Rejection, merge};

const MAX_RECOGNISED: usize = 100;

/// How far a gathering had come.
#[derive(Clone, Copy)]
pub(super) struct Mark {
    rows: usize,
    articles: usize,
    rejections: usize,
    notes: usize,
}

/// What the files of one source have yielded so far.
pub(super) struct Gathering<'a> {
    source: &'a str,
    max_rows: usize,
    rows: usize,
    articles: Vec<Article>,
    rasa: rasa::Parts,
    reading: Reading,
}

impl<'a> Gathering<'a> {
    pub(super) fn new(source: &'a str, max_rows: usize) -> Self {
        Self {
            source,
            max_rows,
            rows: 0,
            articles: Vec::new(),
            rasa: rasa::Parts::default(),
            reading: Reading::default(),
        }
    }

    /// Counts a file.
    pub(super) fn file(&mut self) {
        self.reading.files += 1;
    }

    /// Notes what a file was taken for, and why. Of a folder of thousands the first ones will do.
    pub(super) fn recognised(
        &mut self,
        file: &Arc<str>,
        format: &'static str,
        reason: &'static str,
    ) {
        if self.reading.recognised.len() < MAX_RECOGNISED {
            let entry = Recognised {
                file: file.clone(),
                format,
                reason,
            };
            self.reading.recognised.push(entry);
        }
    }

    /// How far the gathering has come, to go back to.
    pub(super) fn mark(&self) -> Mark {
        Mark {
            rows: self.rows,
            articles: self.articles.len(),
            rejections: self.reading.rejections.len(),
            notes: self.reading.notes.len(),
        }
    }

    /// Forgets what came after `mark`, because the file has to be read in another way.
    pub(super) fn back_to(&mut self, mark: Mark) {
        self.rows = mark.rows;
        self.articles.truncate(mark.articles);
        self.reading.rejections.truncate(mark.rejections);
        self.reading.notes.truncate(mark.notes);
    }

    /// Counts a row, as long as there may be more.
    pub(super) fn row(&mut self, line: u64) -> Result<(), Problem> {
        if self.rows == self.max_rows {
            self.rows += 1;
            return Err(Problem {
                line,
                reason: format!(
                    "is past max_rows = {}, and nothing from here on was read; raise max_rows if the source is meant to be so large",
                    self.max_rows
                ),
            });
        }
        self.rows += 1;
        Ok(())
    }

    /// Whether there were more rows than the limit allows.
    pub(super) fn is_full(&self) -> bool {
        self.rows > self.max_rows
    }

    /// Changes the articles that came after `mark`, or rejects them for the reason that this gives.
    pub(super) fn revise(
        &mut self,
        mark: Mark,
        mut change: impl FnMut(&mut Article) -> Result<(), String>,
    ) {
        for mut article in self.articles.split_off(mark.articles) {
            match change(&mut article) {
                Ok(()) => self.articles.push(article),
                Err(reason) => self.reject(article.place, Some(article.id), reason),
            }
        }
    }

    /// The questions and answers that are joined by name in the end.
    pub(super) fn rasa(&mut self) -> &mut rasa::Parts {
        &mut self.rasa
    }

    pub(super) fn article(&mut self, article: Article) {
        self.articles.push(article);
    }

    pub(super) fn reject(&mut self, place: Place, id: Option<String>, reason: String) {
        let rejection = self.entry(place, id, reason);
        self.reading.rejections.push(rejection);
    }

    pub(super) fn note(&mut self, place: Place, text: String) {
        let note = self.entry(place, None, text);
        self.reading.notes.push(note);
    }

    /// Takes over what the scan had to say.
    pub(super) fn remarks(&mut self, unreadable: &[Remark], notes: &[Remark]) {
        for remark in unreadable {
            self.reject(remark.place.clone(), None, remark.text.clone());
        }
        for remark in notes {
            self.note(remark.place.clone(), remark.text.clone());
        }
    }

    /// The articles that stand, in the order in which they were read, and the rest.
    pub(super) fn finish(mut self) -> (Vec<Article>, Reading) {
        let (joined, alone) = std::mem::take(&mut self.rasa).join();
        self.articles.extend(joined);
        for part in alone {
            match part {
                Alone::Rejected(place, id, reason) => self.reject(place, Some(id), reason),
                Alone::Noted(place, text) => self.note(place, text),
            }
        }
        let (articles, conflicts) = merge::merge(self.articles, &self.reading.rejections);
        for conflict in conflicts {
            self.reading.rejections.push(Rejection {
                source: self.source.to_owned(),
                place: conflict.place,
                id: Some(conflict.id),
                reason: conflict.reason,
            });
        }
        self.reading.rejections.sort();
        self.reading.notes.sort();
        self.reading.articles = articles.len();
        (articles, self.reading)
    }

    fn entry(&self, place: Place, id: Option<String>, reason: String) -> Rejection {
        Rejection {
            source: self.source.to_owned(),
            place,
            id,
            reason,
        }
    }
}
