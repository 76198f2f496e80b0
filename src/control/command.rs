//! Wishes: what a person wants done to the state. They are carried out here, or, where a daemon
//! owns the state, handed to it; the answer is the same.

use std::sync::Arc;

use futures_util::FutureExt as _;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use super::command_context::Hands;
use super::socket::{Fulfil, hand_over};
use crate::cli::change::{approve, chat, import, rebind, resync, retry, rollback, sync_now};
use crate::cli::inspect::{check, health};
use crate::cli::{
    Approval, Context, Exit, Failure, ProgressLine, answer, answer_json, progress_line, stop_asked,
};
use crate::config::Config;
use crate::haptik::{Transfer, Wanted};
use crate::store::Binding;
use crate::sync::{Engine, EngineError, Lock, binding_of};

/// What a person wants done.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Wish {
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
    Transcript(Wanted),
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
pub(crate) fn grant(context: &Context, wish: &Wish) -> Result<Exit, Failure> {
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
    wish: &Wish,
    progress: &ProgressLine,
) -> Result<Reply, Failure> {
    let stop = CancellationToken::new();
    let clock = context.clock.clone();
    let engine = Engine::open(&config, clock, progress.tell(), stop.clone()).await?;
    let listening = tokio::spawn(async move {
        stop_asked().await;
        stop.cancel();
    });
    let store = engine.courier.store.clone();
    let reply = perform(&Hands::alone(config, engine), wish).await;
    store.rest().await;
    listening.abort();
    reply
}

async fn in_daemon(
    config: &Config,
    wish: &Wish,
    progress: &ProgressLine,
    locked: EngineError,
) -> Result<Reply, Failure> {
    let wish = serde_json::to_value(wish).map_err(|error| Failure::System(error.to_string()))?;
    let tell = progress.tell();
    let answer = hand_over(config, wish, |bot, now| tell(bot, now))
        .await
        .map_err(|error| {
            Failure::System(format!(
                "the daemon did not answer ({error}); what it began is kept, so ask again"
            ))
        })?
        .ok_or(locked)?;
    serde_json::from_value::<Result<Reply, (Exit, String)>>(answer)
        .map_err(|error| {
            Failure::System(format!(
                "the daemon's answer is not understood ({error}); is it of another version? Restart it"
            ))
        })?
        .map_err(|(exit, words)| Failure::Daemon { exit, words })
}

/// How the daemon carries out what is handed to it.
pub(crate) fn fulfil() -> Fulfil {
    Arc::new(|asked, hands| {
        async move {
            let outcome = match serde_json::from_value(asked.wish) {
                Ok(wish) => match same_haptik(&hands, &wish, &asked.haptik) {
                    Ok(()) => perform(&hands, &wish).await,
                    Err(failure) => Err(failure),
                },
                Err(error) => Err(Failure::Usage(format!(
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
fn same_haptik(hands: &Hands, wish: &Wish, theirs: &Binding) -> Result<(), Failure> {
    let ours = binding_of(&hands.config);
    if ours == *theirs || matches!(wish, Wish::Health | Wish::Greet) {
        return Ok(());
    }
    Err(Failure::Usage(format!(
        "the daemon that works on {} is for {ours}, and this configuration is for {theirs}; nothing was done. \
         Stop the daemon and start it with this configuration; where its bots are to move to the configured Haptik, \
         run `kms-haptik-sync rebind BOT` in between",
        hands.config.state_dir.display()
    )))
}

async fn perform(hands: &Hands, wish: &Wish) -> Result<Reply, Failure> {
    match wish {
        Wish::SyncNow => sync_now::perform(hands).await,
        Wish::Health => Ok(health::perform(hands).await),
        Wish::Greet => check::greeting::perform(hands).await,
        Wish::Approve(approval) => approve::perform(hands, approval).await,
        Wish::Rebind { bot } => rebind::perform(hands, bot).await,
        Wish::Retry { bot, steps } => retry::perform(hands, bot.as_deref(), steps).await,
        Wish::Rollback { bot, to } => rollback::rollback(hands, bot, *to).await,
        Wish::Resume { bot } => rollback::resume(hands, bot).await,
        Wish::Import { bot, steps } => import::perform(hands, bot, steps).await,
        Wish::Transfer(transfer) => chat::transfer(hands, transfer).await,
        Wish::Transcript(wanted) => chat::transcript(hands, wanted).await,
        Wish::Resync { bot } => resync::perform(hands, bot.as_deref()).await,
    }
}
