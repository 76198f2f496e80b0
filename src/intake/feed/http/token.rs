//! Access tokens by client credentials (RFC 6749, 4.4). They are kept for one sweep only.

use reqwest::Client;
use reqwest::header::CONTENT_TYPE;
use serde::Deserialize;

use super::body;
use super::body::UnreadBody;
use super::caller::good_until;
use crate::clock::Millis;
use crate::config::{OAuth2, Secret};
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
            .body(form(settings)?)
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

fn form(settings: &OAuth2) -> Result<String, FeedError> {
    let secret = settings.client_secret.read()?;
    let mut fields = settings.token_url.clone();
    fields
        .query_pairs_mut()
        .clear()
        .append_pair("grant_type", "client_credentials")
        .append_pair("client_id", &settings.client_id)
        .append_pair("client_secret", secret.expose())
        .extend_pairs(settings.scope.iter().map(|scope| ("scope", scope)));
    Ok(fields.query().unwrap_or_default().to_owned())
}
