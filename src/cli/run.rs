//! `run`: the daemon.

use super::Exit;
use super::context::{CommandFailure, Context};

pub(super) fn run(context: &Context) -> Result<Exit, CommandFailure> {
    let config = context.config()?;
    context.block_on(async {
        crate::daemon::run(config, || context.load(), crate::control::fulfil()).await?;
        Ok(Exit::InSync)
    })
}
