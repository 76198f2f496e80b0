//! How many steps an upload adds, changes and removes.

use std::fmt;

/// How many steps an upload adds, changes and removes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ChangeCounts {
    /// New steps.
    pub added: u64,
    /// Steps that say something else.
    pub changed: u64,
    /// Steps that go.
    pub removed: u64,
}

impl ChangeCounts {
    /// All of them.
    pub const fn total(self) -> u64 {
        self.added + self.changed + self.removed
    }
}

impl fmt::Display for ChangeCounts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            added,
            changed,
            removed,
        } = self;
        write!(f, "+{added} ~{changed} -{removed}")
    }
}
