//! Stages 1 and 2 over all sources of a bot: waits until files are quiet, reads them off the
//! runtime's threads, and says of each source whether it was read completely.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::readings::Readings;
use crate::clock::{Clock, Millis};
use crate::config::{Bot, Feed, Folder, Source, SourceKind};
use crate::flow::intake::{
    Article, Glance, Memory, Place, Reading, Rejection, Scan, SourceError, fingerprint,
    quiet_after, read, read_feed, scan,
};
use crate::flow::normalise::{NameTemplate, normalise};
use crate::flow::plan::{ArticleKey, Desired, Fingerprint, SourceState};
use crate::flow::send::{Progress, Tell};
use crate::sabotage::{self, Sabotage};
use crate::seen::{FileRead, FreshRow, Hasher, Sight};
use crate::store::{OldStep, UploadId};

/// Files that go on changing for this long (or ten times `settle`) make the read a failed one.
const PATIENCE: Duration = Duration::from_secs(30);

/// Files that were renamed into place, and so are whole however young they are.
#[derive(Clone, Debug, Default)]
pub struct Renamed(Arc<Mutex<HashSet<PathBuf>>>);

impl Renamed {
    /// Remembers one.
    pub fn insert(&self, path: PathBuf) {
        self.lock().insert(path);
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashSet<PathBuf>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Those of a scan that are in it, by their relative paths.
    fn of(&self, scan: &Scan) -> HashSet<Arc<str>> {
        let renamed = self.lock();
        scan.files
            .iter()
            .filter(|file| renamed.contains(&file.path))
            .map(|file| file.relative.clone())
            .collect()
    }

    /// They have been read: from now on they are files like others.
    fn forget(&self, scan: &Scan) {
        let mut renamed = self.lock();
        for file in &scan.files {
            renamed.remove(&file.path);
        }
    }
}

/// What the sources of a bot say should be live.
#[derive(Clone, Debug, Default)]
pub(super) struct Gathered {
    /// The steps, under the names that the template gives.
    pub(super) desired: Vec<Desired>,
    /// How each source was read.
    pub(super) sources: BTreeMap<String, SourceState>,
    /// Sources that were read completely and hold nothing.
    pub(super) empty: BTreeSet<String>,
    /// Articles that were read.
    pub(super) articles: usize,
    /// What was not taken.
    pub(super) rejections: Vec<Rejection>,
    /// Things worth knowing.
    pub(super) notes: Vec<Rejection>,
    /// The configuration behind it.
    pub(super) fingerprint: Fingerprint,
    /// How each file was read that may be known again.
    pub(super) files: Vec<FileRead>,
    /// The digests of the articles that were taken apart.
    pub(super) ids: Vec<u64>,
    /// Rows that were taken apart, and the one step that came of each.
    pub(super) fresh: Vec<FreshRow>,
}

/// What a reading knows from the one before, and what it notes down for the next one.
#[derive(Clone, Debug, Default)]
pub(super) struct Eyes {
    /// Makes the digests of rows; `None`: nobody wants them.
    pub(super) hasher: Option<Hasher>,
    /// What was seen.
    pub(super) sight: Option<Sight>,
}

impl Gathered {
    /// What was live after an upload, as if a source said so.
    pub(super) fn of_upload(upload: UploadId, old: Vec<OldStep>) -> Self {
        let place = Place {
            file: format!("upload {}", upload.0).into(),
            line: 0,
        };
        Self {
            articles: old.len(),
            desired: old
                .into_iter()
                .map(|old| Desired {
                    key: old.key,
                    step: old.step,
                    place: place.clone(),
                })
                .collect(),
            ..Self::default()
        }
    }

    /// Whether every source was read and holds something.
    pub(super) fn nothing_is_empty(&self) -> bool {
        let read = |state: &SourceState| !matches!(state, SourceState::Failed { .. });
        self.empty.is_empty() && self.sources.values().all(read)
    }

    /// An empty export counts as a failed read until a person says otherwise.
    pub(super) fn refuse_empty(&mut self, approved: bool, domain_name: &str) {
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
            let reason = format!(
                "{said} An empty export removes nothing; if this bot is meant to have no steps from it, run `kms-haptik-sync approve {domain_name} --empty`"
            );
            self.sources.insert(source, SourceState::Failed { reason });
        }
    }

    fn add_rows(&mut self, files: Vec<FileRead>, fresh: Vec<(Arc<str>, FreshRow)>) {
        let positions: HashMap<Arc<str>, usize> = files
            .iter()
            .map(|file| file.relative.clone())
            .zip(self.files.len()..)
            .collect();
        self.files.extend(files);
        self.fresh
            .extend(fresh.into_iter().filter_map(|(file, row)| {
                let file = *positions.get(&file)?;
                Some(FreshRow { file, ..row })
            }));
    }

    fn add(&mut self, source: &Source, outcome: Result<SourceRead, SourceError>) {
        let name = source.name.clone();
        let state = match outcome {
            Ok(read) => {
                self.articles += read.reading.articles;
                let rejected = read.rejections.len() + read.reading.rejections.len();
                self.rejections.extend(read.reading.rejections);
                self.rejections.extend(read.rejections);
                self.notes.extend(read.reading.notes);
                self.notes.extend(read.notes);
                self.desired.extend(read.desired);
                self.add_rows(read.reading.seen, read.fresh);
                self.ids.extend(read.ids);
                match rejected {
                    0 => {
                        if read.reading.articles == 0 {
                            self.empty.insert(name.clone());
                        }
                        SourceState::Complete
                    }
                    rejected => SourceState::Incomplete { rejected },
                }
            }
            Err(error) => {
                let reason = error.to_string();
                match error {
                    SourceError::BadRows { rejections } => self.rejections.extend(rejections),
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

/// What one source came to.
#[derive(Clone, Debug)]
pub(super) struct SourceRead {
    reading: Reading,
    desired: Vec<Desired>,
    rejections: Vec<Rejection>,
    notes: Vec<Rejection>,
    /// Rows and the files that they stand in.
    fresh: Vec<(Arc<str>, FreshRow)>,
    /// The digests of the articles that were taken apart.
    ids: Vec<u64>,
}

/// Who reads, and with what at hand.
#[derive(Clone, Copy)]
pub(super) struct Reader<'a> {
    pub(super) clock: &'a Clock,
    pub(super) tell: &'a Tell,
    pub(super) renamed: &'a Renamed,
    pub(super) readings: &'a Readings,
    pub(super) stop: &'a CancellationToken,
}

/// Reads every source of a bot.
pub(super) async fn gather(bot: &Bot, reader: &Reader<'_>, eyes: &Eyes) -> Gathered {
    let Reader {
        clock, readings, ..
    } = *reader;
    let mut gathered = Gathered {
        fingerprint: bot_fingerprint(bot),
        ..Gathered::default()
    };
    for source in &bot.sources {
        let outcome = match &source.kind {
            SourceKind::Folder(folder) => read_folder(bot, source, folder, reader, eyes).await,
            SourceKind::Feed(feed) => {
                if let Some(read) = readings.fresh(bot, source, clock) {
                    Ok(read)
                } else {
                    let (began, memory) = (clock.now(), readings.memory(bot, source));
                    read_anew(bot, source, feed, &memory, reader)
                        .await
                        .inspect(|read| readings.keep(bot, source, began, read))
                }
            }
        };
        gathered.add(source, outcome);
    }
    gathered.rejections.sort();
    gathered.notes.sort();
    gathered
}

/// What of a bot's configuration decides which steps it has.
pub(super) fn bot_fingerprint(bot: &Bot) -> Fingerprint {
    let mut parts = BTreeMap::new();
    for source in &bot.sources {
        let print = fingerprint(source, &bot.node_name);
        let name = &source.name;
        let place = match source.kind {
            SourceKind::Folder(_) => "folder",
            SourceKind::Feed(_) => "feed",
        };
        for (part, digest) in [
            (format!("the {place} of source \"{name}\""), print.source),
            (
                format!("which files and items count in source \"{name}\""),
                print.filter,
            ),
            (format!("the fields of source \"{name}\""), print.mapping),
            ("the node_name template".to_owned(), print.template),
        ] {
            parts.insert(part, digest);
        }
    }
    Fingerprint { parts }
}

async fn read_anew(
    bot: &Bot,
    source: &Source,
    feed: &Feed,
    memory: &Memory,
    reader: &Reader<'_>,
) -> Result<SourceRead, SourceError> {
    let (articles, reading) = read_feed(source, feed, memory, reader.clock, reader.stop).await?;
    let read = |sink: &mut dyn FnMut(Article)| {
        articles.into_iter().for_each(sink);
        Ok(reading)
    };
    take(bot, source, reader, None, read).await
}

async fn read_folder(
    bot: &Bot,
    source: &Source,
    folder: &Folder,
    reader: &Reader<'_>,
    eyes: &Eyes,
) -> Result<SourceRead, SourceError> {
    let Reader {
        clock,
        renamed,
        stop,
        ..
    } = *reader;
    let began = tokio::time::Instant::now();
    loop {
        let scan = quiet_scan(folder, clock, renamed, stop).await?;
        let (owner, files) = (source.clone(), scan.clone());
        let limits = folder.clone();
        let (used, now) = (eyes.clone(), clock.now());
        let read = move |sink: &mut dyn FnMut(Article)| {
            let glance = Glance {
                hasher: used.hasher.as_ref(),
                sight: used.sight.as_ref(),
                now,
            };
            read(&owner, &limits, &files, glance, sink)
        };
        let hasher = eyes.hasher.clone();
        // Nobody waits for a long read at a stop; it changes nothing, and ends with the process.
        let outcome = tokio::select! {
            outcome = take(bot, source, reader, hasher, read) => outcome,
            () = stop.cancelled() => Err(SourceError::Stopped),
        };
        match outcome {
            Err(SourceError::Changed { .. }) if began.elapsed() < PATIENCE => {}
            outcome => {
                renamed.forget(&scan);
                return outcome;
            }
        }
    }
}

/// Scans until every file has been quiet for `settle`.
async fn quiet_scan(
    folder: &Folder,
    clock: &Clock,
    renamed: &Renamed,
    stop: &CancellationToken,
) -> Result<Scan, SourceError> {
    let patience = PATIENCE.max(folder.settle * 10);
    let began = tokio::time::Instant::now();
    let mut earlier: Option<(Millis, Scan)> = None;
    loop {
        let wanted = folder.clone();
        let found = clock.run_blocking(move || scan(&wanted)).await?;
        let now = clock.now();
        let old_enough = earlier
            .as_ref()
            .filter(|(at, _)| now - at >= crate::clock::duration_millis(folder.settle))
            .map_or(&[][..], |(_, scan)| &scan.files);
        let wait = quiet_after(
            &found.files,
            old_enough,
            now,
            folder.settle,
            &renamed.of(&found),
        );
        let Some(wait) = wait else {
            return Ok(found);
        };
        if stop.is_cancelled() {
            return Err(SourceError::Stopped);
        }
        if began.elapsed() >= patience {
            let youngest = found.files.iter().max_by_key(|file| file.modified);
            let file = youngest.map_or_else(|| "".into(), |file| file.relative.clone());
            return Err(SourceError::Changed { file });
        }
        if earlier.is_none() {
            earlier = Some((now, found));
        }
        tokio::select! {
            () = clock.sleep(wait) => {}
            () = stop.cancelled() => {}
        }
    }
}

/// Turns what a read yields into steps, off the runtime's threads.
async fn take(
    bot: &Bot,
    source: &Source,
    reader: &Reader<'_>,
    hasher: Option<Hasher>,
    read: impl FnOnce(&mut dyn FnMut(Article)) -> Result<Reading, SourceError> + Send + 'static,
) -> Result<SourceRead, SourceError> {
    let source = source.clone();
    let template = bot.node_name.clone();
    let domain_name = bot.domain_name.clone();
    let tell = reader.tell.clone();
    reader
        .clock
        .run_blocking(move || {
            let names = NameTemplate::new(&template).map_err(|error| SourceError::Template {
                cause: error.to_string(),
            })?;
            let mut desired = Vec::new();
            let mut rejections = Vec::new();
            let mut notes = Vec::new();
            let (mut fresh, mut ids) = (Vec::new(), Vec::new());
            let mut articles = 0;
            let reading = read(&mut |article| {
                articles += 1;
                if articles % 1000 == 0 {
                    tell(&domain_name, Progress::Reading { articles });
                }
                let row = article.row;
                ids.extend(
                    hasher
                        .as_ref()
                        .map(|hasher| hasher.article(&source.name, &article.id)),
                );
                match normalise(&article, &source.name, &source.presentation, &names) {
                    Ok(steps) => {
                        if let (Some(digest), Some(hasher), [step]) = (row, &hasher, &steps[..])
                            && step.notes.is_empty()
                            && step.article == article.id
                        {
                            let row = FreshRow {
                                file: 0,
                                digest,
                                article: hasher.article(&source.name, &step.article),
                                content: step.step.digest(),
                            };
                            fresh.push((step.place.file.clone(), row));
                        }
                        for normalised in steps {
                            notes.extend(normalised.notes);
                            desired.push(Desired {
                                key: ArticleKey {
                                    source: source.name.clone(),
                                    article: normalised.article,
                                },
                                step: normalised.step,
                                place: normalised.place,
                            });
                        }
                    }
                    Err(rejection) => rejections.push(rejection),
                }
            })?;
            if source.bad_rows == crate::config::BadRows::Stop && !rejections.is_empty() {
                return Err(SourceError::BadRows { rejections });
            }
            Ok(SourceRead {
                reading,
                desired,
                rejections,
                notes,
                fresh,
                ids,
            })
        })
        .await
}
