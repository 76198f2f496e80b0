//! Reads `[bot.source.auth]`.

use std::path::Path;

use super::address::address;
use super::paging::header_name;
use super::{Assertion, Auth, Certified, Grant, OAuth2, Thumbprint};
use crate::config::problem::Reported;
use crate::config::secret::SecretSource;
use crate::config::section::ConfigSection;
use crate::config::table::source::path;
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

/// How access tokens are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum GrantWord {
    ClientCredentials,
    RefreshToken,
    JwtBearer,
    PrivateKeyJwt,
}

config_words!(GrantWord {
    "client_credentials" => ClientCredentials,
    "refresh_token" => RefreshToken,
    "jwt_bearer" => JwtBearer,
    "private_key_jwt" => PrivateKeyJwt,
});

config_words!(Thumbprint {
    "x5t#S256" => Sha256,
    "x5t" => Sha1,
});

impl GrantWord {
    /// The keys that have a meaning with it, beside those of every grant.
    const fn keys(self) -> &'static [&'static str] {
        match self {
            Self::ClientCredentials => &[],
            Self::RefreshToken => &["refresh_token"],
            Self::JwtBearer => &["user", "audience", "key_id", "certificate", "thumbprint"],
            Self::PrivateKeyJwt => &["audience", "key_id", "certificate", "thumbprint"],
        }
    }
}

const OAUTH2: [&str; 6] = [
    "token_url",
    "client_id",
    "scope",
    "grant",
    "scheme",
    "token",
];

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
        AuthKind::OAuth2 => &OAUTH2,
    };
    let grant: GrantWord = section.word("grant")?;
    let granted: &[&str] = match kind {
        AuthKind::OAuth2 => grant.keys(),
        _ => &[],
    };
    let own = [
        "user",
        "name",
        "refresh_token",
        "audience",
        "key_id",
        "certificate",
        "thumbprint",
    ];
    let all = OAUTH2.into_iter().chain(own);
    let is_taken = |key: &str| taken.contains(&key) || granted.contains(&key);
    for key in all.filter(|key| !is_taken(key)) {
        if section.has(key) {
            let with = match kind {
                AuthKind::OAuth2 => format!("grant = {:?}", grant.word()),
                kind => format!("kind = {:?}", kind.word()),
            };
            let message = format!("`{key}` has no meaning with {with}");
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
            secret: secret(section, folder)?,
            scope: section.optional("scope", ConfigSection::text)?,
            grant: read_grant(section, folder, grant)?,
            scheme: scheme(section)?,
        }),
    })
}

fn read_grant(
    section: &ConfigSection<'_, '_>,
    folder: &Path,
    word: GrantWord,
) -> Result<Grant, Reported> {
    let assertion = || {
        Ok(Box::new(Assertion {
            subject: section.optional("user", ConfigSection::text)?,
            audience: section.optional("audience", ConfigSection::text)?,
            key_id: section.optional("key_id", ConfigSection::text)?,
            certificate: certified(section, folder)?,
        }))
    };
    Ok(match word {
        GrantWord::ClientCredentials => Grant::ClientCredentials,
        GrantWord::RefreshToken => {
            let kept = token::read_as(section, "refresh_token", folder)?;
            let kept = kept.ok_or_else(|| token::missing_as(section, "refresh_token"));
            Grant::RefreshToken(kept?)
        }
        GrantWord::JwtBearer => Grant::JwtBearer(assertion()?),
        GrantWord::PrivateKeyJwt => Grant::PrivateKeyJwt(assertion()?),
    })
}

fn certified(
    section: &ConfigSection<'_, '_>,
    folder: &Path,
) -> Result<Option<Certified>, Reported> {
    let file = section.optional("certificate", |section, key| path(section, key, folder))?;
    let Some(file) = file else {
        if section.has("thumbprint") {
            let message = "`thumbprint` is not used";
            let hint = "name the file with the certificate in `certificate`, or take this out";
            return Err(section.wrong("thumbprint", message, hint));
        }
        return Ok(None);
    };
    let thumbprint = section.word("thumbprint")?;
    Ok(Some(Certified { file, thumbprint }))
}

/// What stands before an access token in the header.
fn scheme(section: &ConfigSection<'_, '_>) -> Result<String, Reported> {
    let scheme = section.text("scheme")?;
    if scheme.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Ok(scheme);
    }
    let message = "`scheme` is more than one word";
    Err(section.wrong(
        "scheme",
        message,
        "for example scheme = \"Zoho-oauthtoken\"",
    ))
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
