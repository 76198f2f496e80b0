//! The client and the two FAQ calls. Each function makes exactly one HTTP call; the token is read
//! afresh for each, so that one replaced on disk is found.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use http::{HeaderName, HeaderValue, header};
use reqwest::multipart::{Form, Part};
use reqwest::{Body, RequestBuilder, Url};

use super::credentials::Credentials;
use super::exchange_result::{Call, ExchangeResult};
use super::fault::{CallFault, retry_after};
use super::status::{TaskStatus, understand};
use super::transport::{Answer, Transport, TransportError};
use super::wire;
use super::wire::Heard;
use crate::clock::{Clock, Millis, at_length};
use crate::config::Secret;
use crate::telemetry::{HAPTIK, RequestTimer};
use crate::text::{Foreign, one_line};

/// Calls the API of one customer.
#[derive(Clone)]
pub struct Client {
    transport: Arc<dyn Transport>,
    base_url: String,
    caller: String,
    credentials: Option<Arc<dyn Credentials>>,
    clock: Clock,
    /// Only puts requests together; it never calls anybody.
    builder: reqwest::Client,
}

/// The file of an upload.
pub struct CsvFile {
    /// Its length in bytes, exactly: uploads are not sent in chunks of unknown number.
    pub length: u64,
    /// Its content.
    pub body: Body,
}

/// Haptik's id of a task: 1 to 200 visible ASCII characters.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TaskId(String);

impl TaskId {
    /// Takes an id that can stand in a path; `None` for any other.
    pub fn new(text: &str) -> Option<Self> {
        let usable = (1..=200).contains(&text.len())
            && text.bytes().all(|byte| byte.is_ascii_graphic())
            && !matches!(text, "." | "..");
        usable.then(|| Self(text.to_owned()))
    }

    /// The id as Haptik wrote it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for TaskId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Client {
    /// For the API at `base_url` (no trailing slash needed). Without `credentials` no token is
    /// sent, which only the embedded sandbox accepts; `clock` reads dates in `Retry-After`.
    pub fn new(
        transport: Arc<dyn Transport>,
        base_url: String,
        client_id: String,
        credentials: Option<Arc<dyn Credentials>>,
        clock: Clock,
    ) -> Result<Self, TransportError> {
        let builder = crate::tls::client_builder()
            .tls_certs_only([])
            .no_proxy()
            .build()
            .map_err(|error| TransportError::Setup(error.to_string()))?;
        Ok(Self {
            transport,
            base_url,
            caller: client_id,
            credentials,
            clock,
            builder,
        })
    }

    /// The same client over another transport, made of the one that it has.
    #[must_use]
    pub fn over(&self, wrap: impl FnOnce(Arc<dyn Transport>) -> Arc<dyn Transport>) -> Self {
        Self {
            transport: wrap(self.transport.clone()),
            ..self.clone()
        }
    }

    /// Tells whether the token is another than before, without keeping it: a digest, or `None`
    /// where it cannot be read.
    pub fn credential_mark(&self) -> Option<[u8; 32]> {
        let token = self.credentials.as_ref()?.token().ok()?;
        Some(*blake3::hash(token.expose().as_bytes()).as_bytes())
    }

    /// Hands in an upload for the bot `domain_name`; the id of the task that will carry it out.
    pub async fn submit(&self, domain_name: &str, csv: CsvFile) -> Result<TaskId, CallFault> {
        let call = Call::Submit;
        let url = self.url(call, wire::SUBMIT_PATH, &[])?;
        let file = Part::stream_with_length(csv.body, csv.length)
            .file_name(wire::CSV_FILE_NAME)
            .mime_str(wire::CSV_MEDIA_TYPE)
            .map_err(|error| unprepared(call, &error.to_string()))?;
        let form = Form::new()
            .text(wire::DOMAIN_NAME_FIELD, domain_name.to_owned())
            .part(wire::CSV_FILE_FIELD, file);
        let request = self.post(url).multipart(form);
        let exchange = self.call(call, request).await?;
        if exchange.heard.success == Some(false) {
            return Err(exchange.fault(ExchangeResult::SaidNo));
        }
        exchange
            .heard
            .task_id
            .as_deref()
            .and_then(TaskId::new)
            .ok_or_else(|| exchange.fault(ExchangeResult::Missing))
    }

    /// Asks how far a task is.
    pub async fn status(&self, task_id: &TaskId) -> Result<TaskStatus, CallFault> {
        let call = Call::Status;
        let url = self.url(call, wire::STATUS_PATH, &[task_id.as_str(), ""])?;
        let exchange = self.call(call, self.get(url)).await?;
        let refused = exchange.heard.success == Some(false);
        match &exchange.heard.status {
            Some(text) => {
                let Foreign { text, is_whole } = exchange.clean(text);
                Ok(match understand(&text) {
                    // The envelope says no and the text says yes, or the text goes on after its yes:
                    // neither can be trusted.
                    TaskStatus::Succeeded(text) if refused || !is_whole => {
                        TaskStatus::Unknown(text)
                    }
                    status => status,
                })
            }
            None if refused => Err(exchange.fault(ExchangeResult::SaidNo)),
            None => Err(exchange.fault(ExchangeResult::Missing)),
        }
    }

    /// Where the API is, without a slash at the end.
    pub(super) fn base(&self) -> &str {
        self.base_url.trim_end_matches('/')
    }

    /// Our time.
    pub(super) fn now(&self) -> Millis {
        self.clock.now()
    }

    pub(super) fn post(&self, url: Url) -> RequestBuilder {
        self.builder.post(url)
    }

    pub(super) fn get(&self, url: Url) -> RequestBuilder {
        self.builder.get(url)
    }

    pub(super) fn url(&self, call: Call, path: &str, segments: &[&str]) -> Result<Url, CallFault> {
        let base = self.base();
        let mut url = Url::parse(&format!("{base}{path}"))
            .map_err(|error| unprepared(call, &format!("base_url: {error}")))?;
        if let (false, Ok(mut end)) = (segments.is_empty(), url.path_segments_mut()) {
            end.pop_if_empty().extend(segments);
        }
        Ok(url)
    }

    pub(super) async fn call(
        &self,
        call: Call,
        request: RequestBuilder,
    ) -> Result<Exchange, CallFault> {
        self.call_with(call, request, None).await
    }

    /// The same with a secret of its own in the request, which the other side may echo as well.
    pub(super) async fn call_with(
        &self,
        call: Call,
        request: RequestBuilder,
        secret: Option<Secret>,
    ) -> Result<Exchange, CallFault> {
        let (token, answer) = self.carry(call.name(), request).await.map_err(|lost| {
            let cause = without(&lost.cause, secret.as_ref());
            CallFault::new(call, lost.exchange, None, &cause)
        })?;
        let secrets = token.into_iter().chain(secret).collect();
        at_length(|| self.exchange(call, secrets, answer))
    }

    /// Carries a request with what makes us known, and gives the answer and the token that went along.
    pub(super) async fn carry(
        &self,
        call: &'static str,
        request: RequestBuilder,
    ) -> Result<(Option<Secret>, Answer), NoTaskId> {
        let token = match &self.credentials {
            Some(credentials) => Some(credentials.token().map_err(NoTaskId::unprepared)?),
            None => None,
        };
        let request = self
            .authorised(request, token.as_ref())
            .map_err(NoTaskId::unprepared)?;
        let timer = RequestTimer::begin(HAPTIK, call);
        match self.transport.call(request).await {
            Ok(answer) => {
                timer.ended(answer.status.as_str());
                Ok((token, answer))
            }
            Err(lost) => {
                timer.ended(lost.kind.name());
                Err(NoTaskId {
                    exchange: ExchangeResult::of(&lost),
                    cause: without(&lost.cause, token.as_ref()),
                })
            }
        }
    }

    fn authorised(
        &self,
        request: RequestBuilder,
        token: Option<&Secret>,
    ) -> Result<reqwest::Request, String> {
        let client_id = HeaderValue::from_str(&self.caller)
            .map_err(|_| "client_id holds characters that no header can carry".to_owned())?;
        let mut request = request.header(HeaderName::from_static(wire::CLIENT_ID), client_id);
        if let Some(token) = token {
            let mut value = HeaderValue::from_str(&format!("Bearer {}", token.expose()))
                .map_err(|_| "the token holds characters that no header can carry".to_owned())?;
            value.set_sensitive(true);
            request = request.header(header::AUTHORIZATION, value);
        }
        request
            .build()
            .map_err(|error| error.without_url().to_string())
    }

    fn exchange(
        &self,
        call: Call,
        secrets: Vec<Secret>,
        answer: Answer,
    ) -> Result<Exchange, CallFault> {
        let mut exchange = Exchange {
            call,
            after: retry_after(&answer.headers, self.clock.now()),
            heard: Heard::default(),
            answer,
            secrets,
        };
        if !exchange.answer.status.is_success() {
            return Err(exchange.fault(ExchangeResult::Answered(exchange.answer.status)));
        }
        if exchange.answer.body.trim_ascii().is_empty() {
            return Err(exchange.fault(ExchangeResult::Empty));
        }
        match Heard::read(&exchange.answer.body) {
            Some(heard) => exchange.heard = heard,
            // A reply may be a list of bubbles.
            None if call == Call::Ask && wire::is_json(&exchange.answer.body) => {}
            None => return Err(exchange.fault(ExchangeResult::NotUnderstood)),
        }
        Ok(exchange)
    }
}

/// Why no answer came.
pub(super) struct NoTaskId {
    pub(super) exchange: ExchangeResult,
    /// The cause, without the token.
    pub(super) cause: String,
}

impl NoTaskId {
    pub(super) fn unprepared(cause: String) -> Self {
        Self {
            exchange: ExchangeResult::Unprepared,
            cause,
        }
    }
}

/// One call and what came of it.
pub(super) struct Exchange {
    call: Call,
    after: Option<Duration>,
    heard: Heard,
    answer: Answer,
    /// What went along and is not to be shown.
    secrets: Vec<Secret>,
}

impl Exchange {
    /// What the envelope says.
    pub(super) fn success(&self) -> Option<bool> {
        self.heard.success
    }

    pub(super) fn body(&self) -> &[u8] {
        &self.answer.body
    }

    pub(super) fn fault(&self, exchange: ExchangeResult) -> CallFault {
        let words = if self.answer.status.is_redirection() {
            format!("it points to {}", self.redirect_host())
        } else {
            self.clean(&wire::own_words(&self.answer.body)).text
        };
        CallFault::new(self.call, exchange, self.after, &words)
    }

    /// Text from outside without our own secrets, should the other side echo them. Only then is it cut,
    /// or a part of one could stand at the end.
    fn clean(&self, text: &str) -> Foreign {
        Foreign::heard(&without(text, &self.secrets))
    }

    /// Only the host: the rest of a redirect may carry what is not for logs.
    fn redirect_host(&self) -> String {
        let location = self
            .answer
            .headers
            .get(header::LOCATION)
            .and_then(|value| value.to_str().ok());
        match location.map(Url::parse) {
            Some(Ok(url)) => one_line(url.host_str().unwrap_or("another place"), 100),
            Some(Err(_)) => "another path of the same host".to_owned(),
            None => "nowhere".to_owned(),
        }
    }
}

pub(super) fn without<'s>(text: &str, secrets: impl IntoIterator<Item = &'s Secret>) -> String {
    let secrets = secrets.into_iter().map(Secret::expose);
    secrets
        .filter(|secret| !secret.is_empty())
        .fold(text.to_owned(), |text, secret| {
            text.replace(secret, "[redacted]")
        })
}

fn unprepared(call: Call, reason: &str) -> CallFault {
    CallFault::new(call, ExchangeResult::Unprepared, None, reason)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::FOREIGN_LIMIT;

    #[test]
    fn no_part_of_a_secret_stands_at_a_cut() {
        let secrets = ["s3cr3t-of-the-client", "s3cr3t-of-a-user"];
        // Words are cut as they come in, and once more for a message.
        for before in (900..1010).chain(FOREIGN_LIMIT - 120..FOREIGN_LIMIT + 10) {
            for secret in secrets {
                let body = format!("{}{secret} and more", "x".repeat(before));
                let exchange = Exchange {
                    call: Call::Transcript,
                    after: None,
                    heard: Heard::default(),
                    answer: Answer {
                        status: http::StatusCode::BAD_REQUEST,
                        headers: http::HeaderMap::new(),
                        body: body.into(),
                    },
                    secrets: secrets.into_iter().map(Secret::new).collect(),
                };
                let fault = exchange.fault(ExchangeResult::Answered(http::StatusCode::BAD_REQUEST));
                assert!(!format!("{fault:?}").contains("s3c"), "{before}");
            }
        }
    }
}
