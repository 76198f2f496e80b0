//! What needs attention, each reason once: held and manual removals, held changes, quarantined steps, rejected
//! rows and notes.

use std::fmt::{Display, Write as _};

use super::style::{BAD, NOTABLE, painted};
use crate::model::{Held, Rejection, Unread, Waiting};
use crate::status::paused;
use crate::store::Pause;
use crate::sync::Pinned;
use crate::text::{FEW, approve, by_reason, command_for, count, grouped, shown, shown_lines};

/// What needs attention about one bot.
pub(crate) struct Findings<'a> {
    /// The bot.
    pub(crate) domain_name: &'a str,
    /// Why sources could not be read.
    pub(crate) errors: &'a [String],
    /// Sources that could not be read whole, each with why.
    pub(crate) incomplete: &'a [String],
    /// Where a person has paused it.
    pub(crate) paused: Option<&'a Pause>,
    /// Where a person took the bot back.
    pub(crate) pinned: Option<Pinned>,
    /// The number of the stored plan.
    pub(crate) plan: Option<u64>,
    /// Held removals.
    pub(crate) held: &'a [Held],
    /// Held additions and changes, each with what was found in it.
    pub(crate) held_changes: &'a [(String, String)],
    /// Removals that wait until their absence is confirmed.
    pub(crate) waiting: &'a [Waiting],
    /// Live steps of which the sources could not tell.
    pub(crate) unread: &'a [Unread],
    /// Removals that a person must carry out.
    pub(crate) manual: &'a [String],
    /// Steps without an article that a person keeps.
    pub(crate) kept: &'a [String],
    /// Refused steps, each with Haptik's words.
    pub(crate) quarantined: &'a [(String, String)],
    /// What was not taken from the sources.
    pub(crate) rejections: &'a [Rejection],
    /// Further ones.
    pub(crate) more_rejected: u64,
    /// Things worth knowing.
    pub(crate) notes: &'a [Rejection],
    /// Lines of one kind at the most.
    pub(crate) most: usize,
}

impl Findings<'_> {
    /// The findings, indented below the bot's own line.
    pub(crate) fn text(&self) -> String {
        let mut text = String::new();
        for error in self.errors {
            let _ = writeln!(
                text,
                "  {}: {}",
                painted(BAD, "error"),
                shown_lines(error, 4)
            );
        }
        for why in self.incomplete {
            let _ = writeln!(
                text,
                "  {}, so nothing of it is removed: {}",
                painted(NOTABLE, "not read completely"),
                shown_lines(why, 4)
            );
        }
        self.paused(&mut text);
        self.pinned(&mut text);
        self.held(&mut text);
        self.held_changes(&mut text);
        self.waiting(&mut text);
        self.unread(&mut text);
        self.manual(&mut text);
        self.kept(&mut text);
        self.quarantined(&mut text);
        self.rejected(&mut text);
        self.notes(&mut text);
        text
    }

    fn paused(&self, text: &mut String) {
        if let Some(pause) = self.paused {
            let _ = writeln!(
                text,
                "  {}, so nothing is uploaded: {}. `{}` ends it",
                painted(NOTABLE, paused(pause)),
                shown_lines(&pause.reason, 4),
                command_for("resume", self.domain_name, &[])
            );
        }
    }

    fn pinned(&self, text: &mut String) {
        if let Some(pinned) = self.pinned {
            let _ = writeln!(
                text,
                "  {} to what it was after upload {}: {} of its sources wait for `{}`",
                painted(NOTABLE, "pinned"),
                pinned.to.0,
                count(pinned.waiting as u64, "change", "changes"),
                command_for("resume", self.domain_name, &[])
            );
        }
    }

    fn held(&self, text: &mut String) {
        for (reason, held) in by_reason(self.held, |held| &held.reason) {
            let heading = format!("{} held", removals(held.len()));
            let reason = reason.with_remedy(self.domain_name, self.plan);
            let _ = writeln!(
                text,
                "  {}: {}",
                painted(NOTABLE, heading),
                shown_lines(&reason, 4)
            );
            let names = held.iter().map(|held| match &held.renamed_to {
                Some(name) => format!("{} (would become {})", shown(&held.node_name), shown(name)),
                None => shown(&held.node_name).into_owned(),
            });
            let _ = writeln!(text, "    {}", self.list(names, held.len()));
        }
    }

    /// These are released by name alone, so each command names them.
    fn held_changes(&self, text: &mut String) {
        for (found, held) in by_reason(self.held_changes, |(_, found)| found) {
            let heading = format!("{} held", count(held.len() as u64, "change", "changes"));
            let first = held.iter().take(FEW).map(|(name, _)| name.as_str());
            let names: Vec<&str> = first.collect();
            let _ = writeln!(
                text,
                "  {} by hold_lint ({found}): take it out of the article, or, if customers may see it, run `{}`",
                painted(NOTABLE, heading),
                shown(&command_for("approve", self.domain_name, &names)),
            );
            let names = held.iter().map(|(name, _)| shown(name));
            let _ = writeln!(text, "    {}", self.list(names, held.len()));
        }
    }

    fn waiting(&self, text: &mut String) {
        let groups = by_reason(self.waiting, |waiting| &waiting.reason);
        for (reason, waiting) in groups.iter().take(self.most) {
            let heading = format!("{} waiting", removals(waiting.len()));
            let _ = writeln!(
                text,
                "  {heading}: {}; to remove at once, run `{}`",
                shown_lines(reason, 4),
                approve(self.domain_name, self.plan)
            );
            let names = waiting.iter().map(|waiting| shown(&waiting.node_name));
            let _ = writeln!(text, "    {}", self.list(names, waiting.len()));
        }
        let unseen = groups.iter().skip(self.most);
        Self::and_more(
            text,
            unseen.map(|(_, waiting)| waiting.len()).sum(),
            "waiting",
        );
    }

    fn unread(&self, text: &mut String) {
        let groups = by_reason(self.unread, |unread| &unread.reason);
        for (reason, unread) in groups.iter().take(self.most) {
            let _ = writeln!(
                text,
                "  {} left as {} on the bot: {}",
                steps(unread.len()),
                if unread.len() == 1 {
                    "it is"
                } else {
                    "they are"
                },
                shown_lines(reason, 4)
            );
        }
        let unseen = groups.iter().skip(self.most);
        Self::and_more(
            text,
            unseen.map(|(_, unread)| unread.len()).sum(),
            "left as they are",
        );
    }

    fn manual(&self, text: &mut String) {
        if self.manual.is_empty() {
            return;
        }
        let heading = format!("{} to remove manually", steps(self.manual.len()));
        let names = self.manual.iter().map(|name| shown(name));
        let _ = writeln!(
            text,
            "  {}: remove in Haptik, then run `{}`\n    {}",
            painted(NOTABLE, heading),
            command_for("approve", self.domain_name, &["--removed"]),
            self.list(names, self.manual.len())
        );
    }

    fn kept(&self, text: &mut String) {
        if self.kept.is_empty() {
            return;
        }
        let first = self.kept.iter().take(FEW);
        let first: Vec<&str> = first.map(String::as_str).collect();
        let _ = writeln!(
            text,
            "  {} kept by a person, although the article is gone; to remove, run `{}`\n    {}",
            steps(self.kept.len()),
            shown(&command_for("approve", self.domain_name, &first)),
            self.list(self.kept.iter().map(|name| shown(name)), self.kept.len())
        );
    }

    fn quarantined(&self, text: &mut String) {
        if self.quarantined.is_empty() {
            return;
        }
        let heading = format!("{} in quarantine", steps(self.quarantined.len()));
        let _ = writeln!(
            text,
            "  {}: fix in the knowledge base, or run `{}`",
            painted(BAD, heading),
            command_for("retry", self.domain_name, &[])
        );
        let groups = by_reason(self.quarantined, |(_, reason)| reason);
        for (reason, refused) in groups.iter().take(self.most) {
            let names = refused.iter().map(|(name, _)| shown(name));
            let _ = writeln!(
                text,
                "    {}: Haptik says: {}",
                self.list(names, refused.len()),
                shown_lines(reason, 6)
            );
        }
        let unseen = groups
            .iter()
            .skip(self.most)
            .map(|(_, refused)| refused.len());
        Self::and_more(text, unseen.sum(), "in quarantine");
    }

    fn rejected(&self, text: &mut String) {
        if self.rejections.is_empty() {
            return;
        }
        let many = self.rejections.len() as u64 + self.more_rejected;
        let heading = format!("{} skipped", count(many, "row or file", "rows or files"));
        let _ = writeln!(
            text,
            "  {}: fix in the export; until then these stay as they are on the bot",
            painted(NOTABLE, heading)
        );
        let unseen = self.entries(text, self.rejections);
        let more = usize::try_from(self.more_rejected).unwrap_or(usize::MAX);
        Self::and_more(text, unseen.saturating_add(more), "skipped");
    }

    fn notes(&self, text: &mut String) {
        if self.notes.is_empty() {
            return;
        }
        let _ = writeln!(
            text,
            "  {}",
            count(self.notes.len() as u64, "note", "notes")
        );
        let unseen = self.entries(text, self.notes);
        Self::and_more(text, unseen, "noted");
    }

    /// Each reason once, with all that have it. Says how many there are besides.
    fn entries(&self, text: &mut String, entries: &[Rejection]) -> usize {
        let groups = same_reasons(entries);
        for same in groups.iter().take(self.most) {
            let _ = writeln!(text, "    {}", rejection(same[0], 6));
            if same.len() > 1 {
                let others = same[1..].iter().map(|other| whose(other));
                let _ = writeln!(
                    text,
                    "      the same: {}",
                    self.list(others, same.len() - 1)
                );
            }
        }
        groups.iter().skip(self.most).map(Vec::len).sum()
    }

    fn and_more(text: &mut String, unseen: usize, what: &str) {
        if unseen > 0 {
            let _ = writeln!(
                text,
                "    … and {unseen} more {what}; `plan --all` shows them"
            );
        }
    }

    /// Names in a row. Where lines are not limited, names are not either.
    fn list(&self, names: impl Iterator<Item = impl Display>, many: usize) -> String {
        let most = if self.most == usize::MAX { many } else { FEW };
        let mut listed: Vec<String> = names.take(most).map(|name| name.to_string()).collect();
        if many > most {
            listed.push(format!(
                "… and {} more (`plan --all` shows them)",
                many - most
            ));
        }
        listed.join(", ")
    }
}

/// What was not taken of a source for the same reason, each in the order in which it comes.
pub(crate) fn same_reasons(entries: &[Rejection]) -> Vec<Vec<&Rejection>> {
    let causes = entries.iter();
    let causes = causes.map(|entry| ((entry.source.as_str(), entry.reason.as_str()), entry));
    let groups = grouped(causes);
    groups.into_iter().map(|(_, same)| same).collect()
}

/// One thing that was not taken: where it stands, whose it is, and why.
pub(crate) fn rejection(rejection: &Rejection, indent: usize) -> String {
    format!(
        "{}: {}: {}",
        shown(&rejection.source),
        whose(rejection),
        shown_lines(&rejection.reason, indent)
    )
}

/// Where something stands, and whose it is.
fn whose(rejection: &Rejection) -> String {
    let place = rejection.place.to_string();
    match &rejection.id {
        Some(id) => format!("{} (id {})", shown(&place), shown(id)),
        None => shown(&place).into_owned(),
    }
}

fn removals(many: usize) -> String {
    count(many as u64, "removal", "removals")
}

fn steps(many: usize) -> String {
    count(many as u64, "step", "steps")
}

#[cfg(test)]
mod tests;
