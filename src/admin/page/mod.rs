//! The page for people: how the bots are doing, each bot, and for an editor the story of one step. Made on
//! the server from the state and from what the daemon saw last; it works without JavaScript.

mod actions;
mod activity;
mod approval;
mod ask;
mod asked;
mod bot;
mod chart;
mod events;
mod find;
mod html;
mod overview;
mod sign_in;
mod sources;
mod spark;
mod steps;
mod story;
mod uploads;

use std::collections::HashMap;
use std::sync::Arc;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Extension, Path, Query, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use minijinja::{Environment, context};
use serde::Serialize;
use tokio_util::sync::CancellationToken;

use super::ask::instance_of;
use super::guard::{Access, Visitor};
use super::guesses::Guesses;
use super::proxy::ProxySessions;
use super::sessions::Sessions;
use crate::config::{Admin, Bot};
use crate::control::CommandContext;
use crate::status::StatusReader;
use crate::store::{Pause, StoreError};
use crate::text::{few, one_line};
use actions::Acting;
use events::Events;
use html::value;
use overview::Filter;

/// Bytes of a form.
pub(super) const FORM: usize = 16 << 10;
/// Characters of a search.
const SEARCH: usize = 200;

/// What the pages are made with.
pub(super) struct PageState {
    pub(super) access: Access,
    pub(super) status_reader: StatusReader,
    command_context: CommandContext,
    templates: Environment<'static>,
    /// Stands for the state that is worked on.
    pub(super) instance: String,
    events: Events,
    stop: CancellationToken,
}

type PageAnswer = Result<Response, Trouble>;

impl PageState {
    pub(super) fn new(
        admin: Admin,
        status_reader: StatusReader,
        command_context: CommandContext,
        stop: CancellationToken,
    ) -> Self {
        Self {
            access: Access {
                admin,
                sessions: Sessions::default(),
                proxy: ProxySessions::default(),
                guesses: Guesses::of("admin"),
            },
            instance: instance_of(&status_reader.config.state_dir),
            status_reader,
            command_context,
            templates: html::templates(),
            events: Events::default(),
            stop,
        }
    }

    /// What commands are carried out with.
    pub(super) fn context(&self) -> CommandContext {
        self.command_context.clone()
    }

    /// The bot of this name.
    pub(super) fn bot(&self, name: &str) -> Option<&Bot> {
        let mut bots = self.status_reader.config.bots.iter();
        bots.find(|bot| bot.domain_name == name)
    }

    /// The pause of a bot.
    async fn pause_of(&self, name: &str) -> Result<Option<Pause>, StoreError> {
        let store = &self.status_reader.store;
        match store.find_bot(name).await? {
            Some(id) => Ok(store.bot_state(id).await?.pause),
            None => Ok(None),
        }
    }

    /// Renders a page with what every page shows.
    fn page(
        &self,
        visitor: &Visitor,
        status: StatusCode,
        template: &str,
        content: impl Serialize,
    ) -> Response {
        let who = visitor.0.as_ref().map(|session| &session.who);
        let role = &self.status_reader.live_status.role;
        let frame = context! {
            who,
            standby => role.standby().map(|standby| standby.to_string()),
            can_sign_out => visitor.0.as_ref().is_some_and(|session| session.has_signed_in),
            can_sign_in => self.access.admin.has_sign_in(),
            acting => value(Acting::of(self, visitor)),
            content => value(content),
        };
        html::respond(&self.templates, status, template, &frame)
    }

    /// A page that only says something.
    fn say(&self, visitor: &Visitor, status: StatusCode, title: &str, words: &str) -> Response {
        let content = context! { title, words };
        self.page(visitor, status, "message.html", content)
    }
}

/// The state could not be read.
struct Trouble(StoreError);

impl From<StoreError> for Trouble {
    fn from(error: StoreError) -> Self {
        Self(error)
    }
}

impl IntoResponse for Trouble {
    fn into_response(self) -> Response {
        let words = format!("{}\n", self.0);
        (StatusCode::INTERNAL_SERVER_ERROR, words).into_response()
    }
}

/// The pages for people, and what they are made of.
pub(super) fn routes() -> Router<Arc<PageState>> {
    Router::new()
        .route("/", get(overview_page))
        .route("/steps", get(search_page))
        .route("/steps/{bot}/{*name}", get(story_page))
        .route("/steps/{bot}", get(no_step))
        .route("/steps/{bot}/", get(no_step))
        .route("/rows", get(rows_page))
        .route("/bots/{bot}", get(bot_page))
        .route("/bots/{bot}/steps", get(steps::steps_page))
        .route("/bots/{bot}/uploads", get(uploads::uploads_page))
        .route("/bots/{bot}/uploads/{upload}", get(uploads::upload_page))
        .route("/bots/{bot}/{action}", post(actions::act))
        .route(
            "/sign-in",
            get(sign_in::sign_in_page).post(sign_in::sign_in),
        )
        .route("/sign-out", post(sign_in::sign_out))
        .route("/events", get(events::events))
        .route("/page.css", get(stylesheet))
        .route("/page.js", get(script))
        .layer(DefaultBodyLimit::max(FORM))
}

/// Whether a path takes forms, which only the page itself may send.
pub(super) fn is_form(path: &str) -> bool {
    path.starts_with("/bots/") || path == "/sign-in" || path == "/sign-out"
}

/// Whether a person looks at this path, who can sign in.
pub(super) fn is_for_people(path: &str) -> bool {
    path == "/" || path == "/steps" || path.starts_with("/steps/") || path.starts_with("/bots/")
}

/// What somebody sees who has to sign in first.
pub(super) fn ask_to_sign_in(page_state: &PageState, uri: &Uri, headers: &HeaderMap) -> Response {
    let next = uri.path_and_query().map_or("/", |path| path.as_str());
    let mut response = sign_in::sign_in_form(page_state, StatusCode::UNAUTHORIZED, next, None);
    // The browser keeps the cookie back when another site's link leads here. Asked again by this
    // page itself, it brings the cookie along.
    let from_elsewhere = headers
        .get("sec-fetch-site")
        .is_some_and(|site| site == "cross-site");
    if from_elsewhere && let Ok(again) = HeaderValue::from_str(&format!("0; url={next}")) {
        response.headers_mut().insert(header::REFRESH, again);
    }
    response
}

async fn overview_page(
    State(page_state): State<Arc<PageState>>,
    Extension(visitor): Extension<Visitor>,
    Query(asked): Query<HashMap<String, String>>,
) -> PageAnswer {
    if asked.contains_key("q") {
        return search(&page_state, &visitor, &asked).await;
    }
    // Of a single bot, a list of one row would say less than the bot itself.
    if let [bot] = &page_state.status_reader.config.bots[..] {
        return show_bot(&page_state, &visitor, bot, "/", &asked).await;
    }
    let content = list(&page_state, &asked).await?;
    Ok(page_state.page(&visitor, StatusCode::OK, "overview.html", content))
}

/// The list of bots, as far as it was asked for.
async fn list(
    page_state: &PageState,
    asked: &HashMap<String, String>,
) -> Result<minijinja::Value, Trouble> {
    let mark = page_state.mark().await?;
    let filter = Filter {
        state: asked.get("state").cloned(),
        name: one_line(asked.get("name").map_or("", String::as_str), SEARCH),
    };
    let overview = overview::overview(overview::rows(page_state).await?, filter);
    Ok(context! { mark, ..value(overview) })
}

/// The rows of the overview alone, for a page that is open. What of them is another one than before, the
/// page finds out.
async fn rows_page(
    State(page_state): State<Arc<PageState>>,
    Extension(visitor): Extension<Visitor>,
    Query(asked): Query<HashMap<String, String>>,
) -> PageAnswer {
    let content = list(&page_state, &asked).await?;
    Ok(page_state.page(&visitor, StatusCode::OK, "rows.html", content))
}

async fn bot_page(
    State(page_state): State<Arc<PageState>>,
    Extension(visitor): Extension<Visitor>,
    Path(bot): Path<String>,
    Query(asked): Query<HashMap<String, String>>,
) -> PageAnswer {
    let Some(bot) = page_state.bot(&bot) else {
        return Ok(no_bot(&page_state, &visitor, &bot));
    };
    let here = format!("/bots/{}", html::encoded(&bot.domain_name));
    show_bot(&page_state, &visitor, bot, &here, &asked).await
}

async fn show_bot(
    page_state: &PageState,
    visitor: &Visitor,
    bot: &Bot,
    here: &str,
    asked: &HashMap<String, String>,
) -> PageAnswer {
    let mark = page_state.mark().await?;
    let view = bot::view(page_state, bot).await?;
    let released = asked.get("done").and_then(|done| done.parse::<u32>().ok());
    let did = actions::done(asked.get("did"));
    let is_alone = page_state.status_reader.config.bots.len() == 1;
    let content = context! { mark, here, is_alone, released, did, bot => value(view) };
    Ok(page_state.page(visitor, StatusCode::OK, "bot.html", content))
}

async fn search_page(
    State(page_state): State<Arc<PageState>>,
    Extension(visitor): Extension<Visitor>,
    Query(asked): Query<HashMap<String, String>>,
) -> PageAnswer {
    search(&page_state, &visitor, &asked).await
}

async fn search(
    page_state: &PageState,
    visitor: &Visitor,
    asked: &HashMap<String, String>,
) -> PageAnswer {
    let words = one_line(asked.get("q").map_or("", String::as_str), SEARCH);
    let found = find::find(page_state, &words).await?;
    if let Some(only) = found.only() {
        return Ok(Redirect::to(only).into_response());
    }
    Ok(page_state.page(visitor, StatusCode::OK, "search.html", found))
}

async fn story_page(
    State(page_state): State<Arc<PageState>>,
    Extension(visitor): Extension<Visitor>,
    Path((bot, name)): Path<(String, String)>,
    Query(asked): Query<HashMap<String, String>>,
) -> PageAnswer {
    let Some(bot) = page_state.bot(&bot) else {
        return Ok(no_bot(&page_state, &visitor, &bot));
    };
    if let Some(refusal) = untold(&page_state, &visitor, bot).await? {
        return Ok(refusal);
    }
    let mark = page_state.mark().await?;
    let facts = story::gather(&page_state, bot, &name).await?;
    let story = story::tell(&facts);
    let near = if story.is_unknown() {
        find::near(&page_state, bot, &name).await?
    } else {
        Vec::new()
    };
    let status = if story.is_unknown() {
        StatusCode::NOT_FOUND
    } else {
        StatusCode::OK
    };
    let step = story::page(&facts, &name, story);
    let here = html::address(&bot.domain_name, &name);
    let did = actions::done(asked.get("did"));
    let content = context! { mark, here, did, near => value(near), ..value(step) };
    Ok(page_state.page(&visitor, status, "step.html", content))
}

/// What is said in place of a page of a bot whose state speaks of another Haptik.
async fn untold(
    page_state: &PageState,
    visitor: &Visitor,
    bot: &Bot,
) -> Result<Option<Response>, Trouble> {
    let why = page_state.status_reader.refused(&bot.domain_name).await?;
    let title = "Nothing can be said of this bot";
    Ok(why.map(|why| page_state.say(visitor, StatusCode::CONFLICT, title, &why)))
}

async fn no_step(
    State(page_state): State<Arc<PageState>>,
    Extension(visitor): Extension<Visitor>,
    Path(path): Path<String>,
) -> Response {
    no_bot(&page_state, &visitor, path.trim_end_matches('/'))
}

fn no_bot(page_state: &PageState, visitor: &Visitor, name: &str) -> Response {
    let config = &page_state.status_reader.config;
    let bots: Vec<_> = config.bots.iter().map(|bot| &*bot.domain_name).collect();
    let (name, bots) = (one_line(name, SEARCH), few(&bots));
    let words = format!(
        "There is no bot or step at “{name}”. The address of a step is /steps/BOT/NAME, and the bots here are: {bots}."
    );
    page_state.say(visitor, StatusCode::NOT_FOUND, "Nothing is here", &words)
}

async fn stylesheet() -> impl IntoResponse {
    let kind = [(header::CONTENT_TYPE, "text/css; charset=utf-8")];
    (kind, include_str!("page.css"))
}

async fn script() -> impl IntoResponse {
    let kind = [(header::CONTENT_TYPE, "text/javascript; charset=utf-8")];
    (kind, include_str!("page.js"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_routes_are_in_each_others_way() {
        let _: Router<Arc<PageState>> = routes();
    }
}
