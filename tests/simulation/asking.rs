//! Bots that say something else than the snapshot: whatever comes between a finished task and a right answer
//! is found within the stated time, no question goes beyond its budget, and no repair becomes a loop.

use std::collections::{BTreeMap, VecDeque};
use std::fmt::Write as _;
use std::sync::Arc;
use std::sync::atomic::AtomicU32;
use std::time::Duration;

use super::lines::{Lines, see, still};
use super::run::in_virtual_time;
use super::supervision::Supervision;
use kms_haptik_sync::clock::Clock;
use kms_haptik_sync::config::{Config, UploadEffect};
use kms_haptik_sync::daemon::lines;
use kms_haptik_sync::haptik::Client;
use kms_haptik_sync::model::Verdict;
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
const BOT: &str = "acme";
const HOUR: Duration = Duration::from_hours(1);
const DAY: i64 = 24 * 3_600_000;
/// Within a day every step is asked for; then it is asked again after ten minutes.
const FOUND_WITHIN: Duration = Duration::from_hours(26);

/// What comes between.
#[derive(Clone, Copy, Debug)]
enum Lie {
    /// New user messages are not understood until the bot is trained.
    Untrained,
    /// An earlier version is published once.
    PublishedOver,
    /// Another service puts an earlier version back, again and again.
    PutBack,
    /// Another part of the platform answers first.
    OutAnswered,
    /// Replies are late, or do not come.
    Silent,
    /// The bot hands the chat to an agent.
    Agent,
}

const LIES: [Lie; 6] = [
    Lie::Untrained,
    Lie::PublishedOver,
    Lie::PutBack,
    Lie::OutAnswered,
    Lie::Silent,
    Lie::Agent,
];

struct World {
    random: fastrand::Rng,
    sandbox: Sandbox,
    store: Store,
    lines: Lines,
    wake: Arc<Notify>,
    export: std::path::PathBuf,
    /// Question and answer of each article.
    articles: BTreeMap<String, (String, String)>,
    changes: u32,
    calls_per_day: usize,
    resends: bool,
    broken: Vec<String>,
    _folder: tempfile::TempDir,
}

/// What is broken by one seed.
pub(crate) fn broken(seed: u64) -> Vec<String> {
    in_virtual_time(async move {
        let mut world = World::of(seed);
        world.live().await;
        world.broken
    })
}

/// The first seed that breaks a promise, and which.
pub(crate) fn first_broken(seeds: std::ops::Range<u64>) -> Option<(u64, String)> {
    seeds.into_iter().find_map(|seed| {
        let broken = broken(seed);
        broken.first().map(|first| (seed, first.clone()))
    })
}

impl World {
    fn of(seed: u64) -> Self {
        let mut random = fastrand::Rng::with_seed(seed);
        let folder = tempfile::tempdir().expect("a folder");
        let export = folder.path().join("export");
        std::fs::create_dir(&export).expect("a folder");
        let calls_per_day = *random.choice(&[150, 1000]).expect("a budget");
        let resends = random.bool();
        let text = format!(
            "state_dir = 'state'\n[haptik]\nbase_url = 'sandbox'\n[haptik.ask]\nmode = '{}'\nbusiness_id = 1001\nsweep = '1d'\n\
             calls_per_day = {calls_per_day}\nfallback = ['did not understand']\nrepair = '{}'\n[[bot]]\ndomain_name = '{BOT}'\n\
             upload_effect = '{}'\n[[bot.source]]\nfolder = 'export'\nsettle = '0s'\nevery = '12h'\n",
            random.choice(&["webhook", "conversation"]).expect("a mode"),
            if resends { "resend" } else { "tell" },
            random.choice(&["merge", "replace"]).expect("an effect"),
        );
        let path = folder.path().join("config.toml");
        let config = Config::parse(&text, &path, Vec::<(String, String)>::new());
        let config = config.expect("a configuration");
        let clock = Clock::following_tokio(BEGAN_AT);
        let mut settings = SandboxSettings::new("sandbox", UploadEffect::Merge);
        settings.effects = [(BOT.to_owned(), config.bots[0].upload_effect)].into();
        settings.task_time = Duration::from_secs(random.u64(0..20));
        settings.clock = clock.clone();
        settings.seed = seed;
        let sandbox = Sandbox::new(settings);
        let supervision = Arc::new(Supervision::default());
        let store = still(&supervision, Store::open(&config.state_dir));
        let store = store.expect("nobody dies").expect("a state");
        let transport = Arc::new(InProcess::new(&sandbox, Duration::from_secs(30)));
        let base_url = InProcess::base_url().to_owned();
        let client = Client::new(
            transport,
            base_url,
            "sandbox".to_owned(),
            None,
            clock.clone(),
        );
        let engine = Engine::new(
            &config,
            store.clone().supervised(supervision.clone()),
            Arc::new(client.expect("a client")),
            clock,
            silent(),
            CancellationToken::new(),
            random.fork(),
        );
        let wake: Arc<Notify> = Arc::default();
        let (all, _) = lines(&engine, &config.bots, std::slice::from_ref(&wake));
        let lines = Lines::new(all, supervision, Arc::new(AtomicU32::new(0)));
        let articles = (0..random.usize(2..6)).map(|at| {
            let question = format!("What is kb-{at}?|Tell me about kb-{at}");
            (format!("kb-{at}"), (question, format!("This is kb-{at}.")))
        });
        Self {
            articles: articles.collect(),
            random,
            sandbox,
            store,
            lines,
            wake,
            export,
            changes: 0,
            calls_per_day,
            resends,
            broken: Vec::new(),
            _folder: folder,
        }
    }

    async fn live(&mut self) {
        self.export();
        self.pass(HOUR).await;
        for _ in 0..3 {
            let lie = self.random.choice(LIES).expect("a lie");
            let names: Vec<String> = self.articles.keys().cloned().collect();
            let name = self.random.choice(names).expect("an article");
            self.happen(lie, &name).await;
            self.within_budget();
            self.heal().await;
            if !self.broken.is_empty() {
                self.broken[0].insert_str(0, &format!("{lie:?} of {name}: "));
                return;
            }
        }
    }

    async fn happen(&mut self, lie: Lie, name: &str) {
        match lie {
            Lie::Untrained => {
                self.answers(|rule| rule.training = true);
                self.edit(name, true);
                self.pass(HOUR * 5).await;
                let found = self.counts().untrained;
                self.check(
                    found.iter().any(|found| found == name),
                    "is not said to wait for training",
                );
                self.check(
                    self.verdict(name) == Some(Verdict::NotUnderstood),
                    "passes for understood",
                );
                self.sandbox.change(UploadRule {
                    train: true,
                    ..UploadRule::default()
                });
            }
            Lie::PublishedOver => {
                self.edit(name, false);
                self.pass(HOUR).await;
                self.publish_old(name);
                self.pass(FOUND_WITHIN).await;
                if self.resends {
                    self.check(
                        self.is_said(name),
                        "was published over, and is not sent once more",
                    );
                } else {
                    self.found(name);
                }
            }
            Lie::PutBack => {
                self.edit(name, false);
                self.pass(HOUR).await;
                let before = self.sandbox.calls().tasks.len();
                for _ in 0..112 {
                    self.publish_old(name);
                    self.pass(HOUR / 2).await;
                }
                self.found(name);
                let sent = self.sandbox.calls().tasks.len() - before;
                self.check(sent <= usize::from(self.resends), "is sent again and again");
            }
            Lie::OutAnswered => {
                let questions = self.articles[name].0.clone();
                self.answers(|rule| {
                    let ahead = questions.split('|');
                    rule.ahead = ahead
                        .map(|question| (question.to_owned(), "Buy now!".to_owned()))
                        .collect();
                });
                self.pass(FOUND_WITHIN).await;
                self.found(name);
            }
            Lie::Silent => {
                let reply = *self
                    .random
                    .choice(&[Reply::After(5_000), Reply::Never])
                    .expect("a reply");
                self.answers(|rule| rule.reply = reply);
                self.edit(name, false);
                self.pass(HOUR * 5).await;
                let counts = self.counts();
                self.check(
                    !counts.wants_a_person(),
                    "is told of, though no reply contradicts it",
                );
            }
            Lie::Agent => {
                let questions = self.articles[name].0.clone();
                self.answers(|rule| {
                    let ahead = questions.split('|');
                    rule.ahead = ahead
                        .map(|question| (question.to_owned(), "Connecting you to Asha.".to_owned()))
                        .collect();
                });
                self.edit(name, false);
                self.pass(HOUR).await;
                self.check(
                    self.counts().not_before.is_some(),
                    "called an agent, and that is not told",
                );
                let before = self.asked().len();
                self.pass(HOUR * 20).await;
                self.check(
                    self.asked().len() == before,
                    "called an agent, and the bot is asked again",
                );
            }
        }
    }

    /// Everything is as it should be again, and that is found, too.
    async fn heal(&mut self) {
        self.sandbox.change(UploadRule {
            answers: Some(AnswerRule::default()),
            train: true,
            ..UploadRule::default()
        });
        let names: Vec<String> = self.articles.keys().cloned().collect();
        for name in names {
            self.edit(&name, false);
        }
        self.pass(HOUR * 30).await;
        let counts = self.counts();
        self.check(
            !counts.wants_a_person(),
            &format!("is well again, and not told so: {counts:?}"),
        );
        self.within_budget();
    }

    fn check(&mut self, is_kept: bool, words: &str) {
        if !is_kept {
            self.broken.push(words.to_owned());
        }
    }

    fn found(&mut self, name: &str) {
        let counts = self.counts();
        let told = counts.drifted.iter().chain(&counts.unanswered);
        let is_told = told.into_iter().any(|(told, _)| told == name);
        self.check(
            is_told,
            &format!("is contradicted, and that is not told: {counts:?}"),
        );
        self.check(
            self.verdict(name) != Some(Verdict::Verified),
            "passes for verified",
        );
    }

    /// No 24 hours have more calls that ask than the budget says.
    fn within_budget(&mut self) {
        let mut window: VecDeque<i64> = VecDeque::new();
        for at in self.asked() {
            window.push_back(at);
            while window.front().is_some_and(|first| *first <= at - DAY) {
                window.pop_front();
            }
            if window.len() > self.calls_per_day {
                self.check(false, "goes beyond the budget of a day");
                return;
            }
        }
    }

    fn asked(&self) -> Vec<i64> {
        let asks = ["ask", "user", "message", "transcript"];
        let calls = self.sandbox.calls().calls.into_iter();
        let calls = calls.filter(|call| asks.contains(&call.call));
        calls.map(|call| call.at).collect()
    }

    fn is_said(&self, name: &str) -> bool {
        let held = &self.sandbox.steps(BOT)[name];
        held.active && held.answers.join("<m>") == self.articles[name].1
    }

    fn counts(&self) -> VerificationCounts {
        see(async {
            let id = self.store.bot(BOT).await?;
            self.store.verification_counts(id).await
        })
    }

    fn verdict(&self, name: &str) -> Option<Verdict> {
        see(async {
            let id = self.store.bot(BOT).await?;
            self.store.asked_step(id, name).await
        })
        .and_then(|step| step.verdict)
    }

    fn answers(&self, change: impl FnOnce(&mut AnswerRule)) {
        let mut rule = AnswerRule::default();
        change(&mut rule);
        self.sandbox.change(UploadRule {
            answers: Some(rule),
            ..UploadRule::default()
        });
    }

    fn publish_old(&self, name: &str) {
        self.sandbox.change(UploadRule {
            publish_old: vec![name.to_owned()],
            ..UploadRule::default()
        });
    }

    /// An editor changes an answer, or adds a user message.
    fn edit(&mut self, name: &str, is_question: bool) {
        self.changes += 1;
        let change = self.changes;
        let (question, answer) = self.articles.get_mut(name).expect("an article");
        if is_question {
            *question = format!(
                "What is {name}?|Tell me about {name}|Is there {name} in version {change}?"
            );
        } else {
            *answer = format!("This is {name}, version {change}.");
        }
        self.export();
    }

    fn export(&self) {
        let mut text = "node_name,question,answer\n".to_owned();
        for (name, (question, answer)) in &self.articles {
            let _ = writeln!(text, "{name},{question},\"{answer}\"");
        }
        let part = self.export.join("faq.csv.part");
        std::fs::write(&part, text).expect("a file");
        std::fs::rename(part, self.export.join("faq.csv")).expect("a file");
        self.wake.notify_one();
    }

    async fn pass(&mut self, time: Duration) {
        let until = Instant::now() + time;
        while Instant::now() < until {
            self.lines.run(until).await;
        }
    }
}
