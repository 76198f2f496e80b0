//! What people type, set and look at: `--quiet`, variables, log filters, lists on a terminal, and where `init` writes.

use std::fs::{self, File, OpenOptions};
use std::io::Read as _;
use std::process::{Command, Stdio};

use crate::support::{Run, Running, World, faq};
use kms_haptik_sync::sandbox::UploadRule;
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};

const REASON: &str = "the answer is longer than a bubble of this bot may be, so that customers would see only the first half of it";

/// A bot with a refused step.
fn world() -> World {
    let world = World::new();
    world.sandbox.change(UploadRule {
        bad_steps: Some([("bad".to_owned(), REASON.to_owned())].into()),
        ..UploadRule::default()
    });
    world
}

#[test]
fn quiet_commands_speak_where_something_is_not_well() {
    let world = world();
    world.export(&faq(&["a"]));
    for arguments in [
        &["sync", "--quiet"][..],
        &["-q", "status"],
        &["plan", "-q"],
        &["check", "-q"],
    ] {
        let run = world.run(arguments).exits(0);
        assert_eq!((&*run.stdout, &*run.stderr), ("", ""), "{arguments:?}");
    }
    // Another program reads JSON, whatever else is quiet.
    assert_eq!(
        world.run(&["-q", "status", "--json"]).exits(0).bot()["live"],
        1
    );
    world.export(&faq(&["a", "bad"]));
    let run = world.run(&["sync", "-q"]).exits(3);
    assert!(run.stdout.contains(REASON), "{}", run.stdout);
    assert_eq!(run.stderr, "");
    let run = world.run(&["status", "-q"]).exits(3);
    assert!(run.stdout.contains("1 quarantined"), "{}", run.stdout);
}

fn with_variables(world: &World, arguments: &[&str], variables: &[(&str, &str)]) -> Run {
    let mut command = world.command(arguments);
    command.envs(variables.iter().copied());
    Running::start(&mut command).wait()
}

#[test]
fn a_variable_that_sets_nothing_is_told_once_and_names_of_services_are_not() {
    let world = World::new();
    world.export(&faq(&["a"]));
    let variables = [
        ("KMS_HAPTIK_SYNC_HAPTIK_CLIENT_ID", "beta"),
        ("KMS_HAPTIK_SYNC_SERVICE_HOST", "10.0.0.7"),
        ("KMS_HAPTIK_SYNC_PORT_9464_TCP_ADDR", "10.0.0.7"),
    ];
    let run = with_variables(&world, &["status"], &variables).exits(0);
    let said: Vec<&str> = run.stderr.lines().collect();
    assert_eq!(said.len(), 1, "{}", run.stderr);
    assert!(
        said[0].ends_with(
            "KMS_HAPTIK_SYNC_HAPTIK_CLIENT_ID (write KMS_HAPTIK_SYNC__HAPTIK__CLIENT_ID)"
        ),
        "{}",
        said[0]
    );
    let checked = with_variables(&world, &["check"], &variables).exits(0);
    let line = checked
        .stdout
        .lines()
        .find(|line| line.contains("  environment"));
    assert!(line.unwrap().starts_with("warning"), "{}", checked.stdout);
    assert!(!checked.stdout.contains("SERVICE_HOST") && !checked.stdout.contains("9464_TCP"));
    let run = with_variables(&world, &["status"], &variables[1..]).exits(0);
    assert_eq!(run.stderr, "");
}

#[test]
fn a_mistyped_log_level_is_an_error() {
    let world = World::new();
    for filter in ["debgu", "warn,verbose", "kms_haptik_sync=loud"] {
        let run = with_variables(&world, &["status"], &[("KMS_HAPTIK_SYNC_LOG", filter)]).exits(2);
        assert!(run.stderr.contains("holds no log filter"), "{}", run.stderr);
        assert_eq!(run.stdout, "");
    }
    with_variables(
        &world,
        &["status"],
        &[("KMS_HAPTIK_SYNC_LOG", "warn,kms_haptik_sync=debug")],
    )
    .exits(0);
}

/// What a terminal of 80 columns in Paris shows.
fn on_terminal(world: &World, arguments: &[&str]) -> String {
    let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&master).unwrap();
    unlockpt(&master).unwrap();
    let name = ptsname(&master, Vec::new()).unwrap();
    let slave = OpenOptions::new()
        .read(true)
        .write(true)
        .open(name.to_str().unwrap())
        .unwrap();
    let mut command = world.command(arguments);
    command
        .env("TZ", "Europe/Paris")
        .env("NO_COLOR", "1")
        .env("TERM", "xterm")
        .stdin(Stdio::null())
        .stdout(Stdio::from(slave))
        .stderr(Stdio::null());
    let mut child = command.spawn().unwrap();
    // The end of the terminal that this process would hold open.
    drop(command);
    let mut shown = Vec::new();
    let mut bytes = [0; 4096];
    let mut master = File::from(master);
    // It is an error, and no end, when nobody has the other end open any more.
    while let Ok(length @ 1..) = master.read(&mut bytes) {
        shown.extend_from_slice(&bytes[..length]);
    }
    child.wait().unwrap();
    String::from_utf8(shown).unwrap().replace('\r', "")
}

#[test]
fn lists_have_headings_fit_a_terminal_and_tell_its_time() {
    let world = world();
    let long = "an-article-with-a-long-name-as-some-knowledge-bases-have-them";
    world.export(&faq(&["a", "bad", long]));
    world.sync().exits(3);
    for (arguments, heading, tells_time) in [
        (&["steps"][..], "BOT           STEP", true),
        (&["history"], "WHEN      ", true),
        (&["status"], "acme_support: attention", true),
    ] {
        let shown = on_terminal(&world, arguments);
        assert!(shown.starts_with(heading), "{shown}");
        for line in shown.lines() {
            // A name is not broken.
            assert!(
                line.chars().count() <= 80 || line.contains(long),
                "{line}\n{shown}"
            );
        }
        assert_eq!(
            shown.contains(" CET") || shown.contains(" CEST"),
            tells_time,
            "{shown}"
        );
        let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        if arguments == ["steps"] {
            assert!(words(&shown).contains(REASON), "{shown}");
        }
        // In a pipe, one line each, and the time is that of everybody.
        let piped = world.run(arguments).stdout;
        assert!(!piped.contains(" CE"), "{piped}");
        assert!(piped.contains('T') && piped.contains('Z'), "{piped}");
    }
    let piped = world.run(&["steps"]).stdout;
    let line = piped.lines().find(|line| line.contains("bad")).unwrap();
    assert!(line.contains(REASON), "{piped}");
}

#[test]
fn init_writes_where_the_other_commands_look() {
    let world = World::new();
    world.export(&faq(&["a"]));
    fs::remove_file(world.path("config.toml")).unwrap();
    let run = |arguments: &[&str], named: bool| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_kms-haptik-sync"));
        command
            .env_clear()
            .current_dir(world.path("."))
            .args(arguments);
        if named {
            command.env("KMS_HAPTIK_SYNC_CONFIG", "other.toml");
        }
        Running::start(&mut command).wait()
    };
    let begin = ["init", "--yes", "--folder", "export"];
    run(&begin, false).exits(0);
    assert!(world.path("kms-haptik-sync.toml").exists());
    run(&begin, false)
        .exits(2)
        .tells(&["kms-haptik-sync.toml is there already"]);
    run(&begin, true);
    assert!(world.path("other.toml").exists());
    run(&["status"], true).exits(0);
}

#[test]
fn the_first_line_of_the_daemon_says_what_it_works_with() {
    let world = World::with(|settings| {
        settings.haptik("polling = { first = '50ms', max = '50ms', give_up_after = '20s' }");
    });
    world.sandbox.change(UploadRule {
        never_ending: Some(true),
        ..UploadRule::default()
    });
    world.export(&faq(&["a"]));
    let daemon = world.daemon();
    daemon.says("accepted 1 row");
    daemon.says("no upload was under way");
    daemon.kill();
    let daemon = world.daemon();
    daemon.says(&format!(
        "ready: version {}, configuration ",
        env!("CARGO_PKG_VERSION")
    ));
    daemon.says("1 bot (acme_support), 1 source, state in ");
    daemon.says("goes on with upload 1 of acme_support (accepted)");
    world.heal();
    daemon.stop();
}

#[test]
fn many_bots_and_attempts_that_meet_the_same_are_one_line() {
    let bots: Vec<String> = (0..12).map(|at| format!("bot_{at:02}")).collect();
    let mut world = World::with(|settings| {
        for bot in &bots {
            settings.add_bot(bot, kms_haptik_sync::config::UploadEffect::Merge);
        }
    });
    world.reconfigure(|settings| settings.haptik("base_url = 'http://127.0.0.1:9'"));
    for bot in &bots {
        world.export_for(bot, &faq(&["a"]));
    }
    world.export(&faq(&["a"]));
    let daemon = world.daemon();
    daemon.says("the same for ");
    std::thread::sleep(std::time::Duration::from_secs(6));
    let said = daemon.stderr();
    let about = said
        .lines()
        .filter(|line| line.contains("127.0.0.1") || line.contains("no connection"));
    assert!(
        about.clone().count() <= 8,
        "{}",
        about.collect::<Vec<_>>().join("\n")
    );
    daemon.stop();
}
