//! A plan: what a sync will do to the steps of a bot, and what it will not and why.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use ecow::EcoString;
use serde::{Deserialize, Serialize};

use super::absence::FileId;
use super::article::{ArticleKey, Place};
use super::desired::place;
use super::guards::HoldReason;
use super::held_change::HeldChange;
use super::rejection::Rejection;
use super::step::{Digest, Step};
use super::step_ref::{AnyStep, StepRef};
use crate::spool::SpoolError;

/// The digest under which the refusal of a removal is remembered.
pub const REMOVAL: Digest = Digest([0; 16]);

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

impl Change<StepRef> {
    /// Where the article stands; `None` in a removal.
    pub fn place(&self) -> Option<Place> {
        place(&self.step, self.line)
    }
}

/// A removal (or a rename) that a guard stopped.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
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
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
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
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unread {
    /// The step.
    #[serde(with = "crate::text::as_text")]
    pub node_name: EcoString,
    /// Why.
    #[serde(with = "crate::text::as_text")]
    pub reason: Arc<str>,
    /// Its article itself was met, and rejected alone.
    pub is_rejected: bool,
}

/// What a sync will do, and what it will not and why.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// Changes, additions, removals, each in the order of `node_name`.
    pub changes: Vec<Change<StepRef>>,
    /// Held removals, in the order of `node_name`.
    pub held: Vec<Held>,
    /// Additions and changes that are held for what they hold, in the order of `node_name`.
    pub held_changes: Vec<HeldChange>,
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
    pub obsolete: Vec<String>,
    /// Steps whose articles were changed, so that what a person said of them is over.
    pub overrides_over: Vec<String>,
    /// Steps whose articles come out as this now, only because the configuration is another one: what a
    /// person said of them stands.
    pub overrides_renewed: Vec<(String, Digest)>,
    /// Live steps without an article that a person keeps, in the order of `node_name`.
    pub kept: Vec<String>,
    /// Steps that nobody has to keep any more: their articles are back, or they are not live.
    pub kept_over: Vec<String>,
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
    pub fn of(&self, action: Action) -> impl Iterator<Item = &Change<StepRef>> {
        self.changes
            .iter()
            .filter(move |change| change.action == action)
    }
}
