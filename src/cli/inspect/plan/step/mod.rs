//! One step of a plan as a reader of a diff sees it: added, changed or removed. Pure.

use std::borrow::Cow;
use std::fmt::Write as _;

use super::variants;
use crate::cli::output::{BAD, FAINT, GOOD, NOTABLE, STRONG, painted};
use crate::model::{Action, Change, Place, Step};
use crate::text::{Run, cut, differences, shown};

/// Variants of a step that comes or goes, and lines of each answer, at the most.
const VARIANTS: usize = 10;
const LINES: usize = 3;
/// Characters of a line that comes or goes.
const LINE: usize = 200;
/// Characters of a run that differs.
const RUN: usize = 600;
/// Characters of what stays the same on either side of a difference.
const CONTEXT: usize = 60;
/// The column in which texts begin.
const INDENT: usize = 14;

/// The step and what happens to it. `place` is where its article stands, `live` its content now,
/// where it has any.
pub(crate) fn step(change: &Change, place: Option<&Place>, live: Option<&Step>) -> String {
    match (change.action, live) {
        (Action::Add, _) => whole(change, place, &change.step, '+'),
        (Action::Change, Some(live)) => changed(change, place, live),
        (Action::Change, None) => whole(change, place, &change.step, '~'),
        (Action::Remove, Some(live)) => whole(change, place, live, '-'),
        (Action::Remove, None) => {
            let mut text = heading(change, place, '-');
            let _ = writeln!(
                text,
                "    left over from an upload that failed; its content is not known"
            );
            text
        }
    }
}

fn heading(change: &Change, place: Option<&Place>, sign: char) -> String {
    let style = match sign {
        '+' => GOOD,
        '-' => BAD,
        _ => NOTABLE,
    };
    let name = painted(STRONG, shown(&change.step.node_name));
    let place = match place {
        Some(place) => {
            let place = place.to_string();
            painted(FAINT, format!("  {}", shown(&place)))
        }
        None => String::new(),
    };
    format!("{} {name}{place}\n", painted(style, sign))
}

fn row(text: &mut String, label: &str, body: &str) {
    let label = painted(FAINT, format_args!("    {label:<10}"));
    let _ = writeln!(text, "{label}{body}");
}

fn whole(change: &Change, place: Option<&Place>, content: &Step, sign: char) -> String {
    let mut text = heading(change, place, sign);
    let questions: Vec<_> = content.questions().collect();
    for question in questions.iter().take(VARIANTS) {
        row(&mut text, "question", &shown(&cut(question, LINE)));
    }
    and_more(&mut text, "question", questions.len(), "questions");
    let answers: Vec<_> = content.answers().collect();
    for answer in answers.iter().take(VARIANTS) {
        row(&mut text, "answer", &first_lines(&compact(answer)));
    }
    and_more(&mut text, "answer", answers.len(), "answers");
    text
}

fn and_more(text: &mut String, label: &str, many: usize, what: &str) {
    if many > VARIANTS {
        row(
            text,
            label,
            &format!("… and {} more {what}", many - VARIANTS),
        );
    }
}

fn first_lines(answer: &str) -> String {
    let mut lines = answer.lines();
    let mut shown_lines: Vec<String> = lines
        .by_ref()
        .take(LINES)
        .map(|line| shown(&cut(line, LINE)).into_owned())
        .collect();
    match lines.count() {
        0 => {}
        1 => shown_lines.push("… (1 more line)".to_owned()),
        more => shown_lines.push(format!("… ({more} more lines)")),
    }
    shown_lines.join(&format!("\n{:INDENT$}", ""))
}

/// Haptik's JSON for rich answers without the white space that it was written with.
fn compact(answer: &str) -> Cow<'_, str> {
    if !answer.starts_with('{') {
        return Cow::Borrowed(answer);
    }
    match serde_json::from_str::<serde_json::Value>(answer) {
        Ok(value) if value.get("type").is_some() => Cow::Owned(value.to_string()),
        _ => Cow::Borrowed(answer),
    }
}

fn changed(change: &Change, place: Option<&Place>, live: &Step) -> String {
    let mut text = heading(change, place, '~');
    let begin = text.len();
    let (before, after): (Vec<_>, Vec<_>) = (
        live.questions().collect(),
        change.step.questions().collect(),
    );
    for runs in variants::compare(&before, &after) {
        row(&mut text, "question", &marked(&runs));
    }
    for runs in changed_answers(live, &change.step) {
        row(&mut text, "answer", &marked(&runs));
    }
    if text.len() == begin {
        let why = if live.answer == change.step.answer {
            "the same content again: after a failed upload it is not certain what is live"
        } else {
            "the answers change their order"
        };
        let _ = writeln!(text, "    {why}");
    }
    text
}

fn changed_answers(live: &Step, wanted: &Step) -> Vec<Vec<Run>> {
    let compacted = |step: &Step| -> Vec<String> {
        step.answers()
            .map(|answer| compact(answer).into_owned())
            .collect()
    };
    let (before, after) = (compacted(live), compacted(wanted));
    if before == after && live.answer != wanted.answer {
        let note = "(the same JSON, written another way)".to_owned();
        return vec![vec![Run::Same(note)]];
    }
    match (before.as_slice(), after.as_slice()) {
        ([before], [after]) if before == after => Vec::new(),
        ([before], [after]) => vec![differences(before, after)],
        _ => {
            let before: Vec<_> = before.iter().map(String::as_str).collect();
            let after: Vec<_> = after.iter().map(String::as_str).collect();
            variants::compare(&before, &after)
        }
    }
}

/// The runs in one text: `[-gone-]`, `{+new+}`, and what stays shortened to what helps to find it.
fn marked(runs: &[Run]) -> String {
    let last = runs.len().saturating_sub(1);
    let mut text = String::new();
    for (at, run) in runs.iter().enumerate() {
        match run {
            Run::Same(same) => text.push_str(&in_lines(&context(same, at == 0, at == last))),
            Run::Gone(gone) => {
                let gone = format!("[-{}-]", in_lines(&cut(gone, RUN)));
                text.push_str(&painted(BAD, gone));
            }
            Run::New(new) => {
                let new = format!("{{+{}+}}", in_lines(&cut(new, RUN)));
                text.push_str(&painted(GOOD, new));
            }
        }
    }
    text
}

fn in_lines(text: &str) -> String {
    let lines: Vec<_> = text.split('\n').map(shown).collect();
    lines.join(&format!("\n{:INDENT$}", ""))
}

/// What stays the same, without its middle (or without its far end at the edges).
fn context(same: &str, is_first: bool, is_last: bool) -> Cow<'_, str> {
    let length = same.chars().count();
    let (before, after) = match (is_first, is_last) {
        (true, true) => (2 * CONTEXT, 0),
        (true, false) => (0, CONTEXT),
        (false, true) => (CONTEXT, 0),
        (false, false) => (CONTEXT, CONTEXT),
    };
    if length <= 2 * CONTEXT {
        return Cow::Borrowed(same);
    }
    let start: String = same.chars().take(before).collect();
    let end: String = same.chars().skip(length - after).collect();
    Cow::Owned(format!("{start}…{end}"))
}

#[cfg(test)]
mod tests;
