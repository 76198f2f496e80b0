//! How a command ends, and why one could not do its work: the same for all who ask.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::command_context::ConverseError;
use crate::config::Problems;
use crate::store::{CopyError, StoreError};
use crate::sync::EngineError;

/// How a command ended, as its exit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Exit {
    /// In sync.
    InSync = 0,
    /// Failed; the state is kept, run again.
    Failed = 1,
    /// The command line or the configuration is wrong.
    Usage = 2,
    /// Done, but something needs attention.
    Attention = 3,
}

/// Why a command could not do its work.
#[derive(Debug, Error)]
pub(crate) enum CommandFailure {
    /// The configuration is wrong.
    #[error("{0}")]
    Config(Problems),
    /// The state or the client.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// The state.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The state was not copied.
    #[error(transparent)]
    Copy(#[from] CopyError),
    /// What is asked for is not there.
    #[error("{0}")]
    Usage(String),
    /// The daemon could not carry out what was handed to it.
    #[error("{words}")]
    Daemon {
        /// How the command ends.
        exit: Exit,
        /// Why, and what to do.
        words: String,
    },
    /// It was handed over to a process that works on the state no more, and was not begun.
    #[error("no process works on the state at present; run the command again in a few seconds")]
    Unattended,
    /// Anything of the operating system.
    #[error("{0}")]
    System(String),
}

impl CommandFailure {
    /// How the command ends.
    pub(crate) fn exit(&self) -> Exit {
        match self {
            Self::Config(_)
            | Self::Usage(_)
            | Self::Engine(EngineError::OtherHaptik(_))
            | Self::Copy(
                CopyError::NoState { .. }
                | CopyError::NotEmpty { .. }
                | CopyError::SamePlace { .. },
            ) => Exit::Usage,
            Self::Daemon { exit, .. } => *exit,
            Self::Engine(_)
            | Self::Store(_)
            | Self::Copy(_)
            | Self::Unattended
            | Self::System(_) => Exit::Failed,
        }
    }
}

impl From<ConverseError> for CommandFailure {
    fn from(error: ConverseError) -> Self {
        match error {
            ConverseError::Store(error) => Self::Store(error),
            other => Self::System(other.to_string()),
        }
    }
}
