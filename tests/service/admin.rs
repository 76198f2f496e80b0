//! The admin listener and `health`: what a load balancer, Prometheus and a container ask, and what
//! becomes of requests that nobody should send.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::os::unix::net::UnixStream;

use crate::support::{BOT, DEADLINE, Running, TOKEN, World, faq, until, within};
use kms_haptik_sync::sandbox::{Fault, FaultKind, On, UploadRule};
use rustix::process::Signal;
use serde_json::Value;

pub(crate) const OPEN: &str = "[admin]\nlisten = '127.0.0.1:0'";

/// The address at which a daemon says that it listens.
#[track_caller]
pub(crate) fn address(daemon: &Running) -> String {
    daemon.says("the admin listener is at http://");
    let said = daemon.stderr();
    let (_, rest) = said.rsplit_once("listener is at http://").unwrap();
    rest.split_whitespace().next().unwrap().to_owned()
}

/// What comes back for these bytes, until the other side closes.
pub(crate) fn exchange(address: &str, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(DEADLINE)).unwrap();
    // A refusal may come before everything was sent.
    let _ = stream.write_all(bytes);
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    String::from_utf8_lossy(&answer).into_owned()
}

fn refuse_the_token(world: &World) {
    world.fault(Fault {
        code: Some(401),
        times: 1000,
        ..Fault::new(On::Submit, FaultKind::StatusCode)
    });
}

pub(crate) fn get(address: &str, path: &str, headers: &str) -> String {
    let request =
        format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{headers}\r\n");
    exchange(address, request.as_bytes())
}

#[track_caller]
pub(crate) fn status_of(answer: &str) -> u16 {
    let code = answer.split(' ').nth(1).and_then(|code| code.parse().ok());
    code.unwrap_or_else(|| panic!("no HTTP: {answer:?}"))
}

pub(crate) fn body(answer: &str) -> &str {
    answer.split_once("\r\n\r\n").unwrap().1
}

#[test]
fn pages_tell_how_the_bots_are_doing() {
    let world = World::with(|settings| settings.tables(OPEN));
    world.export(&faq(&["a", "b"]));
    let daemon = world.daemon();
    let address = address(&daemon);
    until("the first sync", || world.live().len() == 2);
    assert_eq!(body(&get(&address, "/healthz", "")), "alive\n");
    until("it is ready", || {
        status_of(&get(&address, "/readyz", "")) == 200
    });

    let told =
        || -> Value { serde_json::from_str(body(&get(&address, "/status.json", ""))).unwrap() };
    until("it is in sync", || told()["bots"][0]["state"] == "in_sync");
    let printed = world.run(&["status", "--json"]).exits(0).json();
    assert_eq!(told(), printed, "two ways to ask, one answer");

    let metrics = get(&address, "/metrics", "");
    assert!(
        metrics.contains("content-type: application/openmetrics-text"),
        "{metrics}"
    );
    for line in [
        format!("kms_haptik_sync_steps{{bot=\"{BOT}\",state=\"live\"}} 2"),
        format!("kms_haptik_sync_uploads_total{{bot=\"{BOT}\",outcome=\"succeeded\"}} 1"),
        format!("kms_haptik_sync_task_duration_seconds_count{{bot=\"{BOT}\"}} 1"),
        format!("kms_haptik_sync_change_to_live_seconds_count{{bot=\"{BOT}\"}} 2"),
        "kms_haptik_sync_ready 1".to_owned(),
    ] {
        assert!(
            metrics.lines().any(|told| told == line),
            "{line} in\n{metrics}"
        );
    }
    assert!(!metrics.contains(TOKEN));
    daemon.stop().exits(0);
}

#[test]
fn it_is_not_ready_while_a_bot_fails_and_says_why() {
    let world = World::with(|settings| settings.tables(OPEN));
    refuse_the_token(&world);
    world.export(&faq(&["a"]));
    let daemon = world.daemon();
    let address = address(&daemon);
    until("it is not ready", || {
        status_of(&get(&address, "/readyz", "")) == 503
    });
    let words = get(&address, "/readyz", "");
    assert!(
        body(&words).starts_with("not ready: acme_support is failing: "),
        "{words}"
    );
    assert!(words.contains("401"), "{words}");
    assert_eq!(
        status_of(&get(&address, "/healthz", "")),
        200,
        "it is alive all the same"
    );
    daemon.stop().exits(0);
}

#[test]
fn it_is_not_ready_while_a_change_waits_for_too_long_also_after_a_restart() {
    let world = World::with(|settings| {
        settings.tables("[freshness]\nmax_age = '300ms'\n[admin]\nlisten = '127.0.0.1:0'");
    });
    world.sandbox.change(UploadRule {
        never_ending: Some(true),
        ..UploadRule::default()
    });
    world.export(&faq(&["a"]));
    let late = |daemon: &Running| {
        let address = address(daemon);
        until("a change is late", || {
            status_of(&get(&address, "/readyz", "")) == 503
        });
        let words = get(&address, "/readyz", "");
        assert!(
            words.contains("a change of acme_support has waited"),
            "{words}"
        );
        address
    };
    let daemon = world.daemon();
    late(&daemon);
    daemon.kill();
    let daemon = world.daemon();
    let address = late(&daemon);
    world.heal();
    until("it is live", || {
        status_of(&get(&address, "/readyz", "")) == 200
    });
    daemon.stop().exits(0);
}

#[test]
fn what_nobody_should_send_gets_nothing() {
    let world = World::with(|settings| settings.tables(OPEN));
    world.export(&faq(&["a"]));
    let daemon = world.daemon();
    let address = address(&daemon);
    let long = "x".repeat(100_000);
    let many = "X-A: b\r\n".repeat(1000);
    for (headers, why) in [
        (format!("X-Long: {long}\r\n"), "a long header"),
        (many, "many headers"),
    ] {
        assert_eq!(
            status_of(&get(&address, "/metrics", &headers)),
            431,
            "{why}"
        );
    }
    let answer = get(&address, &format!("/{long}"), "");
    assert!(
        (400..500).contains(&status_of(&answer)),
        "a long path: {answer}"
    );
    for path in [
        "/../../etc/passwd",
        "/%2e%2e/%2e%2e/etc/passwd",
        "/healthz/../../token",
        "//etc/passwd",
        "/status.json/",
        "/<script>alert(1)</script>",
    ] {
        let answer = get(&address, path, "");
        assert!((400..405).contains(&status_of(&answer)), "{path}: {answer}");
        assert!(
            !answer.contains("root:") && !answer.contains("<script>"),
            "{path}: {answer}"
        );
    }
    let host = |host: &str| {
        let request =
            format!("GET /status.json HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
        status_of(&exchange(&address, request.as_bytes()))
    };
    assert_eq!(host("evil.example"), 403);
    assert_eq!(host("localhost"), 200);
    let post =
        "POST /status.json HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9999999999\r\n\r\nx";
    assert_eq!(status_of(&exchange(&address, post.as_bytes())), 405);
    assert_eq!(
        status_of(&exchange(&address, b"\x16\x03\x01\x02\0\x01\r\n\r\n")),
        400
    );
    let answer = get(&address, "/healthz", "");
    for header in [
        "cache-control: no-store",
        "x-content-type-options: nosniff",
        "default-src 'none'",
    ] {
        assert!(answer.contains(header), "{answer}");
    }
    daemon.stop().exits(0);
}

#[test]
fn those_who_say_nothing_do_not_keep_others_out_or_hold_up_a_stop() {
    let world = World::with(|settings| settings.tables(OPEN));
    world.export(&faq(&["a"]));
    let daemon = world.daemon();
    let address = address(&daemon);
    let mut silent: Vec<TcpStream> = (0..100)
        .map(|_| TcpStream::connect(&address).unwrap())
        .collect();
    silent[0].write_all(b"GET /healthz HT").unwrap();
    assert_eq!(status_of(&get(&address, "/healthz", "")), 200);
    daemon.stop().exits(0);
}

#[test]
fn with_a_token_only_who_knows_it_sees_more_than_that_it_is_alive() {
    let world = World::with(|settings| {
        settings.tables("[admin]\nlisten = '127.0.0.1:0'\ntoken = { file = 'admin-token' }");
    });
    world.write("admin-token", "adm-77-never-to-be-seen\n");
    world.export(&faq(&["a"]));
    let daemon = world.daemon();
    let address = address(&daemon);
    for path in ["/readyz", "/status.json", "/metrics", "/nothing"] {
        let answer = get(&address, path, "");
        assert_eq!(status_of(&answer), 401, "{path}");
        assert!(answer.contains("www-authenticate: Bearer"), "{answer}");
        assert!(!answer.contains(BOT), "{answer}");
    }
    assert_eq!(status_of(&get(&address, "/healthz", "")), 200);
    let authorised = "Authorization: Bearer adm-77-never-to-be-seen\r\n";
    assert_eq!(status_of(&get(&address, "/metrics", authorised)), 200);
    world.write("admin-token", "another\n");
    assert_eq!(
        status_of(&get(&address, "/metrics", authorised)),
        401,
        "it was replaced"
    );
    let run = daemon.stop().exits(0);
    assert!(!run.stderr.contains("never-to-be-seen"));
}

#[test]
fn who_guesses_the_token_is_refused_and_told_of() {
    let world = World::with(|settings| {
        settings.tables("[admin]\nlisten = '127.0.0.1:0'\ntoken = { file = 'admin-token' }");
    });
    world.write("admin-token", "adm-77-never-to-be-seen\n");
    world.export(&faq(&["a"]));
    let daemon = world.daemon();
    let address = address(&daemon);
    for guess in 0..10 {
        let guess = format!("Authorization: Bearer {guess}\r\n");
        assert_eq!(status_of(&get(&address, "/metrics", &guess)), 401);
    }
    let right = "Authorization: Bearer adm-77-never-to-be-seen\r\n";
    assert_eq!(status_of(&get(&address, "/metrics", right)), 429);
    assert_eq!(status_of(&get(&address, "/healthz", "")), 200);
    let run = daemon.stop().exits(0);
    assert_eq!(run.stderr.matches("a wrong token was sent").count(), 1);
    assert!(
        run.stderr
            .contains("10 wrong tokens were sent to the admin listener from 127.0.0.1")
    );
}

#[test]
fn health_asks_the_listener_and_says_one_line() {
    let world = World::with(|settings| {
        settings.tables("[admin]\nlisten = 'unix:admin.sock'\ntoken = { file = 'admin-token' }");
    });
    world.write("admin-token", "adm-77\n");
    world.export(&faq(&["a"]));
    world
        .run(&["health"])
        .exits(1)
        .tells(&["not ready: ", "is the daemon running?"]);
    let daemon = world.daemon();
    daemon.says("the admin listener is at unix:");
    until("it is healthy", || world.run(&["health"]).code == Some(0));
    assert_eq!(world.run(&["health"]).stdout, "ready\n");
    assert_eq!(
        world.run(&["health", "--json"]).exits(0).json()["ready"],
        true
    );
    // At a reload the listener is opened anew.
    daemon.signal(Signal::HUP);
    daemon.says("configuration read again");
    assert!(within(DEADLINE, || world.run(&["health"]).code == Some(0)));
    daemon.kill();
    world.run(&["health"]).exits(1);
    let daemon = world.daemon();
    assert!(
        within(DEADLINE, || UnixStream::connect(world.path("admin.sock"))
            .is_ok()),
        "the socket of the killed daemon is in the way"
    );
    daemon.stop().exits(0);
    assert!(!world.path("admin.sock").exists());
}

#[test]
fn without_a_listener_health_asks_the_daemon_itself() {
    let world = World::new();
    world.export(&faq(&["a"]));
    world
        .run(&["health"])
        .exits(1)
        .tells(&["no daemon answers"]);
    let daemon = world.daemon();
    until("it is healthy", || world.run(&["health"]).code == Some(0));
    refuse_the_token(&world);
    world.export(&faq(&["a", "b"]));
    until("it fails", || world.run(&["health"]).code == Some(1));
    world
        .run(&["health"])
        .exits(1)
        .tells(&["not ready: acme_support is failing"]);
    daemon.stop().exits(0);
}

#[test]
fn an_address_that_is_taken_does_not_stop_the_sync() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    let world = World::with(|settings| settings.tables(&format!("[admin]\nlisten = '{address}'")));
    world.export(&faq(&["a"]));
    let daemon = world.daemon();
    daemon.says("the admin listener cannot be opened");
    until("the sync", || world.live().len() == 1);
    drop(taken);
    daemon.says("the admin listener is at");
    daemon.stop().exits(0);
}

#[test]
fn many_requests_leave_no_memory_behind() {
    let world = World::with(|settings| settings.tables(OPEN));
    world.export(&faq(&["a"]));
    let daemon = world.daemon();
    let address = address(&daemon);
    until("the first sync", || world.live().len() == 1);
    let kib = |what: &str| {
        let status = std::fs::read_to_string(format!("/proc/{}/status", daemon.pid())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix(what));
        let kib = line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok());
        kib.unwrap()
    };
    let ask = |times: usize| {
        for _ in 0..times {
            assert_eq!(status_of(&get(&address, "/metrics", "")), 200);
            assert_eq!(status_of(&get(&address, "/", "")), 200);
            assert_eq!(status_of(&get(&address, "/%2e%2e/nothing", "")), 404);
        }
    };
    ask(200);
    let before = kib("VmRSS:");
    ask(3200);
    let grown = kib("VmRSS:").saturating_sub(before);
    assert!(grown < 4096, "9600 requests left {grown} KiB behind");
    // Without optimisation the program alone is larger than that; what it holds is not.
    let bound = if cfg!(debug_assertions) {
        "RssAnon:"
    } else {
        "VmRSS:"
    };
    let held = kib(bound);
    println!("after 10,200 requests: {bound} {held} kB");
    assert!(held < 30 << 10, "{held} KiB after 10,200 requests");
    daemon.stop().exits(0);
}
