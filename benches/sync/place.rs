//! A folder with an export, a configuration and a state, and a sandbox to sync with.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use super::export::{self, Layout};
use super::measure::{Figure, timed};
use kms_haptik_sync::config::UploadEffect;
use kms_haptik_sync::sandbox::{Sandbox, SandboxSettings};

pub(crate) const PROGRAM: &str = env!("CARGO_BIN_EXE_kms-haptik-sync");

pub(crate) struct Place {
    folder: tempfile::TempDir,
    layout: Layout,
    sandbox: Sandbox,
    _runtime: tokio::runtime::Runtime,
}

/// A daemon; it is stopped when dropped.
pub(crate) struct Daemon(Child);

impl Daemon {
    pub(crate) fn id(&self) -> u32 {
        self.0.id()
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        self.0.kill().expect("our own child");
        self.0.wait().expect("our own child");
    }
}

impl Place {
    pub(crate) fn new(effect: &str, layout: Layout) -> Self {
        Self::with(effect, layout, |bots| {
            bots.push(("bench".to_owned(), "export".to_owned()));
        })
    }

    /// With a bot for each pair of domain name and folder.
    pub(crate) fn with(
        effect: &str,
        layout: Layout,
        bots: impl FnOnce(&mut Vec<(String, String)>),
    ) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let runtime = tokio::runtime::Runtime::new().expect("a runtime");
        let upload_effect = match effect {
            "replace" => UploadEffect::Replace,
            _ => UploadEffect::Merge,
        };
        let sandbox = Sandbox::new(SandboxSettings::new("acme", upload_effect));
        let listener = runtime
            .block_on(tokio::net::TcpListener::bind("127.0.0.1:0"))
            .expect("a port");
        let address = listener.local_addr().expect("an address");
        runtime.spawn(sandbox.clone().serve(listener, std::future::pending()));
        let mut config = format!(
            "state_dir = \"state\"\n[haptik]\nbase_url = \"http://{address}\"\nclient_id = \"acme\"\n\
             token = {{ env = \"TOKEN\" }}\ncalls_per_minute = 100000\npolling = {{ first = \"5ms\" }}\n"
        );
        let mut named = Vec::new();
        bots(&mut named);
        for (domain_name, export) in &named {
            std::fs::create_dir_all(folder.path().join(export)).expect("a folder");
            let _ = write!(
                config,
                "[[bot]]\ndomain_name = \"{domain_name}\"\nupload_effect = \"{effect}\"\n\
                 [[bot.source]]\nfolder = \"{export}\"\n"
            );
        }
        std::fs::write(folder.path().join("config.toml"), config).expect("the configuration");
        Self {
            folder,
            layout,
            sandbox,
            _runtime: runtime,
        }
    }

    pub(crate) fn path(&self, relative: &str) -> PathBuf {
        self.folder.path().join(relative)
    }

    /// Replaces the export.
    pub(crate) fn export(&self, size: usize, version: usize) {
        let folder = self.path("export");
        export::write(&folder, self.layout.file(), self.layout, 0..size, version);
        // So that it counts as quiet, and its stamp as old enough to be noted down: only the reading
        // is measured.
        age(&folder.join(self.layout.file()));
        std::thread::sleep(std::time::Duration::from_millis(150));
    }

    pub(crate) fn calls(&self) -> usize {
        self.sandbox.calls().calls.len()
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(PROGRAM);
        command
            .args(arguments)
            .arg("--config")
            .arg(self.path("config.toml"))
            .env("TOKEN", "secret");
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Figure {
        let before = self.calls();
        let figure = timed(&mut self.command(arguments));
        Figure {
            calls: self.calls() - before,
            ..figure
        }
    }

    pub(crate) fn md5sum(&self) -> Figure {
        let file = self.path("export").join(self.layout.file());
        timed(Command::new("md5sum").arg(file))
    }

    pub(crate) fn daemon(&self) -> Daemon {
        let child = self
            .command(&["run"])
            .env("NOTIFY_SOCKET", self.path("notify"))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("the program");
        Daemon(child)
    }
}

/// Makes a file ten seconds older.
pub(crate) fn age(path: &Path) {
    let file = std::fs::File::options()
        .write(true)
        .open(path)
        .expect("the export");
    let then = std::time::SystemTime::now() - std::time::Duration::from_secs(10);
    file.set_modified(then).expect("the export");
}
