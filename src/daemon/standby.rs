//! Waiting for a state that another machine works on: a standby serves what the database says, hands over what is
//! asked of it, and takes over when the other one ends.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;

use super::named_tasks::{NamedTask, NamedTasks};
use super::reload::{read_again, tell_of_reload};
use super::signals::{Asked, Signals};
use super::systemd::Systemd;
use crate::clock::Clock;
use crate::config::{Config, Problems};
use crate::control::{CommandContext, listen};
use crate::status::{LiveStatus, Standby};
use crate::store::{DatabaseError, StoreError};
use crate::sync::{Engine, EngineError};

/// A standby looks so often within a lease whether its turn has come.
const LOOKS: u32 = 5;

/// What a standby serves ends within this time, once its turn has come.
const HANDOVER: Duration = Duration::from_secs(3);

/// What a standby serves.
struct Serving {
    stop: CancellationToken,
    tasks: NamedTasks,
}

impl Serving {
    async fn begin(
        config: &Arc<Config>,
        live_status: &LiveStatus,
        beside: &impl AsyncFn(CommandContext) -> Result<Vec<NamedTask>, StoreError>,
    ) -> Result<Self, EngineError> {
        let (stop, mut tasks) = (CancellationToken::new(), NamedTasks::default());
        let tell = live_status.progress.tell();
        let engine = Engine::standing_by(config, Clock::system(), tell, stop.clone()).await?;
        let context = CommandContext::standing_by(config.clone(), engine, live_status.clone());
        let listening = listen(context.clone(), live_status.progress.clone(), stop.clone());
        tasks.spawn(NamedTask::new("control socket", listening));
        for task in beside(context).await? {
            tasks.spawn(task);
        }
        Ok(Self { stop, tasks })
    }

    /// What it listens at is free for the daemon afterwards.
    async fn end(mut self) {
        self.stop.cancel();
        let all = async { while self.tasks.ended().await.is_some() {} };
        if timeout(HANDOVER, all).await.is_err() {
            tracing::warn!("an answer of the standby did not end in time, and is broken off");
        }
    }
}

/// How the wait for a state has ended.
pub(super) enum Turn {
    /// The state is open for work.
    Work(Box<Engine>),
    /// It goes on with a new configuration.
    Reload(Box<Config>),
    /// A stop was asked for.
    Stop,
}

/// Opens the state for work, once nobody else works on it.
pub(super) async fn open_in_turn(
    config: &Arc<Config>,
    live_status: &LiveStatus,
    stop: &CancellationToken,
    (signals, systemd): (&mut Signals, &mut Systemd),
    (reload, beside): (
        &impl Fn() -> Result<Config, Problems>,
        &impl AsyncFn(CommandContext) -> Result<Vec<NamedTask>, StoreError>,
    ),
) -> Result<Turn, EngineError> {
    let mut serving: Option<Serving> = None;
    let mut told = None;
    let lease = config
        .state
        .as_ref()
        .map_or(Duration::MAX, |state| state.lease);
    let opened = loop {
        let tell = live_status.progress.tell();
        let opened = Engine::open(config, Clock::system(), tell, stop.clone()).await;
        let Some(standby) = waits_for(&opened, told.is_some()) else {
            break opened.map(|engine| Turn::Work(Box::new(engine)));
        };
        let words = in_words(&standby, config);
        if told.as_ref() == Some(&standby) {
            systemd.alive(words.clone());
        } else {
            tracing::info!("{words}");
            systemd.ready(words.clone());
            live_status.role.set(Some(standby.clone()));
            told = Some(standby);
        }
        if serving.is_none() {
            match Serving::begin(config, live_status, beside).await {
                Ok(begun) => serving = Some(begun),
                Err(error) => tracing::debug!("the standby shows nothing yet: {error}"),
            }
        }
        tokio::select! {
            () = sleep(lease / LOOKS) => {}
            asked = signals.next() => match asked {
                Asked::Stop => break Ok(Turn::Stop),
                Asked::Reload => {
                    systemd.reloading();
                    let read = read_again(config, reload);
                    if let Some(new) = tell_of_reload(read, live_status, &Clock::system()) {
                        break Ok(Turn::Reload(Box::new(new)));
                    }
                    systemd.ready(words);
                }
            },
        }
    };
    if let Some(serving) = serving {
        serving.end().await;
    }
    live_status.role.set(None);
    opened
}

/// What is waited for; `None`: the state is open, or cannot be opened. A standby outlives what is wrong with the database
/// for a while, such as a password that is being changed; a process that begins says it at once, and ends.
fn waits_for<T>(opened: &Result<T, EngineError>, stands_by: bool) -> Option<Standby> {
    let Err(EngineError::Store(StoreError::Database(error))) = opened else {
        return None;
    };
    match error {
        DatabaseError::Held { holder, since, .. } => Some(Standby::Of {
            holder: holder.clone(),
            since: since.clone(),
        }),
        DatabaseError::Away { .. }
        | DatabaseError::Untrusted { .. }
        | DatabaseError::Refused { .. }
        | DatabaseError::ReadOnly { .. }
        | DatabaseError::Crowded { .. }
        | DatabaseError::Slow { .. }
        | DatabaseError::Full { .. }
            if stands_by =>
        {
            Some(Standby::Cut(error.to_string()))
        }
        _ => None,
    }
}

fn in_words(standby: &Standby, config: &Config) -> String {
    match standby {
        Standby::Of { holder, since } => format!(
            "standby: {holder} works on the state in {} since {since}; this process takes over when that one ends",
            config.state_place()
        ),
        Standby::Cut(_) => standby.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_standby_waits_for_its_turn_and_for_the_database() {
        let place = || "postgres://kms@db/kms".to_owned();
        let held = || DatabaseError::Held {
            place: place(),
            holder: "process 7 on node-a".into(),
            since: "noon".into(),
        };
        let cause = String::new;
        let away = || DatabaseError::Away {
            place: place(),
            cause: cause(),
        };
        let read_only = || DatabaseError::ReadOnly { place: place() };
        let full = || DatabaseError::Full {
            place: place(),
            cause: cause(),
        };
        let refused = || DatabaseError::Refused {
            place: place(),
            cause: cause(),
        };
        let crowded = || DatabaseError::Crowded {
            place: place(),
            cause: cause(),
        };
        let foreign = || DatabaseError::Foreign { place: place() };
        for (error, at_first, later) in [
            (held(), true, true),
            (away(), false, true),
            (read_only(), false, true),
            (full(), false, true),
            (refused(), false, true),
            (crowded(), false, true),
            (foreign(), false, false),
        ] {
            let opened: Result<(), _> = Err(EngineError::from(StoreError::from(error)));
            let waits = [false, true].map(|stands_by| waits_for(&opened, stands_by).is_some());
            assert_eq!(waits, [at_first, later], "{opened:?}");
        }
        assert_eq!(waits_for(&Ok(()), true), None);
        let opened: Result<(), _> = Err(EngineError::from(StoreError::from(held())));
        let standby = waits_for(&opened, false).unwrap();
        assert_eq!(
            standby.to_string(),
            "standby of process 7 on node-a since noon"
        );
    }
}
