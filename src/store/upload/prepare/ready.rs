//! The CSVs of uploads that were just written down wait for their first POST, a few of them: what is more
//! than some MiB in a file without a name, and each page with a checksum. Others are made again for it.

use super::{Arc, BotId, HashMap, OwnedSemaphorePermit, Semaphore, SpoolError, UploadId};
use crate::clock::at_length;
use crate::spool::{Handle, SpillConfig, Spool};

/// So many wait at a time.
const READY_AT_ONCE: usize = 4;

/// The CSVs of uploads that were just written down.
#[derive(Debug)]
pub(crate) struct ReadyUpload {
    pub(super) places: Arc<Semaphore>,
    waiting: HashMap<BotId, (UploadId, ReadyCsv)>,
}

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
    pub(super) fn put(&mut self, bot: BotId, id: UploadId, csv: ReadyCsv) {
        self.waiting.insert(bot, (id, csv));
    }

    pub(super) fn holds(&self, bot: BotId, id: UploadId) -> bool {
        let waiting = self.waiting.get(&bot);
        waiting.is_some_and(|(ready, _)| *ready == id)
    }

    pub(super) fn take(&mut self, bot: BotId, id: UploadId) -> Option<ReadyCsv> {
        let (ready, csv) = self.waiting.remove(&bot)?;
        (ready == id).then_some(csv)
    }
}

/// A CSV, page by page, and its place among those that may wait.
#[derive(Debug)]
pub struct ReadyCsv {
    spool: Spool,
    pages: Vec<Handle>,
    place: OwnedSemaphorePermit,
}

impl ReadyCsv {
    pub(super) fn new(room: &SpillConfig, place: OwnedSemaphorePermit) -> Self {
        Self {
            spool: Spool::new(&room.shared_by(READY_AT_ONCE)),
            pages: Vec::new(),
            place,
        }
    }

    /// Takes a page in. One for which there is no room is not there for the others either.
    pub(super) fn add(mut self, page: &[u8]) -> Option<Self> {
        if !page.is_empty() {
            self.pages.push(self.spool.append(page).ok()?);
        }
        Some(self)
    }

    /// The pages, as they were made or not at all.
    pub fn pages(self) -> impl Iterator<Item = Result<Vec<u8>, SpoolError>> + Send {
        let Self {
            spool,
            pages,
            place,
        } = self;
        pages.into_iter().map(move |page| {
            let _held = &place;
            at_length(|| spool.read(page))
        })
    }
}
