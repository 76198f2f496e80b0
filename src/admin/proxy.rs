//! Who somebody is by the word of a trusted proxy: it signs people in, and says in a header who asks. Only on a unix
//! socket, which the configuration sees to: who may connect there is a matter of the file system.

use std::collections::BTreeMap;
use std::io;
use std::sync::{Mutex, PoisonError};

use axum::http::HeaderMap;

use super::sessions::{Session, random};
use crate::config::{Admin, AdminUser};
use crate::text::one_line;

/// Characters of a name, as an answer shows it.
const SHOWN: usize = 80;

/// The keys of the forms of those whom the proxy has named, by their name. Only users of the configuration get one.
#[derive(Debug, Default)]
pub(super) struct ProxySessions(Mutex<BTreeMap<String, String>>);

/// What the proxy says of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Named<'a> {
    /// It was not asked: nothing in the configuration names a header.
    NotAsked,
    /// Nothing: the header is not there. What asks may be a program with a token.
    Nobody,
    /// It is this user.
    User(&'a AdminUser),
    /// It names somebody whom nobody here knows, or it cannot be understood: why.
    Refused(String),
}

/// Whom the proxy names. A header that comes twice was not written by the proxy alone. Pure.
pub(super) fn named<'a>(admin: &'a Admin, headers: &HeaderMap) -> Named<'a> {
    let Some(header) = &admin.identity_header else {
        return Named::NotAsked;
    };
    let values: Vec<_> = headers.get_all(header.as_str()).iter().collect();
    let name = match values.as_slice() {
        [] => return Named::Nobody,
        [value] => std::str::from_utf8(value.as_bytes()).map(str::trim),
        _ => {
            return Named::Refused(format!(
                "the header {header} came {} times, so nobody can tell who asks; the proxy must set it itself, in place of what a browser sends",
                values.len()
            ));
        }
    };
    match name {
        Ok("") => Named::Nobody,
        Err(_) => Named::Refused(format!("the header {header} is not text in UTF-8")),
        Ok(name) => {
            let mut users = admin.users.iter();
            users.find(|user| user.name == name).map_or_else(
                || {
                    Named::Refused(format!(
                        "the proxy says that you are \"{}\", and nobody of this name may come in; whoever runs the service adds an [[admin.user]] \
                         of this name to the configuration",
                        one_line(name, SHOWN)
                    ))
                },
                Named::User,
            )
        }
    }
}

impl ProxySessions {
    /// The session of a user whom the proxy has named. It lasts as long as the listener does.
    pub(super) fn of(&self, user: &AdminUser) -> io::Result<Session> {
        let mut keys = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let form_key = if let Some(key) = keys.get(&user.name) {
            key.clone()
        } else {
            let key = random()?;
            keys.insert(user.name.clone(), key.clone());
            key
        };
        Ok(Session {
            who: user.name.clone(),
            role: user.role,
            form_key,
            has_signed_in: false,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Listen, Role};

    /// What the header says, each time that it comes; and who that is, or a part of why not.
    type Case<'a> = (&'a [&'a [u8]], Result<Option<&'a str>, &'a str>);

    fn admin() -> Admin {
        let user = |name: &str, role| AdminUser {
            name: name.into(),
            role,
            token: None,
        };
        Admin {
            listen: Listen::Unix("/nowhere".into()),
            token: None,
            public_url: None,
            identity_header: Some("x-forwarded-user".into()),
            users: vec![user("anna", Role::Editor), user("Jörg", Role::Reader)],
        }
    }

    #[test]
    fn only_one_header_with_a_known_name_names_somebody() {
        let admin = admin();
        let table: [Case; 13] = [
            (&[], Ok(None)),
            (&[b""], Ok(None)),
            (&[b"  "], Ok(None)),
            (&[b"anna"], Ok(Some("anna"))),
            (&[b" anna "], Ok(Some("anna"))),
            (&["Jörg".as_bytes()], Ok(Some("Jörg"))),
            (&[b"Anna"], Err("\"Anna\"")),
            (&[b"anna, root"], Err("\"anna, root\"")),
            (&[b"anna,anna"], Err("\"anna,anna\"")),
            (&[b"anna\troot"], Err("nobody of this name")),
            (&[b"anna", b"anna"], Err("came 2 times")),
            (&[b"", b"anna"], Err("came 2 times")),
            (&[b"J\xf6rg"], Err("not text in UTF-8")),
        ];
        for (values, expected) in table {
            let mut headers = HeaderMap::new();
            for value in values {
                let value = axum::http::HeaderValue::from_bytes(value).unwrap();
                headers.append("X-Forwarded-User", value);
            }
            match (named(&admin, &headers), expected) {
                (Named::Nobody, Ok(None)) => {}
                (Named::User(user), Ok(Some(name))) => assert_eq!(user.name, name),
                (Named::Refused(why), Err(part)) => assert!(why.contains(part), "{why}"),
                (found, _) => panic!("{values:?}: {found:?}"),
            }
        }
        let nothing = Admin {
            identity_header: None,
            ..admin
        };
        let mut headers = HeaderMap::new();
        headers.insert("x-forwarded-user", "anna".parse().unwrap());
        assert_eq!(named(&nothing, &headers), Named::NotAsked);
    }

    #[test]
    fn each_person_has_a_key_of_their_own_for_forms() {
        let (admin, sessions) = (admin(), ProxySessions::default());
        let of = |at: usize| sessions.of(&admin.users[at]).unwrap();
        assert_eq!(of(0), of(0));
        assert_ne!(of(0).form_key, of(1).form_key);
        assert!(!of(1).made(&of(0).form_key));
        assert_eq!((of(0).role, of(1).role), (Role::Editor, Role::Reader));
    }
}
