//! The pages for machines, beside those for people in `page`. Each is made anew from the state and from what the daemon saw last; none reads a
//! source or calls anybody.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde_json::{Value, json};

use super::guard::guard;
use super::page::Desk;
use super::{metrics, page};
use crate::store::StoreError;
use crate::sync::departed;

/// All pages.
pub(super) fn router(desk: Desk) -> Router {
    let desk = Arc::new(desk);
    Router::new()
        .route("/healthz", get(healthz))
        .route("/readyz", get(readyz))
        .route("/status.json", get(status))
        .route("/metrics", get(metrics_page))
        .merge(page::routes())
        .fallback(nothing)
        .with_state(desk.clone())
        .layer(from_fn_with_state(desk, guard))
}

/// Whether machines ask for this path to see how the daemon is.
pub(super) fn is_probe(path: &str) -> bool {
    matches!(path, "/healthz" | "/readyz" | "/metrics")
}

async fn healthz() -> &'static str {
    "alive\n"
}

async fn readyz(State(desk): State<Arc<Desk>>) -> (StatusCode, String) {
    let readiness = desk.lookout.readiness().await;
    let status = if readiness.is_ready() {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    (status, format!("{}\n", readiness.line()))
}

async fn status(State(desk): State<Arc<Desk>>) -> Result<Json<Value>, Unreadable> {
    let bots = desk.lookout.bots().await?;
    let bots: Vec<_> = bots.iter().map(|(status, _)| status.as_json()).collect();
    let departed = departed(&desk.lookout.store, &desk.lookout.config).await?;
    Ok(Json(json!({ "bots": bots, "not_configured": departed })))
}

async fn metrics_page(State(desk): State<Arc<Desk>>) -> Result<impl IntoResponse, Unreadable> {
    let text = metrics::text(&desk.lookout).await?;
    Ok(([(header::CONTENT_TYPE, metrics::MEDIA_TYPE)], text))
}

async fn nothing() -> (StatusCode, &'static str) {
    let words = "there is nothing here; the page is at /, and /healthz, /readyz, /status.json and /metrics are served\n";
    (StatusCode::NOT_FOUND, words)
}

/// The state cannot be read.
struct Unreadable(StoreError);

impl From<StoreError> for Unreadable {
    fn from(error: StoreError) -> Self {
        Self(error)
    }
}

impl IntoResponse for Unreadable {
    fn into_response(self) -> Response {
        let words = format!("{}\n", self.0);
        (StatusCode::INTERNAL_SERVER_ERROR, words).into_response()
    }
}
