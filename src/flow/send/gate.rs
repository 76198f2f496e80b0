//! The gate before every call to Haptik: the budget, kept in the store and, against clocks that
//! are set, in this process as well.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::clock::{Clock, Millis, duration_millis, millis_duration};
use crate::haptik::budget::{CallKind, WINDOW, wait_for};
use crate::sabotage::{self, Sabotage};
use crate::store::{Store, StoreError};

/// Lets calls through within the budget. Cheap to clone; all clones share one count.
#[derive(Clone, Debug)]
pub struct Gate {
    store: Store,
    clock: Clock,
    calls_per_minute: u32,
    recent: Arc<Mutex<VecDeque<Instant>>>,
    /// Haptik asked for no calls before this.
    not_before: Arc<Mutex<Option<Instant>>>,
}

impl Gate {
    /// A gate over a store.
    pub fn new(store: Store, clock: Clock, calls_per_minute: u32) -> Self {
        Self {
            store,
            clock,
            calls_per_minute,
            recent: Arc::default(),
            not_before: Arc::default(),
        }
    }

    /// Keeps all calls back for a while, as Haptik asked: giving a call up, or another bot, is no
    /// way around it.
    pub fn hold_off(&self, time: Duration) {
        let mut not_before = self
            .not_before
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        *not_before = (*not_before).max(Some(Instant::now() + time));
    }

    fn held_off(&self) -> Option<Duration> {
        let not_before = *self
            .not_before
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        not_before?
            .checked_duration_since(Instant::now())
            .filter(|wait| !wait.is_zero())
    }

    /// Takes one call; otherwise says how long to wait before asking again.
    pub async fn take(&self, kind: CallKind) -> Result<Result<(), Duration>, StoreError> {
        if sabotage::is(Sabotage::BudgetOff) {
            return Ok(Ok(()));
        }
        if let Some(wait) = self.held_off().or_else(|| self.wait_here(kind)) {
            return Ok(Err(wait));
        }
        let taken = self
            .store
            .take_call(kind, self.calls_per_minute, self.clock.now())
            .await?;
        Ok(match taken {
            Ok(()) => {
                self.lock().push_back(Instant::now());
                Ok(())
            }
            Err(wait) => Err(millis_duration(wait)),
        })
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, VecDeque<Instant>> {
        self.recent.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait_here(&self, kind: CallKind) -> Option<Duration> {
        let mut recent = self.lock();
        let now = Instant::now();
        let age = |call: &Instant| duration_millis(now.duration_since(*call));
        while recent.front().is_some_and(|call| age(call) >= WINDOW) {
            recent.pop_front();
        }
        let calls: Vec<Millis> = recent.iter().map(|call| -age(call)).collect();
        wait_for(&calls, kind, self.calls_per_minute, 0).map(millis_duration)
    }
}
