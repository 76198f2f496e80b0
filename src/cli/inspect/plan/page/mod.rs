//! The plan of one bot as a page of text: counts first, then what changes step by step, then what
//! needs attention. Pure.

use std::collections::HashMap;
use std::fmt::Write as _;

use super::step::step;
use crate::cli::output::{BAD, Findings, GOOD, NOTABLE, STRONG, painted};
use crate::config::UploadEffect;
use crate::model::{Action, Plan};
use crate::spool::SpoolError;
use crate::store::{Pause, SnapshotStep, UploadRecord};
use crate::sync::Preview;
use crate::text::count;

/// The plan of one bot, and what it is shown with.
pub(crate) struct BotPlan {
    /// The bot.
    pub(crate) domain_name: String,
    /// What an upload does to the steps that it does not name.
    pub(crate) effect: UploadEffect,
    /// Rows in one upload at the most, where uploads merge.
    pub(crate) max_rows: usize,
    /// The plan and the readings behind it.
    pub(crate) preview: Preview,
    /// Live steps.
    pub(crate) live: u64,
    /// The live content of the steps that are shown.
    pub(crate) contents: HashMap<String, SnapshotStep>,
    /// The refused steps of the plan, with Haptik's words.
    pub(crate) refused: Vec<(String, String)>,
    /// An upload that has not ended yet.
    pub(crate) under_way: Option<UploadRecord>,
    /// Where a person has paused the bot.
    pub(crate) paused: Option<Pause>,
    /// Steps are missing on the bot until an upload makes it whole again.
    pub(crate) needs_recovery: bool,
}

impl BotPlan {
    /// The page; of each kind of entry `most` in full.
    pub(crate) fn page(&self, most: usize) -> Result<String, SpoolError> {
        let mut text = self.counts();
        let held = self.preview.plan.held_changes.iter();
        let held_changes: Vec<(String, String)> = held
            .map(|held| (held.node_name.clone(), held.found.clone()))
            .collect();
        self.uploads(&mut text);
        for action in [Action::Change, Action::Add, Action::Remove] {
            self.steps(&mut text, action, most)?;
        }
        text.push_str(
            &Findings {
                domain_name: &self.domain_name,
                errors: &self.preview.errors,
                incomplete: &self.preview.incomplete,
                paused: self.paused.as_ref(),
                pinned: self.preview.pinned,
                plan: self.preview.number,
                held: &self.preview.plan.held,
                held_changes: &held_changes,
                waiting: &self.preview.plan.waiting,
                unread: &self.preview.plan.unread,
                manual: &self.preview.plan.manual,
                kept: &self.preview.plan.kept,
                quarantined: &self.refused,
                rejections: &self.preview.rejections,
                more_rejected: 0,
                notes: &self.preview.notes,
                most,
            }
            .text(),
        );
        Ok(text)
    }

    fn counts(&self) -> String {
        let plan = &self.preview.plan;
        let coloured = |style, number: usize, what| {
            let text = format!("{number} {what}");
            if number == 0 {
                text
            } else {
                painted(style, text)
            }
        };
        let mut text = format!(
            "{}: {}, {}, {}, {} unchanged",
            painted(STRONG, &self.domain_name),
            coloured(GOOD, plan.count(Action::Add), "to add"),
            coloured(NOTABLE, plan.count(Action::Change), "to change"),
            coloured(BAD, plan.count(Action::Remove), "to remove"),
            plan.unchanged,
        );
        let wants = self.wants();
        if !wants.is_empty() {
            let _ = write!(text, "; {}", wants.join(", "));
        }
        text.push('\n');
        text
    }

    fn wants(&self) -> Vec<String> {
        let plan = &self.preview.plan;
        let many = |number: usize, one: &str, several: &str| {
            (number > 0).then(|| count(number as u64, one, several))
        };
        [
            many(self.preview.errors.len(), "source failed", "sources failed"),
            many(plan.held.len(), "removal held", "removals held"),
            many(plan.held_changes.len(), "change held", "changes held"),
            many(plan.waiting.len(), "removal waiting", "removals waiting"),
            many(plan.manual.len(), "to remove by hand", "to remove by hand"),
            many(plan.kept.len(), "kept", "kept"),
            many(self.refused.len(), "in quarantine", "in quarantine"),
            many(
                self.preview.rejections.len(),
                "row or file skipped",
                "rows or files skipped",
            ),
        ]
        .into_iter()
        .flatten()
        .collect()
    }

    /// Which uploads the changes make.
    fn uploads(&self, text: &mut String) {
        if let Some(upload) = &self.under_way {
            let _ = writeln!(
                text,
                "  upload {} with {} is {}; it goes out first, and what it changes is still listed here",
                upload.id.0,
                rows(upload.rows),
                upload.state.name().replace('_', " "),
            );
        }
        if self.needs_recovery && self.live > 0 {
            let _ = writeln!(
                text,
                "  {}: a failed upload left steps out; the last good set, {}, goes up first",
                painted(BAD, "the bot is incomplete"),
                rows(self.live),
            );
        }
        let plan = &self.preview.plan;
        let changes = plan.changes.len();
        match self.effect {
            _ if changes == 0 => {}
            UploadEffect::Merge => {
                let uploads = changes.div_ceil(self.max_rows.max(1)) as u64;
                let uploads = count(uploads, "upload", "uploads");
                let _ = writeln!(text, "  {} in {uploads}", rows(changes as u64));
            }
            UploadEffect::Replace => {
                let _ = writeln!(
                    text,
                    "  the whole set goes up, {}: in `replace` an upload switches off what it leaves out",
                    rows(rows_of_replace(plan, self.live)),
                );
                if self.switches_off_by_hand() {
                    let _ = writeln!(
                        text,
                        "  {}: nothing is known to be live, so every step that was made by hand goes inactive; \
                         to keep them in view, `kms-haptik-sync import steps.csv --as live` first",
                        painted(BAD, "the first upload"),
                    );
                }
            }
        }
    }

    /// In `replace`, with nothing known to be live: what the bot holds, a person made.
    pub(crate) fn switches_off_by_hand(&self) -> bool {
        self.effect == UploadEffect::Replace
            && self.live == 0
            && !self.preview.plan.changes.is_empty()
    }

    fn steps(&self, text: &mut String, action: Action, most: usize) -> Result<(), SpoolError> {
        for change in self.preview.plan.of(action).take(most) {
            let live = self.contents.get(change.step.node_name.as_str());
            let place = change.place();
            let live = live.map(|live| &live.step);
            text.push_str(&step(&change.load()?, place.as_ref(), live));
        }
        let unseen = self.preview.plan.count(action).saturating_sub(most);
        if unseen > 0 {
            let _ = writeln!(
                text,
                "  … and {unseen} more to {}; `plan --all` shows them, --json has their names",
                action.name()
            );
        }
        Ok(())
    }
}

/// Everything that is live, but for what goes away, and what is new.
fn rows_of_replace(plan: &Plan, live: u64) -> u64 {
    let removed = plan.of(Action::Remove).count() as u64;
    (live + plan.count(Action::Add) as u64).saturating_sub(removed)
}

fn rows(many: u64) -> String {
    count(many, "row", "rows")
}

#[cfg(test)]
mod tests;
