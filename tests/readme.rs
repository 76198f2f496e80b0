//! Holds README.md to the truth: its commands run, their output is what it shows, and its table
//! of commands is complete. `UPDATE_README=1 cargo test --test readme` accepts new output.

#![allow(clippy::unwrap_used, reason = "everything here is a test")]

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

use kms_haptik_sync::config::Config;

const PROGRAM: &str = env!("CARGO_BIN_EXE_kms-haptik-sync");
const README: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/README.md");

/// How much of a text, at its beginning, differs from run to run.
type Chance = fn(&str) -> Option<usize>;

/// Commands that are not run here, and why.
const NOT_RUN: [(&str, &str); 3] = [
    ("cargo test --all-features", "it is what runs this test"),
    (
        "cargo install ",
        "it builds for minutes and writes into the home folder",
    ),
    ("sudo ", "it changes the machine and needs systemd"),
];

/// What README says for the program that was built for this test.
const RUN_BY_CARGO: &str = "cargo run --";
const BUILT_BY_CARGO: &str = "target/debug/kms-haptik-sync";

/// A piece of README.
enum Piece {
    /// Anything else, as it is.
    Text(String),
    /// A file that the commands after it need: its name, its text.
    File(String, String),
    /// A command and the output that README shows for it.
    Command(String, String),
}

#[test]
fn the_commands_of_the_readme_do_what_it_shows() {
    let readme = std::fs::read_to_string(README).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let mut status = 0;
    let mut ran = 0;
    let mut now = String::new();
    let pieces = pieces(&readme);
    for (at, piece) in pieces.iter().enumerate() {
        match piece {
            Piece::Text(text) => now.push_str(text),
            Piece::File(name, text) => {
                let path = folder.path().join(name);
                std::fs::create_dir_all(path.parent().unwrap()).unwrap();
                std::fs::write(path, text).unwrap();
            }
            Piece::Command(command, shown) => {
                let _ = writeln!(now, "$ {command}");
                if skipped(command) {
                    now.push_str(shown);
                    continue;
                }
                let output;
                (output, status) = run(folder.path(), command, status);
                ran += 1;
                let explained = matches!(pieces.get(at + 1), Some(Piece::Command(next, _)) if next == "echo $?");
                assert!(
                    status == 0 || explained,
                    "`{command}` ends with {status}, which README does not say:\n{output}"
                );
                now.push_str(if fits(shown, &output) { shown } else { &output });
            }
        }
    }
    assert!(ran >= 8, "only {ran} commands were found");
    if std::env::var_os("UPDATE_README").is_some() {
        std::fs::write(README, &now).unwrap();
    } else {
        assert_eq!(
            readme, now,
            "README shows other output; accept with `UPDATE_README=1 cargo test --test readme`"
        );
    }
}

#[test]
fn the_configurations_of_the_readme_are_right() {
    let readme = std::fs::read_to_string(README).unwrap();
    let blocks: Vec<_> = readme
        .split("```toml\n")
        .skip(1)
        .filter_map(|rest| rest.split("```").next())
        .collect();
    assert_eq!(blocks.len(), 2);
    for block in blocks {
        let mut text = block.to_owned();
        if !text.contains("[[bot.source]]") {
            text.push_str("\n[[bot.source]]\nfolder = \"export\"\n");
        }
        let nothing = Vec::<(String, String)>::new();
        if let Err(problems) = Config::parse(&text, Path::new("README.md"), nothing) {
            panic!("{problems}");
        }
    }
}

#[test]
fn the_table_of_commands_is_complete() {
    let readme = std::fs::read_to_string(README).unwrap();
    let listed: BTreeSet<_> = section(&readme, "## Commands")
        .lines()
        .filter_map(|line| line.strip_prefix("| `kms-haptik-sync "))
        .filter_map(|line| line.split([' ', '`']).next())
        .filter(|word| !word.starts_with('-'))
        .map(str::to_owned)
        .collect();
    let help = Command::new(PROGRAM).arg("--help").output().unwrap();
    let help = String::from_utf8(help.stdout).unwrap();
    let known: BTreeSet<_> = help
        .lines()
        .skip_while(|line| *line != "Commands:")
        .skip(1)
        .take_while(|line| !line.is_empty())
        .filter_map(|line| line.strip_prefix("  "))
        .filter_map(|line| line.split(' ').next())
        .filter(|word| !word.is_empty() && *word != "help")
        .map(str::to_owned)
        .collect();
    assert!(known.len() >= 10, "{help}");
    assert_eq!(listed, known, "the table in README against `--help`");
}

#[test]
fn what_the_readme_links_to_exists() {
    let readme = std::fs::read_to_string(README).unwrap();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let links: Vec<_> = readme
        .split("](")
        .skip(1)
        .filter_map(|rest| rest.split([')', '#']).next())
        .filter(|link| !link.is_empty() && !link.contains("://"))
        .collect();
    assert!(links.len() >= 4);
    for link in links {
        assert!(root.join(link).exists(), "README links to {link}");
    }
}

#[test]
fn dots_stand_for_any_lines_and_nothing_else() {
    let output = "one\ntwo\nthree\nfour\n";
    for shown in [
        output,
        "one\n...\nfour\n",
        "one\n...\n",
        "...\nthree\nfour\n",
    ] {
        assert!(fits(shown, output), "{shown}");
    }
    for shown in [
        "",
        "one\n",
        "two\n...\n",
        "one\n...\nfive\n...\n",
        "...\nthree\n",
    ] {
        assert!(!fits(shown, output), "{shown}");
    }
}

#[test]
fn chance_is_taken_out_and_nothing_else() {
    let table = [
        ("took 1.9 s, 2 tasks", "took <time>, 2 tasks"),
        (
            "under way for 340 ms: 3 rows",
            "under way for <time>: 3 rows",
        ),
        ("last 2026-01-02T03:04:05Z.", "last <instant>."),
        ("http://127.0.0.1:42213 and", "http://127.0.0.1:<port> and"),
        ("task 0f8fad5b-d9cb-469f-a165-70867728950e,", "task <id>,"),
        (
            "/tmp/kms-haptik-sync-demo-m3GZ7w/export",
            "/tmp/kms-haptik-sync-demo-<chance>/export",
        ),
        ("(4 calls to Haptik, 1.9 s)", "(<calls> to Haptik, <time>)"),
        ("30 steps, 3 s.x", "30 steps, <time>.x"),
        ("30 steps stay 30 steps", "30 steps stay 30 steps"),
    ];
    for (text, expected) in table {
        assert_eq!(without_chance(text), expected);
    }
}

fn skipped(command: &str) -> bool {
    NOT_RUN.iter().any(|(start, _)| command.starts_with(start))
}

/// Runs one line of a shell session; `$?` is what the line before ended with.
fn run(folder: &Path, line: &str, status: i32) -> (String, i32) {
    let line = line.replace(RUN_BY_CARGO, PROGRAM);
    let programs = Path::new(PROGRAM).parent().unwrap().display();
    let path = format!("{programs}:{}", std::env::var("PATH").unwrap_or_default());
    let temporary = folder.join("tmp");
    std::fs::create_dir_all(&temporary).unwrap();
    let output = Command::new("sh")
        .args(["-c", &format!("exec 2>&1; (exit {status}); {line}")])
        .current_dir(folder)
        .env("TMPDIR", &temporary)
        .env("PATH", path)
        .env_remove("KMS_HAPTIK_SYNC_CONFIG")
        .env_remove("KMS_HAPTIK_SYNC_LOG")
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout)
        .unwrap()
        .replace(temporary.to_str().unwrap(), "/tmp")
        .replace(folder.to_str().unwrap(), "/srv/try")
        .replace(PROGRAM, BUILT_BY_CARGO);
    (text, output.status.code().unwrap_or(-1))
}

/// Takes README apart. Put together again in order, the pieces are the README.
fn pieces(readme: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut lines = readme.split_inclusive('\n').peekable();
    while let Some(line) = lines.next() {
        pieces.push(Piece::Text(line.to_owned()));
        let Some(language) = line.trim_end().strip_prefix("```") else {
            continue;
        };
        let mut block = Vec::new();
        while let Some(line) = lines.next_if(|line| line.trim_end() != "```") {
            block.push(line);
        }
        if language == "console" {
            pieces.extend(commands(&block));
        } else {
            pieces.extend(file(&block));
            pieces.push(Piece::Text(block.concat()));
        }
        pieces.extend(lines.next().map(|end| Piece::Text(end.to_owned())));
    }
    pieces
}

fn commands(block: &[&str]) -> Vec<Piece> {
    let mut pieces = Vec::new();
    for line in block {
        match (line.strip_prefix("$ "), pieces.last_mut()) {
            (Some(command), _) => {
                let command = command.trim_end().to_owned();
                pieces.push(Piece::Command(command, String::new()));
            }
            (None, Some(Piece::Command(_, shown))) => shown.push_str(line),
            (None, _) => panic!("a console block begins with a command: {line}"),
        }
    }
    pieces
}

/// A block whose first line is `# file: NAME` is that file, without that line.
fn file(block: &[&str]) -> Option<Piece> {
    let (first, rest) = block.split_first()?;
    let name = first.trim_end().strip_prefix("# file: ")?;
    Some(Piece::File(name.to_owned(), rest.concat()))
}

/// Whether this output is what README shows.
fn fits(shown: &str, output: &str) -> bool {
    let (shown, output) = (without_chance(shown), without_chance(output));
    lines_fit(
        &shown.lines().collect::<Vec<_>>(),
        &output.lines().collect::<Vec<_>>(),
    )
}

/// A line `...` stands for any lines.
fn lines_fit(shown: &[&str], output: &[&str]) -> bool {
    match shown.split_first() {
        None => output.is_empty(),
        Some((&"...", rest)) => (0..=output.len()).any(|skip| lines_fit(rest, &output[skip..])),
        Some((line, rest)) => output
            .split_first()
            .is_some_and(|(first, after)| first == line && lines_fit(rest, after)),
    }
}

/// The text without what differs from run to run: times, ids, ports, and how often Haptik was
/// asked, which hangs on the jitter.
fn without_chance(text: &str) -> String {
    let kinds: [(Chance, &str); 6] = [
        (instant, "<instant>"),
        (id, "<id>"),
        (port, "127.0.0.1:<port>"),
        (demo_folder, "kms-haptik-sync-demo-<chance>"),
        (
            |rest| amount(rest, &["ms", "s", "min", "h", "days"]),
            "<time>",
        ),
        (|rest| amount(rest, &["call", "calls"]), "<calls>"),
    ];
    let mut clean = String::new();
    let mut rest = text;
    let mut inside_a_word = false;
    while let Some(next) = rest.chars().next() {
        let found = kinds
            .iter()
            .filter(|_| !inside_a_word)
            .find_map(|(matches, name)| Some((matches(rest)?, name)));
        let length = if let Some((length, name)) = found {
            clean.push_str(name);
            length
        } else {
            clean.push(next);
            next.len_utf8()
        };
        inside_a_word = found.is_none() && next.is_alphanumeric();
        rest = &rest[length..];
    }
    clean
}

/// The length of what looks like `shape` at the beginning: `0` stands for a digit, `x` for a
/// hexadecimal one.
fn shaped(rest: &str, shape: &str) -> Option<usize> {
    let fits = |(wanted, found): (u8, u8)| match wanted {
        b'0' => found.is_ascii_digit(),
        b'x' => found.is_ascii_hexdigit(),
        other => found == other,
    };
    let all = rest.len() >= shape.len() && shape.bytes().zip(rest.bytes()).all(fits);
    all.then_some(shape.len())
}

fn instant(rest: &str) -> Option<usize> {
    shaped(rest, "0000-00-00T00:00:00Z")
}

fn id(rest: &str) -> Option<usize> {
    shaped(rest, "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx")
}

fn port(rest: &str) -> Option<usize> {
    followed_by(rest, "127.0.0.1:", |found| found.is_ascii_digit())
}

fn demo_folder(rest: &str) -> Option<usize> {
    let random = |found: char| found.is_ascii_alphanumeric();
    followed_by(rest, "kms-haptik-sync-demo-", random)
}

fn followed_by(rest: &str, start: &str, part: fn(char) -> bool) -> Option<usize> {
    let after = rest.strip_prefix(start)?;
    let end = after.find(|found| !part(found)).unwrap_or(after.len());
    (end > 0).then_some(start.len() + end)
}

/// The length of a number, a space and one of the units.
fn amount(rest: &str, units: &[&str]) -> Option<usize> {
    let number = |found: char| found.is_ascii_digit() || found == '.';
    let digits = rest.find(|found| !number(found)).filter(|end| *end > 0)?;
    let unit = rest[digits..].strip_prefix(' ')?;
    let end = unit
        .find(|found: char| !found.is_alphanumeric())
        .unwrap_or(unit.len());
    units.contains(&&unit[..end]).then_some(digits + 1 + end)
}

fn section<'a>(readme: &'a str, heading: &str) -> &'a str {
    let (_, rest) = readme.split_once(heading).unwrap();
    rest.split("\n## ").next().unwrap()
}
