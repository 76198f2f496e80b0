//! What becomes of the articles of one source, one after the other: steps, rejections, notes, and what
//! is noted down of their rows.

use std::sync::Arc;

use super::gathered::SourceRead;
use crate::config::Source;
use crate::flow::intake::Article;
use crate::flow::normalise::{Digest, NameTemplate, Normalised, Outline, normalise};
use crate::flow::plan::{ArticleKey, Desired};
use crate::seen::{FreshRow, Hasher};
use crate::spool::Spool;

/// Takes articles, and says what they came to.
pub(super) struct Taking<'a> {
    pub(super) source: &'a Source,
    /// Its name, which all of its articles share.
    pub(super) name: Arc<str>,
    pub(super) names: &'a NameTemplate,
    /// Makes the digests of articles; `None`: nobody wants them.
    pub(super) hasher: Option<&'a Hasher>,
    /// Where the content of the steps goes.
    pub(super) spool: Arc<Spool>,
    /// What has come of them so far.
    pub(super) read: SourceRead,
}

impl Taking<'_> {
    /// Takes the next article.
    pub(super) fn take(&mut self, article: &Article) {
        let key = |hasher: &Hasher| hasher.article(&self.source.name, &article.id);
        self.read.ids.extend(self.hasher.map(key));
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
                    self.step(step, digest);
                }
            }
            Err(rejection) => self.read.rejections.push(rejection),
        }
    }

    fn step(&mut self, step: Normalised, digest: Digest) {
        self.read.notes.extend(step.notes);
        self.read.desired.push(Desired {
            key: ArticleKey {
                source: self.name.clone(),
                article: step.article,
            },
            step: Outline::spooled(step.step, digest, &self.spool),
            place: step.place,
        });
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
        self.read.fresh.push(FreshRow {
            file: files.len() - 1,
            digest,
            article: hasher.article(&self.source.name, &step.article),
            content,
        });
    }
}
