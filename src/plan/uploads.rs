//! Cuts a plan into uploads: bounded in `merge`, one whole set in `replace`.

use crate::config::UploadEffect;
use crate::model::{Change, Plan, Purpose, StepRef};

/// An upload before it is written to the store: the rows that it changes. In `replace` the
/// unchanged steps of the snapshot come before them in the CSV.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    /// What it is for.
    pub purpose: Purpose,
    /// The rows, in the order of the CSV: changes, additions, removals.
    pub changes: Vec<Change<StepRef>>,
}

/// The uploads that carry out a plan, in the order in which they go. Each is made when it is asked
/// for, and nothing is held twice.
pub fn drafts(
    plan: &mut Plan,
    effect: UploadEffect,
    max_rows: usize,
) -> impl Iterator<Item = Draft> + use<> {
    let mut rest = std::mem::take(&mut plan.changes).into_iter();
    let size = match effect {
        UploadEffect::Merge => max_rows.max(1),
        UploadEffect::Replace => usize::MAX,
    };
    std::iter::from_fn(move || {
        let changes: Vec<_> = if rest.len() <= size {
            std::mem::take(&mut rest).collect()
        } else {
            rest.by_ref().take(size).collect()
        };
        (!changes.is_empty()).then_some(Draft {
            purpose: Purpose::Change,
            changes,
        })
    })
}
