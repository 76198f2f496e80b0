//! A standby as it is seen from outside: its page, its probes, and what is asked of it while another process works
//! on the state.

use serde_json::Value;

use crate::admin::{address, body, exchange, get, status_of};
use crate::postgres::Databased;
use crate::support::{BOT, Running, edit, faq, until};
use kms_haptik_sync::sandbox::UploadRule;
use rustix::process::Signal;

const TOKEN: &str = "an-operator-of-this-test";

fn two_with_a_page(test: &str) -> Option<Databased> {
    let there = Databased::with(test, |settings| {
        settings.tables(
            "[admin]\nlisten = '127.0.0.1:0'\n\
             [[admin.user]]\nname = 'anna'\nrole = 'operator'\ntoken = { file = 'operator-token' }\n",
        );
    })?;
    there.world.write("operator-token", TOKEN);
    Some(there)
}

fn authorized() -> String {
    format!("Authorization: Bearer {TOKEN}\r\n")
}

fn post(address: &str, path: &str, json: &str) -> String {
    let request = format!(
        "POST {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\n{}\r\n{json}",
        json.len(),
        authorized()
    );
    exchange(address, request.as_bytes())
}

fn read(address: &str, path: &str) -> String {
    let answer = get(address, path, &authorized());
    assert_eq!(status_of(&answer), 200, "{path}: {answer}");
    body(&answer).to_owned()
}

/// The leader, and the standby with its address.
fn pair(there: &Databased) -> (Running, Running, String) {
    let leader = there.start("one", &["run"]);
    leader.says("ready");
    let standby = there.start("two", &["run"]);
    standby.says("standby: process");
    let address = address(&standby);
    (leader, standby, address)
}

fn line<'t>(metrics: &'t str, name: &str) -> &'t str {
    let mut lines = metrics.lines();
    let found = lines.find(|line| line.starts_with(name));
    found.unwrap_or_else(|| panic!("no {name} in {metrics}"))
}

#[test]
fn a_standby_shows_what_the_database_says_and_is_ready() {
    let Some(there) = two_with_a_page("a_standby_shows_what_the_database_says_and_is_ready") else {
        return;
    };
    let steps = faq(&["a", "b"]);
    there.world.export(&steps);
    let (leader, standby, at_standby) = pair(&there);
    let at_leader = address(&leader);
    let state = |address: &str| -> Value {
        let told: Value = serde_json::from_str(&read(address, "/status.json")).unwrap();
        told["bots"][0].clone()
    };
    until("both say that it is in sync", || {
        [&at_leader, &at_standby]
            .iter()
            .all(|address| state(address)["state"] == "in_sync" && state(address)["live"] == 2)
    });
    let ready = read(&at_standby, "/readyz");
    let leader_is = format!("standby of process {} on ", leader.pid());
    assert!(
        ready.starts_with(&leader_is) && ready.contains(" since "),
        "{ready}"
    );
    assert_eq!(read(&at_leader, "/readyz"), "ready\n");
    for (address, is_leader) in [(&at_leader, 1), (&at_standby, 0)] {
        let metrics = read(address, "/metrics");
        let expected = format!("kms_haptik_sync_leader {is_leader}");
        assert_eq!(line(&metrics, "kms_haptik_sync_leader"), expected);
        assert_eq!(
            line(&metrics, "kms_haptik_sync_ready"),
            "kms_haptik_sync_ready 1"
        );
        let live = format!("kms_haptik_sync_steps{{bot=\"{BOT}\",state=\"live\"}}");
        assert_eq!(line(&metrics, &live), format!("{live} 2"));
    }
    let page = read(&at_standby, "/");
    assert!(page.contains("This is a standby of process"), "{page}");
    assert!(!read(&at_leader, "/").contains("This is a standby"));
    let told: Value =
        serde_json::from_str(&read(&at_standby, &format!("/v1/bots/{BOT}/steps"))).unwrap();
    assert_eq!(told["steps"].as_array().map(Vec::len), Some(2), "{told}");
    let status = there.start("two", &["status"]).wait().exits(0);
    status.tells(&["works on this state, since", "in sync"]);

    leader.kill();
    until("the standby has taken over", || {
        standby.stderr().contains("ready: version")
    });
    until("it listens as the one that works", || {
        let said = standby.stderr();
        said.matches("the admin listener is at").count() == 2
    });
    until("it says so", || {
        let listening = address(&standby);
        let ready = get(&listening, "/readyz", &authorized());
        ready.ends_with("ready\n") && !ready.contains("standby")
    });
    let metrics = read(&address(&standby), "/metrics");
    assert_eq!(
        line(&metrics, "kms_haptik_sync_leader"),
        "kms_haptik_sync_leader 1"
    );
    standby.stop().exits(0);
}

#[test]
fn what_is_asked_of_a_standby_is_carried_out_where_the_work_is() {
    let Some(there) =
        two_with_a_page("what_is_asked_of_a_standby_is_carried_out_where_the_work_is")
    else {
        return;
    };
    let mut steps = faq(&["a", "b"]);
    there.world.export(&steps);
    let (leader, standby, at_standby) = pair(&there);
    until("the first upload is live", || there.holds(&steps));

    // On the host of the standby, on one without a daemon, and by its API.
    let pause = ["pause", BOT, "--reason", "a new flow"];
    there
        .start("two", &pause)
        .wait()
        .exits(0)
        .tells(&["nothing is uploaded"]);
    edit(&mut steps, "a", "edited");
    there.world.export(&steps);
    let status = there.start("three", &["status", "--json"]).wait();
    assert_eq!(status.bot()["paused"]["reason"], "a new flow");
    there.start("three", &["resume", BOT]).wait().exits(0);
    until("the edit is live", || there.holds(&steps));
    let sync = there
        .start("two", &["--sync-now", "--json"])
        .wait()
        .exits(0);
    assert_eq!(sync.bot()["unchanged"], 2);
    let path = format!("/v1/bots/{BOT}");
    let answer = post(
        &at_standby,
        &format!("{path}/pause"),
        r#"{"reason": "again"}"#,
    );
    assert_eq!(status_of(&answer), 200, "{answer}");
    let answer = post(&at_standby, &format!("{path}/sync"), "");
    assert_eq!(status_of(&answer), 200, "{answer}");
    let answer = post(
        &at_standby,
        &format!("{path}/retry"),
        r#"{"steps": ["nowhere"]}"#,
    );
    assert_eq!(status_of(&answer), 409, "{answer}");
    assert!(answer.contains("not in quarantine: nowhere"), "{answer}");
    let actions = there
        .start("two", &["history", "--actions", "--json"])
        .wait();
    let actions = actions.exits(0).json();
    let who: Vec<_> = actions
        .as_array()
        .unwrap()
        .iter()
        .map(|action| action["who"].clone())
        .collect();
    assert!(who.iter().any(|who| who == "anna (api)"), "{actions}");

    // What is refused is refused here, too.
    let none = there
        .start("three", &["pause", "nobody", "--reason", "x"])
        .wait();
    none.exits(2);
    standby.stop().exits(0);
    leader.stop().exits(0);
}

#[test]
fn a_command_does_itself_what_nobody_takes_up() {
    let Some(there) = two_with_a_page("a_command_does_itself_what_nobody_takes_up") else {
        return;
    };
    there.world.export(&faq(&["a"]));
    let with_lease = |host, arguments: &[&str]| {
        let mut command = there.on(host, arguments);
        command.env("KMS_HAPTIK_SYNC__STATE_LEASE", "1s");
        Running::start(&mut command)
    };
    let leader = with_lease("one", &["run"]);
    leader.says("ready");
    leader.signal(Signal::STOP);
    let paused = with_lease("two", &["pause", BOT, "--reason", "x"]);
    paused.wait().exits(0);
    leader.signal(Signal::CONT);
    leader.says("another process works on this state by now");
    until("it works on it again", || {
        there.leader() == Some(leader.pid())
    });
    let status = there.start("two", &["status", "--json"]).wait();
    assert_eq!(status.bot()["paused"]["reason"], "x", "{}", status.bot());
    leader.kill();
    let resumed = with_lease("two", &["resume", BOT]);
    resumed.wait().exits(0);
}

#[test]
fn a_wish_that_nobody_takes_up_is_taken_back() {
    let Some(there) = two_with_a_page("a_wish_that_nobody_takes_up_is_taken_back") else {
        return;
    };
    there.world.export(&faq(&["a"]));
    there.world.sandbox.change(UploadRule {
        never_ending: Some(true),
        ..UploadRule::default()
    });
    // It holds the state, and does one thing only.
    let busy = there.start("one", &["--sync-now"]);
    until("the task runs", || there.world.tasks().len() == 1);
    let refused = there
        .start("two", &["pause", BOT, "--reason", "x"])
        .wait()
        .exits(1);
    refused.tells(&["works on this state since", "run the command there"]);
    there.world.heal();
    busy.wait().exits(0);
    let status = there.start("two", &["status", "--json"]).wait();
    assert!(
        status.bot()["paused"].is_null(),
        "nobody waited for the pause"
    );
}

#[test]
fn a_standby_reads_its_configuration_again_and_takes_over_with_it() {
    let test = "a_standby_reads_its_configuration_again_and_takes_over_with_it";
    let Some(mut there) = two_with_a_page(test) else {
        return;
    };
    there.world.write(
        "elsewhere/faq.csv",
        "node_name,question,answer\na,q,moved\n",
    );
    let steps = faq(&["a"]);
    there.world.export(&steps);
    let (leader, standby, _) = pair(&there);
    until("the first sync", || there.holds(&steps));

    there
        .world
        .write("config.toml", "[haptik]\nbase_url = 'ftp://nowhere'\n");
    standby.signal(Signal::HUP);
    standby.says("the old one stays in force");
    there
        .world
        .reconfigure(|settings| settings.source("folder = 'elsewhere'"));
    there
        .world
        .reconfigure(|settings| settings.source("name = 'export'"));
    standby.signal(Signal::HUP);
    standby.says("configuration read again");
    until("it stands by as before", || {
        standby.stderr().matches("standby: process").count() == 2
    });

    leader.kill();
    until("the standby works with the new configuration", || {
        there.world.live().get("a") == Some(&("q".to_owned(), "moved".to_owned()))
    });
    standby.stop().exits(0);
}
