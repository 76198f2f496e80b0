//! What a sync came to, for people.

use std::fmt::Write as _;

use super::findings::Findings;
use super::style::{BAD, NOTABLE, STRONG, of_state, painted};
use crate::sync::{Outcome, PassReport, UploadOutcome};
use crate::text::{count, shown, shown_lines};

/// Findings of one kind at the most; `plan` has the rest.
const SHOWN: usize = 30;

/// What a sync came to, bot by bot.
pub(crate) fn sync_report(reports: &[PassReport]) -> String {
    reports.iter().map(bot).collect()
}

fn bot(report: &PassReport) -> String {
    let word = match report.outcome {
        Outcome::InSync => "in sync",
        Outcome::Attention => "done, but something needs attention",
        Outcome::Failed => "failed",
    };
    let mut text = format!(
        "{}: {}. {} added, {} changed, {} removed, {} unchanged; {}\n",
        painted(STRONG, &report.domain_name),
        painted(of_state(report.outcome.name()), word),
        report.added,
        report.changed,
        report.removed,
        report.unchanged,
        count(report.uploads.len() as u64, "upload", "uploads"),
    );
    if report.switches_off_by_hand {
        let _ = writeln!(
            text,
            "  {}: with the first upload in `replace`, every step that was made by hand goes inactive",
            painted(NOTABLE, "note"),
        );
    }
    uploads(report, &mut text);
    let findings = Findings {
        domain_name: &report.domain_name,
        errors: report.error.as_slice(),
        incomplete: &report.incomplete,
        paused: report.paused.as_ref(),
        pinned: report.pinned,
        plan: report.plan,
        held: &report.held,
        held_changes: &report.held_changes,
        waiting: &report.waiting,
        unread: &report.unread,
        manual: &report.manual,
        kept: &[],
        quarantined: &report.quarantined,
        rejections: &report.rejections,
        more_rejected: report.more_rejected,
        notes: &[],
        most: SHOWN,
    };
    text.push_str(&findings.text());
    text
}

/// The uploads that did not succeed.
fn uploads(report: &PassReport, text: &mut String) {
    let others = report
        .uploads
        .iter()
        .filter(|upload| upload.outcome != UploadOutcome::Succeeded);
    for upload in others.take(SHOWN) {
        let _ = write!(
            text,
            "  an upload of {} {}",
            count(upload.rows, "row", "rows"),
            painted(
                BAD,
                match upload.outcome {
                    UploadOutcome::InDoubt => "is unconfirmed: it may have arrived",
                    UploadOutcome::NotSent => "is not sent yet",
                    outcome @ (UploadOutcome::Succeeded | UploadOutcome::Failed) => outcome.name(),
                }
            ),
        );
        if let Some(task) = &upload.task_id {
            let _ = write!(text, " (task {})", shown(task));
        }
        if let Some(words) = &upload.message {
            let _ = write!(text, ": {}", shown_lines(words, 4));
        }
        text.push('\n');
    }
}
