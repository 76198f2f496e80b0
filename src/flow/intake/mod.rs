//! Stage 1: read a source completely and change nothing. Yields articles, and for everything that
//! could not be read the place and the reason.

mod article;

mod delimited;
mod encoding;
mod error;
mod feed;
mod fingerprint;
mod gathering;
mod item;
mod json;
mod json_lines;
mod json_value;
mod mapping;
mod merge;
mod quiet;
mod read;
mod rows;
mod scan;
mod text;
mod wanted;
mod window;

#[cfg(test)]
mod tests;

pub use article::{Article, Markup, Place, Reading, Rejection};
pub use error::SourceError;
pub use feed::{FeedError, read_feed};
pub use fingerprint::{Fingerprint, fingerprint};
pub use quiet::quiet_after;
pub use read::read;
pub use scan::{File, Remark, Scan, scan};
pub use wanted::check_glob;
