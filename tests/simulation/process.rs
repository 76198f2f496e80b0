//! One life of the daemon: its state file, its engine and its lines, put together as `run` does
//! it, but on the simulation's clock and wire.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use kms_haptik_sync::clock::Clock;
use kms_haptik_sync::config::Config;
use kms_haptik_sync::daemon::{Engine, lines};
use kms_haptik_sync::flow::send::silent;
use kms_haptik_sync::haptik::{Client, Transport};
use kms_haptik_sync::sandbox::InProcess;
use kms_haptik_sync::store::Store;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use super::lines::Lines;
use super::supervision::Supervision;

/// A daemon that runs.
pub(crate) struct Process {
    pub(crate) lines: Lines,
    pub(crate) wakes: Vec<Arc<Notify>>,
    pub(crate) stop: CancellationToken,
    pub(crate) supervision: Arc<Supervision>,
    /// The same state, for looking at it; looking is no moment to die at.
    pub(crate) store: Store,
}

impl Process {
    /// Starts a daemon; `None` where it dies while it starts.
    pub(crate) async fn start(
        config: &Config,
        clock: &Clock,
        transport: Arc<dyn Transport>,
        supervision: Arc<Supervision>,
        look: Arc<AtomicBool>,
        random: fastrand::Rng,
    ) -> Option<Self> {
        let store = open(&config.state_dir).await;
        let supervised = store.clone().supervised(supervision.clone());
        if !lives(&supervision, supervised.recover(clock.now())).await {
            return None;
        }
        let client = Client::new(
            transport,
            InProcess::base_url().to_owned(),
            config.haptik.client_id.clone(),
            None,
            clock.clone(),
        );
        let stop = CancellationToken::new();
        let engine = Engine::new(
            config,
            supervised,
            Arc::new(client.expect("a client")),
            clock.clone(),
            silent(),
            stop.clone(),
            random,
        );
        let wakes: Vec<Arc<Notify>> = config.bots.iter().map(|_| Arc::default()).collect();
        let (lines, _ears) = lines(&engine, &config.bots, &wakes);
        Some(Self {
            lines: Lines::new(lines, supervision.clone(), look),
            wakes,
            stop,
            supervision,
            store,
        })
    }
}

/// Opens the state while the virtual clock stands still.
async fn open(state_dir: &Path) -> Store {
    let (sender, receiver) = std::sync::mpsc::channel::<()>();
    let still = tokio::task::spawn_blocking(move || receiver.recv().is_err());
    let store = Store::open(state_dir).await.expect("a state");
    drop(sender);
    still.await.expect("a thread");
    store.in_virtual_time()
}

/// Whether the process lives to the end of this work.
async fn lives<T, E: std::fmt::Debug>(
    supervision: &Supervision,
    work: impl Future<Output = Result<T, E>>,
) -> bool {
    let mut work = std::pin::pin!(work);
    std::future::poll_fn(|context| {
        let done = work.as_mut().poll(context);
        if supervision.is_dead() {
            return std::task::Poll::Ready(false);
        }
        done.map(|outcome| {
            outcome.expect("a recovery");
            true
        })
    })
    .await
}
