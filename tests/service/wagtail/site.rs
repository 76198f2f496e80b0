//! A Wagtail of its own for one test: Python on loopback and `SQLite`, from the folder that `tests/wagtail/prepare.sh`
//! prepared. It is ended by its own id.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde_json::Value;
use tempfile::TempDir;

/// The variable that names the prepared folder.
pub(super) const FOLDER: &str = "WAGTAIL_DIR";
const SCRIPTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/wagtail");

/// A running site.
pub(super) struct Site {
    dir: TempDir,
    prepared: PathBuf,
    web: Child,
    address: String,
}

impl Site {
    /// Starts one without a question; nothing where there is no prepared folder.
    pub(super) fn start() -> Option<Self> {
        let prepared = std::env::var_os(FOLDER)?;
        let prepared = fs::canonicalize(&prepared).unwrap_or_else(|error| {
            panic!("{FOLDER} = {}: {error}", prepared.display());
        });
        let dir = TempDir::new().unwrap();
        fs::copy(prepared.join("database"), dir.path().join("database")).unwrap();
        let log = fs::File::create(dir.path().join("web.log")).unwrap();
        let mut web = python(&prepared, &dir, "serve.py")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .unwrap();
        let mut port = String::new();
        BufReader::new(web.stdout.take().unwrap())
            .read_line(&mut port)
            .unwrap();
        let port: u16 = port.trim().parse().expect("the port of Wagtail");
        Some(Self {
            dir,
            prepared,
            web,
            address: format!("http://127.0.0.1:{port}"),
        })
    }

    /// Where it listens.
    pub(super) fn url(&self) -> &str {
        &self.address
    }

    /// Does what an editor does; see `tests/wagtail/acts.py`. Returns the ids of the pages.
    #[track_caller]
    pub(super) fn editor(&self, acts: &[Value]) -> Vec<u64> {
        let mut editor = python(&self.prepared, &self.dir, "editor.py")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdin = editor.stdin.take().unwrap();
        let acts = serde_json::to_string(acts).unwrap();
        stdin.write_all(acts.as_bytes()).unwrap();
        drop(stdin);
        let output = editor.wait_with_output().unwrap();
        let ids: Option<Vec<u64>> = serde_json::from_slice(&output.stdout).ok();
        let ids = ids.filter(|_| output.status.success());
        ids.unwrap_or_else(|| panic!("{output:?}"))
    }

    /// Does the same once the first answer of the next sweep has been made.
    pub(super) fn does_in_mid_sweep(&self, acts: &[Value]) {
        fs::write(trap(&self.dir), serde_json::to_string(acts).unwrap()).unwrap();
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        let _ = self.web.kill();
        let _ = self.web.wait();
        if std::thread::panicking() {
            let log = fs::read_to_string(self.dir.path().join("web.log")).unwrap_or_default();
            let lines: Vec<&str> = log.lines().rev().take(20).collect();
            eprintln!("the last lines of web.log, backwards: {lines:#?}");
        }
    }
}

fn python(prepared: &Path, dir: &TempDir, script: &str) -> Command {
    let mut command = Command::new(prepared.join("python/bin/python"));
    command
        .arg(Path::new(SCRIPTS).join(script))
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .env("KNOWLEDGE_DATABASE", dir.path().join("database"))
        .env("KNOWLEDGE_TRAP", trap(dir));
    command
}

fn trap(dir: &TempDir) -> PathBuf {
    dir.path().join("trap")
}
