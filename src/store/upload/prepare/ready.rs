//! The CSVs of uploads that were just written down wait in memory for their first POST, a few of them.

use super::*;

/// A CSV of up to so many bytes waits in memory for its first POST; others are made again for it.
pub(super) const READY: usize = 4 << 20;

/// So many do so at a time.
const READY_AT_ONCE: usize = 4;

/// The CSVs of uploads that were just written down.
#[derive(Debug)]
pub(crate) struct ReadyUpload {
    pub(super) places: Arc<Semaphore>,
    pub(super) waiting: HashMap<BotId, (UploadId, UploadBody)>,
}

/// A CSV, and its place among those that may wait.
pub(super) type UploadBody = (Vec<u8>, OwnedSemaphorePermit);

impl Default for ReadyUpload {
    fn default() -> Self {
        Self {
            places: Arc::new(Semaphore::new(READY_AT_ONCE)),
            waiting: HashMap::new(),
        }
    }
}

impl ReadyUpload {
    /// Of each bot only the last one, since no other is under way.
    pub(super) fn put(&mut self, bot: BotId, id: UploadId, body: UploadBody) {
        self.waiting.insert(bot, (id, body));
    }

    pub(super) fn holds(&self, bot: BotId, id: UploadId) -> bool {
        let waiting = self.waiting.get(&bot);
        waiting.is_some_and(|(ready, _)| *ready == id)
    }

    pub(super) fn take(&mut self, bot: BotId, id: UploadId) -> Option<Bytes> {
        let (ready, (bytes, _place)) = self.waiting.remove(&bot)?;
        (ready == id).then(|| bytes.into())
    }
}
