//! Greets Haptik on behalf of `check`, within the call budget. The owner of the state makes the
//! call: this process where nobody works on the state, else the daemon that does.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::timeout;

use crate::cli::record::Recorder;
use crate::clock::{Clock, span};
use crate::config::Config;
use crate::control::{
    ControlCommand, CredentialCheckOutcome, Reply, not_understood, send_to_daemon,
};
use crate::haptik::{Client, CredentialCheck};
use crate::model::CallKind;
use crate::store::{Store, StoreError};
use crate::sync::{CallLimiter, EngineError, Lock, client};

/// How long the state, or the daemon, may have other things to do. The call itself takes as long as
/// `request_timeout` allows: what is slow for a person may be fast enough for a sync.
const PATIENCE: Duration = Duration::from_secs(15);

/// A credential check that was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Greeted {
    pub(crate) credential_check: CredentialCheck,
    /// Whether a daemon made it, with its own token.
    pub(crate) by_daemon: bool,
}

/// Why Haptik was not greeted, and what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct NotGreeted {
    pub(crate) evidence: String,
    pub(crate) remedy: String,
}

impl NotGreeted {
    pub(crate) fn new(evidence: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self {
            evidence: evidence.into(),
            remedy: remedy.into(),
        }
    }

    /// From a message of the form `what is wrong; what to do`.
    fn from_message(message: &str) -> Self {
        let (evidence, remedy) = message
            .split_once("; ")
            .unwrap_or((message, "fix this and run `check` again"));
        Self::new(evidence, remedy)
    }
}

/// Greets the Haptik at `base_url`.
pub(crate) async fn greet(
    config: &Config,
    base_url: &str,
    clock: &Clock,
    recorder: Option<&Arc<Recorder>>,
) -> Result<Greeted, NotGreeted> {
    let ours = client(config, clock).map_err(|error| NotGreeted::from_message(&error.to_string()));
    let ours = ours.map(|ours| match recorder {
        Some(recorder) => Arc::new(ours.over(|transport| recorder.over(transport))),
        None => ours,
    });
    greet_by(config, base_url, clock, ours).await
}

/// `ours`: the client of this process, in case the call is its to make.
async fn greet_by(
    config: &Config,
    base_url: &str,
    clock: &Clock,
    ours: Result<Arc<Client>, NotGreeted>,
) -> Result<Greeted, NotGreeted> {
    let greeted = by_the_owner(config, clock, ours).await?;
    let theirs = &greeted.credential_check.base_url;
    if theirs != base_url {
        return Err(NotGreeted::new(
            format!("the daemon works with another base_url, {theirs}"),
            "reload or restart the daemon, and run `check` again",
        ));
    }
    Ok(greeted)
}

async fn by_the_owner(
    config: &Config,
    clock: &Clock,
    ours: Result<Arc<Client>, NotGreeted>,
) -> Result<Greeted, NotGreeted> {
    if config.state.is_none() && !config.state_dir.join("state.db").exists() {
        // There is no state to count a call in, and a check makes none.
        return by_this_process(ours, Ok(())).await;
    }
    if !config.state_dir.exists() {
        // No daemon was ever here, and a check makes no folder for it.
        let room = room_for_a_call(config, clock).await?;
        return by_this_process(ours, room).await;
    }
    match Lock::take(&config.state_dir) {
        Ok(lock) => {
            let room = room_for_a_call(config, clock).await?;
            // A daemon that starts meanwhile must not find it taken.
            drop(lock);
            by_this_process(ours, room).await
        }
        Err(locked @ EngineError::Locked { .. }) => by_the_daemon(config, &locked).await,
        Err(error) => Err(NotGreeted::new(
            format!("a call cannot be counted: {error}"),
            "run `check` as the user that the service runs as",
        )),
    }
}

async fn room_for_a_call(
    config: &Config,
    clock: &Clock,
) -> Result<Result<(), Duration>, NotGreeted> {
    let taken = in_time("the state", PATIENCE, take_call(config, clock)).await?;
    taken.map_err(|error| NotGreeted::from_message(&error.to_string()))
}

async fn take_call(config: &Config, clock: &Clock) -> Result<Result<(), Duration>, StoreError> {
    let store = Store::open_for_counting(config).await?;
    let calls_per_minute = config.haptik.calls_per_minute;
    let call_limiter = CallLimiter::new(store.clone(), clock.clone(), calls_per_minute);
    let room = call_limiter.take(CallKind::Status).await;
    store.rest().await;
    room
}

async fn by_this_process(
    ours: Result<Arc<Client>, NotGreeted>,
    room: Result<(), Duration>,
) -> Result<Greeted, NotGreeted> {
    if let Err(wait) = room {
        return judge(CredentialCheckOutcome::NoRoom(wait), false);
    }
    judge(CredentialCheckOutcome::Answer(ours?.greet().await), false)
}

async fn by_the_daemon(config: &Config, locked: &EngineError) -> Result<Greeted, NotGreeted> {
    let mute = |cause: &str| {
        NotGreeted::new(
            format!("the daemon, which owns the state, was not of help: {cause}"),
            "restart the daemon, and run `check` again",
        )
    };
    let limit = PATIENCE.saturating_add(config.haptik.request_timeout);
    let handed = send_to_daemon(config, &ControlCommand::Greet, |_, _| {});
    match in_time("the daemon", limit, handed).await? {
        Ok(Some(Ok(Reply::Greet(came)))) => judge(came, true),
        Ok(Some(Ok(_))) => Err(mute(
            &not_understood("it answers another command").to_string(),
        )),
        Ok(Some(Err((_, words)))) => Err(mute(&words)),
        Ok(None) => Err(NotGreeted::new(
            locked.to_string(),
            "run `check` again when the other command has ended",
        )),
        Err(error) => Err(mute(&error.to_string())),
    }
}

/// Whoever is busy here says nothing against Haptik.
async fn in_time<T>(
    who: &str,
    limit: Duration,
    work: impl Future<Output = T>,
) -> Result<T, NotGreeted> {
    timeout(limit, work).await.map_err(|_| {
        NotGreeted::new(
            format!(
                "{who} is busy, and did not come to it within {}",
                span(limit)
            ),
            "run `check` again in a while",
        )
    })
}

fn judge(came: CredentialCheckOutcome, by_daemon: bool) -> Result<Greeted, NotGreeted> {
    match came {
        CredentialCheckOutcome::Answer(credential_check) => Ok(Greeted {
            credential_check,
            by_daemon,
        }),
        CredentialCheckOutcome::NoRoom(wait) => Err(NotGreeted::new(
            "the call budget has no room, or Haptik asked for patience",
            format!(
                "run `check` again in {}",
                span(wait.max(Duration::from_secs(1)))
            ),
        )),
    }
}

#[cfg(test)]
mod tests;
