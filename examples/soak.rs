//! Edits, breaks and kills for as long as you like, then waits until everything is quiet and counts
//! what was lost: `cargo run --release --example soak -- --minutes 5`.
//!
//! The daemon under test is this very program, started again with the daemon's arguments, so that
//! it can be killed and nothing else has to be built.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

use clap::Parser;
use kms_haptik_sync::config::UploadEffect;
use kms_haptik_sync::sandbox::{Fault, FaultKind, On, Sandbox, SandboxSettings, UploadRule};

/// Set for the children: they are the program, and not the soak.
const PROGRAM: &str = "SOAK_PROGRAM";

const BOTS: [(&str, UploadEffect); 2] = [
    ("soak_merge", UploadEffect::Merge),
    ("soak_replace", UploadEffect::Replace),
];

#[derive(Parser)]
struct Soak {
    /// How long to edit, break and kill
    #[arg(long, default_value_t = 1.0)]
    minutes: f64,
    /// Where chance comes from; the same seed makes the same choices
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

fn main() -> ExitCode {
    if std::env::var_os(PROGRAM).is_some() {
        return kms_haptik_sync::cli::main();
    }
    let soak = Soak::parse();
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let mut stage = runtime.block_on(Stage::new(soak.seed));
    let end = Instant::now() + Duration::from_secs_f64(soak.minutes * 60.0);
    while Instant::now() < end {
        stage.act();
        std::thread::sleep(Duration::from_millis(stage.random.u64(20..400)));
    }
    let lost = stage.quieten();
    stage.figures(lost);
    if lost == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

#[derive(Default)]
struct Figures {
    edits: u64,
    faults: u64,
    kills: u64,
    bad_steps: u64,
}

struct Stage {
    folder: PathBuf,
    sandbox: Sandbox,
    sources: BTreeMap<&'static str, BTreeMap<u32, u32>>,
    daemon: Child,
    random: fastrand::Rng,
    figures: Figures,
    next: u32,
}

impl Stage {
    async fn new(seed: u64) -> Self {
        let folder =
            std::env::temp_dir().join(format!("kms-haptik-sync-soak-{}", std::process::id()));
        let mut settings = SandboxSettings::new("soak", UploadEffect::Merge);
        settings.effects = BOTS
            .iter()
            .map(|(name, effect)| ((*name).to_owned(), *effect))
            .collect();
        settings.task_time = Duration::from_millis(100);
        settings.seed = seed;
        let sandbox = Sandbox::new(settings);
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
            .await
            .expect("a port");
        let address = listener.local_addr().expect("an address");
        tokio::spawn(sandbox.clone().serve(listener, std::future::pending()));
        write_config(&folder, &format!("http://{address}"));
        let mut stage = Self {
            daemon: start(&folder),
            folder,
            sandbox,
            sources: BTreeMap::new(),
            random: fastrand::Rng::with_seed(seed),
            figures: Figures::default(),
            next: 0,
        };
        for (bot, _) in BOTS {
            let source = (0..30).map(|article| (article, 0)).collect();
            stage.sources.insert(bot, source);
            stage.export(bot);
        }
        stage.next = 30;
        stage
    }

    fn act(&mut self) {
        match self.random.u32(0..100) {
            0..60 => self.edit(),
            60..85 => self.fault(),
            85..93 => self.bad_step(),
            _ => self.kill(),
        }
    }

    fn edit(&mut self) {
        let (bot, _) = BOTS[self.random.usize(0..BOTS.len())];
        let edits = self.random.u32(1..6);
        for _ in 0..edits {
            let article = self.random.u32(0..self.next);
            let version = self.random.u32(0..1_000_000);
            let kind = self.random.u32(0..10);
            let next = self.next;
            let Some(source) = self.sources.get_mut(bot) else {
                continue;
            };
            match kind {
                0..6 => {
                    source.entry(article).and_modify(|at| *at = version);
                }
                6..8 => {
                    source.insert(next, version);
                    self.next += 1;
                }
                _ if source.len() > 5 => {
                    source.remove(&article);
                }
                _ => {}
            }
        }
        self.figures.edits += u64::from(edits);
        self.export(bot);
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
        let name = format!("kb-{}", self.random.u32(0..self.next));
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
        self.daemon = start(&self.folder);
    }

    /// Writes an export the way a careful KMS does: beside it, then renamed into place.
    fn export(&self, bot: &str) {
        let folder = self.folder.join(bot);
        let mut text = String::from("id,title,body\n");
        for (article, version) in &self.sources[bot] {
            let _ = writeln!(
                text,
                "kb-{article},Question {article}?,Answer {article} in version {version}"
            );
        }
        let beside = folder.join("export.csv.part");
        std::fs::write(&beside, text).expect("the export");
        std::fs::rename(&beside, folder.join("export.csv")).expect("the export");
    }

    /// Ends all faults, lets refused steps be tried again, and waits for the bots to be right.
    fn quieten(&mut self) -> usize {
        self.sandbox.change(UploadRule {
            bad_steps: Some(BTreeMap::new()),
            clear_faults: true,
            ..UploadRule::default()
        });
        let end = Instant::now() + Duration::from_mins(1);
        loop {
            let _ = program(&self.folder, "retry")
                .stderr(Stdio::null())
                .status();
            std::thread::sleep(Duration::from_secs(1));
            let lost = BOTS.iter().map(|(bot, _)| self.differences(bot)).sum();
            if lost == 0 || Instant::now() > end {
                return lost;
            }
        }
    }

    fn differences(&self, bot: &str) -> usize {
        let steps = self.sandbox.steps(bot);
        let live: BTreeMap<_, _> = steps
            .into_iter()
            .filter(|(_, step)| step.active)
            .map(|(name, step)| (name, step.answers.join("")))
            .collect();
        let wanted: BTreeMap<_, _> = self.sources[bot]
            .iter()
            .map(|(article, version)| {
                (
                    format!("kb-{article}"),
                    format!("Answer {article} in version {version}"),
                )
            })
            .collect();
        let missing = wanted
            .iter()
            .filter(|(name, answer)| live.get(*name) != Some(answer));
        let surplus = live.keys().filter(|name| !wanted.contains_key(*name));
        missing.count() + surplus.count()
    }

    fn figures(&mut self, lost: usize) {
        let calls = self.sandbox.calls();
        println!("edits           {}", self.figures.edits);
        println!("uploads         {}", calls.tasks.len());
        println!("calls           {}", calls.count);
        println!("faults          {}", self.figures.faults);
        println!("bad steps       {}", self.figures.bad_steps);
        println!("kills           {}", self.figures.kills);
        println!("changes lost    {lost}");
        if lost == 0 {
            let _ = std::fs::remove_dir_all(&self.folder);
        } else {
            println!("what is left    {}", self.folder.display());
        }
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        let _ = self.daemon.kill();
        let _ = self.daemon.wait();
    }
}

fn write_config(folder: &Path, base_url: &str) {
    let mut config = format!(
        "[haptik]\nbase_url = \"{base_url}\"\nclient_id = \"soak\"\ntoken = {{ env = \"SOAK_TOKEN\" }}\n\
         calls_per_minute = 100000\nrequest_timeout = \"2s\"\n\
         retry = {{ first = \"20ms\", max = \"500ms\", give_up_after = \"5s\" }}\n\
         polling = {{ first = \"20ms\", max = \"200ms\", give_up_after = \"5s\" }}\n"
    );
    for (bot, effect) in BOTS {
        std::fs::create_dir_all(folder.join(bot)).expect("a temporary folder");
        let effect = match effect {
            UploadEffect::Merge => "merge",
            UploadEffect::Replace => "replace",
        };
        let _ = write!(
            config,
            "[[bot]]\ndomain_name = \"{bot}\"\nupload_effect = \"{effect}\"\nmax_removals = 1000\n\
             [[bot.source]]\nfolder = \"{bot}\"\nsettle = \"50ms\"\n"
        );
    }
    std::fs::write(folder.join("config.toml"), config).expect("the configuration");
}

fn start(folder: &Path) -> Child {
    let log = std::fs::File::options()
        .create(true)
        .append(true)
        .open(folder.join("daemon.log"))
        .expect("the log");
    program(folder, "run")
        .stderr(log)
        .spawn()
        .expect("the daemon")
}

fn program(folder: &Path, command: &str) -> Command {
    let mut program = Command::new(std::env::current_exe().expect("this program"));
    program
        .args([command, "--config"])
        .arg(folder.join("config.toml"))
        .env(PROGRAM, "1")
        .env("SOAK_TOKEN", "soak")
        .stdout(Stdio::null());
    program
}
