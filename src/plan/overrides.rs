//! Where a person has spoken against an article, their word comes before what the article says.

use super::compare::Comparison;
use crate::model::{DesiredRef, LiveStep, OverrideVerdict, StepRef};

impl Comparison<'_> {
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
                self.plan.overrides_over.push(name.into());
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
