//! Stage 1: read a source completely and change nothing. Yields articles, and for everything that
//! could not be read the place and the reason.

mod archive;
mod article_collector;
mod article_record;
mod article_spool;
mod body;
mod budget;
mod bytes;
pub(crate) mod cache;
mod error;
mod feed;
pub mod folder;
mod format;
mod format_readers;
mod judgement;
mod merge_articles;
mod publication;
mod read_again;
mod read_files;
mod reading;
mod reading_fingerprint;
mod sections;
mod selection;
mod table;

pub(crate) use bytes::whole_text;
pub use cache::{
    CacheView, CachedSource, Contents, FileRead, FileStates, Hasher, Live, MissedRow, MissedRows,
    ReadMissedRows, Rebuild, RowCache, Stamp, cache_state, rebuild,
};
pub use error::SourceError;
pub use feed::{
    Anonymous, FeedFiles, LiveIds, MAY_BE_FIRST, SweepMemory, ask_anonymously, is_more, is_round,
    read_feed,
};
pub(crate) use folder::{KnownWriter, Work};
pub use folder::{
    Mishap, NoAnswer, Scan, ScannedFile, SourceThreads, Subfolder, Writers, listing, quiet_after,
    time_to_list, time_to_read,
};
pub(crate) use format::recognise::shows_questions;
pub use read_files::{EMPTIED, IsLive, ReadContext, read};
pub use reading::{EarlierReading, FolderReading, OpenFile, ReadFile, Reading, Recognised};
pub use reading_fingerprint::{digest, source_digests};
pub(crate) use table::delimiter_of;

#[cfg(feature = "fuzzing")]
pub use feed::read_page;

#[cfg(test)]
mod tests;
