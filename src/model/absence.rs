//! What is remembered of steps whose articles are absent, and of the files that they stood in.

use std::num::NonZeroU32;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::article::IN_ARCHIVE;
use crate::clock::{Millis, TimePoint};

/// The number of a file in the store, from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileId(NonZeroU32);

impl FileId {
    /// That of a row of the store; `None` for what cannot be one.
    pub fn of_row(number: i64) -> Option<Self> {
        u32::try_from(number)
            .ok()
            .and_then(NonZeroU32::new)
            .map(Self)
    }

    /// As it stands in the store.
    pub fn row(self) -> i64 {
        self.0.get().into()
    }
}

/// What is remembered of a live step whose article is absent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Absence {
    /// When it was first read as absent.
    pub since: TimePoint,
    /// Readings that found it absent.
    pub reads: u32,
    /// Its absence was once beyond doubt: what said so may not say it again.
    pub confirmed: bool,
    /// The marker of `complete_when` as it was when the article was last there.
    pub marker: Option<Marker>,
    /// The first stored plan that had it.
    pub plan: u64,
}

/// Under which path the file of a step is stored: where only the newest file counts, whatever it is
/// called, all of them are one. `of_archive` is what stands between an archive and a file in it.
pub fn stored_path(file: &Arc<str>, newest: bool) -> Arc<str> {
    match file.split_once(IN_ARCHIVE) {
        _ if newest => NEWEST.into(),
        Some((archive, _)) => archive.into(),
        None => file.clone(),
    }
}

/// The path of the newest file, where only that counts.
const NEWEST: &str = "";

/// The file that says that an export is complete, as it was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Marker {
    /// When it was last written.
    pub modified: Millis,
    /// Tells a marker that was renamed into place from the one before.
    pub inode: u64,
}
