//! The bytes of a file, gzip unpacked within bounds. They can be read more than once: some formats
//! say what they are only further down.

use std::fs;
use std::io::{self, BufRead, BufReader, Read};
use std::path::PathBuf;
use std::sync::Arc;

use flate2::bufread::MultiGzDecoder;

use super::text::{Problem, Unsuitable};
use super::unpacked;

/// Where the bytes of a file are, and how many there may be of them.
#[derive(Clone, Debug)]
pub(super) struct Content {
    at: At,
    max_bytes: u64,
}

#[derive(Clone, Debug)]
enum At {
    Disk(PathBuf),
    /// What is left of a file without the rows that have been seen.
    Memory(Arc<[u8]>),
}

impl Content {
    /// The content of the file at `path`.
    pub(super) fn new(path: PathBuf, max_bytes: u64) -> Self {
        Self {
            at: At::Disk(path),
            max_bytes,
        }
    }

    /// Some of the rows of a file.
    pub(super) fn of_rows(rows: Vec<u8>, max_bytes: u64) -> Self {
        Self {
            at: At::Memory(rows.into()),
            max_bytes,
        }
    }

    /// Its bytes from the beginning.
    pub(super) fn open(&self) -> Result<Box<dyn Read>, Problem> {
        let path = match &self.at {
            At::Disk(path) => path,
            At::Memory(rows) => return Ok(Box::new(io::Cursor::new(rows.clone()))),
        };
        let file = fs::File::open(path).map_err(|error| unopened(&error))?;
        let size = file.metadata().map_err(|error| unopened(&error))?.len();
        let mut file = BufReader::new(file);
        let head = file
            .fill_buf()
            .map_err(|error| Problem::reading(0, &error))?;
        if !head.starts_with(b"\x1f\x8b") {
            return Ok(Box::new(file));
        }
        let bound = unpacked::Bound::new(size, self.max_bytes);
        Ok(Box::new(Unpacking {
            bytes: MultiGzDecoder::new(file),
            bound,
            total: 0,
        }))
    }

    /// Whether the file holds these bytes as they are, not packed.
    pub(super) fn is_plain(&self) -> bool {
        let head = self.disk().map(fs::File::open);
        let mut magic = [0; 2];
        match head {
            Some(Ok(mut file)) => file.read_exact(&mut magic).is_ok() && magic != *b"\x1f\x8b",
            Some(Err(_)) => false,
            None => true,
        }
    }

    /// The file.
    pub(super) fn disk(&self) -> Option<&PathBuf> {
        match &self.at {
            At::Disk(path) => Some(path),
            At::Memory(_) => None,
        }
    }

    /// Its bytes, the first `limit` of them.
    pub(super) fn bytes(&self, limit: u64) -> Result<Vec<u8>, Problem> {
        let mut bytes = Vec::new();
        self.open()?
            .take(limit)
            .read_to_end(&mut bytes)
            .map_err(|error| Problem::reading(0, &error))?;
        Ok(bytes)
    }

    /// All of its bytes.
    pub(super) fn whole(&self) -> Result<Vec<u8>, Problem> {
        // One more than there may be, so that too many are noticed and not cut off.
        self.bytes(self.max_bytes.saturating_add(1))
    }
}

/// Unpacks, and stops at a bomb.
struct Unpacking<R> {
    bytes: MultiGzDecoder<R>,
    bound: unpacked::Bound,
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
