//! The daemon from start to stop: lock, migrations, recovery, then one line and one watch a bot
//! and source, until a signal.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::{Notify, oneshot};
use tokio::task::JoinSet;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use super::bot_loop::lines;
use super::systemd::Systemd;
use super::watch::{SourceWatch, WatchListener, Watcher};
use super::watchdog;
use crate::admin;
use crate::clock::Clock;
use crate::config::{Config, Problems, SourceKind};
use crate::control::{CommandContext, listen};
use crate::intake::{SourceThreads, Work};
use crate::notify::Notifier;
use crate::status::{LiveStatus, StatusReader};
use crate::store::{ActionRecord, StoreError};
use crate::sync::{Engine, EngineError, LastReadings, Lock, Refused, in_words, refused_bots};

/// For so long, the watches of all folders are waited for at a start.
const WATCHES: Duration = Duration::from_secs(2);

/// After a stop is asked for, everything ends within this time.
const DEADLINE: Duration = Duration::from_millis(4500);

/// Runs until SIGTERM or SIGINT. `reload` reads the configuration again, at SIGHUP.
pub async fn run(
    config: Config,
    reload: impl Fn() -> Result<Config, Problems>,
) -> Result<(), EngineError> {
    let mut signals = Signals::new()?;
    let mut config = Arc::new(config);
    let _lock = Lock::take(&config.state_dir)?;
    let (live_status, threads) = (LiveStatus::default(), SourceThreads::default());
    let last_readings = LastReadings::default();
    watchdog::watch(live_status.clone()).map_err(EngineError::Signal)?;
    let mut systemd = Systemd::new();
    loop {
        crate::telemetry::follow(config.log_level);
        let stop = CancellationToken::new();
        let tell = live_status.board.tell();
        let mut engine = Engine::open(&config, Clock::system(), tell, stop.clone()).await?;
        engine.observer = Arc::new(live_status.clone());
        engine.last_readings = last_readings.clone();
        engine.threads = threads.clone();
        let refused = refused_bots(&engine.runner.store, &config).await?;
        if refused.len() == config.bots.len() {
            return Err(EngineError::OtherHaptik(in_words(&refused)));
        }
        let mut tasks = start(&config, &engine, &live_status).await?;
        tracing::info!(
            "ready: {} {}, state in {}",
            config.bots.len(),
            if config.bots.len() == 1 {
                "bot"
            } else {
                "bots"
            },
            config.state_dir.display()
        );
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
            Some(new) if !stopped => config = Arc::new(new),
            _ => return Ok(()),
        }
    }
}

/// The folders are watched before the first pass reads them, where they answer, so that nothing slips
/// between.
async fn start(
    config: &Arc<Config>,
    engine: &Engine,
    live_status: &LiveStatus,
) -> Result<JoinSet<()>, EngineError> {
    let mut tasks = JoinSet::new();
    let store = &engine.runner.store;
    for bot in &config.bots {
        let id = store.bot(&bot.domain_name).await?;
        let since = store.waiting_since(id).await?;
        live_status.take_up(&bot.domain_name, since);
        let now = engine.runner.clock.point();
        engine.last_readings.follow(bot, &now);
    }
    let wakes: Vec<Arc<Notify>> = config.bots.iter().map(|_| Arc::default()).collect();
    watch(config, engine, &wakes, &mut tasks).await;
    let (lines, ears) = lines(engine, &config.bots, &wakes);
    for line in lines {
        tasks.spawn(line);
    }
    let context =
        CommandContext::in_daemon(config.clone(), engine.clone(), live_status.clone(), ears.0);
    let runner = &engine.runner;
    let (store, clock) = (runner.store.clone(), runner.clock.clone());
    if let Some(notifier) = Notifier::new(config, store, live_status.clone(), clock)? {
        let passed = live_status.passed.clone();
        tasks.spawn(notifier.run(passed, runner.stop.clone()));
    }
    let stop = engine.runner.stop.clone();
    let board = live_status.board.clone();
    tasks.spawn(listen(context.clone(), board, stop.clone()));
    if let Some(admin) = config.admin.clone() {
        let status_reader = StatusReader::new(config.clone(), engine, live_status.clone())
            .apart()
            .await?;
        let serving = admin::serve(admin, status_reader, context, stop);
        tasks.spawn(apart("admin", serving));
    }
    Ok(tasks)
}

/// Has the folders of all sources watched. It is waited for, but not for long: a file system that does
/// not answer must not keep the others from their first pass.
async fn watch(config: &Config, engine: &Engine, wakes: &[Arc<Notify>], tasks: &mut JoinSet<()>) {
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
            tasks.spawn(watch.run(begun, runner.stop.clone()));
            all_begun.push(beginning);
        }
    }
    let _ = timeout(WATCHES, join_all(all_begun)).await;
}

/// Runs on a thread and in a runtime of its own, so that whatever keeps the workers busy keeps no probe
/// waiting. That it fails is a failure here.
async fn apart(name: &str, work: impl Future<Output = ()> + Send + 'static) {
    let (ended, end) = oneshot::channel();
    let thread = std::thread::Builder::new().name(name.to_owned());
    let begun = thread.spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build();
        runtime.expect("a runtime").block_on(work);
        let _ = ended.send(());
    });
    begun.expect("a thread");
    end.await.expect("what runs apart comes to its end");
}

/// Waits for a signal: the new configuration, or `None` to stop. A task that ends by itself is a
/// defect, and a half-dead daemon is worse than a restart.
async fn wait(
    signals: &mut Signals,
    tasks: &mut JoinSet<()>,
    config: &Config,
    engine: &Engine,
    live_status: &LiveStatus,
    reload: &impl Fn() -> Result<Config, Problems>,
    systemd: &mut Systemd,
) -> Option<Config> {
    loop {
        tokio::select! {
            () = systemd.due(engine) => systemd.alive(sentence(config, live_status)),
            () = stopped(&mut signals.terminate, &mut signals.interrupt) => {
                systemd.stopping();
                tracing::info!("stopping; what is under way is kept and goes on at the next start");
                return None;
            }
            _ = signals.reload.recv() => {
                systemd.reloading();
                if let Some(new) = read_again(config, engine, reload).await {
                    return Some(new);
                }
                systemd.ready(sentence(config, live_status));
            }
            ended = tasks.join_next() => {
                if let Some(Err(error)) = ended {
                    tracing::error!("a part of the daemon failed ({error}); stopping, so that it is started anew");
                    std::process::abort();
                }
            }
        }
    }
}

/// The new configuration; the reason why there is none is told.
async fn read_again(
    config: &Config,
    engine: &Engine,
    reload: &impl Fn() -> Result<Config, Problems>,
) -> Option<Config> {
    match reload() {
        Ok(new) if new.state_dir == config.state_dir => {
            match taken_into_force(config, engine, &new).await {
                Ok(()) => {
                    tracing::info!("configuration read again");
                    return Some(new);
                }
                Err(reason) => tracing::error!("{reason}\nThe old configuration stays in force"),
            }
        }
        Ok(_) => tracing::error!(
            "state_dir cannot change while the daemon runs; the old configuration stays in force until a restart"
        ),
        Err(problems) => tracing::error!(
            "the new configuration is wrong and the old one stays in force\n{problems}"
        ),
    }
    None
}

/// Writes down that a new configuration is in force from now on; or says why it cannot be: what the
/// state knows of a bot speaks of another Haptik.
async fn taken_into_force(config: &Config, engine: &Engine, new: &Config) -> Result<(), String> {
    let store = &engine.runner.store;
    let refused = async {
        let before = refused_bots(store, config).await?;
        let after = refused_bots(store, new).await?;
        Ok((before, after))
    };
    let said = |error: StoreError| error.to_string();
    let (before, after) = refused.await.map_err(said)?;
    let is_new = |refused: &&Refused| {
        let known = before
            .iter()
            .any(|one| one.domain_name == refused.domain_name);
        !known || after.len() == new.bots.len()
    };
    let refused: Vec<Refused> = after.iter().filter(is_new).cloned().collect();
    if !refused.is_empty() {
        return Err(in_words(&refused));
    }
    let action = ActionRecord {
        at: engine.runner.clock.now(),
        // A signal does not say who sent it.
        who: "SIGHUP".to_owned(),
        what: "reload".to_owned(),
        domain_name: None,
        plan: None,
        details: serde_json::json!({ "configuration": new.path }),
    };
    store.record_action(&action).await.map_err(said)
}

/// How all bots are doing, for those who look after the process.
fn sentence(config: &Config, live_status: &LiveStatus) -> String {
    let bots = config.bots.iter().map(|bot| bot.domain_name.as_str());
    live_status.sentence(bots)
}

/// Whether a stop was asked for meanwhile, which a reload must not swallow.
async fn wind_down(tasks: &mut JoinSet<()>, signals: &mut Signals) -> bool {
    let all = async { while tasks.join_next().await.is_some() {} };
    tokio::select! {
        () = all => false,
        () = tokio::time::sleep(DEADLINE) => {
            tracing::warn!("a part of the daemon did not end in time; what is under way is kept all the same");
            false
        }
        () = stopped(&mut signals.terminate, &mut signals.interrupt) => {
            tracing::warn!("stopping at once");
            true
        }
    }
}

struct Signals {
    terminate: Signal,
    interrupt: Signal,
    reload: Signal,
}

impl Signals {
    fn new() -> Result<Self, EngineError> {
        let listen = |kind| signal(kind).map_err(EngineError::Signal);
        Ok(Self {
            terminate: listen(SignalKind::terminate())?,
            interrupt: listen(SignalKind::interrupt())?,
            reload: listen(SignalKind::hangup())?,
        })
    }
}

async fn stopped(terminate: &mut Signal, interrupt: &mut Signal) {
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
}
