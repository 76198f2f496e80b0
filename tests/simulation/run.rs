//! One run: the world that a seed chooses, from its first event until everything has gone quiet.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::AtomicU32;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use kms_haptik_sync::clock::Clock;
use kms_haptik_sync::config::{Config, UploadEffect};
use kms_haptik_sync::intake::Mishap;
use kms_haptik_sync::sandbox::{InProcess, Sandbox, SandboxSettings, UploadRule, Wording};
use tokio::time::Instant;

use super::exports::Place;
use super::knowledge::{Article, Knowledge, POISON};
use super::ledger::Ledger;
use super::loops::Pause;
use super::process::Process;
use super::scenario::Scenario;
use super::story::Story;
use super::supervision::Supervision;
use super::weather::Weather;
use super::wire::{Books, Wire};

/// The virtual wall clock begins here, in 2026.
const BEGAN_AT: i64 = 1_780_000_000_000;

/// What a run came to.
pub(crate) struct Outcome {
    pub(crate) broken: Vec<String>,
    pub(crate) story: String,
    pub(crate) calls: u64,
    pub(crate) uploads: u32,
}

/// The world of a run.
pub(crate) struct World {
    pub(crate) scenario: Scenario,
    pub(crate) config: Config,
    pub(crate) random: fastrand::Rng,
    pub(crate) clock: Clock,
    pub(crate) sandbox: Sandbox,
    pub(crate) story: Story,
    pub(crate) books: Arc<Mutex<Books>>,
    pub(crate) bases: Vec<Knowledge>,
    pub(crate) places: Vec<Place>,
    pub(crate) bad_names: BTreeSet<String>,
    pub(crate) process: Option<Process>,
    /// The last plan of which a person was told, by bot.
    pub(crate) told_plan: Vec<Option<i64>>,
    /// The configuration names another Haptik.
    pub(crate) elsewhere: bool,
    /// What happens to whoever reads the source of a bot, in this process and the next one.
    pub(crate) mishaps: Vec<Option<(Mishap, u32)>>,
    /// What was altered in the state, by bot: the articles as they were when their content was.
    pub(crate) rotten: Vec<BTreeMap<String, Article>>,
    doom: Option<(i64, Duration)>,
    _folder: tempfile::TempDir,
}

/// Runs one seed in virtual time.
pub(crate) fn run(seed: u64, with_log: bool) -> Outcome {
    in_virtual_time(async move {
        let mut random = fastrand::Rng::with_seed(seed);
        let mut world = World::of(Scenario::of(&mut random), seed);
        let _log = with_log.then(|| log_into(&world.story));
        Box::pin(world.live()).await;
        let books = world.books();
        Outcome {
            broken: books.broken.clone(),
            story: world.story.text(),
            calls: books.calls,
            uploads: books.ledgers.values().map(|ledger| ledger.uploads).sum(),
        }
    })
}

/// Runs something on a clock that moves only when nothing else does.
pub(crate) fn in_virtual_time<T>(what: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .expect("a runtime")
        .block_on(what)
}

pub(crate) fn log_into(story: &Story) -> tracing::subscriber::DefaultGuard {
    let story = story.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::DEBUG)
        .without_time()
        .with_ansi(false)
        .with_target(false)
        .with_writer(move || story.clone())
        .finish();
    tracing::subscriber::set_default(subscriber)
}

/// In memory where there is such a place: the state is written durably, again and again.
pub(crate) fn folder() -> tempfile::TempDir {
    tempfile::tempdir_in("/dev/shm")
        .or_else(|_| tempfile::tempdir())
        .expect("a folder")
}

impl World {
    pub(crate) fn of(scenario: Scenario, seed: u64) -> Self {
        let mut random = fastrand::Rng::with_seed(seed ^ 0x5eed);
        let folder = folder();
        let path = folder.path().join("config.toml");
        let nothing: [(String, String); 0] = [];
        let config =
            Config::parse(&scenario.configuration, &path, nothing).expect("a configuration");
        let clock = Clock::following_tokio(BEGAN_AT);
        let sandbox = sandbox(&scenario, &config, seed);
        let mut books = Books::new(
            Weather::new(random.fork()),
            config.haptik.calls_per_minute as usize,
        );
        for bot in &config.bots {
            let patience = config.haptik.polling.give_up_after;
            let of_scenario = scenario.bots.iter();
            let mut of_scenario = of_scenario.filter(|of| of.domain_name == bot.domain_name);
            let has_marker = of_scenario.any(|of| of.has_marker);
            let ledger = Ledger::new(bot, patience, has_marker);
            books.ledgers.insert(bot.domain_name.clone(), ledger);
        }
        let bases = scenario.bots.iter().map(|bot| {
            let mut knowledge = Knowledge::new(bot.prefix.clone(), bot.articles, bot.parts);
            for at in 0..bot.poisoned {
                knowledge.put(format!("{}{at}", bot.prefix), true);
            }
            knowledge
        });
        let told_plan = vec![None; scenario.bots.len()];
        let mishaps = vec![None; scenario.bots.len()];
        let rotten = vec![BTreeMap::new(); scenario.bots.len()];
        let places = scenario.bots.iter();
        let places = places.map(|bot| Place::new(folder.path(), &bot.domain_name));
        Self {
            bases: bases.collect(),
            places: places.collect(),
            scenario,
            config,
            random,
            clock,
            sandbox,
            story: Story::begin(),
            books: Arc::new(Mutex::new(books)),
            bad_names: BTreeSet::new(),
            process: None,
            told_plan,
            elsewhere: false,
            mishaps,
            rotten,
            doom: None,
            _folder: folder,
        }
    }

    pub(crate) fn books(&self) -> MutexGuard<'_, Books> {
        self.books.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn is_broken(&self) -> bool {
        !self.books().broken.is_empty()
    }

    pub(crate) fn begin(&mut self) {
        for line in self.scenario.configuration.clone().lines() {
            self.story.tell(line);
        }
        for bot in 0..self.bases.len() {
            self.export(bot);
        }
        self.start();
    }

    async fn live(&mut self) {
        self.begin();
        let began = Instant::now();
        for (at, event) in std::mem::take(&mut self.scenario.events) {
            self.pass_time(began + at).await;
            if self.is_broken() {
                return;
            }
            self.story.tell(format_args!("EVENT {event:?}"));
            self.happen(event).await;
        }
        self.pass_time(Instant::now() + Duration::from_mins(5))
            .await;
        self.go_quiet().await;
    }

    /// Lets time pass until `until`: the daemon works, dies, and is started again.
    pub(crate) async fn pass_time(&mut self, until: Instant) {
        while !self.is_broken() {
            let Some(process) = &mut self.process else {
                let (_, down) = self.doom.unwrap_or_default();
                tokio::time::sleep(down).await;
                self.start();
                continue;
            };
            match process.loops.run(until).await {
                Pause::Deadline => break,
                Pause::Died => self.bury("the process dies"),
                Pause::Look(bots) => self.look(bots),
                Pause::Ended => {
                    let broken = "the daemon goes on: every loop has ended".to_owned();
                    self.books().broken.push(broken);
                }
            }
        }
        self.look(u32::MAX);
    }

    pub(crate) fn bury(&mut self, how: &str) {
        self.story.tell(how);
        self.process = None;
        let now = self.now();
        for ledger in self.books().ledgers.values_mut() {
            ledger.process_ended(now);
        }
    }

    /// The process will die at one of the next moments.
    pub(crate) fn doom(&mut self, moments: i64, down: Duration) {
        self.doom = Some((moments, down));
        if let Some(process) = &self.process {
            process.supervision.doom(moments);
        }
    }

    pub(crate) fn start(&mut self) {
        let supervision = Arc::new(Supervision::default());
        if self.random.u8(0..8) == 0 && self.doom.take().is_some() {
            // Dies again while it takes up what was under way.
            supervision.doom(self.random.i64(1..12));
        }
        self.doom = None;
        let look = Arc::new(AtomicU32::new(0));
        let timeout = self.config.haptik.request_timeout;
        let wire = Wire {
            inner: InProcess::new(&self.sandbox, timeout),
            sandbox: self.sandbox.clone(),
            books: self.books.clone(),
            story: self.story.clone(),
            supervision: supervision.clone(),
            look: look.clone(),
            timeout,
            elsewhere: self.elsewhere,
        };
        self.story.tell("the process starts");
        let random = self.random.fork();
        let mut config = self.config.clone();
        if self.elsewhere {
            "elsewhere".clone_into(&mut config.haptik.client_id);
        }
        let (config, clock) = (&config, &self.clock);
        let wire = Arc::new(wire);
        let told = (self.books.clone(), self.story.clone());
        self.process = Process::start(config, clock, wire, supervision, look, told, random);
        if self.process.is_none() {
            self.bury("the process dies while it starts");
        }
        self.afflict();
    }
}

fn sandbox(scenario: &Scenario, config: &Config, seed: u64) -> Sandbox {
    let client_id = config.haptik.client_id.clone();
    let mut settings = SandboxSettings::new(client_id, UploadEffect::Merge);
    settings.task_time = scenario.task_time;
    settings.seed = seed;
    settings.clock = Clock::following_tokio(BEGAN_AT);
    for bot in &config.bots {
        let effects = &mut settings.effects;
        effects.insert(bot.domain_name.clone(), bot.upload_effect);
    }
    let sandbox = Sandbox::new(settings);
    let reason = "this text is not allowed".to_owned();
    let mut wording = Wording {
        in_progress: scenario.in_progress.to_owned(),
        ..Wording::default()
    };
    if scenario.lies {
        "Error: a step with this question exists already, \"faq-1\": REASON"
            .clone_into(&mut wording.failed);
    }
    sandbox.change(UploadRule {
        bad_content: Some([(POISON.to_owned(), reason)].into()),
        unnamed: Some(scenario.unnamed),
        wording: Some(wording),
        ..UploadRule::default()
    });
    sandbox
}
