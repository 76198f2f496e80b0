//! One life of the daemon: its state file, its engine and its lines, put together as `run` does
//! it, but on the simulation's clock and wire.

use std::sync::Arc;
use std::sync::atomic::AtomicU32;

use kms_haptik_sync::clock::Clock;
use kms_haptik_sync::config::Config;
use kms_haptik_sync::daemon::{Engine, lines};
use kms_haptik_sync::flow::send::silent;
use kms_haptik_sync::haptik::{Client, Transport};
use kms_haptik_sync::sandbox::InProcess;
use kms_haptik_sync::store::Store;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use super::lines::{Lines, still};
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
    pub(crate) fn start(
        config: &Config,
        clock: &Clock,
        transport: Arc<dyn Transport>,
        supervision: Arc<Supervision>,
        look: Arc<AtomicU32>,
        random: fastrand::Rng,
    ) -> Option<Self> {
        let store = still(&supervision, Store::open(&config.state_dir))?.expect("a state");
        let supervised = store.clone().supervised(supervision.clone());
        still(&supervision, supervised.recover(clock.now()))?.expect("a recovery");
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
