//! The comparison itself: two lists in the order of `node_name`, walked together once.

use std::cmp::Ordering;
use std::collections::{HashMap, HashSet};

use ecow::EcoString;

use super::fingerprint::Part;
use super::guards::HoldReason;
use super::names::settle_names;
use super::{
    Action, ArticleKey, BY_HAND, Change, Held, Known, Plan, REMOVAL, Situation, SourceState, Wanted,
};
use crate::flow::normalise::{Digest, Outline};
use crate::memory::handed_over;
use crate::sabotage::{self, Sabotage};

/// Makes the plan.
pub fn plan(mut situation: Situation) -> Plan {
    let (desired, rejections) = settle_names(&mut situation);
    mark_incomplete(&mut situation, &rejections);
    let mut comparison = Comparison {
        plan: Plan {
            rejections,
            unchanged: situation.alike,
            ..Plan::default()
        },
        absent: Vec::new(),
        situation: &situation,
    };
    comparison.walk(desired);
    comparison.orphans();
    comparison.finish()
}

/// A step that cannot be made is as good as a row that cannot be read: its source is incomplete.
fn mark_incomplete(situation: &mut Situation, rejections: &[crate::flow::intake::Rejection]) {
    for rejection in rejections {
        let state = situation
            .sources
            .entry(rejection.source.clone())
            .or_insert(SourceState::Complete);
        match state {
            SourceState::Complete => *state = SourceState::Incomplete { rejected: 1 },
            SourceState::Incomplete { rejected } => *rejected += 1,
            SourceState::Failed { .. } => {}
        }
    }
}

struct Comparison<'a> {
    plan: Plan,
    absent: Vec<&'a Known>,
    situation: &'a Situation,
}

impl Comparison<'_> {
    fn walk(&mut self, desired: Vec<Wanted>) {
        let situation = self.situation;
        // A long list that grows leaves as much memory behind; what is not filled costs nothing.
        self.plan.changes.reserve_exact(desired.len());
        let mut known = situation.snapshot.iter().peekable();
        for entry in handed_over(desired) {
            while let Some(absent) = known.next_if(|known| known.node_name < entry.step.node_name) {
                self.absent.push(absent);
            }
            let live = match known.peek().map(|k| k.node_name.cmp(&entry.step.node_name)) {
                Some(Ordering::Equal) => known.next(),
                _ => None,
            };
            self.compare(entry, live);
        }
        self.absent.extend(known);
    }

    fn compare(&mut self, entry: Wanted, live: Option<&Known>) {
        let digest = entry.step.digest();
        let name = &entry.step.node_name;
        if let Some((_, refused)) = self.situation.quarantine.get(name.as_str()) {
            if *refused == digest || sabotage::is(Sabotage::QuarantineSticks) {
                self.plan.quarantined.push(name.to_string());
                return;
            }
            self.plan.outlived.push(name.to_string());
        }
        let certain = !self.situation.uncertain.contains_key(name.as_str());
        let action = match live {
            Some(known) if known.digest == digest && certain => {
                self.plan.unchanged += 1;
                if known.key != entry.key {
                    self.plan.adopted.push((entry.step.node_name, entry.key));
                }
                return;
            }
            Some(_) => Action::Change,
            None => Action::Add,
        };
        self.plan.changes.push(Change {
            action,
            key: entry.key,
            step: entry.step,
            line: entry.line,
        });
    }

    /// Names that a failed upload may have brought to the bot, and that nothing asks for any more.
    fn orphans(&mut self) {
        if self.situation.uncertain.is_empty() {
            return;
        }
        let changes: HashSet<&str> = self
            .plan
            .changes
            .iter()
            .map(|change| change.step.node_name.as_str())
            .collect();
        let quarantined: HashSet<&str> = self.plan.quarantined.iter().map(String::as_str).collect();
        let orphans: Vec<_> = self
            .situation
            .uncertain
            .iter()
            .filter(|(name, _)| {
                !changes.contains(name.as_str())
                    && !quarantined.contains(name.as_str())
                    && self
                        .situation
                        .snapshot
                        .binary_search_by(|known| known.node_name.as_str().cmp(name))
                        .is_err()
            })
            .map(|(name, key)| (name.clone(), key.clone()))
            .collect();
        for (node_name, key) in orphans {
            match self.unread(&key) {
                Some(reason) => self.hold(node_name, None, reason),
                None => self.remove(node_name.into(), key),
            }
        }
    }

    fn finish(mut self) -> Plan {
        let absent = std::mem::take(&mut self.absent);
        let (refused, absent): (Vec<_>, Vec<_>) = absent.into_iter().partition(|known| {
            self.situation
                .quarantine
                .get(known.node_name.as_str())
                .is_some_and(|(_, digest)| *digest == REMOVAL)
        });
        self.plan
            .quarantined
            .extend(refused.into_iter().map(|known| known.node_name.to_string()));
        self.outlive_absent();
        self.guard(absent);
        self.plan.quarantined.sort();
        self.plan.manual.sort();
        self.plan.held.sort_by(|a, b| a.node_name.cmp(&b.node_name));
        self.plan
            .changes
            .sort_by(|a, b| (a.action, &a.step.node_name).cmp(&(b.action, &b.step.node_name)));
        self.plan
    }

    /// A refused content that no article has any more has nothing left to be refused for, also
    /// where the removal of its step is held.
    fn outlive_absent(&mut self) {
        let kept: HashSet<&str> = self
            .plan
            .quarantined
            .iter()
            .chain(&self.plan.outlived)
            .map(String::as_str)
            .collect();
        let gone: Vec<String> = self
            .situation
            .quarantine
            .iter()
            .filter(|(name, (key, _))| !kept.contains(name.as_str()) && self.unread(key).is_none())
            .map(|(name, _)| name.clone())
            .collect();
        self.plan.outlived.extend(gone);
    }

    fn guard(&mut self, absent: Vec<&Known>) {
        let mut free = Vec::new();
        for known in absent {
            match self.unread(&known.key) {
                Some(reason) => self.hold(known.node_name.to_string(), None, reason),
                None => free.push(known),
            }
        }
        let (approved, waiting): (Vec<&Known>, Vec<&Known>) = free
            .into_iter()
            .partition(|known| self.situation.approved.contains(known.node_name.as_str()));
        for known in approved {
            self.remove(known.node_name.clone(), known.key.clone());
        }
        let (by_hand, waiting): (Vec<_>, Vec<_>) = waiting
            .into_iter()
            .partition(|known| &*known.key.source == BY_HAND);
        for known in by_hand {
            self.hold(known.node_name.to_string(), None, HoldReason::ByHand);
        }
        let parts = self.situation.configuration.changed();
        let removals = waiting.len() as u64;
        let live = self.situation.snapshot.len() as u64 + self.situation.alike;
        if !parts.is_empty() {
            self.hold_for_configuration(&waiting, &parts);
        } else if self.situation.limits.exceeded(removals, live) {
            for known in waiting {
                let reason = HoldReason::TooMany {
                    removals,
                    live,
                    limits: self.situation.limits,
                };
                self.hold(known.node_name.to_string(), None, reason);
            }
        } else {
            for known in waiting {
                self.remove(known.node_name.clone(), known.key.clone());
            }
        }
    }

    /// Holds the removals, and with each the addition that has the same content under another
    /// name: uploaded alone it would give the bot the same answer twice.
    fn hold_for_configuration(&mut self, waiting: &[&Known], parts: &[Part]) {
        let mut additions: HashMap<Digest, EcoString> = self
            .plan
            .of(Action::Add)
            .map(|change| (change.digest(), change.step.node_name.clone()))
            .collect();
        let mut renamed = HashSet::new();
        for known in waiting {
            let renamed_to = additions.remove(&known.digest);
            renamed.extend(renamed_to.clone());
            let reason = HoldReason::Configuration {
                parts: parts.to_vec(),
            };
            self.hold(
                known.node_name.to_string(),
                renamed_to.map(String::from),
                reason,
            );
        }
        self.plan.changes.retain(|change| {
            change.action != Action::Add || !renamed.contains(&change.step.node_name)
        });
    }

    /// Why the absence of this article means nothing; `None` where it means removal.
    fn unread(&self, key: &ArticleKey) -> Option<HoldReason> {
        match self.situation.sources.get(&*key.source) {
            Some(SourceState::Incomplete { .. })
                if sabotage::is(Sabotage::IncompleteIsComplete) =>
            {
                None
            }
            Some(SourceState::Failed { reason }) => Some(HoldReason::SourceFailed {
                source: key.source.to_string(),
                reason: reason.clone(),
            }),
            Some(SourceState::Incomplete { rejected }) => Some(HoldReason::Incomplete {
                source: key.source.to_string(),
                rejected: *rejected,
            }),
            Some(SourceState::Complete) => None,
            None => self.unread_elsewhere(),
        }
    }

    /// A source that the configuration no longer has says nothing about its articles. They may
    /// have moved to one that could not be read.
    fn unread_elsewhere(&self) -> Option<HoldReason> {
        self.situation
            .sources
            .iter()
            .find_map(|(source, state)| match state {
                SourceState::Complete => None,
                SourceState::Incomplete { rejected } => Some(HoldReason::Incomplete {
                    source: source.clone(),
                    rejected: *rejected,
                }),
                SourceState::Failed { reason } => Some(HoldReason::SourceFailed {
                    source: source.clone(),
                    reason: reason.clone(),
                }),
            })
    }

    fn hold(&mut self, node_name: String, renamed_to: Option<String>, reason: HoldReason) {
        self.plan.held.push(Held {
            node_name,
            renamed_to,
            reason,
        });
    }

    fn remove(&mut self, node_name: EcoString, key: ArticleKey) {
        if self.situation.manual_removals {
            self.plan.manual.push(node_name.into());
            return;
        }
        self.plan.changes.push(Change {
            action: Action::Remove,
            key,
            step: Outline::without_content(node_name),
            line: 0,
        });
    }
}
