//! Every example that a help text shows is run as it stands there, in a folder where it makes sense.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::{Command, Stdio};
use std::{fs, io::Write as _};

use crate::support::{Run, Running, World, edit, faq, is_about_files};

/// How each of them ends, and what it says. They are run in this order.
const EXAMPLES: [(&str, i32, &str); 42] = [
    ("check --config kms.toml", 0, "0 wrong"),
    ("check --record check.jsonl", 0, "check.jsonl has 1 call"),
    ("lint export/ --level few_variants=off", 0, "nothing to fix"),
    ("coverage broken.csv", 0, "2 messages against 3 steps"),
    ("coverage broken.csv --csv > variants.csv", 0, ""),
    ("plan acme_support --all", 0, "1 to change"),
    ("--sync-now --config kms.toml", 0, "in sync"),
    ("sync --config kms.toml --json", 0, "\"in_sync\""),
    ("status acme_support --json", 0, "\"state\": \"in_sync\""),
    ("steps acme_support", 0, "kb-23"),
    ("steps acme_support kb-17", 0, "live"),
    ("history acme_support --limit 5", 0, "upload 12"),
    // Nothing is held, refused or elsewhere in this world, and each of them says so.
    (
        "approve acme_support --plan 7",
        2,
        "there is no plan 7; the last one is plan 0",
    ),
    (
        "approve acme_support kb-17 kb-23",
        2,
        "not held or waiting: kb-17, kb-23",
    ),
    ("approve acme_support --removed", 0, "no removal to release"),
    (
        "retry acme_support kb-17 kb-23",
        2,
        "not in quarantine: kb-17, kb-23",
    ),
    (
        "rebind acme_support && kms-haptik-sync --sync-now",
        2,
        "there is nothing to do",
    ),
    (
        "resync acme_support && kms-haptik-sync --sync-now",
        0,
        "in sync",
    ),
    (
        "rollback acme_support --to 12 && kms-haptik-sync --sync-now",
        3,
        "pinned to what it was after upload 12",
    ),
    ("forget acme_support kb-17", 2, "or the bot is rolled back"),
    ("resume acme_support", 0, "follows its sources"),
    (
        "withdraw acme_support kb-17 --reason \"the price is wrong\" && kms-haptik-sync --sync-now",
        0,
        "1 removed",
    ),
    ("resume acme_support kb-17", 0, "follows its article again"),
    (
        "put-back acme_support kb-17 --to 12 && kms-haptik-sync --sync-now",
        2,
        "is live or waits to be",
    ),
    (
        "keep acme_support kb-17 --reason \"still asked for\"",
        2,
        "there is nothing to keep",
    ),
    ("history --actions", 0, "rollback"),
    ("export acme_support --as live > steps.csv", 0, ""),
    (
        "import steps.csv --as live && kms-haptik-sync plan",
        0,
        "known to be live already",
    ),
    (
        "chat transfer --user-name mira --business-id 1001 --team-name Support --countdown 5",
        0,
        "handed to Support",
    ),
    (
        "chat transcript --conversation-no 1 --user-name mira --business-id 1001",
        0,
        "4 messages",
    ),
    // Nothing is asked where the configuration does not say so.
    ("ask acme_support \"Where is my order?\"", 2, "[haptik.ask]"),
    ("ask acme_support --file tests.csv --json", 2, "tests.csv"),
    // The folder is not on this machine.
    (
        "state copy --from /var/lib/kms-haptik-sync --to postgres://kms@db.example.com/kms",
        2,
        "there is no state to copy in /var/lib/kms-haptik-sync",
    ),
    ("notify test", 2, "nobody is told anything"),
    ("notify test editors", 2, "nobody is told anything"),
    ("schema status", 0, "json-schema.org"),
    ("version --json", 0, "\"version\""),
    ("init --show-preset zendesk-guide", 0, "[[bot.source]]"),
    (
        "completions bash > ~/.local/share/bash-completion/completions/kms-haptik-sync",
        0,
        "",
    ),
    ("manual ~/.local/share/man/man1", 0, "pages written"),
    ("health", 1, "no daemon answers"),
    (
        "pause acme_support --for 4h --reason \"new flow for returns\"",
        0,
        "nothing is uploaded",
    ),
];

/// Those that need a daemon, an end, or another folder.
const RUN: &str = "run --config kms.toml --log-level debug";
const INIT: &str = "init";
const INIT_FEED: &str = "init --feed https://acme.zendesk.com";
const PROBE: &str = "probe acme_staging";
const PROBE_ASK: &str = "probe acme_staging --ask --business-id 1002 --record probe.jsonl";
const SANDBOX: &str = "sandbox --task-time 500ms --bad-step \"kb-7=answer too long\"";
/// README has it too, and is tested.
const DEMO: &str = "demo";

/// A bot with twelve uploads, and a change that is still to come.
fn prepared() -> World {
    let world = World::new();
    let mut steps = faq(&["kb-7", "kb-17", "kb-23"]);
    for upload in 0..12 {
        edit(&mut steps, "kb-7", &format!("version {upload}"));
        world.export(&steps);
        world.sync().exits(0);
    }
    edit(&mut steps, "kb-7", "the newest");
    world.export(&steps);
    world.write("broken.csv", "message\nWhat is kb-7?\nwho are you\n");
    fs::copy(world.path("config.toml"), world.path("kms.toml")).unwrap();
    fs::create_dir_all(world.path(".local/share/bash-completion/completions")).unwrap();
    world
}

#[test]
fn every_example_of_the_help_does_what_it_is_there_for() {
    if is_about_files("every_example_of_the_help_does_what_it_is_there_for") {
        return;
    }
    let world = prepared();
    let mut shown = all_examples(&world, "1000");
    for (line, code, told) in EXAMPLES {
        assert!(shown.remove(line), "no help shows {line}");
        let run = Running::start(&mut shell(&world, "", line)).wait();
        run.exits(code).tells(&[told]);
    }
    for made in [
        "steps.csv",
        ".local/share/man/man1/kms-haptik-sync-plan.1",
        ".local/share/bash-completion/completions/kms-haptik-sync",
    ] {
        assert!(fs::metadata(world.path(made)).unwrap().len() > 50, "{made}");
    }

    assert!(shown.remove(RUN));
    let daemon = Running::start(&mut shell(&world, "", RUN));
    daemon.says("ready");
    Running::start(&mut shell(&world, "", "health"))
        .wait()
        .exits(0);
    daemon.stop().exits(0);

    assert!(shown.remove(INIT));
    let beginning = World::new();
    fs::remove_file(beginning.path("config.toml")).unwrap();
    beginning.export(&faq(&["a"]));
    let run = answered(shell(&beginning, "", INIT), &"\n".repeat(30));
    run.exits(0).tells(&["0 wrong"]);
    assert!(beginning.path("config.toml").exists());

    // That host is out of reach here; what is known of it by its name is written down all the same.
    assert!(shown.remove(INIT_FEED));
    fs::remove_file(beginning.path("config.toml")).unwrap();
    let mut command = shell(&beginning, "", INIT_FEED);
    command.env("HTTPS_PROXY", "http://127.0.0.1:9");
    let run = answered(command, &"\n".repeat(30));
    run.exits(1).tells(&["did not answer", "1 wrong"]);
    let written = fs::read_to_string(beginning.path("config.toml")).unwrap();
    assert!(written.contains("preset = \"zendesk-guide\""), "{written}");

    assert!(shown.remove(PROBE));
    let run = answered(shell(&world, "", PROBE), "acme_staging\nno\n");
    run.exits(3).tells(&["nothing is found out"]);

    assert!(shown.remove(PROBE_ASK));
    let asked =
        World::with(|settings| settings.haptik("ask = { mode = 'webhook', business_id = 1001 }"));
    let run = answered(shell(&asked, "", PROBE_ASK), "acme_staging\n");
    run.exits(0)
        .tells(&["upload_effect = \"merge\"", "probe.jsonl has "]);

    assert!(shown.remove(SANDBOX));
    let elsewhere = format!("{SANDBOX} --listen 127.0.0.1:0");
    let sandbox = Running::start(&mut shell(&world, "", &elsewhere));
    sandbox.answers("sandbox listens");
    sandbox.kill();

    assert!(shown.remove(DEMO));
    assert_eq!(shown, BTreeSet::new(), "these are not run");
}

#[test]
fn an_example_can_be_copied_from_a_terminal_of_the_usual_width() {
    let world = World::new();
    assert_eq!(all_examples(&world, "80"), all_examples(&world, "1000"));
}

/// The program's line in a shell, with nothing of this process's environment.
fn shell(world: &World, folder: &str, line: &str) -> Command {
    let program = world.command(&[]).get_program().to_owned();
    let bin = Path::new(&program).parent().unwrap();
    let mut command = Command::new("sh");
    // In place of the shell, so that a signal arrives.
    let exec = if line.contains(['&', '>']) {
        ""
    } else {
        "exec "
    };
    command
        .env_clear()
        .env("PATH", format!("{}:/usr/bin:/bin", bin.display()))
        .env("HOME", world.path(""))
        .env("KMS_HAPTIK_SYNC_CONFIG", world.path("config.toml"))
        .current_dir(world.path(folder))
        .args(["-c", &format!("{exec}kms-haptik-sync {line}")]);
    command
}

fn answered(mut command: Command, typed: &str) -> Run {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // It need not read all of it.
    let _ = child.stdin.take().unwrap().write_all(typed.as_bytes());
    let output = child.wait_with_output().unwrap();
    Run {
        code: output.status.code(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
        peak_kib: 0,
    }
}

/// The examples of all help texts, each without the name of the program.
fn all_examples(world: &World, columns: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    collect(world, columns, &mut Vec::new(), &mut found);
    found
}

fn collect(world: &World, columns: &str, words: &mut Vec<String>, found: &mut BTreeSet<String>) {
    let mut command = world.command(&[]);
    let output = command.args(&*words).arg("--help").env("COLUMNS", columns);
    let help = String::from_utf8(output.output().unwrap().stdout).unwrap();
    let examples = examples(&help);
    let below = commands(&help);
    assert!(
        !examples.is_empty() || !below.is_empty(),
        "{words:?} has no example:\n{help}"
    );
    found.extend(examples);
    for name in below {
        words.push(name);
        collect(world, columns, words, found);
        words.pop();
    }
}

/// The words of every command and group that the help texts name, the program itself first.
pub(crate) fn commands_below(world: &World) -> Vec<Vec<String>> {
    let (mut all, mut next) = (vec![Vec::new()], 0);
    while let Some(words) = all.get(next).cloned() {
        let output = world.command(&[]).args(&words).arg("--help").output();
        let help = String::from_utf8(output.unwrap().stdout).unwrap();
        all.extend(commands(&help).into_iter().map(|name| {
            let mut below = words.clone();
            below.push(name);
            below
        }));
        next += 1;
    }
    all
}

fn commands(help: &str) -> Vec<String> {
    let lines = help.lines().skip_while(|line| *line != "Commands:").skip(1);
    lines
        .take_while(|line| !line.is_empty())
        .filter_map(|line| line.strip_prefix("  "))
        .filter_map(|line| line.split(' ').next())
        .filter(|name| !name.is_empty() && *name != "help")
        .map(str::to_owned)
        .collect()
}

/// Lines that end in `&&` or `\` go on in the next one.
fn examples(help: &str) -> Vec<String> {
    let (_, after) = help.split_once("\nExample").unwrap_or_default();
    let whole = after.replace(" \\\n    ", " ").replace("&&\n    ", "&& ");
    let lines = whole.lines().filter_map(|line| line.strip_prefix("  "));
    lines
        .filter_map(|line| match line.strip_prefix("HEALTHCHECK CMD ") {
            Some(list) => {
                let words: Vec<String> = serde_json::from_str(list).unwrap();
                Some(words[1..].join(" "))
            }
            None => line.strip_prefix("kms-haptik-sync ").map(str::to_owned),
        })
        .collect()
}
