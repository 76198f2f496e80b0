//! Who has signed in on the page. A cookie carries a random value and never the token; sessions live
//! in memory, so they end with a restart, a reload, and as soon as the token is another one.

use std::io;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::http::{HeaderMap, header};
use blake3::Hash;
use rustix::rand::{GetRandomFlags, getrandom};

use crate::clock::{Instant, instant};
use crate::config::Secret;

/// How long somebody stays signed in.
const LIFE: Duration = Duration::from_hours(12);
/// Sessions at once; the oldest goes first.
const SESSIONS: usize = 100;
const COOKIE: &str = "kms_haptik_sync_session";

/// Everybody who has signed in.
#[derive(Debug, Default)]
pub(super) struct Sessions(Mutex<Vec<Session>>);

/// Somebody who has signed in.
#[derive(Clone, Debug)]
pub(super) struct Session {
    /// Who this is, as they say.
    pub(super) who: String,
    /// What a form must carry, so that no other page can send it.
    pub(super) form_key: String,
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
    /// Lets somebody in who gave the right token: what the answer must set as the cookie.
    pub(super) fn begin(&self, who: String, token: &Secret, secure: bool) -> io::Result<String> {
        let (value, form_key) = (random()?, random()?);
        let mut sessions = self.lock();
        if sessions.len() >= SESSIONS {
            sessions.remove(0);
        }
        sessions.push(Session {
            who,
            form_key,
            cookie: blake3::hash(value.as_bytes()),
            token: blake3::hash(token.expose().as_bytes()),
            until: instant() + LIFE,
        });
        Ok(cookie(&value, LIFE, secure))
    }

    /// The session that a request belongs to, while the token is still the one it began with.
    pub(super) fn of(&self, headers: &HeaderMap, token: &Secret) -> Option<Session> {
        let (given, token) = (given(headers)?, blake3::hash(token.expose().as_bytes()));
        let mut sessions = self.lock();
        sessions.retain(|session| session.until > instant() && session.token == token);
        sessions
            .iter()
            .find(|session| session.cookie == given)
            .cloned()
    }

    /// Ends the session of a request: what the answer must set as the cookie.
    pub(super) fn end(&self, headers: &HeaderMap) -> String {
        let given = given(headers);
        self.lock().retain(|session| Some(session.cookie) != given);
        cookie("", Duration::ZERO, false)
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Session>> {
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
fn random() -> io::Result<String> {
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

    fn request(cookie: &str) -> HeaderMap {
        let value = cookie.split(';').next().unwrap();
        let mut headers = HeaderMap::new();
        let cookies = format!("theme=dark; {value}");
        headers.insert(header::COOKIE, cookies.parse().unwrap());
        headers
    }

    #[test]
    fn a_session_is_known_by_its_cookie_until_it_or_the_token_ends() {
        let (sessions, token) = (Sessions::default(), Secret::new("s3cr3t"));
        let cookie = sessions.begin("Ada".into(), &token, true).unwrap();
        assert!(!cookie.contains("s3cr3t"), "the token itself stays here");
        for part in ["; HttpOnly", "; SameSite=Strict", "; Secure"] {
            assert!(cookie.contains(part), "{cookie}");
        }
        let session = sessions.of(&request(&cookie), &token).unwrap();
        assert_eq!(session.who, "Ada");
        assert!(session.made(&session.form_key) && !session.made(""));

        let other = sessions.begin("Bob".into(), &token, false).unwrap();
        sessions.end(&request(&other));
        assert!(sessions.of(&request(&other), &token).is_none());
        assert!(sessions.of(&request("x=1"), &token).is_none());
        assert!(sessions.of(&request(&cookie), &token).is_some());
        let new = Secret::new("another");
        assert!(sessions.of(&request(&cookie), &new).is_none());
        assert!(sessions.of(&request(&cookie), &token).is_none(), "for good");
    }

    #[test]
    fn sessions_are_bounded() {
        let (sessions, token) = (Sessions::default(), Secret::new("s3cr3t"));
        let first = sessions.begin("first".into(), &token, false).unwrap();
        for _ in 0..SESSIONS {
            sessions.begin("more".into(), &token, false).unwrap();
        }
        assert!(sessions.of(&request(&first), &token).is_none());
        assert_eq!(sessions.lock().len(), SESSIONS);
    }
}
