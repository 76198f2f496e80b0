//! The wire between the daemon and its bots: every question is written down on its way.

use std::sync::{Arc, Mutex, PoisonError};

use futures_util::future::BoxFuture;
use kms_haptik_sync::clock::{Clock, Millis};
use kms_haptik_sync::haptik::{Answer, Lost, Transport};
use kms_haptik_sync::sandbox::InProcess;
use serde_json::Value;

/// A call that asks a bot.
#[derive(Clone, Debug)]
pub(super) struct AskCall {
    pub(super) at: Millis,
    /// The bot's channel, where the call names one.
    pub(super) channel: Option<u64>,
    /// What was said, if anything.
    pub(super) message: Option<String>,
}

/// The calls so far. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub(super) struct AskCalls(Arc<Mutex<Vec<AskCall>>>);

impl AskCalls {
    pub(super) fn all(&self) -> Vec<AskCall> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    pub(super) fn count(&self) -> usize {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).len()
    }
}

/// Carries calls to the sandbox.
pub(super) struct Wire {
    pub(super) inner: InProcess,
    pub(super) clock: Clock,
    pub(super) calls: AskCalls,
}

/// What a request asks; `None` where it is one of the calls that upload.
fn asked(request: &reqwest::Request, at: Millis) -> Option<AskCall> {
    let path = request.url().path();
    if path.contains("get_chat_history") {
        let mut query = request.url().query_pairs();
        let channel = query.find(|(name, _)| name == "business_id");
        return Some(AskCall {
            at,
            channel: channel.and_then(|(_, id)| id.parse().ok()),
            message: None,
        });
    }
    let body = request.body()?.as_bytes()?;
    let body: Value = serde_json::from_slice(body).ok()?;
    Some(AskCall {
        at,
        channel: body["business_id"].as_u64(),
        message: body["message_body"].as_str().map(str::to_owned),
    })
}

impl Transport for Wire {
    fn call(&self, request: reqwest::Request) -> BoxFuture<'_, Result<Answer, Lost>> {
        if let Some(asked) = asked(&request, self.clock.now()) {
            let mut calls = self.calls.0.lock().unwrap_or_else(PoisonError::into_inner);
            calls.push(asked);
        }
        self.inner.call(request)
    }
}
