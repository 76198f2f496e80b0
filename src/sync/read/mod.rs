//! Stages 1 and 2 over all sources of a bot: when they may be read, how, and what came of each.

mod absence_evidence;
mod desired_set;
mod feed_results;
mod incremental_read;
mod keep_authors;
mod last_readings;
mod lone_reading;
mod normalise_source;
mod normalise_workers;
mod read_all;
mod read_permits;
mod read_sources;
mod save_cache;
mod source_results;
mod variants;
mod wait_until_quiet;

pub(crate) use absence_evidence::{Remembered, judge, note};
pub use desired_set::desired_set;
pub(super) use feed_results::FeedResults;
pub(crate) use feed_results::rest;
pub(crate) use incremental_read::{
    IncrementalRead, Notes, StepExceptions, incremental_read, reader_fingerprint,
};
pub(crate) use keep_authors::keep_authors;
pub(crate) use last_readings::overdue;
pub use last_readings::{LastReadings, due_after};
pub(crate) use lone_reading::LoneReading;
pub use read_all::{SourceContent, content};
pub(crate) use read_permits::ReadPermit;
pub(super) use read_permits::ReadPermits;
pub(crate) use read_sources::{BotReader, SourceReader, read_sources, work_of};
pub(crate) use save_cache::keep;
pub use source_results::ArticleCounts;
pub(crate) use source_results::SourceResults;
pub use wait_until_quiet::Renamed;
pub(crate) use wait_until_quiet::Sequence;
