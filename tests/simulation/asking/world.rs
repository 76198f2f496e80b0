//! A daemon, its bots, and a sandbox that answers, all in virtual time: what a seed chooses, what editors
//! do, and what is known.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;
use std::sync::atomic::AtomicU32;
use std::time::Duration;

use super::wire::{AskCall, AskCalls, Wire};
use crate::loops::{BotLoops, see, still};
use crate::run::folder;
use crate::story::Story;
use crate::supervision::Supervision;
use kms_haptik_sync::clock::Clock;
use kms_haptik_sync::config::{AskMode, Config, Repair, UploadEffect};
use kms_haptik_sync::daemon::bot_loops;
use kms_haptik_sync::haptik::Client;
use kms_haptik_sync::model::AskedStep;
use kms_haptik_sync::sandbox::{
    AnswerRule, InProcess, Reply, Sandbox, SandboxSettings, UploadRule,
};
use kms_haptik_sync::store::{Store, VerificationCounts};
use kms_haptik_sync::sync::{Engine, silent};
use tokio::sync::Notify;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// The virtual wall clock begins here, in 2026.
const BEGAN_AT: i64 = 1_780_000_000_000;
/// The channel of the first bot; the others follow.
const CHANNEL: u64 = 1001;
const MOST_STEPS: u32 = 5;
const DAY: u32 = 24;

/// One bot and what its export holds.
pub(super) struct SimulatedBot {
    pub(super) name: String,
    pub(super) channel: u64,
    /// Question and answer of each article.
    pub(super) articles: BTreeMap<String, (String, String)>,
    wake: Arc<Notify>,
}

/// What a seed has chosen, and what has come of it so far.
pub(super) struct World {
    pub(super) random: fastrand::Rng,
    pub(super) sandbox: Sandbox,
    pub(super) bots: Vec<SimulatedBot>,
    pub(super) mode: AskMode,
    pub(super) repair: Repair,
    /// Calls that ask, in any 24 hours; too few to find anything out in some seeds.
    pub(super) calls_per_day: usize,
    pub(super) is_tight: bool,
    pub(super) sweep: Duration,
    pub(super) first: Duration,
    pub(super) story: Story,
    pub(super) broken: Vec<String>,
    /// How bots answer while they say nothing false.
    honest: AnswerRule,
    config: Config,
    pub(super) clock: Clock,
    store: Store,
    calls: AskCalls,
    loops: BotLoops,
    changes: u32,
    folder: tempfile::TempDir,
}

/// The shares of a seed that go into its configuration.
struct Chosen {
    bots: u32,
    mode: &'static str,
    repair: &'static str,
    sweep_hours: u32,
    first_seconds: u32,
    calls_per_day: u32,
    is_tight: bool,
    canary: bool,
}

impl Chosen {
    fn by(random: &mut fastrand::Rng) -> Self {
        let bots = random.u32(1..4);
        let mode = *random.choice(&["webhook", "conversation"]).expect("a mode");
        // Most sweeps are short, so that many of them fit into a run.
        let sweep_hours = *random.choice(&[2, 2, 2, DAY]).expect("a sweep");
        let is_tight = random.u8(0..5) == 0;
        let calls_of_question = if mode == "webhook" { 1 } else { 4 };
        // Half of it suffices for the sweep, the other half for what has changed, and for an hourly
        // question to a bot that does not answer.
        let enough = bots * MOST_STEPS * (DAY / sweep_hours) * calls_of_question * 2
            + bots * 60 * calls_of_question;
        // It is asked for every hour, and as often again after uploads and before repairs.
        let canary = random.u8(0..3) == 0;
        let enough = enough + u32::from(canary) * bots * 2 * DAY * calls_of_question;
        Self {
            bots,
            mode,
            repair: *random.choice(&["tell", "resend"]).expect("a repair"),
            sweep_hours,
            first_seconds: *random.choice(&[1, 10]).expect("a wait"),
            calls_per_day: if is_tight { random.u32(1..30) } else { enough },
            is_tight,
            canary,
        }
    }

    fn configuration(&self, random: &mut fastrand::Rng) -> String {
        let mut text = format!(
            "state_dir = 'state'\n[haptik]\nbase_url = 'sandbox'\n[haptik.ask]\nmode = '{}'\nsweep = '{}h'\nfirst = '{}s'\n\
             calls_per_day = {}\nfallback = ['did not understand']\nrepair = '{}'\ncanary = {}\n",
            self.mode,
            self.sweep_hours,
            self.first_seconds,
            self.calls_per_day,
            self.repair,
            self.canary,
        );
        for at in 0..self.bots {
            let effect = random.choice(&["merge", "replace"]).expect("an effect");
            let _ = write!(
                text,
                "[[bot]]\ndomain_name = 'bot{at}'\nbusiness_id = {}\nupload_effect = '{effect}'\n\
                 [[bot.source]]\nfolder = 'export{at}'\nsettle = '0s'\nevery = '12h'\n",
                CHANNEL + u64::from(at),
            );
        }
        text
    }
}

impl World {
    pub(super) fn of(seed: u64) -> Self {
        let mut random = fastrand::Rng::with_seed(seed);
        let folder = folder();
        let chosen = Chosen::by(&mut random);
        let text = chosen.configuration(&mut random);
        let path = folder.path().join("config.toml");
        let config = Config::parse(&text, &path, Vec::<(String, String)>::new());
        let config = config.expect("a configuration");
        let clock = Clock::following_tokio(BEGAN_AT);
        let honest = AnswerRule {
            users_must_exist: random.bool(),
            reply: *random
                .choice(&[Reply::AtOnce, Reply::After(2_500)])
                .expect("a reply"),
            ..AnswerRule::default()
        };
        let sandbox = sandbox(&config, &clock, &honest, seed, &mut random);
        let store = still(&Supervision::default(), Store::open(&config.state_dir));
        let store = store.expect("nobody dies").expect("a state");
        let bots: Vec<SimulatedBot> = (0..chosen.bots).map(|at| bot(at, &mut random)).collect();
        for at in 0..bots.len() {
            std::fs::create_dir(folder.path().join(format!("export{at}"))).expect("a folder");
        }
        let told = Story::begin();
        told.tell(&text);
        let ask = config.haptik.ask.as_ref().expect("bots are asked");
        let (mode, repair, sweep, first) = (ask.mode, ask.repair, ask.sweep, ask.first);
        let mut world = Self {
            loops: BotLoops::new(
                Vec::<std::future::Ready<()>>::new(),
                Arc::default(),
                Arc::default(),
            ),
            random,
            sandbox,
            bots,
            mode,
            repair,
            calls_per_day: chosen.calls_per_day as usize,
            is_tight: chosen.is_tight,
            sweep,
            first,
            story: told,
            broken: Vec::new(),
            honest,
            config,
            clock,
            store,
            calls: AskCalls::default(),
            changes: 0,
            folder,
        };
        world.start();
        world
    }

    /// Begins a process; one that was there before ends, as at any moment between two pieces of work.
    pub(super) fn start(&mut self) {
        see(self.store.recover());
        let supervision = Arc::new(Supervision::default());
        let transport = Wire {
            inner: InProcess::new(&self.sandbox, Duration::from_secs(30)),
            clock: self.clock.clone(),
            calls: self.calls.clone(),
        };
        let base_url = InProcess::base_url().to_owned();
        let client_id = "sandbox".to_owned();
        let clock = self.clock.clone();
        let client = Client::new(Arc::new(transport), base_url, client_id, None, clock);
        let engine = Engine::new(
            &self.config,
            self.store.clone().supervised(supervision.clone()),
            Arc::new(client.expect("a client")),
            self.clock.clone(),
            silent(),
            CancellationToken::new(),
            self.random.fork(),
        );
        let wakes: Vec<Arc<Notify>> = self.bots.iter().map(|bot| bot.wake.clone()).collect();
        let (all, _) = bot_loops(&engine, &self.config.bots, &wakes);
        self.loops = BotLoops::new(all, supervision, Arc::new(AtomicU32::new(0)));
    }

    pub(super) async fn pass(&mut self, time: Duration) {
        let until = Instant::now() + time;
        while Instant::now() < until {
            self.loops.run(until).await;
        }
    }

    pub(super) fn tell(&self, what: impl std::fmt::Display) {
        self.story.tell(what);
    }

    pub(super) fn check(&mut self, is_kept: bool, words: impl FnOnce() -> String) {
        if !is_kept {
            let words = words();
            self.tell(&words);
            self.broken.push(words);
        }
    }

    /// The calls that have asked so far.
    pub(super) fn asked(&self) -> Vec<AskCall> {
        self.calls.all()
    }

    pub(super) fn asked_count(&self) -> usize {
        self.calls.count()
    }

    /// How often anything was uploaded to a bot.
    pub(super) fn uploads(&self, bot: usize) -> usize {
        let tasks = self.sandbox.calls().tasks;
        let of_bot = tasks
            .iter()
            .filter(|task| task.domain_name == self.bots[bot].name);
        of_bot.count()
    }

    /// Whether the bot holds what the knowledge base says.
    pub(super) fn is_said(&self, bot: usize, name: &str) -> bool {
        let bot = &self.bots[bot];
        let held = &self.sandbox.steps(&bot.name)[name];
        held.active && held.answers.join("<m>") == bot.articles[name].1
    }

    pub(super) fn counts(&self, bot: usize) -> VerificationCounts {
        see(async {
            let id = self.store.bot(&self.bots[bot].name).await?;
            self.store.verification_counts(id).await
        })
    }

    pub(super) fn asked_step(&self, bot: usize, name: &str) -> Option<AskedStep> {
        see(async {
            let id = self.store.bot(&self.bots[bot].name).await?;
            self.store.asked_step(id, name).await
        })
    }

    /// Has bots answer in another way, on top of how they answer honestly.
    pub(super) fn answers(&self, change: impl FnOnce(&mut AnswerRule)) {
        let mut rule = self.honest.clone();
        change(&mut rule);
        self.sandbox.change(UploadRule {
            answers: Some(rule),
            ..UploadRule::default()
        });
    }

    pub(super) fn publish_old(&self, names: &[String]) {
        self.sandbox.change(UploadRule {
            publish_old: names.to_vec(),
            ..UploadRule::default()
        });
    }

    pub(super) fn train(&self) {
        self.sandbox.change(UploadRule {
            train: true,
            ..UploadRule::default()
        });
    }

    /// The user messages of a step, each with what something else answers to it.
    pub(super) fn answered_with(
        &self,
        bot: usize,
        name: &str,
        answer: &str,
    ) -> BTreeMap<String, String> {
        let questions = self.bots[bot].articles[name].0.split('|');
        questions
            .map(|question| (question.to_owned(), answer.to_owned()))
            .collect()
    }

    /// An editor changes an answer.
    pub(super) fn edit(&mut self, bot: usize, name: &str) {
        self.changes += 1;
        let answer = format!("This is {name}, version {}.", self.changes);
        self.rewrite(bot, name, answer);
    }

    /// An editor writes this answer.
    pub(super) fn rewrite(&mut self, bot: usize, name: &str, answer: String) {
        let articles = &mut self.bots[bot].articles;
        articles.get_mut(name).expect("an article").1 = answer;
        self.export(bot);
    }

    /// An editor adds a user message.
    pub(super) fn add_question(&mut self, bot: usize, name: &str) {
        self.changes += 1;
        let change = self.changes;
        let articles = &mut self.bots[bot].articles;
        articles.get_mut(name).expect("an article").0 =
            format!("What is {name}?|Tell me about {name}|Is there {name} in version {change}?");
        self.export(bot);
    }

    pub(super) fn export(&self, at: usize) {
        let bot = &self.bots[at];
        let mut text = "node_name,question,answer\n".to_owned();
        for (name, (question, answer)) in &bot.articles {
            let _ = writeln!(text, "{name},{question},\"{answer}\"");
        }
        let export = self.folder.path().join(format!("export{at}"));
        let part = export.join("faq.csv.part");
        std::fs::write(&part, text).expect("a file");
        std::fs::rename(part, export.join("faq.csv")).expect("a file");
        bot.wake.notify_one();
    }
}

fn sandbox(
    config: &Config,
    clock: &Clock,
    honest: &AnswerRule,
    seed: u64,
    random: &mut fastrand::Rng,
) -> Sandbox {
    let mut settings = SandboxSettings::new("sandbox", UploadEffect::Merge);
    let bots = config.bots.iter();
    settings.effects = bots
        .clone()
        .map(|bot| (bot.domain_name.clone(), bot.upload_effect))
        .collect();
    settings.channels = bots
        .map(|bot| (bot.business_id.expect("a channel"), bot.domain_name.clone()))
        .collect();
    settings.task_time = Duration::from_secs(random.u64(0..20));
    settings.answers = honest.clone();
    settings.clock = clock.clone();
    settings.seed = seed;
    Sandbox::new(settings)
}

fn bot(at: u32, random: &mut fastrand::Rng) -> SimulatedBot {
    let articles = (0..random.u32(2..=MOST_STEPS)).map(|number| {
        let name = format!("kb-{at}{number}");
        let question = format!("What is {name}?|Tell me about {name}");
        let answer = format!("This is {name}.");
        (name, (question, answer))
    });
    SimulatedBot {
        name: format!("bot{at}"),
        channel: CHANNEL + u64::from(at),
        articles: articles.collect(),
        wake: Arc::default(),
    }
}
