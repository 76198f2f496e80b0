//! Stage 3: the desired set against the snapshot. Says what to add, change and remove, and what
//! the guards hold back and why. Pure: no clock, socket or store goes in.

mod compare;
mod guards;
mod names;
pub mod remedy;

pub use compare::plan;
pub use guards::{Configuration, Fingerprint, HoldReason, Limits};
pub use names::settle_names;
pub use remedy::command_for;

use std::collections::BTreeMap;
use std::sync::Arc;

use ecow::EcoString;

use crate::flow::intake::{Place, Rejection};
use crate::flow::normalise::{AnyStep, Digest, Outline, Step};
use crate::spool::SpoolError;

/// The digest under which the refusal of a removal is remembered.
pub const REMOVAL: Digest = Digest([0; 16]);

/// The source of steps that were made by hand and taken over. No configuration has it.
pub const BY_HAND: &str = "made by hand";

/// Which article a step is made from. Ids are kept apart by source.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ArticleKey {
    /// The source's name.
    pub source: Arc<str>,
    /// The article's id in it.
    pub article: EcoString,
}

impl ArticleKey {
    /// The name of a step. Mostly it is the article's id, and then the two share their memory.
    pub fn step_name(&self, name: &str) -> EcoString {
        if self.article == name {
            self.article.clone()
        } else {
            name.into()
        }
    }
}

/// A step that a source says should be live, with its content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Desired {
    /// The article behind it.
    pub key: ArticleKey,
    /// The step, under the name that the template gives.
    pub step: Step,
    /// Where the article stands.
    pub place: Place,
}

/// The same, with its content out of memory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// The article behind it.
    pub key: ArticleKey,
    /// The step, under the name that the template gives.
    pub step: Outline,
    /// The line on which the article stands; the file is the step's.
    pub line: u32,
}

impl Wanted {
    /// Where the article stands.
    pub fn place(&self) -> Place {
        place(&self.step, self.line).unwrap_or_else(|| Place {
            file: Arc::default(),
            line: self.line.into(),
        })
    }

    /// The same with its content.
    pub fn load(self) -> Result<Desired, SpoolError> {
        Ok(Desired {
            step: self.step.step()?,
            place: self.place(),
            key: self.key,
        })
    }
}

fn place(step: &Outline, line: u32) -> Option<Place> {
    Some(Place {
        file: step.file()?.clone(),
        line: line.into(),
    })
}

/// A step of the snapshot, without its content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    /// Its name.
    pub node_name: EcoString,
    /// The article behind it.
    pub key: ArticleKey,
    /// The digest of the live content.
    pub digest: Digest,
}

/// How one source was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SourceState {
    /// Completely: absence means removal.
    Complete,
    /// Rows were rejected; nothing is removed.
    Incomplete {
        /// How many.
        rejected: usize,
    },
    /// It could not be read, or it came out empty; nothing is removed.
    Failed {
        /// Why, and what to do.
        reason: String,
    },
}

/// Everything that a plan is made from.
#[derive(Clone, Debug, Default)]
pub struct Situation {
    /// What the sources say should be live.
    pub desired: Vec<Wanted>,
    /// How each source was read, by its name.
    pub sources: BTreeMap<String, SourceState>,
    /// What is known to be live, in the order of `node_name`.
    pub snapshot: Vec<Known>,
    /// Further steps that are live, and are wanted as they are.
    pub alike: u64,
    /// Refused steps by name: the refused content.
    pub quarantine: BTreeMap<String, (ArticleKey, Digest)>,
    /// Names under which the bot may hold anything, after an upload that failed half-way.
    pub uncertain: BTreeMap<String, ArticleKey>,
    /// Removals that a person released.
    pub approved: std::collections::BTreeSet<String>,
    /// Removals are for a person to carry out by hand.
    pub manual_removals: bool,
    /// What the configuration says about guards.
    pub limits: Limits,
    /// The configuration now and when a plan last held nothing back.
    pub configuration: Configuration,
}

/// What happens to one step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Action {
    /// Its content changes.
    Change,
    /// It is new.
    Add,
    /// It goes away.
    Remove,
}

impl Action {
    /// The name in the store, in JSON and in messages.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Add => "add",
            Self::Change => "change",
            Self::Remove => "remove",
        }
    }

    /// The action of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Add, Self::Change, Self::Remove]
            .into_iter()
            .find(|action| action.name() == name)
    }
}

/// One thing that a sync will do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change<S = Step> {
    /// What.
    pub action: Action,
    /// The article behind the step.
    pub key: ArticleKey,
    /// The step; its cells are empty in a removal.
    pub step: S,
    /// The line on which the article stands; 0 where that is not known, as in a removal.
    pub line: u32,
}

impl<S: AnyStep> Change<S> {
    /// The digest of the content, or [`REMOVAL`].
    pub fn digest(&self) -> Digest {
        match self.action {
            Action::Remove => REMOVAL,
            Action::Add | Action::Change => self.step.digest(),
        }
    }

    /// The change with the content of its step.
    pub fn load(&self) -> Result<Change, SpoolError> {
        Ok(Change {
            action: self.action,
            key: self.key.clone(),
            step: self.step.load()?.into_owned(),
            line: self.line,
        })
    }
}

impl Change<Outline> {
    /// Where the article stands; `None` in a removal.
    pub fn place(&self) -> Option<Place> {
        place(&self.step, self.line)
    }
}

/// A removal (or a rename) that a guard stopped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    /// The live step.
    pub node_name: String,
    /// The name that it would get instead, where the guard saw a rename.
    pub renamed_to: Option<String>,
    /// Why.
    pub reason: HoldReason,
}

/// What a sync will do, and what it will not and why.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// Changes, additions, removals, each in the order of `node_name`.
    pub changes: Vec<Change<Outline>>,
    /// Held removals, in the order of `node_name`.
    pub held: Vec<Held>,
    /// Removals that a person must carry out by hand, in the order of `node_name`.
    pub manual: Vec<String>,
    /// Steps that are live as they should be.
    pub unchanged: u64,
    /// Of those, the ones that another article stands behind now.
    pub adopted: Vec<(EcoString, ArticleKey)>,
    /// Refused steps whose content is still the refused one.
    pub quarantined: Vec<String>,
    /// Quarantine entries that no longer mean anything: the step changed back or went away.
    pub outlived: Vec<String>,
    /// Articles that cannot become a step beside the others.
    pub rejections: Vec<Rejection>,
}

impl Plan {
    /// How many changes of one kind there are.
    pub fn count(&self, action: Action) -> usize {
        self.changes
            .iter()
            .filter(|change| change.action == action)
            .count()
    }

    /// The changes of one kind.
    pub fn of(&self, action: Action) -> impl Iterator<Item = &Change<Outline>> {
        self.changes
            .iter()
            .filter(move |change| change.action == action)
    }
}

#[cfg(test)]
mod tests;
