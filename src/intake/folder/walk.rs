//! Walks through the folder of a source: every folder by its own path and by some of the links that lead
//! to it, no link that leaves, and no further than the limits.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::ffi::OsStr;
use std::fs::{self, FileType};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use super::copies::{LeftBehind, is_own_folder, left_behind};
use super::file_names::{FileFilter, passed_over};
use super::left_aside::LeftAside;
use super::scan::{Remark, Scan, ScannedFile, Subfolder, identity, modified};
use crate::config::{Folder, Read};
use crate::intake::bytes::{no_file, too_many_open};
use crate::intake::error::SourceError;
use crate::model::{Marker, Place, Reach};

/// So many ways to a folder that lead over links are followed; the others lead to the same files.
const WAYS: usize = 8;
/// So many names are looked at for each file that may count.
const ENTRIES: usize = 20;

/// A walk through one folder.
pub(crate) struct FolderWalk<'a> {
    folder: &'a Folder,
    wanted: FileFilter,
    root: &'a Path,
    scan: Scan,
    /// Where each file of the scan really is, and which one of them it is.
    files: HashMap<PathBuf, usize>,
    /// Folders that are still to be looked into.
    open: Vec<VisitedFolders>,
    /// How often each folder was met behind links, by device and inode.
    ways: HashMap<(u64, u64), usize>,
    entries: usize,
}

/// A folder that the walk has met.
struct VisitedFolders {
    /// Relative to the root, as the walk came to it.
    relative: String,
    path: PathBuf,
    /// The same without links.
    real: PathBuf,
    /// A link led to it, or to a folder above it.
    is_linked: bool,
    /// The walk has not met it before, by whatever way.
    is_new: bool,
}

impl VisitedFolders {
    /// The relative path of what has this name in it.
    fn below(&self, name: &str) -> String {
        match self.relative.as_str() {
            "" => name.to_owned(),
            above => format!("{above}/{name}"),
        }
    }
}

impl<'a> FolderWalk<'a> {
    pub(crate) fn new(folder: &'a Folder, root: &'a Path) -> Result<Self, SourceError> {
        Ok(Self {
            folder,
            wanted: FileFilter::new(folder)?,
            root,
            scan: Scan::default(),
            files: HashMap::new(),
            open: Vec::new(),
            ways: HashMap::new(),
            entries: 0,
        })
    }

    /// Lists everything.
    pub(crate) fn run(&mut self) -> Result<(), SourceError> {
        self.meet(VisitedFolders {
            relative: String::new(),
            path: self.root.to_owned(),
            real: self.root.to_owned(),
            is_linked: false,
            is_new: true,
        });
        while let Some(met) = self.open.pop() {
            self.look_into(&met)?;
        }
        Ok(())
    }

    /// Takes in a folder that is to be looked into. Many links may lead to it, and from it to
    /// others, so that there is no end of ways to a file; some of them are enough.
    fn meet(&mut self, mut met: VisitedFolders) {
        let metadata = match fs::metadata(&met.real) {
            Ok(metadata) => metadata,
            Err(error) => return self.trouble(&met.relative, &error),
        };
        let ways = self.ways.entry((metadata.dev(), metadata.ino()));
        met.is_new = matches!(ways, Entry::Vacant(_));
        let ways = ways.or_default();
        if met.is_linked {
            *ways += 1;
            if *ways > WAYS {
                let text =
                    "is behind links to a folder that many others lead to; it was not followed";
                self.note(&met.relative, text);
                return;
            }
        }
        self.scan.folders.push(Subfolder {
            path: met.path.clone(),
            real: met.real.clone(),
            identity: identity(&metadata),
        });
        self.open.push(met);
    }

    fn look_into(&mut self, met: &VisitedFolders) -> Result<(), SourceError> {
        let mut names = Vec::new();
        match fs::read_dir(&met.real) {
            Ok(entries) => {
                for entry in entries {
                    self.count_entry(met)?;
                    match entry.and_then(|entry| Ok((entry.file_name(), entry.file_type()?))) {
                        Ok(found) => names.push(found),
                        Err(error) => self.trouble(&met.relative, &error),
                    }
                }
            }
            Err(error) if too_many_open(&error) => {
                return Err(SourceError::TooManyOpen {
                    cause: error.to_string(),
                });
            }
            Err(error) if met.relative.is_empty() => {
                return Err(SourceError::Unreadable {
                    folder: self.folder.path.clone(),
                    cause: error.to_string(),
                });
            }
            Err(error) => self.trouble(&met.relative, &error),
        }
        names.sort_unstable_by(|(a, _), (b, _)| a.cmp(b));
        for (name, kind) in &names {
            let is_there = |name: &str| {
                let found =
                    names.binary_search_by(|(other, _)| other.as_os_str().cmp(name.as_ref()));
                found.is_ok()
            };
            if !self.is_left_behind(met, &name.to_string_lossy(), *kind, &is_there) {
                self.visit(met, name, *kind)?;
            }
        }
        Ok(())
    }

    /// Whether a name is that of a copy or a recycle bin, which is told, unless `include` names the file.
    fn is_left_behind(
        &mut self,
        above: &VisitedFolders,
        name: &str,
        kind: FileType,
        is_there: &dyn Fn(&str) -> bool,
    ) -> bool {
        let relative = above.below(name);
        if kind.is_dir() {
            let is_own = is_own_folder(name) && !self.wanted.excluded_folder(&relative);
            if is_own {
                let text = "is a folder in which a system or file server keeps its own things, or what was deleted; it was not looked into";
                self.note(&relative, text);
            }
            return is_own;
        }
        if passed_over(name)
            || !self.wanted.file(&relative)
            || self.folder.include.contains(&relative)
        {
            return false;
        }
        let what = match left_behind(name) {
            Some(LeftBehind::Conflict) => {
                "the copy that a synchronising program made of a conflict".to_owned()
            }
            Some(LeftBehind::CopyOf(originals)) => {
                match originals.iter().find(|original| is_there(original)) {
                    Some(original) => format!("a copy of {original}, which lies beside it"),
                    None => return false,
                }
            }
            None => return false,
        };
        let text = format!(
            "looks like {what}, so it was left out; delete it, or name it in `include` if it is an export of its own"
        );
        self.note(&relative, &text);
        true
    }

    fn count_entry(&mut self, met: &VisitedFolders) -> Result<(), SourceError> {
        let limit = self.folder.limits.max_files.saturating_mul(ENTRIES);
        self.entries += usize::from(met.is_new);
        if self.entries > limit {
            return Err(SourceError::TooManyEntries {
                folder: self.folder.path.clone(),
                limit,
            });
        }
        Ok(())
    }

    fn visit(
        &mut self,
        above: &VisitedFolders,
        name: &OsStr,
        kind: FileType,
    ) -> Result<(), SourceError> {
        let shown = name.to_string_lossy();
        let relative = above.below(&shown);
        if passed_over(&shown) && (kind.is_dir() || !self.wanted.is_marker(&relative)) {
            return Ok(());
        }
        let met = VisitedFolders {
            relative,
            path: above.path.join(name),
            real: above.real.join(name),
            is_linked: above.is_linked,
            is_new: true,
        };
        if kind.is_symlink() {
            self.link(above, met)
        } else if kind.is_dir() {
            self.meet(met);
            Ok(())
        } else {
            self.file(met)
        }
    }

    /// Follows a link, if it stays in the folder.
    fn link(&mut self, above: &VisitedFolders, link: VisitedFolders) -> Result<(), SourceError> {
        let target = fs::canonicalize(&link.path).and_then(|real| Ok((fs::metadata(&real)?, real)));
        let (is_folder, real) = match target {
            Ok((metadata, real)) => (metadata.is_dir(), real),
            Err(error) => {
                self.dead_link(&link.relative, &error);
                return Ok(());
            }
        };
        if !real.starts_with(self.root) {
            let text = "is a link that leaves the folder; it was not followed";
            self.note(&link.relative, text);
        } else if is_folder && above.real.starts_with(&real) {
            let text = "is a link to a folder that it lies in; it was not followed";
            self.note(&link.relative, text);
        } else if is_folder {
            self.meet(VisitedFolders {
                real,
                is_linked: true,
                ..link
            });
        } else {
            return self.file(VisitedFolders { real, ..link });
        }
        Ok(())
    }

    fn file(&mut self, met: VisitedFolders) -> Result<(), SourceError> {
        let is_marker = self.wanted.is_marker(&met.relative);
        if !is_marker && !self.wanted.file(&met.relative) {
            if !self.wanted.excluded(&met.relative) {
                self.scan.left_aside.see(&met.relative);
            }
            return Ok(());
        }
        match fs::metadata(&met.real) {
            Ok(metadata) if is_marker => self.marker(&metadata),
            Ok(metadata) if metadata.is_file() => return self.add(met, &metadata),
            Ok(metadata) => {
                let text = no_file(metadata.file_type());
                self.unreadable(&met.relative, &text, io::ErrorKind::InvalidData);
            }
            Err(error) => {
                let text = format!("cannot be looked at ({error}); does it still exist?");
                self.unreadable(&met.relative, &text, error.kind());
            }
        }
        Ok(())
    }

    /// Takes in a file that counts. A link beside the file that it points to is the same file, and
    /// not a second export: it goes by the first of its names.
    fn add(&mut self, met: VisitedFolders, metadata: &fs::Metadata) -> Result<(), SourceError> {
        let file = ScannedFile {
            relative: met.relative.into(),
            path: met.path,
            size: metadata.len(),
            modified: modified(metadata),
            inode: identity(metadata),
        };
        let files = &mut self.scan.files;
        match self.files.entry(met.real) {
            Entry::Occupied(known) => {
                let known = &mut files[*known.get()];
                if file.relative < known.relative {
                    *known = file;
                }
            }
            Entry::Vacant(new) => {
                new.insert(files.len());
                files.push(file);
            }
        }
        let limit = self.folder.limits.max_files;
        if self.folder.read == Read::All && self.scan.files.len() > limit {
            return Err(SourceError::TooManyFiles {
                folder: self.folder.path.clone(),
                limit,
            });
        }
        Ok(())
    }

    fn marker(&mut self, metadata: &fs::Metadata) {
        let found = metadata.is_file().then(|| Marker {
            modified: modified(metadata),
            inode: identity(metadata),
        });
        let newest = self.scan.marker.into_iter().chain(found);
        self.scan.marker = newest.max_by_key(|marker| marker.modified);
    }

    fn dead_link(&mut self, relative: &str, error: &io::Error) {
        if self.wanted.file(relative) || self.wanted.excluded_folder(relative) {
            self.trouble(relative, error);
        } else {
            let text = "is a link that leads nowhere; it was not followed";
            self.note(relative, text);
        }
    }

    /// A folder that cannot be looked into, or a link to a file that is not there.
    fn trouble(&mut self, relative: &str, error: &io::Error) {
        if self.wanted.excluded_folder(relative) {
            return;
        }
        let text = format!(
            "cannot be read ({error}); give the user that this runs as the right to read it, or exclude it"
        );
        self.unreadable(relative, &text, error.kind());
    }

    /// What is gone by now may have moved; what is there and cannot be read is a failure.
    fn unreadable(&mut self, relative: &str, text: &str, kind: io::ErrorKind) {
        let reach = match kind {
            io::ErrorKind::NotFound => Reach::Rest,
            _ => Reach::Unusable,
        };
        self.scan.unreadable.push(Remark {
            reach,
            ..remark(relative, text)
        });
    }

    fn note(&mut self, relative: &str, text: &str) {
        self.scan.notes.push(remark(relative, text));
    }

    /// What was found, whether or not any file counts.
    pub(crate) fn found(self) -> Scan {
        self.scan
    }

    /// What was found, if there is a file that counts, or may be.
    pub(crate) fn finish(self) -> Result<Scan, SourceError> {
        let mut scan = self.scan;
        if scan.files.is_empty() && scan.unreadable.is_empty() {
            return Err(SourceError::Empty {
                folder: self.folder.path.clone(),
                looked_for: looked_for(self.folder),
                others: others(self.folder, &scan.left_aside),
            });
        }
        scan.files.sort_by(|a, b| a.relative.cmp(&b.relative));
        Ok(scan)
    }
}

/// What is said of a file or folder, and means nothing for the rest.
pub(crate) fn remark(relative: &str, text: &str) -> Remark {
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

/// What is there in place of files that count, and the line that takes it in.
fn others(folder: &Folder, left: &LeftAside) -> String {
    let words = left.in_words();
    match left.line(folder, &[]) {
        Some(line) => format!("{words}. If these are the articles, write `{line}` to the source"),
        None => words,
    }
}
