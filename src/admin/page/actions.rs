//! What a person can do on the page: sign in and out, and release held removals. A form counts only
//! with the session's own key. What is done is the same as on the command line.

use std::sync::Arc;

use axum::extract::{Extension, Form, Path, Query, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Redirect, Response};
use minijinja::context;
use serde::Deserialize;

use super::overview::{approval, releasable};
use super::{PageAnswer, PageState};
use crate::admin::guard::{Visitor, is};
use crate::admin::guesses::Peer;
use crate::clock::instant;
use crate::control::{
    Approval, Approved, CommandFailure, approve as carry_out, visitor as visitor_of_page,
};
use crate::text::{command_for, one_line};

/// Characters of a person's name.
const NAME: usize = 80;

#[derive(Deserialize)]
pub(super) struct SignInForm {
    #[serde(default)]
    next: String,
}

#[derive(Deserialize)]
pub(super) struct SignIn {
    who: String,
    token: String,
    #[serde(default)]
    next: String,
}

#[derive(Deserialize)]
pub(super) struct ApprovalForm {
    form_key: String,
    approval: String,
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
    if page_state.access.admin.token.is_none() {
        let words = "No token is configured in [admin], so there is nothing to sign in with. Everything can be read here; \
                     what changes something is done on the command line.";
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
    let token = match page_state.access.token() {
        None => return refuse(StatusCode::NOT_FOUND, ""),
        Some(Err(())) => {
            let wrong = "The token of [admin] cannot be read; the log says why.";
            return refuse(StatusCode::SERVICE_UNAVAILABLE, wrong);
        }
        Some(Ok(token)) => token,
    };
    let who = one_line(&form.who, NAME);
    let (guesses, now) = (&page_state.access.guesses, instant().into_std());
    let peer = peer.map_or(Peer::Socket, |Extension(peer)| peer);
    if guesses.refuses(peer, now) {
        let wrong = "Too many wrong tokens were sent from this address. Wait a minute.";
        return refuse(StatusCode::TOO_MANY_REQUESTS, wrong);
    }
    if !is(&token, form.token.trim()) {
        guesses.wrong(peer, now);
        return refuse(StatusCode::FORBIDDEN, "That is not the token.");
    }
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
        .begin(who.clone(), &token, secure)
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
fn harmless(next: &str) -> &str {
    let is_path = next.starts_with('/') && !next.starts_with("//");
    let is_plain = next
        .bytes()
        .all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    if is_path && is_plain { next } else { "/" }
}

/// Releases the held removals of a bot that a person saw, and strikes off what they removed by hand.
pub(super) async fn approve(
    State(page_state): State<Arc<PageState>>,
    Extension(visitor): Extension<Visitor>,
    Path(bot): Path<String>,
    Form(form): Form<ApprovalForm>,
) -> PageAnswer {
    let say = |status, title, words: &str| Ok(page_state.say(&visitor, status, title, words));
    let Some(session) = &visitor.0 else {
        let words = match &page_state.access.admin.token {
            Some(_) => "Sign in first; then the button is there.".to_owned(),
            None => format!(
                "Without a token in [admin] this is done on the command line: {}",
                command_for("approve", &one_line(&bot, NAME), &[])
            ),
        };
        return say(StatusCode::FORBIDDEN, "Not here", &words);
    };
    if !session.made(&form.form_key) {
        let words = "This form is not of your session. Go back to the page, load it again, and press the button once more.";
        return say(StatusCode::FORBIDDEN, "Nothing was done", words);
    }
    let Some(bot) = page_state.bot(&bot) else {
        return Ok(super::no_bot(&page_state, &visitor, &bot));
    };
    let name = &bot.domain_name;
    if let Some(why) = page_state.status_reader.refused(name).await? {
        return say(StatusCode::CONFLICT, "Nothing was done", &why);
    }
    let plan = page_state
        .status_reader
        .live_status
        .of(name)
        .last_plan
        .unwrap_or_default();
    if approval(&plan) != form.approval {
        let words = "What is held has changed since you looked. Look at the list again before you release it.";
        return say(StatusCode::CONFLICT, "Nothing was done", words);
    }
    let steps = releasable(&plan).chain(plan.manual.iter().map(String::as_str));
    let asked = Approval {
        bot: Some(name.clone()),
        steps: steps.map(str::to_owned).collect(),
        what: Approved::Listed,
        ..Approval::default()
    };
    let context = page_state.command_context.clone();
    let context = context.by(&visitor_of_page(&session.who));
    match carry_out(&context, &asked).await {
        Ok(reply) => {
            let done = reply.done();
            Ok(Redirect::to(&format!("/?done={done}")).into_response())
        }
        Err(CommandFailure::Store(error)) => Err(error.into()),
        Err(other) => say(StatusCode::CONFLICT, "Nothing was done", &other.to_string()),
    }
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
