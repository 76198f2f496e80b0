//! What every pass needs, made once from the configuration: the state and its lock, the client,
//! the call budget, and the embedded sandbox where the configuration asks for it.

use std::fs::File;
use std::io::{Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use thiserror::Error;
use tokio_util::sync::CancellationToken;

use super::gather::{Renamed, bot_fingerprint};
use crate::clock::Clock;
use crate::config::{Bot, Config};
use crate::flow::plan::Fingerprint;
use crate::flow::send::{Courier, Gate, Tell};
use crate::haptik::Client;
use crate::store::{Store, StoreError};

/// Why the service cannot begin.
#[derive(Debug, Error)]
pub enum EngineError {
    /// Another process owns the state.
    #[error("another kms-haptik-sync (process {pid}) works on the state in {}; stop it first, or give this one a state_dir of its own", path.display())]
    Locked {
        /// The state folder.
        path: PathBuf,
        /// The other process.
        pid: String,
    },
    /// The lock file cannot be made.
    #[error("the lock {} cannot be taken: {cause}; is the state folder writable?", path.display())]
    Lock {
        /// The lock file.
        path: PathBuf,
        /// What the operating system says.
        cause: std::io::Error,
    },
    /// The state cannot be opened.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The HTTP client cannot be made.
    #[error(transparent)]
    Transport(#[from] crate::haptik::TransportError),
    /// The embedded sandbox cannot start.
    #[error("the embedded sandbox cannot start: {0}")]
    Sandbox(std::io::Error),
}

/// What every pass needs. Cheap to clone.
#[derive(Clone)]
pub struct Engine {
    /// Stages 5 and 6.
    pub courier: Courier,
    /// Files that were renamed into place.
    pub renamed: Renamed,
}

impl Engine {
    /// Puts an engine together from its parts.
    pub fn new(
        config: &Config,
        store: Store,
        client: Arc<Client>,
        clock: Clock,
        tell: Tell,
        stop: CancellationToken,
        random: fastrand::Rng,
    ) -> Self {
        let gate = Gate::new(
            store.clone(),
            clock.clone(),
            config.haptik.calls_per_minute,
        );
        Self {
            courier: Courier {
                store,
                client,
                clock,
                gate,
                haptik: config.haptik.clone(),
                random: Arc::new(Mutex::new(random)),
                tell,
                stop,
            },
            renamed: Renamed::default(),
        }
    }

    pub(super) fn fingerprint(&self, bot: &Bot) -> Fingerprint {
        bot_fingerprint(bot)
    }
}

/// The right to work on a state folder; given back when dropped.
#[derive(Debug)]
pub struct Lock {
    _file: File,
}

impl Lock {
    /// Takes the right, or says which process has it.
    pub fn take(state_dir: &Path) -> Result<Self, EngineError> {
        let path = state_dir.join("lock");
        let failed = |cause| EngineError::Lock {
            path: path.clone(),
            cause,
        };
        std::fs::create_dir_all(state_dir).map_err(failed)?;
        let mut file = File::options()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)
            .map_err(failed)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(std::fs::TryLockError::WouldBlock) => {
                let mut pid = String::new();
                file.read_to_string(&mut pid).map_err(failed)?;
                return Err(EngineError::Locked {
                    path: state_dir.to_owned(),
                    pid: pid.trim().to_owned(),
                });
            }
            Err(std::fs::TryLockError::Error(cause)) => return Err(failed(cause)),
        }
        file.set_len(0).map_err(failed)?;
        file.rewind().map_err(failed)?;
        writeln!(file, "{}", std::process::id()).map_err(failed)?;
        Ok(Self { _file: file })
    }
}
