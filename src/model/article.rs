//! What a source yields: articles, the places they came from, and what was rejected.

use std::fmt;
use std::sync::Arc;

use crate::clock::Millis;
use crate::config::Body;
use crate::intake::{FileRead, Marker, OpenFile, RowDigest};

/// Where something was read.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The file, relative to the source's folder.
    pub file: Arc<str>,
    /// The line, from 1; 0 means the file as a whole.
    pub line: u64,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            0 => f.write_str(&self.file),
            line => write!(f, "{}:{line}", self.file),
        }
    }
}

/// How `|` and `<m>` in the text of an article are meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Markup {
    /// The FAQ format's own columns: `|` separates questions, `<m>` separates answers.
    Faq,
    /// A mapped delimited file: `|` separates questions; `<m>` is text.
    Variants,
    /// Everything else: both are text.
    Plain,
}

/// One Q&A as the KMS has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Article {
    /// The KMS's id, trimmed, never empty.
    pub id: String,
    /// The question cells as they were read.
    pub questions: Vec<String>,
    /// The answer cells as they were read.
    pub answers: Vec<String>,
    /// How `|` and `<m>` are meant in them.
    pub markup: Markup,
    /// Its address, where the configuration says where to find it.
    pub url: Option<String>,
    /// What a reader may reply at the touch of a button, as it was read.
    pub quick_replies: Vec<String>,
    /// What the format of the file says that the answers are written in, where it says so.
    pub body: Option<Body>,
    /// Where it stands.
    pub place: Place,
    /// The digest of its row, where it stands in one row that tells all of it.
    pub row: Option<RowDigest>,
}

/// What a rejected row, item or file says of the rest of its source.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reach {
    /// Its article alone is left as it is: its id is known, and its text was read whole.
    Alone,
    /// It may hide other articles, so nothing of the source counts as absent.
    Rest,
    /// The file could not be used at all: the source is failing.
    Unusable,
}

/// Something of a source that was not taken, and why.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Rejection {
    /// The source's name.
    pub source: String,
    /// Where.
    pub place: Place,
    /// The article's id, where it could be read.
    pub id: Option<String>,
    /// Why, and what to do.
    pub reason: String,
    /// What it says of the rest of its source. Of a note, nothing.
    pub reach: Reach,
}

/// What a file was taken for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recognised {
    /// The file, relative to the source's folder.
    pub file: Arc<str>,
    /// What it was read as, such as `delimited text`.
    pub format: &'static str,
    /// What says so, such as `by its name`.
    pub reason: &'static str,
}

/// A file of a folder that was read to its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadFile {
    /// Relative to the source's folder.
    pub relative: Arc<str>,
    /// When its content was last written.
    pub modified: Millis,
    /// Tells a file that was replaced by a rename from the one before.
    pub inode: u64,
    /// Whether surely nobody has it open for writing.
    pub closed: bool,
}

/// What a reading of a folder says of its files.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FolderReading {
    /// Those that were read.
    pub files: Vec<ReadFile>,
    /// Those that were not, because somebody is writing them.
    pub open: Vec<OpenFile>,
    /// Those that are there and do not count, because a newer one does.
    pub passed_over: Vec<Arc<str>>,
    /// Only the newest file counts, whatever it is called.
    pub newest: bool,
    /// Where `complete_when` is set: what it matches.
    pub marker: Option<Option<Marker>>,
}

/// What a read of one source came to, besides its articles.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reading {
    /// Files that counted.
    pub files: usize,
    /// Articles that were yielded.
    pub articles: usize,
    /// Rows, or items of a feed, that were met, whether they count or not.
    pub rows: usize,
    /// What was rejected, in the order of place.
    pub rejections: Vec<Rejection>,
    /// Why not everything could be read, where nothing that was rejected says so (a list that moved
    /// while it was read, articles that could not be asked for again): nothing counts as absent.
    pub incomplete: Option<String>,
    /// What the files were taken for, in the order in which they were read; the first hundred.
    pub recognised: Vec<Recognised>,
    /// Things a person may want to know, such as text that was neutralised.
    pub notes: Vec<Rejection>,
    /// How each file was read that may be known again.
    pub seen: Vec<FileRead>,
    /// Of a folder: its files.
    pub folder: Option<FolderReading>,
}

impl Reading {
    /// Whether nothing was rejected.
    pub fn complete(&self) -> bool {
        self.rejections.is_empty()
    }
}
