//! The API against schemathesis, which makes requests from its description, right ones and wrong ones, and holds
//! each answer against it.

use std::process::Command;

use crate::admin::{address, exchange, status_of};
use crate::support::{BOT, World, faq, until};
use serde_json::Value;

/// The program. `.ci/run` installs it.
const PROGRAM: &str = "SCHEMATHESIS";
const ADMIN: &str = "[admin]\nlisten = '127.0.0.1:0'\ntoken = { file = 'admin-token' }";
const TOKEN: &str = "token-of-the-operator";
/// Every request and its answer.
const ANSWERS: &str = "answers.har";

fn world() -> World {
    let world = World::with(|settings| {
        settings.tables(ADMIN);
        settings.haptik("calls_per_minute = 1000");
        settings.haptik("ask = { mode = 'webhook', business_id = 1001, calls_per_day = 100000 }");
    });
    world.write("admin-token", TOKEN);
    world.export(&faq(&["a", "b", "c"]));
    world
}

#[test]
fn no_request_gets_an_answer_that_is_not_described() {
    let Some(program) = std::env::var_os(PROGRAM) else {
        println!("SKIPPED: {PROGRAM} does not name schemathesis (pip install schemathesis)");
        return;
    };
    let world = world();
    world.write(
        "schemathesis.toml",
        format!("[parameters]\n\"path.bot\" = \"{BOT}\"\n"),
    );
    let daemon = world.daemon();
    let address = address(&daemon);
    until("the first sync", || world.is_in_sync());
    let tried = Command::new(program)
        .args([
            "--config-file",
            "schemathesis.toml",
            "run",
            "--checks",
            "all",
        ])
        // A wish may be well formed and still ask for what cannot be done. And ten wrong tokens make the
        // listener refuse every request of a minute, so that the API itself would not be asked: the test below
        // sends them.
        .args(["--exclude-checks", "positive_data_acceptance,ignored_auth"])
        .args(["--max-examples", "30", "--seed", "1", "--workers", "1"])
        .args(["--report", "har", "--report-har-path", ANSWERS])
        .args(["--header", &format!("Authorization: Bearer {TOKEN}")])
        .arg(format!("http://{address}/v1/openapi.json"))
        .current_dir(world.path(""))
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&tried.stdout);
    assert!(tried.status.success(), "{told}");
    assert!(told.contains("Tested: 15"), "{told}");
    let answers = std::fs::read(world.path(ANSWERS)).unwrap();
    let answers: Value = serde_json::from_slice(&answers).unwrap();
    let answers = answers["log"]["entries"].as_array().unwrap();
    let of = |status: u16| {
        let answers = answers.iter();
        let with = answers.filter(|answer| answer["response"]["status"] == status);
        with.count()
    };
    assert_eq!(of(429), 0, "the listener has answered for the API");
    assert!(of(200) > 50, "{} of {}", of(200), answers.len());
    daemon.stop().exits(0);
}

#[test]
fn nothing_that_is_described_is_open_to_a_wrong_token() {
    let world = world();
    let daemon = world.daemon();
    let address = address(&daemon);
    let ask = |method: &str, path: &str, token: &str| {
        let request = format!(
            "{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: 0\r\n{token}\r\n"
        );
        status_of(&exchange(&address, request.as_bytes()))
    };
    let description = include_str!("../../src/admin/api/openapi.json");
    let description: Value = serde_json::from_str(description).unwrap();
    let mut wrong = Vec::new();
    for (path, operations) in description["paths"].as_object().unwrap() {
        let path = path.replace("{bot}", BOT);
        let methods = operations.as_object().unwrap().keys();
        for method in methods.filter(|method| ["get", "post"].contains(&method.as_str())) {
            let method = method.to_uppercase();
            assert_eq!(ask(&method, &path, ""), 401, "{method} {path}");
            wrong.push(ask(&method, &path, "Authorization: Bearer wrong\r\n"));
        }
    }
    // After ten wrong ones, tokens are not even looked at.
    assert!(wrong.len() > 15, "only {wrong:?}");
    let (first, rest) = wrong.split_at(10);
    assert_eq!(first, [401; 10]);
    assert!(rest.iter().all(|status| *status == 429), "{rest:?}");
    daemon.stop().exits(0);
}
