//! What a command is carried out with, whether in a process of its own or inside the daemon: the
//! configuration, the engine, and a way to have every bot synced.

use std::sync::Arc;

use futures_util::future::join_all;
use thiserror::Error;
use tokio::sync::{mpsc, oneshot};

use super::caller::this_user;
use crate::config::Config;
use crate::haptik::{CallFault, FaultClass};
use crate::model::CallKind;
use crate::notify::Notifier;
use crate::status::LiveStatus;
use crate::store::{ActionRecord, StoreError};
use crate::sync::{Engine, PassReport, sync_all};

/// What the daemon's line of one bot is asked to do.
#[derive(Debug)]
pub(crate) enum Trigger {
    /// Plan again, because something was changed under it. What feeds said last still counts.
    Replan,
    /// Read what is due: a knowledge base has said that it has news.
    Poll,
    /// Read everything again, and send the report.
    FullSync(oneshot::Sender<PassReport>),
}

/// Where the line of a bot is asked.
pub(crate) type TriggerSender = mpsc::UnboundedSender<Trigger>;

/// What a command is carried out with. Cheap to clone.
#[derive(Clone)]
pub struct CommandContext {
    /// The configuration in force.
    pub config: Arc<Config>,
    /// The engine.
    pub engine: Engine,
    /// How the bots are doing.
    pub live_status: LiveStatus,
    /// Who asks.
    pub who: Arc<str>,
    /// Another process works on the state, and is asked for what changes it.
    is_standby: bool,
    lines: Option<Arc<Vec<TriggerSender>>>,
}

impl CommandContext {
    /// In a process of its own.
    pub fn alone(config: Arc<Config>, mut engine: Engine) -> Self {
        let live_status = LiveStatus::default();
        engine.observer = Arc::new(live_status.clone());
        Self {
            config,
            engine,
            live_status,
            who: this_user().into(),
            is_standby: false,
            lines: None,
        }
    }

    /// In a process that does not work on the state, because another one does.
    pub(crate) fn standing_by(
        config: Arc<Config>,
        engine: Engine,
        live_status: LiveStatus,
    ) -> Self {
        Self {
            config,
            engine,
            live_status,
            who: this_user().into(),
            is_standby: true,
            lines: None,
        }
    }

    /// Whether another process works on the state.
    pub(super) const fn is_standby(&self) -> bool {
        self.is_standby
    }

    /// Inside the daemon, whose lines do the syncing.
    pub(crate) fn in_daemon(
        config: Arc<Config>,
        engine: Engine,
        live_status: LiveStatus,
        lines: Vec<TriggerSender>,
    ) -> Self {
        Self {
            config,
            engine,
            live_status,
            who: this_user().into(),
            is_standby: false,
            lines: Some(Arc::new(lines)),
        }
    }

    /// The same for somebody else.
    #[must_use]
    pub fn by(mut self, who: &str) -> Self {
        self.who = who.into();
        self
    }

    /// What is written down of something that is done now; what came of it are its `details`.
    pub fn action(
        &self,
        what: &str,
        bot: Option<&str>,
        details: serde_json::Value,
    ) -> ActionRecord {
        ActionRecord {
            at: self.engine.runner.clock.now(),
            who: self.who.to_string(),
            what: what.to_owned(),
            domain_name: bot.map(str::to_owned),
            plan: None,
            details,
        }
    }

    /// Writes down what was done to a bot, and lets its loop plan again.
    pub async fn done(
        &self,
        what: &str,
        bot: &str,
        details: serde_json::Value,
    ) -> Result<(), StoreError> {
        let action = self.action(what, Some(bot), details);
        self.engine.runner.store.record_action(&action).await?;
        tracing::info!(bot, who = action.who, "{what}: {}", action.details);
        self.replan(bot);
        Ok(())
    }

    /// Has a bot, or one source of it, read as soon as may be. `false`: there is no such one.
    pub fn wake(&self, bot: &str, source: Option<&str>) -> bool {
        let Some(lines) = &self.lines else {
            return false;
        };
        let mut bots = self.config.bots.iter().zip(lines.iter());
        let Some((bot, line)) = bots.find(|(known, _)| known.domain_name == bot) else {
            return false;
        };
        let is_known = |name: &str| bot.sources.iter().any(|known| known.name == name);
        if !source.is_none_or(is_known) {
            return false;
        }
        self.engine.readings.wake(bot, source);
        line.send(Trigger::Poll).is_ok()
    }

    /// Syncs every bot once, completely. `None`: the daemon stopped meanwhile.
    pub async fn sync(&self) -> Option<Vec<PassReport>> {
        let Some(lines) = &self.lines else {
            let reports = sync_all(&self.engine, &self.config.bots).await;
            self.tell_people().await;
            return Some(reports);
        };
        let reports = join_all(lines.iter().map(ask)).await;
        reports.into_iter().collect()
    }

    /// Without a daemon, nobody else tells them.
    async fn tell_people(&self) {
        let runner = &self.engine.runner;
        let (store, clock) = (runner.store.clone(), runner.clock.clone());
        match Notifier::new(&self.config, store, self.live_status.clone(), clock) {
            Ok(Some(mut notifier)) => notifier.round().await,
            Ok(None) => {}
            Err(error) => tracing::error!("people cannot be told what stands: {error}"),
        }
    }

    /// Makes one call about a conversation, as soon as the budget that all calls share has room
    /// for it.
    pub async fn converse<T>(
        &self,
        call: impl Future<Output = Result<T, CallFault>>,
    ) -> Result<T, ConverseError> {
        let runner = &self.engine.runner;
        let answer = async {
            while let Err(wait) = runner.call_limiter.take(CallKind::Conversation).await? {
                runner.clock.sleep(wait).await;
            }
            Ok(call.await?)
        };
        let answer = tokio::select! {
            answer = answer => answer,
            () = runner.stop.cancelled() => Err(ConverseError::Stopped),
        };
        if let Err(ConverseError::Fault(fault)) = &answer
            && let FaultClass::Retry { after: Some(after) } = fault.class
        {
            let most = runner.haptik.retry.give_up_after;
            runner.call_limiter.hold_off(after.min(most));
        }
        answer
    }

    /// Has the daemon's line of this bot sync completely, as soon as it can, and writes down who wanted that.
    pub async fn sync_soon(&self, bot: &str) -> Result<(), StoreError> {
        let Some(lines) = &self.lines else {
            return Ok(());
        };
        let action = self.action("sync", Some(bot), serde_json::json!({}));
        self.engine.runner.store.record_action(&action).await?;
        tracing::info!(bot, who = action.who, "sync: asked for by {}", action.who);
        for (line, of) in lines.iter().zip(&self.config.bots) {
            if of.domain_name == bot {
                // Nobody waits for the report.
                let (sender, _) = oneshot::channel();
                let _ = line.send(Trigger::FullSync(sender));
            }
        }
        Ok(())
    }

    /// Has the daemon's line of this bot plan again, because something was changed under it.
    pub fn replan(&self, bot: &str) {
        let Some(lines) = &self.lines else { return };
        for (line, of) in lines.iter().zip(&self.config.bots) {
            if of.domain_name == bot {
                let _ = line.send(Trigger::Replan);
            }
        }
    }
}

/// Why a call about a conversation did not bring what it was made for.
#[derive(Debug, Error)]
pub enum ConverseError {
    /// The process was asked to stop.
    #[error("stopped before Haptik had answered; look whether it was done before you run it again")]
    Stopped,
    /// Haptik refused it, or could not be reached.
    #[error(transparent)]
    Fault(#[from] CallFault),
    /// The store, which keeps the call budget.
    #[error(transparent)]
    Store(#[from] StoreError),
}

async fn ask(line: &TriggerSender) -> Option<PassReport> {
    let (sender, receiver) = oneshot::channel();
    line.send(Trigger::FullSync(sender)).ok()?;
    receiver.await.ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Clock;
    use crate::control::{Approval, approve};
    use crate::sync::silent;

    #[tokio::test]
    async fn only_the_line_of_the_bot_that_was_changed_plans_again() {
        let folder = tempfile::tempdir().unwrap();
        let bot = |name| {
            format!(
                "[[bot]]\ndomain_name = \"{name}\"\nupload_effect = \"merge\"\n[[bot.source]]\nfolder = \"export\"\n"
            )
        };
        let text = format!("[haptik]\nbase_url = \"sandbox\"\n{}{}", bot("a"), bot("b"));
        let nothing = Vec::<(String, String)>::new();
        let config = Config::parse(&text, &folder.path().join("config.toml"), nothing).unwrap();
        let stop = tokio_util::sync::CancellationToken::new();
        let engine = Engine::open(&config, Clock::system(), silent(), stop)
            .await
            .unwrap();
        let (first, mut heard_first) = mpsc::unbounded_channel();
        let (second, mut heard_second) = mpsc::unbounded_channel();
        let context = CommandContext::in_daemon(
            Arc::new(config),
            engine,
            LiveStatus::default(),
            vec![first, second],
        )
        .by("anna");
        context
            .done("retry", "b", serde_json::json!({}))
            .await
            .unwrap();
        assert!(heard_first.try_recv().is_err());
        assert!(matches!(heard_second.try_recv(), Ok(Trigger::Replan)));
        let actions = context
            .engine
            .runner
            .store
            .actions(Some("b"), 9)
            .await
            .unwrap();
        assert_eq!((&*actions[0].who, &*actions[0].what), ("anna", "retry"));

        let nothing = Approval {
            all: true,
            ..Approval::default()
        };
        approve(&context, &nothing).await.unwrap();
        assert!(heard_first.try_recv().is_err() && heard_second.try_recv().is_err());
    }
}
