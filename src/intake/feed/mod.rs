//! Reads a knowledge base over HTTP: every page of every list. What its lists lack is absent only
//! where they held still, and where it was asked for again.

mod absent;
mod batch;
mod binding;
mod changes;
mod detail;
mod doubt;
mod error;
mod file;
mod http;
mod items;
mod list;
mod memory;
mod page;
mod paging;
mod rss;
mod sweep;

#[cfg(feature = "fuzzing")]
mod fuzzing;

pub(super) use error::FeedError;
pub use http::{Anonymous, ask_anonymously};
pub(crate) use items::same_locale;
pub use memory::{FeedFiles, SweepMemory};
pub use page::{MAY_BE_FIRST, is_more, is_round};

#[cfg(feature = "fuzzing")]
pub use fuzzing::read_page;

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use ecow::EcoString;
use tokio_util::sync::CancellationToken;

use super::article_collector::ArticleCollector;
use super::article_spool::ArticleSpool;
use super::error::SourceError;
use super::reading::{EarlierReading, Reading};
use crate::clock::Clock;
use crate::config::{BadRows, Feed, FeedFormat, Source};
use crate::model::Reach;
use crate::spool::{SpillConfig, Spool};
use http::Caller;
use sweep::{Sweep, SweepReader, Swept};

#[cfg(test)]
mod tests;

/// The ids of a source's articles whose steps are live.
pub type LiveIds = HashSet<EcoString>;

/// So long one reading of a feed may take. It is far longer than any knowledge base needs, and keeps one
/// that answers byte by byte from holding its bot for ever.
const LONGEST_READING: Duration = Duration::from_hours(6);

/// Reads every page of a feed. Where its lists moved while they were read, twice in a row, the reading
/// says so. `earlier`: what the readings before came to.
pub async fn read_feed(
    source: &Source,
    feed: &Feed,
    memory: &SweepMemory,
    earlier: &EarlierReading,
    clock: &Clock,
    stop: &CancellationToken,
    room: &SpillConfig,
) -> Result<(ArticleSpool, Reading), SourceError> {
    memory.may_ask(&feed.address, clock)?;
    let caller = Caller::new(feed, clock, memory)?;
    let reader = SweepReader {
        source,
        feed,
        caller: &caller,
        memory,
        live: &earlier.live,
        clock,
        spool: Arc::new(Spool::new(room)),
    };
    let (collector, incomplete) = tokio::select! {
        read = sweep_and_ask_again(&reader) => read?,
        () = stop.cancelled() => return Err(FeedError::Stopped.into()),
        () = clock.sleep(LONGEST_READING) => return Err(FeedError::TooLong {
            hours: LONGEST_READING.as_secs() / 3600,
        }.into()),
    };
    let (articles, mut reading) = collector.finish(earlier.body)?;
    reading.incomplete = incomplete;
    if !matches!(feed.format, FeedFormat::File(_)) {
        hold_back_alone(&mut reading);
    }
    if source.bad_rows == BadRows::Stop && !reading.complete() {
        return Err(SourceError::BadRows {
            rejections: reading.rejections,
        });
    }
    Ok((articles, reading))
}

/// An item whose id is known hides no other, whatever is wrong with it.
fn hold_back_alone(reading: &mut Reading) {
    for rejection in &mut reading.rejections {
        if rejection.id.is_some() {
            rejection.reach = Reach::Alone;
        }
    }
}

/// Reads everything, once more where a list moved.
async fn whole(reader: &SweepReader<'_>) -> Result<Swept, FeedError> {
    let mut swept = Sweep::new(reader, false, HashSet::new()).run().await?;
    if swept.doubt.is_some() {
        swept = Sweep::new(reader, false, swept.versions).run().await?;
    }
    if swept.doubt.is_none() && reader.feed.changes.is_some() {
        reader.memory.note_whole(reader.clock.now());
    }
    Ok(swept)
}

/// Reads everything, or what changed since it was read, and then what is lacking.
async fn sweep_and_ask_again(
    reader: &SweepReader<'_>,
) -> Result<(ArticleCollector, Option<String>), FeedError> {
    if let Some(url) = &reader.feed.auth_check {
        reader.caller.probe(url).await?;
    }
    reader.memory.begin();
    let swept = changes::sweep(reader).await?;
    let mut swept = match swept {
        Some(swept) => swept,
        None => whole(reader).await?,
    };
    let incomplete = match &swept.doubt {
        Some(doubt) => Some(doubt.words()),
        None => absent::ask_again(reader, &mut swept).await?,
    };
    absent::remember(reader, &swept, incomplete.is_none());
    reader.memory.forget_unused();
    Ok((swept.collector, incomplete))
}
