//! What programs ask over HTTP, below `/v1`: what the page shows and does, in JSON. `openapi.json` describes
//! it; a test compares the two.

mod act;
mod ask;
mod read;

use std::sync::Arc;

use axum::extract::DefaultBodyLimit;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::json;

use super::page::{FORM, PageState};
use crate::control::{CommandFailure, Exit};
use crate::store::StoreError;

/// The description of all this.
const OPENAPI: &str = include_str!("openapi.json");

/// Everything below `/v1`.
pub(super) fn routes() -> Router<Arc<PageState>> {
    Router::new()
        .route("/v1/openapi.json", get(openapi))
        .route("/v1/bots", get(read::bots))
        .route("/v1/bots/{bot}", get(read::bot))
        .route("/v1/bots/{bot}/steps", get(read::steps))
        .route("/v1/bots/{bot}/plan", get(read::plan))
        .route("/v1/bots/{bot}/history", get(read::history))
        .route("/v1/bots/{bot}/{action}", post(act::act))
        .layer(DefaultBodyLimit::max(FORM))
}

async fn openapi() -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "application/json")], OPENAPI)
}

/// Why there is no answer but this.
#[derive(Debug)]
pub(super) struct Refusal {
    status: StatusCode,
    words: String,
}

impl Refusal {
    fn new(status: StatusCode, words: impl Into<String>) -> Self {
        Self {
            status,
            words: words.into(),
        }
    }

    fn no_bot(name: &str) -> Self {
        let name = crate::text::one_line(name, 80);
        Self::new(StatusCode::NOT_FOUND, format!("there is no bot \"{name}\""))
    }
}

impl From<StoreError> for Refusal {
    fn from(error: StoreError) -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, error.to_string())
    }
}

impl From<CommandFailure> for Refusal {
    fn from(failure: CommandFailure) -> Self {
        let status = match &failure {
            CommandFailure::Usage(_)
            | CommandFailure::Daemon {
                exit: Exit::Usage, ..
            } => StatusCode::CONFLICT,
            _ => StatusCode::INTERNAL_SERVER_ERROR,
        };
        Self::new(status, failure.to_string())
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        (self.status, Json(json!({ "error": self.words }))).into_response()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    #[test]
    fn the_description_names_what_is_routed() {
        let openapi: Value = serde_json::from_str(OPENAPI).unwrap();
        let paths = openapi["paths"].as_object().unwrap();
        let described: Vec<&str> = paths.keys().map(String::as_str).collect();
        let mut expected: Vec<String> = [
            "/v1/openapi.json",
            "/v1/bots",
            "/v1/bots/{bot}",
            "/v1/bots/{bot}/steps",
            "/v1/bots/{bot}/plan",
            "/v1/bots/{bot}/history",
        ]
        .map(str::to_owned)
        .to_vec();
        expected.extend(act::WORDS.map(|word| format!("/v1/bots/{{bot}}/{word}")));
        assert_eq!(described, expected);
        for (path, methods) in paths {
            let is_action = act::WORDS
                .iter()
                .any(|word| path.ends_with(&format!("/{word}")));
            let method = if is_action { "post" } else { "get" };
            assert!(methods[method]["responses"].is_object(), "{path}");
        }
    }

    #[test]
    fn no_two_routes_are_in_each_others_way() {
        let _: Router<Arc<PageState>> = routes();
    }
}
