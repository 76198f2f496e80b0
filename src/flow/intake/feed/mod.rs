//! Reads a knowledge base over HTTP: every page of every list, completely or not at all.

mod anonymous;
mod binding;
mod caller;
mod detail;
mod error;
mod file;
mod filter;
mod labels;
mod links;
mod list;
mod memory;
mod newest;
mod pace;
mod page;
mod paging;
mod rss;
mod sweep;
mod time;
mod token;

#[cfg(feature = "fuzzing")]
mod fuzzing;

#[cfg(test)]
mod tests;

use std::collections::HashSet;

use ecow::EcoString;
use tokio_util::sync::CancellationToken;

use super::gathering::Gathering;
use super::{Reading, Shelf, SourceError};
use crate::clock::Clock;
use crate::config::{BadRows, Feed, Source};
use crate::spool::Room;
pub use anonymous::{Anonymous, ask_anonymously};
use caller::Caller;
pub use error::FeedError;
pub(super) use filter::same_locale;
#[cfg(feature = "fuzzing")]
pub use fuzzing::read_page;
pub use memory::Memory;
use sweep::{Broken, Sweep};

/// The ids of a source's articles whose steps are live.
pub type LiveIds = HashSet<EcoString>;

/// Reads every page of a feed. Either all of it was read, or it is an error. `live`: what of it
/// would be removed if it were absent.
pub async fn read_feed(
    source: &Source,
    feed: &Feed,
    memory: &Memory,
    _live: &LiveIds,
    clock: &Clock,
    stop: &CancellationToken,
    room: &Room,
) -> Result<(Shelf, Reading), SourceError> {
    let gathering = tokio::select! {
        swept = sweep_twice_at_most(source, feed, memory, clock, room) => swept?,
        () = stop.cancelled() => return Err(FeedError::Stopped.into()),
    };
    let (articles, reading) = gathering.finish()?;
    if source.bad_rows == BadRows::Stop && !reading.complete() {
        return Err(SourceError::BadRows {
            rejections: reading.rejections,
        });
    }
    Ok((articles, reading))
}

async fn sweep_twice_at_most(
    source: &Source,
    feed: &Feed,
    memory: &Memory,
    clock: &Clock,
    room: &Room,
) -> Result<Gathering, FeedError> {
    let caller = Caller::new(feed, clock, memory)?;
    if let Some(url) = &feed.auth_check {
        caller.probe(url).await?;
    }
    memory.begin();
    let mut again = true;
    loop {
        let sweep = Sweep::new(source, feed, &caller, memory, clock, room);
        match sweep.run().await {
            Ok(gathering) => {
                memory.forget_unused();
                return Ok(gathering);
            }
            Err(Broken::Failed(error)) => return Err(error),
            Err(Broken::Moved { .. }) if again => again = false,
            Err(Broken::Moved { place, cause }) => return Err(FeedError::Moving { place, cause }),
        }
    }
}
