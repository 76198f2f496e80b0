//! Reads the files of a scan, each by its kind, and yields what stands after all are read.

use std::collections::{BTreeMap, HashSet};
use std::fmt;
use std::fs;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use super::article_collector::{ArticleCollector, Mark};
use super::bytes::{FileContent, Text, TextProblem, no_longer_utf8, read_as};
use super::cache::{CacheView, FileRead, Hasher, Stamp};
use super::error::SourceError;
use super::folder::{Scan, ScannedFile, identity, modified};
use super::format::recognise;
use super::reading::{EarlierReading, FolderReading, ReadFile, Reading};
use super::{archive, read_again as again};
use crate::clock::Millis;
use crate::config::{BadRows, Fields, Folder, NoAnswerPolicy, Read, Source, SourceHolds};
use crate::model::{Article, IN_ARCHIVE, Place, Reach, stored_path};
use crate::spool::{SpillConfig, Spool};

const HEAD: u64 = 4096;

const DEFECT: &str = "met a defect of this program while it was read; the log says where. Report it, with the file, and leave the file out with `exclude` until then";
const NO_ROWS: &str = "holds no articles";
/// What is said of a file that held articles and is empty now.
pub const EMPTIED: &str = "Answers that came from it are live, and stay live; if all of them are meant to go, delete the file";

/// What the readers of all formats need to know.
pub(crate) struct ReadJob<'a> {
    pub(crate) folder: &'a Folder,
    pub(crate) fields: Option<&'a Fields>,
    /// What messages call the file.
    pub(crate) file: Arc<str>,
    /// Its path within the folder or archive, by which an article without an id is known.
    pub(crate) name: &'a str,
    pub(crate) content: FileContent,
    pub(crate) no_answer: NoAnswerPolicy,
    /// What its rows are.
    pub(crate) holds: SourceHolds,
    pub(crate) glance: ReadContext<'a>,
}

/// What a reading may know from the one before, and what it caches for the next one.
#[derive(Clone, Copy, Debug)]
pub struct ReadContext<'a> {
    /// Makes the digests of rows; `None`: nobody wants them.
    pub hasher: Option<&'a Hasher>,
    /// What was seen.
    pub sight: Option<&'a CacheView>,
    /// Now.
    pub now: Millis,
    /// Where articles wait for the end of the reading.
    pub room: &'a SpillConfig,
    /// What the readings before came to.
    pub earlier: Option<&'a EarlierReading>,
    /// Tells of what is live.
    pub live: Option<IsLive<'a>>,
}

/// Whether a step of the source's article of this id is live. Asked of the few ids alone that stand
/// in cells with several lines.
#[derive(Clone, Copy)]
pub struct IsLive<'a>(pub &'a (dyn Fn(&str) -> bool + Sync));

impl fmt::Debug for IsLive<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("IsLive")
    }
}

impl ReadContext<'_> {
    /// Everything is read, and nothing cached.
    pub const NONE: Self = Self {
        hasher: None,
        sight: None,
        now: 0,
        room: &SpillConfig::MEMORY,
        earlier: None,
        live: None,
    };

    /// What counts for the files in an archive too, whose rows have no digests.
    pub(crate) fn within(&self) -> Self {
        Self {
            earlier: self.earlier,
            live: self.live,
            ..Self::NONE
        }
    }
}

impl ReadJob<'_> {
    /// A line of the file.
    pub(crate) fn place(&self, line: u64) -> Place {
        Place {
            file: self.file.clone(),
            line,
        }
    }

    /// Whether an article of this id is live, as far as anybody knows.
    pub(crate) fn is_live(&self, id: &str) -> bool {
        self.glance.live.is_some_and(|live| (live.0)(id))
    }

    /// Whether steps that are live came from the file, or from a file in it.
    pub(crate) fn held_articles(&self) -> bool {
        let is_in_it = |held: &Arc<str>| {
            let rest = held.strip_prefix(&*self.file);
            rest.is_some_and(|rest| rest.starts_with(IN_ARCHIVE))
        };
        let held = self.glance.earlier.map(|earlier| &earlier.held);
        held.is_some_and(|held| held.contains(&self.file) || held.iter().any(is_in_it))
    }

    /// Says what it means that the file could not be read, or not to its end; of a file that never
    /// held anything, `most` is the most that it can say.
    pub(crate) fn unread(
        &self,
        problem: TextProblem,
        most: Reach,
        collector: &mut ArticleCollector,
    ) {
        let place = self.place(problem.line);
        match (self.held_articles(), problem.is_empty) {
            (true, true) => self.emptied(&problem.reason, collector),
            (true, false) => collector.reject_as(problem.reach, place, None, problem.reason),
            (false, true) => collector.empty(place, problem.reason),
            (false, false) => {
                collector.reject_as(problem.reach.min(most), place, None, problem.reason);
            }
        }
    }

    /// Says what it means that the file has had no row since `mark`, if it has had none.
    pub(crate) fn judge_rows(&self, mark: Mark, collector: &mut ArticleCollector) {
        if collector.has_nothing_since(mark) && self.held_articles() {
            self.emptied(NO_ROWS, collector);
        } else if collector.lacks_rows(mark) {
            collector.note(self.place(0), NO_ROWS.to_owned());
        }
    }

    fn emptied(&self, why: &str, collector: &mut ArticleCollector) {
        let reason = format!("{why}. {EMPTIED}");
        collector.reject_as(Reach::Unusable, self.place(0), None, reason);
    }

    /// What makes the digests of rows, where the rows of the text are those of the file.
    pub(crate) fn hasher_for(&self, text: &Text) -> Option<&Hasher> {
        self.glance.hasher.filter(|_| text.is_as_stored())
    }

    /// The file as text that is no web page.
    pub(crate) fn text(&self, collector: &mut ArticleCollector) -> Result<Text, TextProblem> {
        let text = self.page(collector)?;
        text.check_is_no_web_page()?;
        Ok(text)
    }

    /// The file as text.
    pub(crate) fn page(&self, collector: &mut ArticleCollector) -> Result<Text, TextProblem> {
        let text = Text::open(&self.content, self.folder.encoding)?;
        if let Some(guessed) = text.guessed() {
            let known_as = stored_path(&self.file, self.folder.read == Read::Newest);
            let earlier = self.glance.earlier;
            if earlier.is_some_and(|earlier| earlier.utf8.contains(&known_as)) {
                return Err(TextProblem::whole_file(no_longer_utf8(guessed)));
            }
            collector.note(self.place(0), read_as(guessed));
        }
        if let Some(is_utf8) = text.is_utf8() {
            collector.is_utf8(stored_path(&self.file, false), is_utf8);
        }
        Ok(text)
    }
}

/// Reads the files of `scan` and hands every article that stands to `sink`. Nothing is handed over
/// unless the whole read went well enough to say what stands; after an error, what was handed over
/// must not be used.
pub fn read(
    source: &Source,
    folder: &Folder,
    scan: &Scan,
    glance: ReadContext,
    sink: &mut dyn FnMut(Article),
) -> Result<Reading, SourceError> {
    let mut collector = gather(source, folder, scan, glance)?;
    if collector.lacks_evidence() {
        // What the answers are written in is decided by all of them.
        let everything = ReadContext {
            sight: None,
            ..glance
        };
        collector = gather(source, folder, scan, everything)?;
    }
    let body = glance.earlier.and_then(|earlier| earlier.body);
    let (articles, mut reading) = collector.finish(body)?;
    reading.folder = Some(folder_reading(folder, scan, &reading.utf8));
    if source.bad_rows == BadRows::Stop && !reading.complete() {
        return Err(SourceError::BadRows {
            rejections: reading.rejections,
        });
    }
    articles.each(sink)?;
    Ok(reading)
}

/// What the files of a scan yield, before it is judged.
fn gather(
    source: &Source,
    folder: &Folder,
    scan: &Scan,
    glance: ReadContext,
) -> Result<ArticleCollector, SourceError> {
    let spool = Arc::new(Spool::new(glance.room));
    let mut collector = ArticleCollector::new(&source.name, folder.limits.max_rows, &spool)
        .written_in(source.presentation.body)
        .holding(source.holds);
    collector.remarks(&scan.unreadable, &scan.notes);
    if let Some(file) = missing(scan, glance.earlier.map(|earlier| &earlier.held)) {
        collector.missing(file);
    }
    for file in &scan.files {
        let job = ReadJob {
            folder,
            fields: source.fields.as_ref(),
            file: file.relative.clone(),
            name: &file.relative,
            content: FileContent::new(file.path.clone(), folder.limits.max_file_bytes),
            no_answer: source.presentation.no_answer,
            holds: source.holds,
            glance,
        };
        collector.file();
        // One file that meets a defect of a reader costs that file, and no other source or bot.
        let outcome = catch_unwind(AssertUnwindSafe(|| {
            read_file(file, &source.name, &job, &mut collector)
        }));
        let outcome = outcome.unwrap_or_else(|_| Ok(Err(TextProblem::whole_file(DEFECT))));
        if let Err(problem) = outcome? {
            if problem.is_of_the_machine {
                return Err(SourceError::TooManyOpen {
                    cause: problem.reason,
                });
            }
            job.unread(problem, Reach::Unusable, &mut collector);
        }
        if collector.is_full() {
            break;
        }
    }
    Ok(collector)
}

fn folder_reading(folder: &Folder, scan: &Scan, utf8: &BTreeMap<Arc<str>, bool>) -> FolderReading {
    let file = |file: &ScannedFile| ReadFile {
        relative: file.relative.clone(),
        modified: file.modified,
        inode: file.inode,
        closed: scan.closed.contains(&file.relative),
        is_utf8: utf8.get(&file.relative).copied(),
    };
    FolderReading {
        files: scan.files.iter().map(file).collect(),
        open: scan.open.clone(),
        passed_over: scan.passed_over.clone(),
        newest: folder.read == Read::Newest,
        marker: folder.complete_when.is_some().then_some(scan.marker),
    }
}

/// A file that held articles and is not in the folder.
fn missing(scan: &Scan, held: Option<&HashSet<Arc<str>>>) -> Option<Arc<str>> {
    let is_there = |name: &str| {
        let file = name
            .split_once(IN_ARCHIVE)
            .map_or(name, |(archive, _)| archive);
        let found = |name: &str| {
            scan.files
                .binary_search_by(|file| (*file.relative).cmp(name))
        };
        found(name).is_ok() || found(file).is_ok()
    };
    let mut gone: Vec<&Arc<str>> = held?.iter().filter(|name| !is_there(name)).collect();
    gone.sort_unstable();
    gone.first().map(|name| (*name).clone())
}

/// The outer error asks for a new scan; the inner one is this file's own.
fn read_file(
    file: &ScannedFile,
    source: &str,
    job: &ReadJob,
    collector: &mut ArticleCollector,
) -> Result<Result<(), TextProblem>, SourceError> {
    let limit = job.folder.limits.max_file_bytes;
    if file.size > limit {
        return Ok(Err(TextProblem::whole_file(format!(
            "is {} bytes long, more than max_file_bytes = {limit}; raise max_file_bytes if it is meant to be so long",
            file.size
        ))));
    }
    if let Err(problem) = job.content.open() {
        return Ok(Err(problem));
    }
    let data = fs::metadata(&file.path);
    let stamp = data.as_ref().ok().map(Stamp::of);
    check_unchanged(file, data)?;
    let mut about = FileRead::new(source, &file.relative);
    about.stamp = stamp.filter(|stamp| stamp.is_settled(job.glance.now));
    if again::whole(&mut about, job, collector) {
        return Ok(Ok(()));
    }
    let mark = collector.mark();
    let outcome = if again::sieved(&mut about, job, collector) {
        job.judge_rows(mark, collector);
        Ok(())
    } else {
        read_content(job, collector)
    };
    check_unchanged(file, fs::metadata(&file.path))?;
    if outcome.is_ok() && job.glance.hasher.is_some() {
        collector.seen(mark, about);
    }
    Ok(outcome)
}

/// Reads a file that is known to be whole.
pub(crate) fn read_content(
    job: &ReadJob,
    collector: &mut ArticleCollector,
) -> Result<(), TextProblem> {
    if archive::is_archive(job)? {
        collector.recognised(&job.file, "a zip archive", "by its content");
        archive::read(job, collector)
    } else {
        read_table(job, collector)
    }
}

/// Reads what is no archive, and says so where it holds nothing.
pub(crate) fn read_table(
    job: &ReadJob,
    collector: &mut ArticleCollector,
) -> Result<(), TextProblem> {
    let mark = collector.mark();
    read_format(job, collector)?;
    job.judge_rows(mark, collector);
    Ok(())
}

fn read_format(job: &ReadJob, collector: &mut ArticleCollector) -> Result<(), TextProblem> {
    let head = job.content.bytes(HEAD)?;
    let found = recognise(job.folder.format, job.name, &head);
    collector.recognised(&job.file, found.format.name(), found.reason);
    (found.format.reader().read)(job, collector)
}

fn check_unchanged(file: &ScannedFile, now: io::Result<fs::Metadata>) -> Result<(), SourceError> {
    let same = now.is_ok_and(|now| {
        (now.len(), modified(&now), identity(&now)) == (file.size, file.modified, file.inode)
    });
    if same {
        Ok(())
    } else {
        Err(SourceError::Changed {
            file: file.relative.clone(),
        })
    }
}
