//! How reports and progress look to a person.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::IsTerminal as _;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use serde_json::json;

use crate::daemon::{Outcome, PassReport, wants};
use crate::flow::intake::Rejection;
use crate::flow::send::{Progress, Tell, silent};

/// A count with its noun.
pub(super) fn count(number: u64, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}

/// A span of time as a person says it.
pub(super) fn span(time: Duration) -> String {
    let seconds = time.as_secs();
    match seconds {
        0 => format!("{} ms", time.as_millis()),
        1..120 => format!("{seconds} s"),
        120..7200 => format!("{} min", seconds / 60),
        7200..172_800 => format!("{} h", seconds / 3600),
        _ => format!("{} days", seconds / 86_400),
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

/// What a sync came to.
pub(super) fn sync_report(reports: &[PassReport]) -> String {
    let mut text = String::new();
    for report in reports {
        let word = match report.outcome {
            Outcome::InSync => "in sync",
            Outcome::Attention => "done, but something wants a person",
            Outcome::Failed => "failed",
        };
        let _ = writeln!(
            text,
            "{}: {word}. {} added, {} changed, {} removed, {} unchanged; {}",
            report.domain_name,
            report.added,
            report.changed,
            report.removed,
            report.unchanged,
            count(report.uploads.len() as u64, "upload", "uploads"),
        );
        if let Some(error) = &report.error {
            let _ = writeln!(text, "  {error}");
        }
        for want in wants(report) {
            let _ = writeln!(text, "  {want}");
        }
    }
    text
}

/// One line of progress on a terminal; nothing in a pipe.
pub(super) struct ProgressLine {
    bar: Option<ProgressBar>,
}

/// Begins a progress line.
pub(super) fn progress_line() -> ProgressLine {
    let bar = std::io::stderr().is_terminal().then(|| {
        let style = ProgressStyle::with_template("{spinner} {msg}")
            .unwrap_or_else(|_| ProgressStyle::default_spinner());
        let bar = ProgressBar::new_spinner().with_style(style);
        bar.enable_steady_tick(Duration::from_millis(200));
        bar
    });
    ProgressLine { bar }
}

impl ProgressLine {
    /// Where progress is told.
    pub(super) fn tell(&self) -> Tell {
        let Some(bar) = self.bar.clone() else {
            return silent();
        };
        let bots: Mutex<BTreeMap<String, String>> = Mutex::default();
        Arc::new(move |bot, progress| {
            let mut bots = bots.lock().unwrap_or_else(PoisonError::into_inner);
            bots.insert(bot.to_owned(), in_words(progress));
            let all: Vec<_> = bots
                .iter()
                .map(|(bot, words)| format!("{bot}: {words}"))
                .collect();
            bar.set_message(all.join("; "));
        })
    }

    /// Takes the line away.
    pub(super) fn clear(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

fn in_words(progress: Progress) -> String {
    match progress {
        Progress::Reading { articles } => format!("{articles} articles read"),
        Progress::Submitting { rows } => format!("submitting {}", count(rows, "row", "rows")),
        Progress::Task {
            rows,
            age,
            usual: Some(usual),
        } => format!(
            "task with {} for {}, usually {}",
            count(rows, "row", "rows"),
            span(age),
            span(usual)
        ),
        Progress::Task { rows, age, .. } => {
            format!("task with {} for {}", count(rows, "row", "rows"), span(age))
        }
        Progress::Waiting { time } => format!("waiting {}", span(time)),
    }
}

/// Ends when this process is asked to stop.
pub(super) async fn stop_asked() {
    use tokio::signal::unix::{SignalKind, signal};
    let terminate = async {
        match signal(SignalKind::terminate()) {
            Ok(mut terminate) => {
                terminate.recv().await;
            }
            Err(_) => std::future::pending().await,
        }
    };
    tokio::select! {
        () = terminate => {}
        _ = tokio::signal::ctrl_c() => {}
    }
}
