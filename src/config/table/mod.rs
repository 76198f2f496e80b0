//! One reader for each table of the configuration.

pub(crate) mod bot;
pub(crate) mod feed;
mod filter;
pub(crate) mod haptik;
pub(crate) mod lint;
pub(crate) mod notify;
mod schedule;
pub(crate) mod source;
pub(crate) mod variants;

pub use feed::{
    Audience, Auth, ById, Condition, Counter, DetailCall, Feed, FeedFormat, FeedLimits, FeedPaging,
    FixedHeader, Keep, Labels, Locale, Missing, OAuth2, PagingMode, Parent, ScopeOf, Selection,
    Signs, Template, Test, Total, has_audience, joined, preset_scope,
};
pub(crate) use feed::{AuthKind, PagingWord};
pub use lint::{Level, Lint};
pub(super) use schedule::Schedule;
pub(crate) use source::{FormatWord, path};
