//! Colours. They are always written; standard output takes them out again where it is no terminal.

use std::fmt::Display;

use anstyle::{AnsiColor, Style};

/// What comes, and what is well.
pub(crate) const GOOD: Style = AnsiColor::Green.on_default();
/// What goes, and what is wrong.
pub(crate) const BAD: Style = AnsiColor::Red.on_default();
/// What changes, and what needs attention.
pub(crate) const NOTABLE: Style = AnsiColor::Yellow.on_default();
/// What is under way.
pub(crate) const MOVING: Style = AnsiColor::Cyan.on_default();
/// What a reader looks for first.
pub(crate) const STRONG: Style = Style::new().bold();
/// What a reader can pass over.
pub(crate) const FAINT: Style = Style::new().dimmed();

/// The text in a style.
pub(crate) fn painted(style: Style, text: impl Display) -> String {
    format!("{style}{text}{style:#}")
}

/// The style of the word for a state, as JSON writes it.
pub(crate) fn of_state(state: &str) -> Style {
    match state {
        "in_sync" | "live" | "succeeded" | "ok" => GOOD,
        "failing" | "failed" | "quarantined" | "wrong" => BAD,
        "attention" | "held_removal" | "manual_removal" | "in_doubt" | "warning" => NOTABLE,
        _ => MOVING,
    }
}

/// The word for a state as people read it, in its colour.
pub(crate) fn state(state: &str) -> String {
    painted(of_state(state), state.replace('_', " "))
}
