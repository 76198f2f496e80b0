//! Collects what the files of one source yield, and judges it as a whole once all are read.

use std::collections::HashSet;
use std::sync::Arc;

use super::article_spool::ArticleSpool;
use super::body::{BodyEvidence, BodyTally};
use super::budget::Budget;
use super::bytes::TextProblem;
use super::cache::FileRead;
use super::format::json::rich_text::read_stored;
use super::format::page::without_own_marks;
use super::format::rasa;
use super::reading::{Reading, Recognised};
use crate::config::SourceHolds;
use crate::model::{Article, Body, Place, Rejection, RowDigest};
use crate::spool::{Spool, SpoolError};

/// What a rejection or a note takes besides its text.
const ENTRY: usize = 200;
/// Notes beyond this many bytes are only counted: they change nothing of what is concluded.
pub(super) const NOTES: usize = 8 << 20;

/// There are more rows than the limit allows.
pub(crate) struct TooMany;

/// How far a reading had come.
#[derive(Clone, Copy)]
pub(crate) struct Mark {
    rows: usize,
    articles: usize,
    rejections: usize,
    notes: usize,
    covered: usize,
    parts: usize,
    bodies: BodyTally,
}

/// What the files of one source have yielded so far.
pub(crate) struct ArticleCollector {
    pub(super) source: Arc<str>,
    pub(super) max_rows: usize,
    pub(super) rows: usize,
    pub(super) articles: ArticleSpool,
    /// Why an article was lost, and with it the whole reading.
    pub(super) lost: Option<SpoolError>,
    pub(super) rasa: rasa::Parts,
    pub(super) reading: Reading,
    pub(super) budget: Budget,
    /// What was rejected left no room for more, and that was said.
    pub(super) is_ended: bool,
    /// Bytes of the notes, and how many more there would be.
    pub(super) notes: usize,
    pub(super) more_notes: usize,
    /// Rows that have been seen and were not parsed.
    pub(super) covered: usize,
    /// The row that is being parsed: its digest, and the article that came of it.
    pub(super) row: Option<RowDigest>,
    pub(super) of_row: Option<usize>,
    /// The header's line, once there is one.
    pub(super) header: u64,
    /// A row was met whose end is not certain.
    pub(super) flawed: bool,
    /// The file tells more than its rows do.
    pub(super) beyond_rows: bool,
    /// Files in which there is nothing at all, and what is to be said of each.
    pub(super) empty: Vec<(Place, String)>,
    /// A file that held articles and is not there.
    pub(super) missing: Option<Arc<str>>,
    /// What the answers are written in, where nobody says so.
    pub(super) bodies: Option<BodyEvidence>,
    /// What the rows of the source are.
    pub(super) holds: SourceHolds,
    /// How many of the articles are user messages, which belong to others of them.
    pub(super) messages: usize,
}

impl ArticleCollector {
    /// The articles go to the spool.
    pub(crate) fn new(source: &str, max_rows: usize, spool: &Arc<Spool>) -> Self {
        Self {
            source: source.into(),
            max_rows,
            rows: 0,
            articles: ArticleSpool::new(spool),
            lost: None,
            rasa: rasa::Parts::default(),
            reading: Reading::default(),
            budget: Budget::default(),
            is_ended: false,
            notes: 0,
            more_notes: 0,
            covered: 0,
            row: None,
            of_row: None,
            header: 0,
            flawed: false,
            beyond_rows: false,
            empty: Vec::new(),
            missing: None,
            bodies: None,
            holds: SourceHolds::Articles,
            messages: 0,
        }
    }

    /// The same, for a source whose rows are these.
    pub(crate) fn holding(mut self, holds: SourceHolds) -> Self {
        self.holds = holds;
        self
    }

    /// The same, for a source of which this is configured.
    pub(crate) fn written_in(mut self, body: Body) -> Self {
        self.bodies = (body == Body::Auto).then(BodyEvidence::default);
        self
    }

    /// Whether some of it could be read in two ways, and not all of it was seen that decides.
    pub(crate) fn lacks_evidence(&self) -> bool {
        let is_needed = self.bodies.as_ref().is_some_and(BodyEvidence::is_needed);
        is_needed && self.covered > 0
    }

    /// Counts a file.
    pub(crate) fn file(&mut self) {
        self.reading.files += 1;
        self.budget.end_of_file();
        (self.header, self.flawed, self.beyond_rows) = (0, false, false);
        self.digest(None);
    }

    /// What counts the memory that the reading takes.
    pub(crate) fn budget(&mut self) -> &mut Budget {
        &mut self.budget
    }

    /// Notes that the file is of a kind that need not have rows.
    pub(crate) fn tells_beyond_rows(&mut self) {
        self.beyond_rows = true;
    }

    /// Whether a file of a kind that has rows has had none since `mark`.
    pub(crate) fn lacks_rows(&self, mark: Mark) -> bool {
        self.has_nothing_since(mark) && !self.beyond_rows
    }

    /// Whether nothing has come since `mark`, neither a row nor anything else.
    pub(crate) fn has_nothing_since(&self, mark: Mark) -> bool {
        (self.rows, self.rasa.len()) == (mark.rows, mark.parts)
    }

    /// A file in which there is nothing, and never was anything that is live. What that means, the
    /// other files tell.
    pub(crate) fn empty(&mut self, place: Place, reason: String) {
        self.empty.push((place, reason));
    }

    /// A file that held articles is not there.
    pub(crate) fn missing(&mut self, file: Arc<str>) {
        self.missing = Some(file);
    }

    /// The line of the header of the file that is being read.
    pub(crate) fn header(&mut self, line: u64) {
        self.header = line;
    }

    /// The line up to which the rows say how the others are read, if that is not known already.
    pub(crate) fn header_ends(&mut self, line: u64) {
        if self.header == 0 && self.of_row.is_some() {
            self.header = line;
        }
    }

    /// Notes that the end of a row is not certain.
    pub(crate) fn flaw(&mut self) {
        self.flawed = true;
    }

    /// Whether the end of every row was certain.
    pub(crate) fn is_flawless(&self) -> bool {
        !self.flawed
    }

    /// The digest of the row that comes next, where it tells all of its article.
    pub(crate) fn digest(&mut self, digest: Option<RowDigest>) {
        (self.row, self.of_row) = (digest, None);
    }

    /// Notes what a file was taken for, and why.
    pub(crate) fn recognised(
        &mut self,
        file: &Arc<str>,
        format: &'static str,
        reason: &'static str,
    ) {
        self.also_recognised(Recognised {
            format,
            reason,
            files: 1,
            first: vec![file.clone()],
        });
    }

    fn also_recognised(&mut self, more: Recognised) {
        let mut all = self.reading.recognised.iter_mut();
        let same = all.find(|one| (one.format, one.reason) == (more.format, more.reason));
        match same {
            Some(same) => {
                same.files += more.files;
                let room = Recognised::NAMED.saturating_sub(same.first.len());
                same.first.extend(more.first.into_iter().take(room));
            }
            None => self.reading.recognised.push(more),
        }
    }

    /// Notes whether the text of a file is UTF-8; of an archive, whether any text in it is.
    pub(crate) fn is_utf8(&mut self, file: Arc<str>, is_utf8: bool) {
        *self.reading.utf8.entry(file).or_default() |= is_utf8;
    }

    /// How far the reading has come, to go back to.
    pub(crate) fn mark(&self) -> Mark {
        Mark {
            rows: self.rows,
            articles: self.articles.len(),
            rejections: self.reading.rejections.len(),
            notes: self.reading.notes.len(),
            covered: self.covered,
            parts: self.rasa.len(),
            bodies: self
                .bodies
                .as_ref()
                .map(BodyEvidence::tally)
                .unwrap_or_default(),
        }
    }

    /// The notes that came after `mark`.
    pub(crate) fn notes_since(&self, mark: Mark) -> impl Iterator<Item = &str> {
        let notes = self.reading.notes[mark.notes..].iter();
        notes.map(|note| note.reason.as_str())
    }

    /// Forgets what came after `mark`, because the file has to be read in another way.
    pub(crate) fn back_to(&mut self, mark: Mark) {
        self.rows = mark.rows;
        self.articles.truncate(mark.articles);
        let gone = self.reading.rejections.drain(mark.rejections..);
        self.budget
            .keep_no_more(gone.map(|entry| size(&entry)).sum());
        let gone = self.reading.notes.drain(mark.notes..);
        self.notes -= gone.map(|entry| size(&entry)).sum::<usize>();
        self.covered = mark.covered;
        if let Some(bodies) = &mut self.bodies {
            bodies.back_to(mark.bodies);
        }
        self.flawed = false;
        self.digest(None);
    }

    /// Puts what came after `mark` where it stands in the file.
    pub(crate) fn relocate(&mut self, mark: Mark, line: impl Fn(u64) -> u64) {
        let articles = self.articles.entries_mut(mark.articles).iter_mut();
        let rejections = self.reading.rejections[mark.rejections..].iter_mut();
        let notes = self.reading.notes[mark.notes..].iter_mut();
        let places = articles
            .map(|article| &mut article.place)
            .chain(rejections.chain(notes).map(|entry| &mut entry.place));
        for place in places.filter(|place| place.line > 0) {
            place.line = line(place.line);
        }
    }

    /// Rows that have been seen and need not be parsed. `false`: there are too many.
    pub(crate) fn cover(&mut self, rows: usize) -> bool {
        self.rows += rows;
        self.covered += rows;
        !self.is_full()
    }

    /// What is said of a file after it was read, for the next reading.
    pub(crate) fn seen(&mut self, mark: Mark, mut read: FileRead) {
        read.header = self.header;
        read.rows = self.rows - mark.rows;
        // Only where there is a header have the rows told everything that the file holds.
        read.clean = self.header > 0 && self.reading.rejections.len() == mark.rejections;
        let notes = &self.reading.notes[mark.notes..];
        read.notes.extend(
            notes
                .iter()
                .map(|note| (note.place.line, note.reason.clone())),
        );
        self.reading.seen.push(read);
    }

    /// The same of a file that was taken as seen.
    pub(crate) fn seen_whole(&mut self, read: FileRead) {
        self.reading.seen.push(read);
    }

    /// Takes over what was gathered beside it, as long as there may be so many rows.
    pub(crate) fn absorb(&mut self, other: Self) -> Result<(), TooMany> {
        self.rows += other.rows;
        if self.is_full() {
            return Err(TooMany);
        }
        self.articles.absorb(other.articles);
        if let (Some(bodies), Some(more)) = (&mut self.bodies, other.bodies) {
            bodies.absorb(more);
        }
        self.lost = self.lost.take().or(other.lost);
        self.messages += other.messages;
        self.reading.files += other.reading.files;
        for rejection in other.reading.rejections {
            self.budget.keep(size(&rejection));
            self.reading.rejections.push(rejection);
        }
        self.notes += other.notes;
        self.more_notes += other.more_notes;
        self.reading.notes.extend(other.reading.notes);
        for more in other.reading.recognised {
            self.also_recognised(more);
        }
        self.empty.extend(other.empty);
        Ok(())
    }

    /// Counts a row, as long as there may be more.
    pub(crate) fn row(&mut self, line: u64) -> Result<(), TextProblem> {
        if self.budget.keeps_too_much() {
            self.is_ended = true;
            let reason = format!(
                "is where reading ended, because {} rows were skipped by then and each is kept with its reason; correct the export, or `fields`, if they all have the same one",
                self.reading.rejections.len()
            );
            return Err(TextProblem::unusable(line, reason));
        }
        if self.rows == self.max_rows {
            self.rows += 1;
            let reason = format!(
                "is past max_rows = {}, and nothing from here on was read; raise max_rows if the source is meant to be so large",
                self.max_rows
            );
            return Err(TextProblem::rest(line, reason));
        }
        self.rows += 1;
        Ok(())
    }

    /// Whether there were more rows than the limit allows, or too many that were rejected.
    pub(crate) fn is_full(&self) -> bool {
        self.rows > self.max_rows || self.is_ended
    }

    /// Changes the articles that came after `mark`, or rejects them for the reason that this gives.
    pub(crate) fn revise(
        &mut self,
        mark: Mark,
        mut change: impl FnMut(&mut Article, &mut Budget) -> Result<(), String>,
    ) {
        self.digest(None);
        let mut gone = HashSet::new();
        for at in mark.articles..self.articles.len() {
            match self.revise_one(at, &mut change) {
                Ok(true) => {}
                Ok(false) => drop(gone.insert(at)),
                Err(error) => self.lost = Some(error),
            }
        }
        self.articles.remove(&gone);
    }

    /// `false`: it was rejected.
    fn revise_one(
        &mut self,
        at: usize,
        change: &mut impl FnMut(&mut Article, &mut Budget) -> Result<(), String>,
    ) -> Result<bool, SpoolError> {
        let before = self.articles.get(at)?;
        let mut article = before.clone();
        match change(&mut article, &mut self.budget) {
            Ok(()) if article == before => {}
            Ok(()) => self.articles.replace(at, article)?,
            Err(reason) => {
                self.reject_alone(article.place, article.id, reason);
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// The questions and answers that are joined by name in the end.
    pub(crate) fn rasa(&mut self) -> &mut rasa::Parts {
        &mut self.rasa
    }

    pub(crate) fn article(&mut self, mut article: Article) {
        if let Err(unknown) = read_stored(&mut article) {
            self.reject_alone(article.place, article.id, unknown.reason("answer"));
            return;
        }
        if let Some(note) = without_own_marks(&mut article) {
            let id = Some(article.id.clone());
            self.note_about(article.place.clone(), id, note);
        }
        match self.of_row {
            // A row that gives several articles is not known by its digest.
            Some(first) => {
                if let Some(entry) = self.articles.entries_mut(first).first_mut() {
                    entry.row = None;
                }
            }
            None => article.row = self.row.take(),
        }
        self.of_row = Some(self.articles.len());
        self.put(article);
    }

    pub(super) fn put(&mut self, mut article: Article) {
        if let Some(bodies) = &mut self.bodies
            && bodies.see(&article)
        {
            article.row = None;
        }
        self.messages += usize::from(article.is_messages());
        if let Err(error) = self.articles.put(article) {
            self.lost = Some(error);
        }
    }
}

/// About how much memory a rejection or a note takes.
pub(super) fn size(entry: &Rejection) -> usize {
    ENTRY + entry.id.as_ref().map_or(0, String::len) + entry.reason.len()
}
