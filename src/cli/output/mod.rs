//! How answers look to a person: counts, spans of time, colours, findings, progress. Text from
//! outside goes through [`shown`] before it is printed.

mod cells;
mod findings;
mod harmless_json;
mod progress;
mod report;
pub(super) mod style;
mod table;

pub(crate) use cells::harmless;
pub(crate) use findings::{Findings, rejection, same_reasons};
pub(crate) use harmless_json::HarmlessJson;
pub(crate) use progress::progress_line;
pub(crate) use report::sync_report;
pub(crate) use style::{BAD, FAINT, GOOD, MOVING, NOTABLE, STRONG, of_state, painted, state};
pub(crate) use table::{table, wrapped};

use std::io::IsTerminal as _;

use serde::{Serialize, Serializer};
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
    serde_json::to_value(RejectionList(rejections)).unwrap_or_default()
}

/// The same, written one by one: a source may reject a hundred thousand rows.
pub(crate) struct RejectionList<'a>(pub(crate) &'a [Rejection]);

impl Serialize for RejectionList<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(|rejection| said(rejection, None)))
    }
}

/// Notes as `--json` prints them: what they say is `text`, and `reason`, as it was called first.
pub(crate) struct NoteList<'a>(pub(crate) &'a [Rejection]);

impl Serialize for NoteList<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(|note| said(note, Some(&note.reason))))
    }
}

#[derive(Serialize)]
struct Said<'a> {
    source: &'a str,
    file: &'a str,
    line: u64,
    id: Option<&'a str>,
    reason: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<&'a str>,
}

fn said<'a>(rejection: &'a Rejection, text: Option<&'a str>) -> Said<'a> {
    Said {
        source: &rejection.source,
        file: &rejection.place.file,
        line: rejection.place.line,
        id: rejection.id.as_deref(),
        reason: &rejection.reason,
        text,
    }
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
