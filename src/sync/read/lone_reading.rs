//! A single reading, such as for `plan`: nobody watches the folders, nothing was read before, and
//! nobody else waits for a turn.

use tokio_util::sync::CancellationToken;

use super::feed_results::FeedResults;
use super::last_readings::LastReadings;
use super::read_permits::{ReadPermit, ReadPermits};
use super::read_sources::BotReader;
use super::wait_until_quiet::Renamed;
use crate::clock::Clock;
use crate::intake::{SourceThreads, Writers};
use crate::spool::SpillConfig;
use crate::sync::send::ProgressSink;

/// What such a reading is made with.
pub(crate) struct LoneReading {
    tell: ProgressSink,
    renamed: Renamed,
    writers: Writers,
    readings: FeedResults,
    threads: SourceThreads,
    last_readings: LastReadings,
    stop: CancellationToken,
    permit: ReadPermit,
}

impl LoneReading {
    pub(crate) fn new(tell: ProgressSink) -> Self {
        Self {
            tell,
            renamed: Renamed::default(),
            writers: Writers::default(),
            readings: FeedResults::default(),
            threads: SourceThreads::default(),
            last_readings: LastReadings::default(),
            stop: CancellationToken::new(),
            permit: ReadPermits::default().permit(),
        }
    }

    /// `room`: where what is read is kept meanwhile.
    pub(crate) fn reader<'a>(&'a self, clock: &'a Clock, room: &'a SpillConfig) -> BotReader<'a> {
        BotReader {
            clock,
            tell: &self.tell,
            renamed: &self.renamed,
            writers: &self.writers,
            readings: &self.readings,
            threads: &self.threads,
            last_readings: &self.last_readings,
            stop: &self.stop,
            room,
            permit: &self.permit,
        }
    }
}
