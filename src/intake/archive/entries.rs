//! Lists the files in a zip archive. Each is unpacked once into nothing, so that all of them are
//! known to be whole and no more than may be, whatever the archive declares.

use std::collections::HashSet;
use std::io::{BufReader, Read, Seek, SeekFrom};
use std::path::Path;

use zip::{CompressionMethod, ZipArchive};

use crate::intake::bytes::{ContentPart, FileContent, TextProblem, UnpackedBound, regular};
use crate::intake::folder::passed_over;
use crate::intake::read_files::ReadJob;

/// A file in an archive.
pub(crate) struct ArchiveEntry {
    /// Its path, with `/` between the parts.
    pub(crate) name: String,
    pub(crate) size: u64,
    pub(crate) content: FileContent,
}

/// What an archive holds.
pub(crate) struct Listing {
    /// In the order of their names.
    pub(crate) entries: Vec<ArchiveEntry>,
    /// Names of what cannot be read, and why.
    pub(crate) refused: Vec<(String, String)>,
}

/// Lists the files of an archive that are not hidden or temporary.
pub(crate) fn list(job: &ReadJob) -> Result<Listing, TextProblem> {
    let Some(path) = job.content.path() else {
        return Err(TextProblem::whole_file("is an archive within an archive"));
    };
    let file = regular::open(path).map_err(|error| TextProblem::reading(0, &error))?;
    let size = file.metadata().map_or(0, |metadata| metadata.len());
    let mut archive = ZipArchive::new(BufReader::new(file)).map_err(|error| {
        TextProblem::whole_file(format!(
            "is a zip archive that cannot be read ({error}); it looks damaged or cut off, so export it again"
        ))
    })?;
    let limit = job.folder.limits.max_files;
    if archive.len() > limit {
        return Err(TextProblem::whole_file(format!(
            "holds {} files, more than max_files = {limit}; raise max_files if it is meant to hold so many",
            archive.len()
        )));
    }
    let mut walk = ArchiveWalk {
        job,
        bound: UnpackedBound::new(size, job.folder.limits.max_file_bytes),
        total: 0,
        seen: HashSet::new(),
        listing: Listing {
            entries: Vec::new(),
            refused: Vec::new(),
        },
    };
    for at in 0..archive.len() {
        walk.visit(&mut archive, at)?;
    }
    let listed = directory_entries(path, archive.central_directory_start());
    if listed.is_none_or(|listed| listed > archive.len()) {
        return Err(TextProblem::whole_file(
            "holds several files of the same name, and it is unclear which counts; export it again",
        ));
    }
    walk.listing.entries.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(walk.listing)
}

/// How many files the directory of an archive lists, those with the same name too, of which the
/// library keeps the last.
fn directory_entries(path: &Path, start: u64) -> Option<usize> {
    const FIXED: usize = 46;
    let mut reader = BufReader::new(regular::open(path).ok()?);
    reader.seek(SeekFrom::Start(start)).ok()?;
    let mut entries = 0;
    loop {
        let mut header = [0; FIXED];
        if reader.read_exact(&mut header).is_err() || !header.starts_with(b"PK\x01\x02") {
            return Some(entries);
        }
        let length = |at: usize| i64::from(u16::from_le_bytes([header[at], header[at + 1]]));
        reader
            .seek_relative(length(28) + length(30) + length(32))
            .ok()?;
        entries += 1;
    }
}

struct ArchiveWalk<'a> {
    job: &'a ReadJob<'a>,
    bound: UnpackedBound,
    total: u64,
    seen: HashSet<String>,
    listing: Listing,
}

impl ArchiveWalk<'_> {
    fn visit<R: Read + Seek>(
        &mut self,
        archive: &mut ZipArchive<R>,
        at: usize,
    ) -> Result<(), TextProblem> {
        let raw = archive
            .by_index_raw(at)
            .ok()
            .and_then(|entry| Some((entry.name().ok()?.into_owned(), entry.is_dir())));
        let Some((raw, is_folder)) = raw else {
            self.refuse(
                format!("entry {}", at + 1),
                "cannot be read; export the archive again",
            );
            return Ok(());
        };
        let name = match safe(&raw) {
            Ok(name) => name,
            Err(reason) => {
                self.refuse(shown(&raw), reason);
                return Ok(());
            }
        };
        if is_folder
            || name
                .split('/')
                .any(|part| passed_over(part) || part == "__MACOSX")
        {
            return Ok(());
        }
        if !self.seen.insert(name.clone()) {
            self.refuse(
                name,
                "is in the archive twice, and it is unclear which counts",
            );
            return Ok(());
        }
        match archive.by_index(at) {
            Ok(entry) if entry.is_symlink() => {
                self.refuse(name, "is a link, which is not followed in an archive");
                Ok(())
            }
            Ok(entry) => self.unpack(name, entry),
            Err(error) => {
                let reason =
                    format!("cannot be unpacked ({error}); export it again without password");
                self.refuse(name, &reason);
                Ok(())
            }
        }
    }

    fn unpack<R: Read>(
        &mut self,
        name: String,
        mut entry: zip::read::ZipFile<'_, R>,
    ) -> Result<(), TextProblem> {
        let start = entry.data_start();
        let packed = entry.compressed_size();
        let is_deflated = entry.compression() == CompressionMethod::Deflated;
        let size = match (start, self.bound.measure(&mut entry, self.total)) {
            (Some(_), Ok(size)) => size,
            (None, _) => {
                self.refuse(name, "cannot be found in the archive; export it again");
                return Ok(());
            }
            (_, Err(error)) => {
                let reason = format!("is damaged ({error}); export the archive again");
                self.refuse(name, &reason);
                return Ok(());
            }
        };
        self.total += size;
        if let Some(reason) = self.bound.exceeded_by(self.total) {
            return Err(TextProblem::whole_file(reason));
        }
        let part = ContentPart {
            start: start.unwrap_or_default(),
            packed,
            size,
            is_deflated,
        };
        self.listing.entries.push(ArchiveEntry {
            name,
            size,
            content: self.job.content.part(part),
        });
        Ok(())
    }

    fn refuse(&mut self, name: String, reason: &str) {
        self.listing.refused.push((name, reason.to_owned()));
    }
}

/// The path with `/` between its parts, if it stays within the archive.
pub(crate) fn safe(raw: &str) -> Result<String, &'static str> {
    let name = raw.replace('\\', "/");
    let drive = name.as_bytes().get(1) == Some(&b':');
    if name.starts_with('/') || drive || name.split('/').any(|part| part == "..") {
        return Err(
            "leads out of the archive, so nothing was read from it; export the archive again",
        );
    }
    if name.is_empty() || name.chars().any(char::is_control) {
        return Err("has no usable name; export the archive again");
    }
    let parts = name.split('/').filter(|part| !matches!(*part, "" | "."));
    Ok(parts.collect::<Vec<_>>().join("/"))
}

/// A name that is not to be trusted, as a message may show it.
fn shown(raw: &str) -> String {
    let safe = raw.chars().map(|c| if c.is_control() { '?' } else { c });
    safe.take(200).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_stay_within_the_archive() {
        for (raw, expected) in [
            ("a.csv", Some("a.csv")),
            ("data\\a b.html", Some("data/a b.html")),
            ("./data//a.html", Some("data/a.html")),
            ("größe.csv", Some("größe.csv")),
            ("../a.csv", None),
            ("data/../../a.csv", None),
            ("..\\a.csv", None),
            ("/etc/passwd", None),
            ("C:\\a.csv", None),
            ("a\0.csv", None),
            ("a\n.csv", None),
            ("", None),
        ] {
            assert_eq!(safe(raw).ok().as_deref(), expected, "{raw:?}");
        }
    }
}
