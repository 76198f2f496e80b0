//! Runs the program on generated exports and prints what it takes: `cargo bench -- 10000 100000`.
//! The sandbox runs in this process, with instant tasks, and is called over real HTTP.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use kms_haptik_sync::config::UploadEffect;
use kms_haptik_sync::sandbox::{Sandbox, SandboxSettings};

const PROGRAM: &str = env!("CARGO_BIN_EXE_kms-haptik-sync");

fn main() {
    let sizes: Vec<usize> = std::env::args()
        .skip(1)
        .filter_map(|argument| argument.parse().ok())
        .collect();
    let sizes = if sizes.is_empty() {
        vec![10_000]
    } else {
        sizes
    };
    println!(
        "{:<44}{:>12}{:>14}{:>8}",
        "work", "seconds", "peak RSS MiB", "calls"
    );
    start_time();
    for size in sizes {
        Bench::new(size).run();
    }
}

/// One export and one bot.
struct Bench {
    size: usize,
    folder: PathBuf,
    sandbox: Sandbox,
    _runtime: tokio::runtime::Runtime,
}

impl Bench {
    fn new(size: usize) -> Self {
        let folder = std::env::temp_dir().join(format!("kms-haptik-sync-bench-{size}"));
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(folder.join("export")).expect("a temporary folder");
        let runtime = tokio::runtime::Runtime::new().expect("a runtime");
        let sandbox = Sandbox::new(SandboxSettings::new("acme", UploadEffect::Merge));
        let listener = runtime
            .block_on(tokio::net::TcpListener::bind("127.0.0.1:0"))
            .expect("a port");
        let address = listener.local_addr().expect("an address");
        runtime.spawn(sandbox.clone().serve(listener, std::future::pending()));
        let config = format!(
            "[haptik]\nbase_url = \"http://{address}\"\nclient_id = \"acme\"\ntoken = {{ env = \"TOKEN\" }}\n\
             calls_per_minute = 100000\npolling = {{ first = \"5ms\" }}\n\
             [[bot]]\ndomain_name = \"bench\"\nupload_effect = \"merge\"\n\
             [[bot.source]]\nfolder = \"export\"\nsettle = \"0s\"\n"
        );
        std::fs::write(folder.join("config.toml"), config).expect("the configuration");
        Self {
            size,
            folder,
            sandbox,
            _runtime: runtime,
        }
    }

    fn run(&self) {
        self.export(0);
        self.time("first --sync-now", &["--sync-now"]);
        self.time("--sync-now, nothing changed", &["--sync-now"]);
        self.time("plan, nothing changed", &["plan"]);
        self.export(1);
        self.time("plan, 0.2 % changed", &["plan"]);
        self.time("--sync-now, 0.2 % changed", &["--sync-now"]);
        self.idle();
        let _ = std::fs::remove_dir_all(&self.folder);
    }

    /// Writes the export; with another `version`, every 500th article has another answer.
    fn export(&self, version: usize) {
        let mut text = String::from("article_id,title,other_questions,body\n");
        for article in 0..self.size {
            let version = if article % 500 == 0 { version } else { 0 };
            let _ = writeln!(
                text,
                "kb-{article:07},How do I do thing number {article}?,What about thing {article}?|Thing {article} please,\
                 \"Open the settings, choose \"\"thing {article}\"\" and follow the steps that are shown there. \
                 It takes a moment; version {version} of this answer. {}\"",
                "If it does not work, call us and we will gladly help. ".repeat(3)
            );
        }
        std::fs::write(self.folder.join("export/articles.csv"), text).expect("the export");
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(PROGRAM);
        command
            .args(arguments)
            .arg("--config")
            .arg(self.folder.join("config.toml"))
            .env("TOKEN", "secret")
            .stdout(Stdio::null())
            .stderr(Stdio::inherit());
        command
    }

    fn time(&self, work: &str, arguments: &[&str]) {
        let before = self.sandbox.calls().calls.len();
        let began = Instant::now();
        let child = self.command(arguments).spawn().expect("the program");
        let peak = wait_for_peak(child);
        let seconds = began.elapsed().as_secs_f64();
        let calls = self.sandbox.calls().calls.len() - before;
        row(
            &format!("{} articles: {work}", self.size),
            seconds,
            peak,
            calls,
        );
    }

    fn idle(&self) {
        let mut daemon = self.command(&["run"]).spawn().expect("the program");
        std::thread::sleep(Duration::from_secs(5));
        let resident = status_kib(daemon.id(), "VmRSS:");
        row(
            &format!("{} articles: idle daemon", self.size),
            0.0,
            resident,
            0,
        );
        daemon.kill().expect("our own child");
        daemon.wait().expect("our own child");
    }
}

fn row(work: &str, seconds: f64, kib: u64, calls: usize) {
    let mib = f64::from(u32::try_from(kib).unwrap_or(u32::MAX)) / 1024.0;
    println!("{work:<44}{seconds:>12.3}{mib:>14.1}{calls:>8}");
}

/// Waits for a child, looking at its peak memory meanwhile.
fn wait_for_peak(mut child: Child) -> u64 {
    let mut peak = 0;
    loop {
        peak = peak.max(status_kib(child.id(), "VmHWM:"));
        if child.try_wait().expect("our own child").is_some() {
            return peak;
        }
        std::thread::sleep(Duration::from_millis(2));
    }
}

fn status_kib(process: u32, key: &str) -> u64 {
    let path = Path::new("/proc").join(process.to_string()).join("status");
    let status = std::fs::read_to_string(path).unwrap_or_default();
    status
        .lines()
        .find_map(|line| line.strip_prefix(key))
        .and_then(|rest| rest.split_whitespace().next()?.parse().ok())
        .unwrap_or(0)
}

fn start_time() {
    let mut times: Vec<_> = (0..21)
        .map(|_| {
            let began = Instant::now();
            let output = Command::new(PROGRAM).arg("--version").output();
            assert!(output.expect("the program").status.success());
            began.elapsed().as_secs_f64()
        })
        .collect();
    times.sort_by(f64::total_cmp);
    row("--version (median of 21)", times[10], 0, 0);
}
