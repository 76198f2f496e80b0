//! Runs the program on generated exports, `md5sum` of the same files beside it, and prints what both
//! take: `cargo bench --bench sync -- 10000 1000000`. Without a number, 10,000 articles. The sandbox
//! runs in this process, with instant tasks, and is called over real HTTP.

mod daemon;
mod export;
mod many;
mod measure;
mod peers;
mod place;

use daemon::idle;
use export::Layout;
use measure::{median, row};
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
    let mut growth: Vec<Growth> = Vec::new();
    for size in &sizes {
        let csv = one_file(*size, Layout::Csv);
        let lines = one_file(*size, Layout::JsonLines);
        println!(
            "{:<52}{:>10.2}",
            format!("{size} articles: plan, JSON Lines against CSV"),
            lines.plan / csv.plan
        );
        growth.push(csv);
        replace(*size);
    }
    for pair in growth.windows(2) {
        pair[1].print_exponents(&pair[0]);
    }
    many::thousand_files();
    many::thousand_bots();
    many::from_rename_to_post();
}

/// What is looked at for how it grows, in seconds.
struct Growth {
    size: usize,
    first: f64,
    plan: f64,
}

impl Growth {
    /// An exponent of 1: time grows as the input does.
    fn print_exponents(&self, smaller: &Self) {
        let size = |size: usize| f64::from(u32::try_from(size).unwrap_or(u32::MAX));
        let input = (size(self.size) / size(smaller.size)).ln();
        for (work, now, before) in [
            ("first --sync-now", self.first, smaller.first),
            ("plan, 0.2 % changed", self.plan, smaller.plan),
        ] {
            println!(
                "{:<52}{:>10.2}",
                format!("{} -> {}: exponent of {work}", smaller.size, self.size),
                (now / before).ln() / input
            );
        }
    }
}

/// One large file, read by the daemon's way of work.
fn one_file(size: usize, layout: Layout) -> Growth {
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
    let others = match layout {
        Layout::Csv => peers::keep(&place),
        Layout::JsonLines => Vec::new(),
    };
    place.export(size, 1);
    let peer = median(3, || place.md5sum());
    let plan = median(3, || place.run(&["plan"]));
    row(&format!("{what}: plan, 0.2 % changed"), &plan, Some(&peer));
    peers::plan(&place, &others, &what, &peer);
    let sync = place.run(&["--sync-now"]);
    row(
        &format!("{what}: --sync-now, 0.2 % changed"),
        &sync,
        Some(&peer),
    );
    if layout == Layout::Csv {
        idle(&place, &what);
    }
    Growth {
        size,
        first: first.seconds,
        plan: plan.seconds,
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

fn start_time() {
    let figure = median(21, || {
        measure::timed(std::process::Command::new(place::PROGRAM).arg("--version"))
    });
    row("--version", &figure, None);
}
