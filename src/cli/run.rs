//! `run`: the daemon, with the admin listener beside it.

use super::context::Context;
use crate::admin;
use crate::control::{CommandContext, CommandFailure, Exit};
use crate::daemon::{self, DaemonError, NamedTask};
use crate::status::StatusReader;
use crate::store::StoreError;

pub(super) fn run(context: &Context) -> Result<Exit, CommandFailure> {
    let config = context.config()?;
    context.block_on(async {
        let ended = daemon::run(config, || context.load(), beside).await;
        ended.map(|()| Exit::InSync).map_err(|error| match error {
            DaemonError::Engine(error) => error.into(),
            ended @ DaemonError::TaskEnded { .. } => CommandFailure::System(ended.to_string()),
        })
    })
}

/// What goes on beside the bots.
async fn beside(context: CommandContext) -> Result<Vec<NamedTask>, StoreError> {
    let mut tasks = Vec::new();
    if let Some(wake) = context.config.wake.clone() {
        let stop = context.engine.runner.stop.clone();
        let serving = admin::serve_wakes(wake, context.clone(), stop);
        tasks.push(NamedTask::apart("wake", serving));
    }
    let Some(admin) = context.config.admin.clone() else {
        return Ok(tasks);
    };
    let (config, live_status) = (context.config.clone(), context.live_status.clone());
    let reader = StatusReader::new(config, &context.engine, live_status);
    let reader = reader.apart().await?;
    let stop = context.engine.runner.stop.clone();
    let serving = admin::serve(admin, reader, context, stop);
    tasks.push(NamedTask::apart("admin", serving));
    Ok(tasks)
}
