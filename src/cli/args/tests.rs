//! What is understood of the command line before anything else is.

use super::*;

#[test]
fn the_definition_is_sound() {
    Args::command().debug_assert();
}

#[test]
fn colour_is_known_before_anything_else_is() {
    use anstream::ColorChoice::{Always, Never};
    let typed = |line: &str| {
        let words = line.split(' ').map(str::to_owned);
        ColorWhen::typed(words).map(ColorWhen::choice)
    };
    for (line, expected) in [
        ("kms-haptik-sync status", None),
        ("kms-haptik-sync --color never statsu", Some(Never)),
        ("kms-haptik-sync statsu --color=always", Some(Always)),
        ("kms-haptik-sync --color", None),
        ("kms-haptik-sync --color mauve", None),
        ("kms-haptik-sync --colour never", None),
    ] {
        assert_eq!(typed(line), expected, "{line}");
    }
}
