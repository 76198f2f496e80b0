use std::borrow::Cow;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use sqlx::Row as _;

use super::*;
use crate::config::UploadEffect;
use crate::flow::normalise::{AnyStep, Digest, Origin, Outline, Step};
use crate::flow::plan::{Action, ArticleKey, Change};
use crate::flow::render::Purpose;
use crate::spool::{Room, Spool, SpoolError};
use crate::upload::{Event, State};

fn change(action: Action, name: &str, words: &str) -> Change {
    Change {
        action,
        key: ArticleKey {
            source: "export".into(),
            article: name.into(),
        },
        step: Step {
            node_name: name.to_owned(),
            question: words.to_owned(),
            answer: words.to_owned(),
        },
        line: 0,
    }
}

async fn store() -> (tempfile::TempDir, Store) {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).await.unwrap();
    (folder, store)
}

/// Carries changes out as if Haptik had confirmed them.
async fn confirm(store: &Store, bot: BotId, changes: &[Change], at: i64) -> UploadId {
    let rows: Vec<_> = (0..).zip(changes.iter().cloned()).collect();
    let effect = UploadEffect::Merge;
    let mut record = store
        .prepare(bot, Purpose::Change, effect, &rows, at)
        .await
        .unwrap();
    for (event, task) in [(Event::Submit, None), (Event::TaskGiven, Some("task"))] {
        store
            .advance(&mut record, event, at, task, None)
            .await
            .unwrap();
    }
    let settlement = Settlement {
        event: Event::TaskSucceeded,
        message: "Success",
        reached: Reached::Nothing,
        isolation: None,
        convicted: &[],
        refused_live: None,
        at,
    };
    store.settle(&mut record, settlement).await.unwrap();
    record.id
}

async fn live(store: &Store, bot: BotId, after: UploadId) -> Vec<(String, String)> {
    let old = store.state_after(bot, after).await.unwrap();
    old.into_iter()
        .map(|old| (old.step.node_name, old.step.answer))
        .collect()
}

fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs
        .iter()
        .map(|(name, words)| ((*name).to_owned(), (*words).to_owned()))
        .collect()
}

#[tokio::test]
async fn goes_back_to_what_was_live() {
    let (_folder, store) = store().await;
    let bot = store.bot("acme").await.unwrap();
    let add = |name| change(Action::Add, name, "one");
    let first = confirm(&store, bot, &[add("a"), add("b")], 1).await;
    let changes = [change(Action::Change, "a", "two"), add("c")];
    let second = confirm(&store, bot, &changes, 2).await;
    let third = confirm(&store, bot, &[change(Action::Remove, "b", "")], 3).await;
    assert_eq!(
        live(&store, bot, first).await,
        pairs(&[("a", "one"), ("b", "one")])
    );
    let expected = pairs(&[("a", "two"), ("b", "one"), ("c", "one")]);
    assert_eq!(live(&store, bot, second).await, expected);
    assert_eq!(
        live(&store, bot, third).await,
        pairs(&[("a", "two"), ("c", "one")])
    );
}

#[tokio::test]
async fn old_content_goes_with_time_and_size_but_not_under_a_pin() {
    let (_folder, store) = store().await;
    let bot = store.bot("acme").await.unwrap();
    let first = confirm(&store, bot, &[change(Action::Add, "a", "1")], 10).await;
    let second = confirm(&store, bot, &[change(Action::Change, "a", "2")], 20).await;
    let third = confirm(&store, bot, &[change(Action::Change, "a", "3")], 30).await;
    store.prune_past(bot, 10, u64::MAX >> 1).await.unwrap();
    store.check_way_back(bot, "acme", first).await.unwrap();
    store.pin(bot, Some(first)).await.unwrap();
    store.prune_past(bot, 1000, 0).await.unwrap();
    assert_eq!(live(&store, bot, first).await, pairs(&[("a", "1")]));
    store.pin(bot, None).await.unwrap();
    store.prune_past(bot, 25, u64::MAX >> 1).await.unwrap();
    let gone = store.check_way_back(bot, "acme", first).await.unwrap_err();
    assert!(
        matches!(gone, PastError::Pruned { oldest: 2, .. }),
        "{gone}"
    );
    store.check_way_back(bot, "acme", second).await.unwrap();
    store.prune_past(bot, 0, 0).await.unwrap();
    store.check_way_back(bot, "acme", second).await.unwrap_err();
    store.check_way_back(bot, "acme", third).await.unwrap();
}

#[tokio::test]
async fn there_is_no_way_back_to_what_never_was() {
    let (_folder, store) = store().await;
    let bot = store.bot("acme").await.unwrap();
    let error = store.check_way_back(bot, "acme", UploadId(7)).await;
    assert!(matches!(
        error,
        Err(PastError::NoSuchUpload { upload: 7, .. })
    ));
}

#[tokio::test]
async fn only_one_upload_is_under_way() {
    let (_folder, store) = store().await;
    let bot = store.bot("acme").await.unwrap();
    let rows = [(0, change(Action::Add, "a", "one"))];
    let effect = UploadEffect::Merge;
    let first = store.prepare(bot, Purpose::Change, effect, &rows, 1).await;
    assert_eq!(first.unwrap().state, State::Prepared);
    let second = store.prepare(bot, Purpose::Change, effect, &rows, 1).await;
    second.unwrap_err();
}

/// A step that can be had back so many times.
struct Fickle(Step, AtomicU32);

impl AnyStep for Fickle {
    fn digest(&self) -> Digest {
        self.0.digest()
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
        for table in ["upload", "upload_row", "content"] {
            let sql = sqlx::AssertSqlSafe(format!("SELECT count(*) FROM {table}"));
            let count: i64 = sqlx::query_scalar(sql)
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
    let origin = Arc::new(Origin {
        file: "a.csv".into(),
        spool: Arc::new(Spool::new(&Room::beyond(folder.path(), 0))),
    });
    let rows: Vec<_> = (0..1234)
        .map(|row| (row, change(Action::Add, &format!("kb-{row:05}"), "a, b|c")))
        .collect();
    let outlines: Vec<_> = rows
        .iter()
        .map(|(row, change)| {
            let step = Outline::spooled(change.step.clone(), change.digest(), &origin);
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
    let written = store.upload_rows(spooled.id).await.unwrap();
    assert_eq!(written, store.upload_rows(whole.id).await.unwrap());
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
    let mut bytes = Vec::new();
    let (mut cursor, mut first) = (Some(Store::csv_start(&record)), true);
    while let Some(at) = cursor {
        let (page, _, next) = store.csv_page(&record, at, first).await.unwrap();
        bytes.extend(page);
        (cursor, first) = (next, false);
    }
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
async fn an_older_file_is_kept_as_it_was_before_a_migration() {
    let (folder, store) = store().await;
    store.bot("acme").await.unwrap();
    let backup = folder.path().join("state.before-migration-2.db");
    store.back_up_before_migration_to(1).await.unwrap();
    assert!(!backup.exists());
    store.back_up_before_migration_to(2).await.unwrap();
    drop(store);
    std::fs::remove_file(folder.path().join("state.db")).unwrap();
    let _ = std::fs::remove_file(folder.path().join("state.db-wal"));
    let _ = std::fs::remove_file(folder.path().join("state.db-shm"));
    std::fs::rename(backup, folder.path().join("state.db")).unwrap();
    let restored = Store::open(folder.path()).await.unwrap();
    assert!(restored.find_bot("acme").await.unwrap().is_some());
}

#[tokio::test]
async fn a_newer_file_is_refused() {
    let (folder, store) = store().await;
    sqlx::query("UPDATE _sqlx_migrations SET version = 99")
        .execute(&mut *store.hold().await)
        .await
        .unwrap();
    drop(store);
    for opened in [
        Store::open(folder.path()).await,
        Store::open_to_read(folder.path()).await,
    ] {
        assert!(matches!(opened, Err(StoreError::Newer { version: 99, .. })));
    }
}

#[tokio::test]
async fn a_damaged_file_is_recognised() {
    let (folder, store) = store().await;
    sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)")
        .execute(&mut *store.hold().await)
        .await
        .unwrap();
    drop(store);
    let path = folder.path().join("state.db");
    let mut bytes = std::fs::read(&path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle..].fill(0x5a);
    std::fs::write(&path, bytes).unwrap();
    let _ = std::fs::remove_file(folder.path().join("state.db-wal"));
    let error = Store::open(folder.path()).await.unwrap_err();
    assert!(matches!(error, StoreError::Damaged { .. }), "{error:?}");
}

#[tokio::test]
async fn foreign_keys_are_enforced() {
    let (_folder, store) = store().await;
    let mut held = store.hold().await;
    let foreign_keys: i64 = sqlx::query("PRAGMA foreign_keys")
        .fetch_one(&mut *held)
        .await
        .unwrap()
        .get(0);
    assert_eq!(foreign_keys, 1);
}

#[tokio::test]
async fn an_upload_that_is_being_written_down_is_not_counted_before_it_begins() {
    let (_folder, store) = store().await;
    let bot = store.bot("acme").await.unwrap();
    confirm(&store, bot, &[change(Action::Add, "kb-1", "one")], 1).await;
    let before = store.as_of(bot).await.unwrap();
    let run = async |sql: &'static str| {
        let mut held = store.hold().await;
        sqlx::query(sql).execute(&mut *held).await.unwrap();
    };
    run("INSERT INTO upload (bot_id, purpose, effect, state, rows, csv_bytes, csv_digest, added, changed, removed, prepared_at) \
         SELECT bot_id, 'change', 'merge', 'failed', 0, 0, x'', 1, 0, 0, 2 FROM bot").await;
    assert_eq!(store.as_of(bot).await.unwrap(), before);
    assert_eq!(store.live(bot).await.unwrap(), 1);

    run("UPDATE upload SET csv_bytes = 9, state = 'succeeded' WHERE csv_bytes = 0").await;
    run("INSERT INTO step SELECT bot_id, 'kb-2', source, article, digest, content_id, bytes, upload_id + 1, 2 FROM step").await;
    assert_eq!(store.live(bot).await.unwrap(), 2, "it is counted anew");
}

/// Settles an upload whose task failed.
async fn fail(store: &Store, bot: BotId, rows: &[(u32, Change)], refused_live: Option<&str>) {
    let effect = UploadEffect::Merge;
    let prepared = store.prepare(bot, Purpose::Change, effect, rows, 1).await;
    let mut record = prepared.unwrap();
    for (event, task) in [(Event::Submit, None), (Event::TaskGiven, Some("task"))] {
        let advanced = store.advance(&mut record, event, 1, task, None).await;
        advanced.unwrap();
    }
    let settlement = Settlement {
        event: Event::TaskFailed,
        message: "Error",
        reached: Reached::AnyRow,
        isolation: None,
        convicted: &[],
        refused_live,
        at: 1,
    };
    store.settle(&mut record, settlement).await.unwrap();
}

#[tokio::test]
async fn each_content_has_one_owner_and_is_gone_with_the_last_one() {
    let (_folder, store) = store().await;
    let bot = store.bot("acme").await.unwrap();
    let count = async || -> i64 {
        assert_eq!(
            store.content_owners().await.unwrap(),
            ContentOwners::default()
        );
        sqlx::query_scalar("SELECT count(*) FROM content")
            .fetch_one(&mut *store.hold().await)
            .await
            .unwrap()
    };
    let add = |name, words| change(Action::Add, name, words);
    let edit = |name, words| change(Action::Change, name, words);
    let steps = [add("a", "1"), add("b", "1"), add("c", "1")];
    confirm(&store, bot, &steps, 1).await;
    assert_eq!(count().await, 3);
    // Each of these leaves one old version behind; what goes up as it is leaves none.
    confirm(&store, bot, &[edit("a", "2"), edit("b", "1")], 2).await;
    assert_eq!(count().await, 4);
    confirm(&store, bot, &[change(Action::Remove, "c", "")], 3).await;
    assert_eq!(count().await, 4);
    let rows = [(0, edit("a", "3")), (1, add("d", "1"))];
    fail(&store, bot, &rows, Some("b")).await;
    assert_eq!(count().await, 4, "of the failed upload nothing stays");
    assert_eq!(store.live(bot).await.unwrap(), 1);
    let by_hand: Vec<Step> = ["a", "e", "f", "e"]
        .map(|name| add(name, "hand").step)
        .to_vec();
    let imported = store.import(bot, &by_hand, 4).await.unwrap();
    assert_eq!((imported, count().await), (Imported::Joined(2), 6));
    store.strike_off(bot, &["e".to_owned()]).await.unwrap();
    assert_eq!(count().await, 5);
    store.prune_past(bot, i64::MAX, 0).await.unwrap();
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
    let (folder, store) = store().await;
    let bot = store.bot("acme").await.unwrap();
    let steps = [change(Action::Add, "a", "1"), change(Action::Add, "b", "1")];
    confirm(&store, bot, &steps, 1).await;
    sqlx::query("DELETE FROM content WHERE content_id = 2")
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
    drop(store);
    let error = Store::open(folder.path()).await.unwrap_err().to_string();
    assert!(error.contains("1 steps have no content"), "{error}");
}

#[tokio::test]
async fn what_the_question_took_is_not_the_time_of_the_task() {
    let (_folder, store) = store().await;
    let bot = store.bot("acme").await.unwrap();
    let rows = [(0, change(Action::Add, "a", "one"))];
    let prepared = store.prepare(bot, Purpose::Change, UploadEffect::Merge, &rows, 1);
    let mut record = prepared.await.unwrap();
    for (event, task) in [(Event::Submit, None), (Event::TaskGiven, Some("task"))] {
        let advanced = store.advance(&mut record, event, 1000, task, None).await;
        advanced.unwrap();
    }
    record.asked_at = Some(1700);
    let settlement = Settlement {
        event: Event::TaskSucceeded,
        message: "Success",
        reached: Reached::Nothing,
        isolation: None,
        convicted: &[],
        refused_live: None,
        at: 2600,
    };
    store.settle(&mut record, settlement).await.unwrap();
    assert_eq!(store.task_times(bot).await.unwrap(), [700]);
    assert_eq!(store.upload(record.id).await.unwrap(), record);
    // One whose end was not asked for says nothing.
    confirm(&store, bot, &[change(Action::Add, "b", "one")], 3000).await;
    assert_eq!(store.task_times(bot).await.unwrap(), [700]);
}

#[tokio::test]
async fn very_many_live_steps_are_known_each_with_what_it_is() {
    let (_folder, store) = store().await;
    let bot = store.bot("acme").await.unwrap();
    let other = store.bot("other").await.unwrap();
    confirm(&store, other, &[change(Action::Add, "kb-00500", "no")], 1).await;
    for count in [0, 1, 999, 1000, 1001, 3000] {
        let live = store.snapshot(bot).await.unwrap().len();
        let names = (live..count).map(|at| format!("kb-{at:05} \"ü\"\u{1}\u{0}|{}", at % 7));
        let adds: Vec<_> = names.map(|name| change(Action::Add, &name, "1")).collect();
        confirm(&store, bot, &adds, 1).await;
        let known = store.snapshot(bot).await.unwrap();
        assert_eq!(known.len(), count);
        assert!(known.is_sorted_by(|a, b| a.node_name < b.node_name));
        for (known, added) in known[live..].iter().zip(&adds) {
            assert_eq!(known.node_name, added.step.node_name.as_str());
            assert_eq!((&known.key, known.digest), (&added.key, added.digest()));
        }
    }
}

#[tokio::test]
async fn a_row_whose_content_is_lost_never_goes_up_as_a_removal() {
    let (_folder, store) = store().await;
    let bot = store.bot("acme").await.unwrap();
    let rows = [(0, change(Action::Add, "a", "one"))];
    let prepared = store.prepare(bot, Purpose::Change, UploadEffect::Merge, &rows, 1);
    let record = prepared.await.unwrap();
    let page = store.csv_page(&record, CsvCursor::Rows(0), true).await;
    assert_eq!(store.take_ready(&record).unwrap(), page.unwrap().0);
    assert_eq!(store.take_ready(&record), None);
    sqlx::query("DELETE FROM content")
        .execute(&mut *store.hold().await)
        .await
        .unwrap();
    let page = store.csv_page(&record, CsvCursor::Rows(0), true).await;
    assert!(matches!(page, Err(StoreError::Damaged { .. })), "{page:?}");
    let rows = store.upload_rows(record.id).await;
    assert!(matches!(rows, Err(StoreError::Damaged { .. })), "{rows:?}");
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
    assert_eq!(store.upload_rows(record.id).await.unwrap().len(), 1);
    store.sweep(bot).await.unwrap();
    assert_eq!(store.under_way(bot).await.unwrap(), Some(record));
    let uploads: i64 = sqlx::query_scalar("SELECT count(*) FROM upload")
        .fetch_one(&mut *store.hold().await)
        .await
        .unwrap();
    assert_eq!(uploads, 2);
    assert_eq!(
        store.content_owners().await.unwrap(),
        ContentOwners::default()
    );
}

#[tokio::test]
async fn a_file_that_a_start_left_empty_is_taken_up() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state.db");
    let url = format!("sqlite://{}?mode=rwc", path.display());
    let mut begun = <sqlx::SqliteConnection as sqlx::Connection>::connect(&url)
        .await
        .unwrap();
    sqlx::query("PRAGMA journal_mode = WAL")
        .execute(&mut begun)
        .await
        .unwrap();
    sqlx::Connection::close(begun).await.unwrap();
    assert!(std::fs::metadata(&path).unwrap().len() > 0);
    Store::open(folder.path()).await.unwrap();
}

#[tokio::test]
async fn notes_from_after_a_backup_do_not_fit_the_state_that_was_put_back() {
    let (_folder, store) = store().await;
    let bot = store.bot("acme").await.unwrap();
    confirm(&store, bot, &[change(Action::Add, "a", "one")], 1).await;
    let before = store.as_of(bot).await.unwrap();
    assert_eq!(
        store.changed_since(bot, before).await.unwrap(),
        Some(std::collections::HashSet::new())
    );
    sqlx::query("DELETE FROM upload")
        .execute(&mut *store.hold().await)
        .await
        .unwrap();
    assert_eq!(store.changed_since(bot, before).await.unwrap(), None);
}
