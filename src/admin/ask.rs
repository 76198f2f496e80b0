//! Asks the admin listener of this configuration whether the daemon is ready, as a health check
//! from outside would.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::Path;
use std::time::Duration;

use axum::body::Body;
use axum::http::{Request, header};
use hyper_util::rt::TokioIo;
use tokio::net::{TcpStream, UnixStream};
use tokio::time::timeout;

use super::guard::INSTANCE;
use super::listener::Connection;
use crate::config::{Admin, Listen};
use crate::text::one_line;

/// An answer is there within this time, or there is none.
pub const PATIENCE: Duration = Duration::from_secs(10);
/// The longest answer that is read.
const ANSWER: usize = 64 << 10;

/// What the listener said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answered {
    /// Whether the service is ready.
    pub ready: bool,
    /// One line.
    pub words: String,
}

impl Answered {
    /// Nobody answered, and why.
    pub fn not_at_all(reason: impl std::fmt::Display) -> Self {
        Self {
            ready: false,
            words: format!("not ready: {reason}"),
        }
    }
}

/// What stands for a state folder, without telling where it is.
pub(super) fn instance_of(state_dir: &Path) -> String {
    let path = state_dir.canonicalize();
    let path = path.unwrap_or_else(|_| state_dir.to_owned());
    let digest = blake3::hash(path.as_os_str().as_encoded_bytes());
    digest.to_hex()[..16].to_owned()
}

/// Asks once.
pub async fn ask(admin: &Admin, state_dir: &Path) -> Answered {
    match timeout(PATIENCE, exchange(admin, state_dir)).await {
        Ok(Ok(answered)) => answered,
        Ok(Err(error)) => Answered::not_at_all(format_args!(
            "the admin listener does not answer ({error}); is the daemon running?"
        )),
        Err(_) => Answered::not_at_all(format_args!(
            "the admin listener has not answered within {PATIENCE:?}; restart the daemon"
        )),
    }
}

async fn exchange(admin: &Admin, state_dir: &Path) -> io::Result<Answered> {
    let mut request = Request::get("/readyz").header(header::HOST, "localhost");
    // Any user may look.
    let own = admin.users.iter().find_map(|user| user.token.as_ref());
    let first = admin.users.first();
    if let (Some(name), Some(user)) = (&admin.identity_header, first) {
        request = request.header(name, user.name.as_bytes());
    } else if let Some(token) = admin.token.as_ref().or(own) {
        let token = token.read().map_err(io::Error::other)?;
        request = request.header(header::AUTHORIZATION, format!("Bearer {}", token.expose()));
    }
    let request = request.body(Body::empty()).map_err(io::Error::other)?;
    let stream: Box<dyn Connection> = match &admin.listen {
        Listen::Tcp(address) => Box::new(TcpStream::connect(reachable(*address)).await?),
        Listen::Unix(path) => Box::new(UnixStream::connect(path).await?),
    };
    let handshake = hyper::client::conn::http1::handshake(TokioIo::new(stream));
    let (mut sender, connection) = handshake.await.map_err(io::Error::other)?;
    let driver = tokio::spawn(connection);
    let answer = sender.send_request(request).await;
    let (head, body) = answer.map_err(io::Error::other)?.into_parts();
    let body = axum::body::to_bytes(Body::new(body), ANSWER).await;
    driver.abort();
    let body = body.map_err(io::Error::other)?;
    let theirs = head.headers.get(INSTANCE);
    if theirs.is_some_and(|theirs| theirs != instance_of(state_dir).as_str()) {
        return Ok(Answered::not_at_all(format_args!(
            "another daemon answers there, and not the one for the state in {}; give each a `listen` of its own in [admin]",
            state_dir.display()
        )));
    }
    let words = one_line(&String::from_utf8_lossy(&body), ANSWER);
    Ok(Answered {
        ready: head.status.is_success(),
        words,
    })
}

/// An address to listen on everywhere is reached here.
fn reachable(mut address: SocketAddr) -> SocketAddr {
    if address.ip().is_unspecified() {
        address.set_ip(match address {
            SocketAddr::V4(_) => IpAddr::V4(Ipv4Addr::LOCALHOST),
            SocketAddr::V6(_) => IpAddr::V6(Ipv6Addr::LOCALHOST),
        });
    }
    address
}
