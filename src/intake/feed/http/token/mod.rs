//! Access tokens (RFC 6749). They are kept for one sweep only.

mod assertion;
mod certificate;

use reqwest::Client;
use reqwest::header::CONTENT_TYPE;
use serde::Deserialize;

use super::body;
use super::body::UnreadBody;
use super::caller::good_until;
use crate::clock::Millis;
use crate::config::{Grant, OAuth2, Secret, SecretError};
use crate::haptik::causes;
use crate::intake::feed::error::{FeedError, place};

/// A token goes into a header, which is shorter.
const MOST_BYTES: usize = 64 << 10;

/// An access token.
pub(crate) struct AccessToken {
    secret: Secret,
    good_until: Option<Millis>,
}

#[derive(Deserialize)]
struct Granted {
    access_token: String,
    expires_in: Option<u64>,
}

impl AccessToken {
    /// Fetches a new one.
    pub(crate) async fn fetch(
        client: &Client,
        settings: &OAuth2,
        now: Millis,
    ) -> Result<Self, FeedError> {
        let failed = |cause: String| FeedError::Token {
            place: place(&settings.token_url),
            cause,
        };
        let lost = |error: reqwest::Error| failed(causes(&error.without_url()));
        let response = client
            .post(settings.token_url.clone())
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(form(settings, now).map_err(|unmade| match unmade {
                Unmade::Secret(error) => FeedError::Secret(error),
                Unmade::Key(cause) => failed(cause),
            })?)
            .send()
            .await
            .map_err(lost)?;
        if !response.status().is_success() {
            return Err(failed(format!("it answered {}", response.status())));
        }
        let body = body::read(response, MOST_BYTES).await;
        let body = body.map_err(|unread| match unread {
            UnreadBody::Broken(error) => lost(error),
            UnreadBody::TooLong => failed(format!(
                "its answer is longer than {MOST_BYTES} bytes, which no token is; check token_url"
            )),
        })?;
        // What it says is not quoted, because it could be the token.
        let granted: Granted = serde_json::from_slice(&body)
            .map_err(|_| failed("its answer is not JSON with an `access_token`".to_owned()))?;
        Ok(Self {
            secret: Secret::new(granted.access_token),
            good_until: granted.expires_in.map(|seconds| good_until(now, seconds)),
        })
    }

    pub(crate) fn is_valid_at(&self, now: Millis) -> bool {
        self.good_until.is_none_or(|until| now < until)
    }

    pub(crate) fn expose(&self) -> &str {
        self.secret.expose()
    }
}

/// Why there is nothing to ask with.
enum Unmade {
    Secret(SecretError),
    Key(String),
}

impl From<SecretError> for Unmade {
    fn from(error: SecretError) -> Self {
        Self::Secret(error)
    }
}

const JWT_BEARER: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";
const ASSERTED: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

fn form(settings: &OAuth2, now: Millis) -> Result<String, Unmade> {
    let secret = || settings.secret.read();
    let signed = |assertion, scope| {
        let key = settings.secret.read_lines()?;
        assertion::signed(settings, assertion, scope, &key, now).map_err(Unmade::Key)
    };
    let scope = settings.scope.as_deref();
    let client = &settings.client_id;
    let mut fields = settings.token_url.clone();
    let mut pairs = fields.query_pairs_mut();
    pairs.clear();
    match &settings.grant {
        Grant::ClientCredentials => pairs
            .append_pair("grant_type", "client_credentials")
            .append_pair("client_id", client)
            .append_pair("client_secret", secret()?.expose()),
        Grant::RefreshToken(kept) => pairs
            .append_pair("grant_type", "refresh_token")
            .append_pair("refresh_token", kept.read()?.expose())
            .append_pair("client_id", client)
            .append_pair("client_secret", secret()?.expose()),
        Grant::JwtBearer(assertion) => pairs
            .append_pair("grant_type", JWT_BEARER)
            .append_pair("assertion", &signed(assertion, scope)?),
        Grant::PrivateKeyJwt(assertion) => pairs
            .append_pair("grant_type", "client_credentials")
            .append_pair("client_id", client)
            .append_pair("client_assertion_type", ASSERTED)
            .append_pair("client_assertion", &signed(assertion, None)?),
    };
    pairs.extend_pairs(scope.map(|scope| ("scope", scope)));
    drop(pairs);
    Ok(fields.query().unwrap_or_default().to_owned())
}
