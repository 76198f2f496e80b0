//! The program as a child process: what it says, how it ends, and how much memory it took. It is
//! killed by its own id when a test lets go of it.

use std::io::Read;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use super::{DEADLINE, until};

/// A child that runs.
pub(crate) struct Running {
    child: Child,
    stdout: Arc<Mutex<Vec<u8>>>,
    stderr: Arc<Mutex<Vec<u8>>>,
    readers: Vec<JoinHandle<()>>,
    peak_kib: u64,
}

/// How a child ended.
#[derive(Debug)]
pub(crate) struct Run {
    /// The exit code; `None` where a signal ended it.
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    /// The most memory that it held at once, in KiB.
    pub(crate) peak_kib: u64,
}

impl Running {
    pub(crate) fn start(command: &mut Command) -> Self {
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let (stdout, first) = collect(child.stdout.take().unwrap());
        let (stderr, second) = collect(child.stderr.take().unwrap());
        Self {
            child,
            stdout,
            stderr,
            readers: vec![first, second],
            peak_kib: 0,
        }
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Whether it runs no more.
    #[cfg(feature = "postgres")]
    pub(crate) fn has_ended(&mut self) -> bool {
        self.child.try_wait().unwrap().is_some()
    }

    /// What it has written to standard error so far.
    pub(crate) fn stderr(&self) -> String {
        text(&self.stderr)
    }

    /// Waits for words on standard error.
    #[track_caller]
    pub(crate) fn says(&self, words: &str) {
        let said = super::within(DEADLINE, || self.stderr().contains(words));
        assert!(said, "never said {words:?}:\n{}", self.stderr());
    }

    /// Waits for words on standard output.
    #[track_caller]
    pub(crate) fn answers(&self, words: &str) {
        let said = super::within(DEADLINE, || text(&self.stdout).contains(words));
        assert!(said, "never answered {words:?}:\n{}", text(&self.stdout));
    }

    pub(crate) fn signal(&self, signal: Signal) {
        let pid = i32::try_from(self.child.id()).unwrap();
        kill_process(Pid::from_raw(pid).unwrap(), signal).unwrap();
    }

    /// Asks it to stop and gives it five seconds.
    #[track_caller]
    pub(crate) fn stop(self) -> Run {
        self.signal(Signal::TERM);
        let began = Instant::now();
        let run = self.wait();
        assert!(
            began.elapsed() < Duration::from_secs(5),
            "took {:?} to stop",
            began.elapsed()
        );
        run
    }

    /// Ends it as a power cut would.
    pub(crate) fn kill(mut self) -> Run {
        self.child.kill().unwrap();
        self.wait()
    }

    /// Waits for its end.
    #[track_caller]
    pub(crate) fn wait(mut self) -> Run {
        let mut status: Option<ExitStatus> = None;
        until("the program ends", || {
            self.peak_kib = self.peak_kib.max(self.peak());
            status = self.child.try_wait().unwrap();
            status.is_some()
        });
        for reader in self.readers.drain(..) {
            reader.join().unwrap();
        }
        Run {
            code: status.and_then(|status| status.code()),
            stdout: text(&self.stdout),
            stderr: text(&self.stderr),
            peak_kib: self.peak_kib,
        }
    }

    fn peak(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()));
        let status = status.unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        line.and_then(|line| line.split_whitespace().next()?.parse().ok())
            .unwrap_or(0)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Run {
    /// Checks the exit code.
    #[track_caller]
    pub(crate) fn exits(self, code: i32) -> Self {
        assert_eq!(
            self.code,
            Some(code),
            "stdout:\n{}\nstderr:\n{}",
            self.stdout,
            self.stderr
        );
        self
    }

    /// The JSON document on standard output.
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| {
            panic!(
                "{error}; stdout:\n{}\nstderr:\n{}",
                self.stdout, self.stderr
            )
        })
    }

    /// The first bot of the document.
    #[track_caller]
    pub(crate) fn bot(&self) -> Value {
        self.json()["bots"][0].clone()
    }

    /// Checks that all of these words stand in what it wrote.
    #[track_caller]
    pub(crate) fn tells(self, words: &[&str]) -> Self {
        let all = format!("{}{}", self.stdout, self.stderr).replace("\\\"", "\"");
        for word in words {
            assert!(all.contains(word), "{word:?} is not told:\n{all}");
        }
        self
    }
}

fn collect(mut pipe: impl Read + Send + 'static) -> (Arc<Mutex<Vec<u8>>>, JoinHandle<()>) {
    let heard = Arc::new(Mutex::new(Vec::new()));
    let keep = heard.clone();
    let reader = std::thread::spawn(move || {
        let mut bytes = [0; 4096];
        while let Ok(length @ 1..) = pipe.read(&mut bytes) {
            keep.lock().unwrap().extend_from_slice(&bytes[..length]);
        }
    });
    (heard, reader)
}

fn text(heard: &Mutex<Vec<u8>>) -> String {
    String::from_utf8_lossy(&heard.lock().unwrap()).into_owned()
}
