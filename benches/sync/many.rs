//! Many files, many bots, and the way of one change from the folder to Haptik.

use std::time::{Duration, Instant};

use super::daemon::idle;
use super::export::{self, Layout};
use super::measure::{Figure, median, row};
use super::place::{Place, age};

/// A folder of a thousand files with ten articles each.
pub(crate) fn thousand_files() {
    let place = Place::new("merge", Layout::Csv);
    let folder = place.path("export");
    for file in 0..1000 {
        let name = format!("part-{file:04}.csv");
        export::write(&folder, &name, Layout::Csv, file * 10..file * 10 + 10, 0);
        age(&folder.join(name));
    }
    row(
        "1000 files: first --sync-now",
        &place.run(&["--sync-now"]),
        None,
    );
    std::thread::sleep(Duration::from_millis(200));
    row(
        "1000 files: --sync-now, no file changed",
        &place.run(&["--sync-now"]),
        None,
    );
    let plan = median(5, || place.run(&["plan"]));
    row("1000 files: plan, no file changed", &plan, None);
    idle(&place, "1000 files");
}

/// A thousand bots with a thousand articles each.
pub(crate) fn thousand_bots() {
    let place = Place::with("merge", Layout::Csv, |bots| {
        bots.extend((0..1000).map(|bot| (format!("bot-{bot}"), format!("export/{bot}"))));
    });
    for bot in 0..1000 {
        let folder = place.path(&format!("export/{bot}"));
        export::write(&folder, "a.csv", Layout::Csv, 0..1000, bot);
        age(&folder.join("a.csv"));
    }
    row(
        "1000 bots: first --sync-now",
        &place.run(&["--sync-now"]),
        None,
    );
    let again = median(3, || place.run(&["--sync-now"]));
    row("1000 bots: --sync-now, nothing changed", &again, None);
}

/// How long a file that is renamed into the folder takes to the POST.
pub(crate) fn from_rename_to_post() {
    let place = Place::new("merge", Layout::Csv);
    place.export(1000, 0);
    place.run(&["--sync-now"]);
    let daemon = place.daemon();
    std::thread::sleep(Duration::from_secs(3));
    let mut figures: Vec<f64> = (1..=100).map(|version| one_way(&place, version)).collect();
    drop(daemon);
    figures.sort_by(f64::total_cmp);
    for (what, seconds) in [("median", figures[50]), ("99th percentile", figures[98])] {
        let figure = Figure {
            seconds,
            peak_kib: 0,
            calls: 0,
        };
        row(
            &format!("from rename to POST, 1000 articles: {what}"),
            &figure,
            None,
        );
    }
}

fn one_way(place: &Place, version: usize) -> f64 {
    let before = place.calls();
    let folder = place.path("export");
    // The rename is the last that it does.
    export::write(&folder, "articles.csv", Layout::Csv, 0..1000, version);
    let began = Instant::now();
    while place.calls() == before {
        assert!(began.elapsed() < Duration::from_secs(20), "no call came");
        std::thread::sleep(Duration::from_millis(1));
    }
    let seconds = began.elapsed().as_secs_f64();
    // Until the task is over, so that the next one does not wait for it.
    std::thread::sleep(Duration::from_millis(500));
    seconds
}
