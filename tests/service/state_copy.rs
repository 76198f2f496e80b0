//! `state copy`, as far as it needs no database: tests/service/postgres.rs has the rest.

use crate::support::{Running, World, faq, is_about_files};
use kms_haptik_sync::config::UploadEffect::Merge;

#[test]
fn a_state_is_taken_to_another_folder_while_nobody_works_on_it() {
    if is_about_files("a_state_is_taken_to_another_folder_while_nobody_works_on_it") {
        return;
    }
    let steps = faq(&["a", "b"]);
    let world = World::synced(Merge, &steps);
    let copy = |world: &World, from: &str, to: &str, code| {
        world
            .run(&["state", "copy", "--from", from, "--to", to])
            .exits(code)
    };
    let daemon = world.daemon();
    let refused = copy(&world, "state", "new", 1);
    refused.tells(&["works on the state in", "stop it first"]);
    daemon.stop().exits(0);
    let copied = copy(&world, "state", "new", 0);
    copied.tells(&["each table was read back", "no service may work on it"]);
    assert!(world.path("state/state.db").exists());
    copy(&world, "state", "new", 2).tells(&["a state is in", "was left as it is"]);
    copy(&world, "state", "./state", 2).tells(&["name another place"]);
    copy(&world, "nowhere", "newer", 2).tells(&["there is no state to copy in nowhere"]);
    assert!(!world.path("nowhere").exists() && !world.path("newer").exists());

    let calls = world.calls();
    let mut elsewhere = world.command(&["--sync-now", "--json"]);
    elsewhere.env("KMS_HAPTIK_SYNC__STATE_DIR", world.path("new"));
    let run = Running::start(&mut elsewhere).wait();
    assert_eq!(run.exits(0).bot()["unchanged"], 2);
    assert_eq!(world.calls(), calls, "nothing is uploaded again");
    // A daemon of the new place is in the way of the way back.
    let mut command = world.command(&["run"]);
    command.env("KMS_HAPTIK_SYNC__STATE_DIR", world.path("new"));
    let daemon = Running::start(&mut command);
    daemon.says("ready");
    copy(&world, "new", "again", 1).tells(&["works on the state in"]);
    daemon.stop().exits(0);
}

#[cfg(not(feature = "postgres"))]
#[test]
fn a_program_without_postgres_says_which_one_can() {
    let world = World::synced(Merge, &faq(&["a"]));
    let url = "postgres://kms:s3cr3t@db.example.com/kms";
    let refused = world
        .run(&["state", "copy", "--from", "state", "--to", url])
        .exits(1)
        .tells(&["built without PostgreSQL", "take one of the packages"]);
    assert!(!refused.stderr.contains("s3cr3t"), "{}", refused.stderr);
}

#[test]
fn what_an_address_must_not_say_is_told_without_its_password() {
    let world = World::synced(Merge, &faq(&["a"]));
    for (url, told) in [
        (
            "postgres://kms:s3cr3t@db.example.com",
            "does not name a database",
        ),
        ("postgres://kms:s3cr3t@db/kms?ssl=off", "is not known"),
    ] {
        let refused = world
            .run(&["state", "copy", "--from", "state", "--to", url])
            .exits(2)
            .tells(&["--to", told]);
        assert!(!refused.stderr.contains("s3cr3t"), "{}", refused.stderr);
    }
}
