//! What other tools need for the same comparison, where they are installed: `PYTHON` names the
//! interpreter that has them.

use std::process::Command;

use super::measure::{Figure, row, timed};
use super::place::Place;

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/sync/peers.py");

/// The tools that there are, each with its notes about the export as it is now.
pub(crate) fn keep(place: &Place) -> Vec<&'static str> {
    let all = ["python", "duckdb", "polars"];
    all.into_iter().filter(|peer| ran(place, peer)).collect()
}

fn ran(place: &Place, peer: &str) -> bool {
    let done = command(place, peer, "keep").output();
    done.is_ok_and(|output| output.status.success())
}

/// Prints what each takes to compare the export with its notes.
pub(crate) fn plan(place: &Place, peers: &[&'static str], what: &str, yardstick: &Figure) {
    for peer in peers {
        let figure = timed(&mut command(place, peer, "plan"));
        row(
            &format!("{what}: {peer} compares"),
            &figure,
            Some(yardstick),
        );
    }
}

fn command(place: &Place, peer: &str, work: &str) -> Command {
    let python = std::env::var_os("PYTHON").unwrap_or_else(|| "python3".into());
    let mut command = Command::new(python);
    command.args([SCRIPT, peer, work]);
    command.arg(place.path("export/articles.csv"));
    command.arg(place.path(&format!("kept.{peer}")));
    command
}
