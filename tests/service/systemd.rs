//! What systemd is told, over a real notify socket, and whether the units are what it understands.

use std::os::unix::net::UnixDatagram;
use std::process::Command;

use crate::support::{DEADLINE, Running, World, faq, is_about_files, until};
use kms_haptik_sync::sandbox::UploadRule;
use rustix::process::Signal;

/// systemd's end of the notify socket.
struct Systemd {
    socket: UnixDatagram,
    heard: Vec<String>,
}

impl Systemd {
    /// Starts the daemon as systemd would, with a watchdog of this many milliseconds.
    fn start(world: &World, watchdog: u32) -> (Self, Running) {
        let path = world.path("notify.sock");
        let socket = UnixDatagram::bind(&path).unwrap();
        socket.set_read_timeout(Some(DEADLINE)).unwrap();
        let mut command = world.command(&["run"]);
        command
            .env("NOTIFY_SOCKET", path)
            .env("WATCHDOG_USEC", (watchdog * 1000).to_string());
        let daemon = Running::start(&mut command);
        let heard = Vec::new();
        (Self { socket, heard }, daemon)
    }

    /// The next message.
    fn next(&mut self) -> String {
        let mut bytes = [0; 4096];
        let length = self.socket.recv(&mut bytes).expect("systemd hears nothing");
        let message = String::from_utf8(bytes[..length].to_vec()).unwrap();
        self.heard.push(message.clone());
        message
    }

    /// Waits for a line.
    #[track_caller]
    fn hears(&mut self, line: &str) {
        until(line, || self.next().lines().any(|heard| heard == line));
    }
}

#[test]
fn systemd_hears_when_it_is_ready_how_it_is_doing_and_that_it_is_alive() {
    if is_about_files("systemd_hears_when_it_is_ready_how_it_is_doing_and_that_it_is_alive") {
        return;
    }
    let world = World::new();
    world.sandbox.change(UploadRule {
        never_ending: Some(true),
        ..UploadRule::default()
    });
    world.export(&faq(&["a"]));
    let (mut systemd, daemon) = Systemd::start(&world, 200);
    let first = systemd.next();
    assert!(first.starts_with("READY=1\nSTATUS="), "{first}");
    assert!(
        world.path("state/state.db").exists(),
        "ready before there is a state"
    );
    until("a task is told of", || {
        systemd
            .next()
            .contains("STATUS=acme_support: task with 1 row for ")
    });
    world.heal();
    systemd.hears("STATUS=acme_support: in sync");
    // It is alive although nothing changes.
    for _ in 0..3 {
        systemd.hears("WATCHDOG=1");
    }
    let run = daemon.stop().exits(0);
    systemd.hears("STOPPING=1");
    assert!(!run.stderr.contains("cannot be told"));
}

#[test]
fn a_reload_begins_and_ends_whether_the_configuration_is_right_or_wrong() {
    let world = World::new();
    world.export(&faq(&["a"]));
    let (mut systemd, daemon) = Systemd::start(&world, 60_000);
    systemd.hears("READY=1");
    daemon.signal(Signal::HUP);
    systemd.hears("RELOADING=1");
    assert!(systemd.heard.last().unwrap().contains("MONOTONIC_USEC="));
    systemd.hears("READY=1");
    world.write("config.toml", "nonsense");
    daemon.signal(Signal::HUP);
    systemd.hears("RELOADING=1");
    systemd.hears("READY=1");
    daemon.stop().exits(0);
    systemd.hears("STOPPING=1");
}

/// Where systemd is installed: the units are verified, and each is closed off well.
#[test]
fn systemd_understands_the_units_and_finds_them_well_closed_off() {
    let available = Command::new("systemd-analyze").arg("--version").output();
    if !available.is_ok_and(|output| output.status.success()) {
        eprintln!("systemd-analyze is not installed; the units are not verified");
        return;
    }
    let world = World::new();
    let program = env!("CARGO_BIN_EXE_kms-haptik-sync");
    let units = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("systemd");
    let names = [
        "kms-haptik-sync.service",
        "kms-haptik-sync-once.service",
        "kms-haptik-sync-once.timer",
    ];
    for name in names {
        let unit = std::fs::read_to_string(units.join(name)).unwrap();
        world.write(
            name,
            unit.replace("/usr/local/bin/kms-haptik-sync", program),
        );
    }
    let verified = Command::new("systemd-analyze")
        .args(["verify", "--man=no", "--recursive-errors=no"])
        .args(names.map(|name| world.path(name)))
        .output()
        .unwrap();
    let words = String::from_utf8_lossy(&verified.stderr).into_owned();
    let ours: Vec<_> = words
        .lines()
        .filter(|line| line.contains("kms-haptik"))
        .collect();
    assert!(verified.status.success() && ours.is_empty(), "{words}");
    for name in &names[..2] {
        let scored = Command::new("systemd-analyze")
            .args(["security", "--offline=true", "--threshold=15"])
            .arg(world.path(name))
            .output()
            .unwrap();
        let table = String::from_utf8_lossy(&scored.stdout).into_owned();
        assert!(scored.status.success(), "{table}");
    }
}

#[test]
fn the_journal_gets_the_fields_of_an_event() {
    let privileged = Command::new("unshare").args(["-rm", "true"]).status();
    if !privileged.is_ok_and(|status| status.success()) {
        eprintln!(
            "skipped: `unshare -rm` is not to be had here, so no journal can be put in its place"
        );
        return;
    }
    let world = World::new();
    world.sandbox.change(UploadRule {
        bad_steps: Some([("a".to_owned(), "no".to_owned())].into()),
        ..UploadRule::default()
    });
    world.export(&faq(&["a"]));
    let journal = UnixDatagram::bind(world.path("journal.sock")).unwrap();
    journal.set_read_timeout(Some(DEADLINE)).unwrap();
    let script = "mount -t tmpfs none /run && mkdir -p /run/systemd/journal && touch /run/systemd/journal/socket && \
                  mount --bind journal.sock /run/systemd/journal/socket && exec 2>lines && \
                  JOURNAL_STREAM=$(stat -c %d:%i lines) \"$@\"";
    let sync = world.start_in_shell(Command::new("unshare").arg("-rm"), script);
    let mut entries = Vec::new();
    let mut bytes = vec![0; 1 << 16];
    let failed = b"failed; Haptik says: ";
    until("the failed upload is told", || {
        let length = journal.recv(&mut bytes).expect("the journal hears nothing");
        entries = bytes[..length].to_vec();
        entries.windows(failed.len()).any(|part| part == failed)
    });
    sync.wait().exits(3);
    for (name, value) in [
        ("PRIORITY", "4"),
        ("SYSLOG_IDENTIFIER", "kms-haptik-sync"),
        ("BOT", "acme_support"),
        ("UPLOAD", "1"),
    ] {
        // The journal's own form: the name, the length in eight bytes, the value.
        let length = (value.len() as u64).to_le_bytes();
        let field = [name.as_bytes(), b"\n", &length, value.as_bytes(), b"\n"].concat();
        let is_there = entries.windows(field.len()).any(|part| part == field);
        assert!(is_there, "{name} in {}", String::from_utf8_lossy(&entries));
    }
    let lines = std::fs::read_to_string(world.path("lines")).unwrap();
    assert!(
        !lines.contains("Haptik says"),
        "the journal has it already: {lines}"
    );
}
