//! What every bot is busy with, for those who ask while it works.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use crate::sync::{Progress, Tell};

/// What every bot is busy with, for those who ask.
#[derive(Clone, Debug, Default)]
pub struct Board(Arc<Mutex<BTreeMap<String, Progress>>>);

impl Board {
    /// Where progress is told.
    pub fn tell(&self) -> Tell {
        let board = self.clone();
        Arc::new(move |bot, progress| {
            board.lock().insert(bot.to_owned(), progress);
        })
    }

    /// What every bot was last busy with.
    pub fn read(&self) -> BTreeMap<String, Progress> {
        self.lock().clone()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeMap<String, Progress>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
