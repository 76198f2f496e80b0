//! Tells people: a message to a webhook when something begins to want a person and when that is
//! over, and a sign of life after each good pass. Messages are kept in the store until they are
//! taken, so that a restart loses none.

mod message;
mod post;

pub use message::Message;
pub use post::Notifier;

use std::collections::BTreeMap;

use super::model::{Cause, Kind};

/// What stands against one bot, by its kind.
pub type Causes = BTreeMap<Kind, Cause>;
