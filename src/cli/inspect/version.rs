//! `version`: which version this is, for those who type a word where others type a flag.

use serde_json::json;

use crate::cli::context::{Context, answer, answer_json};
use crate::control::{CommandFailure, Exit};

pub(crate) fn version(context: &Context) -> Result<Exit, CommandFailure> {
    let (name, version) = (env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"));
    if context.json {
        answer_json(&json!({ "version": version }))?;
    } else {
        answer(&format!("{name} {version}\n"))?;
    }
    Ok(Exit::InSync)
}
