//! The desired set for whoever wants to see it, as `export` does.

use super::{LoneReading, SourceReader, StepExceptions, read_sources};
use crate::clock::Clock;
use crate::config::Bot;
use crate::model::{Rejection, Step};
use crate::plan::{PlanInput, resolve_names};
use crate::store::{Store, StoreError};
use crate::sync::send::silent;

/// The steps that the sources of a bot say should be live, under the names that they have.
#[derive(Clone, Debug, Default)]
pub struct DesiredSet {
    /// The steps, in the order of `node_name`.
    pub steps: Vec<Step>,
    /// What was not taken from the sources, and what cannot become a step.
    pub rejections: Vec<Rejection>,
    /// Why sources could not be read.
    pub errors: Vec<String>,
}

/// What the sources say should be live. Changes nothing and calls nobody.
pub async fn desired_set(
    store: &Store,
    bot: &Bot,
    clock: &Clock,
) -> Result<DesiredSet, StoreError> {
    let alone = LoneReading::new(silent());
    let reader = alone.reader(clock, store.room());
    let results = read_sources(bot, &reader, &SourceReader::default()).await;
    let errors = results.errors();
    let mut input = PlanInput {
        desired: results.desired,
        ..PlanInput::default()
    };
    if let Some(id) = store.find_bot(&bot.domain_name).await? {
        let exceptions = StepExceptions::of(store, id).await?;
        input.snapshot = store.snapshot(id).await?;
        input.uncertain = exceptions.uncertain;
        input.quarantine = exceptions
            .quarantine
            .into_iter()
            .map(|(name, refused)| (name, (refused.key, refused.digest)))
            .collect();
    }
    let (desired, clashes) = resolve_names(&mut input);
    let mut rejections = results.rejections;
    rejections.extend(clashes);
    rejections.sort();
    let steps: Result<Vec<_>, _> = desired.iter().map(|desired| desired.step.step()).collect();
    Ok(DesiredSet {
        steps: steps?,
        rejections,
        errors,
    })
}
