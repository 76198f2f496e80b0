//! The endpoints of a sandbox: Haptik's calls, and its own for looking at it and for
//! making it misbehave.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::extract::multipart::{Multipart, MultipartRejection};
use axum::extract::rejection::JsonRejection;
use axum::extract::{DefaultBodyLimit, Path, Query, Request, State};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Extension, Json, Router};
use http::{HeaderMap, StatusCode, header};
use serde::Deserialize;

use super::connection::{CuttableListener, Switch};
use super::enact::{AskedTask, drain, meet_fault};
use super::faults::Fault;
use super::form::Upload;
use super::people::ChatRefusal;
use super::rules::{Rules, UploadRule};
use super::saved::SaveError;
use super::settings::SandboxSettings;
use super::world::{Calls, ShownStep, World};
use super::{conversations, faults, saved};
use crate::clock::{Millis, duration_millis};
use crate::haptik::{Call, Envelope, wire};

/// The largest upload that is taken, in bytes.
const BODY_LIMIT: usize = 1 << 30;

/// A pretend Haptik. Cheap to clone; all clones are one.
#[derive(Clone, Debug)]
pub struct Sandbox {
    inner: Arc<SandboxState>,
}

#[derive(Debug)]
struct SandboxState {
    settings: SandboxSettings,
    world: Mutex<World>,
    /// The version of the world that the file holds; also keeps writers of the file apart.
    saved: Mutex<u64>,
}

impl Sandbox {
    /// Begins a sandbox; a kept one is read at the first call.
    pub fn new(settings: SandboxSettings) -> Self {
        let rules = Rules {
            bad_steps: settings.bad_steps.clone(),
            task_time: duration_millis(settings.task_time),
            answers: settings.answers.clone(),
            ..Rules::default()
        };
        let token = settings
            .token
            .as_ref()
            .map(|token| token.expose().to_owned());
        let world = World::new(rules, token, settings.seed);
        Self {
            inner: Arc::new(SandboxState {
                settings,
                world: Mutex::new(world),
                saved: Mutex::new(0),
            }),
        }
    }

    /// The endpoints, for a server or for calls in process.
    pub fn router(&self) -> Router {
        let faults = from_fn_with_state(self.clone(), meet_fault);
        let authorised = from_fn_with_state(self.clone(), authorise);
        let submit = post(submit)
            .layer(DefaultBodyLimit::max(BODY_LIMIT))
            .layer::<_, Infallible>(authorised.clone())
            .layer::<_, Infallible>(faults.clone())
            .layer(Extension(Call::Submit));
        let status = get(status)
            .layer::<_, Infallible>(authorised)
            .layer::<_, Infallible>(faults)
            .layer(Extension(Call::Status));
        let task = format!("{}{{task_id}}/", wire::STATUS_PATH);
        Router::new()
            .route(wire::SUBMIT_PATH, submit)
            .route(&task, status)
            .merge(conversations::routes(self))
            .route("/sandbox/steps", get(show_steps))
            .route("/sandbox/calls", get(show_calls))
            .route("/sandbox/faults", post(change))
            .fallback(|| async { refuse(StatusCode::NOT_FOUND, "there is no such call") })
            .method_not_allowed_fallback(|| async {
                refuse(StatusCode::METHOD_NOT_ALLOWED, "not with this method")
            })
            .layer(from_fn(open_file))
            .layer(Extension(self.clone()))
            .with_state(self.clone())
    }

    /// Serves until `shutdown` ends; calls under way are finished first.
    pub async fn serve(
        self,
        listener: tokio::net::TcpListener,
        shutdown: impl Future<Output = ()> + Send + 'static,
    ) -> io::Result<()> {
        let service = self
            .router()
            .into_make_service_with_connect_info::<Switch>();
        axum::serve(CuttableListener(listener), service)
            .with_graceful_shutdown(shutdown)
            .await
    }

    /// The steps of a bot, by name.
    pub fn steps(&self, domain_name: &str) -> BTreeMap<String, ShownStep> {
        self.present().steps(domain_name)
    }

    /// The API calls and tasks so far.
    pub fn calls(&self) -> Calls {
        self.present().calls()
    }

    /// Changes how it behaves from now on.
    pub fn change(&self, change: UploadRule) {
        let now = self.now();
        self.world().change(change, now);
    }

    /// Loses the id of a task, which is carried out all the same.
    pub fn forget_task(&self, task_id: &str) {
        self.forget(Some(task_id));
    }

    /// Reads the file that keeps it, unless that was done before.
    pub fn load(&self) -> Result<(), SaveError> {
        let mut world = self.world();
        if let (false, Some(path)) = (world.loaded, &self.inner.settings.path) {
            saved::load(&mut world, path)?;
        }
        world.loaded = true;
        Ok(())
    }

    /// Writes the file that keeps it, where something has changed.
    pub fn save(&self) -> Result<(), SaveError> {
        let Some(path) = &self.inner.settings.path else {
            return Ok(());
        };
        let mut saved = lock(&self.inner.saved);
        let world = self.world();
        if *saved != world.version {
            saved::save(&world, path)?;
            *saved = world.version;
        }
        Ok(())
    }

    /// Notes an API call; the fault that it meets.
    pub(super) fn begin_call(&self, call: Call) -> Option<Fault> {
        let now = self.now();
        let mut world = self.world();
        world.note_call(call, now);
        faults::take(&mut world.faults, call)
    }

    /// The token that it asks for, if it asks for one, and the client-id.
    pub(super) fn expected(&self) -> (Option<String>, &str) {
        let token = self.world().token.clone();
        (token, &self.inner.settings.client_id)
    }

    pub(super) fn hand_over(&self, body: &serde_json::Value) -> Result<(), ChatRefusal> {
        let mut world = self.world();
        let handed_over = world.people.transfer(body)?;
        world.handed_over.push(handed_over);
        Ok(())
    }

    pub(super) fn transcript(
        &self,
        query: &BTreeMap<String, String>,
    ) -> Result<serde_json::Value, ChatRefusal> {
        self.present().people.transcript(query)
    }

    pub(super) fn settings(&self) -> &SandboxSettings {
        &self.inner.settings
    }

    /// The world as it is, for an answer about it.
    pub(super) fn answering(&self) -> (MutexGuard<'_, World>, Millis) {
        (self.present(), self.now())
    }

    pub(super) fn forget(&self, task_id: Option<&str>) {
        self.world().forget(task_id);
    }

    fn now(&self) -> Millis {
        self.inner.settings.clock.now()
    }

    fn world(&self) -> MutexGuard<'_, World> {
        lock(&self.inner.world)
    }

    /// The world after everything that is due.
    fn present(&self) -> MutexGuard<'_, World> {
        let now = self.now();
        let mut world = self.world();
        world.advance(now);
        world
    }

    /// Writes the file away from the threads that answer calls.
    async fn keep(&self) -> Result<(), Response> {
        if self.inner.settings.path.is_none() {
            return Ok(());
        }
        self.blocking(Self::save).await
    }

    async fn blocking(
        &self,
        work: impl FnOnce(&Self) -> Result<(), SaveError> + Send + 'static,
    ) -> Result<(), Response> {
        let sandbox = self.clone();
        let done = tokio::task::spawn_blocking(move || work(&sandbox)).await;
        let problem = match done {
            Ok(Ok(())) => return Ok(()),
            Ok(Err(error)) => error.to_string(),
            Err(error) => error.to_string(),
        };
        Err(refuse(StatusCode::SERVICE_UNAVAILABLE, &problem))
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn open_file(
    Extension(sandbox): Extension<Sandbox>,
    request: Request,
    next: Next,
) -> Response {
    let unread = sandbox.inner.settings.path.is_some() && !sandbox.world().loaded;
    if unread && let Err(refusal) = sandbox.blocking(Sandbox::load).await {
        return refusal;
    }
    next.run(request).await
}

async fn authorise(State(sandbox): State<Sandbox>, request: Request, next: Next) -> Response {
    let Some(refusal) = refusal(&sandbox, request.headers()) else {
        return next.run(request).await;
    };
    // A server that answers in the middle of an upload would reset the connection, and the client
    // would not know why.
    drain(request.into_body()).await;
    refusal
}

fn refusal(sandbox: &Sandbox, headers: &HeaderMap) -> Option<Response> {
    let expected = sandbox.world().token.clone();
    if expected.is_some_and(|token| bearer(headers) != Some(&token)) {
        return Some(refuse(
            StatusCode::UNAUTHORIZED,
            "the token is missing or not valid",
        ));
    }
    let client_id = headers
        .get(wire::CLIENT_ID)
        .map(http::HeaderValue::as_bytes);
    (client_id != Some(sandbox.inner.settings.client_id.as_bytes())).then(|| {
        refuse(
            StatusCode::FORBIDDEN,
            "the client-id is missing or not known",
        )
    })
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

async fn submit(
    State(sandbox): State<Sandbox>,
    form: Result<Multipart, MultipartRejection>,
) -> Result<Json<Envelope>, Response> {
    let form = form.map_err(|rejection| bad_request(&rejection.body_text()))?;
    let upload = Upload::read(form).await?;
    let effect = sandbox.inner.settings.effect_for(&upload.domain_name);
    let rows = upload
        .rows(effect)
        .await
        .map_err(|reason| bad_request(&reason))?;
    let now = sandbox.now();
    let id = sandbox
        .present()
        .accept(upload.domain_name, effect, rows, now);
    sandbox.keep().await?;
    Ok(Json(Envelope::accepted(&id)))
}

async fn status(State(sandbox): State<Sandbox>, Path(id): Path<String>) -> Response {
    let status = sandbox.present().status(&id).map(Envelope::status);
    if let Err(refusal) = sandbox.keep().await {
        return refusal;
    }
    let mut answer = status.map_or_else(unknown_task, |status| Json(status).into_response());
    answer.extensions_mut().insert(AskedTask(id));
    answer
}

pub(super) fn unknown_task() -> Response {
    refuse(StatusCode::NOT_FOUND, "there is no such task")
}

pub(super) fn bad_request(words: &str) -> Response {
    refuse(StatusCode::BAD_REQUEST, words)
}

pub(super) fn refuse(status: StatusCode, words: &str) -> Response {
    (status, Json(wire::error_message(words))).into_response()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WhichBot {
    domain_name: String,
}

async fn show_steps(
    State(sandbox): State<Sandbox>,
    Query(bot): Query<WhichBot>,
) -> Json<BTreeMap<String, ShownStep>> {
    Json(sandbox.steps(&bot.domain_name))
}

async fn show_calls(State(sandbox): State<Sandbox>) -> Json<Calls> {
    Json(sandbox.calls())
}

async fn change(
    State(sandbox): State<Sandbox>,
    change: Result<Json<UploadRule>, JsonRejection>,
) -> Result<StatusCode, Response> {
    let Json(change) = change.map_err(|rejection| bad_request(&rejection.body_text()))?;
    sandbox.change(change);
    Ok(StatusCode::NO_CONTENT)
}
