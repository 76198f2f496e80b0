//! A message to people, as it is kept until its receiver has it.

use crate::clock::Millis;

/// One message, as it is kept in the store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// Its number, by which a receiver knows a repeat.
    pub id: i64,
    /// Whom it is for: the name of a receiver.
    pub receiver: String,
    /// Whom of its readers, where it has none of its own: the address of an author.
    pub recipient: Option<String>,
    /// The bot; `None` where it is about the service.
    pub bot: Option<String>,
    /// The kind of its cause, by name.
    pub kind: String,
    /// Whether the cause is over.
    pub is_over: bool,
    /// Since when the cause stood.
    pub since: Millis,
    /// How many steps, rows or files it is about; 0 where it is over.
    pub count: u64,
    /// The first of them by name.
    pub names: Vec<String>,
    /// What is to be told: cause and remedy.
    pub words: String,
    /// When it was written.
    pub at: Millis,
    /// How often it went out without being taken.
    pub attempts: u32,
}
