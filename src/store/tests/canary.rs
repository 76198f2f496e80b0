//! What uploads do to the canary: with which they go along, that a repeat is the same to the byte, and what is
//! known of it after each end.

use super::*;
use crate::model::{CANARY, CanaryErrand, CanaryReading, CanaryWish};

const EFFECTS: [UploadEffect; 2] = [UploadEffect::Merge, UploadEffect::Replace];

/// An upload that has become a task.
async fn sent(store: &Store, bot: BotId, purpose: Purpose, effect: UploadEffect) -> UploadRecord {
    let rows = match purpose {
        Purpose::Canary => Vec::new(),
        _ => vec![(0, change(Action::Change, "a", "two"))],
    };
    let mut record = store.prepare(bot, purpose, effect, &rows, 5).await.unwrap();
    become_task(store, &mut record, 5).await;
    record
}

async fn csv(store: &Store, record: &UploadRecord) -> String {
    store.check_csv(record).await.unwrap();
    let (mut cursor, mut bytes) = (Some(Store::csv_start(record)), Vec::new());
    while let Some(at) = cursor {
        let first = bytes.is_empty();
        let (page, _, next) = store.csv_page(record, at, first).await.unwrap();
        bytes.extend(page);
        cursor = next;
    }
    String::from_utf8(bytes).unwrap()
}

#[tokio::test]
async fn it_is_the_last_row_and_the_same_each_time() {
    use CanaryWish::{Absent, Present};
    let table = [
        (Purpose::Change, None, None),
        (Purpose::Change, Some(Present), Some(CanaryErrand::Put)),
        (Purpose::Change, Some(Absent), None),
        (Purpose::Trial, Some(Present), None),
        (Purpose::Control, Some(Present), None),
        (Purpose::Recovery, Some(Present), None),
        (Purpose::Canary, Some(Present), Some(CanaryErrand::Put)),
        (Purpose::Canary, Some(Absent), Some(CanaryErrand::Remove)),
    ];
    for (purpose, wish, errand) in table {
        for effect in EFFECTS {
            let (_folder, store) = store().await;
            let bot = store.bot("acme").await.unwrap();
            let both = ["a", "b"].map(|name| change(Action::Add, name, "one"));
            confirm(&store, bot, &both, 1).await;
            if let Some(wish) = wish {
                store.wish_canary(bot, wish).await.unwrap();
            }
            let record = sent(&store, bot, purpose, effect).await;
            let case = format!("{purpose:?} {wish:?} {effect:?}");
            assert_eq!(record.canary, errand, "{case}");
            let stored = store.upload(record.id).await.unwrap();
            assert_eq!((stored.purpose, stored.canary), (purpose, errand), "{case}");
            let text = csv(&store, &record).await;
            let last = text.lines().last().unwrap();
            let is_named = match (errand, effect) {
                (Some(CanaryErrand::Put), _) => last.ends_with(&format!("upload {}", record.id.0)),
                (Some(CanaryErrand::Remove), UploadEffect::Merge) => {
                    last == format!("{CANARY},\"\",\"\"") || last == format!("{CANARY},,")
                }
                _ => !text.contains(CANARY),
            };
            assert!(is_named, "{case}: {text}");
            let rows = text.lines().count() as u64 - 1;
            assert_eq!(
                (record.rows, record.csv_bytes),
                (rows, text.len() as u64),
                "{case}"
            );
            assert_eq!(
                record.counts.total(),
                u64::from(purpose != Purpose::Canary),
                "{case}"
            );
        }
    }
}

#[tokio::test]
async fn each_end_says_whether_it_is_on_the_bot() {
    use UploadEnd::{Dropped, TaskFailed, TaskSucceeded};
    // Whether it is on the bot, whether it may be, and whether it was refused.
    let table = [
        (
            Purpose::Change,
            TaskSucceeded,
            [true, true, false],
            [true, true, false],
        ),
        (
            Purpose::Change,
            TaskFailed,
            [true, true, false],
            [true, true, false],
        ),
        (
            Purpose::Trial,
            TaskSucceeded,
            [true, true, false],
            [false, false, false],
        ),
        (
            Purpose::Canary,
            TaskSucceeded,
            [true, true, false],
            [true, true, false],
        ),
        (
            Purpose::Canary,
            TaskFailed,
            [true, true, true],
            [true, true, true],
        ),
        (
            Purpose::Canary,
            Dropped,
            [true, true, false],
            [true, true, false],
        ),
    ];
    for (purpose, end, in_merge, in_replace) in table {
        for (effect, expected) in EFFECTS.into_iter().zip([in_merge, in_replace]) {
            let (_folder, store) = store().await;
            let bot = store.bot("acme").await.unwrap();
            store.wish_canary(bot, CanaryWish::Present).await.unwrap();
            let first = confirm(&store, bot, &[change(Action::Add, "a", "one")], 1).await;
            let before = store.canary(bot).await.unwrap().unwrap();
            assert_eq!(
                (before.revision, before.confirmed_at),
                (Some(first.0), Some(1))
            );
            let mut record = sent(&store, bot, purpose, effect).await;
            store.settle(&mut record, ended(end, 7)).await.unwrap();
            let after = store.canary(bot).await.unwrap().unwrap();
            let said = [
                after.revision.is_some(),
                after.tried.is_some(),
                after.refused.is_some(),
            ];
            assert_eq!(said, expected, "{purpose:?} {end:?} {effect:?}");
            let is_newer = end == TaskSucceeded && record.canary.is_some();
            let revision = after.revision.filter(|_| is_newer);
            assert_eq!(revision, is_newer.then_some(record.id.0));
            assert_eq!(after.owner, before.owner);
        }
    }
}

#[tokio::test]
async fn what_was_heard_of_an_older_canary_and_what_a_person_ended_is_over() {
    let (_folder, store) = store().await;
    let bot = store.bot("acme").await.unwrap();
    store.wish_canary(bot, CanaryWish::Present).await.unwrap();
    confirm(&store, bot, &[change(Action::Add, "a", "one")], 1).await;
    let asked = store.canary(bot).await.unwrap().unwrap();
    let wait = std::time::Duration::from_secs(1);
    let heard = asked.clone().heard(CanaryReading::Other, 3, wait);
    let twice = heard.heard(CanaryReading::Other, 4, wait);
    store.keep_canary_heard(bot, &twice).await.unwrap();
    let found = store.canary(bot).await.unwrap().unwrap();
    assert_eq!(found, twice);
    store.resume_canary(bot, found, &action(5)).await.unwrap();
    // The reply to a question that was asked before comes late.
    store.keep_canary_heard(bot, &twice).await.unwrap();
    let resumed = store.canary(bot).await.unwrap().unwrap();
    assert_eq!((resumed.finding(), resumed.revision), (None, None));
    assert_eq!(resumed.owner, asked.owner);
}
