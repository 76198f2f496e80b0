//! The comparison itself: two lists in the order of `node_name`, walked together once.

use std::cmp::Ordering;
use std::collections::{BTreeSet, HashMap, HashSet};

use ecow::EcoString;

use super::PlanInput;
use super::absence::AbsenceVerdict;
use super::names::resolve_names;
use crate::memory::drain;
use crate::model::{
    Action, Adopted, ArticleKey, BY_HAND, Change, DesiredRef, Digest, Held, HoldReason, LiveStep,
    Plan, REMOVAL, Rejection, StepRef, Unread, Waiting,
};
use crate::sabotage;
use crate::sabotage::Sabotage;

/// Makes the plan.
pub fn plan(mut input: PlanInput) -> Plan {
    let (desired, rejections) = resolve_names(&mut input);
    note_rejections(&mut input, &rejections);
    let mut comparison = Comparison {
        plan: Plan {
            rejections,
            unchanged: input.unchanged_steps,
            ..Plan::default()
        },
        absent: Vec::new(),
        input: &input,
    };
    comparison.walk(desired);
    comparison.orphans();
    comparison.finish()
}

/// What of an article that cannot be a step beside the others is live stays as it is.
fn note_rejections(input: &mut PlanInput, rejections: &[Rejection]) {
    for rejection in rejections {
        let evidence = &mut input.judge.evidence;
        let evidence = evidence.entry(rejection.source.clone()).or_default();
        if let Some(id) = &rejection.id {
            let reason = rejection.reason.as_str().into();
            evidence.rejected.insert(id.clone(), reason);
        }
    }
}

pub(super) struct Comparison<'a> {
    pub(super) plan: Plan,
    absent: Vec<&'a LiveStep>,
    pub(super) input: &'a PlanInput,
}

impl Comparison<'_> {
    fn walk(&mut self, desired: Vec<DesiredRef>) {
        let input = self.input;
        // A long list that grows leaves as much memory behind; what is not filled costs nothing.
        self.plan.changes.reserve_exact(desired.len());
        let mut known = input.snapshot.iter().peekable();
        for entry in drain(desired) {
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

    fn compare(&mut self, entry: DesiredRef, live: Option<&LiveStep>) {
        let Some(entry) = self.overruled(entry, live) else {
            return;
        };
        let digest = entry.step.digest();
        let name = &entry.step.node_name;
        if let Some((_, refused)) = self.input.quarantine.get(name.as_str()) {
            if *refused == digest || sabotage::is(Sabotage::QuarantineSticks) {
                self.plan.quarantined.push(name.to_string());
                return;
            }
            self.plan.obsolete.push(name.to_string());
        }
        let certain = !self.input.uncertain.contains_key(name.as_str());
        let action = match live {
            Some(known) if known.digest == digest && certain => {
                self.plan.unchanged += 1;
                let file = self.input.file_of(&entry.key, &entry.step);
                let is_another = known.key != entry.key;
                let is_elsewhere = file.as_ref().is_some_and(|file| file.id != known.file);
                if is_another || is_elsewhere {
                    self.plan.adopted.push(Adopted {
                        node_name: entry.step.node_name,
                        key: entry.key,
                        file: file.map(|file| file.path),
                        is_another,
                    });
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
        if self.input.uncertain.is_empty() {
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
            .input
            .uncertain
            .iter()
            .filter(|(name, _)| {
                !changes.contains(name.as_str())
                    && !quarantined.contains(name.as_str())
                    && self
                        .input
                        .snapshot
                        .binary_search_by(|known| known.node_name.as_str().cmp(name))
                        .is_err()
            })
            .map(|(name, key)| (name.clone(), key.clone()))
            .collect();
        for (node_name, key) in orphans {
            // The bot may hold it; what nobody knows of is not worth a word until it is known.
            if self.input.judge.unread(&key).is_none() {
                self.remove(node_name.into(), key);
            }
        }
    }

    fn finish(mut self) -> Plan {
        let absent = std::mem::take(&mut self.absent);
        let absent = self.keep(absent);
        let (refused, absent): (Vec<_>, Vec<_>) = absent.into_iter().partition(|known| {
            self.input
                .quarantine
                .get(known.node_name.as_str())
                .is_some_and(|(_, digest)| *digest == REMOVAL)
        });
        self.plan
            .quarantined
            .extend(refused.into_iter().map(|known| known.node_name.to_string()));
        self.outlive_absent();
        self.guard(absent);
        self.renames_go_together();
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
            .chain(&self.plan.obsolete)
            .map(String::as_str)
            .collect();
        let judge = &self.input.judge;
        let gone: Vec<String> = self
            .input
            .quarantine
            .iter()
            .filter(|(name, (key, _))| !kept.contains(name.as_str()) && judge.unread(key).is_none())
            .map(|(name, _)| name.clone())
            .collect();
        self.plan.obsolete.extend(gone);
    }

    /// Judges each absence by itself, and then those that are beyond doubt by their number.
    fn guard(&mut self, absent: Vec<&LiveStep>) {
        let input = self.input;
        let by_configuration = self.held_by_configuration();
        let mut confirmed = Vec::new();
        for known in absent {
            let name = known.node_name.as_str();
            let released = input.approved.contains(name);
            let before = input.absences.get(name);
            self.plan.files_of_absent.extend(known.file);
            self.plan.is_a_file_unknown |= known.file.is_none();
            let verdict = input.judge.absent(known, before, released);
            if matches!(verdict, AbsenceVerdict::Unread(_)) {
                self.plan.files_of_unread.extend(known.file);
            } else {
                let source = known.key.source.clone();
                self.plan.absent_from.insert(name.to_owned(), source);
            }
            match verdict {
                AbsenceVerdict::Unread(hidden) => self.plan.unread.push(Unread {
                    node_name: known.node_name.clone(),
                    reason: hidden.reason,
                    is_rejected: hidden.is_rejected,
                }),
                // No wait will tell whether a person meant that.
                AbsenceVerdict::Waiting(..) if by_configuration.is_some() => confirmed.push(known),
                AbsenceVerdict::Waiting(left, reason) => self.plan.waiting.push(Waiting {
                    node_name: name.to_owned(),
                    renamed_to: None,
                    reason,
                    left,
                }),
                AbsenceVerdict::Confirmed if released => {
                    self.remove(known.node_name.clone(), known.key.clone());
                }
                AbsenceVerdict::Confirmed if &*known.key.source == BY_HAND => {
                    self.hold(name.to_owned(), HoldReason::ByHand);
                }
                AbsenceVerdict::Confirmed => confirmed.push(known),
            }
        }
        match by_configuration.or_else(|| self.held_because(confirmed.len())) {
            Some(reason) => {
                for known in confirmed {
                    self.hold(known.node_name.to_string(), reason.clone());
                }
            }
            None => {
                for known in confirmed {
                    self.remove(known.node_name.clone(), known.key.clone());
                }
            }
        }
    }

    /// Why every removal is held that the configuration may have brought about.
    fn held_by_configuration(&self) -> Option<HoldReason> {
        let parts = self.input.configuration.changed();
        (!parts.is_empty()).then_some(HoldReason::Configuration { parts })
    }

    /// Why so many removals, all beyond doubt, are held together. What waits counts too: of many files
    /// that vanish one after the other, the first ones must not leave before the number is known.
    fn held_because(&self, confirmed: usize) -> Option<HoldReason> {
        let PlanInput {
            limits,
            departed,
            snapshot,
            unchanged_steps,
            ..
        } = self.input;
        let forgets = sabotage::is(Sabotage::GuardForgets);
        let left = if forgets {
            0
        } else {
            self.still_away(&departed.steps)
        };
        let counts = !sabotage::is(Sabotage::WaitingUncounted);
        let waiting = if counts { self.plan.waiting.len() } else { 0 };
        let removals = (left + confirmed + waiting) as u64;
        let live = departed
            .most_live
            .max(snapshot.len() as u64 + unchanged_steps);
        limits
            .exceeded(removals, live)
            .then_some(HoldReason::TooMany {
                removals,
                live,
                limits: *limits,
            })
    }

    /// How many of the steps that left before this plan does not bring back.
    fn still_away(&self, departed: &BTreeSet<String>) -> usize {
        let added = self.plan.of(Action::Add);
        let back = added.filter(|change| departed.contains(change.step.node_name.as_str()));
        departed.len() - back.count()
    }

    /// An addition with the content of a removal that is held or waits is a rename, and goes out
    /// together with it: uploaded alone it would give the bot the same answer twice.
    fn renames_go_together(&mut self) {
        let nothing = self.plan.held.is_empty() && self.plan.waiting.is_empty();
        if nothing || sabotage::is(Sabotage::RenamesApart) {
            return;
        }
        let mut additions: HashMap<Digest, Vec<EcoString>> = HashMap::new();
        for change in self.plan.of(Action::Add) {
            let names = additions.entry(change.digest()).or_default();
            names.push(change.step.node_name.clone());
        }
        let snapshot = &self.input.snapshot;
        let mut renamed = HashSet::new();
        let mut rename = |name: &str| -> Option<String> {
            let at = snapshot.binary_search_by(|known| known.node_name.as_str().cmp(name));
            let to = additions.get_mut(&snapshot[at.ok()?].digest)?.pop()?;
            renamed.insert(to.clone());
            Some(to.into())
        };
        for held in &mut self.plan.held {
            held.renamed_to = rename(&held.node_name);
        }
        for waiting in &mut self.plan.waiting {
            waiting.renamed_to = rename(&waiting.node_name);
        }
        self.plan.changes.retain(|change| {
            change.action != Action::Add || !renamed.contains(&change.step.node_name)
        });
    }

    fn hold(&mut self, node_name: String, reason: HoldReason) {
        self.plan.held.push(Held {
            node_name,
            renamed_to: None,
            reason,
        });
    }

    pub(super) fn remove(&mut self, node_name: EcoString, key: ArticleKey) {
        if self.input.manual_removals {
            self.plan.manual.push(node_name.into());
            return;
        }
        self.plan.changes.push(Change {
            action: Action::Remove,
            key,
            step: StepRef::without_content(node_name),
            line: 0,
        });
    }
}
