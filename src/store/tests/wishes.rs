//! Commands that are handed over in rows of the database.

use super::postgres::{open, place};
use super::*;
use crate::store::postgres::DatabaseError;
use crate::store::{Wish, WishState};

#[tokio::test]
async fn a_wish_is_carried_out_once_by_who_holds_the_lease() {
    let Some(state) = place("a_wish_is_carried_out_once_by_who_holds_the_lease").await else {
        return;
    };
    let (here, there) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let holder = open(&here, &state).await.unwrap();
    let other = Store::open_postgres(there.path(), &state, OpenedFor::Counting);
    let other = other.await.unwrap();
    let first = other.make_wish("anna", "pause".into()).await.unwrap();
    let second = other.make_wish("ben", "retry".into()).await.unwrap();
    assert_eq!(other.wish_state(first).await.unwrap(), WishState::Waits);
    // Who does not work on the state takes nothing up.
    let refused = other.next_wish().await.unwrap_err();
    assert!(
        matches!(refused, StoreError::Database(DatabaseError::Deposed { .. })),
        "{refused}"
    );
    let wish = Wish {
        id: first,
        who: "anna".into(),
        command: "pause".into(),
    };
    assert_eq!(holder.next_wish().await.unwrap(), Some(wish));
    assert_eq!(other.wish_state(first).await.unwrap(), WishState::Begun);
    assert!(
        !other.withdraw_wish(first).await.unwrap(),
        "it is under way"
    );
    assert!(other.withdraw_wish(second).await.unwrap());
    assert_eq!(other.wish_state(second).await.unwrap(), WishState::Gone);
    assert_eq!(holder.next_wish().await.unwrap(), None);
    holder.answer_wish(first, "done".into()).await.unwrap();
    assert_eq!(
        other.wish_state(first).await.unwrap(),
        WishState::Answered("done".into())
    );
}

#[tokio::test]
async fn nobody_is_left_waiting_and_nothing_is_carried_out_late() {
    let Some(state) = place("nobody_is_left_waiting_and_nothing_is_carried_out_late").await else {
        return;
    };
    let (here, there) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let first = open(&here, &state).await.unwrap();
    let begun = first.make_wish("anna", "pause".into()).await.unwrap();
    first.next_wish().await.unwrap().unwrap();
    let old = first.make_wish("ben", "approve".into()).await.unwrap();
    let mut held = first.hold().await;
    let age = "UPDATE wish SET at = at - 61000 WHERE who = 'ben'";
    held.run(age).await.unwrap();
    drop(held);
    first.rest().await;
    drop(first);

    let second = open(&there, &state).await.unwrap();
    second
        .answer_what_was_begun("broken off".into())
        .await
        .unwrap();
    assert_eq!(
        second.wish_state(begun).await.unwrap(),
        WishState::Answered("broken off".into())
    );
    // Whoever asked for it has gone away long ago.
    assert_eq!(second.next_wish().await.unwrap(), None);
    assert_eq!(second.wish_state(old).await.unwrap(), WishState::Waits);
    let age = "UPDATE wish SET at = at - 3600000";
    second.hold().await.run(age).await.unwrap();
    second
        .answer_what_was_begun("broken off".into())
        .await
        .unwrap();
    for wish in [begun, old] {
        assert_eq!(second.wish_state(wish).await.unwrap(), WishState::Gone);
    }
}
