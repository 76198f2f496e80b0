//! Signing in and out on the page. Whoever has a token of their own is known by it; with the token of
//! `[admin]`, people say who they are.

use std::sync::Arc;

use axum::extract::{Extension, Form, Query, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Redirect, Response};
use minijinja::context;
use serde::Deserialize;

use super::PageState;
use crate::admin::guard::Visitor;
use crate::admin::guesses::Peer;
use crate::clock::instant;
use crate::text::one_line;

/// Characters of a person's name.
const NAME: usize = 80;

#[derive(Deserialize)]
pub(super) struct SignInForm {
    #[serde(default)]
    next: String,
}

#[derive(Deserialize)]
pub(super) struct SignIn {
    #[serde(default)]
    who: String,
    token: String,
    #[serde(default)]
    next: String,
}

pub(super) async fn sign_in_page(
    State(page_state): State<Arc<PageState>>,
    Query(asked): Query<SignInForm>,
) -> Response {
    sign_in_form(&page_state, StatusCode::OK, &asked.next, None)
}

/// The form, and what was wrong with the last try.
pub(super) fn sign_in_form(
    page_state: &PageState,
    status: StatusCode,
    next: &str,
    wrong: Option<&str>,
) -> Response {
    let nobody = Visitor(None);
    if !page_state.access.admin.has_sign_in() {
        let words = if page_state.access.admin.is_open() {
            "No token is configured in [admin], so there is nothing to sign in with. Everything can be read here; \
             what changes something is done on the command line."
        } else {
            "The proxy in front of this page says who you are. Sign in there."
        };
        return page_state.say(&nobody, StatusCode::NOT_FOUND, "No signing in here", words);
    }
    let content = context! { next => harmless(next), wrong };
    page_state.page(&nobody, status, "sign-in.html", content)
}

pub(super) async fn sign_in(
    State(page_state): State<Arc<PageState>>,
    peer: Option<Extension<Peer>>,
    headers: HeaderMap,
    Form(form): Form<SignIn>,
) -> Response {
    let refuse = |status, wrong| sign_in_form(&page_state, status, &form.next, Some(wrong));
    if !page_state.access.admin.has_sign_in() {
        return refuse(StatusCode::NOT_FOUND, "");
    }
    let identities = page_state.access.identities();
    if identities.are_unreadable() {
        let wrong = "The token of [admin] cannot be read; the log says why.";
        return refuse(StatusCode::SERVICE_UNAVAILABLE, wrong);
    }
    let (guesses, now) = (&page_state.access.guesses, instant().into_std());
    let peer = peer.map_or(Peer::Socket, |Extension(peer)| peer);
    if guesses.refuses(peer, now) {
        let wrong = "Too many wrong tokens were sent from this address. Wait a minute.";
        return refuse(StatusCode::TOO_MANY_REQUESTS, wrong);
    }
    let Some(identity) = identities.of(form.token.trim()) else {
        guesses.wrong(peer, now);
        return refuse(StatusCode::FORBIDDEN, "That is not the token.");
    };
    let who = identity.name.as_ref().unwrap_or(&form.who);
    let who = one_line(who, NAME);
    if who.is_empty() {
        let wrong = "Say who you are: the log keeps who did what.";
        return refuse(StatusCode::BAD_REQUEST, wrong);
    }
    let secure = headers
        .get("x-forwarded-proto")
        .is_some_and(|proto| proto == "https");
    match page_state
        .access
        .sessions
        .begin(who.clone(), identity, secure)
    {
        Ok(cookie) => {
            tracing::info!(who, "the page: {who} signed in");
            with_cookie(&cookie, harmless(&form.next))
        }
        Err(error) => {
            tracing::error!("nobody can sign in: the system gives no random bytes ({error})");
            let wrong = "The system gives no random bytes; the log says more.";
            refuse(StatusCode::SERVICE_UNAVAILABLE, wrong)
        }
    }
}

pub(super) async fn sign_out(
    State(page_state): State<Arc<PageState>>,
    headers: HeaderMap,
) -> Response {
    with_cookie(&page_state.access.sessions.end(&headers), "/sign-in")
}

fn with_cookie(cookie: &str, next: &str) -> Response {
    let mut response = Redirect::to(next).into_response();
    if let Ok(cookie) = HeaderValue::from_str(cookie) {
        response.headers_mut().insert(header::SET_COOKIE, cookie);
    }
    response
}

/// A path on this page; anything else would lead people who signed in somewhere else.
pub(super) fn harmless(next: &str) -> &str {
    let is_path = next.starts_with('/') && !next.starts_with("//");
    let is_plain = next
        .bytes()
        .all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    if is_path && is_plain { next } else { "/" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signing_in_leads_nowhere_else() {
        for (next, expected) in [
            ("/steps/acme/kb-1?x=1", "/steps/acme/kb-1?x=1"),
            ("", "/"),
            ("//evil.example", "/"),
            ("/\\evil.example", "/"),
            ("/\t/evil.example", "/"),
            ("https://evil.example", "/"),
            ("javascript:alert(1)", "/"),
            ("/\r\nSet-Cookie: x=1", "/"),
        ] {
            assert_eq!(harmless(next), expected, "{next:?}");
        }
    }
}
