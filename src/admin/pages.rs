//! The pages for machines, beside those for people in `page`. Each is made from the state and from what the daemon saw last; none reads a
//! source or calls anybody.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde_json::{Value, json};
use tower_http::compression::CompressionLayer;

use super::guard::guard;
use super::page::PageState;
use super::{api, metrics, page};
use crate::store::StoreError;
use crate::sync::departed;

/// All pages.
pub(super) fn router(page_state: PageState) -> Router {
    let page_state = Arc::new(page_state);
    Router::new()
        .route("/healthz", get(healthz))
        .route("/readyz", get(readyz))
        .route("/status.json", get(status))
        .route("/metrics", get(metrics_page))
        .merge(page::routes())
        .merge(api::routes())
        .fallback(nothing)
        .with_state(page_state.clone())
        // Streams of events are left as they are.
        .layer(from_fn(without_nul))
        .layer(CompressionLayer::new())
        .layer(from_fn_with_state(page_state, guard))
}

/// Whether machines ask for this path to see how the daemon is.
pub(super) fn is_probe(path: &str) -> bool {
    matches!(path, "/healthz" | "/readyz" | "/metrics")
}

/// No name holds the character NUL, and a database of PostgreSQL takes it for an error to be asked for one.
async fn without_nul(request: Request, next: Next) -> Response {
    if request.uri().to_string().contains("%00") {
        return nothing().await.into_response();
    }
    next.run(request).await
}

async fn healthz() -> &'static str {
    "alive\n"
}

async fn readyz(State(page_state): State<Arc<PageState>>) -> (StatusCode, String) {
    let readiness = page_state.status_reader.readiness().await;
    let status = if readiness.is_ready() {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    (status, format!("{}\n", readiness.line()))
}

async fn status(State(page_state): State<Arc<PageState>>) -> Result<Json<Value>, UnreadableStatus> {
    let bots = page_state.status_reader.bots().await?;
    let bots: Vec<_> = bots.iter().map(|(status, _)| status.as_json()).collect();
    let departed = departed(
        &page_state.status_reader.store,
        &page_state.status_reader.config,
    )
    .await?;
    Ok(Json(json!({ "bots": bots, "not_configured": departed })))
}

async fn metrics_page(
    State(page_state): State<Arc<PageState>>,
) -> Result<impl IntoResponse, UnreadableStatus> {
    let text = metrics::text(&page_state.status_reader).await?;
    Ok(([(header::CONTENT_TYPE, metrics::MEDIA_TYPE)], text))
}

async fn nothing() -> (StatusCode, &'static str) {
    let words = "there is nothing here; the page is at /, and /healthz, /readyz, /status.json and /metrics are served\n";
    (StatusCode::NOT_FOUND, words)
}

/// The state cannot be read.
struct UnreadableStatus(StoreError);

impl From<StoreError> for UnreadableStatus {
    fn from(error: StoreError) -> Self {
        Self(error)
    }
}

impl IntoResponse for UnreadableStatus {
    fn into_response(self) -> Response {
        let words = format!("{}\n", self.0);
        (StatusCode::INTERNAL_SERVER_ERROR, words).into_response()
    }
}
