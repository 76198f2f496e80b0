//! One line of progress on a terminal; nothing in a pipe.

use std::collections::BTreeMap;
use std::io::IsTerminal as _;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

use super::{count, span};
use crate::flow::send::{Progress, Tell, silent};

/// The line.
pub(in crate::cli) struct ProgressLine {
    bar: Option<ProgressBar>,
}

/// Begins a progress line.
pub(in crate::cli) fn progress_line() -> ProgressLine {
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
    pub(in crate::cli) fn tell(&self) -> Tell {
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
    pub(in crate::cli) fn clear(&self) {
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
