//! Commands: what a person wants done to the state, and what came of it, as data. A command is carried
//! out in the process that owns the state: this one, or the daemon, which answers the same.

use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use super::approve::{Approval, ApproveReply, approve};
use super::ask::{Answers, Questions, ask};
use super::command_context::CommandContext;
use super::conversations::{transcript, transfer};
use super::credential_check::{CredentialCheckOutcome, greet};
use super::failure::{CommandFailure, Exit};
use super::health::health;
use super::history::{Forgot, forget};
use super::import::{TakenOver, import};
use super::overrule::{
    Kept, OverrideRequest, Overruled, Paused, Pinning, Resumed, keep, overrule, pause, resume,
    rollback,
};
use super::rebind::{Rebound, rebind};
use super::resync::{Resynced, resync};
use super::retry::{Retried, retry};
use super::socket::{HandedCommand, NotAnswered, send_to_daemon};
use super::sync::sync;
use super::wishes::{hand_over, has_to_ask};
use crate::clock::Clock;
use crate::config::Config;
use crate::haptik::{Transcript, TranscriptQuery, Transfer};
use crate::status::{LiveStatus, Readiness};
use crate::store::{DatabaseError, HaptikBinding, Store, StoreError};
use crate::sync::{Engine, EngineError, Lock, PassReport, ProgressSink, binding_of};

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
    /// Erase what a step said before.
    Forget {
        /// The bot.
        bot: String,
        /// The step.
        step: String,
    },
    /// Upload nothing for a while.
    Pause {
        /// The bot.
        bot: String,
        /// For how long; `None`: until it is resumed.
        lasts: Option<Duration>,
        /// Why.
        reason: String,
    },
    /// Go on after a pause, or follow the sources again.
    Resume {
        /// The bot.
        bot: String,
        /// Only this step.
        step: Option<String>,
    },
    /// Withdraw an answer, or put an earlier one back.
    Overrule(OverrideRequest),
    /// Leave answers on the bot although their articles are gone.
    Keep {
        /// The bot.
        bot: String,
        /// The steps.
        steps: Vec<String>,
        /// Why.
        reason: String,
    },
    /// Take over steps that were made by hand.
    Import {
        /// The bot.
        bot: String,
        /// Name, question and answer of each.
        steps: Vec<(String, String, String)>,
    },
    /// Sync one bot completely, as soon as may be; nobody waits for it.
    SyncSoon {
        /// The bot.
        bot: String,
    },
    /// Read a bot, or one source of it: its knowledge base says that it has news.
    Wake {
        /// The bot.
        bot: String,
        /// Only this source.
        source: Option<String>,
    },
    /// Ask a bot what it answers.
    Ask(Questions),
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

/// What came of a command. The words and the JSON of it are made by whoever asked.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Reply {
    /// Of a sync: each bot.
    Sync(Vec<PassReport>),
    /// Whether all is well.
    Health(Readiness),
    /// Of a credential check.
    Greet(CredentialCheckOutcome),
    /// What was released.
    Approve(ApproveReply),
    /// What is tried again.
    Retry(Retried),
    /// Of a rollback.
    Pinning(Pinning),
    /// Of a pause.
    Pause(Paused),
    /// What follows its sources again.
    Resume(Resumed),
    /// What was withdrawn or put back.
    Overrule(Overruled),
    /// What stays although its article is gone.
    Keep(Kept),
    /// What was erased.
    Forget(Forgot),
    /// What was taken over.
    Import(TakenOver),
    /// What the bot answered.
    Ask(Answers),
    /// It will be synced.
    SyncSoon,
    /// Whether there is such a bot and source.
    Wake(bool),
    /// The chat was handed over.
    Transfer,
    /// What was said.
    Transcript(Transcript),
    /// What was forgotten for another Haptik.
    Rebind(Rebound),
    /// What is uploaded again.
    Resync(Resynced),
}

/// What the daemon answers.
pub(crate) type DaemonAnswer = Result<Reply, (Exit, String)>;

/// Carries a command out where the state is owned: here, or in the daemon. `stop_asked` ends when this
/// process is to stop.
pub(crate) async fn execute(
    config: Arc<Config>,
    clock: Clock,
    command: &ControlCommand,
    tell: ProgressSink,
    stop_asked: impl Future<Output = ()> + Send + 'static,
) -> Result<Reply, CommandFailure> {
    match Lock::take(&config.state_dir) {
        Ok(lock) => {
            let reply = alone(config, clock, command, tell, stop_asked).await;
            drop(lock);
            reply
        }
        Err(locked @ EngineError::Locked { .. }) => {
            in_daemon(&config, command, &tell, locked).await
        }
        Err(error) => Err(error.into()),
    }
}

async fn alone(
    config: Arc<Config>,
    clock: Clock,
    command: &ControlCommand,
    tell: ProgressSink,
    stop_asked: impl Future<Output = ()> + Send + 'static,
) -> Result<Reply, CommandFailure> {
    let stop = CancellationToken::new();
    let stopping = stop.clone();
    let listening = tokio::spawn(async move {
        stop_asked.await;
        stopping.cancel();
    });
    let reply = loop {
        let reply = once(&config, &clock, command, &tell, &stop).await;
        // Whoever it was handed over to is gone. Then this process may work on the state itself.
        if !matches!(reply, Err(CommandFailure::Unattended)) {
            break reply;
        }
    };
    listening.abort();
    reply
}

async fn once(
    config: &Arc<Config>,
    clock: &Clock,
    command: &ControlCommand,
    tell: &ProgressSink,
    stop: &CancellationToken,
) -> Result<Reply, CommandFailure> {
    let opened = Engine::open(config, clock.clone(), tell.clone(), stop.clone()).await;
    let is_held = |error: &EngineError| {
        let EngineError::Store(StoreError::Database(error)) = error else {
            return false;
        };
        matches!(error, DatabaseError::Held { .. })
    };
    let context = match opened {
        Err(error) if is_held(&error) => {
            let engine =
                Engine::standing_by(config, clock.clone(), tell.clone(), stop.clone()).await?;
            CommandContext::standing_by(config.clone(), engine, LiveStatus::default())
        }
        opened => CommandContext::alone(config.clone(), opened?),
    };
    let reply = carry_out(&context, command).await;
    context.engine.runner.store.rest().await;
    reply
}

async fn in_daemon(
    config: &Config,
    command: &ControlCommand,
    tell: &ProgressSink,
    locked: EngineError,
) -> Result<Reply, CommandFailure> {
    let answered = send_to_daemon(config, command, |bot, now| tell(bot, now)).await;
    let answer = answered.map_err(|error| match error {
        NotAnswered::Lost(error) => CommandFailure::System(format!(
            "the daemon did not answer ({error}); what it began is kept, so ask again"
        )),
        NotAnswered::NotUnderstood(error) => not_understood(&error.to_string()),
    })?;
    let Some(answer) = answer else {
        // A standby that does not listen yet has the folder.
        let holder = Store::holder(config).await.map(StoreError::from);
        return Err(holder.map_or(locked, EngineError::from).into());
    };
    answer.map_err(|(exit, words)| CommandFailure::Daemon { exit, words })
}

/// The daemon said something else than this program would have.
pub(crate) fn not_understood(cause: &str) -> CommandFailure {
    CommandFailure::System(format!(
        "the daemon's answer is not understood ({cause}); is it of another version? Restart it"
    ))
}

/// How the daemon carries out what is handed to it.
pub(super) async fn handle(handed: HandedCommand, context: CommandContext) -> DaemonAnswer {
    let outcome = match serde_json::from_value(handed.command) {
        Ok(command) => match same_haptik(&context, &command, &handed.haptik) {
            Ok(()) => carry_out(&context, &command).await,
            Err(failure) => Err(failure),
        },
        Err(error) => Err(CommandFailure::Usage(format!(
            "the daemon does not know this command ({error}); is it of another version? Restart it"
        ))),
    };
    outcome.map_err(|failure| (failure.exit(), failure.to_string()))
}

/// Whoever asks has a configuration of their own before their eyes; what they mean is its Haptik.
fn same_haptik(
    context: &CommandContext,
    command: &ControlCommand,
    theirs: &HaptikBinding,
) -> Result<(), CommandFailure> {
    let ours = binding_of(&context.config);
    if ours == *theirs || matches!(command, ControlCommand::Health | ControlCommand::Greet) {
        return Ok(());
    }
    Err(CommandFailure::Usage(format!(
        "the daemon that works on {} is for {ours}, and this configuration is for {theirs}; nothing was done. \
         Stop the daemon and start it with this configuration; where its bots are to move to the configured Haptik, \
         run `kms-haptik-sync rebind BOT` in between",
        context.config.state_dir.display()
    )))
}

/// A database of PostgreSQL takes it for an error to be asked for such a text.
const NUL: &str =
    "what was sent has the character NUL in it, which no name and no reason has; leave it out";

fn has_nul(value: &serde_json::Value) -> bool {
    use serde_json::Value::{Array, Object, String};
    match value {
        String(text) => text.contains('\0'),
        Array(all) => all.iter().any(has_nul),
        Object(all) => all.values().any(has_nul),
        _ => false,
    }
}

/// Carries a command out in the process that owns the state, or hands it to the one that does.
pub(crate) async fn carry_out(
    context: &CommandContext,
    command: &ControlCommand,
) -> Result<Reply, CommandFailure> {
    if serde_json::to_value(command).is_ok_and(|command| has_nul(&command)) {
        return Err(CommandFailure::Usage(NUL.to_owned()));
    }
    if has_to_ask(context, command) {
        return hand_over(context, command).await;
    }
    Ok(match command {
        ControlCommand::SyncNow => Reply::Sync(sync(context).await?),
        ControlCommand::Health => Reply::Health(health(context).await),
        ControlCommand::Greet => Reply::Greet(greet(context).await?),
        ControlCommand::Approve(asked) => Reply::Approve(approve(context, asked).await?),
        ControlCommand::Retry { bot, steps } => {
            Reply::Retry(retry(context, bot.as_deref(), steps).await?)
        }
        ControlCommand::Rollback { bot, to } => Reply::Pinning(rollback(context, bot, *to).await?),
        ControlCommand::Forget { bot, step } => Reply::Forget(forget(context, bot, step).await?),
        ControlCommand::Pause { bot, lasts, reason } => {
            Reply::Pause(pause(context, bot, *lasts, reason).await?)
        }
        ControlCommand::Resume { bot, step } => {
            Reply::Resume(resume(context, bot, step.as_deref()).await?)
        }
        ControlCommand::Overrule(wish) => Reply::Overrule(overrule(context, wish).await?),
        ControlCommand::Keep { bot, steps, reason } => {
            Reply::Keep(keep(context, bot, steps, reason).await?)
        }
        ControlCommand::Import { bot, steps } => Reply::Import(import(context, bot, steps).await?),
        ControlCommand::SyncSoon { bot } => {
            context.sync_soon(bot).await?;
            Reply::SyncSoon
        }
        ControlCommand::Wake { bot, source } => Reply::Wake(context.wake(bot, source.as_deref())),
        ControlCommand::Ask(questions) => Reply::Ask(Box::pin(ask(context, questions)).await?),
        ControlCommand::Transfer(wanted) => {
            transfer(context, wanted).await?;
            Reply::Transfer
        }
        ControlCommand::Transcript(wanted) => Reply::Transcript(transcript(context, wanted).await?),
        ControlCommand::Rebind { bot } => Reply::Rebind(rebind(context, bot).await?),
        ControlCommand::Resync { bot } => Reply::Resync(resync(context, bot.as_deref()).await?),
    })
}

/// For the answer of the daemon, whatever a future that fails may look like.
pub(super) fn as_value(answer: &DaemonAnswer) -> Value {
    serde_json::to_value(answer).unwrap_or(Value::Null)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::intake::OpenFile;
    use crate::model::UploadId;
    use crate::model::{
        FingerprintPart, Held, HoldReason, Place, Reach, Rejection, Unread, Waiting,
    };
    use crate::sync::{Pinned, UploadOutcome, UploadReport};

    #[test]
    fn what_a_pass_came_to_is_the_same_on_the_other_side_of_the_socket() {
        let mut report = PassReport::new("acme");
        report.held = [HoldReason::ByHand]
            .into_iter()
            .chain([HoldReason::Configuration {
                parts: vec![FingerprintPart::NodeName, FingerprintPart::Unknown],
            }])
            .map(|reason| Held {
                node_name: "a".into(),
                renamed_to: None,
                reason,
            })
            .collect();
        report
            .held_changes
            .push(("e".into(), "card in answer 1".into()));
        report.waiting.push(Waiting {
            node_name: "b".into(),
            renamed_to: Some("c".into()),
            reason: "absent once".into(),
            left: Duration::from_millis(1),
        });
        report.unread.push(Unread {
            node_name: "d".into(),
            reason: "its file could not be read".into(),
            is_rejected: true,
        });
        report.open_files.push(OpenFile {
            relative: "faq.csv".into(),
            open_for: Duration::from_secs(1),
        });
        report.rejections.push(Rejection {
            source: "export".into(),
            place: Place {
                file: "faq.csv".into(),
                line: 7,
            },
            id: None,
            reason: "it has no answer".into(),
            reach: Reach::Rest,
        });
        report.pinned = Some(Pinned {
            to: UploadId(3),
            waiting: 2,
        });
        report.uploads.push(UploadReport {
            task_id: None,
            rows: 1,
            outcome: UploadOutcome::InDoubt,
            message: None,
        });
        report.conclude();
        let sent = as_value(&Ok(Reply::Sync(vec![report.clone()])));
        let Ok(Reply::Sync(reports)) = serde_json::from_value::<DaemonAnswer>(sent).unwrap() else {
            panic!("another answer");
        };
        assert_eq!(reports, [report]);
    }
}
