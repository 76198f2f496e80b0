//! The signals that the daemon obeys.

use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::sync::EngineError;

/// What a signal asks for.
pub(super) enum Asked {
    /// An orderly end.
    Stop,
    /// The configuration is to be read again.
    Reload,
}

/// The signals that are listened for. None is lost meanwhile.
pub(super) struct Signals {
    terminate: Signal,
    interrupt: Signal,
    reload: Signal,
}

impl Signals {
    /// Those that ask for a stop, for a stop from a terminal, and for a reload.
    pub(super) fn new(
        [terminate, interrupt, reload]: [SignalKind; 3],
    ) -> Result<Self, EngineError> {
        let listen = |kind| signal(kind).map_err(EngineError::Signal);
        Ok(Self {
            terminate: listen(terminate)?,
            interrupt: listen(interrupt)?,
            reload: listen(reload)?,
        })
    }

    /// The next one.
    pub(super) async fn next(&mut self) -> Asked {
        tokio::select! {
            _ = self.terminate.recv() => Asked::Stop,
            _ = self.interrupt.recv() => Asked::Stop,
            _ = self.reload.recv() => Asked::Reload,
        }
    }

    /// The next one that asks for a stop; a reload stays to be heard.
    pub(super) async fn stop(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}
