//! When an article that was not read counts as gone: what the files and lists of its source say, and
//! how long it has been absent. Pure; DESIGN calls the outcomes unread, waiting, and confirmed.

use super::{PlanInput, SourceState};
use crate::clock::{TimePoint, span};
use crate::model::{Absence, ArticleKey, FileId, LiveStep, Marker, StepRef, stored_path};
use crate::sabotage;
use crate::sabotage::Sabotage;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

/// What a reading says of a file that held live steps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Presence {
    /// It was read to its end, and nobody has it open for writing.
    Read,
    /// It was read to its end, but a writer that only pauses cannot be excluded for so long.
    Young(Duration),
    /// Somebody has it open for writing, so that it was not read.
    Open(Arc<str>),
    /// It is not there, or counts no more.
    Gone(Arc<str>),
}

/// What a reading says of the files of one folder.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FolderState {
    /// The files that steps of the snapshot name.
    pub files: HashMap<FileId, Presence>,
    /// Where `complete_when` is set: the marker.
    pub marker: Option<MarkerState>,
    /// Only the newest file counts.
    pub newest: bool,
    /// Somebody has a file of it open for writing.
    pub is_any_open: bool,
}

/// The marker of a folder with `complete_when`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MarkerState {
    /// As it is; `None`: there is none.
    pub now: Option<Marker>,
    /// Whether it is not older than any of the files.
    pub is_current: bool,
    /// As it was at the reading before; the outer `None`: nobody looked.
    pub before: Option<Option<Marker>>,
}

/// The file of an article.
pub(crate) struct InFile {
    /// Its path in its source, as it is stored.
    pub(crate) path: Arc<str>,
    /// Its number; `None`: it has none yet.
    pub(crate) id: Option<FileId>,
}

impl PlanInput {
    /// The file that an article stands in, where its source has files.
    pub(crate) fn file_of(&self, key: &ArticleKey, step: &StepRef) -> Option<InFile> {
        let evidence = self.judge.evidence.get(&*key.source)?;
        let folder = evidence.folder.as_ref()?;
        let path = folder.stored_path(step.file()?);
        let at = (key.source.clone(), path.clone());
        let id = self.files.get(&at).copied();
        Some(InFile { path, id })
    }
}

impl FolderState {
    /// Whether each file that held live steps was read, and no writer can be in the middle of one.
    fn is_read_whole(&self) -> bool {
        let is_read = |presence: &Presence| *presence == Presence::Read;
        !self.is_any_open && self.files.values().all(is_read)
    }

    fn stored_path(&self, file: &Arc<str>) -> Arc<str> {
        stored_path(file, self.newest)
    }
}

/// What is known of one source besides its state.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Evidence {
    /// Its files, if it is a folder.
    pub folder: Option<FolderState>,
    /// Articles that were rejected, by id, with the reason.
    pub rejected: BTreeMap<String, Arc<str>>,
}

/// What the absence of an article comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum AbsenceVerdict {
    /// Nothing: it may be there.
    Unread(HiddenArticles),
    /// It waits for so long, because of this.
    Waiting(Duration, String),
    /// It is gone.
    Confirmed,
}

/// Why the absence of an article means nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct HiddenArticles {
    /// In words.
    pub(crate) reason: Arc<str>,
    /// The article itself was met, and rejected alone.
    pub(crate) is_rejected: bool,
}

impl HiddenArticles {
    fn behind(reason: impl Into<Arc<str>>) -> Self {
        Self {
            reason: reason.into(),
            is_rejected: false,
        }
    }
}

/// By what absences are judged.
#[derive(Clone, Debug, Default)]
pub struct Judge {
    /// How each source was read, by its name.
    pub sources: BTreeMap<String, SourceState>,
    /// What else is known of them.
    pub evidence: BTreeMap<String, Evidence>,
    /// How long what vanished must stay away.
    pub removals_after: Duration,
    /// A person takes incomplete sources for complete, as they were read.
    pub incomplete_approved: bool,
    /// Now.
    pub now: TimePoint,
}

impl Judge {
    /// What the absence of a live step's article comes to. `released`: a person ended the wait.
    pub(crate) fn absent(
        &self,
        known: &LiveStep,
        before: Option<&Absence>,
        released: bool,
    ) -> AbsenceVerdict {
        if let Some(reason) = self.unread(&known.key) {
            return AbsenceVerdict::Unread(reason);
        }
        let folder = self.of(&known.key).and_then(|found| found.folder.as_ref());
        let Some(folder) = folder else {
            return AbsenceVerdict::Confirmed;
        };
        let presence = known.file.and_then(|file| folder.files.get(&file));
        if let Some(Presence::Open(file)) = presence {
            return AbsenceVerdict::Unread(HiddenArticles::behind(open(file)));
        }
        let confirmed = before.is_some_and(|before| before.confirmed) || self.is_taken_whole(known);
        if released || confirmed || sabotage::is(Sabotage::AbsenceAtOnce) {
            return AbsenceVerdict::Confirmed;
        }
        let marker = folder.marker.as_ref();
        let marker = marker.filter(|_| !sabotage::is(Sabotage::MarkerIgnored));
        match (marker, presence) {
            (Some(marker), _) if marker.is_renewed(before) => AbsenceVerdict::Confirmed,
            (Some(_), _) => self.wait(before, "the marker of complete_when was not written since"),
            // It may be on its way there.
            (None, Some(Presence::Read | Presence::Young(_))) if folder.is_any_open => {
                self.wait(before, "another file of its source is open for writing")
            }
            (None, Some(Presence::Read)) => AbsenceVerdict::Confirmed,
            (None, Some(Presence::Young(_))) if sabotage::is(Sabotage::YoungIsWhole) => {
                AbsenceVerdict::Confirmed
            }
            (None, Some(Presence::Young(left))) => AbsenceVerdict::Waiting(
                *left,
                format!(
                    "its file was written less than {} ago (removals_after), and its writer may only pause",
                    span(self.removals_after)
                ),
            ),
            (None, Some(Presence::Gone(file))) => {
                self.wait(before, &format!("its file {file} is not there"))
            }
            // Whichever it was, it was read.
            (None, None) if folder.is_read_whole() => AbsenceVerdict::Confirmed,
            (None, Some(Presence::Open(_)) | None) => {
                self.wait(before, "its file is not known any more")
            }
        }
    }

    /// A person takes its source for complete, as it was read.
    fn is_taken_whole(&self, known: &LiveStep) -> bool {
        let state = self.sources.get(&*known.key.source);
        self.incomplete_approved && matches!(state, Some(SourceState::Incomplete { .. }))
    }

    /// Why the absence of this article means nothing, whatever its file says.
    pub(crate) fn unread(&self, key: &ArticleKey) -> Option<HiddenArticles> {
        let rejected = self.of(key).and_then(|found| found.rejection_of(key));
        if let Some(reason) = rejected {
            return Some(HiddenArticles {
                reason: reason.clone(),
                is_rejected: true,
            });
        }
        match self.sources.get(&*key.source) {
            Some(state) => self.hides(&key.source, state),
            None => self.unread_elsewhere(),
        }
    }

    /// A source that the configuration no longer has says nothing about its articles. They may
    /// have moved to one that could not be read.
    fn unread_elsewhere(&self) -> Option<HiddenArticles> {
        self.sources
            .iter()
            .find_map(|(source, state)| self.hides(source, state))
    }

    fn hides(&self, source: &str, state: &SourceState) -> Option<HiddenArticles> {
        match state {
            SourceState::Complete => None,
            SourceState::Incomplete { .. }
                if self.incomplete_approved || sabotage::is(Sabotage::IncompleteIsComplete) =>
            {
                None
            }
            SourceState::Incomplete { reason } => Some(HiddenArticles::behind(format!(
                "source \"{source}\" was not read completely: {reason}"
            ))),
            SourceState::Failed { reason } => Some(HiddenArticles::behind(format!(
                "source \"{source}\" could not be read: {reason}"
            ))),
        }
    }

    fn of(&self, key: &ArticleKey) -> Option<&Evidence> {
        self.evidence.get(&*key.source)
    }

    /// Absent for long enough, and in two readings?
    fn wait(&self, before: Option<&Absence>, why: &str) -> AbsenceVerdict {
        let (absent, reads) = before.map_or((Duration::ZERO, 1), |before| {
            (self.now.since(&before.since), before.reads + 1)
        });
        if absent >= self.removals_after && reads >= 2 {
            return AbsenceVerdict::Confirmed;
        }
        let left = self.removals_after.saturating_sub(absent);
        AbsenceVerdict::Waiting(
            left,
            format!(
                "{why}; it counts as gone once it has been absent for {} (removals_after)",
                span(self.removals_after)
            ),
        )
    }
}

impl Evidence {
    /// Steps of one article that was split have ids that begin with its own.
    fn rejection_of(&self, key: &ArticleKey) -> Option<&Arc<str>> {
        let whole = self.rejected.get(key.article.as_str());
        whole.or_else(|| {
            let (article, _) = key.article.split_once('#')?;
            self.rejected.get(article)
        })
    }
}

impl MarkerState {
    /// Whether it is another one than when the article was last there, and says so of every file.
    fn is_renewed(&self, before: Option<&Absence>) -> bool {
        let then = match before {
            Some(before) => Some(before.marker),
            None => self.before,
        };
        self.is_current && self.now.is_some() && then.is_some_and(|then| then != self.now)
    }
}

fn open(file: &str) -> String {
    format!("{file} is open for writing; it is read when the writer has closed it")
}
