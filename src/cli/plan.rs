//! `plan`: what a sync would do.

use super::Exit;
use super::context::{Context, Failure};

pub(super) fn plan(context: &Context) -> Result<Exit, Failure> {
    let _ = context;
    Ok(Exit::InSync)
}
