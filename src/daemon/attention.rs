//! What needs attention after a pass, in words: one line for each cause, with the first few that have it.

use crate::status::paused;
use crate::sync::PassReport;
use crate::text::{FEW, command_for, count, few, grouped};

/// Causes of one kind that are told each by itself.
const CAUSES: usize = 10;

/// How many have one of the causes that are not told.
fn untold<C, T>(groups: &[(C, Vec<T>)]) -> Option<usize> {
    let untold: usize = groups.iter().skip(CAUSES).map(|(_, all)| all.len()).sum();
    (untold > 0).then_some(untold)
}

fn removals(count: usize) -> String {
    match count {
        1 => "1 removal is".to_owned(),
        count => format!("{count} removals are"),
    }
}

/// What needs attention, in words: one line for each cause, with the first few that have it.
pub(super) fn wants(report: &PassReport) -> Vec<String> {
    let mut wants = Vec::new();
    skipped(report, &mut wants);
    quarantined(report, &mut wants);
    let held = report.held.iter();
    for (reason, names) in grouped(held.map(|held| (&held.reason, &held.node_name))) {
        wants.push(format!(
            "{} held: {}. Steps: {}",
            removals(names.len()),
            reason.with_remedy(&report.domain_name, report.plan),
            few(&names)
        ));
    }
    held_changes(report, &mut wants);
    for why in &report.incomplete {
        wants.push(format!(
            "not read completely, so nothing of it is removed: {why}"
        ));
    }
    for file in &report.open_too_long {
        wants.push(format!(
            "{file} has been open for writing for longer than freshness.max_age, so it is not read; see which program writes it"
        ));
    }
    let approve = || command_for("approve", &report.domain_name, &["--removed"]);
    match &report.manual[..] {
        [] => {}
        [name] => wants.push(format!(
            "step \"{name}\" is to be removed manually in Haptik; then run `{}`",
            approve()
        )),
        names => wants.push(format!(
            "{} steps are to be removed manually in Haptik; then run `{}`. Steps: {}",
            names.len(),
            approve(),
            few(names)
        )),
    }
    if let Some(pause) = &report.paused {
        wants.push(format!(
            "{}, so nothing is uploaded: {}; {} for `{}`",
            paused(pause),
            pause.reason,
            count(report.pending, "change waits", "changes wait"),
            command_for("resume", &report.domain_name, &[])
        ));
    }
    if let Some(pinned) = report.pinned {
        wants.push(format!(
            "pinned to what it was after upload {}; {} changes of its sources wait for `{}`",
            pinned.to.0,
            pinned.waiting,
            command_for("resume", &report.domain_name, &[])
        ));
    }
    wants
}

fn held_changes(report: &PassReport, wants: &mut Vec<String>) {
    let held = report.held_changes.iter();
    for (found, names) in grouped(held.map(|(name, found)| (found, name))) {
        let first: Vec<&str> = names.iter().take(FEW).map(|name| name.as_str()).collect();
        wants.push(format!(
            "{} held by hold_lint ({found}); take it out of the article, or, if customers may see it, run `{}`. Steps: {}",
            match names.len() {
                1 => "1 change is".to_owned(),
                count => format!("{count} changes are"),
            },
            command_for("approve", &report.domain_name, &first),
            few(&names)
        ));
    }
}

fn skipped(report: &PassReport, wants: &mut Vec<String>) {
    let rejections = report.rejections.iter();
    let by_cause = rejections.map(|found| ((&*found.source, &*found.reason), &found.place));
    let groups = grouped(by_cause);
    for ((source, reason), places) in groups.iter().take(CAUSES) {
        wants.push(match &places[..] {
            [place] => format!("skipped in source \"{source}\": {place}: {reason}"),
            _ => format!(
                "skipped in source \"{source}\": {} rows or files: {reason} ({})",
                places.len(),
                few(places)
            ),
        });
    }
    let more = untold(&groups).unwrap_or(0) as u64 + report.more_rejected;
    if more > 0 {
        wants.push(format!(
            "skipped: {more} more rows or files, for other reasons; `{}` shows all of them",
            command_for("plan", &report.domain_name, &["--all"])
        ));
    }
}

fn quarantined(report: &PassReport, wants: &mut Vec<String>) {
    let quarantined = report.quarantined.iter();
    let groups = grouped(quarantined.map(|(name, reason)| (reason, name)));
    for (reason, names) in groups.iter().take(CAUSES) {
        wants.push(match &names[..] {
            [name] => format!("step \"{name}\" is in quarantine; Haptik says: {reason}"),
            _ => format!(
                "{} steps are in quarantine: {}; Haptik says: {reason}",
                names.len(),
                few(names)
            ),
        });
    }
    if let Some(more) = untold(&groups) {
        wants.push(format!(
            "{more} more steps are in quarantine, for other reasons; `{}` shows all of them",
            command_for("steps", &report.domain_name, &[])
        ));
    }
}
