//! The API against schemathesis, which makes requests from its description, right ones and wrong ones, and holds
//! each answer against it.

use std::process::Command;

use crate::admin::address;
use crate::support::{BOT, World, faq, until};

/// The program. `.ci/run` installs it.
const PROGRAM: &str = "SCHEMATHESIS";
const ADMIN: &str = "[admin]\nlisten = '127.0.0.1:0'\ntoken = { file = 'admin-token' }";
const TOKEN: &str = "token-of-the-operator";

#[test]
fn no_request_gets_an_answer_that_is_not_described() {
    let Some(program) = std::env::var_os(PROGRAM) else {
        println!("SKIPPED: {PROGRAM} does not name schemathesis (pip install schemathesis)");
        return;
    };
    let world = World::with(|settings| {
        settings.tables(ADMIN);
        settings.haptik("calls_per_minute = 1000");
        settings.haptik("ask = { mode = 'webhook', business_id = 1001, calls_per_day = 100000 }");
    });
    world.write("admin-token", TOKEN);
    world.write(
        "schemathesis.toml",
        format!("[parameters]\n\"path.bot\" = \"{BOT}\"\n"),
    );
    world.export(&faq(&["a", "b", "c"]));
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
        // A wish may be well formed and still ask for what cannot be done.
        .args(["--exclude-checks", "positive_data_acceptance"])
        .args(["--max-examples", "30", "--seed", "1", "--workers", "1"])
        .args(["--header", &format!("Authorization: Bearer {TOKEN}")])
        .arg(format!("http://{address}/v1/openapi.json"))
        .current_dir(world.path(""))
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&tried.stdout);
    assert!(tried.status.success(), "{told}");
    assert!(told.contains("Tested: 15"), "{told}");
    daemon.stop().exits(0);
}
