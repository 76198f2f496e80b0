//! A state that cannot be used, and a Haptik that cannot: what a person is told, and that the bot
//! keeps its steps until it is fixed.

use std::fs;
use std::process::Command;

use crate::support::{World, edit, faq, is_about_files, serve};
use kms_haptik_sync::config::UploadEffect::{Merge, Replace};
use kms_haptik_sync::sandbox::{Fault, FaultKind, On, UploadRule};
use sqlx::{Connection, SqliteConnection};

const STATE: &str = "state/state.db";

async fn open(world: &World) -> SqliteConnection {
    let url = format!("sqlite://{}", world.path(STATE).display());
    SqliteConnection::connect(&url).await.unwrap()
}

/// Brings everything from the log beside the state into the state itself.
fn fold(world: &World) {
    serve(async {
        let mut state = open(world).await;
        sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)")
            .execute(&mut state)
            .await
            .unwrap();
        state.close().await.unwrap();
    });
}

#[test]
fn a_state_of_a_newer_version_is_left_alone() {
    if is_about_files("a_state_of_a_newer_version_is_left_alone") {
        return;
    }
    let world = World::synced(Merge, &faq(&["a", "b"]));
    serve(async {
        let mut state = open(&world).await;
        sqlx::query(
            "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) \
             VALUES (9999, 'of the future', 1, x'00', 0)",
        )
        .execute(&mut state)
        .await
        .unwrap();
        state.close().await.unwrap();
    });
    let words = ["state.db", "newer version", "9999", "install that version"];
    for command in [
        &["--sync-now"][..],
        &["status"],
        &["run"],
        &["approve"],
        &["plan"],
    ] {
        world.run(command).exits(1).tells(&words);
    }
    assert_eq!(world.live(), faq(&["a", "b"]));
}

/// What is damaged, and how.
type Damage = (&'static str, fn(&mut Vec<u8>));

#[test]
fn a_damaged_state_is_told_and_a_new_one_harms_nothing() {
    if is_about_files("a_damaged_state_is_told_and_a_new_one_harms_nothing") {
        return;
    }
    let damages: [Damage; 3] = [
        ("its beginning", |bytes| bytes[..64].fill(b'?')),
        ("all of it", |bytes| bytes.fill(0xa5)),
        ("its schema", |bytes| bytes[100..2000].fill(0xff)),
    ];
    for effect in [Merge, Replace] {
        for (what, damage) in damages {
            let mut steps = faq(&["a", "b", "c"]);
            let world = World::synced(effect, &steps);
            fold(&world);
            let mut bytes = fs::read(world.path(STATE)).unwrap();
            damage(&mut bytes);
            fs::write(world.path(STATE), &bytes).unwrap();
            let words = ["state.db", "damaged", "move the file away"];
            for command in [&["--sync-now"][..], &["status"], &["run"]] {
                let run = world.run(command);
                assert_eq!(run.code, Some(1), "{what}: {run:?}");
                let _ = run.tells(&words);
            }
            assert_eq!(world.live(), steps, "{what}");

            let _ = fs::remove_file(world.path("state/state.db-wal"));
            fs::rename(world.path(STATE), world.path("damaged.db")).unwrap();
            let lost = ["state.db is lost", "seen is of an earlier life"];
            let run = world.run(&["--sync-now"]);
            assert_eq!(run.code, Some(1), "{what}: {run:?}");
            let _ = run.tells(&lost);
            assert_eq!(world.live(), steps, "{what}");
            fs::remove_dir_all(world.path("state/seen")).unwrap();
            steps.extend(faq(&["d"]));
            world.export(&steps);
            world.sync().exits(0);
            assert_eq!(world.live(), steps, "{what}");
        }
    }
}

/// Has the state say something else than was written, as a disk does or a hand.
fn alter(world: &World, sql: &'static str) {
    serve(async {
        let mut state = open(world).await;
        for sql in ["PRAGMA ignore_check_constraints = ON", sql] {
            sqlx::query(sql).execute(&mut state).await.unwrap();
        }
        state.close().await.unwrap();
    });
}

const ROTTEN: &str = "UPDATE content SET answer = 'rotten' WHERE content_id = \
     (SELECT content_id FROM step WHERE node_name = 'b')";

#[test]
fn an_answer_that_was_altered_in_the_state_is_read_from_its_source_again() {
    if is_about_files("an_answer_that_was_altered_in_the_state_is_read_from_its_source_again") {
        return;
    }
    let mut steps = faq(&["a", "b", "c"]);
    let world = World::synced(Replace, &steps);
    alter(&world, ROTTEN);
    edit(&mut steps, "a", "new");
    world.export(&steps);
    world.sync().exits(0).tells(&[
        "what the state holds of live steps was altered there",
        "uploaded again: b",
    ]);
    assert_eq!(world.live(), steps);
    // From then on it rides along as before.
    edit(&mut steps, "c", "new");
    world.export(&steps);
    world.sync().exits(0);
    assert_eq!(world.live(), steps);
}

#[test]
fn altered_content_that_no_source_has_goes_nowhere() {
    if is_about_files("altered_content_that_no_source_has_goes_nowhere") {
        return;
    }
    let steps = faq(&["a", "b", "c"]);
    let world = World::synced(Replace, &steps);
    alter(&world, ROTTEN);
    let words = ["the content of step \"b\"", "is not what was written there"];
    world
        .run(&["export", "--as", "live"])
        .exits(1)
        .tells(&words);
    world
        .run(&["rollback", crate::support::BOT, "--to", "1"])
        .exits(1)
        .tells(&words);
    let mut broken = steps.clone();
    edit(&mut broken, "b", "");
    edit(&mut broken, "a", "new");
    world.export(&broken);
    world.sync().exits(1).tells(&words);
    assert_eq!(world.live(), steps);
    edit(&mut broken, "b", "back again");
    world.export(&broken);
    world.sync().exits(0);
    assert_eq!(world.live(), broken);
}

#[test]
fn an_upload_whose_rows_were_altered_is_not_sent() {
    if is_about_files("an_upload_whose_rows_were_altered_is_not_sent") {
        return;
    }
    let mut steps = faq(&["a", "b"]);
    let world = World::synced(Merge, &steps);
    edit(&mut steps, "b", "new");
    world.export(&steps);
    // It is written down, and never arrives.
    world.fault(Fault {
        times: 1_000_000,
        ..Fault::new(On::Submit, FaultKind::DropBefore)
    });
    world.sync().exits(1);
    world.heal();
    alter(
        &world,
        "UPDATE content SET answer = 'rotten' WHERE content_id IN (SELECT content_id FROM upload_row)",
    );
    world
        .sync()
        .exits(0)
        .tells(&["cannot be sent again byte for byte"]);
    assert_eq!(world.live(), steps);
}

#[test]
fn a_removal_is_held_where_the_last_configuration_cannot_be_read() {
    if is_about_files("a_removal_is_held_where_the_last_configuration_cannot_be_read") {
        return;
    }
    for sql in [
        "UPDATE bot SET fingerprint = replace(fingerprint, '.filter', '.sieve')",
        "UPDATE bot SET fingerprint = replace(fingerprint, '\"version\":1', '\"version\":0')",
        "UPDATE bot SET fingerprint = ''",
    ] {
        let mut steps = faq(&["a", "b", "c"]);
        let world = World::synced(Merge, &steps);
        alter(&world, sql);
        let live = steps.clone();
        steps.remove("b");
        world.export(&steps);
        let reason =
            "the configuration of the last sync, which is kept with the state, could not be read";
        let bot = world.sync().exits(3).bot();
        assert_eq!(bot["held_removals"], 1, "{sql}");
        world.run(&["plan"]).tells(&[reason, "approve"]);
        // It does not go out with the next pass either.
        world.sync().exits(3);
        assert_eq!(world.live(), live, "{sql}");

        world.run(&["approve", crate::support::BOT]).exits(0);
        world.sync().exits(0);
        assert_eq!(world.live(), steps, "{sql}");
        // From here on the configuration is known again.
        steps.remove("c");
        world.export(&steps);
        world.sync().exits(0);
        assert_eq!(world.live(), steps, "{sql}");
    }
}

#[test]
fn an_upload_that_is_for_nothing_known_is_told_and_acted_on_by_nobody() {
    if is_about_files("an_upload_that_is_for_nothing_known_is_told_and_acted_on_by_nobody") {
        return;
    }
    let mut steps = faq(&["a", "b"]);
    let world = World::synced(Merge, &steps);
    alter(&world, "UPDATE upload SET purpose = 'garbage'");
    let live = steps.clone();
    steps.remove("b");
    world.export(&steps);
    let way_out = "move the file away";
    world.run(&["history"]).exits(1).tells(&[
        "state.db is damaged",
        "bot \"",
        "upload_id 1",
        "column purpose of table upload holds \"garbage\"",
        way_out,
    ]);
    for command in [&["--sync-now"][..], &["approve"], &["run"]] {
        world
            .run(command)
            .exits(1)
            .tells(&["state.db is damaged", "upload", way_out]);
    }
    assert_eq!(world.live(), live);
}

#[test]
fn a_state_cut_short_is_told() {
    if is_about_files("a_state_cut_short_is_told") {
        return;
    }
    let world = World::synced(Merge, &faq(&["a", "b", "c"]));
    fold(&world);
    let length = fs::metadata(world.path(STATE)).unwrap().len();
    let file = fs::File::options()
        .write(true)
        .open(world.path(STATE))
        .unwrap();
    file.set_len(length / 2).unwrap();
    world.export(&faq(&["a", "b", "c", "d"]));
    world
        .run(&["--sync-now"])
        .exits(1)
        .tells(&["state.db", "damaged", "move the file away"]);
}

#[test]
fn a_state_folder_that_cannot_be_made_is_named() {
    let world = World::new();
    world.export(&faq(&["a"]));
    world.write("state", "a file where the folder should be");
    world
        .run(&["--sync-now"])
        .exits(1)
        .tells(&["state", "writable"]);
}

/// Needs a file system of its own to fill up; a namespace gives one that vanishes by itself.
#[test]
fn a_full_disk_keeps_what_was_and_goes_on_when_there_is_room() {
    if !Command::new("unshare")
        .args(["-rm", "true"])
        .output()
        .is_ok_and(|made| made.status.success())
    {
        eprintln!("skipped: `unshare -rm` is not to be had here, so no small disk can be made");
        return;
    }
    let world = World::synced(Merge, &faq(&["a", "b"]));
    let mut steps = faq(&["a", "b"]);
    steps.extend((0..300).map(|n| {
        let long = format!("{n} {}", "y".repeat(3000));
        (format!("long-{n}"), (format!("question {n}"), long))
    }));
    world.export(&steps);
    let script = "mkdir disk && mount -t tmpfs -o size=400k tmpfs disk && cp state/* disk/ \
         && mount --bind disk state || exit 77\n\
         \"$@\"; echo \"full: $?\"\n\
         \"$@\" > again.json 2>&1; echo \"still full: $?\"\n\
         mount -o remount,size=64m disk && \"$@\" > roomy.json; echo \"roomy: $?\"\n";
    let run = world
        .start_in_shell(Command::new("unshare").arg("-rm"), script)
        .wait();
    if run.code == Some(77) {
        eprintln!("skipped: no small disk can be mounted here");
        return;
    }
    run.exits(0).tells(&[
        "is full; free some space, and the sync goes on from where it was",
        "full: 1",
        "still full: 1",
        "roomy: 0",
    ]);
    assert_eq!(world.live(), steps);
}

#[test]
fn a_wrong_token_stops_the_line_and_blames_no_step() {
    for effect in [Merge, Replace] {
        let mut steps = faq(&["a", "b", "c"]);
        let world = World::synced(effect, &steps);
        world.write("token", "a-token-of-yesterday");
        steps.extend(faq(&["d"]));
        world.export(&steps);
        let before = world.calls();
        let words = [
            "401",
            "the token is missing or not valid",
            "Put the right token in place",
        ];
        let run = world.sync().exits(1).tells(&words);
        assert_eq!(run.bot()["quarantined"], 0);
        assert_eq!(world.calls(), before + 1, "it went on calling");
        assert_eq!(world.live(), faq(&["a", "b", "c"]));
        let bot = world
            .run(&["status", "--json"])
            .exits(1)
            .tells(&words)
            .bot();
        assert_eq!(bot["state"], "failing");
        world.write("token", format!("{}\n", crate::support::TOKEN));
        world.sync().exits(0);
        assert_eq!(world.live(), steps);
    }
}

#[test]
fn a_token_that_cannot_be_read_is_named() {
    let world = World::new();
    world.export(&faq(&["a"]));
    fs::remove_file(world.path("token")).unwrap();
    world
        .sync()
        .exits(1)
        .tells(&["token does not exist; write the token into it"]);
    world.write("token", "\n");
    world.sync().exits(1).tells(&["token", "empty"]);
    assert_eq!(world.calls(), 0);
}

#[test]
fn an_error_page_is_told_without_its_markup() {
    let mut steps = faq(&["a", "b"]);
    let world = World::synced(Merge, &steps);
    steps.extend(faq(&["c"]));
    world.export(&steps);
    world.fault(Fault {
        times: 1000,
        ..Fault::new(On::Any, FaultKind::Html)
    });
    let run = world
        .sync()
        .exits(1)
        .tells(&["502", "the same upload goes again"]);
    assert!(!run.stdout.contains("<html>"), "{}", run.stdout);
    assert_eq!(world.live(), faq(&["a", "b"]));
    world.heal();
    world.sync().exits(0);
    assert_eq!(world.live(), steps);
}

#[test]
fn a_task_that_never_ends_is_in_doubt_and_goes_up_again_unchanged() {
    for effect in [Merge, Replace] {
        let mut steps = faq(&["a", "b"]);
        let mut world = World::synced(effect, &steps);
        world.reconfigure(|settings| {
            settings.haptik("polling = { first = '5ms', max = '20ms', give_up_after = '200ms' }");
        });
        world.sandbox.change(UploadRule {
            never_ending: Some(true),
            ..UploadRule::default()
        });
        steps.extend(faq(&["c"]));
        world.export(&steps);
        let words = [
            "has not ended after",
            "in doubt",
            "raise polling.give_up_after",
        ];
        let bot = world.sync().exits(1).tells(&words).bot();
        assert_eq!(bot["uploads"][0]["outcome"], "in_doubt");
        assert_eq!(world.live(), faq(&["a", "b"]));
        let status = world.run(&["status", "--json"]).exits(1).bot();
        assert_eq!(
            (&status["live"], &status["in_flight"]["state"]),
            (&2.into(), &"in_doubt".into())
        );

        // An edit made meanwhile waits until the same rows are confirmed.
        edit(&mut steps, "c", "edited meanwhile");
        world.export(&steps);
        world.heal();
        let bot = world.sync().exits(0).bot();
        assert_eq!(bot["uploads"].as_array().unwrap().len(), 2, "{bot:#}");
        assert_eq!(world.live(), steps);
    }
}

/// A step is accused, and the set without it is rejected before it becomes a task: that says nothing of
/// the step, and the next pass goes on from there.
#[test]
fn a_set_that_is_rejected_at_the_door_is_tried_once_a_pass() {
    if is_about_files("a_set_that_is_rejected_at_the_door_is_tried_once_a_pass") {
        return;
    }
    let steps = faq(&["a", "b"]);
    let world = World::synced(Replace, &steps);
    alter(
        &world,
        "UPDATE bot SET needs_recovery = 1, accused = '[{\"node_name\":\"a\",\"reason\":\"too long\"}]'",
    );
    world.fault(Fault {
        times: 1_000_000,
        ..Fault::new(On::Submit, FaultKind::SuccessFalse)
    });
    let before = world.calls();
    world.sync().exits(1);
    assert_eq!(world.calls() - before, 1);
    world.heal();
    assert_eq!(world.sync().exits(3).bot()["quarantined"], 1);
    world.run(&["steps"]).exits(0).tells(&["too long"]);
    assert_eq!(world.live(), faq(&["b"]));
}
