//! What is going on right now, for the people who watch.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::clock::span;

/// One moment of the work for one bot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Activity {
    /// Sources are being read.
    Reading {
        /// Articles so far.
        articles: usize,
    },
    /// An upload is on its way.
    Submitting {
        /// Rows of its CSV.
        rows: u64,
    },
    /// Haptik works on a task.
    Task {
        /// Rows of its CSV.
        rows: u64,
        /// How long since it was accepted.
        age: Duration,
        /// How long the tasks of this bot usually take.
        usual: Option<Duration>,
    },
    /// A call waits: for the call budget, or before it is repeated.
    Waiting {
        /// How long.
        time: Duration,
    },
}

impl fmt::Display for Activity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plural = |rows| if rows == 1 { "" } else { "s" };
        match *self {
            Self::Reading { articles } => write!(f, "{articles} articles read"),
            Self::Submitting { rows } => write!(f, "submitting {rows} row{}", plural(rows)),
            Self::Task { rows, age, usual } => {
                write!(f, "task with {rows} row{} for {}", plural(rows), span(age))?;
                usual.map_or(Ok(()), |usual| write!(f, ", usually {}", span(usual)))
            }
            Self::Waiting { time } => write!(f, "waiting {}", span(time)),
        }
    }
}

/// Called at each moment with the bot's `domain_name`.
pub type ProgressSink = Arc<dyn Fn(&str, Activity) + Send + Sync>;

/// Tells nobody.
pub fn silent() -> ProgressSink {
    Arc::new(|_, _| {})
}
