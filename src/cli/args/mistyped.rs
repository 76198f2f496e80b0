//! What is said of a command that there is not: the one that was probably meant, but none that changes anything.
//! Whoever takes a suggestion without reading it should lose nothing by it.

use clap::Error;
use clap::error::{ContextKind, ContextValue};

/// Commands that change a bot, the state or what customers read.
const CHANGES: [&str; 12] = [
    "approve", "forget", "import", "probe", "rebind", "resume", "resync", "retry", "rollback",
    "run", "sync", "transfer",
];

/// The same error without suggestions of that kind.
pub(super) fn harmless(mut error: Error) -> Error {
    let Some(suggested) = error.remove(ContextKind::SuggestedSubcommand) else {
        return error;
    };
    let kept = match suggested {
        ContextValue::String(name) => vec![name],
        ContextValue::Strings(names) => names,
        _ => Vec::new(),
    };
    let kept: Vec<String> = kept
        .into_iter()
        .filter(|name| !CHANGES.contains(&name.as_str()))
        .collect();
    if !kept.is_empty() {
        error.insert(
            ContextKind::SuggestedSubcommand,
            ContextValue::Strings(kept),
        );
    }
    error
}
