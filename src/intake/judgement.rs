//! What is said of a source: what was rejected, what a person may want to know, and whether all of it was
//! read.

use std::collections::{BTreeMap, HashSet};

use super::article_collector::{ArticleCollector, NOTES, size};
use super::article_spool::ArticleSpool;
use super::body::{BodyEvidence, UNDECIDED, is_doubtful};
use super::folder::Remark;
use super::format::Alone;
use super::merge_articles as merge;
use super::reading::Reading;
use crate::config::SourceHolds;
use crate::model::{BodyDecision, Place, Reach, Rejection};
use crate::spool::SpoolError;

impl ArticleCollector {
    /// Rejects what may hide other articles: that is so wherever nothing else is known.
    pub(crate) fn reject(&mut self, place: Place, id: Option<String>, reason: String) {
        self.reject_as(Reach::Rest, place, id, reason);
    }

    /// Rejects an article whose text was read whole.
    pub(crate) fn reject_alone(&mut self, place: Place, id: String, reason: String) {
        self.reject_as(Reach::Alone, place, Some(id), reason);
    }

    /// Rejects what says this of the rest; what nobody can name may be anything.
    pub(crate) fn reject_as(
        &mut self,
        reach: Reach,
        place: Place,
        id: Option<String>,
        reason: String,
    ) {
        let reach = if id.is_none() {
            reach.max(Reach::Rest)
        } else {
            reach
        };
        let rejection = self.entry(place, id, reason, reach);
        self.budget.keep(size(&rejection));
        self.reading.rejections.push(rejection);
    }

    /// Keeps who wrote an article that is rejected, where both are known.
    pub(crate) fn note_author(&mut self, id: Option<&str>, author: Option<String>) {
        if let Some((id, author)) = id.zip(author) {
            self.budget.keep(id.len() + author.len());
            self.reading.authors.push((id.to_owned(), author));
        }
    }

    pub(crate) fn note(&mut self, place: Place, text: String) {
        self.note_about(place, None, text);
    }

    /// A note on the article of this id.
    pub(crate) fn note_about(&mut self, place: Place, id: Option<String>, text: String) {
        // What is worth a note is told each time.
        self.row = None;
        let note = self.entry(place, id, text, Reach::Alone);
        let size = size(&note);
        if self.notes + size > NOTES {
            self.more_notes += 1;
            return;
        }
        self.notes += size;
        self.reading.notes.push(note);
    }

    /// Takes over what the scan had to say.
    pub(crate) fn remarks(&mut self, unreadable: &[Remark], notes: &[Remark]) {
        for remark in unreadable {
            self.reject_as(
                remark.reach,
                remark.place.clone(),
                None,
                remark.text.clone(),
            );
        }
        for remark in notes {
            self.note(remark.place.clone(), remark.text.clone());
        }
    }

    /// The articles that stand, in the order in which they were read, and the rest. `earlier`: as what
    /// the reading before read those answers that could be read in two ways.
    pub(crate) fn finish(
        mut self,
        earlier: Option<BodyDecision>,
    ) -> Result<(ArticleSpool, Reading), SpoolError> {
        let (joined, alone) = std::mem::take(&mut self.rasa).join();
        for article in joined {
            self.put(article);
        }
        for part in alone {
            match part {
                Alone::Rejected(place, id, reason) => self.reject_alone(place, id, reason),
                Alone::Noted(place, text) => self.note(place, text),
            }
        }
        if let Some(error) = self.lost {
            return Err(error);
        }
        self.judge_empty();
        self.judge_bodies(earlier)?;
        self.tell_of_more_notes();
        // What stands beside the articles has no id of its own.
        if self.holds == SourceHolds::Articles {
            self.merge()?;
        }
        self.reading.rejections.sort();
        self.reading.notes.sort();
        self.reading.articles = self.articles.len() + self.covered;
        self.reading.rows = self.rows;
        Ok((self.articles, self.reading))
    }

    /// Leaves one article to an id, with the user messages that stand elsewhere.
    fn merge(&mut self) -> Result<(), SpoolError> {
        let messages = if self.messages > 0 {
            merge::take_messages(&mut self.articles)?
        } else {
            BTreeMap::new()
        };
        let conflicts = merge::merge(&mut self.articles, &self.reading.rejections)?;
        for conflict in conflicts {
            let (place, id) = (conflict.place, Some(conflict.id));
            let rejection = self.entry(place, id, conflict.reason, Reach::Alone);
            self.reading.rejections.push(rejection);
        }
        for stray in merge::give_messages(&mut self.articles, messages)? {
            self.note_about(stray.place, Some(stray.id), merge::STRAY.to_owned());
        }
        Ok(())
    }

    /// An empty file beside others that hold articles is worth a note; one that may stand for a file
    /// that is gone, or for all there is, is none.
    fn judge_empty(&mut self) {
        let others = self.articles.len() + self.covered > 0;
        for (place, reason) in std::mem::take(&mut self.empty) {
            match &self.missing {
                _ if !others => self.reject_as(Reach::Unusable, place, None, reason),
                Some(file) => {
                    let reason = format!(
                        "is empty, and {file}, which held articles, is gone; what came from there stays as it is. Export it again, or delete the empty file"
                    );
                    self.reject(place, None, reason);
                }
                None => self.note(place, reason),
            }
        }
    }

    /// Decides what those answers are written in that could be read in two ways.
    fn judge_bodies(&mut self, earlier: Option<BodyDecision>) -> Result<(), SpoolError> {
        let Some(bodies) = self.bodies.take().filter(BodyEvidence::is_needed) else {
            self.reading.body = earlier;
            return Ok(());
        };
        let mut rejections = self.reading.rejections.iter();
        if rejections.any(|rejection| rejection.reach == Reach::Unusable) {
            self.reading.body = earlier;
            return self.leave_undecided();
        }
        let (decision, told) = bodies.decide(earlier);
        self.reading.body = Some(decision);
        for (place, text) in told.into_iter().chain(bodies.escapes_told(decision)) {
            self.note(place, text);
        }
        self.articles.decide(decision);
        Ok(())
    }

    /// A part of the source alone must not decide how the rest is read.
    fn leave_undecided(&mut self) -> Result<(), SpoolError> {
        let mut gone = HashSet::new();
        for at in 0..self.articles.len() {
            let article = self.articles.get(at)?;
            if is_doubtful(&article) {
                self.reject_alone(article.place, article.id, UNDECIDED.to_owned());
                gone.insert(at);
            }
        }
        self.articles.remove(&gone);
        Ok(())
    }

    fn tell_of_more_notes(&mut self) {
        let last = self.reading.notes.last().map(|note| note.place.clone());
        if let (Some(place), 1..) = (last, self.more_notes) {
            let text = format!("{} more notes were left out", self.more_notes);
            let note = self.entry(place, None, text, Reach::Alone);
            self.reading.notes.push(note);
        }
    }

    fn entry(&self, place: Place, id: Option<String>, reason: String, reach: Reach) -> Rejection {
        Rejection {
            source: self.source.to_string(),
            place,
            id,
            reason,
            reach,
        }
    }
}
