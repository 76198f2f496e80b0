//! What every bot is busy with, for those who ask while it works.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use crate::sync::{Activity, ProgressSink};

/// What every bot is busy with, for those who ask.
#[derive(Clone, Debug, Default)]
pub struct Progress(Arc<Mutex<BTreeMap<String, Activity>>>);

impl Progress {
    /// Where progress is told.
    pub fn tell(&self) -> ProgressSink {
        let all = self.clone();
        Arc::new(move |bot, progress| {
            all.lock().insert(bot.to_owned(), progress);
        })
    }

    /// What every bot was last busy with.
    pub fn read(&self) -> BTreeMap<String, Activity> {
        self.lock().clone()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeMap<String, Activity>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
