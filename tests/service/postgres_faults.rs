//! What happens to a database of PostgreSQL while a daemon works on it: each is told with its remedy, nothing is lost, and
//! the work goes on automatically. `POSTGRES_URL` names a server to throw away, with a superuser; see `postgres.rs`.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use crate::postgres::{Databased, one_at_a_time};
use crate::support::{Faq, Running, edit, faq, until, within};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};

/// A daemon whose database has a user of its own, with one step live.
struct Working {
    there: Databased,
    user: String,
    steps: Faq,
    daemon: Running,
}

impl Working {
    fn new(test: &str, change: impl FnOnce(&mut Command)) -> Option<Self> {
        let (there, user) = Databased::with_own_user(test, |_| {})?;
        let steps = faq(&["a"]);
        there.world.export(&steps);
        let mut command = there.on("one", &["run"]);
        change(&mut command);
        let daemon = Running::start(&mut command);
        daemon.says("ready");
        until("the first upload is live", || there.holds(&steps));
        Some(Self {
            there,
            user,
            steps,
            daemon,
        })
    }

    /// Says something of the user, in SQL, and ends its sessions, as each of such changes does sooner or later.
    fn alter_user(&self, sql: &str) {
        let user = &self.user;
        self.there.sql(&format!("ALTER ROLE {user} {sql}"));
        self.there.sql(&format!(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '{user}'"
        ));
    }

    fn edit(&mut self, answer: &str) {
        edit(&mut self.steps, "a", answer);
        self.there.world.export(&self.steps);
    }

    fn goes_on(&self) {
        until("the edit is live", || self.there.holds(&self.steps));
    }

    fn ends_well(self) {
        self.daemon.stop().exits(0);
        one_at_a_time(&self.there.world.tasks());
    }
}

#[test]
fn a_user_who_may_not_write_or_connect_any_more_is_told_and_waited_for() {
    for (trouble, told, over) in [
        (
            "SET default_transaction_read_only = on",
            "the database of the state is read-only at present",
            "RESET default_transaction_read_only",
        ),
        (
            "CONNECTION LIMIT 0",
            "the database of the state takes no more connections",
            "CONNECTION LIMIT -1",
        ),
        (
            "NOLOGIN",
            "the database of the state does not let this user in",
            "LOGIN",
        ),
    ] {
        let test = "a_user_who_may_not_write_or_connect_any_more_is_told_and_waited_for";
        let Some(mut working) = Working::new(test, |_| {}) else {
            return;
        };
        working.alter_user(trouble);
        working.edit("edited");
        working.daemon.says(told);
        assert!(!working.there.holds(&working.steps), "{trouble}");
        working.alter_user(over);
        working.goes_on();
        working.ends_well();
    }
}

/// A server that asks some of its users for a password.
fn asks_for_passwords(there: &Databased) {
    there.sql(
        "DO $$ BEGIN CREATE ROLE by_password; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
         COPY (SELECT unnest(ARRAY['local all all trust', 'host all +by_password all scram-sha-256', 'host all all all trust']))
             TO PROGRAM 'cat > pg_hba.conf'; SELECT pg_reload_conf()",
    );
}

#[test]
fn a_password_may_be_wrong_and_may_be_changed() {
    let test = "a_password_may_be_wrong_and_may_be_changed";
    let Some((there, user)) = Databased::with_own_user(test, |_| {}) else {
        return;
    };
    asks_for_passwords(&there);
    there.sql(&format!("GRANT by_password TO {user}"));
    let with_password = |arguments: &[&str]| {
        let mut command = there.on("one", arguments);
        command.env(
            "KMS_HAPTIK_SYNC__STATE_PASSWORD__FILE",
            there.world.path("database-password"),
        );
        Running::start(&mut command)
    };
    let mut steps = faq(&["a"]);
    there.world.export(&steps);
    there.world.write("database-password", "of-somebody-else");
    let words = [
        "the database of the state does not let this user in (password authentication failed",
        "where `state_password` says",
    ];
    let refused = |arguments: &[&str]| {
        let refused = with_password(arguments).wait().tells(&words);
        assert!(!format!("{refused:?}").contains("of-somebody-else"));
        refused
    };
    refused(&["--sync-now"]).exits(1);
    refused(&["status"]);

    let change_to = |password: &str| {
        there.sql(&format!("ALTER ROLE {user} PASSWORD '{password}'"));
        there.sql(&format!(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '{user}'"
        ));
    };
    change_to("first");
    there.world.write("database-password", "first\n");
    let daemon = with_password(&["run"]);
    daemon.says("ready");
    until("the first upload is live", || there.holds(&steps));
    // It is changed while a daemon works.
    change_to("second");
    edit(&mut steps, "a", "edited");
    there.world.export(&steps);
    daemon.says(words[0]);
    there.world.write("database-password", "second");
    until("the edit is live", || there.holds(&steps));
    daemon.stop().exits(0);
}

#[test]
fn a_table_that_somebody_locks_is_waited_for() {
    let test = "a_table_that_somebody_locks_is_waited_for";
    let Some(mut working) = Working::new(test, |command| {
        command.env("KMS_HAPTIK_SYNC__STATE_LEASE", "1s");
    }) else {
        return;
    };
    let schema = &working.user;
    for table in ["lease", "upload", "call"] {
        let lock = format!(
            "BEGIN; LOCK TABLE {schema}.{table} IN ACCESS EXCLUSIVE MODE; SELECT pg_sleep(3); COMMIT"
        );
        std::thread::scope(|scope| {
            scope.spawn(|| working.there.sql(&lock));
            std::thread::sleep(Duration::from_millis(300));
            edit(&mut working.steps, "a", table);
            working.there.world.export(&working.steps);
        });
        working.goes_on();
    }
    working.ends_well();
}

/// An authority, and a server that has a certificate of it for 127.0.0.1.
fn certified(there: &Databased) -> String {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
    let key = KeyPair::generate().unwrap();
    let named = CertificateParams::new(vec!["127.0.0.1".to_owned()]).unwrap();
    let certificate = named.signed_by(&key, &authority).unwrap();
    for (file, pem) in [
        ("server.key", key.serialize_pem()),
        ("server.crt", certificate.pem()),
    ] {
        there.sql(&format!(
            "COPY (SELECT unnest(string_to_array('{pem}', E'\\n'))) TO PROGRAM 'umask 077; cat > {file}'"
        ));
    }
    there.sql("ALTER SYSTEM SET ssl = on");
    there.sql("SELECT pg_reload_conf()");
    authority.pem()
}

#[test]
fn a_database_has_to_prove_who_it_is() {
    let test = "a_database_has_to_prove_who_it_is";
    let Some((there, _)) = Databased::with_own_user(test, |_| {}) else {
        return;
    };
    let authority = certified(&there);
    let another = {
        let params = CertificateParams::new(Vec::new()).unwrap();
        let key = KeyPair::generate().unwrap();
        params.self_signed(&key).unwrap().pem()
    };
    let steps = faq(&["a"]);
    there.world.export(&steps);
    let file = there.world.path("authority.pem");
    let sync = |state: &str| {
        let mut command = there.on("one", &["--sync-now"]);
        let verified = format!("{state}&sslmode=verify-full&sslrootcert={}", file.display());
        command.env("KMS_HAPTIK_SYNC__STATE", verified);
        Running::start(&mut command).wait()
    };
    let told = [
        "the database of the state cannot prove who it is",
        "?sslrootcert=/path",
    ];
    there.world.write("authority.pem", another);
    // A server takes a moment to take its certificate up.
    let mut said = String::new();
    let is_told = within(Duration::from_secs(10), || {
        said = sync(&there.state).stderr;
        told.iter().all(|words| said.contains(words))
    });
    assert!(is_told, "{said}");
    assert_eq!(there.world.calls(), 0);
    there.world.write("authority.pem", authority);
    sync(&there.state).exits(0);
    assert!(there.holds(&steps));
    let misnamed = there.state.replace("@127.0.0.1", "@localhost");
    sync(&misnamed).exits(1).tells(&told);
}

/// A disk of its own, as far as this machine lets one be made.
struct SmallDisk(PathBuf);

impl SmallDisk {
    fn mounted(at: &Path) -> Option<Self> {
        std::fs::create_dir(at).unwrap();
        let mount = Command::new("mount")
            .args(["-t", "tmpfs", "-o", "size=12m,mode=777", "tmpfs"])
            .arg(at)
            .output();
        let is_mounted = mount.is_ok_and(|done| done.status.success());
        is_mounted.then(|| Self(at.to_owned()))
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // What the server still has open of it stays until that is closed.
        let _ = Command::new("umount").arg("--lazy").arg(&self.0).output();
        let _ = std::fs::remove_dir(&self.0);
    }
}

#[test]
fn a_disk_that_is_full_is_told_and_waited_for() {
    let test = "a_disk_that_is_full_is_told_and_waited_for";
    let Some((there, user)) = Databased::with_own_user(test, |_| {}) else {
        return;
    };
    // The server may be another user, who does not look into folders of this one.
    let place = std::env::temp_dir().join(format!("disk-of-{user}"));
    let Some(_disk) = SmallDisk::mounted(&place) else {
        eprintln!("{test} was left out: this machine does not let a file system be mounted");
        let _ = std::fs::remove_dir(&place);
        return;
    };
    let place = place.display();
    there.sql(&format!(
        "COPY (SELECT 1) TO PROGRAM 'mkdir -m 700 {place}/tables'"
    ));
    there.sql(&format!(
        "CREATE TABLESPACE {user} OWNER {user} LOCATION '{place}/tables'"
    ));
    there.sql(&format!(
        "ALTER ROLE {user} SET default_tablespace = {user}"
    ));
    let mut steps = faq(&["a"]);
    there.world.export(&steps);
    let daemon = there.start("one", &["run"]);
    daemon.says("ready");
    until("the first upload is live", || there.holds(&steps));

    there.sql(&format!(
        "CREATE TABLE {user}.filler (text text) TABLESPACE {user};
         ALTER TABLE {user}.filler ALTER text SET STORAGE PLAIN"
    ));
    // Each piece is kept, until nothing more goes in.
    there.sql(&format!(
        "DO $$ BEGIN LOOP BEGIN INSERT INTO {user}.filler VALUES (repeat('x', 7000));
             EXCEPTION WHEN disk_full THEN EXIT; END; END LOOP; END $$"
    ));
    for number in 0..40 {
        // So that nothing can be made of it that takes less room.
        let long: String = std::iter::repeat_with(fastrand::alphanumeric)
            .take(4000)
            .collect();
        steps.insert(
            format!("new-{number}"),
            (format!("What of {number}?"), format!("{long}{number}")),
        );
    }
    there.world.export(&steps);
    daemon.says("the database of the state has no room left");
    there.sql(&format!("DROP TABLE {user}.filler"));
    until("what is new is live", || there.holds(&steps));
    daemon.stop().exits(0);
    one_at_a_time(&there.world.tasks());
    let schema = format!("DROP SCHEMA {user} CASCADE");
    there.sql(&schema);
    assert!(
        within(Duration::from_secs(10), || {
            there.tries(&format!("DROP TABLESPACE {user}"))
        }),
        "nothing is left on the disk"
    );
}
