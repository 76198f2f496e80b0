//! Reads `[bot.source.auth]`.

use std::path::Path;

use super::address::address;
use super::paging::header_name;
use super::{Auth, OAuth2};
use crate::config::problem::Reported;
use crate::config::secret::SecretSource;
use crate::config::section::ConfigSection;
use crate::config::{ConfigWord, config_words, token};

/// The ways of making oneself known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AuthKind {
    None,
    Basic,
    BasicKey,
    Bearer,
    Header,
    Query,
    OAuth2,
}

config_words!(AuthKind {
    "none" => None,
    "basic" => Basic,
    "basic_key" => BasicKey,
    "bearer" => Bearer,
    "header" => Header,
    "query" => Query,
    "oauth2" => OAuth2,
});

/// Reads how a feed knows us.
pub(crate) fn auth(
    section: &ConfigSection<'_, '_>,
    folder: &Path,
    allow_plain_http: bool,
) -> Result<Auth, Reported> {
    let kind: AuthKind = section.word("kind")?;
    let taken: &[&str] = match kind {
        AuthKind::None => &[],
        AuthKind::Basic => &["user", "token"],
        AuthKind::BasicKey | AuthKind::Bearer => &["token"],
        AuthKind::Header | AuthKind::Query => &["name", "token"],
        AuthKind::OAuth2 => &["token_url", "client_id", "scope", "token"],
    };
    let all = ["user", "name", "token_url", "client_id", "scope", "token"];
    for key in all.into_iter().filter(|key| !taken.contains(key)) {
        if section.has(key) {
            let message = format!("`{key}` has no meaning with kind = {:?}", kind.word());
            let hint = if section.has("kind") {
                format!("take `{key}` out, or choose another kind")
            } else {
                "say how the feed knows us, for example kind = \"basic\" or kind = \"bearer\""
                    .into()
            };
            return Err(section.wrong(key, message, hint));
        }
    }
    Ok(match kind {
        AuthKind::None => Auth::None,
        AuthKind::Basic => Auth::Basic {
            user: user(section)?,
            password: secret(section, folder)?,
        },
        AuthKind::BasicKey => Auth::BasicKey(secret(section, folder)?),
        AuthKind::Bearer => Auth::Bearer(secret(section, folder)?),
        AuthKind::Header => Auth::Header {
            name: header_name(section, "name")?,
            value: secret(section, folder)?,
        },
        AuthKind::Query => Auth::Query {
            name: section.text("name")?,
            value: secret(section, folder)?,
        },
        AuthKind::OAuth2 => Auth::OAuth2(OAuth2 {
            token_url: address(section, "token_url", allow_plain_http)?,
            client_id: section.text("client_id")?,
            client_secret: secret(section, folder)?,
            scope: section.optional("scope", ConfigSection::text)?,
        }),
    })
}

/// A colon would end the user early (RFC 7617, 2).
fn user(section: &ConfigSection<'_, '_>) -> Result<String, Reported> {
    let user = section.text("user")?;
    if user.contains(':') || user.chars().any(char::is_control) {
        let message = "`user` holds a colon or control characters";
        let hint = "write the user alone; what follows the colon is the token, and kept elsewhere";
        return Err(section.wrong("user", message, hint));
    }
    Ok(user)
}

fn secret(section: &ConfigSection<'_, '_>, folder: &Path) -> Result<SecretSource, Reported> {
    token::read(section, folder)?.ok_or_else(|| token::missing(section))
}
