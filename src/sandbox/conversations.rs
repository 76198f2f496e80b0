//! The endpoints of the two conversation calls, and of those that ask a bot. Their refusals of headers have other words than
//! those of the FAQ calls.

use std::collections::BTreeMap;
use std::convert::Infallible;

use axum::extract::{Query, State};
use axum::middleware::from_fn_with_state;
use axum::response::Response;
use axum::routing::{get, post};
use axum::{Extension, Json, Router};
use bytes::Bytes;
use http::{HeaderMap, StatusCode, header};
use serde_json::{Value, json};

use super::enact::meet_fault;
use super::people::ChatRefusal;
use super::server::{Sandbox, refuse};
use crate::haptik::{Call, wire};

pub(super) fn routes(sandbox: &Sandbox) -> Router<Sandbox> {
    let faults = from_fn_with_state(sandbox.clone(), meet_fault);
    let transfer = post(transfer)
        .layer::<_, Infallible>(faults.clone())
        .layer(Extension(Call::Transfer));
    let transcript = get(transcript)
        .layer::<_, Infallible>(faults)
        .layer(Extension(Call::Transcript));
    let asking = |call| {
        post(asked)
            .layer::<_, Infallible>(from_fn_with_state(sandbox.clone(), meet_fault))
            .layer(Extension(call))
    };
    let paths = &sandbox.settings().paths;
    Router::new()
        .route(wire::TRANSFER_PATH, transfer)
        .route(wire::TRANSCRIPT_PATH, transcript)
        .route(&paths.webhook, asking(Call::Ask))
        .route(&paths.user, asking(Call::User))
        .route(&paths.message, asking(Call::Message))
}

/// Asks a bot, makes a user, or says something to a bot.
async fn asked(
    State(sandbox): State<Sandbox>,
    Extension(call): Extension<Call>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Json<Value>, Response> {
    caller(&sandbox, &headers)
        .and_then(|()| {
            let body = serde_json::from_slice(&body)
                .map_err(|error| (StatusCode::BAD_REQUEST, format!("invalid JSON: {error}")))?;
            let (mut world, now) = sandbox.answering();
            let channels = &sandbox.settings().channels;
            match call {
                Call::User => world.make_user(&body),
                Call::Message => world.hear(&body, channels, now),
                _ => world.answer(&body, channels),
            }
        })
        .map(Json)
        .map_err(answered)
}

async fn transfer(
    State(sandbox): State<Sandbox>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Json<Value>, Response> {
    caller(&sandbox, &headers)
        .and_then(|()| {
            let body = serde_json::from_slice(&body)
                .map_err(|error| (StatusCode::BAD_REQUEST, format!("invalid JSON: {error}")))?;
            sandbox.hand_over(&body)
        })
        .map(|()| Json(json!({ "success": true })))
        .map_err(answered)
}

async fn transcript(
    State(sandbox): State<Sandbox>,
    headers: HeaderMap,
    Query(query): Query<BTreeMap<String, String>>,
) -> Result<Json<Value>, Response> {
    caller(&sandbox, &headers)
        .map_err(|(status, words)| match status {
            StatusCode::UNAUTHORIZED => (status, "Invalid token".to_owned()),
            _ => (status, words),
        })
        .and_then(|()| sandbox.transcript(&query))
        .map(Json)
        .map_err(answered)
}

fn answered((status, words): ChatRefusal) -> Response {
    refuse(status, &words)
}

fn caller(sandbox: &Sandbox, headers: &HeaderMap) -> Result<(), ChatRefusal> {
    let (token, client_id) = sandbox.expected();
    let said = |status, words: &str| Err((status, words.to_owned()));
    match headers.get(wire::CLIENT_ID) {
        None => return said(StatusCode::FORBIDDEN, "client_id missing in headers"),
        Some(id) if id.as_bytes() != client_id.as_bytes() => {
            return said(StatusCode::FORBIDDEN, "invalid client_id in headers");
        }
        Some(_) => {}
    }
    let Some(token) = token else {
        return Ok(());
    };
    let Some(given) = headers.get(header::AUTHORIZATION) else {
        return said(StatusCode::UNAUTHORIZED, "token missing in headers");
    };
    let words = given.to_str().ok().and_then(|given| given.split_once(' '));
    match words {
        Some((scheme, given)) if scheme.eq_ignore_ascii_case("bearer") => {
            if given.trim() == token {
                Ok(())
            } else {
                said(StatusCode::UNAUTHORIZED, "invalid token provided")
            }
        }
        _ => said(StatusCode::UNAUTHORIZED, "invalid authorization in headers"),
    }
}
