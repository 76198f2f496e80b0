//! One complete sync of every bot, side by side.

use futures_util::future::join_all;

use super::engine::Engine;
use super::pass::pass;
use super::record_outcome::record_outcome;
use super::report::PassReport;
use crate::config::Bot;

/// Syncs every bot once; the reports are in the order of the configuration.
pub async fn sync_all(engine: &Engine, bots: &[Bot]) -> Vec<PassReport> {
    join_all(bots.iter().map(|bot| async move {
        let report = pass(engine, bot).await;
        record_outcome(engine, &report).await;
        report
    }))
    .await
}
