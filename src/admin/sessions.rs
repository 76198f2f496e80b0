//! Who has signed in on the page. A cookie carries a random value and never the token; sessions live
//! in memory, so they end with a restart, a reload, and as soon as the token is another one.

use std::io;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::http::{HeaderMap, header};
use blake3::Hash;
use rustix::rand::{GetRandomFlags, getrandom};

use super::identity::{Identities, Identity};
use crate::clock::{Instant, instant};
use crate::config::Role;

/// How long somebody stays signed in.
const LIFE: Duration = Duration::from_hours(12);
/// Sessions at once; the oldest goes first.
const SESSIONS: usize = 100;
const COOKIE: &str = "kms_haptik_sync_session";

/// Everybody who has signed in.
#[derive(Debug, Default)]
pub(super) struct Sessions(Mutex<Vec<SignedIn>>);

/// Somebody who is known here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Session {
    /// Who this is.
    pub(super) who: String,
    /// What they may do.
    pub(super) role: Role,
    /// What a form must carry, so that no other page can send it.
    pub(super) form_key: String,
    /// They have signed in here, and can sign out.
    pub(super) has_signed_in: bool,
}

/// A session, and by what it is known.
#[derive(Debug)]
struct SignedIn {
    session: Session,
    cookie: Hash,
    token: Hash,
    until: Instant,
}

impl Session {
    /// Whether a form came from a page of this session. Digests take the same time to compare.
    pub(super) fn made(&self, form_key: &str) -> bool {
        blake3::hash(self.form_key.as_bytes()) == blake3::hash(form_key.as_bytes())
    }
}

impl Sessions {
    /// Lets somebody in who gave a right token: what the answer must set as the cookie.
    pub(super) fn begin(
        &self,
        who: String,
        identity: &Identity,
        secure: bool,
    ) -> io::Result<String> {
        let (value, form_key) = (random()?, random()?);
        let mut sessions = self.lock();
        if sessions.len() >= SESSIONS {
            sessions.remove(0);
        }
        sessions.push(SignedIn {
            session: Session {
                who,
                form_key,
                role: identity.role,
                has_signed_in: true,
            },
            cookie: blake3::hash(value.as_bytes()),
            token: identity.token,
            until: instant() + LIFE,
        });
        Ok(cookie(&value, LIFE, secure))
    }

    /// The session that a request belongs to, while its token still lets somebody in; with the role that
    /// this is now.
    pub(super) fn of(
        &self,
        headers: &HeaderMap,
        identities: impl FnOnce() -> Identities,
    ) -> Option<Session> {
        let given = given(headers)?;
        let identities = identities();
        let mut sessions = self.lock();
        sessions.retain(|session| {
            session.until > instant() && identities.of_hash(session.token).is_some()
        });
        let found = sessions.iter().find(|session| session.cookie == given)?;
        let identity = identities.of_hash(found.token)?;
        Some(Session {
            role: identity.role,
            ..found.session.clone()
        })
    }

    /// Ends the session of a request: what the answer must set as the cookie.
    pub(super) fn end(&self, headers: &HeaderMap) -> String {
        let given = given(headers);
        self.lock().retain(|session| Some(session.cookie) != given);
        cookie("", Duration::ZERO, false)
    }

    fn lock(&self) -> MutexGuard<'_, Vec<SignedIn>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn cookie(value: &str, life: Duration, secure: bool) -> String {
    let secure = if secure { "; Secure" } else { "" };
    format!(
        "{COOKIE}={value}; Path=/; HttpOnly; SameSite=Strict; Max-Age={}{secure}",
        life.as_secs()
    )
}

fn given(headers: &HeaderMap) -> Option<Hash> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|cookies| cookies.split(';'))
        .filter_map(|cookie| cookie.trim().split_once('='))
        .find(|(name, _)| *name == COOKIE)
        .map(|(_, value)| blake3::hash(value.as_bytes()))
}

/// A value that nobody guesses.
pub(super) fn random() -> io::Result<String> {
    let mut bytes = [0; 32];
    let filled = getrandom(&mut bytes, GetRandomFlags::empty())?;
    if filled < bytes.len() {
        return Err(io::Error::other("the system gave too few random bytes"));
    }
    Ok(Hash::from_bytes(bytes).to_hex().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Admin, Listen, SecretSource};

    fn request(cookie: &str) -> HeaderMap {
        let value = cookie.split(';').next().unwrap();
        let mut headers = HeaderMap::new();
        let cookies = format!("theme=dark; {value}");
        headers.insert(header::COOKIE, cookies.parse().unwrap());
        headers
    }

    /// Where this is the token of `[admin]`.
    fn with_token(token: &str) -> Identities {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("token");
        std::fs::write(&file, token).unwrap();
        Identities::read(&Admin {
            listen: Listen::Unix("/nowhere".into()),
            token: Some(SecretSource::File(file)),
            public_url: None,
            identity_header: None,
            users: Vec::new(),
        })
    }

    fn holder() -> Identity {
        with_token("s3cr3t").of("s3cr3t").unwrap().clone()
    }

    #[test]
    fn a_session_is_known_by_its_cookie_until_it_or_the_token_ends() {
        let (sessions, token) = (Sessions::default(), || with_token("s3cr3t"));
        let cookie = sessions.begin("Ada".into(), &holder(), true).unwrap();
        assert!(!cookie.contains("s3cr3t"), "the token itself stays here");
        for part in ["; HttpOnly", "; SameSite=Strict", "; Secure"] {
            assert!(cookie.contains(part), "{cookie}");
        }
        let session = sessions.of(&request(&cookie), token).unwrap();
        assert_eq!((&*session.who, session.role), ("Ada", Role::Operator));
        assert!(session.made(&session.form_key) && !session.made(""));

        let other = sessions.begin("Bob".into(), &holder(), false).unwrap();
        sessions.end(&request(&other));
        assert!(sessions.of(&request(&other), token).is_none());
        assert!(sessions.of(&request("x=1"), token).is_none());
        assert!(sessions.of(&request(&cookie), token).is_some());
        let new = || with_token("another");
        assert!(sessions.of(&request(&cookie), new).is_none());
        assert!(sessions.of(&request(&cookie), token).is_none(), "for good");
    }

    #[test]
    fn sessions_are_bounded() {
        let sessions = Sessions::default();
        let first = sessions.begin("first".into(), &holder(), false).unwrap();
        for _ in 0..SESSIONS {
            sessions.begin("more".into(), &holder(), false).unwrap();
        }
        let known = || with_token("s3cr3t");
        assert!(sessions.of(&request(&first), known).is_none());
        assert_eq!(sessions.lock().len(), SESSIONS);
    }
}
