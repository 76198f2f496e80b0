//! A `WordPress` of its own for one test: `MariaDB` on a socket and PHP on loopback, from the folder that
//! `tests/wordpress/prepare.sh` prepared. Both are ended by their own ids.

use std::fs;
use std::io::Write;
use std::net::{TcpListener, TcpStream};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde_json::Value;
use tempfile::TempDir;
use walkdir::WalkDir;

use crate::support::until;

/// The variable that names the prepared folder.
pub(super) const FOLDER: &str = "WORDPRESS_DIR";
const WEB_LOG: &str = "web.log";
const DATABASE_LOG: &str = "database.log";
const SCRIPTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/wordpress");

/// A running WordPress.
pub(super) struct Site {
    dir: TempDir,
    prepared: PathBuf,
    port: u16,
    database: Child,
    web: Child,
}

impl Site {
    /// Starts one without any articles, and gives the application password of its editor; nothing
    /// where there is no prepared folder.
    pub(super) fn start() -> Option<(Self, String)> {
        let prepared = std::env::var_os(FOLDER)?;
        let prepared = fs::canonicalize(&prepared).unwrap_or_else(|error| {
            panic!("{FOLDER} = {}: {error}", prepared.display());
        });
        let dir = TempDir::new().unwrap();
        copy(&prepared.join("database"), &dir.path().join("database"));
        fs::copy(
            Path::new(SCRIPTS).join("wp-config.php"),
            prepared.join("site/wp-config.php"),
        )
        .unwrap();
        // PHP cannot choose a free port and say which.
        let free = TcpListener::bind("127.0.0.1:0").and_then(|socket| socket.local_addr());
        let port = free.unwrap().port();
        let site = Self {
            database: database(&prepared, &dir),
            web: web(&prepared, &dir, port),
            dir,
            prepared,
            port,
        };
        site.is_up();
        let password = site.editor("install", &Value::Null);
        Some((site, password.as_str().unwrap().to_owned()))
    }

    /// Where it listens.
    pub(super) fn url(&self) -> String {
        url(self.port)
    }

    /// Does what an editor does; see `tests/wordpress/editor.php`.
    #[track_caller]
    pub(super) fn editor(&self, action: &str, input: &Value) -> Value {
        let mut editor = php(&self.prepared, &self.dir, self.port)
            .args(["-d", "display_errors=stderr"])
            .arg(Path::new(SCRIPTS).join("editor.php"))
            .arg(self.prepared.join("site"))
            .arg(action)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdin = editor.stdin.take().unwrap();
        stdin.write_all(input.to_string().as_bytes()).unwrap();
        drop(stdin);
        let output = editor.wait_with_output().unwrap();
        let answer: Option<Value> = serde_json::from_slice(&output.stdout).ok();
        answer
            .filter(|answer| output.status.success() && *answer != Value::Bool(false))
            .unwrap_or_else(|| panic!("{action} {input}: {output:?}"))
    }

    /// From now on the server dies when this page of the list is asked for.
    pub(super) fn dies_at_page(&self, page: u32) {
        fs::write(trap(&self.dir), page.to_string()).unwrap();
    }

    /// Whether the server has died.
    pub(super) fn has_died(&mut self) -> bool {
        self.web.try_wait().unwrap().is_some()
    }

    /// Ends the database as a power cut would.
    pub(super) fn stop_database(&mut self) {
        end(&mut self.database);
    }

    /// Starts again whatever is down.
    pub(super) fn restart(&mut self) {
        let _ = fs::remove_file(trap(&self.dir));
        if self.database.try_wait().unwrap().is_some() {
            self.database = database(&self.prepared, &self.dir);
        }
        if self.web.try_wait().unwrap().is_some() {
            self.web = web(&self.prepared, &self.dir, self.port);
        }
        self.is_up();
    }

    fn is_up(&self) {
        until("MariaDB listens", || {
            UnixStream::connect(socket(&self.dir)).is_ok()
        });
        until("WordPress listens", || {
            TcpStream::connect(("127.0.0.1", self.port)).is_ok()
        });
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        end(&mut self.web);
        end(&mut self.database);
        if std::thread::panicking() {
            for name in [WEB_LOG, DATABASE_LOG] {
                let log = fs::read_to_string(self.dir.path().join(name)).unwrap_or_default();
                let lines: Vec<&str> = log.lines().rev().take(20).collect();
                eprintln!("the last lines of {name}, backwards: {lines:#?}");
            }
        }
    }
}

fn end(child: &mut Child) {
    let _ = child.kill();
    let _ = child.wait();
}

fn database(prepared: &Path, dir: &TempDir) -> Child {
    let data = dir.path().join("database");
    Command::new(prepared.join("bin/mariadbd"))
        .arg(format!("--datadir={}", data.display()))
        .arg(format!("--socket={}", socket(dir).display()))
        .arg(format!("--pid-file={}", dir.path().join("pid").display()))
        .args(["--skip-networking", "--innodb-log-file-size=8M"])
        // What was committed outlives the process, if not the machine.
        .arg("--innodb-flush-log-at-trx-commit=2")
        .stdin(Stdio::null())
        .stdout(log(dir, DATABASE_LOG))
        .stderr(log(dir, DATABASE_LOG))
        .spawn()
        .unwrap()
}

fn web(prepared: &Path, dir: &TempDir, port: u16) -> Child {
    php(prepared, dir, port)
        .arg("-S")
        .arg(format!("127.0.0.1:{port}"))
        .arg("-t")
        .arg(prepared.join("site"))
        .arg(Path::new(SCRIPTS).join("router.php"))
        .stdin(Stdio::null())
        .stdout(log(dir, WEB_LOG))
        .stderr(log(dir, WEB_LOG))
        .spawn()
        .unwrap()
}

fn php(prepared: &Path, dir: &TempDir, port: u16) -> Command {
    let mut php = Command::new(prepared.join("bin/php"));
    php.args(["-d", "memory_limit=256M"])
        .env("KNOWLEDGE_SOCKET", socket(dir))
        .env("KNOWLEDGE_URL", url(port))
        .env("KNOWLEDGE_TRAP", trap(dir));
    php
}

fn url(port: u16) -> String {
    format!("http://127.0.0.1:{port}")
}

fn socket(dir: &TempDir) -> PathBuf {
    dir.path().join("socket")
}

fn trap(dir: &TempDir) -> PathBuf {
    dir.path().join("trap")
}

fn log(dir: &TempDir, name: &str) -> fs::File {
    let path = dir.path().join(name);
    fs::OpenOptions::new()
        .create(true)
        .append(true)
        .open(path)
        .unwrap()
}

fn copy(from: &Path, to: &Path) {
    for entry in WalkDir::new(from) {
        let entry = entry.unwrap();
        let target = to.join(entry.path().strip_prefix(from).unwrap());
        if entry.file_type().is_dir() {
            fs::create_dir(target).unwrap();
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}
