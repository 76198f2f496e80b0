//! Standard output that cannot be written: every command says so and fails, and where nobody reads any
//! more, it says nothing. The commands are those of the help texts, so that none is forgotten.

use std::fs::{self, File};
use std::io::{Read as _, Write as _};
use std::process::{Command, Stdio};
use std::thread;

use crate::examples::commands_below;
use crate::support::{BOT, World, edit, faq, is_about_files, serve, side_by_side};
use kms_haptik_sync::config::UploadEffect::Merge;
use kms_haptik_sync::sandbox::UploadRule;

/// What has to have happened before a command has something to say.
#[derive(Clone, Copy)]
enum Before {
    Nothing,
    /// No configuration is there.
    NoConfiguration,
    /// The bot is pinned.
    RolledBack,
    /// A step says something else than before.
    Changed,
    /// The configuration names another Haptik.
    OtherHaptik,
    /// A daemon runs.
    Daemon,
}

/// How a command is run.
struct Case {
    line: &'static str,
    /// It needs a world of its own, where this has happened.
    apart: Option<Before>,
    typed: &'static str,
    /// It runs for long after its first words.
    is_long: bool,
}

const fn case(line: &'static str) -> Case {
    Case {
        line,
        apart: None,
        typed: "",
        is_long: false,
    }
}

/// It changes what the next one would have to say.
const fn apart(before: Before, line: &'static str) -> Case {
    Case {
        apart: Some(before),
        ..case(line)
    }
}

const fn long(line: &'static str) -> Case {
    Case {
        is_long: true,
        ..case(line)
    }
}

/// Writes nothing to standard output, whatever happens.
const SILENT: &str = "run";

const CASES: &[Case] = &[
    case("--sync-now"),
    apart(Before::Nothing, "approve acme_support"),
    case("ask acme_support hello"),
    case("chat transcript --conversation-no 1 --user-name mira --business-id 1001"),
    case("chat transfer --team-name Support --user-name mira --business-id 1001"),
    case("check"),
    case("completions bash"),
    case("coverage steps.csv"),
    case("coverage steps.csv --csv"),
    long("demo"),
    case("export"),
    case("export --as live"),
    apart(Before::Daemon, "health"),
    case("history"),
    apart(Before::Nothing, "import steps.csv --as live"),
    case("init --show-preset zendesk-guide"),
    apart(Before::NoConfiguration, "init --yes --folder export"),
    case("lint"),
    case("lint --format csv"),
    case("lint --format sarif"),
    case("manual pages"),
    case("notify test"),
    case("plan"),
    Case {
        typed: "acme_staging\nno\n",
        ..case("probe acme_staging")
    },
    apart(Before::Nothing, "forget acme_support bad"),
    apart(Before::Nothing, "pause acme_support --reason work"),
    apart(Before::Changed, "put-back acme_support a --to 1"),
    apart(Before::Nothing, "keep acme_support c d"),
    apart(Before::Nothing, "resync acme_support"),
    apart(Before::Nothing, "withdraw acme_support a"),
    apart(Before::RolledBack, "resume acme_support"),
    apart(Before::Nothing, "retry acme_support"),
    apart(Before::Nothing, "rollback acme_support --to 1"),
    apart(Before::OtherHaptik, "rebind acme_support"),
    long("sandbox --listen 127.0.0.1:0"),
    case("schema status"),
    apart(Before::Nothing, "state copy --from state --to copied"),
    case("status"),
    case("steps"),
    case("sync"),
    case("version"),
];

/// A bot with something of everything: six removals that are held, and a refused step.
fn world(before: Before) -> World {
    let mut world = World::synced(Merge, &faq(&["a", "b", "c", "d", "e", "f", "g", "h"]));
    world.sandbox.change(UploadRule {
        bad_steps: Some([("bad".to_owned(), "too long".to_owned())].into()),
        ..UploadRule::default()
    });
    world.export(&faq(&["a", "b", "bad"]));
    world.sync().exits(3);
    fs::copy(world.path("export/faq.csv"), world.path("steps.csv")).unwrap();
    // So that `notify test` has somebody who takes the message.
    let notify = format!("[notify]\nurl = '{}'\n", receiver());
    world.reconfigure(|settings| {
        settings.tables(&notify);
        settings.haptik("ask = { mode = 'webhook', business_id = 1001 }");
    });
    match before {
        Before::Nothing | Before::Daemon => {}
        Before::NoConfiguration => fs::remove_file(world.path("config.toml")).unwrap(),
        Before::OtherHaptik => {
            world.reconfigure(|settings| settings.haptik("client_id = 'beta'"));
        }
        Before::Changed => {
            let mut steps = faq(&["a", "b", "bad"]);
            edit(&mut steps, "a", "another text");
            world.export(&steps);
            world.sync().exits(3);
        }
        Before::RolledBack => drop(world.run(&["rollback", BOT, "--to", "1"]).exits(0)),
    }
    world
}

/// How it ended, and what it said on standard error.
fn ended(mut command: Command, typed: &str, stdout: impl Into<Stdio>) -> (Option<i32>, String) {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(stdout)
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let _ = child.stdin.take().unwrap().write_all(typed.as_bytes());
    let mut errors = child.stderr.take().unwrap();
    let reader = thread::spawn(move || {
        let mut told = String::new();
        errors.read_to_string(&mut told).unwrap();
        told
    });
    let told = reader.join().unwrap();
    (child.wait().unwrap().code(), told)
}

fn full() -> File {
    File::options().write(true).open("/dev/full").unwrap()
}

/// Somebody who takes every message.
fn receiver() -> String {
    let router = axum::Router::new().fallback(|| async {});
    serve(async {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async { axum::serve(listener, router).await });
        format!("http://{address}")
    })
}

/// A pipe that nobody reads.
fn closed() -> std::io::PipeWriter {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    writer
}

const CAUSE: &str = "standard output cannot be written: No space left on device";

/// The output of one case, in every form, to a full disk and to nobody.
fn check_case(case: &Case, shared: &World) {
    let run = |more: &[&str], stdout: Stdio| {
        let words = case.line.split(' ');
        let arguments: Vec<&str> = more.iter().copied().chain(words).collect();
        let Some(before) = case.apart else {
            return ended(shared.command(&arguments), case.typed, stdout);
        };
        let world = world(before);
        let _daemon = matches!(before, Before::Daemon).then(|| world.daemon());
        ended(world.command(&arguments), case.typed, stdout)
    };
    let line = case.line;
    let forms: &[&[&str]] = if case.is_long {
        &[&[]]
    } else {
        &[&[], &["--json"]]
    };
    for more in forms {
        let (code, told) = run(more, full().into());
        assert_eq!(code, Some(1), "{line} {more:?}: {told}");
        assert!(told.contains(CAUSE), "{line} {more:?}: {told}");
    }
    if case.is_long {
        return;
    }
    let (usual, _) = run(&[], Stdio::null());
    let (code, told) = run(&[], closed().into());
    assert_eq!(code, usual, "{line}: {told}");
    assert!(code == Some(0) || code == Some(3), "{line}: {told}");
    for word in ["standard output", "Broken pipe", "panicked"] {
        assert!(!told.contains(word), "{line}: {told}");
    }
}

#[test]
fn every_command_says_that_its_output_could_not_be_written() {
    if is_about_files("every_command_says_that_its_output_could_not_be_written") {
        return;
    }
    let world = World::new();
    for words in commands_below(&world) {
        let name = words.join(" ");
        let is_it = |line: &str| line == name || line.starts_with(&format!("{name} "));
        let is_known =
            name.is_empty() || name == SILENT || CASES.iter().any(|case| is_it(case.line));
        assert!(is_known, "say above how `{name}` is run");
    }
    let shared = self::world(Before::Nothing);
    // Those that share a world take turns, since one command alone works on a state.
    let (apart, together): (Vec<_>, Vec<_>) = CASES.iter().partition(|case| case.apart.is_some());
    let mut jobs: Vec<Vec<&Case>> = apart.into_iter().map(|case| vec![case]).collect();
    jobs.push(together);
    side_by_side(jobs, |job| {
        for case in job {
            check_case(case, &shared);
        }
    });
}

#[test]
fn so_does_every_help_text_and_the_version() {
    let world = World::new();
    let mut all: Vec<Vec<String>> = vec![vec!["--version".to_owned()], vec!["help".to_owned()]];
    for mut words in commands_below(&world) {
        words.push("--help".to_owned());
        all.push(words);
    }
    assert!(all.len() > 25, "{all:?}");
    side_by_side(all, |words| {
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let (code, told) = ended(world.command(&words), "", full());
        assert_eq!(code, Some(1), "{words:?}: {told}");
        assert!(told.contains(CAUSE), "{words:?}: {told}");
        let (code, told) = ended(world.command(&words), "", closed());
        assert_eq!((code, told), (Some(0), String::new()), "{words:?}");
    });
}

#[test]
fn files_that_cannot_be_written_are_named() {
    let world = World::new();
    world.write("taken", "a file");
    world
        .run(&["manual", "taken"])
        .exits(1)
        .tells(&["taken cannot be written", "name a folder"]);
    fs::create_dir_all(world.path("pages/kms-haptik-sync-plan.1")).unwrap();
    world.run(&["manual", "pages"]).exits(1).tells(&[
        "pages/kms-haptik-sync-plan.1 cannot be written",
        "not complete",
    ]);

    let program = world.command(&[]).get_program().to_owned();
    let init = |before: &str, config: &str| {
        let script = format!("{before} exec \"$@\"");
        let mut command = Command::new("sh");
        command
            .current_dir(world.path(""))
            .args(["-c", &script, "sh"])
            .arg(&program)
            .args(["init", "--yes", "--config", config]);
        ended(command, "", Stdio::null())
    };
    let (code, told) = init("", "no/such/folder.toml");
    assert_eq!(code, Some(1), "{told}");
    assert!(
        told.contains("no/such/folder.toml cannot be written"),
        "{told}"
    );
    // No file may become longer than a block, as on a disk that is full.
    let (code, told) = init("ulimit -f 1; trap '' XFSZ;", "half.toml");
    assert_eq!(code, Some(1), "{told}");
    assert!(told.contains("half.toml cannot be written"), "{told}");
    assert!(!world.path("half.toml").exists(), "half of it is there");
}
