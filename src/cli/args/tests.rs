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

/// What is said of these words.
fn said(words: &[&str]) -> String {
    let typed = std::iter::once(&"kms-haptik-sync").chain(words);
    let error = Args::try_parse_from(typed).unwrap_err();
    mistyped::harmless(error).to_string()
}

#[test]
fn no_command_is_suggested_that_changes_anything() {
    let names: Vec<String> = Args::command()
        .get_subcommands()
        .map(|command| command.get_name().to_owned())
        .collect();
    for name in &names {
        // Mistyped in the ways in which people do.
        for typed in [format!("{name}e"), format!("{name}x"), format!("re{name}")] {
            if names.contains(&typed) {
                continue;
            }
            let said = said(&[&typed]);
            for changing in [
                "approve", "rebind", "resync", "retry", "rollback", "resume", "sync",
            ] {
                assert!(!said.contains(&format!("'{changing}'")), "{typed}: {said}");
            }
        }
    }
    assert!(said(&["statsu"]).contains("'status'"));
    assert!(said(&["synch"]).contains("unrecognized subcommand 'synch'"));
}

#[test]
fn what_people_type_is_understood() {
    for (words, expected) in [
        (&["sync"][..], "Sync"),
        (&["validate"], "Check"),
        (&["version"], "Version"),
        (&["-q", "plan"], "Plan"),
    ] {
        let typed = std::iter::once(&"kms-haptik-sync").chain(words);
        let args = Args::try_parse_from(typed).unwrap();
        let command = format!("{:?}", args.command.unwrap());
        assert!(command.starts_with(expected), "{command}");
    }
}

#[test]
fn own_options_come_before_global_ones() {
    /// Whether an option has its line here.
    fn lists(text: &str, option: &str) -> bool {
        let names = text
            .lines()
            .filter_map(|line| line.trim_start().split("  ").next());
        let mut names = names.filter(|names| names.starts_with('-'));
        names.any(|names| names.split([' ', ',']).any(|name| name == option))
    }
    fn check(command: &mut clap::Command, path: &str) {
        let help = command.render_help().to_string();
        let (own_part, global) = help
            .split_once("Global options:")
            .unwrap_or_else(|| panic!("{path}:\n{help}"));
        // Examples follow.
        let global = global.split("\n\n").next().unwrap();
        for option in [
            "--config",
            "--json",
            "--quiet",
            "--log-level",
            "--log-format",
            "--color",
        ] {
            assert!(lists(global, option), "{path}: {option}");
            assert!(!lists(own_part, option), "{path}: {option}");
        }
        for own in command.get_arguments().filter(|own| !own.is_global_set()) {
            let Some(long) = own
                .get_long()
                .filter(|long| *long != "help" && *long != "version")
            else {
                continue;
            };
            let option = format!("--{long}");
            assert!(lists(own_part, &option), "{path}: {option}");
            assert!(!lists(global, &option), "{path}: {option}");
        }
        let below: Vec<String> = command
            .get_subcommands()
            .map(|one| one.get_name().to_owned())
            .collect();
        for name in below.iter().filter(|name| *name != "help") {
            check(
                command.find_subcommand_mut(name).unwrap(),
                &format!("{path} {name}"),
            );
        }
    }
    let mut command = Args::command();
    command.build();
    check(&mut command, "kms-haptik-sync");
}
