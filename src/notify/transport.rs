//! The way to one receiver: a signed POST, or SMTP over TLS. One call sends one message once.

use std::fmt::Write as _;
use std::time::Duration;

use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Tls, TlsParameters};
use lettre::{AsyncSmtpTransport, AsyncTransport as _, Tokio1Executor};
use ring::hmac;

use super::form;
use super::letter::Letter;
use crate::clock::Millis;
use crate::config::{Mail, Receiver, Secret};
use crate::haptik::{HttpTransport, Transport as _, TransportError, is_loopback};
use crate::text::one_line;

/// The header that carries the signature.
const SIGNATURE: &str = "kms-haptik-sync-signature";
/// One call to a receiver, from connect to the last byte.
const TIMEOUT: Duration = Duration::from_secs(10);
/// Answers that the same message will have again.
const FOR_GOOD: [u16; 6] = [400, 404, 410, 413, 415, 422];
/// Characters of why a message was not taken.
const REASON: usize = 300;

/// Why a call failed.
#[derive(Debug, thiserror::Error)]
pub(super) enum PostProblem {
    #[error("HTTP {0}")]
    Status(http::StatusCode),
    /// The mail server will not have this email.
    #[error("the mail server says: {0}")]
    Refused(String),
    #[error("{0}")]
    Other(String),
}

impl PostProblem {
    /// Whether the same message will be answered like this again.
    pub(super) fn is_for_good(&self) -> bool {
        match self {
            Self::Status(status) => FOR_GOOD.contains(&status.as_u16()),
            Self::Refused(_) => true,
            Self::Other(_) => false,
        }
    }

    fn other(problem: &dyn std::fmt::Display) -> Self {
        Self::Other(one_line(&problem.to_string(), REASON))
    }
}

/// For calls to one address.
pub(super) fn http(url: &str) -> Result<HttpTransport, TransportError> {
    HttpTransport::new(url, TIMEOUT)
}

/// Asks an address once.
pub(super) async fn ask(transport: &HttpTransport, url: &str) -> Result<(), PostProblem> {
    call(transport, request(reqwest::Method::GET, url)?).await
}

/// Sends a message to a receiver once.
pub(super) async fn send(
    receiver: &Receiver,
    http: Option<&HttpTransport>,
    letter: Letter<'_>,
    now: Millis,
) -> Result<(), PostProblem> {
    match (&receiver.mail, http) {
        (Some(mail), _) => send_email(receiver, mail, letter).await,
        (None, Some(transport)) => post(receiver, transport, letter, now).await,
        (None, None) => Ok(()),
    }
}

async fn post(
    receiver: &Receiver,
    transport: &HttpTransport,
    letter: Letter<'_>,
    now: Millis,
) -> Result<(), PostProblem> {
    let body = form::body(receiver.format, letter);
    let mut request = request(reqwest::Method::POST, &receiver.url)?;
    let headers = request.headers_mut();
    headers.insert(
        http::header::CONTENT_TYPE,
        http::HeaderValue::from_static("application/json"),
    );
    if let Some(token) = &receiver.token {
        let secret = token
            .read()
            .map_err(|problem| PostProblem::other(&problem))?;
        let signed = signature(&secret, &body, now);
        let signed = signed
            .parse()
            .map_err(|_| PostProblem::Other("no signature".to_owned()))?;
        headers.insert(SIGNATURE, signed);
    }
    *request.body_mut() = Some(body.into());
    call(transport, request).await
}

async fn send_email(
    receiver: &Receiver,
    mail: &Mail,
    letter: Letter<'_>,
) -> Result<(), PostProblem> {
    let email = form::email(letter, mail).map_err(|problem| PostProblem::other(&problem))?;
    let server = mail_server(receiver, mail)?;
    match server.send(email).await {
        Ok(_) => Ok(()),
        Err(error) if error.is_permanent() => {
            Err(PostProblem::Refused(one_line(&causes(&error), REASON)))
        }
        Err(error) => Err(PostProblem::Other(one_line(&causes(&error), REASON))),
    }
}

/// The server of a receiver. `smtp://` goes over TLS too, by STARTTLS; only a relay on this machine is spoken to
/// in plain text.
fn mail_server(
    receiver: &Receiver,
    mail: &Mail,
) -> Result<AsyncSmtpTransport<Tokio1Executor>, PostProblem> {
    let url: reqwest::Url = receiver
        .url
        .parse()
        .map_err(|problem| PostProblem::other(&problem))?;
    let host = url.host_str().unwrap_or_default();
    let is_implicit = url.scheme() == "smtps";
    let tls = if is_implicit || !is_loopback(&receiver.url) {
        let parameters =
            TlsParameters::new(host.to_owned()).map_err(|problem| PostProblem::other(&problem))?;
        if is_implicit {
            Tls::Wrapper(parameters)
        } else {
            Tls::Required(parameters)
        }
    } else {
        Tls::None
    };
    let usual = if is_implicit { 465 } else { 587 };
    let mut server = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(host)
        .port(url.port().unwrap_or(usual))
        .tls(tls)
        .timeout(Some(TIMEOUT));
    if let (Some(user), Some(token)) = (&mail.user, &receiver.token) {
        let secret = token
            .read()
            .map_err(|problem| PostProblem::other(&problem))?;
        server = server.credentials(Credentials::new(user.clone(), secret.expose().to_owned()));
    }
    Ok(server.build())
}

fn causes(error: &lettre::transport::smtp::Error) -> String {
    crate::haptik::causes(error)
}

fn request(method: reqwest::Method, url: &str) -> Result<reqwest::Request, PostProblem> {
    let url = url
        .parse()
        .map_err(|_| PostProblem::Other("it is not a URL".to_owned()))?;
    Ok(reqwest::Request::new(method, url))
}

async fn call(transport: &HttpTransport, request: reqwest::Request) -> Result<(), PostProblem> {
    match transport.call(request).await {
        Ok(answer) if answer.status.is_success() => Ok(()),
        Ok(answer) => Err(PostProblem::Status(answer.status)),
        Err(lost) => Err(PostProblem::Other(lost.cause)),
    }
}

/// The signature of a body: `t=SECONDS,v1=HEX`, where HEX is the HMAC-SHA256 of `SECONDS.BODY`. The
/// time is in it, so that nobody can send an old message again.
fn signature(secret: &Secret, body: &str, at: Millis) -> String {
    let seconds = at.div_euclid(1000);
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.expose().as_bytes());
    let tag = hmac::sign(&key, format!("{seconds}.{body}").as_bytes());
    let mut signed = format!("t={seconds},v1=");
    for byte in tag.as_ref() {
        let _ = write!(signed, "{byte:02x}");
    }
    signed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_signature_is_that_of_openssl() {
        // printf '1780000060.{"text":"hello"}' | openssl dgst -sha256 -hmac s3cret
        assert_eq!(
            signature(
                &Secret::new("s3cret"),
                r#"{"text":"hello"}"#,
                1_780_000_060_999
            ),
            "t=1780000060,v1=4cc59adcca00f2e1446a36bb4c8d6092a35461b1740e20c01468d92be55822ad"
        );
    }
}
