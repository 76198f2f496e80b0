//! The groups as people read them: what nobody answers first.

use std::fmt::Write as _;

use super::Covered;
use crate::cli::output::{BAD, FAINT, GOOD, NOTABLE, STRONG, painted};
use crate::coverage::{MessageGroup, Verdict};
use crate::text::{count, shown, shown_lines};

/// Groups of one kind that are shown, unless all are asked for.
const SHOWN: usize = 20;

/// Whether a group is of a section.
type IsOf = fn(&Verdict) -> bool;

pub(crate) fn text(covered: &Covered, all: bool) -> String {
    let most = if all { usize::MAX } else { SHOWN };
    let mut text = String::new();
    for error in &covered.errors {
        let _ = writeln!(
            text,
            "{}: {}",
            painted(BAD, "not read"),
            shown_lines(error, 2)
        );
    }
    let groups = &covered.coverage.groups;
    let [exactly, near, nobody] = covered.coverage.counts();
    let sections: [(&str, _, u64, IsOf); 3] = [
        ("no article", BAD, nobody, |verdict| {
            matches!(verdict, Verdict::Nobody)
        }),
        (
            "near an article: add as a user message",
            NOTABLE,
            near,
            |verdict| matches!(verdict, Verdict::Near { .. }),
        ),
        ("answered exactly", GOOD, exactly, |verdict| {
            matches!(verdict, Verdict::Exactly(_))
        }),
    ];
    for (title, style, messages, is_of) in sections {
        let mut of: Vec<&MessageGroup> = Vec::new();
        of.extend(groups.iter().filter(|group| is_of(&group.verdict)));
        if of.is_empty() {
            continue;
        }
        let messages = count(messages, "message", "messages");
        let _ = writeln!(text, "{} ({messages})", painted(style, title));
        for group in of.iter().take(most) {
            let _ = writeln!(text, "  {}", line(group));
        }
        if of.len() > most {
            let _ = writeln!(text, "  … and {} more; `--all` shows them", of.len() - most);
        }
    }
    text.push_str(&last_line(covered));
    text
}

fn line(group: &MessageGroup) -> String {
    let mut line = format!("{:>6}  \"{}\"", group.messages, shown(&group.typical));
    match &group.verdict {
        Verdict::Nobody => {}
        Verdict::Near {
            step,
            question,
            percent,
        } => {
            let _ = write!(
                line,
                " is {percent} % like \"{}\" of {}",
                shown(question),
                shown(&step.node_name)
            );
        }
        Verdict::Exactly(step) => {
            let _ = write!(line, " → {}", shown(&step.node_name));
        }
    }
    if group.different > 1 {
        let others: Vec<String> = group
            .others
            .iter()
            .take(2)
            .map(|other| format!("\"{}\"", shown(other)))
            .collect();
        let more = count(group.different as u64, "wording", "wordings");
        let also = format!("({more}, also {})", others.join(", "));
        let _ = write!(line, " {}", painted(FAINT, also));
    }
    line
}

fn last_line(covered: &Covered) -> String {
    let coverage = &covered.coverage;
    let [exactly, near, nobody] = coverage.counts();
    let share = |number: u64| {
        let share = (number.saturating_mul(100)).checked_div(coverage.messages);
        format!("{number} ({} %)", share.unwrap_or(0))
    };
    let mut line = format!(
        "{}: {} against {}: {} answered exactly, {} near, {} without an article",
        painted(STRONG, shown(&covered.domain_name)),
        count(coverage.messages, "message", "messages"),
        count(covered.steps as u64, "step", "steps"),
        share(exactly),
        share(near),
        share(nobody),
    );
    if coverage.ungrouped > 0 {
        let _ = write!(line, "; {} were too many to be grouped", coverage.ungrouped);
    }
    line.push('\n');
    line
}
