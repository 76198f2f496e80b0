//! The small file of the cache: what has changed since the rows were cached, and what the files were
//! like at the end of the last pass. So a small change costs little, however many rows there are.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::xxh3_64;

use super::file::replace;
use super::{CachedSource, RowCache};
use crate::store::SnapshotVersion;

const FORMAT: u32 = 1;

/// What can be told without a look at the rows. Both files stand alone: whatever became of the other
/// one, what each says was true at the time that it says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileStates {
    /// When it was true.
    pub as_of: SnapshotVersion,
    /// The earlier time from which on `changed` tells.
    pub since: SnapshotVersion,
    /// Names that were added, changed or removed between the two.
    pub changed: Vec<String>,
    /// The files and the steps; `None` where something in them has to be looked at each time.
    pub settled: Option<Settled>,
}

/// Files that hold nothing but rows of live steps: each row that of another step, and no live step
/// without one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settled {
    /// Steps that were live.
    pub steps: usize,
    /// What is kept about the files, each with a stamp, without a note for people, and every row cached.
    pub files: Vec<CachedSource>,
}

impl Settled {
    /// `None` where a file says that it has to be looked at again.
    pub(crate) fn new(steps: usize, files: Vec<CachedSource>) -> Option<Self> {
        let rests =
            |about: &CachedSource| about.whole && about.stamp.is_some() && about.notes.is_empty();
        files.iter().all(rests).then_some(Self { steps, files })
    }
}

impl FileStates {
    /// Where it is kept, for rows that are kept there.
    pub fn path(rows: &Path) -> PathBuf {
        rows.with_extension("glimpse")
    }

    /// Reads what was kept; `None` where there is nothing that can be used.
    pub fn load(path: &Path, reader: u64) -> Option<Self> {
        let text = fs::read(path).ok()?;
        let (line, checksum) = text.split_at(text.iter().position(|byte| *byte == b'\n')? + 1);
        if checksum != checksum_of(line) {
            return None;
        }
        let (format, by, file_states): (u32, u64, Self) = serde_json::from_slice(line).ok()?;
        (format == FORMAT && by == reader).then_some(file_states)
    }

    /// Keeps it, in place of what was kept before; where that is the same, nothing is written.
    pub fn save(&self, path: &Path, reader: u64) -> io::Result<()> {
        if Self::load(path, reader).as_ref() == Some(self) {
            return Ok(());
        }
        let mut text = serde_json::to_vec(&(FORMAT, reader, self))?;
        text.push(b'\n');
        text.extend(checksum_of(&text));
        replace(path, |file| file.write_all(&text))
    }
}

fn checksum_of(line: &[u8]) -> Vec<u8> {
    format!("{:016x}\n", xxh3_64(line)).into_bytes()
}

impl RowCache {
    /// What can be told of these rows at a glance.
    pub fn file_states(&self) -> FileStates {
        FileStates {
            as_of: self.as_of,
            since: self.as_of,
            changed: Vec::new(),
            settled: self.settled(),
        }
    }

    /// The files and the steps, where nothing in them has to be looked at again.
    pub(crate) fn settled(&self) -> Option<Settled> {
        if !self.is_one_to_one() {
            return None;
        }
        let files = self.files.iter().map(|file| file.about.clone());
        Settled::new(self.names.len(), files.collect())
    }

    /// Whether each name has one row, and each row another name.
    fn is_one_to_one(&self) -> bool {
        let mut named = vec![false; self.names.len()];
        let mut steps = self.files.iter().flat_map(|file| &file.steps);
        self.rows() == named.len()
            && steps.all(|step| !std::mem::replace(&mut named[*step as usize], true))
    }
}
