//! Tells people: a message to a webhook when something begins to need attention and when that is
//! over, and a sign of life after each good pass. Messages are kept in the store until they are
//! taken, so that a restart loses none.

mod message;
mod post;

pub use post::Notifier;
