//! The promises that can be judged from an upload, and from what is live after it.

use super::*;

impl Ledger {
    /// What goes out was written by an editor, whatever became of it in the state.
    pub(super) fn nothing_is_made_up(&self, rows: &[Row]) -> Result<(), String> {
        let is_written = |row: &&Row| {
            let written = self.written.get(&row.name);
            row.is_blank() || written.is_some_and(|written| written.contains(&row.content))
        };
        match rows.iter().find(|row| !is_written(row)) {
            Some(row) => Err(format!(
                "nothing rotten is sent: \"{}\" goes out as {:?}, which no editor wrote",
                row.name, row.content
            )),
            None => Ok(()),
        }
    }

    /// An article that got another id is not added without the removal of its former step, whatever
    /// that waits for. `missed`: the steps that the plan of this upload knew to be in no file.
    pub(super) fn nothing_is_doubled(
        &self,
        rows: &[Row],
        missed: &BTreeSet<String>,
    ) -> Result<(), String> {
        if self.manual || rows.len() >= self.most_rows {
            return Ok(());
        }
        let leaves = |name: &str| rows.iter().any(|row| row.name == name && row.is_blank());
        let stays = |name: &&String| !leaves(name) && !self.ever_bad_names.contains(*name);
        for old in missed.iter().filter(stays) {
            let content = self.last_good.get(old);
            let is_it =
                |row: &&Row| content == Some(&row.content) && !self.known_live.contains(&row.name);
            if let Some(row) = rows.iter().find(is_it) {
                return Err(format!(
                    "no double: \"{}\" is added, and \"{old}\", which says the same, stays",
                    row.name
                ));
            }
        }
        Ok(())
    }

    /// What is live leaves only where the last plan may have taken its article for gone, or a person
    /// released that.
    pub(super) fn nothing_leaves_unproven(&self, rows: &[Row]) -> Result<(), String> {
        let mut leaving = rows.iter().filter(|row| row.is_blank());
        let unproven = leaving.find(|row| {
            self.known_live.contains(&row.name)
                && (self.doubts_configuration || !self.files.gone.contains(&row.name))
                && !self.is_released(&row.name)
        });
        match unproven {
            Some(row) => Err(format!(
                "absence is confirmed: \"{}\" is removed, although its article may be there",
                row.name
            )),
            None => Ok(()),
        }
    }

    pub(super) fn is_released(&self, name: &str) -> bool {
        self.may_be_emptied || self.released.contains(name)
    }

    /// Where uploads replace: what is off comes back first, and nothing steady is left out.
    pub(super) fn whole(
        &self,
        rows: &[Row],
        live: &BTreeMap<String, ShownStep>,
    ) -> Result<(), String> {
        let off: Vec<_> = self
            .steady
            .keys()
            .filter(|name| !live.get(*name).is_some_and(|step| step.active))
            .collect();
        for (name, content) in &self.steady {
            if !rows
                .iter()
                .any(|row| row.name == *name && row.content == *content)
            {
                return Err(format!(
                    "no half sets: an upload that replaces leaves out \"{name}\""
                ));
            }
        }
        let untried = |row: &&Row| {
            !self
                .confirmed
                .get(&row.name)
                .is_some_and(|known| known.contains(&row.content))
        };
        if let (Some(name), Some(row)) = (off.first(), rows.iter().find(untried)) {
            return Err(format!(
                "recovery first: \"{name}\" is off, and the next upload tries \"{}\"",
                row.name
            ));
        }
        Ok(())
    }

    /// Within any day, no more leaves than the limits allow and nobody has released. What came back
    /// does not count.
    pub(super) fn guarded(&mut self, before: &BTreeMap<String, Content>) -> Result<(), String> {
        let now = Instant::now();
        let left = before.keys().filter(|name| {
            !self.last_good.contains_key(*name)
                && !self.ever_bad_names.contains(*name)
                && self.known_live.contains(*name)
                && !self.is_released(name)
        });
        let left: Vec<String> = left.cloned().collect();
        let Departures { left: all, live } = &mut self.departures;
        live.push_back((now, before.len() as u64));
        all.retain(|name, _| !self.last_good.contains_key(name));
        all.extend(left.iter().map(|name| (name.clone(), now)));
        self.departures.forget(now);
        let Some(first) = left.first() else {
            return Ok(());
        };
        if self.manual && self.effect == UploadEffect::Merge {
            return Err(format!("removals by hand: \"{first}\" was removed"));
        }
        let count = self.departures.left.len() as u64;
        let live = self.departures.most_live(0);
        if self.limits.exceeded(count, live) {
            return Err(format!(
                "guarded removals: {count} of {live} steps left within a day, and nobody released that"
            ));
        }
        Ok(())
    }

    /// The bot at this moment: what is steady must be there. Where uploads replace, a failed task
    /// may have left it off; what the next upload must then hold is judged when it goes out.
    pub(crate) fn observed(&self, live: &BTreeMap<String, ShownStep>) -> Result<(), String> {
        if self.effect == UploadEffect::Replace {
            return Ok(());
        }
        for (name, content) in &self.steady {
            if active(live, name).as_ref() != Some(content) {
                return Err(format!(
                    "no answer is lost: \"{name}\" is not live, although the source has held it unchanged"
                ));
            }
        }
        Ok(())
    }
}
