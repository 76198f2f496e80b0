//! Content that a disk or a hand has altered: it is noticed wherever it would go out.

use super::*;
use crate::model::UploadId;
use crate::store::bots::BotId;
use crate::store::error::StoreError;
use crate::store::open::Store;
use crate::store::upload::CsvCursor;
use crate::store::versions::ContentOwners;

async fn alter(store: &Store, sql: &'static str) {
    let done = query(sql).execute(&mut *store.hold().await).await;
    assert_eq!(done.unwrap().rows_affected(), 1, "{sql}");
}

/// A bot with the steps `a` and `b`, of which the second is altered.
async fn altered(sql: &'static str) -> (tempfile::TempDir, Store, BotId) {
    let (folder, store) = store().await;
    let bot = store.bot("acme").await.unwrap();
    let add = |name| change(Action::Add, name, "one");
    confirm(&store, bot, &[add("a"), add("b")], 1).await;
    alter(&store, sql).await;
    (folder, store, bot)
}

const ROTS: [&str; 3] = [
    "UPDATE content SET answer = 'twp' WHERE content_id = 4294967297",
    "UPDATE content SET question = '' WHERE content_id = 4294967297",
    "UPDATE content SET answer = CAST(x'6fff65' AS TEXT) WHERE content_id = 4294967297",
];

fn names_b<T: std::fmt::Debug>(outcome: Result<T, StoreError>) {
    let error = outcome.unwrap_err();
    assert!(matches!(error, StoreError::Rotten { .. }), "{error}");
    let words = error.to_string();
    assert!(
        words.starts_with("acme: the content of step \"b\" in "),
        "{words}"
    );
}

#[tokio::test]
async fn altered_content_never_goes_out_as_unchanged() {
    for sql in ROTS {
        let (_folder, store, bot) = altered(sql).await;
        let rows = [(0, change(Action::Add, "c", "one"))];
        let replace = UploadEffect::Replace;
        names_b(store.prepare(bot, Purpose::Change, replace, &rows, 2).await);
        names_b(
            store
                .prepare::<Step>(bot, Purpose::Recovery, replace, &[], 2)
                .await,
        );
        assert_eq!(store.under_way(bot).await.unwrap(), None);
        names_b(store.contents(bot, &["a".into(), "b".into()]).await);
        assert_eq!(store.contents(bot, &["a".into()]).await.unwrap().len(), 1);
        names_b(store.state_after(bot, UploadId(1)).await);
        let live = [
            store.any_live_step(bot, UploadId(9), 0).await,
            store.any_live_step(bot, UploadId(9), 1).await,
        ];
        assert_eq!(
            live.iter().filter(|step| step.is_ok()).count(),
            1,
            "{live:?}"
        );

        assert_eq!(store.doubt_rotten(bot).await.unwrap(), ["b"]);
        assert_eq!(store.doubt_rotten(bot).await.unwrap(), [""; 0], "once");
        let uncertain = store.uncertain(bot).await.unwrap();
        assert_eq!(uncertain.into_keys().collect::<Vec<_>>(), ["b"]);
    }
}

#[tokio::test]
async fn a_step_from_its_source_takes_the_place_of_altered_content() {
    let (_folder, store, bot) = altered(ROTS[0]).await;
    store.doubt_rotten(bot).await.unwrap();
    confirm(&store, bot, &[change(Action::Change, "b", "one")], 2).await;
    let contents = store.contents(bot, &["b".into()]).await.unwrap();
    assert_eq!(contents["b"].step.answer, "one");
    assert!(store.uncertain(bot).await.unwrap().is_empty());
    assert_eq!(
        store.content_owners().await.unwrap(),
        ContentOwners::default()
    );
}

#[tokio::test]
async fn what_a_source_still_has_is_put_back_before_the_upload_goes_out() {
    let (_folder, store, bot) = altered(ROTS[0]).await;
    store.doubt_rotten(bot).await.unwrap();
    let rows = [
        (0, change(Action::Change, "b", "one")),
        (1, change(Action::Add, "c", "one")),
    ];
    let replace = UploadEffect::Replace;
    let prepared = store.prepare(bot, Purpose::Change, replace, &rows, 2);
    let mut record = prepared.await.unwrap();
    store.check_csv(&record).await.unwrap();
    // Should it fail, the set before it is whole again.
    become_task(&store, &mut record, 3).await;
    let failed = store.settle(&mut record, ended(UploadEnd::TaskFailed, 4));
    failed.await.unwrap();
    let recovery = store.prepare::<Step>(bot, Purpose::Recovery, replace, &[], 5);
    assert_eq!(recovery.await.unwrap().rows, 2);
}

#[tokio::test]
async fn what_was_altered_in_the_past_is_no_way_back() {
    let (_folder, store) = store().await;
    let bot = store.bot("acme").await.unwrap();
    confirm(&store, bot, &[change(Action::Add, "b", "one")], 1).await;
    confirm(&store, bot, &[change(Action::Change, "b", "two")], 2).await;
    alter(
        &store,
        "UPDATE content SET answer = 'x' WHERE content_id = 4294967296",
    )
    .await;
    names_b(store.state_after(bot, UploadId(1)).await);
    assert_eq!(store.state_after(bot, UploadId(2)).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_row_of_an_upload_that_was_altered_is_not_sent() {
    for sql in [
        "UPDATE content SET answer = 'twp' WHERE content_id = 4294967296",
        "UPDATE version SET digest = zeroblob(16) WHERE row = 0",
    ] {
        let (_folder, store) = store().await;
        let bot = store.bot("acme").await.unwrap();
        let rows = [(0, change(Action::Add, "b", "one"))];
        let merge = UploadEffect::Merge;
        let prepared = store.prepare(bot, Purpose::Change, merge, &rows, 1);
        let record = prepared.await.unwrap();
        store.check_csv(&record).await.unwrap();
        alter(&store, sql).await;
        names_b(store.check_csv(&record).await);
        names_b(store.upload_rows(&record).await);
        names_b(store.csv_page(&record, CsvCursor::Rows(0), true).await);
    }
    // A name has no digest of its own; the whole CSV has one.
    let (_folder, store) = store().await;
    let bot = store.bot("acme").await.unwrap();
    let rows = [(0, change(Action::Add, "b", "one"))];
    let prepared = store.prepare(bot, Purpose::Change, UploadEffect::Merge, &rows, 1);
    let record = prepared.await.unwrap();
    alter(&store, "UPDATE version SET node_name = 'c'").await;
    let error = store.check_csv(&record).await.unwrap_err().to_string();
    assert!(error.contains("the content of upload 1 in "), "{error}");
}

#[tokio::test]
async fn a_state_that_is_empty_beside_notes_of_an_earlier_life_is_lost() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    Store::open(folder.path()).await.unwrap();
    std::fs::create_dir(path("seen")).unwrap();
    Store::open(folder.path()).await.unwrap();
    std::fs::write(path("seen/1"), "rows").unwrap();
    let is_lost = async || {
        for opened in [
            Store::open(folder.path()).await,
            Store::open_to_read(folder.path()).await,
        ] {
            let error = opened.unwrap_err();
            assert!(matches!(error, StoreError::Lost { .. }), "{error}");
            assert!(
                error.to_string().contains("seen is of an earlier life"),
                "{error}"
            );
        }
    };
    // One that knows of no bot, one without a byte, and none.
    let error = Store::open(folder.path()).await.unwrap_err();
    assert!(matches!(error, StoreError::Lost { .. }), "{error}");
    for beside in ["state.db", "state.db-wal", "state.db-shm"] {
        let _ = std::fs::remove_file(path(beside));
    }
    std::fs::write(path("state.db"), "").unwrap();
    is_lost().await;
    assert_eq!(std::fs::metadata(path("state.db")).unwrap().len(), 0);
    std::fs::remove_file(path("state.db")).unwrap();
    is_lost().await;
    assert!(!path("state.db").exists());
    std::fs::remove_dir_all(path("seen")).unwrap();
    let store = Store::open(folder.path()).await.unwrap();
    store.bot("acme").await.unwrap();
    drop(store);
    std::fs::create_dir(path("seen")).unwrap();
    std::fs::write(path("seen/1"), "rows").unwrap();
    Store::open(folder.path()).await.unwrap();
}
