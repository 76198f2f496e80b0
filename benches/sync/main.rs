//! Runs the program on generated exports, `md5sum` of the same files beside it, and prints what both
//! take: `cargo bench --bench sync -- 10000 1000000`. Without a number, 10,000 articles. The sandbox
//! runs in this process, with instant tasks, and is called over real HTTP.

mod export;
mod many;
mod measure;
mod place;

use std::time::Duration;

use export::Layout;
use measure::{Figure, median, row, status_kib};
use place::Place;

fn main() {
    let mut sizes: Vec<usize> = std::env::args()
        .skip(1)
        .filter_map(|argument| argument.parse().ok())
        .collect();
    if sizes.is_empty() {
        sizes.push(10_000);
    }
    println!(
        "{:<52}{:>10}{:>11}{:>14}{:>8}",
        "work", "seconds", "x md5sum", "peak RSS MiB", "calls"
    );
    start_time();
    for size in &sizes {
        one_file(*size, Layout::Csv);
        one_file(*size, Layout::JsonLines);
        replace(*size);
    }
    many::thousand_files();
    many::thousand_bots();
    many::from_rename_to_post();
}

/// One large file, read by the daemon's way of work.
fn one_file(size: usize, layout: Layout) {
    let place = Place::new("merge", layout);
    let what = format!("{size} articles, {}", layout.name());
    place.export(size, 0);
    let peer = place.md5sum();
    row(&format!("{what}: md5sum"), &peer, None);
    let before = measure::own_processor_time();
    let first = place.run(&["--sync-now"]);
    let sandbox = measure::own_processor_time().saturating_sub(before);
    row(&format!("{what}: first --sync-now"), &first, Some(&peer));
    println!(
        "{:<52}{:>10.3}",
        "    of this the sandbox's processor time",
        sandbox.as_secs_f64()
    );
    let unchanged = median(3, || place.run(&["plan"]));
    row(
        &format!("{what}: plan, no file changed"),
        &unchanged,
        Some(&peer),
    );
    place.export(size, 1);
    let peer = median(3, || place.md5sum());
    let plan = median(3, || place.run(&["plan"]));
    row(&format!("{what}: plan, 0.2 % changed"), &plan, Some(&peer));
    let sync = place.run(&["--sync-now"]);
    row(
        &format!("{what}: --sync-now, 0.2 % changed"),
        &sync,
        Some(&peer),
    );
    if layout == Layout::Csv {
        idle(&place, &what);
    }
}

/// Everything in one upload.
fn replace(size: usize) {
    let place = Place::new("replace", Layout::Csv);
    place.export(size, 0);
    let peer = place.md5sum();
    let first = place.run(&["--sync-now"]);
    row(
        &format!("{size} articles, replace: first --sync-now"),
        &first,
        Some(&peer),
    );
    place.export(size, 1);
    let sync = place.run(&["--sync-now"]);
    row(
        &format!("{size} articles, replace: --sync-now, 0.2 % changed"),
        &sync,
        Some(&peer),
    );
}

/// A daemon that has nothing to do.
fn idle(place: &Place, what: &str) {
    let daemon = place.daemon();
    std::thread::sleep(Duration::from_secs(6));
    let before = measure::processor_time(daemon.id());
    std::thread::sleep(Duration::from_secs(10));
    let busy = measure::processor_time(daemon.id()).saturating_sub(before);
    let figure = Figure {
        seconds: busy.as_secs_f64(),
        peak_kib: status_kib(daemon.id(), "VmRSS:"),
        calls: 0,
    };
    row(
        &format!("{what}: idle daemon, 10 s (processor, RSS)"),
        &figure,
        None,
    );
}

fn start_time() {
    let figure = median(21, || {
        measure::timed(std::process::Command::new(place::PROGRAM).arg("--version"))
    });
    row("--version", &figure, None);
}
