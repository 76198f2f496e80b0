//! `check` against a sandbox Haptik: what is wrong is told with its remedy, and the exit code tells it too.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::thread;

use crate::support::{Run, TOKEN, World, faq, until};
use kms_haptik_sync::config::UploadEffect::Merge;
use kms_haptik_sync::sandbox::UploadRule;
use serde_json::Value;

/// The check of this name.
#[track_caller]
fn check(run: &Run, name: &str) -> Value {
    let checks = run.json()["checks"].clone();
    let found = checks.as_array().unwrap().iter();
    let mut found = found.filter(|check| check["name"] == name);
    let check = found
        .next()
        .unwrap_or_else(|| panic!("no {name} in {checks:#}"));
    assert!(found.next().is_none(), "{name} twice in {checks:#}");
    check.clone()
}

/// That a check came out so, with these words as evidence.
#[track_caller]
fn holds(run: &Run, name: &str, state: &str, evidence: &str) {
    let check = check(run, name);
    assert_eq!(check["state"], state, "{check:#}");
    let words = check["evidence"].as_str().unwrap();
    assert!(words.contains(evidence), "{evidence:?} in {check:#}");
    assert_eq!(check["remedy"].is_null(), state == "ok", "{check:#}");
}

fn world() -> World {
    let world = World::new();
    world.export(&faq(&["a", "b"]));
    world
}

#[test]
fn all_is_well_and_nothing_was_uploaded() {
    let world = world();
    let run = world.run(&["check", "--json"]).exits(0);
    for check in run.json()["checks"].as_array().unwrap() {
        assert_eq!(check["state"], "ok", "{check:#}");
    }
    holds(&run, "credentials", "ok", "404: there is no such task");
    holds(&run, "connection", "ok", "127.0.0.1 answers at");
    holds(&run, "TLS", "ok", "on this machine");
    holds(&run, "clock", "ok", "as Haptik's");
    holds(&run, "budget", "ok", "0 of 100000 calls");
    assert!(!world.path("state").exists(), "a check makes nothing");
    let calls = world.sandbox.calls();
    assert_eq!((calls.count, calls.tasks.len()), (1, 0));

    world.sync().exits(0);
    let (before, tasks) = (world.calls(), world.tasks().len());
    let run = world.run(&["check", "--json"]).exits(0);
    assert_eq!(world.calls(), before + 1);
    assert_eq!(world.tasks().len(), tasks);
    let used = check(&run, "budget")["evidence"].clone();
    assert_eq!(
        used,
        format!("{before} of 100000 calls in the last minute"),
        "the first check found no state to be counted in, the second was counted"
    );
}

#[test]
fn offline_calls_nobody() {
    let mut world = world();
    world.reconfigure(|settings| settings.haptik("base_url = 'https://haptik.invalid'"));
    let run = world.run(&["check", "--offline", "--json"]).exits(0);
    let checks = run.json()["checks"].clone();
    let names: Vec<_> = checks
        .as_array()
        .unwrap()
        .iter()
        .map(|check| check["name"].as_str().unwrap())
        .collect();
    assert!(
        names.contains(&"token") && !names.contains(&"DNS"),
        "{names:?}"
    );
    assert!(!names.contains(&"credentials"), "{names:?}");
    assert_eq!(world.calls(), 0);
}

#[test]
fn a_refused_token_is_wrong_and_not_shown() {
    let world = world();
    world.sandbox.change(UploadRule {
        token: Some("another".to_owned()),
        ..UploadRule::default()
    });
    let run = world.run(&["check", "--json"]).exits(1);
    holds(&run, "token", "ok", "holds one");
    holds(
        &run,
        "credentials",
        "wrong",
        "refuses the token (401: the token is",
    );
    assert!(!run.stdout.contains(TOKEN) && !run.stderr.contains(TOKEN));
    world
        .run(&["check"])
        .exits(1)
        .tells(&["wrong    credentials", "→ put the right token in place"]);
}

#[test]
fn a_token_that_is_not_there_is_wrong() {
    let world = world();
    std::fs::remove_file(world.path("token")).unwrap();
    let run = world.run(&["check", "--json"]).exits(1);
    holds(&run, "token", "wrong", "does not exist");
    holds(&run, "credentials", "wrong", "could not be made");
    assert_eq!(world.calls(), 0);
}

#[test]
fn a_host_that_is_not_there_is_wrong() {
    let mut world = world();
    let free = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    world.reconfigure(|settings| settings.haptik(&format!("base_url = 'http://{free}'")));
    let run = world.run(&["check", "--json"]).exits(1);
    holds(&run, "DNS", "ok", "is an address");
    holds(&run, "connection", "wrong", "takes no connection");
    holds(&run, "credentials", "warning", "no way to Haptik");

    world.reconfigure(|settings| settings.haptik("base_url = 'https://haptik.invalid'"));
    let run = world.run(&["check", "--json"]).exits(1);
    holds(&run, "DNS", "wrong", "haptik.invalid");
}

#[test]
fn a_host_that_speaks_no_tls_is_wrong() {
    let mut world = world();
    let address = answering("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n");
    world.reconfigure(|settings| settings.haptik(&format!("base_url = 'https://{address}'")));
    let run = world.run(&["check", "--json"]).exits(1);
    holds(&run, "connection", "ok", "answers at");
    holds(&run, "TLS", "wrong", "");
}

#[test]
fn clocks_that_differ_want_a_person() {
    let mut world = world();
    let address = answering(
        "HTTP/1.1 404 Not Found\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\n\
         Content-Type: application/json\r\nContent-Length: 18\r\nConnection: close\r\n\r\n{\"success\": false}",
    );
    world.reconfigure(|settings| settings.haptik(&format!("base_url = 'http://{address}'")));
    let run = world.run(&["check", "--json"]).exits(0);
    holds(&run, "clock", "warning", " days ahead of Haptik's");
    holds(&run, "credentials", "ok", "taken");
}

#[test]
fn a_portal_in_haptiks_place_wants_a_person() {
    let mut world = world();
    let address = answering(
        "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 29\r\nConnection: close\r\n\r\n\
         <title>Please sign in</title>",
    );
    world.reconfigure(|settings| settings.haptik(&format!("base_url = 'http://{address}'")));
    let run = world.run(&["check", "--json"]).exits(0);
    holds(&run, "credentials", "warning", "an HTML page titled");
}

#[test]
fn a_gateway_that_knows_no_such_path_says_nothing_of_the_token() {
    let mut world = world();
    let address = answering(
        "HTTP/1.1 404 Not Found\r\nContent-Type: application/json\r\nContent-Length: 31\r\n\
         Connection: close\r\n\r\n{\"message\":\"no Route matched.\"}",
    );
    world.reconfigure(|settings| settings.haptik(&format!("base_url = 'http://{address}'")));
    let run = world.run(&["check", "--json"]).exits(0);
    holds(&run, "credentials", "warning", "404: no Route matched");
}

#[test]
fn a_budget_that_is_used_up_is_not_overdrawn() {
    let mut world = World::synced(Merge, &faq(&["a"]));
    let used = world.calls();
    world.reconfigure(|settings| settings.haptik("calls_per_minute = 1"));
    let run = world.run(&["check", "--json"]).exits(0);
    holds(
        &run,
        "credentials",
        "warning",
        "the call budget has no room",
    );
    holds(&run, "budget", "warning", &format!("{used} of 1 calls"));
    assert_eq!(world.calls(), used);
}

#[test]
fn beside_a_daemon_the_daemon_makes_the_call() {
    let mut world = world();
    let daemon = world.daemon();
    until("the first sync", || {
        world.run(&["status", "--json"]).bot()["state"] == "in_sync"
    });
    let before = world.calls();
    let run = world.run(&["check", "--json"]).exits(0);
    holds(&run, "daemon", "ok", "works on the state");
    holds(&run, "credentials", "ok", "404: there is no such task");
    let used = format!("{} of 100000", before + 1);
    holds(&run, "budget", "ok", &used);

    // The daemon goes on with what it has read, and says so.
    let url = world.url.clone();
    world.reconfigure(|settings| settings.haptik(&format!("base_url = '{url}/elsewhere'")));
    let run = world.run(&["check", "--json"]).exits(1);
    holds(
        &run,
        "state of acme_support",
        "wrong",
        "it is of another Haptik",
    );
    holds(
        &run,
        "credentials",
        "warning",
        "the daemon works with another base_url",
    );
    daemon.stop().exits(0);
}

#[test]
fn rows_that_are_rejected_are_warned_of() {
    let world = World::new();
    world.write(
        "export/faq.csv",
        "node_name,question,answer\na,How?,So.\nb,,\n",
    );
    let run = world.run(&["check", "--json"]).exits(0);
    holds(
        &run,
        "source acme_support/export",
        "warning",
        "1 article in 1 file",
    );
    holds(&run, "watches", "ok", "1 folder to watch");
}

#[test]
fn what_most_answers_end_with_is_told() {
    let world = World::new();
    let row = |at: usize| format!("kb-{at},How {at}?,Answer {at}.<m>Was this helpful?\n");
    let rows: String = (0..5).map(row).collect();
    let export = format!("node_name,question,answer\n{rows}");
    world.write("export/faq.csv", export);
    let run = world.run(&["check", "--json"]).exits(0);
    holds(
        &run,
        "source acme_support/export",
        "ok",
        "5 of 5 answers end with the same line: \"Was this helpful?\". If it belongs to the page",
    );
}

#[test]
fn an_empty_export_is_waited_for_at_first_and_wrong_once_there_were_articles() {
    let world = World::new();
    let (empty, full) = (
        "node_name,question,answer\n",
        "node_name,question,answer\na,How?,So.\n",
    );
    world.write("export/faq.csv", empty);
    let run = world.run(&["check", "--json"]).exits(0);
    holds(
        &run,
        "source acme_support/export",
        "warning",
        "waiting for its first export: 0 articles",
    );
    world.write("export/faq.csv", full);
    world.run(&["--sync-now"]).exits(0);
    world.write("export/faq.csv", empty);
    let run = world.run(&["check", "--json"]).exits(1);
    holds(&run, "source acme_support/export", "wrong", "0 articles");
}

#[test]
fn a_wrong_configuration_is_the_only_thing_told() {
    let world = world();
    world.write("config.toml", "[haptik]\nbase_urll = 'x'\n");
    let run = world.run(&["check", "--json"]).exits(2);
    holds(&run, "configuration", "wrong", "base_url");
    assert_eq!(run.json()["checks"].as_array().unwrap().len(), 1);
}

/// A server that answers every connection with this.
fn answering(answer: &'static str) -> std::net::SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            thread::spawn(move || {
                let mut stream = stream;
                let mut head = [0; 4096];
                // The check that only connects sends nothing.
                if matches!(stream.read(&mut head), Ok(1..)) {
                    let _ = stream.write_all(answer.as_bytes());
                }
            });
        }
    });
    address
}

#[test]
fn its_call_is_written_down_for_whoever_has_to_learn_from_it() {
    let world = world();
    let run = world
        .run(&["check", "--record", "calls.jsonl", "--json"])
        .exits(0);
    holds(&run, "recording", "ok", "calls.jsonl has 1 call to Haptik");
    let text = std::fs::read_to_string(world.path("calls.jsonl")).unwrap();
    assert!(text.contains("there is no such task"), "{text}");
    assert!(!text.contains(TOKEN) && !text.contains("acme"), "{text}");
    world
        .run(&["check", "--record", "calls.jsonl"])
        .exits(2)
        .tells(&["is there already"]);
    world
        .run(&["check", "--offline", "--record", "others.jsonl"])
        .exits(2);

    let daemon = world.daemon();
    until("the first sync", || world.live().len() == 2);
    let run = world
        .run(&["check", "--record", "others.jsonl", "--json"])
        .exits(0);
    holds(&run, "recording", "warning", "made no call");
    assert!(!world.path("others.jsonl").exists());
    daemon.stop().exits(0);
}
