//! The items of a list: which of them count, what they are called, and which of two is newer.

pub(crate) mod filter;
mod identity;
mod labels;
mod newest;
mod time;
pub(crate) mod versions;

pub(crate) use filter::same_locale;
pub(crate) use identity::{Identity, Key, ids, places};
pub(crate) use newest::Newest;
pub(crate) use time::end_of;
