//! How a feed is asked: requests with credentials, at the pace that the server wants, within bounds.

mod anonymous;
mod body;
mod caller;
mod client;
pub(crate) mod links;
mod pace;
mod redirect;
mod token;

pub use anonymous::{Anonymous, ask_anonymously};
pub(crate) use caller::{Caller, FeedAnswer};
