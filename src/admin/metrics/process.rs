//! What Prometheus' own clients tell of their process, under the names that dashboards know: from `/proc`.

use std::fs;
use std::sync::atomic::AtomicU64;

use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;
use rustix::time::{ClockId, clock_gettime};

use super::Seconds;

/// Ticks of a second in `/proc/PID/stat`: `USER_HZ`, which is 100 on every machine that this is built for
/// (`man 5 proc_pid_stat`).
const TICKS: f64 = 100.0;
/// The start of the process among the fields of `/proc/PID/stat` that follow its name.
const START: usize = 19;

/// Registers what is known; what the system does not tell is left out.
pub(super) fn register(registry: &mut Registry) {
    let cpu = clock_gettime(ClockId::ProcessCPUTime);
    let seconds = Counter::<f64, AtomicU64>::default();
    #[expect(clippy::cast_precision_loss, reason = "no process works so long")]
    seconds.inc_by(cpu.tv_sec as f64 + cpu.tv_nsec as f64 / 1e9);
    let help = "Seconds of processor time that this process has used";
    registry.register("process_cpu_seconds", help, seconds);
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let kib = |name: &str| number(&status, name).map(|kib| kib * 1024);
    let limits = fs::read_to_string("/proc/self/limits").unwrap_or_default();
    let open = fs::read_dir("/proc/self/fd").ok();
    let open = open.and_then(|open| i64::try_from(open.count()).ok());
    for (name, help, value) in [
        (
            "process_resident_memory_bytes",
            "Memory that this process holds",
            kib("VmRSS:"),
        ),
        (
            "process_virtual_memory_bytes",
            "Addresses that this process has taken",
            kib("VmSize:"),
        ),
        (
            "process_threads",
            "Threads of this process",
            number(&status, "Threads:"),
        ),
        ("process_open_fds", "Files that this process has open", open),
        (
            "process_max_fds",
            "Files that it may have open",
            number(&limits, "Max open files"),
        ),
    ] {
        let Some(value) = value else { continue };
        let gauge = Gauge::<i64>::default();
        gauge.set(value);
        registry.register(name, help, gauge);
    }
    let stat = fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let system = fs::read_to_string("/proc/stat").unwrap_or_default();
    if let (Some(ticks), Some(boot)) = (started(&stat), number(&system, "btime ")) {
        let gauge = Seconds::default();
        #[expect(clippy::cast_precision_loss, reason = "seconds since 1970 fit well")]
        gauge.set(boot as f64 + ticks / TICKS);
        let help = "When this process was started";
        registry.register("process_start_time_seconds", help, gauge);
    }
}

/// The first number behind a name at the beginning of a line.
fn number(text: &str, name: &str) -> Option<i64> {
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
    line.split_whitespace().next()?.parse().ok()
}

/// When a process was started, in ticks since the machine was. A name may hold anything, brackets too.
fn started(stat: &str) -> Option<f64> {
    let (_, fields) = stat.rsplit_once(')')?;
    fields.split_whitespace().nth(START)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_kernel_writes_is_understood() {
        let stat = "7 (a) b (c) S 1 7 7 0 -1 4194560 1 0 0 0 1 2 0 0 20 0 1 0 4711 1 1 1";
        assert_eq!(started(stat), Some(4711.0));
        assert_eq!(started(""), None);
        let limits =
            "Limit  Soft Limit  Hard Limit  Units\nMax open files            1024  524288  files\n";
        assert_eq!(number(limits, "Max open files"), Some(1024));
        assert_eq!(number("Max open files unlimited", "Max open files"), None);
    }
}
