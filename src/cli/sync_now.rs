//! `--sync-now`: one complete sync, uploads under way first.

use serde_json::json;
use tokio_util::sync::CancellationToken;

use super::Exit;
use super::context::{Context, Failure, answer, answer_json};
use super::view::{progress_line, sync_report};
use crate::daemon::{Engine, Lock, Outcome, PassReport, sync_once};

pub(super) fn sync_now(context: &Context) -> Result<Exit, Failure> {
    let config = context.config()?;
    context.block_on(async {
        let _lock = Lock::take(&config.state_dir)?;
        let stop = CancellationToken::new();
        let progress = progress_line();
        let engine = Engine::open(
            &config,
            context.clock.clone(),
            progress.tell(),
            stop.clone(),
        )
        .await?;
        let signals = stop.clone();
        let listening = tokio::spawn(async move {
            super::view::stop_asked().await;
            signals.cancel();
        });
        let reports = sync_once(&engine, &config.bots).await;
        listening.abort();
        progress.clear();
        if context.json {
            answer_json(&as_json(&reports));
        } else {
            answer(&sync_report(&reports));
        }
        Ok(exit(&reports))
    })
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
                        "outcome": upload.outcome,
                        "message": upload.message,
                    })
                })
                .collect();
            json!({
                "domain_name": report.domain_name,
                "outcome": report.outcome.name(),
                "added": report.added,
                "changed": report.changed,
                "removed": report.removed,
                "unchanged": report.unchanged,
                "quarantined": report.quarantined.len(),
                "held_removals": report.held.len(),
                "manual_removals": report.manual.len(),
                "rejected": super::view::rejections_json(&report.rejections),
                "uploads": uploads,
                "error": report.error,
            })
        })
        .collect();
    json!({ "bots": bots })
}
