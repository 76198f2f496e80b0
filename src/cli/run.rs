//! `run`: the daemon.

use super::context::Context;
use crate::control::{CommandFailure, Exit};

pub(super) fn run(context: &Context) -> Result<Exit, CommandFailure> {
    let config = context.config()?;
    context.block_on(async {
        crate::daemon::run(config, || context.load()).await?;
        Ok(Exit::InSync)
    })
}
