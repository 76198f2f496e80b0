//! The pages. Each is made anew from the state and from what the daemon saw last; none reads a
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
use super::metrics;
use crate::config::Admin;
use crate::daemon::Lookout;
use crate::store::StoreError;

/// All pages.
pub(super) fn router(admin: Arc<Admin>, lookout: Lookout) -> Router {
    Router::new()
        .route("/healthz", get(healthz))
        .route("/readyz", get(readyz))
        .route("/status.json", get(status))
        .route("/metrics", get(metrics_page))
        .fallback(nothing)
        .with_state(lookout)
        .layer(from_fn_with_state(admin, guard))
}

async fn healthz() -> &'static str {
    "alive\n"
}

async fn readyz(State(lookout): State<Lookout>) -> (StatusCode, String) {
    let readiness = lookout.readiness().await;
    let status = if readiness.is_ready() {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    (status, format!("{}\n", readiness.line()))
}

async fn status(State(lookout): State<Lookout>) -> Result<Json<Value>, Unreadable> {
    let bots = lookout.bots().await?;
    let bots: Vec<_> = bots.iter().map(|(status, _)| status.as_json()).collect();
    Ok(Json(json!({ "bots": bots })))
}

async fn metrics_page(State(lookout): State<Lookout>) -> Result<impl IntoResponse, Unreadable> {
    let text = metrics::text(&lookout).await?;
    Ok(([(header::CONTENT_TYPE, metrics::MEDIA_TYPE)], text))
}

async fn nothing() -> (StatusCode, &'static str) {
    let words = "there is nothing here; /healthz, /readyz, /status.json and /metrics are served\n";
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
