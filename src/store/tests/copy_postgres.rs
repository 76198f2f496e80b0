//! What is other where one side of a copy is in PostgreSQL.

use super::postgres::{open, place};
use super::*;
use crate::store::copy::tables::NUMBERED;
use crate::store::postgres::DatabaseError;
use crate::store::{CopyError, StatePlace, copy_state};

async fn folder_with_a_step() -> (tempfile::TempDir, StatePlace) {
    let (folder, store) = store_in_file().await;
    let bot = store.bot("acme").await.unwrap();
    confirm(&store, bot, &[change(Action::Add, "a", "1")], 1).await;
    store.rest().await;
    let place = StatePlace::Folder(folder.path().to_owned());
    (folder, place)
}

#[tokio::test]
async fn while_a_process_works_on_a_database_nothing_is_copied() {
    let Some(state) = place("while_a_process_works_on_a_database_nothing_is_copied").await else {
        return;
    };
    let (_folder, file) = folder_with_a_step().await;
    let there = tempfile::tempdir().unwrap();
    let daemon = open(&there, &state).await.unwrap();
    let database = StatePlace::Database(state.clone());
    let new = StatePlace::Folder(there.path().join("new"));
    for (from, to) in [(&file, &database), (&database, &new)] {
        let refused = copy_state(from, to).await.unwrap_err();
        assert!(
            matches!(
                refused,
                CopyError::Store(StoreError::Database(DatabaseError::Held { .. }))
            ),
            "{refused}"
        );
    }
    daemon.rest().await;
    drop(daemon);
    copy_state(&file, &database).await.unwrap();
    // The turn is given back, to the next one and to the daemon.
    copy_state(&database, &new).await.unwrap();
    let daemon = open(&there, &state).await.unwrap();
    let bot = daemon.bot("acme").await.unwrap();
    assert_eq!(daemon.live(bot).await.unwrap(), 1);
    let next = confirm(&daemon, bot, &[change(Action::Add, "b", "1")], 2).await;
    assert_eq!(next.0, 2);
    daemon.rest().await;
    drop(daemon);

    let refused = copy_state(&file, &database).await.unwrap_err();
    assert!(matches!(refused, CopyError::NotEmpty { .. }), "{refused}");
}

#[tokio::test]
async fn what_the_database_cannot_store_leaves_it_empty() {
    let Some(state) = place("what_the_database_cannot_store_leaves_it_empty").await else {
        return;
    };
    let (folder, file) = folder_with_a_step().await;
    let store = Store::open_to_count(folder.path()).await.unwrap();
    let nul = "INSERT INTO author VALUES (1, 'export', 'a' || char(0), 'anna@example.com')";
    store.hold().await.run(nul).await.unwrap();
    let database = StatePlace::Database(state.clone());
    let refused = copy_state(&file, &database).await.unwrap_err();
    assert!(
        matches!(
            refused,
            CopyError::Store(StoreError::Database(DatabaseError::Unstorable { .. }))
        ),
        "{refused}"
    );
    let there = tempfile::tempdir().unwrap();
    let reader = Store::open_postgres(there.path(), &state, OpenedFor::Reading);
    assert!(
        reader
            .await
            .unwrap()
            .find_bot("acme")
            .await
            .unwrap()
            .is_none()
    );
    let new = StatePlace::Folder(there.path().join("new"));
    let refused = copy_state(&database, &new).await.unwrap_err();
    assert!(matches!(refused, CopyError::NoState { .. }), "{refused}");
    store.hold().await.run("DELETE FROM author").await.unwrap();
    copy_state(&file, &database).await.unwrap();
}

#[tokio::test]
async fn what_the_database_numbers_goes_on_after_a_copy() {
    let Some(state) = place("what_the_database_numbers_goes_on_after_a_copy").await else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder, &state).await.unwrap();
    let numbered: Vec<(String, String)> = query_as(
        "SELECT table_name::text, column_name::text FROM information_schema.columns \
         WHERE table_schema = current_schema() AND is_identity = 'YES' AND table_name <> 'wish' ORDER BY 1",
    )
    .fetch_all(&mut *store.hold().await)
    .await
    .unwrap();
    let mut listed = NUMBERED.map(|(table, column)| (table.to_owned(), column.to_owned()));
    listed.sort();
    assert_eq!(numbered, listed);
}
