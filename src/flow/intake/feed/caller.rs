//! Makes the requests of one sweep: with credentials, at the pace that the knowledge base asks
//! for, bounded, and without following redirects.

use std::path::Path;
use std::time::Duration;

use reqwest::header::{ACCEPT, HeaderMap, HeaderValue};
use reqwest::{Certificate, Client, RequestBuilder, Response, StatusCode, Url};

use super::error::{FeedError, place};
use super::paging::with;
use super::token::Token;
use crate::clock::{Clock, duration_millis};
use crate::config::{Auth, Feed};
use crate::haptik::{causes, is_loopback, retry_after};

const FIRST_WAIT: Duration = Duration::from_secs(1);
const LONGEST_WAIT: Duration = Duration::from_mins(1);

/// Makes the requests of one sweep.
pub(super) struct Caller<'a> {
    feed: &'a Feed,
    clock: &'a Clock,
    client: Client,
    token: Option<Token>,
    waited: Duration,
    asked_before: bool,
}

/// A whole answer with status 200.
pub(super) struct Answer {
    pub(super) headers: HeaderMap,
    pub(super) body: Vec<u8>,
}

impl<'a> Caller<'a> {
    pub(super) fn new(feed: &'a Feed, clock: &'a Clock) -> Result<Self, FeedError> {
        Ok(Self {
            feed,
            clock,
            client: client(feed)?,
            token: None,
            waited: Duration::ZERO,
            asked_before: false,
        })
    }

    /// Asks for a page, as often as it takes.
    pub(super) async fn get(&mut self, url: &Url) -> Result<Answer, FeedError> {
        if std::mem::replace(&mut self.asked_before, true) {
            self.clock.sleep(self.feed.min_interval).await;
        }
        let mut wait = FIRST_WAIT;
        let mut refreshed = false;
        loop {
            let request = self.with_credentials(url).await?;
            let response = request.send().await.map_err(|error| lost(url, error))?;
            let status = response.status();
            match status {
                StatusCode::OK => return self.answer(url, response).await,
                StatusCode::UNAUTHORIZED if self.token.is_some() && !refreshed => {
                    refreshed = true;
                    self.token = None;
                }
                StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE => {
                    self.be_patient(url, &response, wait).await?;
                    wait = (wait * 2).min(LONGEST_WAIT);
                }
                status => {
                    let place = place(url);
                    return Err(FeedError::Status { place, status });
                }
            }
        }
    }

    async fn be_patient(
        &mut self,
        url: &Url,
        response: &Response,
        otherwise: Duration,
    ) -> Result<(), FeedError> {
        let asked = retry_after(response.headers(), self.clock.now());
        // A date that has just passed must not make a loop without a pause.
        let wait = asked.map_or(otherwise, |asked| asked.max(Duration::from_millis(100)));
        if self.waited + wait > self.feed.max_wait {
            return Err(FeedError::Impatient {
                place: place(url),
                status: response.status(),
            });
        }
        self.waited += wait;
        self.clock.sleep(wait).await;
        Ok(())
    }

    async fn with_credentials(&mut self, url: &Url) -> Result<RequestBuilder, FeedError> {
        let request = |url: Url| {
            let mut request = self.client.get(url).header(ACCEPT, "application/json");
            for (name, value) in &self.feed.headers {
                request = request.header(name, value);
            }
            request
        };
        Ok(match &self.feed.auth {
            Auth::None => request(url.clone()),
            Auth::Basic { user, password } => {
                request(url.clone()).basic_auth(user, Some(password.read()?.expose()))
            }
            Auth::Bearer(token) => request(url.clone()).bearer_auth(token.read()?.expose()),
            Auth::Header { name, value } => {
                let secret = value.read()?;
                // A secret that was read is visible ASCII, which every header takes.
                let mut value = HeaderValue::from_str(secret.expose())
                    .unwrap_or_else(|_| HeaderValue::from_static(""));
                value.set_sensitive(true);
                request(url.clone()).header(name, value)
            }
            Auth::Query { name, value } => request(with(url, &[(name, value.read()?.expose())])),
            Auth::OAuth2(settings) => {
                let valid = |token: &Token| token.is_valid_at(self.clock.now());
                let token = match self.token.take().filter(valid) {
                    Some(token) => token,
                    None => Token::fetch(&self.client, settings, self.clock.now()).await?,
                };
                let request = request(url.clone()).bearer_auth(token.expose());
                self.token = Some(token);
                request
            }
        })
    }

    async fn answer(&self, url: &Url, mut response: Response) -> Result<Answer, FeedError> {
        let limit = self.feed.limits.max_page_bytes;
        let headers = response.headers().clone();
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| lost(url, error))? {
            if body.len() + chunk.len() > limit {
                return Err(FeedError::Page {
                    place: place(url),
                    cause: format!(
                        "it is longer than max_page_bytes = {limit}; ask for fewer items at a time in `query`, or raise max_page_bytes"
                    ),
                });
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Answer { headers, body })
    }
}

/// A token that was fetched at `now` and is good for so many seconds counts until shortly before.
pub(super) fn good_until(now: crate::clock::Millis, seconds: u64) -> crate::clock::Millis {
    let margin = Duration::from_secs((seconds / 10).min(30));
    now.saturating_add(duration_millis(
        Duration::from_secs(seconds).saturating_sub(margin),
    ))
}

fn lost(url: &Url, error: reqwest::Error) -> FeedError {
    FeedError::Lost {
        place: place(url),
        cause: causes(&error.without_url()),
    }
}

fn client(feed: &Feed) -> Result<Client, FeedError> {
    let failed = |cause| FeedError::Client { cause };
    let mut builder = Client::builder()
        .user_agent(concat!("kms-haptik-sync/", env!("CARGO_PKG_VERSION")))
        .timeout(feed.timeout)
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never());
    if let Some(file) = &feed.ca_file {
        let certificates =
            certificates(file).map_err(|cause| failed(format!("{}: {cause}", file.display())))?;
        builder = builder.tls_certs_only(certificates);
    } else if feed.first_page.scheme() == "http" && !needs_tls(&feed.auth) {
        // Without this a machine without CA certificates could not even talk to loopback.
        builder = builder.tls_certs_only([]);
    }
    if is_loopback(feed.first_page.as_str()) {
        // A proxy has its own loopback, which is not ours.
        builder = builder.no_proxy();
    }
    builder.build().map_err(|error| failed(causes(&error)))
}

fn certificates(file: &Path) -> Result<Vec<Certificate>, String> {
    let pem = std::fs::read(file).map_err(|error| error.to_string())?;
    let found = Certificate::from_pem_bundle(&pem).map_err(|error| causes(&error))?;
    if found.is_empty() {
        return Err("there is no certificate in it".to_owned());
    }
    Ok(found)
}

fn needs_tls(auth: &Auth) -> bool {
    matches!(auth, Auth::OAuth2(settings) if settings.token_url.scheme() == "https")
}
