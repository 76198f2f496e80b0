//! The state in a database of PostgreSQL. `POSTGRES_URL` names one to throw away; without it these tests say that
//! they were left out.

use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};

use sqlx::Connection as _;

use crate::support::{BOT, Faq, Running, World, edit, faq, serve, until};
use kms_haptik_sync::sandbox::{TaskRecord, UploadRule};

/// A world whose state is in a database.
struct Databased {
    world: World,
    server: String,
    state: String,
}

impl Databased {
    fn new(test: &str) -> Option<Self> {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let Ok(server) = std::env::var("POSTGRES_URL") else {
            eprintln!("{test} was left out: POSTGRES_URL names no database");
            return None;
        };
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let schema = format!("service_{}_{number}", std::process::id());
        let mark = if server.contains('?') { '&' } else { '?' };
        let this = Self {
            world: World::new(),
            state: format!("{server}{mark}options=-csearch_path%3D{schema}"),
            server,
        };
        this.sql(&format!(
            "DROP SCHEMA IF EXISTS {schema} CASCADE; CREATE SCHEMA {schema}"
        ));
        Some(this)
    }

    fn sql(&self, sql: &str) {
        let (server, sql) = (self.server.clone(), sql.to_owned());
        serve(async move {
            let mut admin = sqlx::postgres::PgConnection::connect(&server)
                .await
                .unwrap();
            let sql = sqlx::raw_sql(sqlx::AssertSqlSafe(sql));
            sql.execute(&mut admin).await.unwrap();
        });
    }

    /// The program on one of the hosts, each with a folder of its own.
    fn on(&self, host: &str, arguments: &[&str]) -> Command {
        let mut command = self.world.command(arguments);
        command
            .env("KMS_HAPTIK_SYNC__STATE", &self.state)
            .env("KMS_HAPTIK_SYNC__STATE_DIR", self.world.path(host));
        command
    }

    fn start(&self, host: &str, arguments: &[&str]) -> Running {
        Running::start(&mut self.on(host, arguments))
    }

    fn holds(&self, steps: &Faq) -> bool {
        self.world.live() == *steps
    }
}

/// Two tasks at once are the same upload, sent again because its answer was lost.
fn one_at_a_time(tasks: &[TaskRecord]) {
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
    for host in ["two", "three"] {
        let refused = there.start(host, &["retry", BOT]).wait().exits(1);
        refused.tells(&["works on this state since", "run the command there"]);
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
}

#[test]
fn work_goes_on_after_the_database_was_away() {
    let Some(there) = Databased::new("work_goes_on_after_the_database_was_away") else {
        return;
    };
    let mut steps = faq(&["a"]);
    there.world.export(&steps);
    let daemon = there.start("one", &["run"]);
    daemon.says("ready");
    until("the first upload is live", || there.holds(&steps));
    for round in 0..3 {
        // As a restart does it.
        there.sql(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'kms-haptik-sync'",
        );
        edit(&mut steps, "a", &format!("edition {round}"));
        there.world.export(&steps);
        until("the edit is live", || there.holds(&steps));
    }
    daemon.stop().exits(0);
    one_at_a_time(&there.world.tasks());
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
    let check = there.start("one", &["check"]).wait();
    assert!(check.stdout.contains("ok"), "{}", check.stdout);
}
