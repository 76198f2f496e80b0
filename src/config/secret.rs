//! Secrets and where they come from. A secret never shows in debug output, and is read afresh
//! each time, so that a token replaced on disk is found without a restart.

use std::fmt;
use std::path::PathBuf;

/// Where a secret is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SecretSource {
    /// An environment variable of this name.
    Env(String),
    /// A file; white space at its end does not count.
    File(PathBuf),
    /// A systemd credential of this name, below `$CREDENTIALS_DIRECTORY`.
    Credential(String),
}

/// A secret value. `Debug` prints `[redacted]`; there is no `Display`.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Wraps a value.
    pub fn new(value: impl Into<String>) -> Self {
        Self(value.into())
    }

    /// The value itself, for the one place that sends it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}
