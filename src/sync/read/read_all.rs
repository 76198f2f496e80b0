//! What the sources of a bot hold, whatever is live: no state is opened, and nobody is called.

use tokio_util::sync::CancellationToken;

use super::feed_results::FeedResults;
use super::last_readings::LastReadings;
use super::read_permits::ReadPermits;
use super::read_sources::{BotReader, SourceReader, read_sources};
use super::wait_until_quiet::Renamed;
use crate::clock::Clock;
use crate::config::Bot;
use crate::intake::{SourceThreads, Writers};
use crate::model::{Desired, DesiredRef, Rejection};
use crate::plan::{PlanInput, resolve_names};
use crate::spool::SpillConfig;
use crate::sync::send::silent;

/// What the sources of a bot hold.
#[derive(Clone, Debug, Default)]
pub struct SourceContent {
    /// The steps, in the order of `node_name`, under the names that the template gives.
    pub desired: Vec<Desired>,
    /// What was not taken from the sources, and what cannot become a step.
    pub rejections: Vec<Rejection>,
    /// Why sources could not be read.
    pub errors: Vec<String>,
}

/// Reads the sources of a bot.
pub async fn content(bot: &Bot, clock: &Clock) -> SourceContent {
    let reader = BotReader {
        clock,
        tell: &silent(),
        renamed: &Renamed::default(),
        writers: &Writers::default(),
        readings: &FeedResults::default(),
        threads: &SourceThreads::default(),
        last_readings: &LastReadings::default(),
        stop: &CancellationToken::new(),
        room: &SpillConfig::MEMORY,
        turn: &ReadPermits::default().turn(),
    };
    let gathered = read_sources(bot, &reader, &SourceReader::default()).await;
    let mut errors = gathered.errors();
    let empty = gathered
        .empty
        .iter()
        .filter(|source| !gathered.has_failed(source));
    errors.extend(
        empty.map(|source| {
            format!("source \"{source}\": it holds no articles; has the export run?")
        }),
    );
    let mut situation = PlanInput {
        desired: gathered.desired,
        ..PlanInput::default()
    };
    let (desired, clashes) = resolve_names(&mut situation);
    let mut rejections = gathered.rejections;
    rejections.extend(clashes);
    rejections.sort();
    let loaded: Result<Vec<_>, _> = desired.into_iter().map(DesiredRef::load).collect();
    let desired = loaded.unwrap_or_else(|error| {
        errors.push(error.to_string());
        Vec::new()
    });
    SourceContent {
        desired,
        rejections,
        errors,
    }
}
