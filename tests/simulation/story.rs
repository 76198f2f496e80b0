//! What happened in a run, line by line with the virtual time, and a hash over all of it.

use std::fmt::Write as _;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::time::Instant;

/// A shared story. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Story {
    began: Instant,
    text: Arc<Mutex<String>>,
}

impl Story {
    pub(crate) fn begin() -> Self {
        Self {
            began: Instant::now(),
            text: Arc::default(),
        }
    }

    /// Tells one thing.
    pub(crate) fn tell(&self, what: impl std::fmt::Display) {
        let at = self.began.elapsed();
        let (seconds, millis) = (at.as_secs(), at.subsec_millis());
        let (hours, minutes) = (seconds / 3600, seconds / 60 % 60);
        let seconds = seconds % 60;
        let mut text = self.text.lock().unwrap_or_else(PoisonError::into_inner);
        writeln!(
            text,
            "{hours:3}:{minutes:02}:{seconds:02}.{millis:03}  {what}"
        )
        .expect("a string takes everything");
    }

    /// Everything so far.
    pub(crate) fn text(&self) -> String {
        let text = self.text.lock().unwrap_or_else(PoisonError::into_inner);
        text.clone()
    }
}

/// Lets the daemon's own log stand in the story, for reading a replay.
impl std::io::Write for Story {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.tell(format_args!(
            "    | {}",
            String::from_utf8_lossy(bytes).trim_end()
        ));
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
