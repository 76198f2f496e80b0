//! What a process takes: time, memory, and of Haptik's budget.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// One measured run.
#[derive(Clone, Debug)]
pub(crate) struct Figure {
    pub(crate) seconds: f64,
    pub(crate) peak_kib: u64,
    pub(crate) calls: usize,
}

/// Prints one line of the table; with `peer`, also the ratio to it.
pub(crate) fn row(work: &str, figure: &Figure, peer: Option<&Figure>) {
    let mib = f64::from(u32::try_from(figure.peak_kib).unwrap_or(u32::MAX)) / 1024.0;
    let ratio = peer.map_or(String::new(), |peer| {
        format!("{:.2}", figure.seconds / peer.seconds)
    });
    println!(
        "{work:<52}{:>10.3}{ratio:>11}{mib:>14.1}{:>8}",
        figure.seconds, figure.calls
    );
}

/// The run of median duration.
pub(crate) fn median(runs: usize, mut run: impl FnMut() -> Figure) -> Figure {
    let mut figures: Vec<Figure> = (0..runs).map(|_| run()).collect();
    figures.sort_by(|a, b| a.seconds.total_cmp(&b.seconds));
    figures.swap_remove(runs / 2)
}

/// Runs a command to its end.
pub(crate) fn timed(command: &mut Command) -> Figure {
    let began = Instant::now();
    let child = command
        .stdout(Stdio::null())
        .stderr(Stdio::inherit())
        .spawn()
        .expect("the program");
    let peak_kib = wait_for_peak(child);
    Figure {
        seconds: began.elapsed().as_secs_f64(),
        peak_kib,
        calls: 0,
    }
}

/// Waits for a child, looking at its peak memory meanwhile.
fn wait_for_peak(mut child: Child) -> u64 {
    let mut peak = 0;
    loop {
        peak = peak.max(status_kib(child.id(), "VmHWM:"));
        if let Some(status) = child.try_wait().expect("our own child") {
            assert!(status.code().is_some_and(|code| code <= 1), "{status}");
            return peak;
        }
        std::thread::sleep(Duration::from_millis(1));
    }
}

/// A figure of `/proc/PID/status` in KiB.
pub(crate) fn status_kib(process: u32, key: &str) -> u64 {
    let path = Path::new("/proc").join(process.to_string()).join("status");
    let status = std::fs::read_to_string(path).unwrap_or_default();
    status
        .lines()
        .find_map(|line| line.strip_prefix(key))
        .and_then(|rest| rest.split_whitespace().next()?.parse().ok())
        .unwrap_or(0)
}

/// The processor time that a process has used.
pub(crate) fn processor_time(process: u32) -> Duration {
    let path = Path::new("/proc").join(process.to_string()).join("stat");
    let stat = std::fs::read_to_string(path).unwrap_or_default();
    // Behind the name, which may hold anything, utime and stime are the 12th and 13th fields; a
    // tick is 10 ms.
    let ticks: u64 = stat
        .rsplit(')')
        .next()
        .unwrap_or_default()
        .split_whitespace()
        .skip(11)
        .take(2)
        .filter_map(|ticks| ticks.parse::<u64>().ok())
        .sum();
    Duration::from_millis(ticks * 10)
}

/// How often the threads of a process have waited and were woken.
pub(crate) fn wake_ups(process: u32) -> u64 {
    let tasks = Path::new("/proc").join(process.to_string()).join("task");
    let entries = std::fs::read_dir(tasks).expect("a process");
    let count = |entry: std::io::Result<std::fs::DirEntry>| {
        let status = std::fs::read_to_string(entry.ok()?.path().join("status")).ok()?;
        let line = status
            .lines()
            .find_map(|line| line.strip_prefix("voluntary_ctxt_switches:"))?;
        line.trim().parse::<u64>().ok()
    };
    entries.filter_map(count).sum()
}

/// The processor time that this process has used.
pub(crate) fn own_processor_time() -> Duration {
    processor_time(std::process::id())
}
