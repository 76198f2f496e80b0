//! Reads a file that was read before: not at all where nothing says that it changed, and otherwise
//! only the rows that are new in it.

use super::article_collector::ArticleCollector;
use super::bytes::{FileContent, regular};
use super::cache::{FileRead, FilteredRows, RowEnds, filter_rows};
use super::format::recognise;
use super::publication::is_told;
use super::read_files::ReadJob;
use crate::config::{ConfiguredEncoding, Folder};
use crate::model::{FileFormat, Place};

/// Enough for a header.
const HEAD: u64 = 64 * 1024;

/// Takes the file as it was seen, if it is the same. `false`: it has to be read.
pub(crate) fn whole(about: &mut FileRead, job: &ReadJob, collector: &mut ArticleCollector) -> bool {
    let mark = collector.mark();
    let Some(sight) = job.glance.sight else {
        return false;
    };
    let Some(seen) = sight.seen.file(&about.source, &about.relative) else {
        return false;
    };
    let Some(covered) = sight.whole(seen, about.stamp) else {
        return false;
    };
    if !collector.cover(covered.len()) {
        collector.back_to(mark);
        return false;
    }
    for (line, text) in &seen.about.notes {
        let file = job.file.clone();
        collector.note(Place { file, line: *line }, text.clone());
    }
    about.rows = covered.len();
    about.covered = covered;
    about.clean = true;
    about.header = seen.about.header;
    about.notes.clone_from(&seen.about.notes);
    collector.seen_whole(std::mem::replace(about, FileRead::new("", &job.file)));
    true
}

/// Reads the rows that are new in the file. `false`: it has to be read as a whole.
pub(crate) fn sieved(
    about: &mut FileRead,
    job: &ReadJob,
    collector: &mut ArticleCollector,
) -> bool {
    let mark = collector.mark();
    let Some((mut sieved, format, rows)) = sift(about, job) else {
        return false;
    };
    let delimiter = match rows {
        RowEnds::Delimited { delimiter } => Some(delimiter),
        RowEnds::Lines => None,
    };
    let folder = Folder {
        // The part that is left may not show them.
        encoding: Some(ConfiguredEncoding::Utf8),
        delimiter,
        ..job.folder.clone()
    };
    let part = ReadJob {
        folder: &folder,
        fields: job.fields,
        file: job.file.clone(),
        name: job.name,
        content: FileContent::of_rows(
            std::mem::take(&mut sieved.text),
            folder.limits.max_file_bytes,
        ),
        no_answer: job.no_answer,
        holds: job.holds,
        glance: job.glance,
    };
    let outcome = (format.reader().read)(&part, collector);
    let covered = sieved.covered.len();
    // What is told of a column is told of the file as a whole.
    let is_told = collector.notes_since(mark).any(is_told);
    if is_told || outcome.is_err() || !collector.is_flawless() || !collector.cover(covered) {
        collector.back_to(mark);
        return false;
    }
    collector.relocate(mark, |line| sieved.line(line));
    about.covered = sieved.covered;
    about.passed = sieved.passed;
    true
}

fn sift(about: &FileRead, job: &ReadJob) -> Option<(FilteredRows, FileFormat, RowEnds)> {
    let sight = job.glance.sight?;
    let seen = sight.seen.file(&about.source, &about.relative)?;
    let head = job.content.bytes(HEAD).ok()?;
    let head = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&head);
    let format = recognise(job.folder.format, &job.file, head).format;
    let rows = (format.reader().row_ends)(job, head)?;
    let told = seen.about.notes.iter().any(|(_, note)| is_told(note));
    if seen.about.header == 0 || told || !job.content.is_plain() {
        return None;
    }
    let file = regular::open(job.content.path()?).ok()?;
    let sieved = filter_rows(&file, rows, sight, seen, job.folder.limits.max_row_bytes).ok()??;
    // In what encoding a file is, only all of it can tell.
    let is_utf8 = std::str::from_utf8(&sieved.text).is_ok();
    is_utf8.then_some((sieved, format, rows))
}
