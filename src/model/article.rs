//! What a source yields: articles, the places they came from, and what was rejected.

use std::fmt;
use std::sync::Arc;

use ecow::EcoString;
use serde::{Deserialize, Serialize};

/// Where something was read.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Place {
    /// The file, relative to the source's folder.
    #[serde(with = "crate::text::as_text")]
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
    /// The answer cells as they were read. Without any, the questions are further ones for the article
    /// of this id.
    pub answers: Vec<String>,
    /// How `|` and `<m>` are meant in them.
    pub markup: Markup,
    /// Its address, where the configuration says where to find it.
    pub url: Option<String>,
    /// Who wrote it, where the configuration says where to find that: as it was read. Few articles have one, so it
    /// takes no more than a pointer.
    pub author: Option<Box<String>>,
    /// What a reader may reply at the touch of a button, as it was read.
    pub quick_replies: Vec<String>,
    /// What the answers are written in, where the format of the file or all of the source says so.
    pub body: Option<Writing>,
    /// Where it stands.
    pub place: Place,
    /// The digest of its row, where it stands in one row that tells all of it.
    pub row: Option<RowDigest>,
}

impl Article {
    /// Whether it is no article of its own, but further user messages for the one of its id.
    pub fn is_messages(&self) -> bool {
        self.answers.is_empty()
    }
}

/// The source of steps that were made by hand and taken over. No configuration has it.
pub const BY_HAND: &str = "made by hand";

/// Which article a step is made from. Ids are kept apart by source.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ArticleKey {
    /// The source's name.
    pub source: Arc<str>,
    /// The article's id in it.
    pub article: EcoString,
}

impl ArticleKey {
    /// The name of a step. Mostly it is the article's id, and then the two share their memory.
    pub fn step_name(&self, name: &str) -> EcoString {
        if self.article == name {
            self.article.clone()
        } else {
            name.into()
        }
    }
}

/// What answers are written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Body {
    /// HTML where an answer clearly is HTML, else text; the FAQ format stays as it is.
    Auto,
    /// Text.
    Text,
    /// HTML, also the storage format of Confluence.
    Html,
    /// Markdown with tables, as on GitHub.
    Markdown,
    /// The commoner part of MediaWiki's markup.
    Wikitext,
}

/// As what those answers of a source are read that could be read in two ways.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is decided separately, and stored under its name"
)]
pub struct BodyDecision {
    /// Tags are markup.
    pub html: bool,
    /// Stars, brackets and hashes are markup.
    pub markdown: bool,
    /// The two characters `\n` are the end of a line. Earlier versions did not decide that.
    #[serde(default)]
    pub escapes: bool,
    /// Tags that are written as entities throughout are tags.
    #[serde(default)]
    pub written_out: bool,
}

/// What the answers of one article are written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Writing {
    /// The markup.
    pub body: Body,
    /// Its line breaks count where no block stands around them, as fields of an export have it.
    pub lines: bool,
}

impl Writing {
    /// In a field of an export, where people end lines by hand.
    pub const fn with_lines(body: Body) -> Self {
        Self { body, lines: true }
    }
}

impl From<Body> for Writing {
    fn from(body: Body) -> Self {
        Self { body, lines: false }
    }
}

/// What stands between an archive and a file in it where a message names the file.
pub const IN_ARCHIVE: &str = " → ";

/// The digest of a row as it stands in its file.
pub type RowDigest = u128;
