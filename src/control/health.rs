//! `health`: whether the service is ready, and why not.

use super::command_context::CommandContext;
use crate::status::{Readiness, StatusReader};

pub(super) async fn health(context: &CommandContext) -> Readiness {
    let (config, live_status) = (context.config.clone(), context.live_status.clone());
    let reader = StatusReader::new(config, &context.engine, live_status);
    reader.readiness().await
}
