mod binding;
#[cfg(feature = "postgres")]
mod broken_lease;
mod canary;
mod content;
mod copy;
#[cfg(feature = "postgres")]
mod copy_postgres;
mod damage;
mod open_removals;
#[cfg(feature = "postgres")]
mod postgres;
mod rest;
mod rot;
mod uploads;
mod verifications;
#[cfg(feature = "postgres")]
mod wishes;

use sqlx::sqlite::SqliteConnectOptions;

use super::actions::ActionRecord;
use super::bots::BotId;
use super::database::{Connection, query, query_as, query_scalar};
use super::error::StoreError;
use super::open::{Store, known_version};
#[cfg(feature = "postgres")]
use super::postgres::OpenedFor;
use super::steps::{KeptPast, PastError};
use super::upload::{Reached, Settlement, UploadRecord};
use crate::clock::TimePoint;
use crate::config::UploadEffect;
use crate::model::{
    Action, AnyStep, ArticleKey, Blame, Change, Digest, Purpose, Step, StepOrigin, StepRef,
    UploadEnd, UploadEvent, UploadId, UploadState,
};
use crate::spool::{SpillConfig, Spool, SpoolError};

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

/// An empty state: in a file, or in a database of PostgreSQL where `POSTGRES_URL` names one.
async fn store() -> (tempfile::TempDir, Store) {
    let folder = tempfile::tempdir().unwrap();
    #[cfg(feature = "postgres")]
    if let Some(state) = postgres::empty().await {
        let store = Store::open_postgres(folder.path(), &state, OpenedFor::Work);
        let store = store.await.unwrap();
        return (folder, store);
    }
    let store = Store::open(folder.path()).await.unwrap();
    (folder, store)
}

/// An empty state in a file, for what is only there.
async fn store_in_file() -> (tempfile::TempDir, Store) {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).await.unwrap();
    (folder, store)
}

/// What is kept of the past.
fn kept(from: i64, max_bytes: u64) -> KeptPast {
    KeptPast { from, max_bytes }
}

/// Something that somebody does.
fn action(at: i64) -> ActionRecord {
    ActionRecord {
        at,
        who: "root".into(),
        what: "approve".into(),
        domain_name: Some("acme".into()),
        plan: None,
        details: serde_json::json!({}),
    }
}

/// Carries changes out as if Haptik had confirmed them.
async fn confirm(store: &Store, bot: BotId, changes: &[Change], at: i64) -> UploadId {
    let mut record = accepted(store, bot, changes, at).await;
    let settled = store.settle(&mut record, ended(UploadEnd::TaskSucceeded, at));
    settled.await.unwrap();
    record.id
}

/// An upload of these changes that has become a task.
async fn accepted(store: &Store, bot: BotId, changes: &[Change], at: i64) -> UploadRecord {
    let rows: Vec<_> = (0..).zip(changes.iter().cloned()).collect();
    let prepared = store.prepare(bot, Purpose::Change, UploadEffect::Merge, &rows, at);
    let mut record = prepared.await.unwrap();
    become_task(store, &mut record, at).await;
    record
}

/// An upload goes out and is accepted.
async fn become_task(store: &Store, record: &mut UploadRecord, at: i64) {
    let task_id = "task".to_owned();
    for event in [
        UploadEvent::Submit { at },
        UploadEvent::TaskGiven { task_id, at },
    ] {
        store.advance(record, event).await.unwrap();
    }
}

/// The end of a task that has reached nothing but what it says.
fn ended(end: UploadEnd, at: i64) -> Settlement<'static> {
    Settlement {
        end,
        message: "so it ended",
        reached: Reached::Nothing,
        isolation: None,
        convicted: &[],
        accused: &[],
        refused_live: &[],
        now: Box::leak(Box::new(TimePoint {
            wall: at,
            ..TimePoint::default()
        })),
    }
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
    store
        .prune_past(bot, kept(10, u64::MAX >> 1))
        .await
        .unwrap();
    store.check_way_back(bot, "acme", first).await.unwrap();
    store.pin(bot, Some(first)).await.unwrap();
    store.prune_past(bot, kept(1000, 0)).await.unwrap();
    assert_eq!(live(&store, bot, first).await, pairs(&[("a", "1")]));
    store.pin(bot, None).await.unwrap();
    store
        .prune_past(bot, kept(25, u64::MAX >> 1))
        .await
        .unwrap();
    let gone = store.check_way_back(bot, "acme", first).await.unwrap_err();
    assert!(
        matches!(
            gone,
            PastError::Pruned {
                oldest: Some(2),
                ..
            }
        ),
        "{gone}"
    );
    store.check_way_back(bot, "acme", second).await.unwrap();
    store.prune_past(bot, kept(0, 0)).await.unwrap();
    store.check_way_back(bot, "acme", second).await.unwrap_err();
    store.check_way_back(bot, "acme", third).await.unwrap();
}

#[tokio::test]
async fn old_uploads_go_but_none_that_anything_needs() {
    let (_folder, store) = store().await;
    let bot = store.bot("acme").await.unwrap();
    let numbers = async || {
        let uploads = store.history(bot, 100).await.unwrap();
        let numbers = uploads.iter().map(|upload| upload.id.0);
        numbers.rev().collect::<Vec<_>>()
    };
    let fail = async |at| {
        let mut record = accepted(&store, bot, &[change(Action::Add, "x", "no")], at).await;
        let settled = store.settle(&mut record, ended(UploadEnd::TaskFailed, at));
        settled.await.unwrap();
    };
    confirm(&store, bot, &[change(Action::Add, "kept", "1")], 10).await;
    confirm(&store, bot, &[change(Action::Add, "a", "1")], 20).await;
    fail(30).await;
    confirm(&store, bot, &[change(Action::Change, "a", "2")], 40).await;
    fail(50).await;
    assert_eq!(numbers().await, [1, 2, 3, 4, 5]);
    store.prune_uploads(bot, 50).await.unwrap();
    assert_eq!(numbers().await, [1, 2, 3, 4, 5], "all have content");
    store.prune_past(bot, kept(31, u64::MAX)).await.unwrap();
    store.prune_uploads(bot, i64::MAX).await.unwrap();
    assert_eq!(numbers().await, [1, 2, 4, 5], "there is a way back to 2");
    store.prune_past(bot, kept(i64::MAX, 0)).await.unwrap();
    store.prune_uploads(bot, i64::MAX).await.unwrap();
    assert_eq!(
        numbers().await,
        [1, 4, 5],
        "1 and 4 are live, 5 is the last"
    );
    for at in 60..70 {
        fail(at).await;
        store.prune_past(bot, kept(at, u64::MAX)).await.unwrap();
        store.prune_uploads(bot, at).await.unwrap();
    }
    assert_eq!(numbers().await, [1, 4, 15], "numbers do not go back");
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
    assert_eq!(first.unwrap().state, UploadState::Prepared);
    let second = store.prepare(bot, Purpose::Change, effect, &rows, 1).await;
    second.unwrap_err();
}

#[tokio::test]
async fn an_older_file_is_kept_as_it_was_before_a_migration() {
    let (folder, store) = store_in_file().await;
    store.bot("acme").await.unwrap();
    let next = known_version() + 1;
    let backup = format!("state.before-migration-{next}.db");
    let backup = folder.path().join(backup);
    store.back_up_before_migration_to(next - 1).await.unwrap();
    assert!(!backup.exists());
    store.back_up_before_migration_to(next).await.unwrap();
    drop(store);
    std::fs::remove_file(folder.path().join("state.db")).unwrap();
    let _ = std::fs::remove_file(folder.path().join("state.db-wal"));
    let _ = std::fs::remove_file(folder.path().join("state.db-shm"));
    std::fs::rename(backup, folder.path().join("state.db")).unwrap();
    let restored = Store::open(folder.path()).await.unwrap();
    assert!(restored.find_bot("acme").await.unwrap().is_some());
}

#[tokio::test]
async fn a_file_of_before_the_first_release_is_refused_with_the_way_out() {
    let (folder, store) = store_in_file().await;
    query("UPDATE _sqlx_migrations SET checksum = x'00'")
        .execute(&mut *store.hold().await)
        .await
        .unwrap();
    drop(store);
    let error = Store::open(folder.path()).await.unwrap_err().to_string();
    for words in [
        "before the first release",
        "export BOT --as live",
        "import steps.csv --as live",
    ] {
        assert!(error.contains(words), "{error}");
    }
}

#[tokio::test]
async fn a_newer_file_is_refused() {
    let (folder, store) = store_in_file().await;
    let newest = "UPDATE _sqlx_migrations SET version = 99 WHERE version = (SELECT max(version) FROM _sqlx_migrations)";
    query(newest)
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
    let (folder, store) = store_in_file().await;
    query("PRAGMA wal_checkpoint(TRUNCATE)")
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
    let (_folder, store) = store_in_file().await;
    let mut held = store.hold().await;
    let foreign_keys: i64 = query("PRAGMA foreign_keys")
        .fetch_one(&mut held)
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
        query(sql).execute(&mut held).await.unwrap();
    };
    run("INSERT INTO upload (bot_id, purpose, effect, state, rows, csv_bytes, csv_digest, added, changed, removed, prepared_at) \
         SELECT bot_id, 'change', 'merge', 'writing', 0, 0, x'', 1, 0, 0, 2 FROM bot").await;
    assert_eq!(store.as_of(bot).await.unwrap(), before);
    assert_eq!(store.live(bot).await.unwrap(), 1);

    run("UPDATE upload SET csv_bytes = 9, state = 'succeeded' WHERE state = 'writing'").await;
    run("INSERT INTO version SELECT bot_id, 'kb-2', upload_id + 1, row, action, source, article, digest, bytes, file_id, until FROM version").await;
    assert_eq!(store.live(bot).await.unwrap(), 2, "it is counted anew");
}

#[tokio::test]
async fn what_the_question_took_is_not_the_time_of_the_task() {
    let (_folder, store) = store().await;
    let bot = store.bot("acme").await.unwrap();
    let mut record = accepted(&store, bot, &[change(Action::Add, "a", "one")], 1000).await;
    record.asked_at = Some(1700);
    let settled = store.settle(&mut record, ended(UploadEnd::TaskSucceeded, 2600));
    settled.await.unwrap();
    assert_eq!(store.task_times(bot).await.unwrap(), [700]);
    assert_eq!(store.upload(record.id).await.unwrap(), record);
    // One whose end was not asked for says nothing.
    confirm(&store, bot, &[change(Action::Add, "b", "one")], 3000).await;
    assert_eq!(store.task_times(bot).await.unwrap(), [700]);
}

#[tokio::test]
async fn very_many_live_steps_are_known_each_with_what_it_is() {
    let (_folder, store) = store_in_file().await;
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
async fn a_file_that_a_start_left_empty_is_taken_up() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state.db");
    let options = SqliteConnectOptions::new().filename(&path);
    let options = options.create_if_missing(true);
    let mut begun = Connection::sqlite(&options).await.unwrap();
    query("PRAGMA journal_mode = WAL")
        .execute(&mut begun)
        .await
        .unwrap();
    drop(begun);
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
    query("DELETE FROM upload")
        .execute(&mut *store.hold().await)
        .await
        .unwrap();
    assert_eq!(store.changed_since(bot, before).await.unwrap(), None);
}

#[tokio::test]
async fn a_refused_step_is_doubted_as_long_as_an_older_upload_may_have_brought_it() {
    // Whether an earlier upload may have executed the row, how often the refused one went out, and
    // what is left in doubt.
    for (earlier, submissions, doubted) in [(false, 1, false), (true, 1, true), (false, 2, true)] {
        let (_folder, store) = store().await;
        let bot = store.bot("acme").await.unwrap();
        if earlier {
            let mut lost = accepted(&store, bot, &[change(Action::Add, "a", "one")], 1).await;
            let reached = Settlement {
                reached: Reached::AnyRow,
                ..ended(UploadEnd::TaskFailed, 1)
            };
            store.settle(&mut lost, reached).await.unwrap();
        }
        let changes = [
            change(Action::Add, "a", "bad"),
            change(Action::Add, "b", "two"),
        ];
        let mut refused = accepted(&store, bot, &changes, 2).await;
        for _ in 1..submissions {
            let words = "it is gone".to_owned();
            let lost = store.advance(&mut refused, UploadEvent::TaskLost { words });
            lost.await.unwrap();
            become_task(&store, &mut refused, 2).await;
        }
        let convicted = [Blame {
            row: 0,
            reason: "no".to_owned(),
        }];
        let refusal = Settlement {
            reached: Reached::AnyRow,
            convicted: &convicted,
            ..ended(UploadEnd::TaskFailed, 2)
        };
        store.settle(&mut refused, refusal).await.unwrap();
        let uncertain = store.uncertain(bot).await.unwrap();
        assert_eq!(
            uncertain.contains_key("a"),
            doubted,
            "{earlier} {submissions}"
        );
        assert!(uncertain.contains_key("b"));
    }
}
