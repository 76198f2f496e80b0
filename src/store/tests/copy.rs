//! A state that is copied: to another folder, and to PostgreSQL and back where `POSTGRES_URL` names a database.

use std::collections::BTreeSet;
use std::path::Path;

use super::*;
use crate::model::CallKind;
use crate::store::copy::tables::{NUMBERED, TABLES};
use crate::store::{CopiedTable, CopyError, StatePlace, copy_state};

/// A place in a database for one test, where there is a database.
#[cfg(feature = "postgres")]
async fn database() -> Option<StatePlace> {
    postgres::empty().await.map(StatePlace::Database)
}

#[cfg(not(feature = "postgres"))]
#[expect(clippy::unused_async, reason = "it is where PostgreSQL is built in")]
async fn database() -> Option<StatePlace> {
    None
}

fn folder(path: &Path) -> StatePlace {
    StatePlace::Folder(path.to_owned())
}

/// Rows of the tables that nothing below fills by what it does.
const REST: &str = "
    INSERT INTO source_file VALUES (7, 1, 'export', 'a.csv', 5, 6, 1, NULL);
    INSERT INTO source_marker VALUES (1, 'export', 'null');
    INSERT INTO source_body VALUES (1, 'export', '{\"body\": \"html\"}');
    INSERT INTO quarantine VALUES (1, 'q', 'export', 'q', zeroblob(16), 'too long', 1, 2);
    INSERT INTO uncertain VALUES (1, 'u', 'export', 'u', NULL);
    INSERT INTO approval VALUES (1, 'a', 3);
    INSERT INTO step_override VALUES (1, 'b', 'export', 'b', x'00ff', '', NULL, x'', 1, 4, 'anna', 'wrong');
    INSERT INTO open_removal VALUES (1, 'a', 'held', 'many', 1, 2, 'boot', 3, 0, NULL, 1);
    INSERT INTO held_change VALUES (1, 'b', 'change', 'export', 'b', x'01', 'secret: line 3', 1);
    INSERT INTO released_change VALUES (1, 'c', x'02', 9);
    INSERT INTO departure VALUES (1, 'gone', 1, 2, 'boot', 1, 12);
    INSERT INTO verification (bot_id, node_name, digest, reason, since, attempts, contradictions, untrained)
        VALUES (1, 'a', x'03', 'sweep', 4, 1, 0, 0);
    INSERT INTO asking (bot_id, listed) VALUES (1, 2);
    INSERT INTO canary (bot_id, owner, wish, revision) VALUES (1, 'owner', 'present', 2);
    INSERT INTO cause VALUES (1, 'held', 5, NULL);
    INSERT INTO service_cause VALUES ('disk', 5, 1);
    INSERT INTO message (message_id, receiver, bot_id, kind, is_over, since, count, names, words, at)
        VALUES (4, 'editors', NULL, 'held', 0, 1, 2, '[]', 'Grüße, 世界', 3);
    INSERT INTO aged VALUES (1, 2, 3, 'boot');
    INSERT INTO author VALUES (1, 'export', 'a', 'anna@example.com');
    INSERT INTO digest VALUES ('editors', '', 5, '[]');
    INSERT INTO message (message_id, receiver, kind, is_over, since, count, names, words, at)
        VALUES (9, 'editors', 'held', 1, 1, 0, '[]', 'sent', 4);
    DELETE FROM message WHERE message_id = 9;
";

/// A state that has everything: history with old versions, a rollback, and a row in each other table.
async fn everything(at: &Path) -> BTreeSet<String> {
    let store = Store::open(at).await.unwrap();
    let bot = store.bot("acme").await.unwrap();
    let mut many: Vec<Change> = (0..1200)
        .map(|number| change(Action::Add, &format!("step {number:04}"), "text"))
        .collect();
    many.push(change(Action::Add, "a", "one"));
    let first = confirm(&store, bot, &many, 1).await;
    confirm(
        &store,
        bot,
        &[change(Action::Change, "a", "zwei ✓\n\"2\"")],
        2,
    )
    .await;
    confirm(&store, bot, &[change(Action::Remove, "step 0000", "")], 3).await;
    accepted(&store, bot, &[change(Action::Add, "later", "3")], 4).await;
    store.pin(bot, Some(first)).await.unwrap();
    store.record_action(&action(5)).await.unwrap();
    let now = crate::clock::Clock::system().uptime();
    for kind in [CallKind::Status, CallKind::Ask] {
        let taken = store.take_call(kind, (9, 9), now).await.unwrap();
        assert_eq!(taken, Ok(()));
    }
    store.hold().await.run(REST).await.unwrap();
    store.rest().await;
    store.live_names(bot).await
}

/// The copy of each table, but of the one whose times depend on the place.
fn lasting(copied: &[CopiedTable]) -> Vec<&CopiedTable> {
    copied
        .iter()
        .filter(|table| table.table != "call")
        .collect()
}

impl Store {
    async fn live_names(&self, bot: BotId) -> BTreeSet<String> {
        let names: Vec<String> = query_scalar("SELECT node_name FROM step WHERE bot_id = ?1")
            .bind(bot.0)
            .fetch_all(&mut *self.hold().await)
            .await
            .unwrap();
        names.into_iter().collect()
    }
}

async fn calls(at: &Path) -> u64 {
    let store = Store::open_to_read(at).await.unwrap();
    let now = crate::clock::Clock::system().uptime();
    store.calls_in_window(now).await.unwrap()
}

#[tokio::test]
async fn each_table_of_a_state_is_copied() {
    let (_folder, store) = store_in_file().await;
    let tables: Vec<String> = query_scalar(
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE '%sqlx%' AND name NOT LIKE 'sqlite%'",
    )
    .fetch_all(&mut *store.hold().await)
    .await
    .unwrap();
    let listed: BTreeSet<String> = TABLES.iter().map(|name| (*name).to_owned()).collect();
    assert_eq!(listed, tables.into_iter().collect());
    assert_eq!(listed.len(), TABLES.len());
}

#[tokio::test]
async fn a_copy_has_all_that_there_was_and_goes_back_as_it_came() {
    let place = tempfile::tempdir().unwrap();
    let [old, middle, new] = ["old", "middle", "new"].map(|name| place.path().join(name));
    let live = everything(&old).await;
    let through = match database().await {
        Some(database) => database,
        None => folder(&middle),
    };
    let there = copy_state(&folder(&old), &through).await.unwrap();
    let empty: Vec<&str> = there
        .iter()
        .filter(|table| table.rows == 0)
        .map(|table| table.table)
        .collect();
    assert_eq!(empty, Vec::<&str>::new(), "the test has no row in these");
    let back = copy_state(&through, &folder(&new)).await.unwrap();
    assert_eq!(lasting(&there), lasting(&back));

    assert_eq!((calls(&old).await, calls(&new).await), (2, 2));
    let store = Store::open(&new).await.unwrap();
    let bot = store.bot("acme").await.unwrap();
    assert_eq!(bot.0, 1);
    assert_eq!(store.live_names(bot).await, live);
    assert_eq!(store.bot_state(bot).await.unwrap().pinned_to.unwrap().0, 1);
    store
        .check_way_back(bot, "acme", UploadId(1))
        .await
        .unwrap();
    let under_way = store.under_way(bot).await.unwrap().unwrap();
    store.check_csv(&under_way).await.unwrap();
    // A number that was given once is not given again.
    let next: i64 = query_scalar(
        "INSERT INTO message (receiver, kind, is_over, since, count, names, words, at) \
         VALUES ('editors', 'held', 0, 1, 2, '[]', '', 3) RETURNING message_id",
    )
    .fetch_one(&mut *store.hold().await)
    .await
    .unwrap();
    assert_eq!(next, 10);
    for (table, column) in NUMBERED {
        assert!(TABLES.contains(&table), "{table}.{column}");
    }
}

#[tokio::test]
async fn a_copy_that_breaks_off_leaves_nothing_that_passes_for_a_state() {
    let place = tempfile::tempdir().unwrap();
    let [old, new] = ["old", "new"].map(|name| place.path().join(name));
    everything(&old).await;
    let store = Store::open_to_count(&old).await.unwrap();
    let break_it = "UPDATE content SET answer = CAST(x'ff' AS TEXT) WHERE name = 'later'";
    store.hold().await.run(break_it).await.unwrap();
    std::fs::create_dir(&new).unwrap();
    for left in ["state.copying.db", "state.copying.db-journal"] {
        std::fs::write(new.join(left), "of a copy that was killed").unwrap();
    }
    copy_state(&folder(&old), &folder(&new)).await.unwrap_err();
    let names: Vec<_> = std::fs::read_dir(&new)
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    assert_eq!(names, Vec::<&str>::new());

    let fix = "UPDATE content SET answer = '3' WHERE name = 'later'";
    store.hold().await.run(fix).await.unwrap();
    drop(store);
    copy_state(&folder(&old), &folder(&new)).await.unwrap();
    assert_eq!(calls(&new).await, 2);
}

#[tokio::test]
async fn a_state_that_is_there_is_left_as_it_is() {
    let place = tempfile::tempdir().unwrap();
    let [old, other, none] = ["old", "other", "none"].map(|name| place.path().join(name));
    everything(&old).await;
    let store = Store::open(&other).await.unwrap();
    store.bot("other").await.unwrap();
    store.rest().await;
    drop(store);
    let refused = copy_state(&folder(&old), &folder(&other))
        .await
        .unwrap_err();
    assert!(matches!(refused, CopyError::NotEmpty { .. }), "{refused}");
    let store = Store::open(&other).await.unwrap();
    assert!(store.find_bot("acme").await.unwrap().is_none());
    let refused = copy_state(&folder(&old), &folder(&old)).await.unwrap_err();
    assert!(matches!(refused, CopyError::SamePlace { .. }), "{refused}");
    let refused = copy_state(&folder(&none), &folder(&old)).await.unwrap_err();
    assert!(matches!(refused, CopyError::NoState { .. }), "{refused}");
    assert!(!none.exists());

    // A file without a byte, and one that is only a journal.
    std::fs::create_dir(&none).unwrap();
    std::fs::write(none.join("state.db"), "").unwrap();
    std::fs::write(none.join("state.db-wal"), "what was there").unwrap();
    let refused = copy_state(&folder(&old), &folder(&none)).await.unwrap_err();
    assert!(matches!(refused, CopyError::NotEmpty { .. }), "{refused}");
}
