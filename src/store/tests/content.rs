//! Each version has its content, each content its version, and what is lost is noticed.

use super::*;
use crate::model::{AccusedStep, UploadId};
use crate::store::bots::BotId;
use crate::store::error::StoreError;
use crate::store::open::Store;
use crate::store::steps::{Imported, Release};
use crate::store::upload::{Reached, Settlement};
use crate::store::versions::ContentOwners;

/// Carries changes out as if Haptik had refused them, and with them a live step.
async fn fail(store: &Store, bot: BotId, changes: &[Change], refused_live: &str) {
    let mut record = accepted(store, bot, changes, 1).await;
    let settlement = Settlement {
        reached: Reached::AnyRow,
        refused_live: &[AccusedStep {
            node_name: refused_live.to_owned(),
            reason: "not allowed".to_owned(),
        }],
        ..ended(UploadEnd::TaskFailed, 1)
    };
    store.settle(&mut record, settlement).await.unwrap();
}

#[tokio::test]
async fn each_content_is_gone_with_its_version() {
    let (_folder, store) = store().await;
    let bot = store.bot("acme").await.unwrap();
    let count = async || -> i64 {
        assert_eq!(
            store.content_owners().await.unwrap(),
            ContentOwners::default()
        );
        query_scalar("SELECT count(*) FROM content")
            .fetch_one(&mut *store.hold().await)
            .await
            .unwrap()
    };
    let add = |name, words| change(Action::Add, name, words);
    let edit = |name, words| change(Action::Change, name, words);
    let steps = [add("a", "1"), add("b", "1"), add("c", "1")];
    confirm(&store, bot, &steps, 1).await;
    assert_eq!(count().await, 3);
    confirm(&store, bot, &[edit("a", "2"), edit("b", "1")], 2).await;
    confirm(&store, bot, &[change(Action::Remove, "c", "")], 3).await;
    assert_eq!(count().await, 6);
    fail(&store, bot, &[edit("a", "3"), add("d", "1")], "b").await;
    assert_eq!(count().await, 8, "what was sent can be looked at");
    assert_eq!(store.live(bot).await.unwrap(), 1);
    let by_hand: Vec<Step> = ["a", "e", "f", "e"]
        .map(|name| add(name, "hand").step)
        .to_vec();
    let imported = store.import(bot, &by_hand, 4).await.unwrap();
    assert_eq!((imported, count().await), (Imported::Joined(2), 10));
    let release = Release {
        struck_off: vec!["e".to_owned()],
        ..Release::default()
    };
    store.release(bot, &release, &action(5)).await.unwrap();
    assert_eq!(count().await, 11);
    store.prune_past(bot, kept(i64::MAX, 0)).await.unwrap();
    assert_eq!(count().await, 2, "a and f are live");
    assert_eq!(
        store
            .contents(bot, &["a".into(), "f".into()])
            .await
            .unwrap()["a"]
            .step
            .answer,
        "2"
    );
}

#[tokio::test]
async fn a_whole_set_never_leaves_out_a_step_whose_content_is_lost() {
    let (folder, store) = store_in_file().await;
    let bot = store.bot("acme").await.unwrap();
    let steps = [change(Action::Add, "a", "1"), change(Action::Add, "b", "1")];
    confirm(&store, bot, &steps, 1).await;
    query("DELETE FROM content WHERE content_id = 4294967297")
        .execute(&mut *store.hold().await)
        .await
        .unwrap();
    let rows = [(0, change(Action::Change, "a", "2"))];
    let effect = UploadEffect::Replace;
    let prepared = store.prepare(bot, Purpose::Change, effect, &rows, 2).await;
    let error = prepared.unwrap_err().to_string();
    assert!(
        error.contains("the content of step \"b\" is missing"),
        "{error}"
    );
    assert_eq!(store.under_way(bot).await.unwrap(), None);
    let error = store.state_after(bot, UploadId(1)).await.unwrap_err();
    assert!(
        error.to_string().contains("step \"b\" is missing"),
        "{error}"
    );
    let names = ["a".to_owned(), "b".to_owned()];
    let error = store.contents(bot, &names).await.unwrap_err();
    assert!(
        error.to_string().contains("step \"b\" is missing"),
        "{error}"
    );
    drop(store);
    let error = Store::open(folder.path()).await.unwrap_err().to_string();
    assert!(error.contains("1 steps have no content"), "{error}");
}

#[tokio::test]
async fn a_row_whose_content_is_lost_never_goes_up_as_a_removal() {
    let (_folder, store) = store_in_file().await;
    let bot = store.bot("acme").await.unwrap();
    let rows = [(0, change(Action::Add, "a", "one"))];
    let prepared = store.prepare(bot, Purpose::Change, UploadEffect::Merge, &rows, 1);
    let record = prepared.await.unwrap();
    store.check_csv(&record).await.unwrap();
    query("DELETE FROM content")
        .execute(&mut *store.hold().await)
        .await
        .unwrap();
    let whole = store.check_csv(&record).await;
    assert!(matches!(whole, Err(StoreError::Rotten { .. })), "{whole:?}");
    let rows = store.upload_rows(&record).await;
    assert!(matches!(rows, Err(StoreError::Damaged { .. })), "{rows:?}");
}
