//! Edits, breaks and kills for as long as you like, then waits until everything is quiet and counts
//! what was lost: `cargo run --release --example soak -- --minutes 5`.
//!
//! With `--measure FOLDER` nobody is killed, a feed and an open page come along, and what the daemon
//! holds is written to that folder each second; it must not grow: `.ci/nightly`.

mod chart;
mod daemon;
mod feed;
mod growth;
mod knowledge;
mod page;
mod samples;
mod stage;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use clap::Parser;

use growth::{Sample, Stretches};
use samples::Sampler;
use stage::Stage;

#[derive(Parser)]
struct Soak {
    /// How long to edit and break
    #[arg(long, default_value_t = 1.0)]
    minutes: f64,
    /// Where chance comes from; the same seed makes the same choices
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Kill nobody, and write what the daemon holds each second to this folder, as a table and a chart
    #[arg(long, value_name = "FOLDER")]
    measure: Option<PathBuf>,
}

fn main() -> ExitCode {
    if std::env::var_os(daemon::PROGRAM).is_some() {
        return kms_haptik_sync::cli::main();
    }
    let soak = Soak::parse();
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let mut stage = runtime.block_on(Stage::new(soak.seed, soak.measure.is_some()));
    let sampler = soak.measure.as_deref().map(|folder| {
        std::fs::create_dir_all(folder).expect("the folder of the measurements");
        Sampler::start(stage.daemon_id(), stage.state(), &folder.join("soak.csv"))
    });
    let end = Instant::now() + Duration::from_secs_f64(soak.minutes * 60.0);
    while Instant::now() < end {
        stage.act();
    }
    let held = sampler.map(Sampler::stop);
    let lost = stage.quieten();
    stage.figures(lost);
    let has_grown = match (&soak.measure, &held) {
        (Some(folder), Some(held)) => judge(folder, held),
        _ => false,
    };
    if lost == 0 && !has_grown {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// Draws the chart, says what there was at first and at last, and whether anything has grown.
fn judge(folder: &Path, samples: &[Sample]) -> bool {
    std::fs::write(folder.join("soak.svg"), chart::chart(samples)).expect("the chart");
    let stretches = Stretches::of(samples);
    let mut has_grown = false;
    for line in growth::lines(samples, stretches) {
        println!("{}", line.words);
        has_grown |= line.has_grown;
    }
    has_grown
}
