//! `run`: the daemon.

use super::Exit;
use super::context::{Context, Failure};

pub(super) fn run(context: &Context) -> Result<Exit, Failure> {
    let config = context.config()?;
    context.block_on(async {
        crate::daemon::run(config, || context.load(), crate::control::fulfil()).await?;
        Ok(Exit::InSync)
    })
}
