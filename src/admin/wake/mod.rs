//! The listener for knowledge bases that say that they have news: `POST /wake/BOT` or
//! `/wake/BOT/SOURCE`. It is a hint to look, never data: what is sent is seen to be signed and dropped.

mod signature;

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Extension, Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use axum::routing::post;
use tokio_util::sync::CancellationToken;

use super::guesses::{Guesses, Peer};
use super::serve::{Serving, serve_at};
use crate::clock::{Clock, instant};
use crate::config::Wake;
use crate::control::{CommandContext, ControlCommand, Reply, carry_out};

/// No webhook of a knowledge base says more.
const MOST_BYTES: usize = 1 << 20;

struct WakeState {
    wake: Wake,
    context: CommandContext,
    guesses: Guesses,
    clock: Clock,
}

/// Listens for wakes until asked to stop.
pub async fn serve_wakes(wake: Wake, context: CommandContext, stop: CancellationToken) {
    let listen = wake.listen.clone();
    if let Err(error) = wake.read_token() {
        tracing::error!("the wake listener refuses everybody: {error}");
    }
    let serving = Serving {
        name: "wake",
        router: router(wake, context),
        takes_body: |_| true,
        is_for_all: |_| false,
        most_bytes: MOST_BYTES,
        for_group: false,
    };
    serve_at(&listen, serving, stop).await;
}

fn router(wake: Wake, context: CommandContext) -> Router {
    let clock = context.engine.runner.clock.clone();
    let state = Arc::new(WakeState {
        wake,
        context,
        guesses: Guesses::of("wake"),
        clock,
    });
    let bot =
        |State(state): State<Arc<WakeState>>,
         Extension(peer): Extension<Peer>,
         Path(bot): Path<String>,
         headers: HeaderMap,
         body: Bytes| async move { woken(&state, peer, (bot, None), &headers, &body).await };
    let source = |State(state): State<Arc<WakeState>>,
                  Extension(peer): Extension<Peer>,
                  Path((bot, source)): Path<(String, String)>,
                  headers: HeaderMap,
                  body: Bytes| async move {
        woken(&state, peer, (bot, Some(source)), &headers, &body).await
    };
    Router::new()
        .route("/wake/{bot}", post(bot))
        .route("/wake/{bot}/{source}", post(source))
        .with_state(state)
}

async fn woken(
    state: &WakeState,
    peer: Peer,
    (bot, source): (String, Option<String>),
    headers: &HeaderMap,
    body: &[u8],
) -> Response {
    if state.guesses.refuses(peer, instant().into_std()) {
        let words = "too many wrong tokens were sent from this address; wait a minute\n";
        return (StatusCode::TOO_MANY_REQUESTS, words).into_response();
    }
    let Ok(token) = state.wake.read_token() else {
        let words = "the token of this listener cannot be read; see the log of the service\n";
        return (StatusCode::SERVICE_UNAVAILABLE, words).into_response();
    };
    if !signature::is_good(headers, body, &token, state.clock.now()) {
        state.guesses.wrong(peer, instant().into_std());
        let words = "this needs the token of [wake], or a signature made with it\n";
        return (StatusCode::UNAUTHORIZED, words).into_response();
    }
    tracing::debug!(bot, "woken by its knowledge base");
    match carry_out(&state.context, &ControlCommand::Wake { bot, source }).await {
        Ok(Reply::Wake(true)) => {
            (StatusCode::ACCEPTED, "it is read as soon as may be\n").into_response()
        }
        Ok(_) => {
            let words = "there is no such bot, or it has no such source\n";
            (StatusCode::NOT_FOUND, words).into_response()
        }
        Err(failure) => {
            tracing::warn!("a knowledge base has news, and nobody can be told: {failure}");
            let words = "nobody works on the state at present; send it again\n";
            (StatusCode::SERVICE_UNAVAILABLE, words).into_response()
        }
    }
}
