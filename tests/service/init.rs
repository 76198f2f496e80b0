//! `init`: from an export to a configuration that works, with and without a person who answers.

use std::fs;
use std::io::Write as _;
use std::process::{Command, Output, Stdio};

use crate::support::{World, csv, faq};

/// A world whose configuration is still to be written.
fn fresh() -> World {
    let world = World::new();
    fs::remove_file(world.path("config.toml")).unwrap();
    world
}

/// Runs `init` as a person would, in the folder itself, with these lines typed.
fn init(world: &World, arguments: &[&str], typed: &str) -> Output {
    let program = world.command(&[]).get_program().to_owned();
    let mut child = Command::new(program)
        .env_clear()
        .current_dir(world.path(""))
        .arg("init")
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    // One that asks nothing may end before it has read everything.
    let _ = input.write_all(typed.as_bytes());
    drop(input);
    child.wait_with_output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[test]
fn with_yes_it_asks_nothing_and_the_sandbox_holds_the_steps_afterwards() {
    let world = fresh();
    world.export(&faq(&["a", "b", "c", "d"]));
    let output = init(&world, &["--yes"], "");
    let (said, asked) = (text(&output.stdout), text(&output.stderr));
    assert_eq!(output.status.code(), Some(0), "{said}{asked}");
    assert_eq!(asked, "");
    assert!(said.contains("my_bot: 4 to add"), "{said}");
    assert!(
        said.contains("+ c ") && said.contains("1 more to add"),
        "{said}"
    );
    assert!(said.contains("0 wrong"), "{said}");
    world.sync().exits(0);
    let live = world.run(&["export", "--as", "live"]).exits(0).stdout;
    assert_eq!(live.as_bytes(), csv(&faq(&["a", "b", "c", "d"])));

    let written = fs::read(world.path("config.toml")).unwrap();
    let again = init(&world, &["--yes"], "");
    assert_eq!(again.status.code(), Some(2));
    assert!(text(&again.stderr).contains("is there already"));
    assert_eq!(fs::read(world.path("config.toml")).unwrap(), written);
}

#[test]
fn a_person_is_asked_for_columns_only_where_their_names_say_nothing() {
    let world = fresh();
    world.write(
        "articles/kb.csv",
        "Nr,Thema,Inhalt\n7,Wann offen?,Ab neun.\n",
    );
    let typed = "articles\nsandbox\nshop\nmaybe\nreplace\nNr\nThema\nInhalt\n";
    let output = init(&world, &[], typed);
    let (said, asked) = (text(&output.stdout), text(&output.stderr));
    assert_eq!(output.status.code(), Some(0), "{said}{asked}");
    assert!(asked.contains("write merge or replace"), "{asked}");
    assert!(
        said.contains("+ 7 ") && said.contains("Wann offen?"),
        "{said}"
    );
    let bot = world.sync().exits(0).bot();
    assert_eq!(
        (&bot["domain_name"], &bot["added"]),
        (&"shop".into(), &1.into())
    );
}

#[test]
fn nothing_is_guessed_about_a_real_bot() {
    let world = fresh();
    world.export(&faq(&["a"]));
    let account = [
        "--yes",
        "--base-url",
        "https://haptik.example.com",
        "--client-id",
        "acme",
    ];
    let output = init(&world, &account, "");
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("--domain-name"));
    let bot = [&account[..], &["--domain-name", "shop"]].concat();
    let output = init(&world, &bot, "");
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("--upload-effect"));
    assert!(!world.path("config.toml").exists());
}
