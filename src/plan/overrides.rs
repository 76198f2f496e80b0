//! Where a person has spoken against an article, their word comes before what the article says, and before its
//! absence.

use std::collections::{BTreeSet, HashSet};

use super::compare::Comparison;
use crate::model::{
    Action, Change, DesiredRef, Digest, LiveStep, OverrideKind, OverrideVerdict, Plan, StepRef,
};
use crate::sabotage;
use crate::sabotage::Sabotage;

impl<'a> Comparison<'a> {
    /// Sets the live steps apart that a person keeps although their articles are gone; gives the others back. No
    /// guard counts what is kept. Where an addition has the content of one, its article is back under another
    /// name: keeping it would give the bot the same answer twice.
    pub(super) fn keep(&mut self, absent: Vec<&'a LiveStep>) -> Vec<&'a LiveStep> {
        let input = self.input;
        let overrides = input.overrides.iter();
        let mut meant: BTreeSet<&str> = overrides
            .filter(|(_, spoken)| spoken.kind() == OverrideKind::Kept)
            .map(|(name, _)| name.as_str())
            .collect();
        if meant.is_empty() || sabotage::is(Sabotage::KeepIgnored) {
            return absent;
        }
        let additions = self.plan.of(Action::Add);
        let additions: HashSet<Digest> = additions.map(Change::digest).collect();
        let (kept, others): (Vec<_>, Vec<_>) = absent.into_iter().partition(|known| {
            meant.contains(known.node_name.as_str()) && !additions.contains(&known.digest)
        });
        for known in kept {
            meant.remove(known.node_name.as_str());
            self.plan.files_of_absent.extend(known.file);
            self.plan.is_a_file_unknown |= known.file.is_none();
            self.plan.kept.push(known.node_name.to_string());
        }
        if !sabotage::is(Sabotage::KeepSticks) {
            self.plan.kept_over = meant.into_iter().map(str::to_owned).collect();
        }
        others
    }

    /// What is wanted of a step, after what a person has said of it. `None`: it is to leave the bot, or
    /// to stay away.
    pub(super) fn overruled(
        &mut self,
        mut entry: DesiredRef,
        live: Option<&LiveStep>,
    ) -> Option<DesiredRef> {
        let input = self.input;
        let name = entry.step.node_name.clone();
        let Some(spoken) = input.overrides.get(name.as_str()) else {
            return Some(entry);
        };
        let is_configuration_new = !input.configuration.changed().is_empty();
        match spoken.judge(entry.step.digest(), is_configuration_new) {
            OverrideVerdict::Over => {
                // Of what is kept, `keep` says whether that is over.
                if spoken.kind() != OverrideKind::Kept {
                    self.plan.overrides_over.push(name.into());
                }
                return Some(entry);
            }
            OverrideVerdict::HoldsFor(digest) => {
                self.plan.overrides_renewed.push((name.to_string(), digest));
            }
            OverrideVerdict::Holds => {}
        }
        if let Some((step, _)) = &spoken.put_back {
            let mut step = step.clone();
            step.node_name = name.into();
            entry.step = match entry.step.file() {
                Some(file) => StepRef::of_file(step, &file.clone()),
                None => step.into(),
            };
            return Some(entry);
        }
        if live.is_some() {
            self.remove(name, entry.key);
        }
        None
    }
}

impl Plan {
    /// Leaves the removals of these steps out: a person has said since that they stay.
    pub fn spare(&mut self, names: &BTreeSet<&str>) {
        let is_spared = |name: &str| names.contains(name);
        self.changes.retain(|change| {
            change.action != Action::Remove || !is_spared(change.step.node_name.as_str())
        });
        self.manual.retain(|name| !is_spared(name));
        self.held.retain(|held| !is_spared(&held.node_name));
        self.waiting
            .retain(|waiting| !is_spared(&waiting.node_name));
    }
}
