//! Wishes: what a person wants done to the state. They are carried out here, or, where a daemon
//! owns the state, handed to it; the answer is the same.

use std::sync::Arc;

use futures_util::FutureExt as _;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use super::command_context::CommandContext;
use super::socket::{Handle, send_to_daemon};
use crate::cli::change::{approve, chat, import, rebind, resync, retry, rollback, sync_now};
use crate::cli::inspect::{check, health};
use crate::cli::{
    Approval, CommandFailure, Context, Exit, ProgressLine, answer, answer_json, progress_line,
    stop_asked,
};
use crate::config::Config;
use crate::haptik::{TranscriptQuery, Transfer};
use crate::store::HaptikBinding;
use crate::sync::{Engine, EngineError, Lock, binding_of};

/// What a person wants done.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ControlCommand {
    /// One complete sync.
    SyncNow,
    /// Say whether all is well.
    Health,
    /// Greet Haptik, for `check`.
    Greet,
    /// Release what the last plan left open.
    Approve(Approval),
    /// Try refused steps again.
    Retry {
        /// Only of this bot.
        bot: Option<String>,
        /// Only these.
        steps: Vec<String>,
    },
    /// Go back to what the bot was after an upload.
    Rollback {
        /// The bot.
        bot: String,
        /// The upload.
        to: i64,
    },
    /// Follow the sources again.
    Resume {
        /// The bot.
        bot: String,
    },
    /// Take over steps that were made by hand.
    Import {
        /// The bot.
        bot: String,
        /// Name, question and answer of each.
        steps: Vec<(String, String, String)>,
    },
    /// Hand a chat over to agents.
    Transfer(Transfer),
    /// Fetch what was said in a conversation.
    Transcript(TranscriptQuery),
    /// Take a bot's state to the configured Haptik.
    Rebind {
        /// The bot.
        bot: String,
    },
    /// Forget the snapshot.
    Resync {
        /// Only of this bot.
        bot: Option<String>,
    },
}

/// What came of it, for people and for `--json`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Reply {
    pub(crate) json: Value,
    pub(crate) text: String,
    pub(crate) exit: Exit,
}

/// Carries out a wish, here or in the daemon, and prints the answer.
pub(crate) fn run_command(
    context: &Context,
    wish: &ControlCommand,
) -> Result<Exit, CommandFailure> {
    let config = Arc::new(context.config()?);
    let reply = context.block_on(async {
        let progress = progress_line();
        let reply = match Lock::take(&config.state_dir) {
            Ok(lock) => {
                let reply = alone(context, config, wish, &progress).await;
                drop(lock);
                reply
            }
            Err(locked @ EngineError::Locked { .. }) => {
                in_daemon(&config, wish, &progress, locked).await
            }
            Err(error) => Err(error.into()),
        };
        progress.clear();
        reply
    })?;
    if context.json {
        answer_json(&reply.json)?;
    } else {
        answer(&reply.text)?;
    }
    Ok(reply.exit)
}

async fn alone(
    context: &Context,
    config: Arc<Config>,
    wish: &ControlCommand,
    progress: &ProgressLine,
) -> Result<Reply, CommandFailure> {
    let stop = CancellationToken::new();
    let clock = context.clock.clone();
    let engine = Engine::open(&config, clock, progress.tell(), stop.clone()).await?;
    let listening = tokio::spawn(async move {
        stop_asked().await;
        stop.cancel();
    });
    let store = engine.runner.store.clone();
    let reply = perform(&CommandContext::alone(config, engine), wish).await;
    store.rest().await;
    listening.abort();
    reply
}

async fn in_daemon(
    config: &Config,
    wish: &ControlCommand,
    progress: &ProgressLine,
    locked: EngineError,
) -> Result<Reply, CommandFailure> {
    let wish =
        serde_json::to_value(wish).map_err(|error| CommandFailure::System(error.to_string()))?;
    let tell = progress.tell();
    let answer = send_to_daemon(config, wish, |bot, now| tell(bot, now))
        .await
        .map_err(|error| {
            CommandFailure::System(format!(
                "the daemon did not answer ({error}); what it began is kept, so ask again"
            ))
        })?
        .ok_or(locked)?;
    serde_json::from_value::<Result<Reply, (Exit, String)>>(answer)
        .map_err(|error| {
            CommandFailure::System(format!(
                "the daemon's answer is not understood ({error}); is it of another version? Restart it"
            ))
        })?
        .map_err(|(exit, words)| CommandFailure::Daemon { exit, words })
}

/// How the daemon carries out what is handed to it.
pub(crate) fn fulfil() -> Handle {
    Arc::new(|asked, hands| {
        async move {
            let outcome = match serde_json::from_value(asked.wish) {
                Ok(wish) => match same_haptik(&hands, &wish, &asked.haptik) {
                    Ok(()) => perform(&hands, &wish).await,
                    Err(failure) => Err(failure),
                },
                Err(error) => Err(CommandFailure::Usage(format!(
                    "the daemon does not know this command ({error}); is it of another version? Restart it"
                ))),
            };
            let outcome = outcome.map_err(|failure| (failure.exit(), failure.to_string()));
            serde_json::to_value(outcome).unwrap_or(Value::Null)
        }
        .boxed()
    })
}

/// Whoever asks has a configuration of their own before their eyes; what they mean is its Haptik.
fn same_haptik(
    hands: &CommandContext,
    wish: &ControlCommand,
    theirs: &HaptikBinding,
) -> Result<(), CommandFailure> {
    let ours = binding_of(&hands.config);
    if ours == *theirs || matches!(wish, ControlCommand::Health | ControlCommand::Greet) {
        return Ok(());
    }
    Err(CommandFailure::Usage(format!(
        "the daemon that works on {} is for {ours}, and this configuration is for {theirs}; nothing was done. \
         Stop the daemon and start it with this configuration; where its bots are to move to the configured Haptik, \
         run `kms-haptik-sync rebind BOT` in between",
        hands.config.state_dir.display()
    )))
}

async fn perform(hands: &CommandContext, wish: &ControlCommand) -> Result<Reply, CommandFailure> {
    match wish {
        ControlCommand::SyncNow => sync_now::perform(hands).await,
        ControlCommand::Health => Ok(health::perform(hands).await),
        ControlCommand::Greet => check::greeting::perform(hands).await,
        ControlCommand::Approve(approval) => approve::perform(hands, approval).await,
        ControlCommand::Rebind { bot } => rebind::perform(hands, bot).await,
        ControlCommand::Retry { bot, steps } => retry::perform(hands, bot.as_deref(), steps).await,
        ControlCommand::Rollback { bot, to } => rollback::rollback(hands, bot, *to).await,
        ControlCommand::Resume { bot } => rollback::resume(hands, bot).await,
        ControlCommand::Import { bot, steps } => import::perform(hands, bot, steps).await,
        ControlCommand::Transfer(transfer) => chat::transfer(hands, transfer).await,
        ControlCommand::Transcript(wanted) => chat::transcript(hands, wanted).await,
        ControlCommand::Resync { bot } => resync::perform(hands, bot.as_deref()).await,
    }
}
