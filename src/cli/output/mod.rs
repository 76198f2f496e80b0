//! How answers look to a person: counts, spans of time, colours, findings, progress. Text from
//! outside goes through [`shown`] before it is printed.

mod findings;
mod progress;
mod report;
pub(super) mod style;

pub(crate) use findings::{Findings, rejection, same_reasons};
pub(crate) use progress::progress_line;
pub(crate) use report::sync_report;
pub(crate) use style::{BAD, FAINT, GOOD, MOVING, NOTABLE, STRONG, of_state, painted, state};

use serde_json::json;
use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::clock::{Millis, millis_duration, rfc3339, span};
use crate::model::Rejection;

/// A moment, and how long ago it is.
pub(super) fn moment(at: Millis, now: Millis) -> String {
    format!("{} ({} ago)", rfc3339(at), span(millis_duration(now - at)))
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

/// Lines whose columns are as wide as their widest cell; colours take no room. The last column is
/// not filled up.
pub(super) fn aligned(rows: &[Vec<String>]) -> String {
    let mut widths: Vec<usize> = Vec::new();
    for row in rows {
        widths.resize(widths.len().max(row.len()), 0);
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(room(cell));
        }
    }
    let mut text = String::new();
    for row in rows {
        let last = row.iter().rposition(|cell| !cell.is_empty()).unwrap_or(0);
        for (at, (cell, width)) in row.iter().zip(&widths).enumerate() {
            text.push_str(cell);
            if at == last {
                break;
            }
            text.extend(std::iter::repeat_n(' ', width + 2 - room(cell)));
        }
        text.push('\n');
    }
    text
}

fn room(cell: &str) -> usize {
    anstream::adapter::strip_str(cell)
        .map(|visible| visible.chars().count())
        .sum()
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_aligned_and_colours_take_no_room() {
        let red = style::painted(style::BAD, "no");
        let rows = [
            vec!["a".to_owned(), red.clone(), "why".to_owned()],
            vec!["äö".to_owned(), "yes".to_owned(), String::new()],
        ];
        assert_eq!(aligned(&rows), format!("a   {red}   why\näö  yes\n"));
    }
}
