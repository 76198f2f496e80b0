//! Why an approval was not carried out, in words.

use std::fmt::Write as _;

use super::{Approval, OpenOfBot};
use crate::store::{OpenRemoval, RemovalKind};
use crate::text::{command_for, count, few_shown, shown};

/// Which bot is meant has to be said where several have something open.
pub(super) fn which(open: &[OpenOfBot], asked: &Approval) -> String {
    let flags: &[&str] = if asked.strikes_off() {
        &["--removed"]
    } else {
        &[]
    };
    let mut text = "several bots have removals to release; nothing was done. Say which bot, or --all for all of them:".to_owned();
    for open in open {
        let of = open
            .removals
            .iter()
            .filter(|removal| asked.concerns(removal));
        let names: Vec<&str> = of.map(|removal| removal.node_name.as_str()).collect();
        let _ = write!(
            text,
            "\n  {}: {} (`{}`)",
            shown(&open.name),
            count(names.len() as u64, "removal", "removals"),
            command_for("approve", &open.name, flags)
        );
        for name in names {
            let _ = write!(text, "\n    {}", shown(name));
        }
    }
    text
}

/// Which of the names are not open, and what is.
pub(super) fn not_open(
    open: &OpenOfBot,
    wrong: &[&str],
    there: &[&OpenRemoval],
    asked: &Approval,
) -> String {
    let there: Vec<&str> = there.iter().map(|open| open.node_name.as_str()).collect();
    let what = if asked.strikes_off() {
        "to remove manually"
    } else {
        "held or waiting"
    };
    let mut text = format!(
        "{}: not {what}: {}; nothing was done.",
        open.name,
        few_shown(wrong)
    );
    if there.is_empty() {
        let _ = write!(text, " No removal is {what}");
    } else {
        let _ = write!(text, " {}: {}", capital(what), few_shown(&there));
    }
    let changes = open.changes.iter().filter(|change| !change.released);
    let changes: Vec<&str> = changes
        .map(|change| change.change.node_name.as_str())
        .collect();
    if !changes.is_empty() && !asked.strikes_off() {
        let _ = write!(text, ". Held changes: {}", few_shown(&changes));
    }
    let of = |name: &&&str| open.removals.iter().find(|open| open.node_name == **name);
    if wrong
        .iter()
        .filter_map(|name| of(&name))
        .any(|one| one.released)
    {
        text.push_str(". Some of these were released already; the next sync carries them out");
    } else if wrong
        .iter()
        .filter_map(|name| of(&name))
        .any(|one| one.kind == RemovalKind::Manual)
    {
        let command = command_for("approve", &open.name, &["--removed"]);
        let _ = write!(
            text,
            ". Some of these are to be removed manually in Haptik; afterwards run `{command}`"
        );
    }
    text
}

fn capital(words: &str) -> String {
    let mut letters = words.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(letters).collect()
    })
}
