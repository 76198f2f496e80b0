//! Calls a sandbox without a network: for the embedded sandbox, and for tests in virtual time.

use std::time::Duration;

use axum::Router;
use axum::body::Body;
use futures_util::StreamExt;
use futures_util::future::BoxFuture;
use tower::ServiceExt;

use super::connection::CutConnection;
use super::server::Sandbox;
use crate::haptik::{Answer, Lost, LostKind, Transport, collect};

/// The base URL under which a sandbox in process is called; the host means nothing.
const BASE_URL: &str = "http://sandbox.invalid";

/// A transport that ends in a sandbox in the same process.
#[derive(Clone, Debug)]
pub struct InProcess {
    router: Router,
    timeout: Duration,
}

impl InProcess {
    /// Calls `sandbox`; `timeout` is that of one call.
    pub fn new(sandbox: &Sandbox, timeout: Duration) -> Self {
        Self {
            router: sandbox.router(),
            timeout,
        }
    }

    /// The base URL for a client that goes through an in-process transport.
    pub fn base_url() -> &'static str {
        BASE_URL
    }

    async fn answer(&self, request: reqwest::Request) -> Result<Answer, Lost> {
        let request = http::Request::<reqwest::Body>::try_from(request).map_err(|error| Lost {
            sent: false,
            cause: error.to_string(),
            kind: LostKind::Other,
        })?;
        let response = match self.router.clone().oneshot(request.map(Body::new)).await {
            Ok(response) => response,
            Err(never) => match never {},
        };
        if response.extensions().get::<CutConnection>().is_some() {
            return Err(reset("the sandbox closed the connection"));
        }
        let (parts, body) = response.into_parts();
        let chunks = body
            .into_data_stream()
            .map(|chunk| chunk.map_err(|error| reset(&error.to_string())));
        Ok(Answer {
            status: parts.status,
            body: collect(parts.status, chunks).await?,
            headers: parts.headers,
        })
    }
}

impl Transport for InProcess {
    fn call(&self, request: reqwest::Request) -> BoxFuture<'_, Result<Answer, Lost>> {
        Box::pin(async move {
            tokio::time::timeout(self.timeout, self.answer(request))
                .await
                .unwrap_or_else(|_| {
                    Err(Lost {
                        sent: true,
                        cause: format!("no answer within {:?}", self.timeout),
                        kind: LostKind::Timeout,
                    })
                })
        })
    }
}

fn reset(cause: &str) -> Lost {
    Lost {
        sent: true,
        cause: cause.to_owned(),
        kind: LostKind::Reset,
    }
}
