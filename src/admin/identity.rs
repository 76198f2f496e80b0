//! Who somebody is by the token that they give: the holder of the token of `[admin]`, who may do
//! everything, or one of the users.

use blake3::Hash;

use crate::config::{Admin, Role, Secret, SecretError};

/// Somebody who gave a right token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Identity {
    /// Their name; `None` where they have to say it themselves.
    pub(super) name: Option<String>,
    /// What they may do.
    pub(super) role: Role,
    /// Of the token.
    pub(super) token: Hash,
}

/// Every token that lets somebody in, as it is now. Tokens are compared by digest, which takes the same
/// time for each.
#[derive(Debug, Default)]
pub(super) struct Identities {
    known: Vec<Identity>,
    /// Some token could not be read.
    is_any_unreadable: bool,
}

impl Identities {
    /// Reads all tokens.
    pub(super) fn read(admin: &Admin) -> Self {
        let mut identities = Self::default();
        if let Some(token) = admin.read_token() {
            identities.add(None, Role::Operator, token);
        }
        for user in &admin.users {
            if let Some(token) = admin.read_token_of(user) {
                identities.add(Some(user.name.clone()), user.role, token);
            }
        }
        identities
    }

    fn add(&mut self, name: Option<String>, role: Role, token: Result<Secret, SecretError>) {
        match token {
            Ok(token) => self.known.push(Identity {
                name,
                role,
                token: blake3::hash(token.expose().as_bytes()),
            }),
            Err(error) => {
                let whose = name
                    .as_deref()
                    .unwrap_or("whoever has the token of [admin]");
                tracing::error!("the admin listener refuses {whose}: {error}");
                self.is_any_unreadable = true;
            }
        }
    }

    /// Whether nobody can be let in because no token can be read.
    pub(super) fn are_unreadable(&self) -> bool {
        self.known.is_empty() && self.is_any_unreadable
    }

    /// Who gave this token.
    pub(super) fn of(&self, given: &str) -> Option<&Identity> {
        self.of_hash(blake3::hash(given.as_bytes()))
    }

    /// Whose token has this digest.
    pub(super) fn of_hash(&self, token: Hash) -> Option<&Identity> {
        self.known.iter().find(|identity| identity.token == token)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{AdminUser, Listen, SecretSource};

    #[test]
    fn a_token_says_who_somebody_is_and_what_they_may_do() {
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str, token: &str| {
            let path = folder.path().join(name);
            std::fs::write(&path, token).unwrap();
            SecretSource::File(path)
        };
        let user = |name: &str, role, token| AdminUser {
            name: name.into(),
            role,
            token: Some(token),
        };
        let admin = Admin {
            listen: Listen::Unix("/nowhere".into()),
            token: Some(file("shared", "shared-token")),
            public_url: None,
            identity_header: None,
            users: vec![
                user("anna", Role::Editor, file("anna", "token-of-anna")),
                user(
                    "gone",
                    Role::Operator,
                    SecretSource::File("/nowhere/token".into()),
                ),
            ],
        };
        let identities = Identities::read(&admin);
        assert!(!identities.are_unreadable());
        let of = |given| {
            let identity = identities.of(given)?;
            Some((identity.name.as_deref(), identity.role))
        };
        assert_eq!(of("shared-token"), Some((None, Role::Operator)));
        assert_eq!(of("token-of-anna"), Some((Some("anna"), Role::Editor)));
        assert_eq!(of(""), None);
        assert_eq!(of("token-of-ann"), None);
        assert!(Role::Editor < Role::Approver && Role::Reader < Role::Editor);
    }
}
