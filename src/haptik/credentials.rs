//! Where the client gets its token from, so that a token replaced on disk is found at the next call.

use crate::config::Secret;

/// Gives the bearer token, read afresh each time.
pub trait Credentials: Send + Sync {
    /// The token, or why it cannot be read and what to do; the reason never holds the token.
    fn token(&self) -> Result<Secret, String>;
}

/// A token that never changes.
impl Credentials for Secret {
    fn token(&self) -> Result<Secret, String> {
        Ok(self.clone())
    }
}
