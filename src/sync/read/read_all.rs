//! What the sources of a bot hold, whatever is live: no state is opened, and nobody is called.

use super::lone_reading::LoneReading;
use super::read_sources::{SourceReader, read_sources};
use crate::clock::Clock;
use crate::config::Bot;
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
    /// Things worth knowing.
    pub notes: Vec<Rejection>,
    /// Why sources could not be read.
    pub errors: Vec<String>,
}

/// Reads the sources of a bot.
pub async fn content(bot: &Bot, clock: &Clock) -> SourceContent {
    let (alone, room) = (LoneReading::new(silent()), SpillConfig::MEMORY);
    let reader = alone.reader(clock, &room);
    let results = read_sources(bot, &reader, &SourceReader::default()).await;
    let mut errors = results.errors();
    let empty = results
        .empty
        .iter()
        .filter(|source| !results.has_failed(source));
    errors.extend(
        empty.map(|source| {
            format!("source \"{source}\": it holds no articles; has the export run?")
        }),
    );
    let mut input = PlanInput {
        desired: results.desired,
        ..PlanInput::default()
    };
    let (desired, clashes) = resolve_names(&mut input);
    let mut rejections = results.rejections;
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
        notes: results.notes,
        errors,
    }
}
