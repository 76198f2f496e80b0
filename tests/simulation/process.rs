//! One life of the daemon: its state file, its engine and its lines, put together as `run` does
//! it, but on the simulation's clock and wire.

use std::sync::atomic::AtomicU32;
use std::sync::{Arc, Mutex, PoisonError};

use super::absence::Now;
use super::lines::{Lines, still};
use super::story::Story;
use super::supervision::Supervision;
use super::wire::Books;
use kms_haptik_sync::clock::Clock;
use kms_haptik_sync::config::Config;
use kms_haptik_sync::daemon::lines;
use kms_haptik_sync::haptik::{Client, Transport};
use kms_haptik_sync::sandbox::InProcess;
use kms_haptik_sync::status::LiveStatus;
use kms_haptik_sync::store::Store;
use kms_haptik_sync::sync::{Engine, silent};
use tokio::sync::Notify;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// Notices when a bot's sources were read and its plan made, and enters that in the books.
pub(crate) struct Plans {
    /// Each bot with the place of its last plan in memory: two that follow each other have two.
    bots: Vec<(String, Option<usize>)>,
    clock: Clock,
    live_status: LiveStatus,
    books: Arc<Mutex<Books>>,
    story: Story,
}

impl Plans {
    fn new(
        config: &Config,
        clock: Clock,
        live_status: LiveStatus,
        told: (Arc<Mutex<Books>>, Story),
    ) -> Self {
        let (books, story) = told;
        let bots = config.bots.iter();
        Self {
            bots: bots.map(|bot| (bot.domain_name.clone(), None)).collect(),
            clock,
            live_status,
            books,
            story,
        }
    }

    /// Looks at one bot. To be called after each piece of its work on the state, so that no plan is missed.
    pub(crate) fn notice(&mut self, at: usize) {
        let (bot, last) = &mut self.bots[at];
        let live = self.live_status.of(bot);
        let place = live.last_plan.map(|plan| Arc::as_ptr(&plan).addr());
        if place == *last {
            return;
        }
        *last = place;
        let now = Now {
            at: Instant::now(),
            wall: self.clock.now(),
        };
        let mut books = self.books.lock().unwrap_or_else(PoisonError::into_inner);
        let ledger = books.ledgers.get_mut(bot).expect("a bot");
        if ledger.is_afflicted && live.unreadable_sources > 0 {
            ledger.was_not_read();
            return;
        }
        ledger.was_read(now);
        let gone = ledger.files.gone.intersection(&ledger.known_live);
        let gone: Vec<&String> = gone.collect();
        if !gone.is_empty() {
            self.story
                .tell(format_args!("   {bot} was read; may be gone: {gone:?}"));
        }
    }
}

/// A daemon that runs.
pub(crate) struct Process {
    pub(crate) lines: Lines,
    pub(crate) wakes: Vec<Arc<Notify>>,
    pub(crate) stop: CancellationToken,
    pub(crate) supervision: Arc<Supervision>,
    /// What a watcher tells, and what was last planned.
    pub(crate) engine: Engine,
    /// How its bots are doing, as it sees it.
    pub(crate) live_status: LiveStatus,
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
        told: (Arc<Mutex<Books>>, Story),
        random: fastrand::Rng,
    ) -> Option<Self> {
        let store = still(&supervision, Store::open(&config.state_dir))?.expect("a state");
        let supervised = store.clone().supervised(supervision.clone());
        still(&supervision, supervised.recover())?.expect("a recovery");
        let client = Client::new(
            transport,
            InProcess::base_url().to_owned(),
            config.haptik.client_id.clone(),
            None,
            clock.clone(),
        );
        let stop = CancellationToken::new();
        let live_status = LiveStatus::default();
        let mut engine = Engine::new(
            config,
            supervised,
            Arc::new(client.expect("a client")),
            clock.clone(),
            silent(),
            stop.clone(),
            random,
        );
        engine.observer = Arc::new(live_status.clone());
        let wakes: Vec<Arc<Notify>> = config.bots.iter().map(|_| Arc::default()).collect();
        let (lines, _triggers) = lines(&engine, &config.bots, &wakes);
        let plans = Plans::new(config, clock.clone(), live_status.clone(), told);
        Some(Self {
            lines: Lines::new(lines, supervision.clone(), look, plans),
            engine,
            live_status,
            wakes,
            stop,
            supervision,
            store,
        })
    }
}
