//! Stage 3: the desired set against the snapshot. Says what to add, change and remove, and what
//! the guards hold back and why. Pure: no clock, socket or store goes in.

mod absence;
mod compare;
mod names;
mod uploads;

pub use absence::{
    Absence, Evidence, FileId, FolderState, Judge, MarkerState, Presence, stored_path,
};
pub use compare::plan;
pub use names::settle_names;
pub use uploads::{Draft, Purpose, drafts};

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Duration;

use ecow::EcoString;

use super::model::{
    AnyStep, Configuration, Departed, Digest, HoldReason, Limits, Outline, Place, Rejection, Step,
};
use super::spool::SpoolError;

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
    /// The file that its article was last read in, where that is known.
    pub file: Option<FileId>,
}

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
pub struct Situation {
    /// What the sources say should be live.
    pub desired: Vec<Wanted>,
    /// How each source was read, and by what absences are judged.
    pub judge: Judge,
    /// The files of the sources that hold steps, by source and path.
    pub files: HashMap<(Arc<str>, Arc<str>), FileId>,
    /// What is remembered of absent steps, by name.
    pub absences: BTreeMap<String, Absence>,
    /// What left within the last 24 hours.
    pub departed: Departed,
    /// What is known to be live, in the order of `node_name`.
    pub snapshot: Vec<Known>,
    /// Further steps that are live, and are wanted as they are.
    pub alike: u64,
    /// Refused steps by name: the refused content.
    pub quarantine: BTreeMap<String, (ArticleKey, Digest)>,
    /// Names under which the bot may hold anything, after an upload that failed half-way.
    pub uncertain: BTreeMap<String, ArticleKey>,
    /// Removals that a person released.
    pub approved: BTreeSet<String>,
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

/// A live step that stays as it is, with another article behind it, or one that stands in another file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Adopted {
    /// The step.
    pub node_name: EcoString,
    /// The article behind it now.
    pub key: ArticleKey,
    /// The file that it stands in, where its source has files.
    pub file: Option<Arc<str>>,
    /// Whether it is another article, and not only another file.
    pub is_another: bool,
}

/// A removal whose absence is not confirmed yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// The live step.
    pub node_name: String,
    /// The name that it would get instead, where an addition has its content.
    pub renamed_to: Option<String>,
    /// Why it waits.
    pub reason: String,
    /// How long from now.
    pub left: Duration,
}

/// A live step of which its source could not tell this time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unread {
    /// The step.
    pub node_name: EcoString,
    /// Why.
    pub reason: Arc<str>,
    /// Its article itself was met, and rejected alone.
    pub is_rejected: bool,
}

/// What a sync will do, and what it will not and why.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// Changes, additions, removals, each in the order of `node_name`.
    pub changes: Vec<Change<Outline>>,
    /// Held removals, in the order of `node_name`.
    pub held: Vec<Held>,
    /// Removals that wait until their absence is confirmed, in the order of `node_name`.
    pub waiting: Vec<Waiting>,
    /// Live steps of which nothing could be told, in the order of `node_name`.
    pub unread: Vec<Unread>,
    /// Removals that a person must carry out by hand, in the order of `node_name`.
    pub manual: Vec<String>,
    /// The sources of live steps whose articles are absent, but for those that are unread.
    pub absent_from: BTreeMap<String, Arc<str>>,
    /// Files that live steps name whose articles are absent.
    pub files_of_absent: BTreeSet<FileId>,
    /// Some live step whose article is absent does not say in which file it was.
    pub is_a_file_unknown: bool,
    /// Of these, the ones of unread steps: what this reading says of them has to be said again.
    pub files_of_unread: BTreeSet<FileId>,
    /// Steps that are live as they should be.
    pub unchanged: u64,
    /// Of those, the ones that another article stands behind now, or whose article stands in another
    /// file.
    pub adopted: Vec<Adopted>,
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
