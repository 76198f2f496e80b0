//! The findings as people read them: by rule, each rule explained once.

use std::fmt::Write as _;

use super::Judged;
use crate::cli::output::{BAD, FAINT, MOVING, NOTABLE, STRONG, painted};
use crate::config::Level;
use crate::lint::{Finding, FindingAt};
use crate::text::{count, shown, shown_lines};

/// Findings of one rule that are shown, unless all are asked for.
const SHOWN: usize = 10;

pub(crate) fn text(judged: &[Judged], all: bool) -> String {
    let most = if all { usize::MAX } else { SHOWN };
    let pages: Vec<String> = judged.iter().map(|judged| page(judged, most)).collect();
    pages.join("\n")
}

fn page(judged: &Judged, most: usize) -> String {
    let mut text = String::new();
    for error in &judged.errors {
        let _ = writeln!(
            text,
            "{}: {}",
            painted(BAD, "not judged"),
            shown_lines(error, 2)
        );
    }
    for group in judged
        .findings
        .chunk_by(|one, other| one.rule == other.rule)
    {
        of_rule(&mut text, group, judged, most);
    }
    let _ = writeln!(
        text,
        "{}: {}, {}",
        painted(STRONG, shown(&judged.title)),
        count(judged.steps as u64, "step", "steps"),
        summary(judged)
    );
    text
}

fn of_rule(text: &mut String, group: &[Finding], judged: &Judged, most: usize) {
    let Some(first) = group.first() else { return };
    let style = match first.level {
        Level::Error => BAD,
        Level::Warning => NOTABLE,
        Level::Note | Level::Off => MOVING,
    };
    let _ = writeln!(
        text,
        "{} {}: {}",
        painted(style, first.level.name()),
        painted(STRONG, first.rule.name()),
        first.rule.why()
    );
    for finding in group.iter().take(most) {
        let _ = writeln!(text, "  {}", line(finding, judged));
    }
    if group.len() > most {
        let _ = writeln!(
            text,
            "  … and {} more; `--all` shows them",
            group.len() - most
        );
    }
    let _ = writeln!(text, "  → {}\n", first.rule.suggestion());
}

fn line(finding: &Finding, judged: &Judged) -> String {
    let what = shown_lines(&finding.what, 4);
    let Some(at) = &finding.at else { return what };
    let mut line = place(at, judged);
    if !finding.field.is_empty() {
        let _ = write!(line, ", {}", finding.field);
    }
    let _ = write!(line, ": {what}");
    if let Some(other) = &finding.other {
        let also = format!("(the other: {})", place(other, judged));
        let _ = write!(line, " {}", painted(FAINT, also));
    }
    line
}

fn place(at: &FindingAt, judged: &Judged) -> String {
    let place = shown(&judged.places.line(at)).into_owned();
    match at.node_name.as_ref().or(at.article.as_ref()) {
        Some(name) => format!("{place} {}", shown(name)),
        None => place,
    }
}

fn summary(judged: &Judged) -> String {
    let counts = [
        (judged.count(Level::Error), "error", "errors"),
        (judged.count(Level::Warning), "warning", "warnings"),
        (judged.count(Level::Note), "note", "notes"),
    ];
    let counts: Vec<String> = counts
        .into_iter()
        .filter(|(many, ..)| *many > 0)
        .map(|(many, one, more)| count(many as u64, one, more))
        .collect();
    match counts.is_empty() {
        true if judged.errors.is_empty() => painted(crate::cli::output::GOOD, "nothing to fix"),
        true => "nothing else to fix".to_owned(),
        false => counts.join(", "),
    }
}
