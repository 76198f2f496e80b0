//! Serves the pages until asked to stop, within bounds: so many connections, so many bytes of
//! headers and bodies, so long for each.

use std::convert::Infallible;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode};
use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;
use hyper::body::{Body as _, Frame, Incoming, SizeHint};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::task::JoinSet;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt as _;

use super::guesses::Peer;
use super::listener::{Connection, Door};
use super::page::{FORM, PageState, is_form};
use super::pages;
use super::pages::is_probe;
use super::places::{Answering, ConnectionPlaces, Guest};
use crate::config::{Admin, Listen};
use crate::control::CommandContext;
use crate::status::StatusReader;

/// Bytes of a request's head, and how many headers.
const HEAD_BYTES: usize = 16 << 10;
const HEADERS: usize = 64;
/// How long a client may take for the head of a request, also between two requests.
const HEAD_TIME: Duration = Duration::from_secs(5);
/// How long a client may take for what it sends after the head.
const BODY_TIME: Duration = Duration::from_secs(5);
/// How long one connection lives.
const CONNECTION_TIME: Duration = Duration::from_mins(2);
/// How long an answer under way may take once the connection is to end.
const GRACE: Duration = Duration::from_secs(2);
/// How often to try again where the address is taken.
const AGAIN: Duration = Duration::from_secs(5);

/// Listens until asked to stop. Where that is impossible it says so, and tries on: syncing goes on
/// without it.
pub async fn serve(
    admin: Admin,
    status_reader: StatusReader,
    context: CommandContext,
    stop: CancellationToken,
) {
    let listen = admin.listen.clone();
    let for_group = admin.identity_header.is_some();
    let router = pages::router(PageState::new(admin, status_reader, context, stop.clone()));
    let serving = Serving {
        name: "admin",
        router,
        takes_body: |path| is_form(path) || path.starts_with("/v1/"),
        is_for_all: is_probe,
        most_bytes: FORM,
        for_group,
    };
    serve_at(&listen, serving, stop).await;
}

/// What is served at one place.
#[derive(Clone)]
pub(super) struct Serving {
    /// The section of the configuration.
    pub(super) name: &'static str,
    pub(super) router: Router,
    /// The paths to which something may be sent.
    pub(super) takes_body: fn(&str) -> bool,
    /// The paths that are answered even where all places are taken.
    pub(super) is_for_all: fn(&str) -> bool,
    pub(super) most_bytes: usize,
    /// Also the group of the process may open a socket in the file system.
    pub(super) for_group: bool,
}

/// Listens there until asked to stop.
pub(super) async fn serve_at(listen: &Listen, serving: Serving, stop: CancellationToken) {
    let name = serving.name;
    let Some(door) = open(&serving, listen, &stop).await else {
        return;
    };
    tracing::info!("the {name} listener is at {door}");
    let places = Arc::new(ConnectionPlaces::default());
    let mut connections = JoinSet::new();
    loop {
        let accepted = tokio::select! {
            accepted = accept(&door, &places) => accepted,
            () = stop.cancelled() => break,
        };
        while connections.try_join_next().is_some() {}
        match accepted {
            Ok((stream, peer, guest)) => {
                let (serving, stop) = (serving.clone(), stop.clone());
                connections.spawn(async move {
                    converse(stream, peer, &serving, &guest, &stop).await;
                });
            }
            Err(error) => {
                tracing::warn!("the {name} listener cannot take a connection: {error}");
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
        }
    }
    while connections.join_next().await.is_some() {}
}

async fn open(serving: &Serving, listen: &Listen, stop: &CancellationToken) -> Option<Door> {
    let name = serving.name;
    let mut told = false;
    loop {
        match Door::open(listen, serving.for_group).await {
            Ok(door) => return Some(door),
            Err(error) if !told => {
                tracing::error!(
                    "the {name} listener cannot be opened ({error}); syncing goes on without it, and it is tried again. \
                     Is another process there? `listen` in [{name}] chooses another place"
                );
                told = true;
            }
            Err(_) => {}
        }
        tokio::select! {
            () = tokio::time::sleep(AGAIN) => {}
            () = stop.cancelled() => return None,
        }
    }
}

async fn accept(
    door: &Door,
    places: &Arc<ConnectionPlaces>,
) -> std::io::Result<(Box<dyn Connection>, Peer, Guest)> {
    let (stream, peer) = door.accept().await?;
    Ok((stream, peer, places.take().await))
}

async fn converse(
    stream: Box<dyn Connection>,
    peer: Peer,
    serving: &Serving,
    guest: &Guest,
    stop: &CancellationToken,
) {
    let service = service_fn(|request| {
        let answering = guest.answering();
        let answer = answer(request, peer, serving.clone(), guest.is_for_probes());
        async move {
            let response = answer.await;
            Ok::<_, Infallible>(response.map(|body| {
                Body::new(Lasting {
                    body,
                    _answering: answering,
                })
            }))
        }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIME)
        .max_buf_size(HEAD_BYTES)
        .max_headers(HEADERS)
        .serve_connection(TokioIo::new(stream), service);
    let mut connection = pin!(connection);
    tokio::select! {
        _ = connection.as_mut() => return,
        () = guest.leave().cancelled() => return,
        () = tokio::time::sleep(CONNECTION_TIME) => {}
        () = stop.cancelled() => {}
    }
    connection.as_mut().graceful_shutdown();
    let _ = timeout(GRACE, connection).await;
}

/// A body during which its connection is not silent.
struct Lasting {
    body: Body,
    _answering: Answering,
}

impl hyper::body::Body for Lasting {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

async fn answer(
    request: Request<Incoming>,
    peer: Peer,
    serving: Serving,
    is_for_probes: bool,
) -> Response {
    if is_for_probes && !(serving.is_for_all)(request.uri().path()) {
        let words = "too many connections are being answered; try again in a few seconds\n";
        return (StatusCode::SERVICE_UNAVAILABLE, words).into_response();
    }
    let mut request = match with_its_body(request, &serving).await {
        Ok(request) => request,
        Err(response) => return response,
    };
    request.extensions_mut().insert(peer);
    match serving.router.oneshot(request).await {
        Ok(response) => response,
        Err(never) => match never {},
    }
}

/// The request with all that it sends, which has to come in time.
async fn with_its_body(
    request: Request<Incoming>,
    serving: &Serving,
) -> Result<Request<Body>, Response> {
    let (head, body) = request.into_parts();
    if body.is_end_stream() || !(serving.takes_body)(head.uri.path()) {
        return Ok(Request::from_parts(head, Body::empty()));
    }
    match timeout(BODY_TIME, to_bytes(Body::new(body), serving.most_bytes)).await {
        Ok(Ok(bytes)) => Ok(Request::from_parts(head, bytes.into())),
        Ok(Err(_)) => {
            let words = "this is more than anything here takes\n";
            Err((StatusCode::PAYLOAD_TOO_LARGE, words).into_response())
        }
        Err(_) => {
            let words = "what was announced did not come within five seconds\n";
            Err((StatusCode::REQUEST_TIMEOUT, words).into_response())
        }
    }
}
