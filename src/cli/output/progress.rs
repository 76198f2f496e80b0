//! One line of progress on a terminal; nothing in a pipe.

use std::collections::BTreeMap;
use std::io::IsTerminal as _;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

use crate::cli::context::is_quiet;
use crate::sync::{ProgressSink, silent};

/// The line.
pub(crate) struct ProgressLine {
    bar: Option<ProgressBar>,
}

/// Begins a progress line.
pub(crate) fn progress_line() -> ProgressLine {
    let is_wanted = std::io::stderr().is_terminal() && !is_quiet();
    let bar = is_wanted.then(|| {
        let style = ProgressStyle::with_template("{spinner} {wide_msg}")
            .unwrap_or_else(|_| ProgressStyle::default_spinner());
        let bar = ProgressBar::new_spinner().with_style(style);
        bar.enable_steady_tick(Duration::from_millis(200));
        bar
    });
    ProgressLine { bar }
}

impl ProgressLine {
    /// Where progress is told.
    pub(crate) fn tell(&self) -> ProgressSink {
        let Some(bar) = self.bar.clone() else {
            return silent();
        };
        let bots: Mutex<BTreeMap<String, String>> = Mutex::default();
        Arc::new(move |bot, progress| {
            let mut bots = bots.lock().unwrap_or_else(PoisonError::into_inner);
            bots.insert(bot.to_owned(), progress.to_string());
            let all: Vec<_> = bots
                .iter()
                .map(|(bot, words)| format!("{bot}: {words}"))
                .collect();
            bar.set_message(all.join("; "));
        })
    }

    /// Takes the line away.
    pub(crate) fn clear(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
