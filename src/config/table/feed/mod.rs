//! A feed: a knowledge base that answers over HTTP, mostly with pages of JSON.

mod address;
mod auth;
mod changes;
mod condition;
mod filter;
mod headers;
mod paging;
mod parents;
mod read;
mod selection;
mod template;

pub use address::joined;
pub(crate) use auth::{AuthKind, GrantWord};
pub(crate) use paging::PagingWord;
pub use paging::{Counter, FeedPaging, PagingMode, Signs};
pub(crate) use read::{FEED_ONLY, feed, scalar};
pub(crate) use selection::with_preset;
pub use selection::{ScopeOf, has_audience, has_locale, preset_scope};
pub use template::Template;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use reqwest::Url;
use reqwest::header::{HeaderName, HeaderValue};
use serde::Deserialize;

use crate::config::Folder;
use crate::config::secret::SecretSource;

/// `feed = ...` of `[[bot.source]]`.
#[derive(Clone, Debug)]
pub struct Feed {
    /// What its preset takes; without a preset nothing says who may read what.
    pub selection: Option<Selection>,
    /// The address that all paths follow, and whose origin alone is asked. Plain http only to
    /// loopback, or with `allow_plain_http = true`.
    pub address: Url,
    /// The path of the list of articles; empty where the address is that list.
    pub path: Template,
    /// Parameters of every list; one with a place to fill in goes to the lists that can.
    pub query: Vec<(String, Template)>,
    /// Headers of every request.
    pub headers: Vec<(HeaderName, FixedHeader)>,
    /// How the feed knows us.
    pub auth: Auth,
    /// What must answer 200 before a sweep; only with credentials.
    pub auth_check: Option<Url>,
    /// What it answers with.
    pub format: FeedFormat,
    /// The pointer to the list, or object, of items; `None`: the page is the list.
    pub items: Option<String>,
    /// The lists above the articles, the uppermost first.
    pub parents: Vec<Parent>,
    /// The call for each article.
    pub detail: Option<DetailCall>,
    /// The call that says of one article whether it is still there.
    pub by_id: Option<ById>,
    /// How what changed alone is asked for.
    pub changes: Option<Changes>,
    /// What an item must hold to count.
    pub keep: Vec<Condition>,
    /// Where several items have one id: the pointer to what is greatest in the one that counts.
    pub newest: Option<String>,
    /// The one locale that counts.
    pub locale: Option<Locale>,
    /// The pointer to the time before which an item does not count yet.
    pub valid_from: Option<String>,
    /// The pointer to the time after which an item no longer counts.
    pub valid_to: Option<String>,
    /// Where labels are, and what they are for.
    pub labels: Option<Labels>,
    /// How the pages follow each other.
    pub paging: FeedPaging,
    /// Limits against accidents.
    pub limits: FeedLimits,
    /// One request, from connect to the last byte.
    pub timeout: Duration,
    /// The pause between two requests.
    pub min_interval: Duration,
    /// How long one sweep waits in all where it is asked for patience.
    pub max_wait: Duration,
    /// Requests that may be under way at once.
    pub concurrency: usize,
    /// The proxy; `None`: as the environment says.
    pub proxy: Option<Url>,
    /// The certificates that are trusted instead of the machine's own.
    pub ca_file: Option<PathBuf>,
}

/// What a feed answers with.
#[derive(Clone, Debug)]
pub enum FeedFormat {
    /// Pages of JSON.
    Json,
    /// RSS or Atom.
    Rss,
    /// One file, read as one in such a folder.
    File(Box<Folder>),
}

/// The value of a header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FixedHeader {
    /// As the configuration has it.
    Plain(HeaderValue),
    /// Kept elsewhere.
    Secret(SecretSource),
}

/// One entry of `[[bot.source.parents]]`: a list whose items fill in the paths below it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parent {
    /// What the paths call one of its items.
    pub name: String,
    /// Its path.
    pub path: Template,
    /// The path of the same list below one of its items.
    pub below: Option<Template>,
    /// The pointer to the list, or object, of items; `None`: the page is the list.
    pub items: Option<String>,
    /// What an item must hold to count.
    pub keep: Vec<Condition>,
    /// Whether it has pages like the list of articles; else it has one.
    pub paged: bool,
}

/// `[bot.source.detail]`: what each article is asked for by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DetailCall {
    /// Its path.
    pub path: Template,
    /// The pointer to the article in the answer; `None`: the answer is the article.
    pub item: Option<String>,
    /// The pointer, in the list, to what changes whenever the article does.
    pub unchanged: Option<String>,
}

/// `[bot.source.changes]`: what is asked for where only little changed since the last sweep.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Changes {
    /// Parameters over those of the lists, so that they come without texts; an empty one is left out.
    pub query: Vec<(String, Template)>,
    /// The call for an article that changed, and by what that is seen.
    pub call: DetailCall,
}

/// `[bot.source.by_id]`: how one article is asked for that its list lacks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ById {
    /// Its path; `{article.id}` is the id of the article.
    pub path: Template,
    /// The pointer to the article in the answer; `None`: the answer is the article.
    pub item: Option<String>,
    /// Statuses that mean that it is gone, besides 404 and 410.
    pub gone: Vec<u16>,
}

/// The labels of an item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Labels {
    /// The pointer to them; `*` in it stands for every element of an array.
    pub pointer: String,
    /// An item counts with one of these; empty: with any or none.
    pub with: Vec<String>,
    /// An item with one of these does not count.
    pub without: Vec<String>,
    /// Whether they are questions too.
    pub as_questions: bool,
}

/// `[bot.source.auth]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Auth {
    /// Anonymous.
    None,
    /// RFC 7617.
    Basic {
        /// The user.
        user: String,
        /// The password.
        password: SecretSource,
    },
    /// RFC 7617, with the key as the user and `X` as the password.
    BasicKey(SecretSource),
    /// RFC 6750.
    Bearer(SecretSource),
    /// A header of its own.
    Header {
        /// Its name.
        name: HeaderName,
        /// Its whole value.
        value: SecretSource,
    },
    /// A query parameter.
    Query {
        /// Its name.
        name: String,
        /// Its value.
        value: SecretSource,
    },
    /// Access tokens (RFC 6749).
    OAuth2(OAuth2),
}

/// Where and as whom access tokens are fetched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OAuth2 {
    /// The token endpoint.
    pub token_url: Url,
    /// The client id.
    pub client_id: String,
    /// The client secret, or the private key that signs in its place.
    pub secret: SecretSource,
    /// The scope to ask for.
    pub scope: Option<String>,
    /// How they are asked for.
    pub grant: Grant,
    /// What stands before one in the header `Authorization`.
    pub scheme: String,
}

/// How access tokens are asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Grant {
    /// With the client's own secret (RFC 6749, 4.4).
    ClientCredentials,
    /// With a refresh token beside the client secret (RFC 6749, 6).
    RefreshToken(SecretSource),
    /// With a signed assertion that is the grant itself (RFC 7523, 2.1).
    JwtBearer(Box<Assertion>),
    /// With a signed assertion in place of the client secret (RFC 7523, 2.2).
    PrivateKeyJwt(Box<Assertion>),
}

/// What a signed assertion says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assertion {
    /// As whom it asks; `None`: as the client.
    pub subject: Option<String>,
    /// For whom it is; `None`: for the token endpoint.
    pub audience: Option<String>,
    /// Which key has signed it.
    pub key_id: Option<String>,
    /// The certificate of that key, by which servers such as Microsoft Entra know it.
    pub certificate: Option<Certified>,
}

/// A certificate whose thumbprint goes with an assertion.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certified {
    /// Where it is, in PEM.
    pub file: PathBuf,
    /// How it is told.
    pub thumbprint: Thumbprint,
}

/// How the thumbprint of a certificate is told (RFC 7515, 4.1.7 and 4.1.8).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Thumbprint {
    /// `x5t#S256`, which goes with signatures of RSA with PSS.
    Sha256,
    /// `x5t`, which goes with the older ones.
    Sha1,
}

/// Who may read what a preset takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Audience {
    /// Everybody.
    Public,
    /// Some readers, where the configuration says so in words.
    Any,
}

/// What a preset takes of a knowledge base.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Selection {
    /// The preset.
    pub preset: &'static str,
    /// Whose articles.
    pub audience: Audience,
    /// The pointers by which an article says who may read it; empty: it does not say.
    pub told_by: Vec<String>,
    /// `scope` as it was written, or its default; empty where the preset has none.
    pub scope: Vec<String>,
    /// What fills in `{scope.id}`, one list after the other; empty where nothing has such a place.
    pub lists: Vec<String>,
    /// How an anonymous reader asks for the number of articles, where the pages do not tell it.
    pub anonymous: Option<Total>,
}

/// A question for the number of articles.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Total {
    /// The parameters of the list.
    pub query: BTreeMap<String, u64>,
    /// The pointer to the number.
    pub total: String,
}

/// One entry of `[bot.source.keep]` of a feed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Condition {
    /// The pointer into the item.
    pub pointer: String,
    /// What must be there.
    pub test: Test,
    /// What it means that nothing is there.
    pub missing: Missing,
}

/// What must be at a pointer for an item to count.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Test {
    /// One of these values, as text.
    Is(Vec<String>),
    /// None of these values.
    Not(Vec<String>),
    /// Nothing (null, or an empty text, list or object), or else something.
    Empty(bool),
}

/// What it means that there is nothing at a pointer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Missing {
    /// It is unclear whether the item counts.
    Unclear,
    /// The item counts.
    Counts,
    /// The same, but only where there is something at this other pointer.
    CountsBeside(String),
}

/// One entry of `[bot.source.keep]` of a folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Keep {
    /// The pointer into the item.
    pub pointer: String,
    /// The values that count, as text.
    pub values: Vec<String>,
}

/// The locale filter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Locale {
    /// The pointer to an item's locale.
    pub pointer: String,
    /// The locale that counts.
    pub wanted: String,
}

/// Limits of a feed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FeedLimits {
    /// Pages of one sweep.
    pub max_pages: usize,
    /// Bytes of one page, unpacked.
    pub max_page_bytes: usize,
    /// Bytes of one item.
    pub max_item_bytes: usize,
    /// Items of one sweep.
    pub max_items: usize,
}
