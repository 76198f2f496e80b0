//! How bots are told of whose state speaks of another Haptik. A command fails for them, whatever came of
//! the others.

use serde_json::{Value, json};

use super::context::print_error;
use crate::control::Exit;
use crate::sync::Refused;
use crate::text::shown_lines;

/// How a command ends that ended like this for the others.
pub(super) fn exit_with(refused: &[Refused], exit: Exit) -> Exit {
    if refused.is_empty() {
        exit
    } else {
        Exit::Failed
    }
}

/// The refused bots beside the others of a JSON document.
pub(super) fn refused_json(refused: &[Refused]) -> impl Iterator<Item = Value> {
    refused.iter().map(|refused| {
        json!({
            "domain_name": refused.domain_name,
            "outcome": "failed",
            "error": refused.to_string(),
        })
    })
}

/// Says on standard error which bots are refused, and why.
pub(super) fn complain_of(refused: &[Refused]) {
    for refused in refused {
        print_error(&shown_lines(&refused.to_string(), 0));
    }
}

/// The same as lines of an answer.
pub(super) fn refused_text(refused: &[Refused]) -> String {
    let lines = refused.iter().map(|refused| format!("{refused}\n"));
    lines.collect()
}
