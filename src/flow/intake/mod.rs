//! Stage 1: read a source completely and change nothing. Yields articles, and for everything that
//! could not be read the place and the reason.

mod again;
mod archive;
mod article;
mod biff;
mod budget;
mod compound;
mod content;
mod delimited;
mod encoding;
mod error;
mod feed;
mod fingerprint;
mod front_matter;
mod gathering;
mod header;
mod html;
mod html_bounds;
mod html_tree;
mod item;
mod item_text;
mod json;
mod json_document;
mod json_ld;
mod json_lines;
mod json_survey;
mod json_value;
mod kept;
mod kore;
mod layouts;
mod mapping;
mod markdown;
mod merge;
mod properties;
mod publication;
mod quiet;
mod quoting;
mod rasa;
mod read;
mod recognise;
mod record;
mod regular;
mod rows;
mod salesforce;
mod scan;
mod sections;
mod sheet;
mod shelf;
mod stream;
mod swallowed;
mod table;
mod text;
mod unpacked;
mod walk;
mod wanted;
mod window;
mod workbook;
mod xml;
mod xml_document;
mod xml_survey;
mod yaml;
mod yaml_events;
mod yaml_scalar;

#[cfg(test)]
mod tests;

pub use archive::IN_ARCHIVE;
pub use article::{
    Article, FolderReading, Markup, Place, Reach, ReadFile, Reading, Recognised, Rejection,
};
pub use error::SourceError;
#[cfg(feature = "fuzzing")]
pub use feed::read_page;
pub use feed::{Anonymous, FeedError, LiveIds, Memory, ask_anonymously, read_feed};
pub use fingerprint::{SourceDigests, digest, source_digests};
pub use quiet::quiet_after;
pub use read::{EMPTIED, Glance, IsLive, read};
pub use scan::{File, Marker, OpenFile, Remark, Scan, Subfolder, listing, scan};
pub use shelf::Shelf;
pub use wanted::check_glob;
