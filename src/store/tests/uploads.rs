//! What is written down of an upload, and the bytes that are made of it.

use std::borrow::Cow;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use futures_util::future::BoxFuture;

use super::*;
use crate::store::bots::BotId;
use crate::store::error::StoreError;
use crate::store::open::{Store, Supervisor};
use crate::store::steps::Imported;
use crate::store::upload::UploadRecord;
use crate::store::versions::ContentOwners;

/// A step that can be had back so many times.
struct Fickle(Step, AtomicU32);

impl AnyStep for Fickle {
    fn digest(&self) -> Digest {
        self.0.digest()
    }

    fn node_name(&self) -> &str {
        &self.0.node_name
    }

    fn load(&self) -> Result<Cow<'_, Step>, SpoolError> {
        match self.1.fetch_sub(1, Ordering::Relaxed) {
            0 => Err(SpoolError::TooLong),
            _ => Ok(Cow::Borrowed(&self.0)),
        }
    }
}

#[tokio::test]
async fn an_upload_whose_content_is_lost_has_never_been() {
    let (_folder, store) = store().await;
    let bot = store.bot("acme").await.unwrap();
    // A set that comes from the store as well has its content taken twice.
    for (times, effect) in [(0, UploadEffect::Merge), (1, UploadEffect::Replace)] {
        let rows: Vec<_> = (0..700)
            .map(|row| {
                let Change {
                    action,
                    key,
                    step,
                    line,
                } = change(Action::Add, &row.to_string(), "one");
                let times = if row == 650 { times } else { 2 };
                let step = Fickle(step, AtomicU32::new(times));
                (
                    row,
                    Change {
                        action,
                        key,
                        step,
                        line,
                    },
                )
            })
            .collect();
        let outcome = store.prepare(bot, Purpose::Change, effect, &rows, 1).await;
        assert!(matches!(outcome, Err(StoreError::Spool(_))), "{outcome:?}");
        assert_eq!(store.under_way(bot).await.unwrap(), None);
        for table in ["upload", "version", "content"] {
            let sql = sqlx::AssertSqlSafe(format!("SELECT count(*) FROM {table}"));
            let count: i64 = query_scalar(sql)
                .fetch_one(&mut *store.hold().await)
                .await
                .unwrap();
            assert_eq!(count, 0, "{table} after {times}");
        }
    }
}

#[tokio::test]
async fn content_in_a_spool_makes_the_same_upload() {
    let (folder, store) = store().await;
    let bots = [
        store.bot("one").await.unwrap(),
        store.bot("other").await.unwrap(),
    ];
    let origin = Arc::new(StepOrigin {
        file: "a.csv".into(),
        spool: Arc::new(Spool::new(&SpillConfig::beyond(folder.path(), 0))),
    });
    let rows: Vec<_> = (0..1234)
        .map(|row| (row, change(Action::Add, &format!("kb-{row:05}"), "a, b|c")))
        .collect();
    let outlines: Vec<_> = rows
        .iter()
        .map(|(row, change)| {
            let step = StepRef::spooled(change.step.clone(), change.digest(), &origin);
            let (action, key) = (change.action, change.key.clone());
            (
                *row,
                Change {
                    action,
                    key,
                    step,
                    line: 0,
                },
            )
        })
        .collect();
    let effect = UploadEffect::Merge;
    let whole = store
        .prepare(bots[0], Purpose::Change, effect, &rows, 1)
        .await
        .unwrap();
    let spooled = store
        .prepare(bots[1], Purpose::Change, effect, &outlines, 1)
        .await
        .unwrap();
    assert_eq!(whole.csv_digest, spooled.csv_digest);
    let written = store.upload_rows(&spooled).await.unwrap();
    assert_eq!(written, store.upload_rows(&whole).await.unwrap());
    assert_eq!(written.len(), 1234);
}

#[tokio::test]
async fn the_bytes_of_a_csv_are_the_same_each_time_and_as_long_as_promised() {
    let (_folder, store) = store().await;
    let bot = store.bot("acme").await.unwrap();
    let names: Vec<_> = (0..4321).map(|n| format!("kb-{n:05}")).collect();
    let adds: Vec<_> = names
        .iter()
        .map(|n| change(Action::Add, n, "a \"b\"|c"))
        .collect();
    confirm(&store, bot, &adds, 1).await;
    let rows = [
        (0, change(Action::Change, "kb-00007", "new\nline")),
        (1, change(Action::Remove, "kb-00008", "")),
    ];
    let effect = UploadEffect::Replace;
    let record = store
        .prepare(bot, Purpose::Change, effect, &rows, 2)
        .await
        .unwrap();
    let bytes = csv_from_the_store(&store, &record).await;
    assert_eq!(bytes.len() as u64, record.csv_bytes);
    assert_eq!(blake3::hash(&bytes).as_bytes()[..16], record.csv_digest);
    let mut reader = csv::Reader::from_reader(bytes.as_slice());
    let read: Vec<_> = reader.records().map(Result::unwrap).collect();
    assert_eq!(read.len() as u64, record.rows);
    assert_eq!(read.len(), 4320);
    assert_eq!(&read[4319], &["kb-00007", "new\nline", "new\nline"][..]);
    assert!(!read.iter().any(|row| &row[0] == "kb-00008"));
}

#[tokio::test]
async fn what_was_written_down_and_never_began_is_swept_away() {
    let (_folder, store) = store().await;
    let bot = store.bot("acme").await.unwrap();
    let effect = UploadEffect::Merge;
    let rows = [(0, change(Action::Add, "a", "one"))];
    let left = store.write_down(bot, Purpose::Change, effect, &rows, 1);
    drop(left.await.unwrap());
    // What comes later has a higher number than what began before it.
    let first = store.write_down(bot, Purpose::Change, effect, &rows, 1);
    let first = first.await.unwrap();
    let others = [change(Action::Add, "b", "one")];
    let between = confirm(&store, bot, &others, 2).await;
    let record = store.begin(first, &rows, 3).await.unwrap();
    assert!(record.id > between, "{record:?}");
    assert_eq!((record.prepared_at, record.rows), (3, 1));
    assert_eq!(store.upload_rows(&record).await.unwrap().len(), 1);
    store.sweep(bot).await.unwrap();
    assert_eq!(store.under_way(bot).await.unwrap(), Some(record));
    let uploads: i64 = query_scalar("SELECT count(*) FROM upload")
        .fetch_one(&mut *store.hold().await)
        .await
        .unwrap();
    assert_eq!(uploads, 2);
    assert_eq!(
        store.content_owners().await.unwrap(),
        ContentOwners::default()
    );
}

/// The CSV of an upload as it is made from the store.
async fn csv_from_the_store(store: &Store, record: &UploadRecord) -> Vec<u8> {
    let (mut bytes, mut first) = (Vec::new(), true);
    let mut cursor = Some(Store::csv_start(record));
    while let Some(at) = cursor {
        let (page, _, next) = store.csv_page(record, at, first).await.unwrap();
        bytes.extend(page);
        (cursor, first) = (next, false);
    }
    bytes
}

/// Has a step join before a certain piece of work on the state.
#[derive(Debug)]
struct Joins {
    /// So many pieces of work come before it.
    left: AtomicU32,
    other: Store,
    bot: BotId,
    step: Step,
    came: Arc<std::sync::Mutex<Option<Imported>>>,
}

impl Supervisor for Joins {
    fn begins(&self) {}

    fn admits(&self) -> BoxFuture<'_, ()> {
        Box::pin(async {
            if self.left.fetch_sub(1, Ordering::Relaxed) == 0 {
                let steps = std::slice::from_ref(&self.step);
                let came = self.other.import(self.bot, steps, 3).await.unwrap();
                *self.came.lock().unwrap() = Some(came);
            }
        })
    }

    fn ends(&self) {}
}

#[tokio::test]
async fn steps_that_join_while_a_set_is_measured_are_in_it() {
    for pieces in 0.. {
        let (folder, store) = store_in_file().await;
        let bot = store.bot("acme").await.unwrap();
        let adds = ["kb-1", "kb-2", "kb-3"].map(|name| change(Action::Add, name, "1"));
        confirm(&store, bot, &adds, 1).await;
        let rows = [(0, change(Action::Change, "kb-2", "2"))];
        let effect = UploadEffect::Replace;
        let written = store.write_down(bot, Purpose::Change, effect, &rows, 2);
        let written = written.await.unwrap();
        let came = Arc::default();
        let joins = Joins {
            left: AtomicU32::new(pieces),
            other: Store::open(folder.path()).await.unwrap(),
            bot,
            step: change(Action::Add, "aaa", "by hand").step,
            came: Arc::clone(&came),
        };
        let supervised = store.clone().supervised(Arc::new(joins));
        let record = supervised.begin(written, &rows, 3).await.unwrap();
        let bytes = csv_from_the_store(&store, &record).await;
        let joined = *came.lock().unwrap() == Some(Imported::Joined(1));
        let text = String::from_utf8(bytes.clone()).unwrap();
        assert_eq!(text.contains("by hand"), joined, "before piece {pieces}");
        assert_eq!(bytes.len() as u64, record.csv_bytes);
        assert_eq!(blake3::hash(&bytes).as_bytes()[..16], record.csv_digest);
        let ready = store.take_ready(&record).unwrap().pages();
        let ready: Vec<Vec<u8>> = ready.collect::<Result<_, _>>().unwrap();
        assert!(ready.concat() == bytes, "other bytes would go up");
        if !joined {
            assert!(pieces > 3, "nothing could join while the set was measured");
            break;
        }
    }
}

/// The count reads nothing of the steps, so it is held against them in each state that uploads can be in.
#[tokio::test]
async fn live_steps_are_counted_as_they_are() {
    let (_folder, store) = store().await;
    let bot = store.bot("acme").await.unwrap();
    let other = store.bot("other").await.unwrap();
    let check = async |expected: u64| {
        assert_eq!(store.snapshot(bot).await.unwrap().len() as u64, expected);
        store.counts().clear();
        assert_eq!(store.live(bot).await.unwrap(), expected);
    };
    let add = |name: &str| change(Action::Add, name, "one");
    check(0).await;
    confirm(&store, other, &[add("x"), add("y")], 1).await;
    confirm(&store, bot, &[add("a"), add("b"), add("c")], 1).await;
    check(3).await;
    let changes = [
        change(Action::Change, "a", "two"),
        change(Action::Remove, "b", ""),
    ];
    confirm(&store, bot, &changes, 2).await;
    check(2).await;
    let mut under_way = accepted(&store, bot, &[add("d"), add("e")], 3).await;
    check(2).await;
    let rows = [(0, add("f"))];
    let merge = UploadEffect::Merge;
    let written = store
        .write_down(bot, Purpose::Change, merge, &rows, 4)
        .await;
    check(2).await;
    store.give_up(&written.unwrap()).await;
    let failed = store.settle(&mut under_way, ended(UploadEnd::TaskFailed, 5));
    failed.await.unwrap();
    check(2).await;
    store.import(bot, &[add("g").step], 6).await.unwrap();
    check(3).await;
    store
        .strike_off(bot, &["g".to_owned(), "a".to_owned()], 7)
        .await
        .unwrap();
    check(1).await;
    store.prune_past(bot, kept(i64::MAX, 0)).await.unwrap();
    check(1).await;
}

#[tokio::test]
async fn a_row_of_an_upload_is_found_by_its_name() {
    for effect in [UploadEffect::Merge, UploadEffect::Replace] {
        let (_folder, store) = store().await;
        let bot = store.bot("acme").await.unwrap();
        let rows = ["a", "b"].map(|name| change(Action::Add, name, "1"));
        let rows: Vec<_> = (0..).zip(rows).collect();
        let prepared = store.prepare(bot, Purpose::Change, effect, &rows, 1);
        let record = prepared.await.unwrap();
        let found = store.row_of(&record, "b").await.unwrap();
        assert_eq!(found.as_ref(), Some(&rows[1].1), "{effect:?}");
        assert_eq!(store.row_of(&record, "c").await.unwrap(), None);
    }
}
