//! How the program behaves towards terminals, pipes, shells and people who mistype.

use std::process::{Command, Stdio};

use crate::support::{World, faq};

const ESCAPE: &str = "\u{1b}[";

#[test]
fn colours_are_where_they_are_wanted() {
    let world = World::new();
    world.export(&faq(&["a"]));
    let coloured = |arguments: &[&str], variables: &[(&str, &str)]| {
        let output = world
            .command(arguments)
            .envs(variables.iter().copied())
            .output()
            .unwrap();
        let text = [output.stdout, output.stderr].concat();
        String::from_utf8(text).unwrap().contains(ESCAPE)
    };
    let force = ("CLICOLOR_FORCE", "1");
    for (arguments, variables, expected) in [
        (&["plan"][..], &[][..], false),
        (&["plan", "--color", "always"], &[], true),
        (&["plan"], &[force], true),
        (&["plan"], &[force, ("NO_COLOR", "1")], false),
        (&["plan", "--color", "never"], &[force], false),
        (&["plan", "--json", "--color", "always"], &[], false),
        (&["--help", "--color=always"], &[], true),
        (&["--color", "never", "plam"], &[force], false),
        (&["check", "--color", "always"], &[], true),
    ] {
        assert_eq!(
            coloured(arguments, variables),
            expected,
            "{arguments:?} {variables:?}"
        );
    }
}

#[test]
fn a_reader_that_goes_away_is_no_failure() {
    let world = World::new();
    let names: Vec<String> = (0..3000).map(|at| format!("step {at}")).collect();
    world.export(&faq(&names.iter().map(String::as_str).collect::<Vec<_>>()));
    for arguments in [
        &["plan", "--all"][..],
        &["plan", "--json"],
        &["lint", "--all"],
        &["lint", "--format", "csv"],
        &["export"],
        &["--help"],
        &["completions", "bash"],
    ] {
        let mut command = world.command(arguments);
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(!said.contains("panicked"), "{arguments:?}: {said}");
        assert!(
            output.status.code().is_some(),
            "{arguments:?} ends by itself"
        );
    }
    let mut command = world.command(&["status", "--config", "nowhere.toml"]);
    let mut child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stderr.take());
    assert_eq!(child.wait().unwrap().code(), Some(2));
}

#[test]
fn what_was_probably_meant_is_said() {
    let world = World::new();
    for (arguments, meant) in [
        (&["statsu"][..], "'status'"),
        (&["plan", "--al"], "'--all'"),
        (&["lint", "--format", "sarf"], "'sarif'"),
        (&["lint", "--level", "nearduplicate=off"], "near_duplicate"),
        (&["sandbox", "--efect", "merge"], "'--effect'"),
    ] {
        let run = world.run(arguments).exits(2);
        assert!(run.stderr.contains(meant), "{}", run.stderr);
    }
}

#[test]
fn help_fits_a_narrow_terminal() {
    let world = World::new();
    let widest = |columns: &str| {
        let output = world
            .command(&["--help"])
            .env("COLUMNS", columns)
            .output()
            .unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        let lines = text
            .lines()
            .filter(|line| !line.contains("  kms-haptik-sync"));
        lines.map(|line| line.chars().count()).max().unwrap()
    };
    assert!(widest("60") <= 60, "{}", widest("60"));
    assert!(widest("100") > 60);
}

#[test]
fn shells_and_manuals_get_what_they_need() {
    let world = World::new();
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let run = world.run(&["completions", shell]).exits(0);
        assert!(run.stdout.contains("kms-haptik-sync"));
        assert!(run.stdout.contains("lint"), "{shell}");
    }
    let script = world.run(&["completions", "bash"]).exits(0).stdout;
    world.write("complete.bash", script);
    if let Ok(checked) = Command::new("bash")
        .arg("-n")
        .arg(world.path("complete.bash"))
        .status()
    {
        assert!(checked.success());
    }
    world.run(&["completions", "tcsh"]).exits(2);

    let run = world.run(&["manual", "man/man1"]).exits(0);
    let page = |name: &str| {
        std::fs::read_to_string(world.path("man/man1").join(format!("{name}.1"))).unwrap()
    };
    assert!(page("kms-haptik-sync").contains("kms\\-haptik\\-sync\\-plan(1)"));
    for name in ["lint", "plan", "probe", "chat-transfer"] {
        let text = page(&format!("kms-haptik-sync-{name}"));
        assert!(text.contains(".SH EXAMPLES\nExample"), "{text}");
    }
    assert!(page("kms-haptik-sync-lint").contains(".SH \"EXIT STATUS\"\n0 nothing"));
    let pages = std::fs::read_dir(world.path("man/man1")).unwrap().count();
    run.tells(&[&format!("{pages} pages written to man/man1")]);
    world
        .run(&["manual", "config.toml"])
        .exits(1)
        .tells(&["config.toml cannot be written"]);
}
