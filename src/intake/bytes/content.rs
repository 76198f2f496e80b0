//! The bytes of a file, or of a file in an archive, gzip unpacked within bounds. They can be read
//! more than once: some formats say what they are only further down.

use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use flate2::bufread::{DeflateDecoder, MultiGzDecoder};

use super::text::{TextProblem, Unsuitable, too_many_open};
use super::{regular, unpacked};

/// Where the bytes of a file are, and how many there may be of them.
#[derive(Clone, Debug)]
pub(crate) struct FileContent {
    at: ContentAt,
    part: Option<ContentPart>,
    max_bytes: u64,
}

#[derive(Clone, Debug)]
enum ContentAt {
    Disk(PathBuf),
    /// What is left of a file without the rows that have been seen.
    Memory(Arc<[u8]>),
}

/// Where in a zip archive a file lies that was unpacked once before, and so is known to be whole.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ContentPart {
    pub(crate) start: u64,
    pub(crate) packed: u64,
    pub(crate) size: u64,
    pub(crate) is_deflated: bool,
}

impl FileContent {
    /// The content of the file at `path`.
    pub(crate) fn new(path: PathBuf, max_bytes: u64) -> Self {
        Self {
            at: ContentAt::Disk(path),
            part: None,
            max_bytes,
        }
    }

    /// Some of the rows of a file.
    pub(crate) fn of_rows(rows: Vec<u8>, max_bytes: u64) -> Self {
        Self {
            at: ContentAt::Memory(rows.into()),
            part: None,
            max_bytes,
        }
    }

    /// The content of a file in the archive that this is.
    pub(crate) fn part(&self, part: ContentPart) -> Self {
        Self {
            part: Some(part),
            ..self.clone()
        }
    }

    /// Whether these are only some of the rows of a file.
    pub(crate) fn is_part(&self) -> bool {
        matches!(self.at, ContentAt::Memory(_))
    }

    /// The path of the file, unless it is a file in an archive or a part of one.
    pub(crate) fn path(&self) -> Option<&Path> {
        match &self.at {
            ContentAt::Disk(path) if self.part.is_none() => Some(path),
            _ => None,
        }
    }

    /// Its bytes from the beginning.
    pub(crate) fn open(&self) -> Result<Box<dyn Read>, TextProblem> {
        let (mut file, size) = self.raw().map_err(|error| unopened(&error))?;
        let head = file
            .fill_buf()
            .map_err(|error| TextProblem::reading(0, &error))?;
        if !head.starts_with(b"\x1f\x8b") {
            return Ok(Box::new(file));
        }
        let bound = unpacked::UnpackedBound::new(size, self.max_bytes);
        Ok(Box::new(Unpacking {
            bytes: MultiGzDecoder::new(file),
            bound,
            total: 0,
        }))
    }

    /// Whether the file holds these bytes as they are, not packed.
    pub(crate) fn is_plain(&self) -> bool {
        let head = self.path().map(regular::open);
        let mut magic = [0; 2];
        match head {
            Some(Ok(mut file)) => file.read_exact(&mut magic).is_ok() && magic != *b"\x1f\x8b",
            Some(Err(_)) => false,
            None => self.is_part(),
        }
    }

    /// Its bytes as the folder or the archive has them, and how many.
    fn raw(&self) -> io::Result<(Box<dyn BufRead>, u64)> {
        let path = match &self.at {
            ContentAt::Disk(path) => path,
            ContentAt::Memory(rows) => {
                return Ok((Box::new(io::Cursor::new(rows.clone())), rows.len() as u64));
            }
        };
        let mut file = regular::open(path)?;
        let Some(part) = self.part else {
            let size = file.metadata()?.len();
            return Ok((Box::new(BufReader::new(file)), size));
        };
        file.seek(SeekFrom::Start(part.start))?;
        let packed = BufReader::new(file.take(part.packed));
        let bytes: Box<dyn BufRead> = if part.is_deflated {
            // The archive may have been replaced since it was found to be harmless.
            Box::new(BufReader::new(DeflateDecoder::new(packed).take(part.size)))
        } else {
            Box::new(packed)
        };
        Ok((bytes, part.size))
    }

    /// Its bytes, the first `limit` of them.
    pub(crate) fn bytes(&self, limit: u64) -> Result<Vec<u8>, TextProblem> {
        let mut bytes = Vec::new();
        self.open()?
            .take(limit)
            .read_to_end(&mut bytes)
            .map_err(|error| TextProblem::reading(0, &error))?;
        Ok(bytes)
    }

    /// All of its bytes.
    pub(crate) fn whole(&self) -> Result<Vec<u8>, TextProblem> {
        // One more than there may be, so that too many are noticed and not cut off.
        self.bytes(self.max_bytes.saturating_add(1))
    }
}

/// Unpacks, and stops at a bomb.
struct Unpacking<R> {
    bytes: MultiGzDecoder<R>,
    bound: unpacked::UnpackedBound,
    total: u64,
}

impl<R: BufRead> Read for Unpacking<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.bytes.read(buffer).map_err(|error| {
            Unsuitable::io(format!(
                "is packed with gzip and damaged or cut off ({error}); export it again"
            ))
        })?;
        self.total += count as u64;
        match self.bound.exceeded_by(self.total) {
            Some(reason) => Err(Unsuitable::io(reason)),
            None => Ok(count),
        }
    }
}

fn unopened(error: &io::Error) -> TextProblem {
    match error.kind() {
        _ if too_many_open(error) => TextProblem::of_the_machine(error),
        // That it is gone is for the next look at the folder to say.
        io::ErrorKind::NotFound => TextProblem::rest(
            0,
            "vanished after it was listed; it will be looked for again",
        ),
        // What is no file says so itself.
        io::ErrorKind::InvalidData => TextProblem::reading(0, error),
        _ => TextProblem::whole_file(format!(
            "cannot be opened ({error}); give the user that this runs as the right to read it"
        )),
    }
}
