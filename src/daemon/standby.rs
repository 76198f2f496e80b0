//! Waiting for a state that another machine works on: a standby takes over when the other one ends.

use std::time::Duration;

use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use super::signals::Signals;
use super::systemd::Systemd;
use crate::clock::Clock;
use crate::config::Config;
use crate::status::LiveStatus;
use crate::store::{DatabaseError, StoreError};
use crate::sync::{Engine, EngineError};

/// A standby looks this often whether its turn has come.
const LOOKS: Duration = Duration::from_secs(2);

/// Opens the state for work, once nobody else works on it. `None`: a stop was asked for before that.
pub(super) async fn open_in_turn(
    config: &Config,
    live_status: &LiveStatus,
    stop: &CancellationToken,
    signals: &mut Signals,
    systemd: &mut Systemd,
) -> Result<Option<Engine>, EngineError> {
    let mut told = String::new();
    loop {
        let tell = live_status.progress.tell();
        let opened = Engine::open(config, Clock::system(), tell, stop.clone()).await;
        let holder = match opened {
            Err(EngineError::Store(StoreError::Database(DatabaseError::Held {
                place,
                holder,
                since,
            }))) => format!(
                "standby: {holder} works on the state in {place} since {since}; this process takes over when that one ends"
            ),
            opened => return opened.map(Some),
        };
        if told == holder {
            systemd.alive(holder);
        } else {
            tracing::info!("{holder}");
            systemd.ready(holder.clone());
            told = holder;
        }
        tokio::select! {
            () = sleep(LOOKS) => {}
            () = signals.stop() => return Ok(None),
        }
    }
}
