//! `[admin]` and `[wake]`: where the service listens, and who may do what there.

use std::net::SocketAddr;
use std::path::PathBuf;

use super::secret::{Secret, SecretError, SecretSource};

/// `[admin]`.
#[derive(Clone, Debug)]
pub struct Admin {
    /// Where it listens.
    pub listen: Listen,
    /// The token that it asks for. This or a user is always there when other hosts can reach it.
    pub token: Option<SecretSource>,
    /// Where people reach the page, for links in messages; without a slash at the end.
    pub public_url: Option<String>,
    /// The header in which a trusted proxy says who asks; only where it listens on a unix socket.
    pub identity_header: Option<String>,
    /// Who has a token of their own, or is known to the proxy.
    pub users: Vec<AdminUser>,
}

/// `[[admin.user]]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AdminUser {
    /// Who this is, as the list of what was done says it.
    pub name: String,
    /// What they may do.
    pub role: Role,
    /// Their token; `None`: only the proxy says that it is them.
    pub token: Option<SecretSource>,
}

/// What somebody may do on the page; each may also do what those before may.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// Look.
    Reader,
    /// Sync, try refused steps again, and put back one answer.
    Editor,
    /// Release removals, withdraw answers, pause a bot.
    Approver,
    /// Everything.
    Operator,
}

/// The shortest token that other hosts may try to guess, in bytes.
const SHORTEST_TOKEN: usize = 16;

impl Admin {
    /// The token as it is now; `None` where nobody is asked for one. One that other hosts could guess
    /// is none.
    pub fn read_token(&self) -> Option<Result<Secret, SecretError>> {
        self.token.as_ref().map(|source| self.read(source))
    }

    /// The token of a user, as it is now; `None` where they have none.
    pub fn read_token_of(&self, user: &AdminUser) -> Option<Result<Secret, SecretError>> {
        user.token.as_ref().map(|source| self.read(source))
    }

    /// Whether nobody is asked who they are.
    pub fn is_open(&self) -> bool {
        self.token.is_none() && self.users.is_empty()
    }

    /// Whether people sign in on the page with a token.
    pub fn has_sign_in(&self) -> bool {
        !self.is_open() && self.identity_header.is_none()
    }

    fn read(&self, source: &SecretSource) -> Result<Secret, SecretError> {
        let is_local = match &self.listen {
            Listen::Tcp(address) => address.ip().is_loopback(),
            Listen::Unix(_) => true,
        };
        let token = source.read()?;
        if is_local || token.expose().len() >= SHORTEST_TOKEN {
            return Ok(token);
        }
        Err(SecretError::Guessable {
            place: source.to_string(),
        })
    }
}

/// `[wake]`.
#[derive(Clone, Debug)]
pub struct Wake {
    /// Where it listens.
    pub listen: Listen,
    /// What a wake has to bring, or to be signed with.
    pub token: SecretSource,
}

impl Wake {
    /// The token as it is now. One that other hosts could guess is none.
    pub fn read_token(&self) -> Result<Secret, SecretError> {
        let token = self.token.read()?;
        if token.expose().len() >= SHORTEST_TOKEN {
            return Ok(token);
        }
        Err(SecretError::Guessable {
            place: self.token.to_string(),
        })
    }
}

/// Where the admin page listens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Listen {
    /// `"127.0.0.1:9464"`.
    Tcp(SocketAddr),
    /// `"unix:admin.sock"`.
    Unix(PathBuf),
}
