//! How answers look to a person: counts, spans of time, colours, findings, progress. Text from
//! outside goes through [`shown`] before it is printed.

mod cells;
mod findings;
mod progress;
mod report;
pub(super) mod style;
mod table;

pub(crate) use cells::harmless;
pub(crate) use findings::{Findings, rejection, same_reasons};
pub(crate) use progress::progress_line;
pub(crate) use report::sync_report;
pub(crate) use style::{BAD, FAINT, GOOD, MOVING, NOTABLE, STRONG, of_state, painted, state};
pub(crate) use table::{table, wrapped};

use std::io::IsTerminal as _;

use serde_json::json;
use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::clock::{Millis, local, millis_duration, rfc3339, span};
use crate::model::Rejection;

/// A moment, and how long ago it is.
pub(super) fn moment(at: Millis, now: Millis) -> String {
    format!("{} ({} ago)", time(at), span(millis_duration(now - at)))
}

/// A time: for a person at a terminal by the clock on the wall, for everybody else in UTC.
pub(super) fn time(at: Millis) -> String {
    if std::io::stdout().is_terminal() {
        local(at)
    } else {
        rfc3339(at)
    }
}

/// What was rejected, as `--json` shows it.
pub(super) fn rejections_json(rejections: &[Rejection]) -> serde_json::Value {
    rejections
        .iter()
        .map(|rejection| {
            json!({
                "source": rejection.source,
                "file": rejection.place.file.as_ref(),
                "line": rejection.place.line,
                "id": rejection.id,
                "reason": rejection.reason,
            })
        })
        .collect()
}

/// Ends when this process is asked to stop.
pub(crate) async fn stop_asked() {
    StopSignals::listening().asked().await;
}

/// The signals that ask this process to stop. None is lost from when they are listened for.
pub(super) struct StopSignals(Vec<Signal>);

impl StopSignals {
    /// Listens from now on; within a runtime.
    pub(super) fn listening() -> Self {
        let kinds = [SignalKind::terminate(), SignalKind::interrupt()];
        Self(
            kinds
                .into_iter()
                .filter_map(|kind| signal(kind).ok())
                .collect(),
        )
    }

    /// Ends at the next one.
    pub(super) async fn asked(&mut self) {
        if self.0.is_empty() {
            return std::future::pending().await;
        }
        let next = self.0.iter_mut().map(|signal| Box::pin(signal.recv()));
        futures_util::future::select_all(next).await;
    }
}
