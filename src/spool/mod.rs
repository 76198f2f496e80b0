//! Holds what is needed again only later, and would be too much to hold in memory: records go in one
//! after the other, and each comes back by its handle, exactly as it was or not at all.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use xxhash_rust::xxh3::xxh3_64;

/// What is read at a time stays in memory up to this size.
const IN_MEMORY: usize = 8 << 20;
/// So much where no file can be written. More would take the memory of everything else.
const WITHOUT_FILE: usize = 32 << 20;
/// So much is written to the file at once.
const CHUNK: usize = 256 << 10;
/// So much is read at once where one record is read after the other.
const AHEAD: usize = 64 << 10;
/// So much of the disk is left to the state, without which nothing goes on.
const LEFT_TO_OTHERS: u64 = 200 << 20;

/// A record could not be had back. What depends on it must not be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SpoolError {
    /// The file cannot be read.
    #[error(
        "the temporary file in {folder} cannot be read back ({cause}), so nothing more is done with what was read from the sources; check the disk, everything is read again next time"
    )]
    Unreadable {
        /// The folder.
        folder: String,
        /// What the system says.
        cause: String,
    },
    /// The file holds something else than was written.
    #[error(
        "the temporary file in {folder} does not give back what was written to it, so nothing more is done with what was read from the sources; check the disk, everything is read again next time"
    )]
    Damaged {
        /// The folder.
        folder: String,
    },
    /// Neither the disk nor memory has room.
    #[error(
        "neither the disk that holds {folder} nor memory has room for what is read from the sources, so nothing is done with it; free some space, everything is read again next time"
    )]
    Full {
        /// The folder.
        folder: String,
    },
    /// No record can be so long.
    #[error("an article is more than 4 GiB long; divide it")]
    TooLong,
}

crate::text::samples! {
    SpoolError {
        Unreadable => [Self::Unreadable { folder: gap(), cause: gap() }],
        Damaged => [Self::Damaged { folder: gap() }],
        Full => [Self::Full { folder: gap() }],
        TooLong => [Self::TooLong],
    }
}

/// Where spools may put what does not stay in memory.
#[derive(Clone, Debug)]
pub struct SpillConfig {
    /// The first of these that takes a file.
    folders: Vec<PathBuf>,
    in_memory: usize,
    /// What stays in memory where no file can be written.
    without_file: usize,
    /// Bytes of the disk that are not used.
    left_to_others: u64,
}

impl SpillConfig {
    /// Everything stays in memory.
    pub const MEMORY: Self = Self {
        folders: Vec::new(),
        in_memory: usize::MAX,
        without_file: usize::MAX,
        left_to_others: 0,
    };

    /// The room for one of so many spools that are filled side by side.
    #[must_use]
    pub fn shared_by(&self, spools: usize) -> Self {
        Self {
            in_memory: self.in_memory / spools.max(1),
            without_file: self.without_file / spools.max(1),
            ..self.clone()
        }
    }

    /// For what is large, a file without a name in this folder, or where the system has such files.
    pub fn within(folder: &Path) -> Self {
        Self {
            folders: vec![folder.to_owned(), std::env::temp_dir()],
            in_memory: IN_MEMORY,
            without_file: WITHOUT_FILE,
            left_to_others: LEFT_TO_OTHERS,
        }
    }

    /// A file without a name in this folder, for what is more than so many bytes.
    pub fn beyond(folder: &Path, in_memory: usize) -> Self {
        Self {
            folders: vec![folder.to_owned()],
            in_memory,
            without_file: WITHOUT_FILE,
            left_to_others: 0,
        }
    }
}

/// Where a record is, and what it must be.
#[derive(Clone, Copy, Debug)]
pub struct Handle {
    offset: u64,
    length: u32,
    checksum: u32,
}

impl Handle {
    /// Bytes of the record.
    pub fn length(self) -> usize {
        self.length as usize
    }
}

/// Records in the order in which they came. Where no file can be made or written, they stay in
/// memory.
#[derive(Debug)]
pub struct Spool {
    room: SpillConfig,
    records: Mutex<SpoolRecords>,
}

#[derive(Debug, Default)]
struct SpoolRecords {
    file: Option<File>,
    /// The folder that it is in.
    folder: PathBuf,
    /// Bytes that the file holds for sure.
    written: u64,
    /// What comes after them.
    tail: Vec<u8>,
    /// The file takes no more.
    stuck: bool,
    /// A part of the file that was read ahead, and where it begins.
    ahead: (u64, Vec<u8>),
    /// Where the last record that was read from the file ends.
    read_to: u64,
}

impl Spool {
    /// An empty one.
    pub fn new(room: &SpillConfig) -> Self {
        Self {
            room: room.clone(),
            records: Mutex::default(),
        }
    }

    /// Takes a record in.
    pub fn append(&self, record: &[u8]) -> Result<Handle, SpoolError> {
        let length = u32::try_from(record.len()).map_err(|_| SpoolError::TooLong)?;
        let mut records = self.lock();
        let limit = match records.file {
            Some(_) => CHUNK.min(self.room.in_memory),
            None => self.room.in_memory,
        };
        if records.tail.len().saturating_add(record.len()) > limit {
            self.write_out(&mut records);
        }
        let most = self.room.without_file;
        if records.stuck && records.tail.len().saturating_add(record.len()) > most {
            return Err(records.full(&self.room));
        }
        let offset = records.written + records.tail.len() as u64;
        records.tail.extend_from_slice(record);
        Ok(Handle {
            offset,
            length,
            checksum: checksum(offset, record),
        })
    }

    /// Gives a record back.
    pub fn read(&self, handle: Handle) -> Result<Vec<u8>, SpoolError> {
        let mut records = self.lock();
        let record = match handle.offset.checked_sub(records.written) {
            None => records
                .read_from_file(handle)
                .map_err(|error| records.unreadable(&error))?,
            Some(begin) => {
                let begin = usize::try_from(begin).map_err(|_| records.damaged())?;
                let record = records
                    .tail
                    .get(begin..)
                    .and_then(|rest| rest.get(..handle.length()));
                record.ok_or_else(|| records.damaged())?.to_vec()
            }
        };
        if checksum(handle.offset, &record) == handle.checksum {
            Ok(record)
        } else {
            Err(records.damaged())
        }
    }

    /// That a record is not what was taken in.
    pub fn damaged(&self) -> SpoolError {
        self.lock().damaged()
    }

    /// Makes room in memory, if a disk has some.
    fn write_out(&self, records: &mut SpoolRecords) {
        if records.stuck || self.room.folders.is_empty() {
            return;
        }
        if let Err(error) = records.write_out(&self.room) {
            records.stuck = true;
            tracing::warn!(
                "no more can be written to a temporary file in the state folder ({error}), so what is read stays in memory; free some space if memory is short"
            );
        }
    }

    fn lock(&self) -> MutexGuard<'_, SpoolRecords> {
        self.records.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl SpoolRecords {
    fn write_out(&mut self, room: &SpillConfig) -> io::Result<()> {
        let file = match self.file.take() {
            Some(file) => file,
            None => self.first_file(&room.folders)?,
        };
        let outcome = append(&file, &self.tail, self.written, room.left_to_others);
        self.file = Some(file);
        outcome?;
        self.written += self.tail.len() as u64;
        self.tail.clear();
        self.tail.shrink_to(CHUNK);
        Ok(())
    }

    fn read_from_file(&mut self, handle: Handle) -> io::Result<Vec<u8>> {
        let file = self.file.as_ref().ok_or(io::ErrorKind::NotFound)?;
        let in_turn = handle.offset == self.read_to;
        self.read_to = handle.offset + u64::from(handle.length);
        if let Some(record) = self.read_ahead(handle) {
            return Ok(record);
        }
        let left = self.written - handle.offset;
        let ahead = usize::try_from(left).unwrap_or(AHEAD).min(AHEAD);
        if in_turn && handle.length() < ahead {
            let mut bytes = std::mem::take(&mut self.ahead.1);
            bytes.resize(ahead, 0);
            file.read_exact_at(&mut bytes, handle.offset)?;
            let record = bytes[..handle.length()].to_vec();
            self.ahead = (handle.offset, bytes);
            return Ok(record);
        }
        let mut record = vec![0; handle.length()];
        file.read_exact_at(&mut record, handle.offset)?;
        Ok(record)
    }

    fn read_ahead(&self, handle: Handle) -> Option<Vec<u8>> {
        let (at, bytes) = &self.ahead;
        let begin = usize::try_from(handle.offset.checked_sub(*at)?).ok()?;
        let record = bytes.get(begin..begin.checked_add(handle.length())?)?;
        Some(record.to_vec())
    }

    fn first_file(&mut self, folders: &[PathBuf]) -> io::Result<File> {
        let mut outcome = Err(io::ErrorKind::NotFound.into());
        for folder in folders {
            outcome = tempfile::tempfile_in(folder);
            if outcome.is_ok() {
                self.folder.clone_from(folder);
                break;
            }
        }
        outcome
    }

    fn damaged(&self) -> SpoolError {
        SpoolError::Damaged {
            folder: self.folder.display().to_string(),
        }
    }

    fn full(&self, room: &SpillConfig) -> SpoolError {
        let named = room.folders.first().unwrap_or(&self.folder);
        SpoolError::Full {
            folder: named.display().to_string(),
        }
    }

    fn unreadable(&self, error: &io::Error) -> SpoolError {
        SpoolError::Unreadable {
            folder: self.folder.display().to_string(),
            cause: error.to_string(),
        }
    }
}

/// Writes behind what is there. What cannot be written whole takes no room either.
fn append(file: &File, bytes: &[u8], at: u64, left_to_others: u64) -> io::Result<()> {
    let disk = rustix::fs::fstatvfs(file)?;
    let free = disk.f_bavail.saturating_mul(disk.f_frsize);
    if free < left_to_others.saturating_add(bytes.len() as u64) {
        return Err(io::ErrorKind::StorageFull.into());
    }
    file.write_all_at(bytes, at).inspect_err(|_| {
        let _ = file.set_len(at);
    })
}

/// Of the record and of its place, so that no record passes for another one.
fn checksum(offset: u64, record: &[u8]) -> u32 {
    let sum = xxh3_64(record) ^ offset.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    (sum >> 32) as u32
}

#[cfg(test)]
impl Spool {
    /// Spoils what was taken in so far.
    pub(crate) fn corrupt(&self) {
        let mut records = self.lock();
        let zeros = vec![0; usize::try_from(records.written).unwrap()];
        if let Some(file) = &records.file {
            file.write_all_at(&zeros, 0).unwrap();
        }
        records.tail.fill(0);
        records.ahead.1.clear();
    }
}

#[cfg(test)]
mod tests;
