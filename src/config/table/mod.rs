//! One reader for each table of the configuration.

pub(crate) mod admin;
mod ask;
pub(crate) mod bot;
pub(crate) mod feed;
mod filter;
pub(crate) mod haptik;
pub(crate) mod lint;
pub(crate) mod notify;
mod page_fields;
mod schedule;
pub(crate) mod source;
pub(crate) mod variants;
pub(crate) mod wake;

pub use ask::{Ask, AskMode, AskPaths, QuietHours, Repair};
pub use feed::{
    Assertion, Audience, Auth, ById, Certified, Changes, Condition, Counter, DetailCall, Feed,
    FeedFormat, FeedLimits, FeedPaging, FixedHeader, Grant, Keep, Labels, Locale, Missing, OAuth2,
    PagingMode, Parent, ScopeOf, Selection, Signs, Template, Test, Thumbprint, Total, has_audience,
    has_locale, joined, preset_scope,
};
pub(crate) use feed::{AuthKind, GrantWord, PagingWord};
pub use lint::{Level, Lint};
pub use notify::{DigestSettings, Mail, Notify, NotifyFormat, Receiver};
pub(super) use schedule::Schedule;
pub(crate) use source::{FormatWord, path};
