//! What is said of a command that there is not: the one that was probably meant, but none that changes anything.
//! Whoever takes a suggestion without reading it should lose nothing by it.

use clap::Error;
use clap::error::{ContextKind, ContextValue};

/// Commands that change a bot, the state or what customers read.
const CHANGES: [&str; 18] = [
    "approve", "ask", "copy", "forget", "import", "keep", "pause", "probe", "put-back", "rebind",
    "resume", "resync", "retry", "rollback", "run", "sync", "transfer", "withdraw",
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

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use clap::CommandFactory as _;

    use super::CHANGES;
    use crate::cli::args::Args;

    /// Commands that change nothing that customers or other people rely on.
    const HARMLESS: [&str; 20] = [
        "chat",
        "check",
        "completions",
        "coverage",
        "demo",
        "export",
        "health",
        "history",
        "init",
        "lint",
        "manual",
        "notify",
        "plan",
        "sandbox",
        "schema",
        "state",
        "status",
        "steps",
        "transcript",
        "version",
    ];

    fn names(command: &clap::Command, found: &mut BTreeSet<String>) {
        for below in command.get_subcommands() {
            found.insert(below.get_name().to_owned());
            names(below, found);
        }
    }

    #[test]
    fn of_each_command_it_is_known_whether_it_changes_anything() {
        let mut found = BTreeSet::new();
        names(&Args::command(), &mut found);
        // `notify test` sends a message that says that it is a test.
        found.remove("test");
        let known = CHANGES.iter().chain(&HARMLESS);
        let known: BTreeSet<String> = known.map(|name| (*name).to_owned()).collect();
        assert_eq!(found, known);
    }
}
