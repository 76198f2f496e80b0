//! What the daemon holds, looked up in /proc once a second and written to a table as it comes.

use std::fs::File;
use std::io::Write as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crate::growth::Sample;

pub(crate) struct Sampler {
    stop: Sender<()>,
    thread: JoinHandle<Vec<Sample>>,
}

impl Sampler {
    pub(crate) fn start(process: u32, state: PathBuf, table: &Path) -> Self {
        let mut table = File::create(table).expect("the table");
        let (stop, stopped) = channel();
        let thread = std::thread::spawn(move || {
            let began = Instant::now();
            let mut samples = Vec::new();
            let _ = writeln!(table, "second,rss_kib,descriptors,threads,disk_kib");
            for second in 1_u32.. {
                let next = began + Duration::from_secs(second.into());
                let pause = next.saturating_duration_since(Instant::now());
                if stopped.recv_timeout(pause) != Err(RecvTimeoutError::Timeout) {
                    break;
                }
                let Some(sample) = sample(second, process, &state) else {
                    continue;
                };
                let _ = writeln!(
                    table,
                    "{},{},{},{},{}",
                    sample.second,
                    sample.rss_kib,
                    sample.descriptors,
                    sample.threads,
                    sample.disk_kib
                );
                samples.push(sample);
            }
            samples
        });
        Self { stop, thread }
    }

    pub(crate) fn stop(self) -> Vec<Sample> {
        let _ = self.stop.send(());
        self.thread.join().expect("the samples")
    }
}

fn sample(second: u32, process: u32, state: &Path) -> Option<Sample> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let number = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name))?;
        line.split_whitespace().next()?.parse().ok()
    };
    let descriptors = std::fs::read_dir(format!("/proc/{process}/fd")).ok()?;
    Some(Sample {
        second,
        rss_kib: number("VmRSS:")?,
        descriptors: u32::try_from(descriptors.count()).ok()?,
        threads: number("Threads:")?,
        disk_kib: disk_kib(state)?,
    })
}

fn disk_kib(folder: &Path) -> Option<u32> {
    let kib: u64 = walkdir::WalkDir::new(folder)
        .into_iter()
        .flatten()
        .filter_map(|entry| entry.metadata().ok())
        .map(|metadata| metadata.blocks() / 2)
        .sum();
    u32::try_from(kib).ok()
}
