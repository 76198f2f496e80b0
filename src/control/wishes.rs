//! What is asked of a process that does not work on the state, where another machine does: it hands the command
//! over in a row of the database, and waits there for the answer.

use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use serde_json::Value;
use tokio::task::JoinSet;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use super::command::{ControlCommand, DaemonAnswer, Reply, as_value, handle, not_understood};
use super::command_context::CommandContext;
use super::failure::{CommandFailure, Exit};
use super::socket::HandedCommand;
use crate::clock::instant;
use crate::store::{Store, StoreError, Wish, WishState};
use crate::sync::binding_of;

/// How often to look: for an answer, and for wishes.
const LOOKS: Duration = Duration::from_millis(250);

/// A daemon that works has taken a wish up by then.
const TAKEN_UP: Duration = Duration::from_secs(5);

/// What is left where nobody knows whether a command was carried out.
const BROKEN_OFF: &str = "the process that worked on the state ended before it had answered; the command may be done or not. \
     Look with `history --actions`, and run it again if it is not there";

/// Whether any process carries it out by itself: it changes nothing in the state, and its words may be secret.
const fn is_for_anybody(command: &ControlCommand) -> bool {
    matches!(
        command,
        ControlCommand::Health
            | ControlCommand::Greet
            | ControlCommand::Transfer(_)
            | ControlCommand::Transcript(_)
    )
}

/// Whether this process has to ask another one for it.
pub(super) fn has_to_ask(context: &CommandContext, command: &ControlCommand) -> bool {
    context.is_standby() && !is_for_anybody(command)
}

/// Hands a command to the process that works on the state.
pub(super) async fn hand_over(
    context: &CommandContext,
    command: &ControlCommand,
) -> Result<Reply, CommandFailure> {
    let store = &context.engine.runner.store;
    let handed = HandedCommand::new(command, binding_of(&context.config));
    let handed = handed.and_then(|handed| serde_json::to_string(&handed));
    let handed = handed.map_err(|error| CommandFailure::System(error.to_string()))?;
    let id = store.make_wish(&context.who, handed).await?;
    let lease = context.config.state.as_ref().map(|state| state.lease);
    let answer = tokio::select! {
        answer = answer(store, id, lease.unwrap_or_default()) => answer,
        () = context.engine.runner.stop.cancelled() => {
            let words = "this process stops, or works on the state itself by now; run the command again";
            Err(CommandFailure::System(words.to_owned()))
        }
    };
    if answer.is_err() && !store.withdraw_wish(id).await.unwrap_or(false) {
        tracing::debug!("wish {id} may go on although nobody waits for it");
        if matches!(answer, Err(CommandFailure::Unattended)) {
            return Err(broken_off());
        }
    }
    let answer: Value =
        serde_json::from_str(&answer?).map_err(|error| not_understood(&error.to_string()))?;
    let answer: DaemonAnswer =
        serde_json::from_value(answer).map_err(|error| not_understood(&error.to_string()))?;
    answer.map_err(|(exit, words)| CommandFailure::Daemon { exit, words })
}

/// Waits until a process has taken it up and answered, or until it is clear that none will: one that works does it soon, and
/// one that was killed holds its lease until that runs out.
async fn answer(store: &Store, id: i64, lease: Duration) -> Result<String, CommandFailure> {
    let begun = instant();
    let patience = TAKEN_UP.max(lease + LOOKS);
    loop {
        sleep(LOOKS).await;
        match store.wish_state(id).await? {
            WishState::Answered(answer) => return Ok(answer),
            WishState::Gone => return Err(broken_off()),
            WishState::Waits if begun.elapsed() > patience => return Err(nobody(store).await),
            WishState::Begun if store.worked_on_by().await.is_none() => return Err(broken_off()),
            WishState::Waits | WishState::Begun => {}
        }
    }
}

fn broken_off() -> CommandFailure {
    CommandFailure::Daemon {
        exit: Exit::Failed,
        words: BROKEN_OFF.to_owned(),
    }
}

async fn nobody(store: &Store) -> CommandFailure {
    match store.worked_on_by().await {
        Some(holder) => StoreError::from(holder).into(),
        None => CommandFailure::Unattended,
    }
}

/// Carries out what others ask for, until asked to stop. Each wish goes on by itself: a sync keeps no other
/// command waiting. `store` has a connection for this alone, as what the daemon writes may take longer than whoever
/// asks will wait.
pub(crate) async fn carry_out_wishes(
    context: CommandContext,
    store: Store,
    stop: CancellationToken,
) {
    let mut begun = JoinSet::new();
    let mut is_first = true;
    while !stop.is_cancelled() {
        match take_up(&store, is_first).await {
            Ok(wishes) => {
                for wish in wishes {
                    begun.spawn(carried_out(context.clone(), store.clone(), wish));
                }
                is_first = false;
            }
            Err(error) => tracing::debug!("no wish can be taken up: {error}"),
        }
        while begun.try_join_next().is_some() {}
        tokio::select! {
            () = sleep(LOOKS) => {}
            () = stop.cancelled() => {}
        }
    }
}

async fn take_up(store: &Store, is_first: bool) -> Result<Vec<Wish>, StoreError> {
    if is_first {
        let answer: DaemonAnswer = Err((Exit::Failed, BROKEN_OFF.to_owned()));
        let answer = as_value(&answer).to_string();
        store.answer_what_was_begun(answer).await?;
    }
    let mut wishes = Vec::new();
    while let Some(wish) = store.next_wish().await? {
        wishes.push(wish);
    }
    Ok(wishes)
}

fn carried_out(context: CommandContext, store: Store, wish: Wish) -> BoxFuture<'static, ()> {
    let context = context.by(&wish.who);
    async move {
        let answer: DaemonAnswer = match serde_json::from_str(&wish.command) {
            Ok(handed) => handle(handed, context).await,
            Err(error) => {
                let failure = not_understood(&error.to_string());
                Err((failure.exit(), failure.to_string()))
            }
        };
        let answer = as_value(&answer).to_string();
        if let Err(error) = store.answer_wish(wish.id, answer).await {
            tracing::debug!("wish {} stays without its answer: {error}", wish.id);
        }
    }
    .boxed()
}
