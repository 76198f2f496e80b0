//! What a simulation lets happen to the threads of sources. In virtual time there are none: what each
//! would do is done in place, kept back for as long as it hangs, or ended by a panic.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// What happens to the work on the sources of a bot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mishap {
    /// It does not come to its end.
    Hangs,
    /// It panics at its end, and what it had found is lost.
    Dies,
}

/// The mishaps of all bots. Cheap to clone; all clones are one.
#[derive(Clone, Default)]
pub(super) struct Mishaps(Arc<Mutex<HashMap<String, Afflicted>>>);

struct Afflicted {
    mishap: Mishap,
    /// Pieces of work that are still done.
    spared: u32,
    hanging: Vec<Box<dyn FnOnce() + Send>>,
}

impl fmt::Debug for Mishaps {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mishaps").finish_non_exhaustive()
    }
}

impl Mishaps {
    /// From now on this happens to a bot, but for so many pieces of work.
    pub(super) fn begin(&self, bot: &str, mishap: Mishap, spared: u32) {
        let afflicted = Afflicted {
            mishap,
            spared,
            hanging: Vec::new(),
        };
        self.lock().insert(bot.to_owned(), afflicted);
    }

    /// Nothing happens to it any more, and what hung goes on.
    pub(super) fn end(&self, bot: &str) {
        let over = self.lock().remove(bot);
        for thread in over.into_iter().flat_map(|over| over.hanging) {
            thread();
        }
    }

    /// Does what a thread would do; it is told whether it dies.
    pub(super) fn run(&self, bot: &str, thread: impl FnOnce(bool) + Send + 'static) {
        let mut all = self.lock();
        let mut dies = false;
        match all.get_mut(bot) {
            Some(afflicted) if afflicted.spared > 0 => afflicted.spared -= 1,
            Some(afflicted) if afflicted.mishap == Mishap::Hangs => {
                afflicted.hanging.push(Box::new(|| thread(false)));
                return;
            }
            afflicted => dies = afflicted.is_some(),
        }
        drop(all);
        thread(dies);
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Afflicted>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
