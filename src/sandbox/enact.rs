//! Commits the faults: stands in front of the API's endpoints and spoils their answers.

use std::io;
use std::time::Duration;

use axum::body::Body;
use axum::extract::{ConnectInfo, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use bytes::Bytes;
use futures_util::{StreamExt, stream};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};

use super::connection::{CutConnection, Switch};
use super::faults::{Fault, FaultKind};
use super::server::{Sandbox, unknown_task};
use crate::haptik::{Call, Envelope, wire};

/// Bytes that a huge answer is made of; only as many are made as are read.
const HUGE: u64 = 1 << 30;
const CHUNK: &[u8] = &[b' '; 64 * 1024];

/// Notes the call and lets it meet its fault, if one waits for it.
pub(super) async fn meet_fault(
    State(sandbox): State<Sandbox>,
    Extension(call): Extension<Call>,
    mut request: Request,
    next: Next,
) -> Response {
    let switch = request.extensions_mut().remove::<ConnectInfo<Switch>>();
    let Some(fault) = sandbox.begin_call(call) else {
        return next.run(request).await;
    };
    let answer = if fault.is_processed() {
        Some(next.run(request).await)
    } else if fault.kind == FaultKind::Slow {
        pause(&fault).await;
        return next.run(request).await;
    } else {
        if fault.kind != FaultKind::DropBefore {
            // For the reason given at `authorise`.
            drain(request.into_body()).await;
        }
        None
    };
    let corrupted = corrupt(&sandbox, &fault, answer).await;
    if let (Some(_), Some(ConnectInfo(switch))) =
        (corrupted.extensions().get::<CutConnection>(), switch)
    {
        switch.cut();
    }
    corrupted
}

async fn corrupt(sandbox: &Sandbox, fault: &Fault, answer: Option<Response>) -> Response {
    let answer = answer.unwrap_or_default();
    match fault.kind {
        FaultKind::StatusCode => status_code(fault),
        FaultKind::DropBefore | FaultKind::DropAfter => {
            (Extension(CutConnection), "").into_response()
        }
        FaultKind::Truncate => truncated(answer).await,
        FaultKind::Empty => StatusCode::OK.into_response(),
        FaultKind::Html => html(fault),
        FaultKind::Slow => {
            pause(fault).await;
            answer
        }
        FaultKind::NotJson => text(fault, "accepted, thank you").into_response(),
        FaultKind::SuccessFalse => {
            Json(Envelope::failure(&text(fault, "something is not right"))).into_response()
        }
        FaultKind::ForgetTask => forget(sandbox, answer),
        FaultKind::Huge => huge(),
    }
}

fn text(fault: &Fault, otherwise: &str) -> String {
    fault.body.clone().unwrap_or_else(|| otherwise.to_owned())
}

fn code(fault: &Fault, otherwise: StatusCode) -> StatusCode {
    fault
        .code
        .and_then(|code| StatusCode::from_u16(code).ok())
        .unwrap_or(otherwise)
}

fn status_code(fault: &Fault) -> Response {
    let status = code(fault, StatusCode::INTERNAL_SERVER_ERROR);
    let headers: HeaderMap = fault
        .headers
        .iter()
        .filter_map(|(name, value)| {
            let name = HeaderName::from_bytes(name.as_bytes()).ok()?;
            Some((name, HeaderValue::from_str(value).ok()?))
        })
        .collect();
    let body = fault.body.clone().unwrap_or_else(|| {
        wire::error_message(&format!("the sandbox was told to answer {status}")).to_string()
    });
    (status, headers, body).into_response()
}

fn html(fault: &Fault) -> Response {
    let status = code(fault, StatusCode::BAD_GATEWAY);
    let page = format!("<html><head><title>{status}</title></head><body>{status}</body></html>");
    let kind = [(header::CONTENT_TYPE, "text/html")];
    (status, kind, text(fault, &page)).into_response()
}

/// The first half of the answer, under the length of the whole.
async fn truncated(answer: Response) -> Response {
    let (mut parts, body) = answer.into_parts();
    let body = axum::body::to_bytes(body, usize::MAX)
        .await
        .unwrap_or_default();
    parts
        .headers
        .insert(header::CONTENT_LENGTH, body.len().into());
    let half = Ok(body.slice(..body.len() / 2));
    let broken = Err(io::Error::from(io::ErrorKind::ConnectionAborted));
    Response::from_parts(parts, Body::from_stream(stream::iter([half, broken])))
}

fn huge() -> Response {
    let chunks = HUGE / CHUNK.len() as u64;
    let chunks = stream::iter(0..chunks).map(|_| Ok::<_, io::Error>(Bytes::from_static(CHUNK)));
    Body::from_stream(chunks).into_response()
}

/// A status call then finds its task unknown; an upload hands out an id that is not known.
fn forget(sandbox: &Sandbox, answer: Response) -> Response {
    if let Some(AskedTask(id)) = answer.extensions().get::<AskedTask>() {
        sandbox.forget(Some(id));
        return unknown_task();
    }
    sandbox.forget(None);
    answer
}

/// Marks an answer with the id of the task that was asked for.
#[derive(Clone, Debug)]
pub(super) struct AskedTask(pub(super) String);

async fn pause(fault: &Fault) {
    tokio::time::sleep(Duration::from_millis(fault.ms)).await;
}

/// Reads a body to its end, to no purpose but the client's.
pub(super) async fn drain(body: Body) {
    let mut chunks = body.into_data_stream();
    while let Some(Ok(_)) = chunks.next().await {}
}
