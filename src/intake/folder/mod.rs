//! The files of a folder: which there are, which count, whether they are at rest, and how they are
//! opened without waiting for them.

mod copies;
mod file_names;
mod left_aside;
mod mishaps;
mod quiet_for;
pub mod scan;
mod source_threads;
mod walk;
mod writers;

pub(crate) use file_names::{FileFilter, passed_over};
pub use left_aside::{LeftAside, ending, include_line, patterns_of};
pub use mishaps::Mishap;
pub use quiet_for::quiet_after;
pub use scan::{Remark, Scan, ScannedFile, Subfolder, listing, scan};
pub(crate) use scan::{identity, modified};
pub(crate) use source_threads::Work;
pub use source_threads::{NoAnswer, SourceThreads, time_to_list, time_to_read};
pub(crate) use writers::KnownWriter;
pub use writers::Writers;
