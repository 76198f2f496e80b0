//! What becomes of the articles of one source, one after the other: steps, rejections, notes, and what
//! is cached of their rows.

use std::sync::Arc;

use super::source_results::SourceRead;
use super::variants::VariantRow;
use crate::config::{Source, SourceHolds};
use crate::intake::{Hasher, MissedRow, MissedRows};
use crate::model::{Article, ArticleKey, DesiredRef, Digest, StepOrigin, StepRef};
use crate::normalise::{NameTemplate, Normalised, normalise, user_messages};
use crate::spool::Spool;
use crate::text::mail_address;

/// Takes articles, and says what they came to.
pub(crate) struct NormaliseSource<'a> {
    pub(crate) source: &'a Source,
    /// Its name, which all of its articles share.
    pub(crate) name: Arc<str>,
    pub(crate) names: &'a NameTemplate,
    /// Makes the digests of articles; `None`: nobody wants them.
    pub(crate) hasher: Option<&'a Hasher>,
    /// Where the content of the steps goes.
    pub(crate) spool: Arc<Spool>,
    /// What the steps of the file share that the last one came from.
    pub(crate) origin: Option<Arc<StepOrigin>>,
    /// What has come of them so far.
    pub(crate) read: SourceRead,
}

impl NormaliseSource<'_> {
    /// Takes the next article.
    pub(crate) fn take(&mut self, article: &Article) {
        if self.source.holds == SourceHolds::Messages {
            return self.take_messages(article);
        }
        let key = |hasher: &Hasher| hasher.article(&self.source.name, &article.id);
        self.read.ids.extend(self.hasher.map(key));
        let author = article.author.as_deref();
        let author = author.and_then(|author| mail_address(author));
        match normalise(
            article,
            &self.source.name,
            &self.source.presentation,
            self.names,
        ) {
            Ok(steps) => {
                let is_alone = steps.len() == 1;
                for step in steps {
                    let digest = step.step.digest();
                    if is_alone {
                        self.note_row(article, &step, digest);
                    }
                    self.note_author(&step.article, author.as_deref());
                    self.step(step, digest);
                }
            }
            Err(rejection) => {
                self.note_author(&article.id, author.as_deref());
                self.read.rejections.push(rejection);
            }
        }
    }

    fn note_author(&mut self, article: &str, author: Option<&str>) {
        let fields = self.source.fields.as_ref();
        if fields.is_some_and(|fields| fields.author.is_some()) {
            let entry = (article.into(), author.map(Into::into));
            self.read.authors.push(entry);
        }
    }

    fn take_messages(&mut self, article: &Article) {
        match user_messages(article, &self.source.name, &self.source.presentation) {
            Ok((messages, notes)) => {
                self.read.notes.extend(notes);
                self.read.variants.push(VariantRow {
                    id: article.id.clone(),
                    messages,
                    place: article.place.clone(),
                });
            }
            Err(rejection) => self.read.rejections.push(rejection),
        }
    }

    fn step(&mut self, step: Normalised, digest: Digest) {
        self.read.notes.extend(step.notes);
        let key = ArticleKey {
            source: self.name.clone(),
            article: step.article.into(),
        };
        let origin = self.origin(&step.place.file);
        let mut outline = StepRef::spooled(step.step, digest, &origin);
        outline.node_name = key.step_name(&outline.node_name);
        self.read.desired.push(DesiredRef {
            key,
            step: outline,
            line: u32::try_from(step.place.line).unwrap_or(u32::MAX),
        });
    }

    fn origin(&mut self, file: &Arc<str>) -> Arc<StepOrigin> {
        let last = self.origin.take().filter(|last| last.file == *file);
        let origin = last.unwrap_or_else(|| {
            Arc::new(StepOrigin {
                file: file.clone(),
                spool: self.spool.clone(),
            })
        });
        self.origin = Some(origin.clone());
        origin
    }

    /// Notes down a row that tells all of its article, and of which one step came.
    fn note_row(&mut self, article: &Article, step: &Normalised, content: Digest) {
        let (Some(digest), Some(hasher)) = (article.row, self.hasher) else {
            return;
        };
        if !step.notes.is_empty() || step.article != article.id {
            return;
        }
        let files = &mut self.read.fresh_files;
        let file = &step.place.file;
        if files.last().is_none_or(|last| !Arc::ptr_eq(last, file)) {
            files.push(file.clone());
        }
        let fresh = &mut self.read.fresh;
        let fresh = fresh.get_or_insert_with(|| MissedRows::new(&self.spool));
        fresh.push(MissedRow {
            file: files.len() - 1,
            digest,
            article: hasher.article(&self.source.name, &step.article),
            content,
        });
    }
}
