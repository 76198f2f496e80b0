//! `init`: what a configuration begins with.

use serde_json::json;

use super::Exit;
use super::context::{Context, Failure, answer, answer_json};
use crate::config::pasted;

pub(super) fn init(context: &Context, preset: &str) -> Result<Exit, Failure> {
    let Some(text) = pasted(preset) else {
        return Err(Failure::Usage(format!("there is no preset {preset}")));
    };
    if context.json {
        answer_json(&json!({ "preset": preset, "text": text }));
    } else {
        answer(&text);
    }
    Ok(Exit::InSync)
}
