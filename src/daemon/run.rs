//! The daemon from start to stop: lock, migrations, recovery, then one loop and one watch a bot
//! and source, until a signal.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use thiserror::Error;
use tokio::signal::unix::SignalKind;
use tokio::sync::{Notify, oneshot};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use super::bot_loop::{bot_loops, tell_of_more};
use super::memory::give_memory_back;
use super::named_tasks::{Ended, NamedTask, NamedTasks, late};
use super::reload::{read_into_force, tell_of_reload};
use super::signals::{Asked, Signals};
use super::standby::{Turn, open_in_turn};
use super::systemd::Systemd;
use super::watch::{SourceWatch, WatchListener, Watcher};
use super::watchdog;
use crate::config::{Config, Problems, SourceKind};
use crate::control::{CommandContext, carry_out_wishes, listen};
use crate::intake::{SourceThreads, Work};
use crate::notify::Notifier;
use crate::status::LiveStatus;
use crate::store::StoreError;
use crate::sync::{Engine, EngineError, LastReadings, Lock, in_words, refused_bots};
use crate::text::{count, few};

/// For so long, the watches of all folders are waited for at a start.
const WATCHES: Duration = Duration::from_secs(2);

/// After a stop is asked for, everything ends within this time.
const DEADLINE: Duration = Duration::from_millis(4500);

/// Why the daemon cannot begin, or go on.
#[derive(Debug, Error)]
pub enum DaemonError {
    /// It cannot begin.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// One of its tasks has ended.
    #[error(
        "the task \"{name}\" of the daemon ended before a stop was asked for ({how}); the daemon stops, so that it is started anew"
    )]
    TaskEnded {
        /// Which.
        name: String,
        /// In which way.
        how: String,
    },
}

/// Runs until SIGTERM or SIGINT. `reload` reads the configuration again, at SIGHUP; `beside` makes the
/// tasks that go on beside the bots.
pub async fn run(
    config: Config,
    reload: impl Fn() -> Result<Config, Problems>,
    beside: impl AsyncFn(CommandContext) -> Result<Vec<NamedTask>, StoreError>,
) -> Result<(), DaemonError> {
    let signals = Signals::new([
        SignalKind::terminate(),
        SignalKind::interrupt(),
        SignalKind::hangup(),
    ])?;
    let lock = Lock::take(&config.state_dir)?;
    let live_status = LiveStatus::default();
    watchdog::watch(live_status.clone()).map_err(EngineError::Signal)?;
    let ended = run_until(signals, config, live_status, reload, beside).await;
    drop(lock);
    ended
}

/// Runs until one of the signals asks for a stop.
async fn run_until(
    mut signals: Signals,
    config: Config,
    live_status: LiveStatus,
    reload: impl Fn() -> Result<Config, Problems>,
    beside: impl AsyncFn(CommandContext) -> Result<Vec<NamedTask>, StoreError>,
) -> Result<(), DaemonError> {
    let mut config = Arc::new(config);
    let (threads, last_readings) = (SourceThreads::default(), LastReadings::default());
    let mut systemd = Systemd::new();
    loop {
        crate::telemetry::follow(config.log_level);
        let stop = CancellationToken::new();
        let told = (&mut signals, &mut systemd);
        let turn = open_in_turn(&config, &live_status, &stop, told, (&reload, &beside));
        let mut engine = match turn.await? {
            Turn::Work(engine) => *engine,
            Turn::Reload(new) => {
                config = Arc::new(*new);
                continue;
            }
            Turn::Stop => return Ok(()),
        };
        engine.observer = Arc::new(live_status.clone());
        engine.last_readings = last_readings.clone();
        engine.threads = threads.clone();
        refuse_if_all_are(&engine, &config).await?;
        let mut tasks = start(&config, &engine, &live_status, &beside).await?;
        let taken_up = taken_up(&engine, &config).await;
        let taken_up = taken_up.map_err(EngineError::from)?;
        tracing::info!("{}", beginning(&config, &taken_up));
        systemd.ready(sentence(&config, &live_status));
        let next = wait(
            &mut signals,
            &mut tasks,
            &config,
            &engine,
            &live_status,
            &reload,
            &mut systemd,
        )
        .await;
        stop.cancel();
        let stopped = wind_down(&mut tasks, &mut signals).await;
        engine.runner.store.rest().await;
        match next {
            Next::Reload(new) if !stopped => config = Arc::new(*new),
            Next::Deposed if !stopped => {}
            Next::Reload(_) | Next::Deposed | Next::Stop => return Ok(()),
            Next::Ended(Ended { name, how }) => {
                return Err(DaemonError::TaskEnded { name, how });
            }
        }
    }
}

/// What the daemon says of itself when it is ready.
fn beginning(config: &Config, taken_up: &[String]) -> String {
    let bots: Vec<&str> = config
        .bots
        .iter()
        .map(|bot| bot.domain_name.as_str())
        .collect();
    let sources: usize = config.bots.iter().map(|bot| bot.sources.len()).sum();
    let taken_up = if taken_up.is_empty() {
        "no upload was under way".to_owned()
    } else {
        format!("goes on with {}", few(taken_up))
    };
    format!(
        "ready: version {}, configuration {}, {} ({}), {}, state in {}; {taken_up}",
        env!("CARGO_PKG_VERSION"),
        config.path.display(),
        count(bots.len() as u64, "bot", "bots"),
        few(&bots),
        count(sources as u64, "source", "sources"),
        config.state_place(),
    )
}

/// The uploads that the last process left under way.
async fn taken_up(engine: &Engine, config: &Config) -> Result<Vec<String>, StoreError> {
    let store = &engine.runner.store;
    let mut taken_up = Vec::new();
    for bot in &config.bots {
        let id = store.bot(&bot.domain_name).await?;
        if let Some(upload) = store.under_way(id).await? {
            let state = upload.state.name().replace('_', " ");
            taken_up.push(format!(
                "upload {} of {} ({state})",
                upload.id.0, bot.domain_name
            ));
        }
    }
    Ok(taken_up)
}

/// With a state that speaks of another Haptik for every bot there is nothing to do.
async fn refuse_if_all_are(engine: &Engine, config: &Config) -> Result<(), EngineError> {
    let refused = refused_bots(&engine.runner.store, config).await?;
    if refused.len() == config.bots.len() {
        return Err(EngineError::OtherHaptik(in_words(&refused)));
    }
    Ok(())
}

/// The folders are watched before the first pass reads them, where they answer, so that nothing slips
/// between.
async fn start(
    config: &Arc<Config>,
    engine: &Engine,
    live_status: &LiveStatus,
    beside: &impl AsyncFn(CommandContext) -> Result<Vec<NamedTask>, StoreError>,
) -> Result<NamedTasks, EngineError> {
    let mut tasks = NamedTasks::default();
    let store = &engine.runner.store;
    for bot in &config.bots {
        let id = store.bot(&bot.domain_name).await?;
        let since = store.waiting_since(id).await?;
        live_status.take_up(&bot.domain_name, since);
        for source in &bot.sources {
            live_status
                .counters
                .begin_source(&bot.domain_name, &source.name);
        }
        let now = engine.runner.clock.point();
        engine.last_readings.follow(bot, &now);
    }
    let wakes: Vec<Arc<Notify>> = config.bots.iter().map(|_| Arc::default()).collect();
    watch(config, engine, &wakes, &mut tasks).await;
    let (loops, triggers) = bot_loops(engine, &config.bots, &wakes);
    for (bot, bot_loop) in config.bots.iter().zip(loops) {
        tasks.spawn(NamedTask::new(format!("bot {}", bot.domain_name), bot_loop));
    }
    let context = CommandContext::in_daemon(
        config.clone(),
        engine.clone(),
        live_status.clone(),
        triggers.0,
    );
    let runner = &engine.runner;
    let (store, clock) = (runner.store.clone(), runner.clock.clone());
    if let Some(notifier) = Notifier::new(config, store, live_status.clone(), clock)? {
        let notifications = notifier.run(runner.stop.clone());
        tasks.spawn(NamedTask::new("notifications", notifications));
    }
    let (store, clock) = (runner.store.clone(), runner.clock.clone());
    let giving_back = give_memory_back(store, clock, runner.stop.clone());
    tasks.spawn(NamedTask::new("memory", giving_back));
    tasks.spawn(NamedTask::new("log", tell_of_more(engine.clone())));
    let stop = engine.runner.stop.clone();
    if config.state.is_some() {
        let store = engine.runner.store.beside(config).await?;
        let wishes = carry_out_wishes(context.clone(), store, stop.clone());
        tasks.spawn(NamedTask::new("wishes", wishes));
    }
    let progress = live_status.progress.clone();
    let listening = listen(context.clone(), progress, stop);
    tasks.spawn(NamedTask::new("control socket", listening));
    for task in beside(context).await? {
        tasks.spawn(task);
    }
    Ok(tasks)
}

/// Has the folders of all sources watched. It is waited for, but not for long: a file system that does
/// not answer must not keep the others from their first pass.
async fn watch(config: &Config, engine: &Engine, wakes: &[Arc<Notify>], tasks: &mut NamedTasks) {
    let (watcher, runner) = (Watcher::default(), &engine.runner);
    let mut all_begun = Vec::new();
    for (bot, wake) in config.bots.iter().zip(wakes) {
        for source in &bot.sources {
            let SourceKind::Folder(folder) = &source.kind else {
                continue;
            };
            let told = WatchListener {
                wake: wake.clone(),
                folders: Arc::default(),
                renamed: engine.renamed.clone(),
                writers: engine.writers.clone(),
            };
            let work = Work::Watch(bot.domain_name.clone(), source.name.clone());
            let (threads, clock) = (engine.threads.clone(), runner.clock.clone());
            let watch =
                SourceWatch::new(work, folder.clone(), told, watcher.clone(), threads, clock);
            let (begun, beginning) = oneshot::channel();
            let name = format!("watch of source {} of bot {}", source.name, bot.domain_name);
            tasks.spawn(NamedTask::new(name, watch.run(begun, runner.stop.clone())));
            all_begun.push(beginning);
        }
    }
    let _ = timeout(WATCHES, join_all(all_begun)).await;
}

/// What comes after the daemon has run for a while.
enum Next {
    /// It goes on with a new configuration.
    Reload(Box<Config>),
    /// It was asked to stop.
    Stop,
    /// It cannot go on without this task.
    Ended(Ended),
    /// Another process works on the state by now, and this one stands by.
    Deposed,
}

/// Waits for a signal, or for a task that ends by itself.
async fn wait(
    signals: &mut Signals,
    tasks: &mut NamedTasks,
    config: &Config,
    engine: &Engine,
    live_status: &LiveStatus,
    reload: &impl Fn() -> Result<Config, Problems>,
    systemd: &mut Systemd,
) -> Next {
    loop {
        tokio::select! {
            deposed = engine.runner.store.deposed() => {
                tracing::error!("{deposed}");
                return Next::Deposed;
            }
            () = systemd.due(engine) => systemd.alive(sentence(config, live_status)),
            asked = signals.next() => match asked {
                Asked::Stop => {
                    systemd.stopping();
                    tracing::info!("shutting down; uploads in progress resume at the next start");
                    return Next::Stop;
                }
                Asked::Reload => {
                    systemd.reloading();
                    let read = read_into_force(config, engine, reload).await;
                    if let Some(new) = tell_of_reload(read, live_status, &engine.runner.clock) {
                        return Next::Reload(Box::new(new));
                    }
                    systemd.ready(sentence(config, live_status));
                }
            },
            Some(ended) = tasks.ended() => {
                tracing::error!(
                    task = ended.name,
                    "the task \"{}\" of the daemon ended ({}); stopping, so that it is started anew",
                    ended.name,
                    ended.how
                );
                return Next::Ended(ended);
            }
        }
    }
}

/// How all bots are doing, for those who look after the process.
fn sentence(config: &Config, live_status: &LiveStatus) -> String {
    let bots = config.bots.iter().map(|bot| bot.domain_name.as_str());
    live_status.sentence(bots)
}

/// Whether a stop was asked for meanwhile, which a reload must not swallow.
async fn wind_down(tasks: &mut NamedTasks, signals: &mut Signals) -> bool {
    let all = async { while tasks.ended().await.is_some() {} };
    tokio::select! {
        () = all => false,
        () = tokio::time::sleep(DEADLINE) => {
            tracing::warn!("{}", late(&tasks.names()));
            false
        }
        () = signals.stop() => {
            tracing::warn!("stopping at once");
            true
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Signals that nobody sends, so that those of the test process stay as they are.
    fn nobodys_signals() -> Signals {
        let window = SignalKind::window_change();
        Signals::new([window, window, window]).unwrap()
    }

    fn config(folder: &std::path::Path) -> Config {
        let text = "state_dir = 'state'\n[haptik]\nbase_url = 'sandbox'\n[[bot]]\ndomain_name = 'acme'\n\
                    upload_effect = 'merge'\n[[bot.source]]\nfolder = 'export'\n";
        let nothing = Vec::<(String, String)>::new();
        Config::parse(text, &folder.join("config.toml"), nothing).unwrap()
    }

    #[tokio::test]
    async fn a_task_that_ends_by_itself_ends_the_daemon_and_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let config = config(folder.path());
        let beside = async |_: CommandContext| {
            let stays = NamedTask::new("stays", tokio::time::sleep(Duration::from_millis(100)));
            Ok(vec![stays])
        };
        let reload = || unreachable!("nobody asks for it");
        let status = LiveStatus::default();
        let ended = run_until(nobodys_signals(), config, status, reload, beside).await;
        let Err(DaemonError::TaskEnded { name, how }) = ended else {
            panic!("{ended:?}");
        };
        assert_eq!((&*name, &*how), ("stays", "it returned"));
    }

    #[tokio::test(start_paused = true)]
    async fn who_is_late_at_a_stop_is_named() {
        let mut tasks = NamedTasks::default();
        tasks.spawn(NamedTask::new("bot acme", async {}));
        tasks.spawn(NamedTask::new("admin", std::future::pending()));
        let stopped = wind_down(&mut tasks, &mut nobodys_signals()).await;
        assert!(!stopped);
        assert!(late(&tasks.names()).ends_with("Late: admin"));
    }
}
