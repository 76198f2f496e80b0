//! What the last plan of a bot left open, kept within bounds for the people who ask: what waits and
//! since when, what is held, what was refused, and what was not taken.

use std::collections::BTreeMap;

use super::plan_preview::{Pinned, Preview};
use crate::clock::Millis;
use crate::model::{
    Action, ArticleKey, Change, Digest, Held, HeldChange, Rejection, Step, StepRef,
};

/// Entries of one kind that are kept.
const ENTRIES: usize = 1000;
/// Bytes of content that are kept of one kind; after that only names are.
const CONTENT: usize = 256 << 10;

/// What the last plan of a bot left open.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LastPlan {
    /// Changes that were not live yet, by name; the first thousand.
    pub waiting: BTreeMap<String, WaitingChange>,
    /// Held removals, all of them.
    pub held: Vec<Held>,
    /// Additions and changes that are held for what they hold, all of them.
    pub held_changes: Vec<HeldChange>,
    /// Removals that a person must carry out, all of them.
    pub manual: Vec<String>,
    /// Steps in quarantine, as the sources had them.
    pub refused: BTreeMap<String, Step>,
    /// What was not taken from the sources; the first thousand.
    pub rejections: Vec<Rejection>,
    /// Why sources could not be read.
    pub errors: Vec<String>,
    /// Where a person took the bot back.
    pub pinned: Option<Pinned>,
    /// Articles that were read, by source; of one that could not be read there is none. Empty, where nothing had to be
    /// read: then each of them is a live step.
    pub articles: BTreeMap<String, u64>,
}

/// A change that was not live yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WaitingChange {
    /// What is to happen.
    pub action: Action,
    /// The article behind it.
    pub key: ArticleKey,
    /// The digest of what is wanted.
    pub digest: Digest,
    /// When it was first seen.
    pub since: Millis,
    /// What is wanted; `None` in a removal, and where it would be too much to keep.
    pub step: Option<Step>,
}

impl LastPlan {
    /// Of this plan; what waited before goes on waiting since then.
    pub(crate) fn of(preview: &Preview, before: Option<&Self>, now: Millis) -> Self {
        let plan = &preview.plan;
        let mut room = CONTENT;
        let waiting = plan
            .changes
            .iter()
            .take(ENTRIES)
            .map(|change| {
                let name = change.step.node_name.to_string();
                let earlier = before.and_then(|before| before.waiting.get(&name));
                let waiting = waiting(change, earlier, now, &mut room);
                (name, waiting)
            })
            .collect();
        let mut room = CONTENT;
        let refused = preview.refused.iter();
        Self {
            waiting,
            held: plan.held.clone(),
            held_changes: plan.held_changes.clone(),
            manual: plan.manual.clone(),
            refused: refused
                .filter(|(_, step)| fits(step.question.len() + step.answer.len(), &mut room))
                .cloned()
                .collect(),
            rejections: preview.rejections.iter().take(ENTRIES).cloned().collect(),
            errors: preview.errors.clone(),
            pinned: preview.pinned,
            articles: preview.articles.by_source.clone(),
        }
    }
}

fn waiting(
    change: &Change<StepRef>,
    earlier: Option<&WaitingChange>,
    now: Millis,
    room: &mut usize,
) -> WaitingChange {
    let digest = change.digest();
    let has_content = change.action != Action::Remove && fits(change.step.size(), room);
    WaitingChange {
        action: change.action,
        key: change.key.clone(),
        digest,
        since: earlier
            .filter(|earlier| earlier.digest == digest)
            .map_or(now, |earlier| earlier.since),
        // It is only there to be looked at: what cannot be had back is not shown.
        step: has_content.then(|| change.step.step().ok()).flatten(),
    }
}

fn fits(size: usize, room: &mut usize) -> bool {
    let left = room.checked_sub(size);
    *room = left.unwrap_or(*room);
    left.is_some()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Plan;

    fn wants(steps: &[(&str, &str)]) -> Preview {
        let changes = steps.iter().map(|(name, answer)| Change {
            action: Action::Add,
            key: ArticleKey {
                source: "export".into(),
                article: (*name).into(),
            },
            step: StepRef::from(Step {
                node_name: (*name).into(),
                question: "When?".into(),
                answer: (*answer).into(),
            }),
            line: 0,
        });
        Preview {
            plan: Plan {
                changes: changes.collect(),
                ..Plan::default()
            },
            ..Preview::default()
        }
    }

    #[test]
    fn a_change_waits_since_this_content_was_first_seen() {
        let first = LastPlan::of(&wants(&[("a", "1"), ("b", "1")]), None, 10);
        let next = LastPlan::of(&wants(&[("a", "1"), ("b", "2")]), Some(&first), 20);
        assert_eq!((next.waiting["a"].since, next.waiting["b"].since), (10, 20));
    }

    #[test]
    fn what_is_kept_is_bounded() {
        let long = "x".repeat(CONTENT / 2);
        let kept = LastPlan::of(&wants(&[("a", &long), ("b", &long), ("c", "1")]), None, 1);
        let has_content = |name: &str| kept.waiting[name].step.is_some();
        assert!(has_content("a") && !has_content("b") && has_content("c"));

        let names: Vec<String> = (0..3000).map(|at| at.to_string()).collect();
        let many: Vec<_> = names.iter().map(|name| (name.as_str(), "1")).collect();
        assert_eq!(LastPlan::of(&wants(&many), None, 1).waiting.len(), ENTRIES);
    }
}
