//! What the lease promises, as one story, and that each way to break it is noticed in it.

use std::time::Duration;

use super::postgres::{open, place, run_out};
use super::*;
use crate::config::PostgresState;

/// The promises that are not kept, while one process is paused in the middle of an upload and another one takes over.
async fn broken_promises(state: &PostgresState) -> Vec<&'static str> {
    let (here, there) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let mut broken = Vec::new();
    let first = open(&here, state).await.unwrap();
    let bot = first.bot("acme").await.unwrap();
    let rows = [(0, change(Action::Add, "a", "1"))];
    let upload = first.prepare(bot, Purpose::Change, UploadEffect::Merge, &rows, 1);
    let mut record = upload.await.unwrap();
    let submitted = first.advance(&mut record, UploadEvent::Submit { at: 2 });
    submitted.await.unwrap();
    if let Ok(beside) = open(&there, state).await {
        broken.push("two work at once");
        beside.rest().await;
        return broken;
    }
    first.oversleep();
    if first.check_may_send().is_ok() {
        broken.push("the end of an upload is sent without the lease");
    }
    run_out(&first).await;
    let second = open(&there, state).await.unwrap();
    if second.until_older_arrived(Duration::from_mins(1)).is_none() {
        broken.push("something newer may overtake what arrives late");
    }
    if first.bot("other").await.is_ok() {
        broken.push("who was deposed writes");
    }
    broken
}

#[tokio::test]
async fn the_lease_keeps_its_promises() {
    let Some(state) = place("the_lease_keeps_its_promises").await else {
        return;
    };
    assert_eq!(broken_promises(&state).await, Vec::<&str>::new());
}

#[cfg(feature = "sabotage")]
#[tokio::test]
async fn each_way_to_break_the_lease_is_noticed() {
    use crate::sabotage::{Sabotage, choose};

    for sabotage in Sabotage::OF_THE_LEASE {
        let Some(state) = place("each_way_to_break_the_lease_is_noticed").await else {
            return;
        };
        choose(Some(sabotage));
        let broken = broken_promises(&state).await;
        choose(None);
        let expected = match sabotage {
            Sabotage::EpochUnchecked => "who was deposed writes",
            Sabotage::LeaseByLocalClock => "two work at once",
            Sabotage::EndUnchecked => "the end of an upload is sent without the lease",
            _ => "something newer may overtake what arrives late",
        };
        assert_eq!(broken, [expected], "{sabotage:?}");
    }
}
