//! One life of the daemon: its state file, its engine and its loops, put together as `run` does
//! it, but on the simulation's clock and wire.

use std::sync::atomic::AtomicU32;
use std::sync::{Arc, Mutex, PoisonError};

use super::absence::Now;
use super::loops::{BotLoops, still};
use super::story::Story;
use super::supervision::Supervision;
use super::wire::Books;
use kms_haptik_sync::clock::{Clock, Millis};
use kms_haptik_sync::config::Config;
use kms_haptik_sync::daemon::bot_loops;
use kms_haptik_sync::haptik::{Client, Transport};
use kms_haptik_sync::sandbox::InProcess;
use kms_haptik_sync::status::LiveStatus;
use kms_haptik_sync::store::{Store, UploadRecord};
use kms_haptik_sync::sync::{Engine, Observer, PassReport, Preview, silent};
use tokio::sync::Notify;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// Enters in the books that a bot's sources were read and its plan made, before anything comes of it.
struct Plans {
    clock: Clock,
    live_status: LiveStatus,
    books: Arc<Mutex<Books>>,
    story: Story,
}

impl Plans {
    fn enter(&self, bot: &str, preview: &Preview) {
        let now = Now {
            at: Instant::now(),
            wall: self.clock.now(),
        };
        let mut books = self.books.lock().unwrap_or_else(PoisonError::into_inner);
        let ledger = books.ledgers.get_mut(bot).expect("a bot");
        if ledger.is_afflicted && !preview.errors.is_empty() {
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

impl Observer for Plans {
    fn began(&self, bot: &str) {
        self.live_status.began(bot);
    }

    fn planned(&self, bot: &str, preview: &Preview, now: Millis) {
        self.live_status.planned(bot, preview, now);
        self.enter(bot, preview);
    }

    fn settled(&self, bot: &str, record: &UploadRecord, now: Millis) {
        self.live_status.settled(bot, record, now);
    }

    fn asked(&self, bot: &str, verified_after: Option<std::time::Duration>) {
        self.live_status.asked(bot, verified_after);
    }

    fn ended(&self, report: &PassReport) {
        self.live_status.ended(report);
    }
}

/// A daemon that runs.
pub(crate) struct Process {
    pub(crate) loops: BotLoops,
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
        let (books, log) = told;
        engine.observer = Arc::new(Plans {
            clock: clock.clone(),
            live_status: live_status.clone(),
            books,
            story: log,
        });
        let wakes: Vec<Arc<Notify>> = config.bots.iter().map(|_| Arc::default()).collect();
        let (loops, _triggers) = bot_loops(&engine, &config.bots, &wakes);
        Some(Self {
            loops: BotLoops::new(loops, supervision.clone(), look),
            engine,
            live_status,
            wakes,
            stop,
            supervision,
            store,
        })
    }
}
