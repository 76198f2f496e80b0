//! The state in a database of PostgreSQL. `POSTGRES_URL` names one to throw away; without it these tests say that
//! they were left out.

use std::process::Command;

use sqlx::Connection as _;

use crate::support::{BOT, Database, Faq, Running, Settings, World, edit, faq, serve, until};
use kms_haptik_sync::sandbox::{TaskRecord, UploadRule};

/// A world whose state is in a database.
pub(crate) struct Databased {
    pub(crate) world: World,
    database: Database,
    pub(crate) state: String,
}

impl Databased {
    fn new(test: &str) -> Option<Self> {
        Self::with(test, |_| {})
    }

    /// The same, with a user who owns nothing but the tables, and who is called as their schema is: what happens to
    /// that user happens to no other test.
    pub(crate) fn with_own_user(
        test: &str,
        change: impl FnOnce(&mut Settings),
    ) -> Option<(Self, String)> {
        let mut this = Self::with(test, change)?;
        let user = this.database.schema.clone();
        this.sql(&format!(
            "DROP ROLE IF EXISTS {user}; CREATE ROLE {user} LOGIN; ALTER SCHEMA {user} OWNER TO {user}"
        ));
        let (_, at) = this.state.split_once('@').unwrap();
        this.state = format!("postgres://{user}@{at}");
        Some((this, user))
    }

    /// The same with other settings.
    pub(crate) fn with(test: &str, change: impl FnOnce(&mut Settings)) -> Option<Self> {
        let Some(database) = Database::new() else {
            eprintln!("{test} was left out: POSTGRES_URL names no database");
            return None;
        };
        Some(Self {
            world: World::with(change),
            state: database.state.clone(),
            database,
        })
    }

    pub(crate) fn sql(&self, sql: &str) {
        self.database.attempt(sql).unwrap();
    }

    /// Whether the server does it.
    pub(crate) fn tries(&self, sql: &str) -> bool {
        self.database.attempt(sql).is_ok()
    }

    /// Where the database listens.
    pub(crate) fn address(&self) -> String {
        let (_, rest) = self.database.server.split_once('@').unwrap();
        rest.split('/').next().unwrap().to_owned()
    }

    /// The same database by way of another port.
    pub(crate) fn through(&self, port: u16) -> String {
        self.state
            .replace(&self.address(), &format!("127.0.0.1:{port}"))
    }

    /// The process that works on the state, as the database knows it; `None` also while that does not answer.
    pub(crate) fn leader(&self) -> Option<u32> {
        let state = self.state.clone();
        let pid: Option<i64> = serve(async move {
            let mut connection = sqlx::postgres::PgConnection::connect(&state).await.ok()?;
            let pid = sqlx::query_scalar("SELECT pid FROM lease WHERE until >= lease_clock()");
            pid.fetch_optional(&mut connection).await.ok()?.flatten()
        });
        pid.and_then(|pid| u32::try_from(pid).ok())
    }

    /// The program on one of the hosts, each with a folder of its own.
    pub(crate) fn on(&self, host: &str, arguments: &[&str]) -> Command {
        let mut command = self.world.command(arguments);
        command
            .env("KMS_HAPTIK_SYNC__STATE", &self.state)
            .env("KMS_HAPTIK_SYNC__STATE_DIR", self.world.path(host));
        command
    }

    pub(crate) fn start(&self, host: &str, arguments: &[&str]) -> Running {
        Running::start(&mut self.on(host, arguments))
    }

    pub(crate) fn holds(&self, steps: &Faq) -> bool {
        self.world.live() == *steps
    }
}

/// Two tasks at once are the same upload, sent again because its answer was lost.
pub(crate) fn one_at_a_time(tasks: &[TaskRecord]) {
    for (at, task) in tasks.iter().enumerate() {
        let under_way =
            |other: &&TaskRecord| other.ended_at.is_none_or(|end| end > task.started_at);
        for other in tasks[..at].iter().filter(under_way) {
            assert_eq!(other.content, task.content, "two uploads at once");
        }
    }
}

#[test]
fn a_bot_is_kept_in_sync_without_a_file() {
    let Some(there) = Databased::new("a_bot_is_kept_in_sync_without_a_file") else {
        return;
    };
    let mut steps = faq(&["a", "b", "c"]);
    there.world.export(&steps);
    let sync = |code| {
        there
            .start("one", &["--sync-now", "--json"])
            .wait()
            .exits(code)
    };
    assert_eq!(sync(0).bot()["added"], 3);
    assert!(there.holds(&steps));
    assert!(!there.world.path("one/state.db").exists());

    edit(&mut steps, "b", "edited");
    there.world.export(&steps);
    assert_eq!(sync(0).bot()["changed"], 1);
    assert!(there.holds(&steps));
    let status = there.start("two", &["status", "--json"]).wait().exits(0);
    assert_eq!(status.bot()["live"], 3);

    // Another folder knows the same state: nothing is uploaded again.
    let calls = there.world.calls();
    let again = there
        .start("two", &["--sync-now", "--json"])
        .wait()
        .exits(0);
    assert_eq!(again.bot()["unchanged"], 3);
    assert_eq!(there.world.calls(), calls);

    there.world.export(&faq(&["a"]));
    assert_eq!(sync(3).bot()["held_removals"], 2);
    let approve = there.start("one", &["approve", BOT]);
    approve.wait().exits(0).tells(&["b", "c"]);
    sync(0);
    assert_eq!(there.world.live().len(), 1);
    let history = there.start("two", &["history", "--json"]).wait().exits(0);
    let first = history.json()[2]["upload"].to_string();
    let back = there.start("one", &["rollback", BOT, "--to", &first]);
    back.wait().exits(0);
    // It stays as it was until a person says otherwise.
    sync(3);
    assert_eq!(there.world.live().len(), 3);
}

#[test]
fn another_host_takes_over_and_never_beside_the_first() {
    let Some(there) = Databased::new("another_host_takes_over_and_never_beside_the_first") else {
        return;
    };
    let mut steps = faq(&["a", "b"]);
    there.world.export(&steps);
    let first = there.start("one", &["run"]);
    first.says("ready");
    until("the first upload is live", || there.holds(&steps));
    let second = there.start("two", &["run"]);
    second.says("standby: process");
    until("it says that it is ready as such", || {
        let health = there.start("two", &["health"]).wait();
        health.code == Some(0) && health.stdout.starts_with("standby of process ")
    });
    for host in ["two", "three"] {
        let words = format!("process {} on ", first.pid());
        let status = there.start(host, &["status"]).wait().exits(0);
        status.tells(&[&words, " works on this state, since "]);
        let status = there.start(host, &["status", "--json"]).wait().exits(0);
        let bot = status.bot();
        assert!(
            bot["daemon"] == true && bot["daemon_since"].is_string(),
            "{bot}"
        );
        let check = there.start(host, &["check"]).wait().exits(0);
        check.tells(&[&words, " works on the state, since "]);
    }

    // Killed while its task runs.
    there.world.sandbox.change(UploadRule {
        task_time: Some(3000),
        ..UploadRule::default()
    });
    edit(&mut steps, "a", "edited");
    there.world.export(&steps);
    until("the task runs", || there.world.tasks().len() == 2);
    first.kill();
    edit(&mut steps, "b", "edited");
    there.world.export(&steps);
    second.says("ready");
    until("the other host has brought both", || there.holds(&steps));
    one_at_a_time(&there.world.tasks());

    // A process that has an end gives its turn away at once.
    let third = there.start("one", &["run"]);
    third.says("standby: process");
    second.stop().exits(0);
    third.says("ready");
    third.stop().exits(0);
    let status = there.start("two", &["status"]).wait().exits(0);
    status.tells(&["no daemon works on this state"]);
}

#[test]
fn work_goes_on_after_the_database_was_away() {
    let test = "work_goes_on_after_the_database_was_away";
    let Some((there, user)) = Databased::with_own_user(test, |_| {}) else {
        return;
    };
    let mut steps = faq(&["a"]);
    there.world.export(&steps);
    let daemon = there.start("one", &["run"]);
    daemon.says("ready");
    until("the first upload is live", || there.holds(&steps));
    for round in 0..3 {
        // As a restart does it.
        there.sql(&format!(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '{user}'"
        ));
        edit(&mut steps, "a", &format!("edition {round}"));
        there.world.export(&steps);
        until("the edit is live", || there.holds(&steps));
    }
    daemon.stop().exits(0);
    one_at_a_time(&there.world.tasks());
}

#[test]
fn a_state_is_taken_from_a_file_to_the_database_and_back() {
    let Some(there) = Databased::new("a_state_is_taken_from_a_file_to_the_database_and_back")
    else {
        return;
    };
    let mut steps = faq(&["a", "b", "c"]);
    there.world.export(&steps);
    there.world.sync().exits(0);
    let copy = |from: &str, to: &str, code| {
        there
            .world
            .run(&["state", "copy", "--from", from, "--to", to, "--json"])
            .exits(code)
    };
    let copied = copy("state", &there.state, 0).json();
    assert_eq!(copied["tables"][0]["rows"], 1);
    let calls = there.world.calls();
    let sync = |host| there.start(host, &["--sync-now", "--json"]).wait().exits(0);
    assert_eq!(sync("one").bot()["unchanged"], 3);
    assert_eq!(there.world.calls(), calls, "nothing is uploaded again");

    let daemon = there.start("one", &["run"]);
    daemon.says("ready");
    let refused = copy(&there.state, "back", 1);
    refused.tells(&["works on this state since", "stop that process first"]);
    assert!(!there.world.path("back/state.db").exists());
    edit(&mut steps, "b", "edited");
    there.world.export(&steps);
    until("the edit is known to be live", || {
        let status = there.start("one", &["status", "--json"]).wait();
        there.holds(&steps) && status.code == Some(0) && status.bot()["state"] == "in_sync"
    });
    daemon.stop().exits(0);
    copy(&there.state, "back", 0);
    let calls = there.world.calls();
    let mut back = there.world.command(&["--sync-now", "--json"]);
    back.env("KMS_HAPTIK_SYNC__STATE_DIR", there.world.path("back"));
    let back = Running::start(&mut back).wait().exits(0);
    assert_eq!(back.bot()["unchanged"], 3);
    assert_eq!(there.world.calls(), calls, "nothing is uploaded again");
}

#[test]
fn what_is_wrong_with_the_database_is_told() {
    let Some(there) = Databased::new("what_is_wrong_with_the_database_is_told") else {
        return;
    };
    there.world.export(&faq(&["a"]));
    let away = there
        .on("one", &["--sync-now"])
        .env("KMS_HAPTIK_SYNC__STATE", "postgres://kms@127.0.0.1:1/kms")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&away.stderr).into_owned();
    assert_eq!(away.status.code(), Some(1), "{said}");
    assert!(said.contains("nothing is lost"), "{said}");
    there.start("one", &["check"]).wait().exits(0).tells(&[
        "nobody works on the state now",
        "shared folders",
        "has to see the same files in ",
    ]);
}
