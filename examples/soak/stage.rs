//! The daemon with its knowledge bases and its Haptik, what happens to them by chance, and what was lost
//! at last.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::Child;
use std::time::{Duration, Instant};

use kms_haptik_sync::config::UploadEffect;
use kms_haptik_sync::sandbox::{Fault, FaultKind, On, Sandbox, SandboxSettings, UploadRule};
use rustix::process::{Pid, Signal, kill_process};
use tokio::net::TcpListener;

use crate::daemon::{self, Addresses};
use crate::feed::{self, Asked};
use crate::knowledge::{BOTS, Bot, Knowledge, MORE, Way};
use crate::page::{self, Loaded};

#[derive(Default)]
struct Figures {
    edits: u64,
    renames: u64,
    faults: u64,
    kills: u64,
    reloads: u64,
    commands: u64,
    bad_steps: u64,
    asked: Asked,
    loaded: Loaded,
}

pub(crate) struct Stage {
    folder: PathBuf,
    sandbox: Sandbox,
    bots: Vec<&'static Bot>,
    knowledge: Vec<Knowledge>,
    daemon: Child,
    random: fastrand::Rng,
    figures: Figures,
    is_measured: bool,
}

impl Stage {
    pub(crate) async fn new(seed: u64, is_measured: bool) -> Self {
        let folder =
            std::env::temp_dir().join(format!("kms-haptik-sync-soak-{}", std::process::id()));
        let mut bots: Vec<&Bot> = BOTS.iter().collect();
        if is_measured {
            bots.extend(&MORE);
        }
        let figures = Figures::default();
        let (sandbox, haptik) = serve_sandbox(&bots, seed).await;
        let mut addresses = Addresses {
            haptik,
            feed: String::new(),
            page: free_port().await,
        };
        let mut knowledge = Vec::new();
        for bot in &bots {
            let own = folder.join(bot.name);
            std::fs::create_dir_all(&own).expect("a temporary folder");
            let known = Knowledge::new(bot.way, own, if is_measured { 150 } else { 30 });
            if bot.way == Way::Feed {
                addresses.feed = feed::serve(known.shared(), figures.asked.clone()).await;
            }
            knowledge.push(known);
        }
        daemon::write_config(&folder, &addresses, &bots);
        if is_measured {
            page::open(&format!("http://{}", addresses.page), &figures.loaded);
        }
        Self {
            daemon: daemon::start(&folder),
            folder,
            sandbox,
            bots,
            knowledge,
            random: fastrand::Rng::with_seed(seed),
            figures,
            is_measured,
        }
    }

    pub(crate) fn daemon_id(&self) -> u32 {
        self.daemon.id()
    }

    pub(crate) fn state(&self) -> PathBuf {
        self.folder.join("state")
    }

    /// Does something, and lets some time pass.
    pub(crate) fn act(&mut self) {
        match (self.is_measured, self.random.u32(0..100)) {
            (_, 0..60) => self.edit(),
            (_, 60..85) => self.fault(),
            (_, 85..93) => self.bad_step(),
            (false, _) => self.kill(),
            (true, 93..97) => self.rename(),
            (true, 97..99) => self.command(),
            (true, _) => self.reload(),
        }
        let most = if self.is_measured { 1000 } else { 400 };
        std::thread::sleep(Duration::from_millis(self.random.u64(20..most)));
    }

    fn edit(&mut self) {
        let bot = self.random.usize(0..self.bots.len());
        let edits = self.random.u32(1..6);
        for _ in 0..edits {
            self.knowledge[bot].edit(&mut self.random);
        }
        self.figures.edits += u64::from(edits);
        self.knowledge[bot].export();
    }

    fn rename(&mut self) {
        for known in &mut self.knowledge {
            known.rename(&mut self.random);
        }
        self.figures.renames += 1;
    }

    fn fault(&mut self) {
        let kinds = [
            FaultKind::StatusCode,
            FaultKind::DropBefore,
            FaultKind::DropAfter,
            FaultKind::Truncate,
            FaultKind::Empty,
            FaultKind::Html,
            FaultKind::NotJson,
            FaultKind::ForgetTask,
        ];
        let kind = kinds[self.random.usize(0..kinds.len())];
        let mut fault = Fault::new(On::Any, kind);
        if kind == FaultKind::StatusCode {
            fault.code = Some([429, 500, 502, 503][self.random.usize(0..4)]);
        }
        self.figures.faults += 1;
        self.sandbox.change(UploadRule {
            faults: vec![fault],
            ..UploadRule::default()
        });
    }

    /// A step is refused for a while; the next one takes its place.
    fn bad_step(&mut self) {
        let bot = self.random.usize(0..self.bots.len());
        let name = format!("kb-{}", self.knowledge[bot].any(&mut self.random));
        self.figures.bad_steps += 1;
        self.sandbox.change(UploadRule {
            bad_steps: Some([(name, "refused in the soak".to_owned())].into()),
            unnamed: Some(self.random.bool()),
            ..UploadRule::default()
        });
    }

    fn kill(&mut self) {
        self.daemon.kill().expect("our own child");
        self.daemon.wait().expect("our own child");
        self.figures.kills += 1;
        self.daemon = daemon::start(&self.folder);
    }

    /// An operator asks something of the daemon.
    fn command(&mut self) {
        let commands = ["retry", "status", "plan"];
        daemon::run(&self.folder, commands[self.random.usize(0..3)]);
        self.figures.commands += 1;
    }

    fn reload(&mut self) {
        let id = i32::try_from(self.daemon.id()).ok();
        if let Some(id) = id.and_then(Pid::from_raw) {
            kill_process(id, Signal::HUP).expect("our own child");
        }
        self.figures.reloads += 1;
    }

    /// Ends all faults, lets refused steps be tried again, and waits for the bots to be right.
    pub(crate) fn quieten(&mut self) -> usize {
        self.sandbox.change(UploadRule {
            bad_steps: Some(BTreeMap::new()),
            clear_faults: true,
            ..UploadRule::default()
        });
        let end = Instant::now() + Duration::from_mins(if self.is_measured { 4 } else { 1 });
        loop {
            daemon::run(&self.folder, "retry");
            std::thread::sleep(Duration::from_secs(1));
            let lost = (0..self.bots.len()).map(|bot| self.differences(bot)).sum();
            if lost == 0 || Instant::now() > end {
                return lost;
            }
        }
    }

    fn differences(&self, bot: usize) -> usize {
        let steps = self.sandbox.steps(self.bots[bot].name);
        let live: BTreeMap<_, _> = steps
            .into_iter()
            .filter(|(_, step)| step.active)
            .map(|(name, step)| (name, step.answers.join("")))
            .collect();
        let wanted = self.knowledge[bot].wanted();
        let missing = wanted
            .iter()
            .filter(|(name, answer)| live.get(*name) != Some(answer));
        let surplus = live.keys().filter(|name| !wanted.contains_key(*name));
        missing.count() + surplus.count()
    }

    pub(crate) fn figures(&mut self, lost: usize) {
        let calls = self.sandbox.calls();
        let figures = &self.figures;
        let mut lines = vec![
            ("edits", figures.edits),
            ("uploads", calls.tasks.len() as u64),
            ("calls", calls.count),
            ("faults", figures.faults),
            ("bad steps", figures.bad_steps),
        ];
        if self.is_measured {
            lines.extend([
                ("renames", figures.renames),
                ("reloads", figures.reloads),
                ("commands", figures.commands),
                ("pages of the feed", figures.asked.count()),
                ("loads of the page", figures.loaded.count()),
            ]);
        } else {
            lines.push(("kills", figures.kills));
        }
        lines.push(("changes lost", lost as u64));
        for (what, count) in lines {
            println!("{what:<20}{count}");
        }
        if lost == 0 {
            let _ = std::fs::remove_dir_all(&self.folder);
        } else {
            println!("what is left        {}", self.folder.display());
        }
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        let _ = self.daemon.kill();
        let _ = self.daemon.wait();
    }
}

async fn serve_sandbox(bots: &[&Bot], seed: u64) -> (Sandbox, String) {
    let mut settings = SandboxSettings::new("soak", UploadEffect::Merge);
    let effect = |bot: &&Bot| (bot.name.to_owned(), bot.effect);
    settings.effects = bots.iter().map(effect).collect();
    settings.task_time = Duration::from_millis(100);
    settings.seed = seed;
    let sandbox = Sandbox::new(settings);
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(sandbox.clone().serve(listener, std::future::pending()));
    (sandbox, format!("http://{address}"))
}

/// A port that nobody listens on: the daemon's.
async fn free_port() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    listener.local_addr().expect("an address").to_string()
}
