//! The limiter before every call to Haptik: the budget, kept in the store, and the waits that Haptik asks
//! for.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crate::clock::{Clock, Instant, instant, millis_duration};
use crate::model::CallKind;
use crate::sabotage;
use crate::sabotage::Sabotage;
use crate::store::{Store, StoreError};

/// Lets calls through within the budget. Cheap to clone; all clones share one count.
#[derive(Clone, Debug)]
pub struct CallLimiter {
    store: Store,
    clock: Clock,
    calls_per_minute: u32,
    /// Calls that ask a bot, in any 24 hours.
    asks_per_day: u32,
    /// Haptik asked for no calls before this.
    not_before: Arc<Mutex<Option<Instant>>>,
}

impl CallLimiter {
    /// A gate over a store.
    pub fn new(store: Store, clock: Clock, calls_per_minute: u32) -> Self {
        Self {
            store,
            clock,
            calls_per_minute,
            asks_per_day: 0,
            not_before: Arc::default(),
        }
    }

    /// The same with a budget for asking bots; without one there is no room for it.
    #[must_use]
    pub fn asking(mut self, asks_per_day: u32) -> Self {
        self.asks_per_day = asks_per_day;
        self
    }

    /// Keeps all calls back for a while, as Haptik asked: giving a call up, or another bot, is no
    /// way around it.
    pub fn hold_off(&self, time: Duration) {
        let mut not_before = self
            .not_before
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        *not_before = (*not_before).max(Some(instant() + time));
    }

    fn held_off(&self) -> Option<Duration> {
        let not_before = *self
            .not_before
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        not_before?
            .checked_duration_since(instant())
            .filter(|wait| !wait.is_zero())
    }

    /// Takes one call; otherwise says how long to wait before asking again.
    pub async fn take(&self, kind: CallKind) -> Result<Result<(), Duration>, StoreError> {
        if sabotage::is(Sabotage::BudgetOff) {
            return Ok(Ok(()));
        }
        if let Some(wait) = self.held_off() {
            return Ok(Err(wait));
        }
        let taken = self
            .store
            .take_call(
                kind,
                (self.calls_per_minute, self.asks_per_day),
                self.clock.uptime(),
            )
            .await?;
        Ok(taken.map_err(millis_duration))
    }
}
