//! What a reading of a source came to, besides its articles, and what the next one has to know of it.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use super::cache::FileRead;
use super::feed::LiveIds;
use crate::clock::Millis;
use crate::model::{BodyDecision, Marker, Rejection};

/// What files were taken for, those that have it in common.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recognised {
    /// What they were read as, such as `delimited text`.
    pub format: &'static str,
    /// What says so, such as `by its name`.
    pub reason: &'static str,
    /// How many they are.
    pub files: usize,
    /// The first of them, relative to the source's folder.
    pub first: Vec<Arc<str>>,
}

impl Recognised {
    /// How many of the files are named.
    pub const NAMED: usize = 3;
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
    /// Whether its text is UTF-8. `None`: this reading does not tell, because there is nothing beyond
    /// ASCII in it, or because it was not read again.
    pub is_utf8: Option<bool>,
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
    /// Whether the text of a file is UTF-8, by its path, where something beyond ASCII tells.
    pub(crate) utf8: BTreeMap<Arc<str>, bool>,
    /// As what those answers were read that could be read in two ways.
    pub body: Option<BodyDecision>,
    /// Who wrote the articles that were rejected, by id, where the configuration asks for that.
    pub authors: Vec<(String, String)>,
}

/// What the readings before came to, as far as a reading has to know it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EarlierReading {
    /// The files that held articles, as places name them.
    pub held: HashSet<Arc<str>>,
    /// Those whose text was UTF-8 with something beyond ASCII in it, by the paths that they are stored under.
    pub utf8: HashSet<Arc<str>>,
    /// Of a feed: the articles whose steps are live.
    pub live: LiveIds,
    /// As what those answers were read that could be read in two ways.
    pub body: Option<BodyDecision>,
}

impl Reading {
    /// Whether nothing was rejected.
    pub fn complete(&self) -> bool {
        self.rejections.is_empty()
    }
}

/// A file that somebody has open for writing.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct OpenFile {
    /// Relative to the source's folder.
    #[serde(with = "crate::text::as_text")]
    pub relative: Arc<str>,
    /// For how long already, as far as is known.
    pub open_for: Duration,
}
