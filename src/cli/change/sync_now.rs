//! `--sync-now`: what a complete sync came to.

use serde_json::json;

use super::Told;
use crate::cli::output::sync_report;
use crate::control::Exit;
use crate::status::pause_json;
use crate::sync::{Outcome, PassReport};

/// Rejections that the document has. The daemon makes it within its own memory, where 100,000 of them took
/// 200 MiB; `plan --json` has all.
const LISTED: usize = 1000;

pub(crate) fn told(reports: &[PassReport]) -> Told {
    Told {
        json: as_json(reports),
        text: sync_report(reports),
        exit: exit(reports),
    }
}

fn exit(reports: &[PassReport]) -> Exit {
    let any = |outcome| reports.iter().any(|report| report.outcome == outcome);
    if any(Outcome::Failed) {
        Exit::Failed
    } else if any(Outcome::Attention) {
        Exit::Attention
    } else {
        Exit::InSync
    }
}

/// The document of `--sync-now --json`.
fn as_json(reports: &[PassReport]) -> serde_json::Value {
    let bots: Vec<_> = reports
        .iter()
        .map(|report| {
            let uploads: Vec<_> = report
                .uploads
                .iter()
                .map(|upload| {
                    json!({
                        "task_id": upload.task_id,
                        "rows": upload.rows,
                        "outcome": upload.outcome.name(),
                        "message": upload.message,
                    })
                })
                .collect();
            let rejected = &report.rejections;
            let listed = &rejected[..rejected.len().min(LISTED)];
            json!({
                "domain_name": report.domain_name,
                "outcome": report.outcome.name(),
                "added": report.added,
                "changed": report.changed,
                "removed": report.removed,
                "unchanged": report.unchanged,
                "quarantined": report.quarantined.len(),
                "held_removals": report.held.len(),
                "held_changes": report.held_changes.len(),
                "waiting_removals": report.waiting.len(),
                "unread": report.unread.len(),
                "plan": report.plan,
                "manual_removals": report.manual.len(),
                "rejected": crate::cli::output::rejections_json(listed),
                "more_rejected": (rejected.len() - listed.len()) as u64 + report.more_rejected,
                "switches_off_steps_made_by_hand": report.switches_off_by_hand,
                "uploads": uploads,
                "error": report.error,
                "incomplete": report.incomplete,
                "pinned_to": report.pinned.map(|pinned| pinned.to.0),
                "paused": report.paused.as_ref().map(pause_json),
            })
        })
        .collect();
    json!({ "bots": bots })
}
