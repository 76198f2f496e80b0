//! A state speaks of one Haptik, and can be taken to another one.

use super::*;
use crate::model::{Digest, Isolation, Named, UploadId};
use crate::store::binding::HaptikBinding;
use crate::store::bots::{BotId, BotState, Success};
use crate::store::open::Store;
use crate::store::steps::{Release, RemovalKind};
use crate::store::upload::{Reached, Settlement, UploadRecord};
use crate::store::versions::ContentOwners;

fn haptik(name: &str) -> HaptikBinding {
    HaptikBinding {
        haptik: format!("https://{name}.example.com"),
        client_id: "acme".into(),
    }
}

#[tokio::test]
async fn a_bot_is_bound_once_something_has_arrived() {
    let (_folder, store) = store().await;
    let bot = store.bot("acme").await.unwrap();
    let (one, other) = (haptik("one"), haptik("other"));
    assert_eq!(store.bind(bot, &one).await.unwrap(), None);
    // Nothing has arrived there: the address may have been a wrong one.
    assert_eq!(store.bind(bot, &other).await.unwrap(), None);
    let rows = [(0, change(Action::Add, "a", "1"))];
    let prepared = store.prepare(bot, Purpose::Change, UploadEffect::Merge, &rows, 1);
    let mut record = prepared.await.unwrap();
    assert_eq!(store.bind(bot, &one).await.unwrap(), None);

    let submitted = store.advance(&mut record, UploadEvent::Submit { at: 2 });
    submitted.await.unwrap();
    assert_eq!(store.bind(bot, &other).await.unwrap(), Some(one.clone()));
    assert_eq!(
        store.bound_elsewhere(bot, &other).await.unwrap(),
        Some(one.clone())
    );
    assert_eq!(store.bind(bot, &one).await.unwrap(), None);
    let other_client = HaptikBinding {
        client_id: "beta".into(),
        ..one.clone()
    };
    assert_eq!(store.bind(bot, &other_client).await.unwrap(), Some(one));
}

#[tokio::test]
async fn steps_alone_bind_a_bot() {
    let (_folder, store) = store().await;
    let bot = store.bot("acme").await.unwrap();
    store.bind(bot, &haptik("one")).await.unwrap();
    let by_hand = [change(Action::Add, "a", "1").step];
    store.import(bot, &by_hand, 1).await.unwrap();
    let bound = store.bind(bot, &haptik("other")).await.unwrap();
    assert_eq!(bound, Some(haptik("one")));
}

/// A bot of which something of every kind is known, and the upload that is under way.
async fn full(store: &Store, bot: BotId) -> UploadRecord {
    let add = |name| change(Action::Add, name, "1");
    store.bind(bot, &haptik("one")).await.unwrap();
    confirm(store, bot, &[add("a"), add("b")], 1).await;
    confirm(store, bot, &[change(Action::Change, "a", "2")], 2).await;
    let base = [add("c"), add("d")];
    let rows: Vec<_> = (0..).zip(base).collect();
    let prepared = store.prepare(bot, Purpose::Change, UploadEffect::Merge, &rows, 3);
    let mut search = prepared.await.unwrap();
    become_task(store, &mut search, 3).await;
    let (isolation, _) = Isolation::begin(search.id.0, 2, None, Named::Nobody, "no");
    let settlement = Settlement {
        isolation: Some(&isolation),
        reached: Reached::AnyRow,
        ..ended(UploadEnd::TaskFailed, 3)
    };
    store.settle(&mut search, settlement).await.unwrap();
    open_removals::keep(store, bot, &[], &[("a", RemovalKind::Held)], 4).await;
    let release = Release {
        released: vec!["a".into()],
        changes: vec![("b".into(), Digest([7; 16]))],
        ..Release::default()
    };
    store.release(bot, &release, &action(4)).await.unwrap();
    store.pin(bot, Some(UploadId(2))).await.unwrap();
    store
        .record_success("acme", Success::WHOLE, 5)
        .await
        .unwrap();
    accepted(store, bot, &[add("e")], 6).await
}

#[tokio::test]
async fn nothing_that_was_known_of_the_old_haptik_is_left() {
    let (_folder, store) = store().await;
    let (bot, neighbour) = (
        store.bot("acme").await.unwrap(),
        store.bot("beta").await.unwrap(),
    );
    confirm(&store, neighbour, &[change(Action::Add, "a", "1")], 1).await;
    let under_way = full(&store, bot).await;
    let before = store.as_of(bot).await.unwrap();

    let forgotten = store
        .rebind(bot, &haptik("other"), action(9))
        .await
        .unwrap();
    assert_eq!(
        (forgotten.live, forgotten.approvals, forgotten.open_removals),
        (2, 1, 1)
    );
    assert_eq!(
        (forgotten.dropped, forgotten.pinned_to),
        (Some(under_way.id), Some(UploadId(2)))
    );
    assert_eq!(store.bind(bot, &haptik("other")).await.unwrap(), None);
    assert_eq!(
        store.bind(bot, &haptik("one")).await.unwrap(),
        Some(haptik("other"))
    );

    // A number that a message has told once is never given again.
    let blank = BotState {
        binding: Some(haptik("other")),
        plan: 1,
        ..BotState::default()
    };
    assert_eq!(store.bot_state(bot).await.unwrap(), blank);
    assert_eq!(store.live(bot).await.unwrap(), 0);
    assert!(store.uncertain(bot).await.unwrap().is_empty());
    assert!(store.approvals(bot).await.unwrap().is_empty());
    assert!(store.released_changes(bot).await.unwrap().is_empty());
    assert!(store.open_removals(bot).await.unwrap().is_empty());
    assert_eq!(store.open_plan(bot).await.unwrap().planned_at, None);
    assert!(store.under_way(bot).await.unwrap().is_none());
    let dropped = store.upload(under_way.id).await.unwrap();
    assert_eq!(dropped.state, UploadState::Failed);
    assert!(dropped.message.unwrap().contains("dropped by `rebind`"));
    assert_eq!(store.waiting_since(bot).await.unwrap(), None);
    assert_eq!(store.changed_since(bot, before).await.unwrap(), None);
    // What was live there is no way back here.
    for upload in 2..=under_way.id.0 {
        let way = store.check_way_back(bot, "acme", UploadId(upload)).await;
        assert!(way.is_err(), "{upload}");
    }
    assert_eq!(store.live(neighbour).await.unwrap(), 1);
    assert_eq!(
        store.content_owners().await.unwrap(),
        ContentOwners::default()
    );
    assert_eq!(
        store.actions(None, 1).await.unwrap()[0].details["forgotten"],
        2
    );

    let rows = [change(Action::Add, "a", "3")];
    let first = confirm(&store, bot, &rows, 10).await;
    store.check_way_back(bot, "acme", first).await.unwrap();
}
