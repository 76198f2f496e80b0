//! A `MediaWiki` of its own for one test: PHP on loopback and `SQLite`, from the folder that
//! `tests/mediawiki/prepare.sh` prepared. It is ended by its own id.

use std::fs;
use std::io::Write;
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde_json::Value;
use tempfile::TempDir;

use crate::support::until;

/// The variable that names the prepared folder.
pub(super) const FOLDER: &str = "MEDIAWIKI_DIR";
const SCRIPTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/mediawiki");

/// A running wiki.
pub(super) struct Wiki {
    dir: TempDir,
    prepared: PathBuf,
    port: u16,
    web: Child,
}

impl Wiki {
    /// Starts one with nothing but its main page; nothing where there is no prepared folder.
    pub(super) fn start() -> Option<Self> {
        let prepared = std::env::var_os(FOLDER)?;
        let prepared = fs::canonicalize(&prepared).unwrap_or_else(|error| {
            panic!("{FOLDER} = {}: {error}", prepared.display());
        });
        let dir = TempDir::new().unwrap();
        let pages = dir.path().join("pages");
        fs::create_dir(&pages).unwrap();
        for entry in fs::read_dir(prepared.join("pages")).unwrap() {
            let entry = entry.unwrap();
            if entry.file_type().unwrap().is_file() {
                fs::copy(entry.path(), pages.join(entry.file_name())).unwrap();
            }
        }
        // PHP cannot choose a free port and say which.
        let free = TcpListener::bind("127.0.0.1:0").and_then(|socket| socket.local_addr());
        let port = free.unwrap().port();
        let log = fs::File::create(dir.path().join("web.log")).unwrap();
        let web = php(&prepared, &dir, port)
            .arg("-S")
            .arg(format!("127.0.0.1:{port}"))
            .arg("-t")
            .arg(prepared.join("site"))
            .arg(Path::new(SCRIPTS).join("router.php"))
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn()
            .unwrap();
        until("MediaWiki listens", || {
            TcpStream::connect(("127.0.0.1", port)).is_ok()
        });
        Some(Self {
            dir,
            prepared,
            port,
            web,
        })
    }

    /// Where it listens.
    pub(super) fn url(&self) -> String {
        url(self.port)
    }

    /// Does what an editor does; see `tests/mediawiki/editor.php`. Returns the ids of the pages.
    #[track_caller]
    pub(super) fn editor(&self, acts: &[Value]) -> Vec<String> {
        let mut editor = php(&self.prepared, &self.dir, self.port)
            .arg(Path::new(SCRIPTS).join("editor.php"))
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
        let ids = ids.unwrap_or_else(|| panic!("{output:?}"));
        ids.iter().map(u64::to_string).collect()
    }

    /// Does the same once the first answer of the next sweep has gone out.
    pub(super) fn does_in_mid_sweep(&self, acts: &[Value]) {
        fs::write(trap(&self.dir), serde_json::to_string(acts).unwrap()).unwrap();
    }
}

impl Drop for Wiki {
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

fn php(prepared: &Path, dir: &TempDir, port: u16) -> Command {
    let php = prepared.join("bin/php");
    let mut command = Command::new(&php);
    command
        .env("MW_INSTALL_PATH", prepared.join("site"))
        .env("KNOWLEDGE_PHP", php)
        .env("KNOWLEDGE_PAGES", dir.path().join("pages"))
        .env("KNOWLEDGE_URL", url(port))
        .env("KNOWLEDGE_TRAP", trap(dir));
    command
}

fn url(port: u16) -> String {
    format!("http://127.0.0.1:{port}")
}

fn trap(dir: &TempDir) -> PathBuf {
    dir.path().join("trap")
}
