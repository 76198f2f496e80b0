//! The configuration: what a person wrote, checked whole, every problem reported at once with
//! file, line, column and a hint. The types here are what the rest of the program sees.

mod document;
mod encoding;
mod listeners;
mod load;
mod mask;
mod overlay;
mod postgres;
mod preset;
mod problem;
mod quantity;
pub mod secret;
mod section;
mod settings;
mod table;
mod token;
mod tree;
mod words;

#[cfg(test)]
mod reference;

pub use encoding::ConfiguredEncoding;
pub use listeners::{Admin, AdminUser, Listen, Role, Wake};
pub use load::{LOCAL_PATH, locate, named};
pub use overlay::IgnoredVariable;
pub use postgres::{PostgresState, is_postgres};
pub use preset::{OAuthExample, PRESETS, pasted, preset_auth};
pub use problem::Problems;
pub use secret::{Secret, SecretError, SecretSource};
pub use table::{
    Ask, AskMode, AskPaths, Assertion, Audience, Auth, ById, Certified, Changes, Condition,
    Counter, DetailCall, DigestSettings, Feed, FeedFormat, FeedLimits, FeedPaging, FixedHeader,
    Grant, Keep, Labels, Level, Lint, Locale, Mail, Missing, Notify, NotifyFormat, OAuth2,
    PagingMode, Parent, QuietHours, Receiver, Repair, ScopeOf, Selection, Signs, Template, Test,
    Thumbprint, Total, has_audience, has_locale, joined, preset_scope,
};
pub(crate) use table::{AuthKind, FormatWord, GrantWord, PagingWord};
pub use words::ConfigWord;
pub(crate) use words::{config_words, joined_words};

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use super::model::{Body, FileFormat, Sensitive};
use table::Schedule;

#[cfg(test)]
mod tests;

/// Reads a duration as the configuration writes it, for options of the command line.
pub fn parse_duration(text: &str) -> Result<Duration, String> {
    quantity::duration(text)
        .map_err(|_| "a duration is written like 250ms, 2s, 5m, 6h or 7d".to_owned())
}

/// A commented configuration to begin with.
pub const EXAMPLE: &str = include_str!("../../config/kms-haptik-sync.toml");

/// A checked configuration. Every path in it is absolute.
#[derive(Clone, Debug)]
pub struct Config {
    /// The file that it was read from.
    pub path: PathBuf,
    /// Where the store, the lock and the embedded sandbox live.
    pub state_dir: PathBuf,
    /// The database that the state is in instead; without it, it is in a file of `state_dir`.
    pub state: Option<PostgresState>,
    /// How to reach Haptik.
    pub haptik: Haptik,
    /// At least one; `domain_name`s are unique.
    pub bots: Vec<Bot>,
    /// How long old content is kept for going back.
    pub history: History,
    /// How long a change may wait.
    pub freshness: Freshness,
    /// How much the daemon logs, where nothing else says.
    pub log_level: &'static str,
    /// The admin page; without it nothing listens.
    pub admin: Option<Admin>,
    /// Where knowledge bases say that something changed; without it nowhere.
    pub wake: Option<Wake>,
    /// Who is told what needs attention; without it nobody.
    pub notify: Option<Notify>,
    /// What `lint` looks at.
    pub lint: Lint,
    /// Variables that look like a setting and are none.
    pub ignored_variables: Vec<IgnoredVariable>,
}

/// `[history]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct History {
    /// Old content is kept this long ...
    pub keep: Duration,
    /// ... and up to this many bytes for each bot.
    pub max_bytes: u64,
}

/// `[freshness]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Freshness {
    /// A change that has waited longer to go live makes the service unhealthy.
    pub max_age: Duration,
    /// Until when a change waits.
    pub until: FreshUntil,
}

/// Until when a change waits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FreshUntil {
    /// Until Haptik confirms it.
    #[default]
    Confirmed,
    /// Until the bot answers it, as far as it is asked.
    Verified,
}

/// `[haptik]`.
#[derive(Clone, Debug)]
pub struct Haptik {
    /// Where the API is.
    pub base_url: BaseUrl,
    /// The `client-id` header.
    pub client_id: String,
    /// The bearer token; `None` only with the embedded sandbox.
    pub token: Option<SecretSource>,
    /// Calls in any 60 seconds, over everything that shares the state folder.
    pub calls_per_minute: u32,
    /// One HTTP call, from connect to the last byte.
    pub request_timeout: Duration,
    /// How one HTTP call is repeated.
    pub retry: Intervals,
    /// How one task is polled; after `give_up_after` the upload is in doubt.
    pub polling: Intervals,
    /// Whether bots are asked what they answer, and how.
    pub ask: Option<Ask>,
}

/// Where the Haptik API is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BaseUrl {
    /// `"sandbox"`: the embedded Haptik, kept in the state folder.
    Sandbox,
    /// The URL that Haptik gave to this customer, without a trailing slash. Plain http only to
    /// loopback, or with `allow_plain_http = true`.
    Url(String),
}

/// `{ first, max, give_up_after }`: exponential intervals.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Intervals {
    /// The first wait.
    pub first: Duration,
    /// The longest wait.
    pub max: Duration,
    /// The age at which to stop.
    pub give_up_after: Duration,
}

/// `[[bot]]`.
#[derive(Clone, Debug)]
pub struct Bot {
    /// Haptik's name of the bot.
    pub domain_name: String,
    /// What an upload does to the steps that it does not name. Required: there is no default.
    pub upload_effect: UploadEffect,
    /// How a removal is carried out in `merge`.
    pub removals: Removals,
    /// Guard: removals are held when one plan has more than this share of the live steps (0 to 100) ...
    pub max_removal_percent: u8,
    /// ... and more than this many.
    pub max_removals: u64,
    /// How long a file that vanished must stay away before its articles count as gone.
    pub removals_after: Duration,
    /// What an addition or a change must not hold, or else it is held.
    pub hold_lint: Vec<Sensitive>,
    /// `merge`: rows in one upload at the most.
    pub max_rows_per_upload: usize,
    /// Template of a step's name, such as `{{ id }}`.
    pub node_name: String,
    /// The channel on which it is asked; always there where bots are asked.
    pub business_id: Option<u64>,
    /// At least one; names are unique within the bot. Those with user messages follow those with
    /// articles.
    pub sources: Vec<Source>,
}

impl Bot {
    /// Whether a person carries out its removals in Haptik.
    pub fn removes_by_hand(&self) -> bool {
        self.removals == Removals::Manual && self.upload_effect == UploadEffect::Merge
    }

    /// Whether user messages are kept beside the articles.
    pub fn has_variants(&self) -> bool {
        let mut sources = self.sources.iter();
        sources.any(|source| source.holds == SourceHolds::Messages)
    }
}

/// What one upload does to the steps that it does not name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UploadEffect {
    /// They stay.
    Merge,
    /// They go inactive.
    Replace,
}

/// How a removal is carried out where uploads merge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Removals {
    /// A row with the `node_name` and empty question and answer.
    BlankRow,
    /// Listed for a person, who removes the step by hand.
    Manual,
}

/// `[[bot.source]]`.
#[derive(Clone, Debug)]
pub struct Source {
    /// `name`, or else the folder or feed as the configuration writes it. Article ids are kept apart by it.
    pub name: String,
    /// Where the articles come from.
    pub kind: SourceKind,
    /// `[bot.source.fields]`; without it the usual names are recognised.
    pub fields: Option<Fields>,
    /// How answers become bubbles.
    pub presentation: Presentation,
    /// What a bad row does.
    pub bad_rows: BadRows,
    /// A full pass runs at least this often, but where there is a schedule.
    pub every: Duration,
    /// When a feed is asked.
    pub schedule: Option<Schedule>,
    /// What its rows are.
    pub holds: SourceHolds,
}

/// What the rows of a source are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SourceHolds {
    /// Articles.
    #[default]
    Articles,
    /// Further user messages for articles, by their ids: `[[bot.variants]]`.
    Messages,
}

/// How the articles of a source become steps, and their answers the bubbles of a chat.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Presentation {
    /// What answers are written in.
    pub body: Body,
    /// Graphemes in one bubble at the most; 0: an answer is never split.
    pub bubble_max_chars: usize,
    /// Whether an article is one step.
    pub split: Split,
    /// What an answer holds beside text.
    pub rich: Rich,
    /// What an article without text means.
    pub no_answer: NoAnswerPolicy,
}

/// What an article without text in its answer means.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum NoAnswerPolicy {
    /// It is as if it were not published.
    Unpublished,
    /// It is a rejected row, and what is live of it stays.
    #[default]
    Reject,
}

/// Whether an article is one step.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Split {
    /// It is.
    #[default]
    None,
    /// Each of its headings begins a step.
    Headings,
}

/// What an answer holds beside text; by default nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rich {
    /// Links become buttons below their bubble.
    pub buttons: bool,
    /// Images become carousels below their bubble.
    pub carousels: bool,
    /// What the button to the article itself says.
    pub read_more: Option<String>,
    /// Where links begin that do not say it, in articles without an address of their own.
    pub link_base: Option<String>,
}

/// Where a source's articles come from.
#[derive(Clone, Debug)]
#[expect(clippy::large_enum_variant, reason = "there are few sources")]
pub enum SourceKind {
    /// A folder that the KMS exports into.
    Folder(Folder),
    /// A KMS that answers over HTTP.
    Feed(Box<Feed>),
}

/// A folder that the KMS exports into.
#[derive(Clone, Debug)]
pub struct Folder {
    /// The folder.
    pub path: PathBuf,
    /// Globs relative to the folder; a file counts when one of them matches.
    pub include: Vec<String>,
    /// Globs relative to the folder; a file that one of them matches is never read.
    pub exclude: Vec<String>,
    /// Which of the files count.
    pub read: Read,
    /// A file is read when nobody has written to it for this long; a renamed one at once.
    pub settle: Duration,
    /// A glob relative to the folder: removals count at once when a file that it matches was written
    /// after the articles were last there, and is not older than any file that counts.
    pub complete_when: Option<String>,
    /// JSON and YAML: the pointer to the array of articles; XML: the path of the elements that are
    /// articles. `None` looks for the one list there is.
    pub items: Option<String>,
    /// What the files are; `None` recognises each by its content and name.
    pub format: Option<FileFormat>,
    /// How bytes stand for text; `None` recognises it.
    pub encoding: Option<ConfiguredEncoding>,
    /// Workbooks: the sheets with articles, or `*` for all; if empty, those that people see and that
    /// have the header.
    pub sheet: Vec<String>,
    /// Tables: whether there is a header row; `None` recognises it.
    pub header: Option<bool>,
    /// Delimited text: the delimiter; `None` detects comma, semicolon or tab.
    pub delimiter: Option<u8>,
    /// Which articles count.
    pub filter: Box<Filter>,
    /// Limits against accidents.
    pub limits: SourceLimits,
}

/// Which articles of a folder count.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// What an article must hold, by column or JSON pointer.
    pub keep: Vec<Keep>,
    /// The one locale that counts.
    pub locale: Option<Locale>,
}

/// Which files of a folder count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Read {
    /// The files together are the whole.
    All,
    /// Every file is a complete export and only the newest counts.
    Newest,
}

/// Limits of a folder source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SourceLimits {
    /// Files in the folder that count.
    pub max_files: usize,
    /// Bytes of one file.
    pub max_file_bytes: u64,
    /// Bytes of one row (or one JSON item).
    pub max_row_bytes: usize,
    /// Rows of the whole source.
    pub max_rows: usize,
}

/// What a bad row does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BadRows {
    /// It is reported and left as it was on the bot; the rest goes on.
    Skip,
    /// The source counts as unreadable until it is fixed.
    Stop,
}

/// `[bot.source.fields]`: column names, or JSON pointers (they begin with `/`).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fields {
    /// The parts of the article's id; empty: recognised by the usual names.
    pub id: Vec<String>,
    /// One or more columns with questions; empty: recognised by the usual names.
    pub question: Vec<String>,
    /// Where there is nothing in them, the first of these that holds something.
    pub question_else: Vec<String>,
    /// One or more columns with answers; empty: recognised by the usual names.
    pub answer: Vec<String>,
    /// Where there is nothing in them, the first of these that holds something.
    pub answer_else: Vec<String>,
    /// The column with the article's address.
    pub url: Option<String>,
    /// The column with the address of whoever wrote the article.
    pub author: Option<String>,
    /// Columns with what a reader may reply at the touch of a button.
    pub quick_replies: Vec<String>,
    /// By a name above: what stands for it in files that do not have it, the first that is there.
    pub alternatives: BTreeMap<String, Vec<String>>,
}

impl Fields {
    /// The names that a configured one may have in a file, the likeliest first.
    pub fn names_of<'n>(&'n self, name: &'n str) -> impl Iterator<Item = &'n str> {
        let others = self.alternatives.get(name).into_iter().flatten();
        std::iter::once(name).chain(others.map(String::as_str))
    }
}
