//! A world of one test: a folder with configuration, token, exports and state, and a sandbox Haptik
//! on a port of its own.

use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::sync::LazyLock;

use super::database;
use super::faq::{Faq, csv};
use super::program::{Run, Running};
use super::settings::Settings;
use kms_haptik_sync::config::{Secret, UploadEffect};
use kms_haptik_sync::sandbox::{Fault, Sandbox, SandboxSettings, TaskRecord, UploadRule};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;

/// The bot that every world has.
pub(crate) const BOT: &str = "acme_support";
/// The token that the sandbox asks for.
pub(crate) const TOKEN: &str = "tok-5e1f-never-to-be-seen";

const PROGRAM: &str = env!("CARGO_BIN_EXE_kms-haptik-sync");

/// Serves all sandboxes of this test binary.
static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap()
});

/// Runs something on the runtime that also serves the sandboxes.
pub(crate) fn serve<F>(work: F) -> F::Output
where
    F: Future + Send,
    F::Output: Send,
{
    RUNTIME.block_on(work)
}

/// A world of one test.
pub(crate) struct World {
    dir: TempDir,
    pub(crate) sandbox: Sandbox,
    pub(crate) settings: Settings,
    /// Where the sandbox listens.
    pub(crate) url: String,
    /// Where the state is in a database.
    state: Option<String>,
}

impl World {
    /// One bot in `merge`, with an export folder that is still empty.
    pub(crate) fn new() -> Self {
        Self::with(|_| {})
    }

    /// One bot whose uploads have this effect, with these steps live.
    pub(crate) fn synced(effect: UploadEffect, steps: &Faq) -> Self {
        let world = Self::with(|settings| settings.effect(effect));
        world.export(steps);
        world.sync().exits(0);
        assert_eq!(world.live(), *steps);
        world
    }

    /// A world with other settings.
    pub(crate) fn with(change: impl FnOnce(&mut Settings)) -> Self {
        let mut settings = Settings::new();
        change(&mut settings);
        let mut sandbox = SandboxSettings::new("acme", UploadEffect::Merge);
        sandbox.token = Some(Secret::new(TOKEN));
        sandbox.effects = settings.effects();
        let sandbox = Sandbox::new(sandbox);
        let url = serve_sandbox(&sandbox);
        settings.haptik(&format!("base_url = '{url}'"));
        let world = Self {
            dir: TempDir::new().unwrap(),
            sandbox,
            settings,
            url,
            state: database::for_each_world(),
        };
        world.write("token", TOKEN);
        fs::create_dir(world.path("export")).unwrap();
        world.configure();
        world
    }

    /// Changes the configuration file.
    pub(crate) fn reconfigure(&mut self, change: impl FnOnce(&mut Settings)) {
        change(&mut self.settings);
        self.configure();
    }

    fn configure(&self) {
        self.write("config.toml", self.settings.toml());
    }

    /// A path in the world.
    pub(crate) fn path(&self, relative: &str) -> PathBuf {
        self.dir.path().join(relative)
    }

    /// Writes a file by renaming it into place, as careful exports do.
    pub(crate) fn write(&self, relative: &str, bytes: impl AsRef<[u8]>) {
        let path = self.path(relative);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        let part = path.with_file_name(format!(
            "{}.part",
            path.file_name().unwrap().to_string_lossy()
        ));
        fs::write(&part, bytes).unwrap();
        fs::rename(part, path).unwrap();
    }

    /// Makes these steps the export of the first bot.
    pub(crate) fn export(&self, steps: &Faq) {
        self.write("export/faq.csv", csv(steps));
    }

    /// Makes these steps the export of a bot that `add_bot` added.
    pub(crate) fn export_for(&self, domain_name: &str, steps: &Faq) {
        self.write(&format!("{domain_name}/faq.csv"), csv(steps));
    }

    /// The program with this configuration and nothing of this process's environment.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(PROGRAM);
        command
            .env_clear()
            .current_dir(self.dir.path())
            .arg("--config")
            .arg(self.path("config.toml"))
            .args(arguments);
        if let Some(state) = &self.state {
            command.env("KMS_HAPTIK_SYNC__STATE", state);
        }
        command
    }

    /// Runs a command to its end.
    #[track_caller]
    pub(crate) fn run(&self, arguments: &[&str]) -> Run {
        self.start(arguments).wait()
    }

    /// Starts a command.
    pub(crate) fn start(&self, arguments: &[&str]) -> Running {
        Running::start(&mut self.command(arguments))
    }

    /// Starts a shell script that finds the program's command line in `"$@"`.
    pub(crate) fn start_in_shell(&self, shell: &mut Command, script: &str) -> Running {
        let sync = self.command(&["--sync-now", "--json"]);
        shell
            .args(["sh", "-c", script, "sh"])
            .arg(sync.get_program())
            .args(sync.get_args())
            .current_dir(self.dir.path());
        Running::start(shell)
    }

    /// One `--sync-now --json`.
    #[track_caller]
    pub(crate) fn sync(&self) -> Run {
        self.run(&["--sync-now", "--json"])
    }

    /// Starts the daemon and waits until it is ready.
    #[track_caller]
    pub(crate) fn daemon(&self) -> Running {
        let daemon = self.start(&["run"]);
        daemon.says("ready");
        daemon
    }

    /// Whether everything that was read is confirmed: a bot answers a moment before the state knows it.
    pub(crate) fn is_in_sync(&self) -> bool {
        let status = self.run(&["status", "--json"]);
        status.code == Some(0) && status.bot()["state"] == "in_sync"
    }

    /// The steps with which the first bot answers.
    pub(crate) fn live(&self) -> Faq {
        self.live_of(BOT)
    }

    /// The steps with which a bot answers.
    pub(crate) fn live_of(&self, domain_name: &str) -> Faq {
        self.sandbox
            .steps(domain_name)
            .into_iter()
            .filter(|(_, step)| step.active)
            .map(|(name, step)| (name, (step.questions.join("|"), step.answers.join("<m>"))))
            .collect()
    }

    /// The tasks of the first bot so far.
    pub(crate) fn tasks(&self) -> Vec<TaskRecord> {
        let mut tasks = self.sandbox.calls().tasks;
        tasks.retain(|task| task.domain_name == BOT);
        tasks
    }

    /// The calls to Haptik so far.
    pub(crate) fn calls(&self) -> u64 {
        self.sandbox.calls().count
    }

    /// Makes the next calls meet a fault.
    pub(crate) fn fault(&self, fault: Fault) {
        self.sandbox.change(UploadRule {
            faults: vec![fault],
            ..UploadRule::default()
        });
    }

    /// Ends all faults.
    pub(crate) fn heal(&self) {
        self.sandbox.change(UploadRule {
            clear_faults: true,
            never_ending: Some(false),
            every_task_fails: Some(String::new()),
            ..UploadRule::default()
        });
    }
}

fn serve_sandbox(sandbox: &Sandbox) -> String {
    serve(async {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(sandbox.clone().serve(listener, std::future::pending()));
        format!("http://{address}")
    })
}
