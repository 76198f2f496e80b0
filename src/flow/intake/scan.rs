//! Lists the files of a folder that count, without reading them.

use std::collections::HashSet;
use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};
use walkdir::WalkDir;
use xxhash_rust::xxh3::xxh3_64;

use super::text::too_many_open;
use super::wanted::{Wanted, passed_over};
use super::{Place, Reach, SourceError};
use crate::clock::Millis;
use crate::config::{Folder, Read};

/// A file that counts, as the scan found it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
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

/// A file that somebody has open for writing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenFile {
    /// Relative to the source's folder.
    pub relative: Arc<str>,
    /// For how long already, as far as is known.
    pub open_for: Duration,
}

/// The file that says that an export is complete, as it was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Marker {
    /// When it was last written.
    pub modified: Millis,
    /// Tells a marker that was renamed into place from the one before.
    pub inode: u64,
}

/// What a folder holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scan {
    /// The files that count and are to be read, in the order of their relative paths.
    pub files: Vec<File>,
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
}

/// Lists the files of `folder` that count.
pub fn scan(folder: &Folder) -> Result<Scan, SourceError> {
    let root = root(&folder.path)?;
    let mut walk = Walk {
        folder,
        wanted: Wanted::new(folder)?,
        root: &root,
        scan: Scan::default(),
        others: 0,
        example: None,
    };
    walk.run()?;
    walk.finish()
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

struct Walk<'a> {
    folder: &'a Folder,
    wanted: Wanted,
    root: &'a Path,
    scan: Scan,
    others: usize,
    example: Option<String>,
}

impl Walk<'_> {
    fn run(&mut self) -> Result<(), SourceError> {
        let mut entries = WalkDir::new(self.root)
            .follow_links(true)
            .min_depth(1)
            .sort_by_file_name()
            .into_iter();
        while let Some(entry) = entries.next() {
            match entry {
                Ok(entry) => {
                    if !self.visit(&entry) && entry.file_type().is_dir() {
                        entries.skip_current_dir();
                    }
                }
                Err(error) => self.trouble(&error)?,
            }
        }
        Ok(())
    }

    /// Whether to go on into it, should it be a folder.
    fn visit(&mut self, entry: &walkdir::DirEntry) -> bool {
        let relative = self.relative(entry.path());
        let is_marker = entry.file_type().is_file() && self.wanted.is_marker(&relative);
        if passed_over(&entry.file_name().to_string_lossy()) && !is_marker {
            return false;
        }
        if entry.path_is_symlink() && !self.stays_inside(entry.path()) {
            self.scan.notes.push(remark(
                &relative,
                "is a link that leaves the folder; it was not followed",
            ));
            return false;
        }
        if entry.file_type().is_file() {
            self.file(entry, &relative);
        }
        true
    }

    fn file(&mut self, entry: &walkdir::DirEntry, relative: &str) {
        if self.wanted.is_marker(relative) {
            self.marker(entry);
            return;
        }
        if !self.wanted.file(relative) {
            self.others += 1;
            self.example.get_or_insert_with(|| relative.to_owned());
            return;
        }
        match entry.metadata() {
            Ok(metadata) => self.scan.files.push(File {
                relative: relative.into(),
                path: entry.path().to_owned(),
                size: metadata.len(),
                modified: modified(&metadata),
                inode: identity(&metadata),
            }),
            Err(error) => {
                let kind = error.io_error().map(io::Error::kind);
                let text = format!("cannot be looked at ({error}); does it still exist?");
                self.unreadable(relative, &text, kind);
            }
        }
    }

    fn marker(&mut self, entry: &walkdir::DirEntry) {
        let found = entry.metadata().ok().map(|metadata| Marker {
            modified: modified(&metadata),
            inode: identity(&metadata),
        });
        let newest = self.scan.marker.into_iter().chain(found);
        self.scan.marker = newest.max_by_key(|marker| marker.modified);
    }

    fn stays_inside(&self, link: &Path) -> bool {
        fs::canonicalize(link).is_ok_and(|target| target.starts_with(self.root))
    }

    fn trouble(&mut self, error: &walkdir::Error) -> Result<(), SourceError> {
        if let Some(error) = error.io_error().filter(|error| too_many_open(error)) {
            return Err(SourceError::TooManyOpen {
                cause: error.to_string(),
            });
        }
        let Some(path) = error.path().filter(|_| error.depth() > 0) else {
            return Err(SourceError::Unreadable {
                folder: self.folder.path.clone(),
                cause: error.to_string(),
            });
        };
        let relative = self.relative(path);
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if passed_over(&name) || self.wanted.excluded_folder(&relative) {
            return Ok(());
        }
        let is_link = fs::symlink_metadata(path).is_ok_and(|found| found.is_symlink());
        if error.loop_ancestor().is_some() {
            let text = "is a link to a folder that it lies in; it was not followed";
            self.scan.notes.push(remark(&relative, text));
        } else if is_link && !self.wanted.file(&relative) {
            let text = "is a link that leads nowhere; it was not followed";
            self.scan.notes.push(remark(&relative, text));
        } else {
            let cause = error
                .io_error()
                .map_or_else(|| error.to_string(), ToString::to_string);
            let text = format!(
                "cannot be read ({cause}); give the user that this runs as the right to read it, or exclude it"
            );
            let kind = error.io_error().map(io::Error::kind);
            self.unreadable(&relative, &text, kind);
        }
        Ok(())
    }

    /// What is gone by now may have moved; what is there and cannot be read is a failure.
    fn unreadable(&mut self, relative: &str, text: &str, kind: Option<io::ErrorKind>) {
        let reach = match kind {
            Some(io::ErrorKind::NotFound) => Reach::Rest,
            _ => Reach::Unusable,
        };
        self.scan.unreadable.push(Remark {
            reach,
            ..remark(relative, text)
        });
    }

    fn relative(&self, path: &Path) -> String {
        path.strip_prefix(self.root)
            .unwrap_or(path)
            .to_string_lossy()
            .into_owned()
    }

    fn finish(self) -> Result<Scan, SourceError> {
        let mut scan = self.scan;
        if scan.files.is_empty() && scan.unreadable.is_empty() {
            return Err(SourceError::Empty {
                folder: self.folder.path.clone(),
                looked_for: looked_for(self.folder),
                others: others(self.others, self.example),
            });
        }
        scan.files.sort_by(|a, b| a.relative.cmp(&b.relative));
        let mut seen = HashSet::new();
        scan.files.retain(|file| {
            // A link beside the file that it points to is the same file, not a second export.
            fs::canonicalize(&file.path).map_or(true, |target| seen.insert(target))
        });
        match self.folder.read {
            Read::Newest => keep_newest(&mut scan),
            Read::All if scan.files.len() > self.folder.limits.max_files => {
                return Err(SourceError::TooManyFiles {
                    folder: self.folder.path.clone(),
                    found: scan.files.len(),
                    limit: self.folder.limits.max_files,
                });
            }
            Read::All => {}
        }
        Ok(scan)
    }
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
    let passed_over: Vec<File> = passed_over;
    scan.passed_over = passed_over.into_iter().map(|file| file.relative).collect();
}

/// Tells a file from the one that it replaces. File systems give the number of an inode that was freed
/// to the next file, so the time at which it was made counts as well, where that is known.
pub(super) fn identity(metadata: &fs::Metadata) -> u64 {
    let since = |made: SystemTime| made.duration_since(UNIX_EPOCH).ok();
    let made = metadata.created().ok().and_then(since);
    let made = made.map_or(0, |made| made.as_nanos());
    let mut bytes = [0; 24];
    bytes[..8].copy_from_slice(&metadata.ino().to_le_bytes());
    bytes[8..].copy_from_slice(&made.to_le_bytes());
    xxh3_64(&bytes)
}

pub(super) fn modified(metadata: &fs::Metadata) -> Millis {
    metadata.mtime() * 1000 + metadata.mtime_nsec() / 1_000_000
}

fn remark(relative: &str, text: &str) -> Remark {
    Remark {
        place: Place {
            file: relative.into(),
            line: 0,
        },
        text: text.to_owned(),
        reach: Reach::Alone,
    }
}

fn looked_for(folder: &Folder) -> String {
    let include = format!("include = {:?}", folder.include);
    match folder.exclude.as_slice() {
        [] => include,
        exclude => format!("{include} without exclude = {exclude:?}"),
    }
}

fn others(count: usize, example: Option<String>) -> String {
    match (count, example) {
        (1, Some(example)) => format!("the only other file is {example}"),
        (_, Some(example)) => format!("there are {count} other files, such as {example}"),
        (_, None) => "there are no other files".to_owned(),
    }
}
