//! Cuts a plan into uploads: bounded in `merge`, one whole set in `replace`.

use std::collections::VecDeque;

use crate::config::UploadEffect;
use crate::flow::plan::{Change, Plan};

/// What an upload is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// It carries a plan, or a part of one.
    Change,
    /// It tries a part of an upload that failed, in search of the bad steps.
    Trial,
    /// It carries a step that is live already, to learn whether the service works at all.
    Control,
    /// It makes a bot whole again after a failed task, where uploads replace.
    Recovery,
}

impl Purpose {
    const ALL: [Self; 4] = [Self::Change, Self::Trial, Self::Control, Self::Recovery];

    /// The name in the store and in messages.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Change => "change",
            Self::Trial => "trial",
            Self::Control => "control",
            Self::Recovery => "recovery",
        }
    }

    /// The purpose of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|purpose| purpose.name() == name)
    }
}

/// An upload before it is written to the store: the rows that it changes. In `replace` the
/// unchanged steps of the snapshot come before them in the CSV.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    /// What it is for.
    pub purpose: Purpose,
    /// The rows, in the order of the CSV: changes, additions, removals.
    pub changes: Vec<Change>,
}

/// The uploads that carry out a plan, in the order in which they go.
pub fn drafts(plan: &mut Plan, effect: UploadEffect, max_rows: usize) -> VecDeque<Draft> {
    let changes = std::mem::take(&mut plan.changes);
    if changes.is_empty() {
        return VecDeque::new();
    }
    let size = match effect {
        UploadEffect::Merge => max_rows.max(1),
        UploadEffect::Replace => changes.len(),
    };
    let mut rest = changes.into_iter();
    let mut drafts = VecDeque::new();
    loop {
        let changes: Vec<_> = rest.by_ref().take(size).collect();
        if changes.is_empty() {
            return drafts;
        }
        drafts.push_back(Draft {
            purpose: Purpose::Change,
            changes,
        });
    }
}
