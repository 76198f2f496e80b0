//! Carries one request to Haptik and brings the answer back, or tells how it was lost. Production
//! goes over HTTP; the embedded sandbox and the simulation are called in process.

use std::error::Error;
use std::io;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use futures_util::future::BoxFuture;
use futures_util::{Stream, StreamExt};
use http::{HeaderMap, StatusCode};
use serde::{Deserialize, Serialize};

use crate::text::one_line;

/// The longest answer that is read, in bytes. Haptik's own are some hundred bytes long.
pub(crate) const ANSWER_LIMIT: usize = 1 << 20;
/// The longest that connecting may take, so that a host that is down is told from a slow answer.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// Idle connections are closed before gateways commonly close them: a request sent into a
/// connection that is just being closed is lost without anybody knowing whether it arrived.
const IDLE_TIMEOUT: Duration = Duration::from_secs(20);
const CAUSE_LIMIT: usize = 300;

/// Carries requests to Haptik.
pub trait Transport: Send + Sync {
    /// Makes one call, without repeating anything and without following redirects.
    fn call(&self, request: reqwest::Request) -> BoxFuture<'_, Result<Answer, Lost>>;
}

/// What came back.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body, at most a mebibyte; the body of an error may be cut.
    pub body: Bytes,
}

/// No usable answer came back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lost {
    /// Whether the request could have reached the server.
    pub sent: bool,
    /// The causes, outermost first; no URL, no header, no secret.
    pub cause: String,
    /// What kind of loss.
    pub kind: LostKind,
}

/// The ways in which an answer is lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LostKind {
    /// Nobody listens, or the network has no way there.
    Connect,
    /// The host's name could not be resolved.
    Dns,
    /// No trusted TLS connection came about.
    Tls,
    /// It took too long.
    Timeout,
    /// The connection was closed before the answer was complete.
    Reset,
    /// The answer was longer than any answer of Haptik's.
    TooLarge,
    /// Anything else, such as a request that cannot be expressed.
    Other,
}

impl LostKind {
    /// The name in metrics.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Connect => "connect",
            Self::Dns => "dns",
            Self::Tls => "tls",
            Self::Timeout => "timeout",
            Self::Reset => "reset",
            Self::TooLarge => "too_large",
            Self::Other => "other",
        }
    }
}

/// The HTTP client could not be set up.
#[derive(Debug, thiserror::Error)]
pub enum TransportError {
    /// Most often a machine without certificates.
    #[error(
        "the HTTPS client cannot be set up: {0}. If this machine has no CA certificates, \
         install the package ca-certificates or set SSL_CERT_FILE"
    )]
    Setup(String),
}

crate::text::samples! {
    TransportError {
        Setup => [Self::Setup(gap())],
    }
}

/// Calls over HTTP.
#[derive(Clone, Debug)]
pub struct HttpTransport {
    client: reqwest::Client,
}

impl HttpTransport {
    /// For the API at `base_url`; `timeout` is that of one call, from connect to the last byte.
    pub fn new(base_url: &str, timeout: Duration) -> Result<Self, TransportError> {
        let mut builder = crate::tls::client_builder()
            .user_agent(concat!("kms-haptik-sync/", env!("CARGO_PKG_VERSION")))
            .timeout(timeout)
            .connect_timeout(CONNECT_TIMEOUT.min(timeout.mul_f64(0.9)))
            .pool_idle_timeout(IDLE_TIMEOUT)
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never());
        if has_scheme(base_url, "http://") {
            // Without this a machine without CA certificates could not even talk to loopback.
            builder = builder.tls_certs_only([]);
        }
        if is_loopback(base_url) {
            // A proxy has its own loopback, which is not ours.
            builder = builder.no_proxy();
        }
        let client = builder
            .build()
            .map_err(|error| TransportError::Setup(causes(&error)))?;
        Ok(Self { client })
    }

    async fn answer(&self, request: reqwest::Request) -> Result<Answer, Lost> {
        let response = self
            .client
            .execute(request)
            .await
            .map_err(|error| lost(&error.without_url()))?;
        let status = response.status();
        let headers = response.headers().clone();
        let chunks = response
            .bytes_stream()
            .map(|chunk| chunk.map_err(|error| lost(&error.without_url())));
        let body = collect(status, chunks).await?;
        Ok(Answer {
            status,
            headers,
            body,
        })
    }
}

impl Transport for HttpTransport {
    fn call(&self, request: reqwest::Request) -> BoxFuture<'_, Result<Answer, Lost>> {
        Box::pin(self.answer(request))
    }
}

/// Reads a body up to the limit. The status of an error counts even where its body is lost.
pub(crate) async fn collect(
    status: StatusCode,
    chunks: impl Stream<Item = Result<Bytes, Lost>>,
) -> Result<Bytes, Lost> {
    let mut body = BytesMut::new();
    let mut chunks = std::pin::pin!(chunks);
    while let Some(chunk) = chunks.next().await {
        let loss = match chunk {
            Ok(chunk) if body.len() + chunk.len() <= ANSWER_LIMIT => {
                body.extend_from_slice(&chunk);
                continue;
            }
            Ok(_) => Lost {
                sent: true,
                cause: format!("the answer is longer than {ANSWER_LIMIT} bytes"),
                kind: LostKind::TooLarge,
            },
            Err(lost) => lost,
        };
        if status.is_success() {
            return Err(loss);
        }
        break;
    }
    Ok(body.freeze())
}

fn lost(error: &reqwest::Error) -> Lost {
    Lost {
        sent: !(error.is_connect() || error.is_builder()),
        cause: causes(error),
        kind: lost_kind(error),
    }
}

/// In which way a request was lost.
pub(crate) fn lost_kind(error: &reqwest::Error) -> LostKind {
    if error.is_dns() {
        LostKind::Dns
    } else if error.is_timeout() {
        LostKind::Timeout
    } else if error.is_connect() {
        if failed_handshake(error) {
            LostKind::Tls
        } else {
            LostKind::Connect
        }
    } else if error.is_builder() {
        LostKind::Other
    } else {
        LostKind::Reset
    }
}

/// The TLS layer wraps what went wrong into an I/O error of one of these kinds, and that into
/// another, which hides it from the chain of sources; a peer that does not speak TLS at all ends
/// the stream.
fn failed_handshake(error: &(dyn Error + 'static)) -> bool {
    sources(error)
        .filter_map(|source| source.downcast_ref::<io::Error>())
        .flat_map(|error| std::iter::successors(Some(error), |error| wrapped(error)))
        .any(|error| {
            matches!(
                error.kind(),
                io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof
            )
        })
}

fn wrapped(error: &io::Error) -> Option<&io::Error> {
    error.get_ref()?.downcast_ref()
}

/// The causes of an error, outermost first, on one line.
pub(crate) fn causes(error: &(dyn Error + 'static)) -> String {
    let mut parts: Vec<String> = Vec::new();
    for source in sources(error) {
        let text = source.to_string();
        if !parts.iter().any(|part| part.contains(&text)) {
            parts.push(text);
        }
    }
    one_line(&parts.join(": "), CAUSE_LIMIT)
}

fn sources<'a>(
    error: &'a (dyn Error + 'static),
) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |error: &&(dyn Error + 'static)| {
        (*error).source()
    })
}

fn has_scheme(url: &str, scheme: &str) -> bool {
    url.get(..scheme.len())
        .is_some_and(|start| start.eq_ignore_ascii_case(scheme))
}

/// Whether a URL leads to this machine.
pub(crate) fn is_loopback(url: &str) -> bool {
    let host = reqwest::Url::parse(url)
        .ok()
        .and_then(|url| url.host_str().map(str::to_owned))
        .unwrap_or_default();
    let address = host.trim_matches(['[', ']']).parse::<std::net::IpAddr>();
    host == "localhost" || address.is_ok_and(|address| address.is_loopback())
}
