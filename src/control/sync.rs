//! `sync`: one complete sync of every bot, uploads under way first.

use super::command_context::CommandContext;
use super::failure::CommandFailure;
use crate::sync::PassReport;

pub(super) async fn sync(context: &CommandContext) -> Result<Vec<PassReport>, CommandFailure> {
    let reports = context.sync().await.ok_or_else(|| {
        CommandFailure::System(
            "the daemon stopped before the sync was done; the state is kept, run again".to_owned(),
        )
    })?;
    if reports.iter().all(|report| report.refused) {
        let errors: Vec<_> = reports
            .iter()
            .filter_map(|report| report.error.clone())
            .collect();
        return Err(CommandFailure::Usage(errors.join("\n")));
    }
    Ok(reports)
}
