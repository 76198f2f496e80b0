//! `schema`: the shape of what a command answers with `--json`, as JSON Schema, for whoever writes a program that
//! reads it.

use crate::cli::context::{Context, answer};
use crate::control::{CommandFailure, Exit};

/// The commands whose documents have a schema.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
pub(crate) enum SchemaName {
    /// `sync` and `--sync-now`
    Sync,
    /// `plan`
    Plan,
    /// `status`, and `/status.json`
    Status,
    /// `steps`
    Steps,
    /// `history`
    History,
    /// `check`
    Check,
}

impl SchemaName {
    const fn text(self) -> &'static str {
        match self {
            Self::Sync => include_str!("../../../docs/schema/sync.json"),
            Self::Plan => include_str!("../../../docs/schema/plan.json"),
            Self::Status => include_str!("../../../docs/schema/status.json"),
            Self::Steps => include_str!("../../../docs/schema/steps.json"),
            Self::History => include_str!("../../../docs/schema/history.json"),
            Self::Check => include_str!("../../../docs/schema/check.json"),
        }
    }
}

pub(crate) fn schema(_: &Context, name: SchemaName) -> Result<Exit, CommandFailure> {
    answer(name.text())?;
    Ok(Exit::InSync)
}
