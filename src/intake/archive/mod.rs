//! Reads a zip archive as if it were a folder: the files in it that hold articles, and the pages
//! that these name in place of an answer.

mod entries;
mod pages;
mod settings;

use std::io::{BufReader, Cursor, Read, Seek};

use zip::ZipArchive;

use super::article_collector::ArticleCollector;
use super::bytes::{TextProblem, regular};
use super::folder::FileFilter;
use super::read_files::{ReadJob, read_table};
use crate::model::{FileFormat, IN_ARCHIVE, Reach};
use entries::{ArchiveEntry, Listing};
use pages::Pages;

/// Every workbook of Office Open XML has this.
const WORKBOOK_PART: &str = "[Content_Types].xml";
/// Every document of `OpenDocument` and every EPUB has this, and is no archive of files either.
const TYPE_PART: &str = "mimetype";
const ZIP: &[u8] = b"PK\x03\x04";
const EMPTY_ZIP: &[u8] = b"PK\x05\x06";
/// What is packed in an archive once more.
const PACKED: &str = "gz";

/// Whether a file is a zip archive that is no workbook.
pub(crate) fn is_archive(job: &ReadJob) -> Result<bool, TextProblem> {
    let head = job.content.bytes(4)?;
    if head == EMPTY_ZIP {
        return Ok(true);
    }
    if head != ZIP {
        return Ok(false);
    }
    let is_workbook = match job.content.path() {
        Some(path) => {
            let file = regular::open(path).map_err(|error| TextProblem::reading(0, &error))?;
            is_workbook(BufReader::new(file))
        }
        None => is_workbook(Cursor::new(job.content.whole()?)),
    };
    // One that is damaged is what its name says.
    Ok(!is_workbook.unwrap_or(!has_extension(job.name, &["zip"])))
}

fn is_workbook(bytes: impl Read + Seek) -> Option<bool> {
    let archive = ZipArchive::new(bytes).ok()?;
    let has = |name: &str| archive.index_for_name(name).is_some();
    Some(has(WORKBOOK_PART) || has(TYPE_PART))
}

/// Reads the files in the archive.
pub(crate) fn read(job: &ReadJob, collector: &mut ArticleCollector) -> Result<(), TextProblem> {
    let Listing { entries, refused } = entries::list(job)?;
    for (name, reason) in refused {
        collector.reject(inner(job, &name, &job.content).place(0), None, reason);
    }
    let wanted =
        FileFilter::new(job.folder).map_err(|error| TextProblem::whole_file(error.to_string()))?;
    let (folder, settings) = settings::apply(job.folder, &entries, collector.budget());
    let job = ReadJob {
        folder: &folder,
        fields: job.fields,
        file: job.file.clone(),
        name: job.name,
        content: job.content.clone(),
        no_answer: job.no_answer,
        holds: job.holds,
        glance: job.glance.within(),
    };
    let (named, mut others): (Vec<&ArchiveEntry>, Vec<&ArchiveEntry>) = entries
        .iter()
        .filter(|entry| settings != Some(entry.name.as_str()) && counts(&wanted, &entry.name))
        .partition(|entry| !pages::is_page(&entry.name));
    let pages = Pages::new(&entries, folder.limits.max_row_bytes);
    for entry in &named {
        let mark = collector.mark();
        read_entry(&job, entry, collector)?;
        collector.revise(mark, |article, budget| {
            pages.put_into(article, &entry.name, budget)
        });
        if let Some(problem) = pages.trouble() {
            return Err(problem);
        }
        if collector.is_full() {
            return Ok(());
        }
    }
    others.retain(|entry| !pages.was_used(&entry.name));
    for entry in &others {
        read_entry(&job, entry, collector)?;
        if collector.is_full() {
            return Ok(());
        }
    }
    if named.is_empty() && others.is_empty() {
        return Err(TextProblem {
            is_empty: entries.is_empty(),
            ..TextProblem::whole_file(
                "holds no file that is read; Markdown, HTML and text files in an archive count where `include` names them",
            )
        });
    }
    Ok(())
}

/// `exclude` holds within the archive as well; what it does not name counts by `include` or because
/// of what it is.
fn counts(wanted: &FileFilter, name: &str) -> bool {
    !wanted.excluded(name) && (wanted.file(name) || is_usual(name))
}

/// What is read without being named by `include`, as the default of `include` has it.
fn is_usual(name: &str) -> bool {
    has_extension(name, FileFormat::INCLUDED) || has_extension(name, &[PACKED])
}

fn has_extension(name: &str, extensions: &[&str]) -> bool {
    name.rsplit_once('.').is_some_and(|(_, found)| {
        extensions
            .iter()
            .any(|extension| found.eq_ignore_ascii_case(extension))
    })
}

fn inner<'a>(job: &ReadJob<'a>, name: &'a str, content: &super::bytes::FileContent) -> ReadJob<'a> {
    ReadJob {
        folder: job.folder,
        fields: job.fields,
        file: format!("{}{IN_ARCHIVE}{name}", job.file).into(),
        name,
        content: content.clone(),
        no_answer: job.no_answer,
        holds: job.holds,
        glance: job.glance.within(),
    }
}

/// What is wrong is the file's own; the error is not.
fn read_entry(
    job: &ReadJob,
    entry: &ArchiveEntry,
    collector: &mut ArticleCollector,
) -> Result<(), TextProblem> {
    collector.budget().end_of_file();
    let job = inner(job, &entry.name, &entry.content);
    let outcome = match is_archive(&job) {
        Ok(true) => Err(TextProblem::whole_file(
            "is an archive within an archive, which is not read; unpack it, or name it in `exclude`",
        )),
        Ok(false) => read_table(&job, collector),
        Err(problem) => Err(problem),
    };
    match outcome {
        Err(problem) if problem.is_of_the_machine => return Err(problem),
        // The archive was read, and not all that lies in one is meant for us.
        Err(problem) => job.unread(problem, Reach::Rest, collector),
        Ok(()) => {}
    }
    Ok(())
}
