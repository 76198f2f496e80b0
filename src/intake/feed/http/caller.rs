//! Makes the requests of one sweep: with credentials, at the pace that the knowledge base asks
//! for, and bounded. Only files are followed where they have moved to.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use reqwest::header::{
    ACCEPT, AUTHORIZATION, ETAG, HeaderMap, HeaderValue, IF_MODIFIED_SINCE, IF_NONE_MATCH,
    LAST_MODIFIED,
};
use reqwest::{Client, RequestBuilder, Response, StatusCode, Url};
use tokio::sync::Semaphore;

use super::client::client;
use super::pace::{Pace, PauseReason};
use super::redirect::Way;
use super::token::AccessToken;
use super::{body, pace};
use crate::clock::{Clock, duration_millis};
use crate::config::{Auth, Feed, FeedFormat, FixedHeader};
use crate::haptik::{causes, lost_kind, retry_after};
use crate::intake::feed::error::{FeedError, place};
use crate::intake::feed::memory;
use crate::intake::feed::memory::SweepMemory;
use crate::intake::feed::paging::with;
use crate::telemetry::RequestTimer;

/// What these requests are in metrics.
const FEED: &str = "feed";

const FIRST_WAIT: Duration = Duration::from_secs(1);
const LONGEST_WAIT: Duration = Duration::from_mins(1);

/// A refusal that is longer says nothing that is looked for.
const LONGEST_REFUSAL: usize = 16 << 10;

/// A server that fails, or a connection that breaks, is asked again after so long.
const REPEATS: [Duration; 2] = [Duration::from_millis(200), Duration::from_millis(800)];

/// Makes the requests of one sweep.
pub(crate) struct Caller<'a> {
    feed: &'a Feed,
    clock: &'a Clock,
    memory: &'a SweepMemory,
    client: Client,
    token: tokio::sync::Mutex<Option<Arc<AccessToken>>>,
    pace: Pace,
    under_way: Semaphore,
}

/// A whole answer.
pub(crate) struct FeedAnswer {
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    /// Whether its status says that there is nothing (204).
    pub(crate) is_empty: bool,
}

/// Why an answer was not read to its end.
enum UnreadAnswer {
    Broken(reqwest::Error),
    Useless(FeedError),
}

/// What came back.
enum CameBack {
    Answer(FeedAnswer),
    NotModified,
}

impl<'a> Caller<'a> {
    pub(crate) fn new(
        feed: &'a Feed,
        clock: &'a Clock,
        memory: &'a SweepMemory,
    ) -> Result<Self, FeedError> {
        Ok(Self {
            feed,
            clock,
            memory,
            client: client(feed)?,
            token: tokio::sync::Mutex::default(),
            pace: Pace::new(feed),
            under_way: Semaphore::new(feed.concurrency),
        })
    }

    /// Sees that an address answers, whatever it says.
    pub(crate) async fn probe(&self, url: &Url) -> Result<(), FeedError> {
        self.ask(url, None).await.map(drop)
    }

    /// Asks for a page, as often as it takes. One that came before with a mark of its state need
    /// not come again; what that says of other pages is nothing.
    pub(crate) async fn get(&self, url: &Url) -> Result<FeedAnswer, FeedError> {
        let before = self.memory.page(url);
        let answer = match (self.ask(url, before.as_ref()).await?, before) {
            (CameBack::NotModified, Some(before)) => {
                return Ok(FeedAnswer {
                    headers: before.headers,
                    body: before.body,
                    is_empty: false,
                });
            }
            (CameBack::NotModified, None) => {
                return Err(FeedError::Status {
                    place: place(url),
                    status: StatusCode::NOT_MODIFIED,
                });
            }
            (CameBack::Answer(answer), _) => answer,
        };
        if answer.headers.contains_key(ETAG) || answer.headers.contains_key(LAST_MODIFIED) {
            let page = memory::KeptPage {
                headers: answer.headers.clone(),
                body: answer.body.clone(),
            };
            self.memory.keep_page(url, page);
        }
        Ok(answer)
    }

    async fn ask(
        &self,
        url: &Url,
        before: Option<&memory::KeptPage>,
    ) -> Result<CameBack, FeedError> {
        // It is never closed.
        let _permit = self.under_way.acquire().await;
        let mut wait = FIRST_WAIT;
        let mut refreshed = false;
        let mut repeats = REPEATS.into_iter();
        let mut way = Way::new(self.feed, url);
        loop {
            self.pace.wait(self.clock).await;
            let (request, token) = match way.elsewhere() {
                Some(there) => (self.without_credentials(there), None),
                None => self.with_credentials(way.here()).await?,
            };
            let request = unless_as(request, before);
            let host = url.host_str().unwrap_or_default();
            let timer = RequestTimer::begin(host, FEED);
            let response = match request.send().await {
                Ok(response) => {
                    timer.ended(response.status().as_str());
                    response
                }
                Err(error) => {
                    timer.ended(lost_kind(&error).name());
                    match repeats.next() {
                        Some(pause) if is_broken(&error) => {
                            self.clock.sleep(pause).await;
                            continue;
                        }
                        _ => return Err(lost(url, error)),
                    }
                }
            };
            let status = response.status();
            if let Some(pause) = pace::suggested(response.headers(), self.clock.now()) {
                // It only suggests: no sweep fails because of it.
                let _ = self.pace.hold(pause.min(LONGEST_WAIT), PauseReason::Wise);
            }
            match status {
                StatusCode::OK | StatusCode::NO_CONTENT => {
                    match (self.answer(url, response).await, repeats.next()) {
                        (Ok(answer), _) => return Ok(CameBack::Answer(answer)),
                        (Err(UnreadAnswer::Broken(error)), Some(pause)) if is_broken(&error) => {
                            self.clock.sleep(pause).await;
                        }
                        (Err(UnreadAnswer::Broken(error)), _) => return Err(lost(url, error)),
                        (Err(UnreadAnswer::Useless(error)), _) => return Err(error),
                    }
                }
                StatusCode::NOT_MODIFIED if before.is_some() => return Ok(CameBack::NotModified),
                StatusCode::UNAUTHORIZED if token.is_some() && !refreshed => {
                    refreshed = true;
                    self.drop_token(token.as_ref()).await;
                }
                StatusCode::TOO_MANY_REQUESTS
                | StatusCode::SERVICE_UNAVAILABLE
                | StatusCode::FORBIDDEN => {
                    self.be_patient(url, response, wait).await?;
                    wait = (wait * 2).min(LONGEST_WAIT);
                }
                status if status.is_redirection() && way.is_followed() => {
                    way.follow(response.headers())?;
                }
                status => match repeats.next() {
                    Some(pause) if status.is_server_error() => self.clock.sleep(pause).await,
                    _ => {
                        let place = place(url);
                        return Err(FeedError::Status { place, status });
                    }
                },
            }
        }
    }

    /// Holds the sweep back for as long as an answer asks for, if it asks for that at all.
    async fn be_patient(
        &self,
        url: &Url,
        response: Response,
        otherwise: Duration,
    ) -> Result<(), FeedError> {
        let (place, status) = (place(url), response.status());
        let headers = response.headers().clone();
        if status == StatusCode::FORBIDDEN {
            let body = body::read(response, LONGEST_REFUSAL).await;
            if !pace::is_of_quota(&headers, &body.unwrap_or_default()) {
                return Err(FeedError::Status { place, status });
            }
        }
        let asked = retry_after(&headers, self.clock.now());
        // A date that has just passed must not make a loop without a pause.
        let wait = asked.map_or(otherwise, |asked| asked.max(Duration::from_millis(100)));
        if self.pace.hold(wait, PauseReason::Asked).is_ok() {
            return Ok(());
        }
        Err(match asked {
            Some(asked) => {
                let feed = &self.feed.address;
                self.memory.pause(feed, place, status, asked, self.clock)
            }
            None => FeedError::Impatient { place, status },
        })
    }

    /// What is asked of another host, which may know nothing of us.
    fn without_credentials(&self, url: &Url) -> RequestBuilder {
        let accepted = accepted(&self.feed.format);
        self.client.get(url.clone()).header(ACCEPT, accepted)
    }

    async fn with_credentials(
        &self,
        url: &Url,
    ) -> Result<(RequestBuilder, Option<Arc<AccessToken>>), FeedError> {
        let mut headers = HeaderMap::new();
        headers.insert(
            ACCEPT,
            HeaderValue::from_static(accepted(&self.feed.format)),
        );
        for (name, value) in &self.feed.headers {
            let value = match value {
                FixedHeader::Plain(value) => value.clone(),
                FixedHeader::Secret(source) => secret_header(source.read()?.expose()),
            };
            headers.insert(name, value);
        }
        let request = |url: Url| self.client.get(url).headers(headers);
        let request = match &self.feed.auth {
            Auth::None => request(url.clone()),
            Auth::Basic { user, password } => {
                request(url.clone()).basic_auth(user, Some(password.read()?.expose()))
            }
            Auth::BasicKey(key) => request(url.clone()).basic_auth(key.read()?.expose(), Some("X")),
            Auth::Bearer(token) => request(url.clone()).bearer_auth(token.read()?.expose()),
            Auth::Header { name, value } => {
                request(url.clone()).header(name, secret_header(value.read()?.expose()))
            }
            Auth::Query { name, value } => request(with(url, &[(name, value.read()?.expose())])),
            Auth::OAuth2(settings) => {
                let mut kept = self.token.lock().await;
                let valid = |token: &Arc<AccessToken>| token.is_valid_at(self.clock.now());
                let token = match kept.take().filter(valid) {
                    Some(token) => token,
                    None => Arc::new(
                        AccessToken::fetch(&self.client, settings, self.clock.now()).await?,
                    ),
                };
                *kept = Some(token.clone());
                let shown = format!("{} {}", settings.scheme, token.expose());
                let request = request(url.clone()).header(AUTHORIZATION, secret_header(&shown));
                return Ok((request, Some(token)));
            }
        };
        Ok((request, None))
    }

    /// Has a new token fetched in place of this one, unless another request has done so already.
    async fn drop_token(&self, refused: Option<&Arc<AccessToken>>) {
        let mut kept = self.token.lock().await;
        let same =
            |kept: &Arc<AccessToken>| refused.is_some_and(|refused| Arc::ptr_eq(kept, refused));
        if kept.as_ref().is_some_and(same) {
            *kept = None;
        }
    }

    async fn answer(&self, url: &Url, response: Response) -> Result<FeedAnswer, UnreadAnswer> {
        let limit = self.feed.limits.max_page_bytes;
        let headers = response.headers().clone();
        let is_empty = response.status() == StatusCode::NO_CONTENT;
        let body = body::read(response, limit).await;
        let body = body.map_err(|unread| match unread {
            body::UnreadBody::Broken(error) => UnreadAnswer::Broken(error),
            body::UnreadBody::TooLong => UnreadAnswer::Useless(FeedError::Page {
                place: place(url),
                cause: format!(
                    "it is longer than max_page_bytes = {limit}; ask for fewer items at a time in `query`, or raise max_page_bytes"
                ),
            }),
        })?;
        let body = body.into();
        Ok(FeedAnswer {
            headers,
            body,
            is_empty,
        })
    }
}

/// Asks for a page only if it is not as it was.
fn unless_as(mut request: RequestBuilder, before: Option<&memory::KeptPage>) -> RequestBuilder {
    let Some(before) = before else { return request };
    for (mark, condition) in [(ETAG, IF_NONE_MATCH), (LAST_MODIFIED, IF_MODIFIED_SINCE)] {
        if let Some(mark) = before.headers.get(mark) {
            request = request.header(condition, mark);
        }
    }
    request
}

fn accepted(format: &FeedFormat) -> &'static str {
    match format {
        FeedFormat::Json => "application/json",
        FeedFormat::Rss => {
            "application/atom+xml, application/rss+xml, application/xml, text/xml;q=0.9, */*;q=0.1"
        }
        FeedFormat::File(_) => "*/*",
    }
}

/// A secret that was read is visible ASCII, which every header takes.
fn secret_header(secret: &str) -> HeaderValue {
    let mut value = HeaderValue::from_str(secret).unwrap_or_else(|_| HeaderValue::from_static(""));
    value.set_sensitive(true);
    value
}

/// A token that was fetched at `now` and is good for so many seconds counts until shortly before.
pub(crate) fn good_until(now: crate::clock::Millis, seconds: u64) -> crate::clock::Millis {
    let margin = Duration::from_secs((seconds / 10).min(30));
    now.saturating_add(duration_millis(
        Duration::from_secs(seconds).saturating_sub(margin),
    ))
}

/// Whether a connection broke that might hold the next time. A certificate stays as it is, and a
/// `timeout` has been waited for.
fn is_broken(error: &reqwest::Error) -> bool {
    !error.is_timeout() && !error.is_builder() && !causes(error).contains("certificate")
}

fn lost(url: &Url, error: reqwest::Error) -> FeedError {
    let (place, cause) = (place(url), causes(&error.without_url()));
    // The kinds of TLS errors are behind types of libraries that are not ours.
    if cause.contains("certificate") {
        FeedError::Untrusted { place, cause }
    } else {
        FeedError::Lost { place, cause }
    }
}
