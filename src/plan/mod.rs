//! Stage 3: the desired set against the snapshot. Says what to add, change and remove, and what
//! the guards hold back and why. Pure: no clock, socket or store goes in.

mod absence;
mod compare;
mod names;
mod overrides;
mod uploads;

pub use absence::{Evidence, FolderState, Judge, MarkerState, Presence};
pub use compare::plan;
pub use names::resolve_names;
pub use uploads::{Draft, drafts};

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use super::model::{
    Absence, ArticleKey, Configuration, DepartedSteps, DesiredRef, Digest, FileId, GuardLimits,
    LiveStep, StepOverride,
};

/// How one source was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SourceState {
    /// Completely: absence means removal.
    Complete,
    /// Something in it may hide articles; nothing is removed.
    Incomplete {
        /// What.
        reason: String,
    },
    /// It, or a file of it, could not be read, or it came out empty; nothing is removed.
    Failed {
        /// Why, and what to do.
        reason: String,
    },
}

/// Everything that a plan is made from.
#[derive(Clone, Debug, Default)]
pub struct PlanInput {
    /// What the sources say should be live.
    pub desired: Vec<DesiredRef>,
    /// How each source was read, and by what absences are judged.
    pub judge: Judge,
    /// The files of the sources that hold steps, by source and path.
    pub files: HashMap<(Arc<str>, Arc<str>), FileId>,
    /// What is remembered of absent steps, by name.
    pub absences: BTreeMap<String, Absence>,
    /// What left within the last 24 hours.
    pub departed: DepartedSteps,
    /// What is known to be live, in the order of `node_name`.
    pub snapshot: Vec<LiveStep>,
    /// Further steps that are live, and are wanted as they are.
    pub unchanged_steps: u64,
    /// Refused steps by name: the refused content.
    pub quarantine: BTreeMap<String, (ArticleKey, Digest)>,
    /// Names under which the bot may hold anything, after an upload that failed half-way.
    pub uncertain: BTreeMap<String, ArticleKey>,
    /// Steps of which a person wants something else than their articles say, by name.
    pub overrides: BTreeMap<String, StepOverride>,
    /// Removals that a person released.
    pub approved: BTreeSet<String>,
    /// Removals are for a person to carry out by hand.
    pub manual_removals: bool,
    /// What the configuration says about guards.
    pub limits: GuardLimits,
    /// The configuration now and when a plan last held nothing back.
    pub configuration: Configuration,
}

#[cfg(test)]
mod tests;
