//! Whose articles a preset reads, and of which part of a knowledge base: asked, or refused.

use super::*;

#[test]
fn what_a_preset_reads_is_named_and_never_guessed() {
    let world = fresh();
    let cloud = [
        "--yes",
        "--feed",
        "https://acme.atlassian.net",
        "--feed-user",
        "you@acme.com",
    ];
    let output = init(&world, &cloud, "");
    let asked = text(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{asked}");
    for part in [
        "--scope: confluence-cloud reads the space that you name",
        "give --scope 11",
        "--scope \"*\" for every space",
    ] {
        assert!(asked.contains(part), "{part} in {asked}");
    }
    let cases: [(&[&str], &str); 4] = [
        (
            &["--feed", "https://acme.zendesk.com", "--scope", "11"],
            "--scope: zendesk-guide reads the whole",
        ),
        (
            &["--feed", "https://acme.zendesk.com", "--audience", "all"],
            "--audience: write public or any",
        ),
        (
            &["--folder", "export", "--audience", "any"],
            "--audience: only a preset knows",
        ),
        (
            &[
                "--feed",
                "https://acme.zendesk.com",
                "--preset",
                "none",
                "--scope",
                "11",
            ],
            "--scope: only a preset knows",
        ),
    ];
    for (flags, said) in cases {
        let output = init(&world, &[&["--yes"], flags].concat(), "");
        let asked = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{flags:?}: {asked}");
        assert!(asked.contains(said), "{flags:?}: {asked}");
    }
    assert!(!world.path("config.toml").exists());
}

#[test]
fn whose_articles_and_of_what_is_asked_and_written_down() {
    let world = fresh();
    let address = knowledge_base() + "/snow";
    let flags = ["--feed", &address, "--feed-token-env", "KB"];
    // Preset, user, audience, scope, language, and three about Haptik.
    let typed = "servicenow\nsync\nall\nany\n , \nkb1, kb2\n\n\n\n\n";
    let mut command = command(&world, &flags);
    command.env("KB", "secret").stdin(Stdio::piped());
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let _ = child.stdin.take().unwrap().write_all(typed.as_bytes());
    let output = child.wait_with_output().unwrap();
    let (said, asked) = (text(&output.stdout), text(&output.stderr));
    assert_eq!(output.status.code(), Some(0), "{said}{asked}");
    for part in [
        "also what only some readers may see [public]: ",
        "  write public or any",
        "Which knowledge base is read",
        "  name one, or * for all",
    ] {
        assert!(asked.contains(part), "{part} in {asked}");
    }
    let written = fs::read_to_string(world.path("config.toml")).unwrap();
    assert!(written.contains("\naudience = \"any\"\n"), "{written}");
    assert!(
        written.contains("\nscope = [\"kb1\", \"kb2\"]\n"),
        "{written}"
    );
    assert!(said.contains("my_bot: 2 to add"), "{said}");
}
