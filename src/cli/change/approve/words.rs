//! What `approve` says: what was released, what stays, and why nothing was done.

use std::fmt::Write as _;

use super::{Approval, Choice, OpenOfBot, concerns};
use crate::cli::output::{count, few};
use crate::store::{OpenRemoval, RemovalKind};
use crate::text::{command_for, shown};

/// Which bot is meant has to be said where several have something open.
pub(crate) fn which(open: &[OpenOfBot], asked: &Approval) -> String {
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
            .filter(|removal| concerns(asked, removal));
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
pub(crate) fn not_open(
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
        few(wrong)
    );
    if there.is_empty() {
        let _ = write!(text, " No removal is {what}");
    } else {
        let _ = write!(text, " {}: {}", capital(what), few(&there));
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

/// What was done, with every name: a person approves what they see.
pub(crate) fn in_words(open: &OpenOfBot, choice: &Choice, asked: &Approval) -> String {
    let name = &open.name;
    let (released, struck) = (&choice.release.released, &choice.release.struck_off);
    let mut text = String::new();
    let mut list = |heading: String, names: &[String]| {
        let _ = writeln!(text, "{name}: {heading}");
        for step in names {
            let _ = writeln!(text, "  {}", shown(step));
        }
    };
    let removals = |names: &[String]| count(names.len() as u64, "removal", "removals");
    if !released.is_empty() {
        let heading = format!(
            "{} released; the next sync carries them out",
            removals(released)
        );
        list(heading, released);
    }
    if !struck.is_empty() {
        let steps = count(struck.len() as u64, "step", "steps");
        list(format!("{steps} struck off as removed in Haptik"), struck);
    }
    if released.is_empty() && struck.is_empty() && choice.later.is_empty() {
        list("no removal to release".to_owned(), &[]);
    }
    if let (false, Some(plan)) = (choice.later.is_empty(), asked.plan) {
        let command = command_for("steps", name, &[]);
        let heading = format!(
            "{} came after plan {plan} and stay; `{command}` shows them with their reasons",
            removals(&choice.later)
        );
        list(heading, &choice.later);
    }
    if !asked.strikes_off() && !choice.manual.is_empty() {
        let steps = count(choice.manual.len() as u64, "step is", "steps are");
        let command = command_for("approve", name, &["--removed"]);
        list(
            format!("{steps} to be removed manually in Haptik; when that is done, run `{command}`"),
            &[],
        );
    }
    text
}
