//! Keeps the outcome of a pass, for whoever asks later.

use super::engine::Engine;
use super::report::PassReport;

/// Keeps the outcome for `status`.
pub(crate) async fn record_outcome(engine: &Engine, report: &PassReport) {
    let store = &engine.runner.store;
    let now = engine.runner.clock.now();
    engine.observer.ended(report);
    if report.refused || report.was_stopped {
        // What is kept there speaks of another Haptik; or the next start goes on from where it was.
        return;
    }
    let (bot, success) = (&report.domain_name, report.success());
    let kept = if let Some(error) = &report.error {
        store.record_error(bot, error, now).await
    } else {
        store.record_success(bot, success, now).await
    };
    if let Err(error) = kept {
        tracing::error!(bot = report.domain_name, "{error}");
    }
}
