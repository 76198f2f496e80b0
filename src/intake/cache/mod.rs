//! The row cache: digests of the rows whose steps are live as they are. The next reading
//! parses only the rows that are not among them. A cache, kept beside the state in two files, a
//! large and a small one: where they are missing, damaged, or do not fit the state, everything is read.

mod cache_state;
mod file;
mod file_states;
mod index;
mod missed_rows;
mod names;
mod prefilter;
mod rebuild;
mod row_filter;
mod splitter;

pub use cache_state::cache_state;
pub use file_states::FileStates;
pub use missed_rows::{MissedRows, ReadMissedRows};
pub use rebuild::{Contents, Live, MissedRow, Rebuild, rebuild};
pub(crate) use row_filter::{FilteredRows, filter_rows};
pub(crate) use splitter::RowEnds;

use std::fs::Metadata;
use std::os::unix::fs::MetadataExt as _;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::{xxh3_64_with_secret, xxh3_128_with_secret};

use crate::model::RowDigest;
use crate::store::SnapshotVersion;
use names::NameList;
use prefilter::Prefilter;

#[cfg(test)]
mod tests;

/// Digests with a secret of its own, so that nobody who writes articles can make two rows look alike.
#[derive(Clone)]
pub struct Hasher {
    seed: u64,
    secret: [u8; 192],
}

impl std::fmt::Debug for Hasher {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Hasher")
    }
}

impl Hasher {
    /// The hasher of this seed.
    pub fn new(seed: u64) -> Self {
        let mut secret = [0; 192];
        fastrand::Rng::with_seed(seed).fill(&mut secret);
        Self { seed, secret }
    }

    /// The digest of a row; its line break does not count.
    pub fn row(&self, raw: &[u8]) -> RowDigest {
        xxh3_128_with_secret(trimmed(raw), &self.secret)
    }

    /// The digest of an article's key.
    pub fn article(&self, source: &str, article: &str) -> u64 {
        let source = xxh3_64_with_secret(source.as_bytes(), &self.secret);
        xxh3_64_with_secret(article.as_bytes(), &self.secret) ^ source.rotate_left(1)
    }
}

/// A row without the line breaks around it.
fn trimmed(raw: &[u8]) -> &[u8] {
    let is_break = |byte: &u8| matches!(byte, b'\r' | b'\n');
    let start = raw.iter().position(|byte| !is_break(byte));
    let end = raw.iter().rposition(|byte| !is_break(byte));
    match (start, end) {
        (Some(start), Some(end)) => &raw[start..=end],
        _ => &[],
    }
}

/// By what a file is known to be the same as before, without a look into it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stamp {
    size: u64,
    inode: u64,
    /// Seconds and nanoseconds.
    modified: (i64, i64),
    changed: (i64, i64),
}

impl Stamp {
    /// That of a file.
    pub fn of(data: &Metadata) -> Self {
        Self {
            size: data.len(),
            inode: data.ino(),
            modified: (data.mtime(), data.mtime_nsec()),
            changed: (data.ctime(), data.ctime_nsec()),
        }
    }

    /// Whether a file that changed once more would surely bear another stamp: file systems count
    /// time in steps of up to some milliseconds.
    pub fn is_settled(&self, now_millis: i64) -> bool {
        let at = |(seconds, nanos): (i64, i64)| seconds * 1000 + nanos / 1_000_000;
        now_millis - at(self.modified).max(at(self.changed)) > 100
    }
}

/// What was seen of one file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CachedFile {
    /// The source and the path in it.
    pub(crate) about: CachedSource,
    /// Digests of the rows, in their order.
    digests: Vec<RowDigest>,
    /// For each of them the step that came of it, as a position in the names.
    steps: Vec<u32>,
}

/// What is kept about a file besides its rows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CachedSource {
    /// The source's name.
    pub source: String,
    /// The path within the source's folder.
    pub relative: String,
    /// `None`: the file was too young to be known by its stamp.
    pub stamp: Option<Stamp>,
    /// Every row of it is among the digests, and nothing of it was rejected.
    pub whole: bool,
    /// Rows up to this line are read in any case: the header and what stands above it.
    pub header: u64,
    /// What a person should know about it.
    pub notes: Vec<(u64, String)>,
}

/// What the last reading of a bot's sources saw.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowCache {
    seed: u64,
    /// The program and the configuration that it was read with.
    reader: u64,
    as_of: SnapshotVersion,
    names: NameList,
    /// The digest of the article's key, for each name.
    articles: Vec<u64>,
    /// In the order of source and path.
    files: Vec<CachedFile>,
}

impl CachedFile {
    /// The steps behind these of its rows.
    pub fn steps_of(&self, rows: &[u32]) -> impl Iterator<Item = u32> {
        rows.iter().map(|at| self.steps[*at as usize])
    }
}

impl CachedSource {
    fn place(&self) -> (&str, &str) {
        (&self.source, &self.relative)
    }
}

impl RowCache {
    /// When it was true.
    pub fn as_of(&self) -> SnapshotVersion {
        self.as_of
    }

    /// The steps that were live.
    pub fn names(&self) -> &NameList {
        &self.names
    }

    /// Rows that need not be parsed.
    pub fn rows(&self) -> usize {
        self.files.iter().map(|file| file.digests.len()).sum()
    }

    /// The digests in it are those of this hasher.
    pub fn hasher(&self) -> Hasher {
        Hasher::new(self.seed)
    }

    /// Of these articles, those that a step was live for, as positions in the names.
    pub fn positions_of_articles(&self, articles: &std::collections::HashSet<u64>) -> Vec<u32> {
        let few = Prefilter::of(articles.iter().copied());
        (0..)
            .zip(&self.articles)
            .filter(|(_, article)| few.may_hold(**article) && articles.contains(article))
            .map(|(at, _)| at)
            .collect()
    }

    /// What was seen of a file.
    pub fn file(&self, source: &str, relative: &str) -> Option<&CachedFile> {
        let wanted = (source, relative);
        let found = self
            .files
            .binary_search_by(|file| file.about.place().cmp(&wanted));
        found.ok().map(|at| &self.files[at])
    }
}

/// What was seen, as one reading may use it.
#[derive(Clone, Debug)]
pub struct CacheView {
    /// What was seen.
    pub seen: Arc<RowCache>,
    /// Steps whose rows are to be parsed all the same, by position.
    pub invalidated: Arc<Vec<bool>>,
}

/// How a reading came by the rows of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileRead {
    /// The source's name.
    pub source: String,
    /// The path within the source's folder.
    pub relative: Arc<str>,
    /// Its stamp, taken before the reading; `None` where it was too young.
    pub stamp: Option<Stamp>,
    /// The line of the header.
    pub header: u64,
    /// Rows in it.
    pub rows: usize,
    /// Nothing of it was rejected.
    pub clean: bool,
    /// What a person should know about it.
    pub notes: Vec<(u64, String)>,
    /// Rows that had been seen, as positions in the rows of the file as seen, in their new order.
    pub covered: Vec<u32>,
    /// The other rows, where there are covered ones: each with the number of those before it.
    pub passed: Vec<(RowDigest, u32)>,
}

impl CacheView {
    /// All rows of a file, where its stamp says that it is the same and none of its steps is one to
    /// look at again.
    pub fn whole(&self, file: &CachedFile, stamp: Option<Stamp>) -> Option<Vec<u32>> {
        let same = file.about.whole && stamp.is_some() && file.about.stamp == stamp;
        let looked_at = |step: &u32| self.invalidated[*step as usize];
        (same && !file.steps.iter().any(looked_at))
            .then(|| (0..).take(file.digests.len()).collect())
    }
}
