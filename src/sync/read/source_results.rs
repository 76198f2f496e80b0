//! What the sources of a bot came to, one after the other and together.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use ecow::EcoString;

use super::variants::{VariantRow, Variants};
use crate::config::{Source, SourceHolds};
use crate::intake::{
    EMPTIED, FileRead, FolderReading, MissedRow, MissedRows, ReadMissedRows, Reading, SourceError,
};
use crate::model::{
    BodyDecision, DesiredRef, Fingerprint, Reach, Rejection, StepRef, UploadId, stored_path,
};
use crate::plan::SourceState;
use crate::sabotage;
use crate::sabotage::Sabotage;
use crate::spool::SpoolError;
use crate::store::OldStep;
use crate::text::{command_for, mail_address};

/// What the sources of a bot say should be live.
#[derive(Clone, Debug, Default)]
pub(crate) struct SourceResults {
    /// The steps, under the names that the template gives.
    pub(crate) desired: Vec<DesiredRef>,
    /// How each source was read.
    pub(crate) sources: BTreeMap<String, SourceState>,
    /// What is known of each besides: its files, and what was rejected alone.
    pub(crate) folders: BTreeMap<String, FolderReading>,
    /// As what the answers of each were read that could be read in two ways.
    pub(crate) bodies: BTreeMap<String, BodyDecision>,
    /// Sources that could not be read whole, for another reason than their rows, each with why.
    pub(crate) incomplete: Vec<String>,
    /// Sources that were read completely and hold nothing.
    pub(crate) empty: BTreeSet<String>,
    /// Articles that were read.
    pub(crate) articles: ArticleCounts,
    /// What was not taken.
    pub(crate) rejections: Vec<Rejection>,
    /// Things worth knowing.
    pub(crate) notes: Vec<Rejection>,
    /// The configuration behind it.
    pub(crate) fingerprint: Fingerprint,
    /// How each file was read that may be known again.
    pub(crate) files: Vec<FileRead>,
    /// Of these, by source and path, those with rows that were seen before and are as they were.
    pub(crate) known_files: Vec<(String, Arc<str>)>,
    /// The digests of the articles that were parsed.
    pub(crate) ids: Vec<u64>,
    /// Rows that were parsed, and the one step that came of each.
    pub(crate) fresh: Vec<CacheUpdate>,
    /// User messages that are kept beside the articles.
    pub(crate) variants: Variants,
    /// Who wrote the articles that were parsed, by source, where the configuration asks for that.
    pub(crate) authors: BTreeMap<String, Authors>,
}

/// How many articles were read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ArticleCounts {
    /// Of all sources.
    pub all: u64,
    /// Of each. Where nothing had to be read, because all is as it was, it is only known of all of them.
    pub by_source: BTreeMap<String, u64>,
}

impl ArticleCounts {
    fn add(&mut self, source: &str, articles: u64) {
        self.all += articles;
        self.by_source.insert(source.to_owned(), articles);
    }
}

/// Articles by id, each with the address of its author, where it has one.
pub(crate) type Authors = Vec<(EcoString, Option<EcoString>)>;

/// Rows of one source that were parsed.
#[derive(Clone, Debug)]
pub(crate) struct CacheUpdate {
    rows: MissedRows,
    /// Where the files that they name are among all that were read.
    files: Vec<Option<usize>>,
}

/// Those of all sources, as far as they stand in files that may be known again.
impl ReadMissedRows for Vec<CacheUpdate> {
    fn each(&self, take: &mut dyn FnMut(MissedRow)) -> Result<(), SpoolError> {
        for CacheUpdate { rows, files } in self {
            rows.each(|row| {
                if let Some(file) = files[row.file] {
                    take(MissedRow { file, ..row });
                }
            })?;
        }
        Ok(())
    }
}

impl SourceResults {
    /// What was live after an upload, as if a source said so.
    pub(crate) fn of_upload(upload: UploadId, old: Vec<OldStep>) -> Self {
        let file = format!("upload {}", upload.0).into();
        Self {
            desired: old
                .into_iter()
                .map(|old| DesiredRef {
                    key: old.key,
                    step: StepRef::of_file(old.step, &file),
                    line: 0,
                })
                .collect(),
            ..Self::default()
        }
    }

    /// Whether every source was read and holds something.
    pub(crate) fn nothing_is_empty(&self) -> bool {
        let read = |state: &SourceState| !matches!(state, SourceState::Failed { .. });
        self.empty.is_empty() && self.sources.values().all(read)
    }

    /// The files of folders in which articles stand, or were rejected, by source and stored path.
    pub(crate) fn holding(&self) -> BTreeMap<String, HashSet<Arc<str>>> {
        let mut holding: BTreeMap<String, HashSet<Arc<str>>> = BTreeMap::new();
        let mut note = |source: &str, file: &Arc<str>| {
            if let Some(folder) = self.folders.get(source) {
                let path = stored_path(file, folder.newest);
                holding.entry(source.to_owned()).or_default().insert(path);
            }
        };
        let mut last: Option<&Arc<str>> = None;
        for wanted in &self.desired {
            let Some(file) = wanted.step.file() else {
                continue;
            };
            // The steps of a file follow each other.
            if last.is_none_or(|last| !Arc::ptr_eq(last, file)) {
                note(&wanted.key.source, file);
                last = Some(file);
            }
        }
        for rejection in &self.rejections {
            note(&rejection.source, &rejection.place.file);
        }
        for (source, file) in &self.known_files {
            note(source, file);
        }
        holding
    }

    /// Whether a source could not be read.
    pub(crate) fn has_failed(&self, source: &str) -> bool {
        matches!(self.sources.get(source), Some(SourceState::Failed { .. }))
    }

    /// An empty export counts as a failed read until a person says otherwise.
    pub(crate) fn refuse_empty(&mut self, approved: bool, domain_name: &str) {
        for rejection in &self.rejections {
            let emptied = rejection.reason.ends_with(EMPTIED);
            if let (true, Some(SourceState::Failed { reason })) =
                (emptied, self.sources.get_mut(&rejection.source))
            {
                let more = meant_to_be_empty(domain_name);
                if !reason.ends_with(&more) {
                    *reason = format!("{reason}. {more}");
                }
            }
        }
        for source in std::mem::take(&mut self.empty) {
            if approved || sabotage::is(Sabotage::EmptyIsMeant) {
                // Also where there is no file at all, and the read counted as failed.
                self.sources.insert(source, SourceState::Complete);
                continue;
            }
            let said = match self.sources.get(&source) {
                Some(SourceState::Failed { reason }) => reason.clone(),
                _ => "the export holds no articles.".to_owned(),
            };
            let reason = format!("{said} {}", meant_to_be_empty(domain_name));
            self.sources.insert(source, SourceState::Failed { reason });
        }
    }

    fn add_rows(
        &mut self,
        files: Vec<FileRead>,
        fresh: Option<MissedRows>,
        fresh_files: &[Arc<str>],
    ) {
        let positions: HashMap<Arc<str>, usize> = files
            .iter()
            .map(|file| file.relative.clone())
            .zip(self.files.len()..)
            .collect();
        let known = files.iter().filter(|file| !file.covered.is_empty());
        let known = known.map(|file| (file.source.clone(), file.relative.clone()));
        self.known_files.extend(known);
        self.files.extend(files);
        self.fresh.extend(fresh.map(|rows| {
            CacheUpdate {
                rows,
                files: fresh_files
                    .iter()
                    .map(|file| positions.get(file).copied())
                    .collect(),
            }
        }));
    }

    /// Takes in what one source came to.
    pub(crate) fn add(&mut self, source: &Source, outcome: Result<SourceRead, SourceError>) {
        if source.holds == SourceHolds::Messages {
            return self.add_messages(source, outcome);
        }
        let name = source.name.clone();
        let state = match outcome {
            Ok(read) => {
                self.articles.add(&name, read.reading.articles as u64);
                let rejections = read.reading.rejections.iter().chain(&read.rejections);
                let state = state_of(&rejections, read.reading.incomplete.as_deref());
                let nothing = read.reading.articles == 0
                    && read.reading.rejections.is_empty()
                    && read.rejections.is_empty();
                let incomplete = read.reading.incomplete.iter();
                self.incomplete
                    .extend(incomplete.map(|why| format!("source \"{name}\": {why}")));
                let folder = read.reading.folder;
                let is_open = folder.as_ref().is_some_and(|found| !found.open.is_empty());
                if let Some(folder) = folder {
                    self.folders.insert(name.clone(), folder);
                }
                if let Some(body) = read.reading.body {
                    self.bodies.insert(name.clone(), body);
                }
                self.rejections.extend(read.reading.rejections);
                self.rejections.extend(read.rejections);
                self.notes.extend(read.reading.notes);
                self.notes.extend(read.notes);
                append(&mut self.desired, read.desired);
                let mut authors = read.authors;
                let of_rejected = read.reading.authors.into_iter();
                authors.extend(of_rejected.map(|(id, author)| {
                    let author = mail_address(&author).map(EcoString::from);
                    (EcoString::from(id), author)
                }));
                if !authors.is_empty() {
                    self.authors.insert(name.clone(), authors);
                }
                self.add_rows(read.reading.seen, read.fresh, &read.fresh_files);
                append(&mut self.ids, read.ids);
                // Who is writing the only file has not said yet that it is empty.
                if nothing && !is_open && state == SourceState::Complete {
                    self.empty.insert(name.clone());
                }
                state
            }
            Err(error) if is_passed_over(&error) => SourceState::Complete,
            Err(error) => {
                let reason = error.to_string();
                let error = match &error {
                    SourceError::Again(error) => error,
                    error => error,
                };
                match error {
                    SourceError::BadRows { rejections } => {
                        self.rejections.extend_from_slice(rejections);
                    }
                    SourceError::Empty { .. } => {
                        self.empty.insert(name.clone());
                    }
                    _ => {}
                }
                SourceState::Failed { reason }
            }
        };
        self.sources.insert(name, state);
    }
}

fn is_passed_over(error: &SourceError) -> bool {
    match error {
        SourceError::NoAnswer { .. } => sabotage::is(Sabotage::LateIsEmpty),
        SourceError::Defect { .. } => sabotage::is(Sabotage::PanicIsEmpty),
        _ => false,
    }
}

/// What an empty export comes to, and the way out.
fn meant_to_be_empty(domain_name: &str) -> String {
    format!(
        "An empty export removes nothing; if this bot is meant to have no steps from it, run `{}`",
        command_for("approve", domain_name, &["--empty"])
    )
}

/// What the rejections of a source say of the rest of it.
fn state_of<'a>(
    rejections: &(impl Iterator<Item = &'a Rejection> + Clone),
    incomplete: Option<&str>,
) -> SourceState {
    let of = |reach| {
        let all = rejections.clone().filter(move |found| found.reach == reach);
        let first = all.clone().next();
        first.map(|first| (first, all.count()))
    };
    let told = |(first, count): (&Rejection, usize)| match count {
        1 => format!("{}: {}", first.place, first.reason),
        count => format!("{}: {} (and {} more)", first.place, first.reason, count - 1),
    };
    if let Some(found) = of(Reach::Unusable) {
        return SourceState::Failed {
            reason: told(found),
        };
    }
    let reason = incomplete
        .map(str::to_owned)
        .or_else(|| of(Reach::Rest).map(told));
    match reason {
        Some(reason) => SourceState::Incomplete { reason },
        None => SourceState::Complete,
    }
}

/// The first list is taken as it is: a copy would hold everything twice.
fn append<T>(all: &mut Vec<T>, mut more: Vec<T>) {
    if all.is_empty() {
        *all = more;
    } else {
        all.append(&mut more);
    }
}

/// What one source came to.
#[derive(Clone, Debug, Default)]
pub(crate) struct SourceRead {
    pub(crate) reading: Reading,
    pub(crate) desired: Vec<DesiredRef>,
    pub(crate) rejections: Vec<Rejection>,
    pub(crate) notes: Vec<Rejection>,
    /// Rows that were parsed, each with the position of its file in the next list.
    pub(crate) fresh: Option<MissedRows>,
    /// The files of these rows; one of them may stand there more than once.
    pub(crate) fresh_files: Vec<Arc<str>>,
    /// The digests of the articles that were parsed.
    pub(crate) ids: Vec<u64>,
    /// The rows of a source that holds user messages alone.
    pub(crate) variants: Vec<VariantRow>,
    /// Who wrote the articles, where the configuration asks for that.
    pub(crate) authors: Authors,
}

impl SourceRead {
    /// Puts what came of the articles that follow behind what there is.
    pub(crate) fn append(&mut self, mut more: Self) -> Result<(), SpoolError> {
        append(&mut self.desired, more.desired);
        self.rejections.append(&mut more.rejections);
        self.notes.append(&mut more.notes);
        self.ids.append(&mut more.ids);
        self.variants.append(&mut more.variants);
        self.authors.append(&mut more.authors);
        let files = self.fresh_files.len();
        self.fresh_files.append(&mut more.fresh_files);
        match (&mut self.fresh, more.fresh) {
            (Some(fresh), Some(more)) => more.each(|row| {
                fresh.push(MissedRow {
                    file: row.file + files,
                    ..row
                });
            }),
            (fresh, more) => {
                *fresh = fresh.take().or(more);
                Ok(())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Digest;
    use crate::spool::{SpillConfig, Spool};

    /// A source with rows of these files, of which only the second and third may be known again.
    fn read(spool: &Arc<Spool>, rows: &[usize]) -> (Vec<FileRead>, MissedRows, Vec<Arc<str>>) {
        let files = ["a.csv", "b.csv", "c.csv"].map(Arc::from);
        let mut fresh = MissedRows::new(spool);
        for file in rows {
            fresh.push(MissedRow {
                file: *file,
                digest: 1,
                article: 2,
                content: Digest([3; 16]),
            });
        }
        let known = files[1..].iter().map(|file| FileRead::new("kms", file));
        (known.collect(), fresh, files.into())
    }

    #[test]
    fn fresh_rows_name_their_file_among_those_of_all_sources() {
        let spool = Arc::new(Spool::new(&SpillConfig::MEMORY));
        let mut results = SourceResults::default();
        for rows in [[0, 1, 2, 1].as_slice(), &[2, 0, 1]] {
            let (known, fresh, files) = read(&spool, rows);
            results.add_rows(known, Some(fresh), &files);
        }
        let mut files = Vec::new();
        results.fresh.each(&mut |row| files.push(row.file)).unwrap();
        assert_eq!(files, [0, 1, 0, 3, 2]);
    }
}
