//! The sign of life: `alive_url` is asked after passes that count, so that a service elsewhere notices when none
//! comes any more.

use std::time::Duration;

use super::transport::{ask, http};
use crate::clock::{Instant, instant};
use crate::config::Notify;
use crate::haptik::{HttpTransport, TransportError};

/// Gives signs of life.
pub(super) struct Alive {
    url: String,
    transport: HttpTransport,
    every: Duration,
    /// Passes that had counted when the last sign was given.
    seen: u64,
    last: Option<Instant>,
    /// How often it was not taken since it last was.
    failed: u32,
}

impl Alive {
    /// As the configuration says.
    pub(super) fn new(settings: &Notify) -> Result<Option<Self>, TransportError> {
        let Some(url) = settings.alive_url.clone() else {
            return Ok(None);
        };
        Ok(Some(Self {
            transport: http(&url)?,
            url,
            every: settings.alive_every,
            seen: 0,
            last: None,
            failed: 0,
        }))
    }

    /// So many passes have counted before anybody was to be told.
    pub(super) fn skip(&mut self, counted: u64) {
        self.seen = counted;
    }

    /// Gives a sign, if passes have counted since the last one and that was long enough ago.
    pub(super) async fn give(&mut self, counted: u64) {
        if !is_due(
            self.seen,
            counted,
            self.last.map(|last| last.elapsed()),
            self.every,
        ) {
            return;
        }
        (self.seen, self.last) = (counted, Some(instant()));
        match (ask(&self.transport, &self.url).await, self.failed) {
            (Err(problem), failed) => {
                if failed == 0 {
                    tracing::warn!("notify.alive_url did not take the sign of life: {problem}");
                }
                self.failed += 1;
            }
            (Ok(()), 0) => {}
            (Ok(()), failed) => {
                tracing::info!(
                    "notify.alive_url takes the sign of life again, after {failed} failed attempts"
                );
                self.failed = 0;
            }
        }
    }
}

fn is_due(seen: u64, counted: u64, ago: Option<Duration>, every: Duration) -> bool {
    counted > seen && ago.is_none_or(|ago| ago >= every)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sign_follows_a_pass_and_no_other_one_closely() {
        let minute = Duration::from_mins(1);
        for (seen, counted, ago, expected) in [
            (0, 0, None, false),
            (0, 1, None, true),
            (1, 1, Some(600), false),
            (1, 5, Some(59), false),
            // What was not told within the minute is told after it.
            (1, 5, Some(60), true),
        ] {
            let ago = ago.map(Duration::from_secs);
            assert_eq!(
                is_due(seen, counted, ago, minute),
                expected,
                "{seen} {counted}"
            );
        }
    }
}
