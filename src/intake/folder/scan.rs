//! Lists the files of a folder that count, without reading them.

use super::left_aside::LeftAside;
use super::walk::{FolderWalk, remark};
use crate::clock::{Millis, rfc3339};
use crate::config::{Folder, Read};
use crate::intake::bytes::too_many_open;
use crate::intake::error::SourceError;
use crate::intake::reading::OpenFile;
use crate::model::{Marker, Place, Reach};
use std::collections::HashSet;
use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use xxhash_rust::xxh3::xxh3_64;

/// A file that counts, as the scan found it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScannedFile {
    /// Relative to the source's folder, with `/` between the parts.
    pub relative: Arc<str>,
    /// Where to open it.
    pub path: PathBuf,
    /// In bytes.
    pub size: u64,
    /// When its content was last written.
    pub modified: Millis,
    /// Tells a file that was replaced by a rename from the one before.
    pub inode: u64,
}

/// Something that the scan has to say about a place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remark {
    /// The file or folder; the line is 0.
    pub place: Place,
    /// What, and what to do.
    pub text: String,
    /// What it says of the rest of the source. Of a note, nothing.
    pub reach: Reach,
}

/// A folder that a scan looks into: that of the source, or one below it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subfolder {
    /// As the paths of files begin.
    pub path: PathBuf,
    /// The same without links.
    pub real: PathBuf,
    /// Tells it from another one of the same name.
    pub identity: u64,
}

/// What a folder holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scan {
    /// The files that count and are to be read, in the order of their relative paths.
    pub files: Vec<ScannedFile>,
    /// The folders that were looked into, that of the source first.
    pub folders: Vec<Subfolder>,
    /// Files that count, and that are not read because somebody is writing them.
    pub open: Vec<OpenFile>,
    /// Those of `files` that surely nobody has open for writing.
    pub closed: HashSet<Arc<str>>,
    /// Where `complete_when` is set: the newest file that it matches.
    pub marker: Option<Marker>,
    /// Places that could not be looked into: the scan is incomplete.
    pub unreadable: Vec<Remark>,
    /// Links that were not followed.
    pub notes: Vec<Remark>,
    /// Files that match but do not count, because a newer one does.
    pub passed_over: Vec<Arc<str>>,
    /// Files that do not count because of how they end.
    pub left_aside: LeftAside,
}

/// Lists the files of `folder` that count.
pub fn scan(folder: &Folder) -> Result<Scan, SourceError> {
    let root = root(&folder.path)?;
    let mut walk = FolderWalk::new(folder, &root)?;
    walk.run()?;
    let mut scan = walk.finish()?;
    if folder.read == Read::Newest {
        keep_newest(&mut scan);
    }
    Ok(scan)
}

/// What is in `folder`, whether or not any file counts, and of several exports all.
pub fn listing(folder: &Folder) -> Result<Scan, SourceError> {
    let root = root(&folder.path)?;
    let mut walk = FolderWalk::new(folder, &root)?;
    walk.run()?;
    Ok(walk.found())
}

fn root(path: &Path) -> Result<PathBuf, SourceError> {
    let unreadable = |error: io::Error| match error.kind() {
        _ if too_many_open(&error) => SourceError::TooManyOpen {
            cause: error.to_string(),
        },
        io::ErrorKind::NotFound => SourceError::Missing {
            folder: path.to_owned(),
        },
        _ => SourceError::Unreadable {
            folder: path.to_owned(),
            cause: error.to_string(),
        },
    };
    let metadata = fs::metadata(path).map_err(unreadable)?;
    if !metadata.is_dir() {
        return Err(SourceError::NotAFolder {
            folder: path.to_owned(),
        });
    }
    fs::read_dir(path).map_err(unreadable)?;
    fs::canonicalize(path).map_err(unreadable)
}

fn keep_newest(scan: &mut Scan) {
    let newest = scan
        .files
        .iter()
        .max_by(|a, b| (a.modified, &a.relative).cmp(&(b.modified, &b.relative)))
        .cloned();
    let (counts, passed_over) = std::mem::take(&mut scan.files)
        .into_iter()
        .partition(|file| Some(file) == newest.as_ref());
    scan.files = counts;
    let passed_over: Vec<ScannedFile> = passed_over;
    scan.passed_over = passed_over.into_iter().map(|file| file.relative).collect();
    if let (Some(newest), false) = (&newest, scan.passed_over.is_empty()) {
        let text = format!(
            "is the only file that counts (read = \"newest\"), because of {} files it was written last, at {}",
            scan.passed_over.len() + 1,
            rfc3339(newest.modified)
        );
        scan.notes.push(remark(&newest.relative, &text));
    }
}

/// Tells a file from the one that it replaces. File systems give the number of an inode that was freed
/// to the next file, so the time at which it was made counts as well, where that is known.
pub(crate) fn identity(metadata: &fs::Metadata) -> u64 {
    let since = |made: SystemTime| made.duration_since(UNIX_EPOCH).ok();
    let made = metadata.created().ok().and_then(since);
    let made = made.map_or(0, |made| made.as_nanos());
    let mut bytes = [0; 24];
    bytes[..8].copy_from_slice(&metadata.ino().to_le_bytes());
    bytes[8..].copy_from_slice(&made.to_le_bytes());
    xxh3_64(&bytes)
}

pub(crate) fn modified(metadata: &fs::Metadata) -> Millis {
    metadata.mtime() * 1000 + metadata.mtime_nsec() / 1_000_000
}
