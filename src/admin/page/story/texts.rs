//! The text that is live beside the text in the knowledge base, with the difference marked. Pure.

use std::collections::HashMap;

use serde::Serialize;

use super::facts::{DesiredNow, Facts};
use super::readable::{answers, both};
use crate::model::Step;
use crate::text::{Run, differences};

/// Characters of a text that are shown.
const SHOWN: usize = 20_000;

/// Both texts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(in crate::admin::page) struct Texts {
    /// Whether there is anything to put side by side; otherwise the live text says it all.
    pub(in crate::admin::page) two: bool,
    /// In place of a text: why there is none.
    pub(in crate::admin::page) live_note: Option<&'static str>,
    /// See `live_note`.
    pub(in crate::admin::page) wanted_note: Option<&'static str>,
    pub(in crate::admin::page) parts: Vec<TextPart>,
}

/// Question or answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(in crate::admin::page) struct TextPart {
    label: &'static str,
    live: Option<Vec<TextPiece>>,
    wanted: Option<Vec<TextPiece>>,
}

/// A piece of a text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct TextPiece {
    kind: &'static str,
    text: String,
}

/// Both texts of a step; `None` where neither is known.
pub(in crate::admin::page) fn texts(facts: &Facts) -> Option<Texts> {
    let live = facts.live.as_ref().map(|live| &live.step);
    let wanted = match facts.wanted() {
        DesiredNow::Text(step) => Some(step),
        DesiredNow::AsLive | DesiredNow::Gone | DesiredNow::NotKept => None,
    };
    if live.is_none() && wanted.is_none() {
        return None;
    }
    let parts = [
        ("Question", cell(live, wanted, questions, both_questions)),
        ("Answer", cell(live, wanted, answers, both)),
    ];
    Some(Texts {
        two: !matches!(facts.wanted(), DesiredNow::AsLive),
        live_note: live
            .is_none()
            .then_some("Nothing is live under this name yet."),
        wanted_note: match facts.wanted() {
            DesiredNow::Gone => Some("The knowledge base no longer has this."),
            DesiredNow::NotKept => Some("The text in the knowledge base is not at hand here."),
            DesiredNow::Text(_) | DesiredNow::AsLive => None,
        },
        parts: parts
            .into_iter()
            .map(|(label, (live, wanted))| TextPart {
                label,
                live,
                wanted,
            })
            .collect(),
    })
}

/// What a text says of both cells, marked where it differs from the one before it.
pub(in crate::admin::page) fn compared(before: Option<&Step>, now: &Step) -> Vec<TextPart> {
    let part = |label, one: AsText, two: AsTexts| {
        let runs = match before {
            Some(before) => {
                let (before, now) = two(before, now);
                differences(&before, &now)
            }
            None => vec![Run::Same(one(now))],
        };
        TextPart {
            label,
            live: None,
            wanted: Some(both_sides(&runs)),
        }
    };
    vec![
        part("Question", questions, both_questions),
        part("Answer", answers, both),
    ]
}

type TextColumn = Option<Vec<TextPiece>>;
/// A part of a version as text, and that of two versions, the earlier one first.
type AsText = fn(&Step) -> String;
type AsTexts = fn(&Step, &Step) -> (String, String);

fn cell(
    live: Option<&Step>,
    wanted: Option<&Step>,
    one: AsText,
    two: AsTexts,
) -> (TextColumn, TextColumn) {
    match (live, wanted) {
        (Some(live), Some(wanted)) => {
            let (live, wanted) = two(live, wanted);
            let runs = differences(&live, &wanted);
            (Some(pieces(&runs, "gone")), Some(pieces(&runs, "new")))
        }
        (live, wanted) => {
            let alone = |step: &Step| pieces(&[Run::Same(one(step))], "same");
            (live.map(alone), wanted.map(alone))
        }
    }
}

/// What one of the two columns shows of a comparison.
fn pieces(runs: &[Run], own: &'static str) -> Vec<TextPiece> {
    shown(runs, |kind| kind == "same" || kind == own)
}

/// A comparison in one column.
fn both_sides(runs: &[Run]) -> Vec<TextPiece> {
    shown(runs, |_| true)
}

fn shown(runs: &[Run], is_shown: impl Fn(&str) -> bool) -> Vec<TextPiece> {
    let mut room = SHOWN;
    let mut pieces = Vec::new();
    for run in runs {
        let (kind, text) = match run {
            Run::Same(text) => ("same", text),
            Run::Gone(text) => ("gone", text),
            Run::New(text) => ("new", text),
        };
        if !is_shown(kind) {
            continue;
        }
        if room == 0 {
            pieces.push(TextPiece {
                kind: "same",
                text: "… (the rest is not shown)".to_owned(),
            });
            break;
        }
        let text: String = text.chars().take(room).collect();
        room -= text.chars().count();
        pieces.push(TextPiece { kind, text });
    }
    pieces
}

/// The user messages, one a line.
fn questions(step: &Step) -> String {
    let questions: Vec<&str> = step.questions().collect();
    questions.join("\n")
}

/// Those that the earlier version has too come first, as it has them.
fn both_questions(before: &Step, now: &Step) -> (String, String) {
    let mut order: HashMap<&str, usize> = HashMap::new();
    for (at, question) in before.questions().enumerate() {
        order.entry(question).or_insert(at);
    }
    let mut own: Vec<&str> = now.questions().collect();
    own.sort_by_key(|question| order.get(question).copied().unwrap_or(usize::MAX));
    (questions(before), own.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(question: &str, answer: &str) -> Step {
        Step {
            node_name: "kb-1".into(),
            question: question.into(),
            answer: answer.into(),
        }
    }

    fn marked(column: &TextColumn) -> String {
        let pieces = column.iter().flatten();
        pieces
            .map(|piece| match piece.kind {
                "gone" => format!("[-{}-]", piece.text),
                "new" => format!("{{+{}+}}", piece.text),
                _ => piece.text.clone(),
            })
            .collect()
    }

    #[test]
    fn each_column_shows_its_own_side_of_the_difference() {
        let (live, wanted) = (
            step("a|b", "within 14 days<m>Anything else?"),
            step("b|c|a", "within 30 days<m>Anything else?"),
        );
        let (left, right) = cell(Some(&live), Some(&wanted), answers, both);
        assert_eq!(marked(&left), "within [-14-] days\n\nAnything else?");
        assert_eq!(marked(&right), "within {+30+} days\n\nAnything else?");
        let (left, right) = cell(Some(&live), Some(&wanted), questions, both_questions);
        assert_eq!(marked(&left), "a\nb", "another order is no difference");
        assert_eq!(marked(&right), "a\nb{+\nc+}");
    }

    #[test]
    fn long_texts_end_somewhere() {
        let long = step("a", &"x".repeat(3 * SHOWN));
        let (left, _) = cell(Some(&long), Some(&step("a", "y")), answers, both);
        let shown: usize = left.iter().flatten().map(|piece| piece.text.len()).sum();
        assert!(shown < SHOWN + 100);
    }
}
