//! Stage 1: read a source completely and change nothing. Yields articles, and for everything that
//! could not be read the place and the reason.

mod archive;
mod article_collector;
mod article_record;
mod article_spool;
mod budget;
mod bytes;
pub(crate) mod cache;
mod error;
mod feed;
pub mod folder;
mod format;
mod merge_articles;
mod publication;
mod read_files;
mod reading;
mod reading_fingerprint;
mod selection;
mod table;

pub use cache::{
    About, Contents, FileRead, FreshRow, FreshRows, Glimpse, Hasher, Live, Renewal, RowsApart,
    Seen, Sight, Stamp, renew, standing,
};
pub use error::SourceError;
pub use feed::{Anonymous, LiveIds, Memory, ask_anonymously, read_feed};
pub use folder::{
    File, NoAnswer, Scan, SourceThreads, Subfolder, Writers, listing, quiet_after, time_to_list,
    time_to_read,
};
pub(crate) use folder::{Known, Work};
pub use read_files::{EMPTIED, Glance, IsLive, read};
pub use reading::{FolderReading, OpenFile, ReadFile, Reading, Recognised};
pub use reading_fingerprint::{digest, source_digests};

#[cfg(feature = "fuzzing")]
pub use feed::read_page;

#[cfg(test)]
mod tests;
