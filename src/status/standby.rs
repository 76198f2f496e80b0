//! Whether this process works on the state, or waits while another one does.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// What a process that does not work on the state waits for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standby {
    /// Another process works on it.
    Of {
        /// The process and its machine.
        holder: String,
        /// Since when.
        since: String,
    },
    /// Nobody knows who does: the database of the state cannot be used.
    Cut(String),
}

/// The role of this process, as all see it who tell of it.
#[derive(Clone, Debug, Default)]
pub struct Role(Arc<Mutex<Option<Standby>>>);

impl Role {
    /// It stands by from now on; `None`: it works on the state itself.
    pub fn set(&self, standby: Option<Standby>) {
        *self.lock() = standby;
    }

    /// What it waits for, if it stands by.
    pub fn standby(&self) -> Option<Standby> {
        self.lock().clone()
    }

    fn lock(&self) -> MutexGuard<'_, Option<Standby>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl std::fmt::Display for Standby {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Of { holder, since } => write!(f, "standby of {holder} since {since}"),
            Self::Cut(why) => write!(f, "standby; {why}"),
        }
    }
}
