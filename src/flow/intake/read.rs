//! Reads the files of a scan, each by its kind, and yields what stands after all are read.

use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::sync::Arc;

use super::gathering::Gathering;
use super::scan::modified;
use super::text::{Problem, Text};
use super::{Article, File, Place, Reading, Scan, SourceError, delimited, json, json_lines};
use crate::config::{BadRows, Fields, Folder, Source};

/// What the readers of all formats need to know.
pub(super) struct Job<'a> {
    pub(super) folder: &'a Folder,
    pub(super) fields: Option<&'a Fields>,
    pub(super) file: Arc<str>,
}

/// Reads the files of `scan` and hands every article that stands to `sink`. Nothing is handed over
/// unless the whole read went well enough to say what stands.
pub fn read(
    source: &Source,
    folder: &Folder,
    scan: &Scan,
    sink: &mut dyn FnMut(Article),
) -> Result<Reading, SourceError> {
    let mut gathering = Gathering::new(&source.name, folder.limits.max_rows);
    gathering.remarks(&scan.unreadable, &scan.notes);
    for file in &scan.files {
        let job = Job {
            folder,
            fields: source.fields.as_ref(),
            file: file.relative.clone(),
        };
        gathering.file();
        if let Err(problem) = read_file(file, &job, &mut gathering)? {
            let place = Place {
                file: file.relative.clone(),
                line: problem.line,
            };
            gathering.reject(place, None, problem.reason);
        }
        if gathering.is_full() {
            break;
        }
    }
    let (articles, reading) = gathering.finish();
    if source.bad_rows == BadRows::Stop && !reading.complete() {
        return Err(SourceError::BadRows {
            rejections: reading.rejections,
        });
    }
    articles.into_iter().for_each(sink);
    Ok(reading)
}

/// The outer error asks for a new scan; the inner one is this file's own.
fn read_file(
    file: &File,
    job: &Job,
    gathering: &mut Gathering,
) -> Result<Result<(), Problem>, SourceError> {
    let limit = job.folder.limits.max_file_bytes;
    if file.size > limit {
        return Ok(Err(Problem::whole_file(format!(
            "is {} bytes long, more than max_file_bytes = {limit}; raise max_file_bytes if it is meant to be so long",
            file.size
        ))));
    }
    let content = match fs::File::open(&file.path) {
        Ok(content) => content,
        Err(error) => return Ok(Err(unopened(&error))),
    };
    check_unchanged(file, content.metadata())?;
    let outcome = Text::open(file, content).and_then(|text| match kind(&file.path, text.head()) {
        Kind::Delimited => delimited::read(text, job, gathering),
        Kind::Json => json::read(text, job, gathering),
        Kind::JsonLines => json_lines::read(text, job, gathering),
    });
    check_unchanged(file, fs::metadata(&file.path))?;
    Ok(outcome)
}

fn unopened(error: &io::Error) -> Problem {
    Problem::whole_file(match error.kind() {
        io::ErrorKind::NotFound => {
            "vanished after it was listed; it will be looked for again".to_owned()
        }
        _ => format!(
            "cannot be opened ({error}); give the user that this runs as the right to read it"
        ),
    })
}

fn check_unchanged(file: &File, now: io::Result<fs::Metadata>) -> Result<(), SourceError> {
    let same = now.is_ok_and(|now| {
        (now.len(), modified(&now), now.ino()) == (file.size, file.modified, file.inode)
    });
    if same {
        Ok(())
    } else {
        Err(SourceError::Changed {
            file: file.relative.clone(),
        })
    }
}

enum Kind {
    Delimited,
    Json,
    JsonLines,
}

fn kind(path: &Path, head: &[u8]) -> Kind {
    let extension = path.extension().unwrap_or_default().to_string_lossy();
    match &*extension.to_ascii_lowercase() {
        "csv" | "tsv" | "txt" => Kind::Delimited,
        "jsonl" | "ndjson" => Kind::JsonLines,
        "json" => Kind::Json,
        _ => match head.trim_ascii_start() {
            [b'{' | b'[', ..] => Kind::Json,
            _ => Kind::Delimited,
        },
    }
}
