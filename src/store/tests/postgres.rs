//! What is other where the state is in a database of PostgreSQL. `POSTGRES_URL` names one to throw away; without it
//! these tests say that they were left out.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use super::*;
use crate::config::PostgresState;
use sqlx::Connection as _;

use crate::model::CallKind;
use crate::store::postgres::{DatabaseError, OpenedFor, describe};
use crate::store::steps::Erased;

/// An empty place in the database for one test, if there is a database.
pub(super) async fn empty() -> Option<PostgresState> {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let Ok(url) = std::env::var("POSTGRES_URL") else {
        return None;
    };
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    let schema = format!("test_{}_{number}", std::process::id());
    let mut admin = sqlx::postgres::PgConnection::connect(&url).await.unwrap();
    let create = format!("DROP SCHEMA IF EXISTS {schema} CASCADE; CREATE SCHEMA {schema}");
    let create = sqlx::raw_sql(sqlx::AssertSqlSafe(create));
    create.execute(&mut admin).await.unwrap();
    let mark = if url.contains('?') { '&' } else { '?' };
    Some(PostgresState {
        url: format!("{url}{mark}options=-csearch_path%3D{schema}"),
        password: None,
        lease: Duration::from_secs(10),
    })
}

/// The same, or a word that the test is left out.
pub(super) async fn place(test: &str) -> Option<PostgresState> {
    let place = empty().await;
    if place.is_none() {
        eprintln!("{test} was left out: POSTGRES_URL names no database");
    }
    place
}

pub(super) async fn open(
    folder: &tempfile::TempDir,
    state: &PostgresState,
) -> Result<Store, StoreError> {
    Store::open_postgres(folder.path(), state, OpenedFor::Work).await
}

/// Table and column, what it holds, and whether it may be missing.
type Columns = BTreeMap<(String, String), (String, bool)>;

async fn columns_in_file() -> (Columns, BTreeMap<String, Vec<String>>) {
    let (_folder, store) = store_in_file().await;
    let mut held = store.hold().await;
    let rows: Vec<(String, String, String, bool)> = query_as(
        "SELECT t.name, c.name, c.type, c.\"notnull\" OR c.pk > 0 FROM sqlite_schema AS t, pragma_table_info(t.name) AS c \
         WHERE t.type = 'table' AND t.name NOT LIKE '%sqlx%' AND t.name NOT LIKE 'sqlite%'",
    )
    .fetch_all(&mut held)
    .await
    .unwrap();
    let keys: Vec<(String, String)> = query_as(
        "SELECT t.name, c.name FROM sqlite_schema AS t, pragma_table_info(t.name) AS c \
         WHERE t.type = 'table' AND t.name NOT LIKE '%sqlx%' AND t.name NOT LIKE 'sqlite%' AND c.pk > 0 ORDER BY t.name, c.pk",
    )
    .fetch_all(&mut held)
    .await
    .unwrap();
    let word = |kind: &str| match kind {
        "INTEGER" => "bigint",
        "TEXT" => "text",
        "BLOB" => "bytea",
        other => panic!("a column of the kind {other}"),
    };
    let columns = rows.into_iter();
    let columns = columns
        .map(|(table, column, kind, needed)| ((table, column), (word(&kind).to_owned(), !needed)));
    (columns.collect(), by_table(keys))
}

fn by_table(keys: Vec<(String, String)>) -> BTreeMap<String, Vec<String>> {
    let mut tables: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (table, column) in keys {
        tables.entry(table).or_default().push(column);
    }
    tables
}

#[tokio::test]
async fn both_databases_have_the_same_tables() {
    let Some(state) = place("both_databases_have_the_same_tables").await else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder, &state).await.unwrap();
    let mut held = store.hold().await;
    let rows: Vec<(String, String, String, bool)> = query_as(
        "SELECT table_name::text, column_name::text, data_type::text, is_nullable = 'YES' FROM information_schema.columns \
         JOIN information_schema.tables USING (table_schema, table_name) \
         WHERE table_schema = current_schema() AND table_type = 'BASE TABLE' AND table_name <> '_sqlx_migrations'",
    )
    .fetch_all(&mut held)
    .await
    .unwrap();
    let keys: Vec<(String, String)> = query_as(
        "SELECT table_name::text, column_name::text FROM information_schema.key_column_usage \
         JOIN information_schema.table_constraints USING (table_schema, table_name, constraint_name) \
         WHERE table_schema = current_schema() AND constraint_type = 'PRIMARY KEY' AND table_name <> '_sqlx_migrations' \
         ORDER BY table_name, ordinal_position",
    )
    .fetch_all(&mut held)
    .await
    .unwrap();
    // A file has its lock and its socket beside it.
    let is_shared = |table: &str| !["lease", "wish"].contains(&table);
    let columns: Columns = rows
        .into_iter()
        .filter(|(table, ..)| is_shared(table))
        .map(|(table, column, kind, may_miss)| ((table, column), (kind, may_miss)))
        .collect();
    let mut keys = by_table(keys);
    keys.retain(|table, _| is_shared(table));
    let (in_file, keys_in_file) = columns_in_file().await;
    assert_eq!(columns, in_file);
    assert_eq!(keys, keys_in_file);

    // Names sort as bytes, and nobody but the holder writes.
    let sorted_otherwise: Vec<String> = query_scalar(
        "SELECT table_name || '.' || column_name FROM information_schema.columns WHERE table_schema = current_schema() \
         AND data_type = 'text' AND collation_name IS DISTINCT FROM 'C' AND table_name <> '_sqlx_migrations'",
    )
    .fetch_all(&mut held)
    .await
    .unwrap();
    assert_eq!(sorted_otherwise, Vec::<String>::new());
    let open_to_all: Vec<String> = query_scalar(
        "SELECT tablename::text FROM pg_tables WHERE schemaname = current_schema() AND NOT EXISTS \
         (SELECT 1 FROM pg_trigger WHERE tgrelid = (quote_ident(schemaname) || '.' || quote_ident(tablename))::regclass \
          AND tgname = 'lease_check') ORDER BY 1",
    )
    .fetch_all(&mut held)
    .await
    .unwrap();
    assert_eq!(open_to_all, ["_sqlx_migrations", "call", "lease"]);
}

#[tokio::test]
async fn one_process_works_and_the_others_are_told_who() {
    let Some(state) = place("one_process_works_and_the_others_are_told_who").await else {
        return;
    };
    let (here, there) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let first = open(&here, &state).await.unwrap();
    first.bot("acme").await.unwrap();
    let told = open(&there, &state).await.unwrap_err().to_string();
    let process = format!("process {} on ", std::process::id());
    assert!(told.starts_with(&process), "{told}");

    // What only reads, and what counts a call, is in nobody's way.
    let reader = Store::open_postgres(there.path(), &state, OpenedFor::Reading);
    let reader = reader.await.unwrap();
    assert!(reader.find_bot("acme").await.unwrap().is_some());
    let refused = reader.bot("other").await.unwrap_err();
    assert!(
        matches!(
            refused,
            StoreError::Database(DatabaseError::ReadOnly { .. })
        ),
        "{refused}"
    );
    let counter = Store::open_postgres(there.path(), &state, OpenedFor::Counting);
    let counter = counter.await.unwrap();
    let taken = counter
        .take_call(CallKind::Status, (1, 1), 1)
        .await
        .unwrap();
    assert_eq!(taken, Ok(()));
    let wait = first.take_call(CallKind::Status, (1, 1), 1).await.unwrap();
    assert!(wait.is_err_and(|wait| wait > 50_000), "{wait:?}");
    assert_eq!(reader.calls_in_window(1).await.unwrap(), 1);

    first.rest().await;
    open(&there, &state).await.unwrap();
}

/// The lease of a process that was paused for longer than it lasts.
pub(super) async fn run_out(store: &Store) {
    let mut held = store.hold().await;
    held.run("UPDATE lease SET until = 1").await.unwrap();
}

#[tokio::test]
async fn who_was_deposed_writes_nothing_more() {
    let Some(state) = place("who_was_deposed_writes_nothing_more").await else {
        return;
    };
    let (here, there) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let first = open(&here, &state).await.unwrap();
    let bot = first.bot("acme").await.unwrap();
    confirm(&first, bot, &[change(Action::Add, "a", "1")], 1).await;
    // It was paused for longer than the lease lasts.
    run_out(&first).await;
    let second = open(&there, &state).await.unwrap();
    assert_eq!(second.live(bot).await.unwrap(), 1);

    let rows = [(0, change(Action::Add, "b", "1"))];
    let single = first.bot("other").await.unwrap_err();
    let within = first
        .tell(Some(bot), &BTreeMap::new(), &[])
        .await
        .unwrap_err();
    let upload = first.prepare(bot, Purpose::Change, UploadEffect::Merge, &rows, 2);
    let upload = upload.await.unwrap_err();
    for refused in [single, within, upload] {
        assert!(
            matches!(refused, StoreError::Database(DatabaseError::Deposed { .. })),
            "{refused}"
        );
    }
    // What it gives back is not its own any more.
    first.rest().await;
    confirm(&second, bot, &[change(Action::Add, "b", "1")], 3).await;
    assert_eq!(second.live(bot).await.unwrap(), 2);
}

#[tokio::test]
async fn what_may_arrive_late_comes_before_anything_newer() {
    let Some(state) = place("what_may_arrive_late_comes_before_anything_newer").await else {
        return;
    };
    let (here, there) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let patience = Duration::from_mins(1);
    let first = open(&here, &state).await.unwrap();
    let bot = first.bot("acme").await.unwrap();
    let rows = [(0, change(Action::Add, "a", "1"))];
    let upload = first.prepare(bot, Purpose::Change, UploadEffect::Merge, &rows, 1);
    let mut record = upload.await.unwrap();
    first
        .advance(&mut record, UploadEvent::Submit { at: 2 })
        .await
        .unwrap();
    assert!(first.check_may_send().is_ok());
    assert_eq!(first.until_older_arrived(patience), None);

    // It is paused while it sends, for longer than the lease lasts.
    first.oversleep();
    let refused = first.check_may_send().unwrap_err();
    assert!(
        matches!(
            refused,
            StoreError::Database(DatabaseError::Overslept { .. })
        ),
        "{refused}"
    );
    run_out(&first).await;
    let second = open(&there, &state).await.unwrap();
    let left = second.until_older_arrived(patience).unwrap();
    assert!(left <= patience && left > patience / 2, "{left:?}");
    assert_eq!(second.until_older_arrived(Duration::ZERO), None);

    // One that gave the lease back was sending nothing any more.
    second.rest().await;
    drop(second);
    let third = open(&here, &state).await.unwrap();
    assert_eq!(third.until_older_arrived(patience), None);
}

#[tokio::test]
async fn a_connection_that_was_cut_is_made_again() {
    let Some(state) = place("a_connection_that_was_cut_is_made_again").await else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder, &state).await.unwrap();
    let bot = store.bot("acme").await.unwrap();
    confirm(&store, bot, &[change(Action::Add, "a", "1")], 1).await;
    let cut = async |held: &mut Connection| {
        let own: i64 = query_scalar("SELECT pg_backend_pid()")
            .fetch_one(held)
            .await
            .unwrap();
        let mut admin = sqlx::postgres::PgConnection::connect(&state.url)
            .await
            .unwrap();
        let end = format!("SELECT pg_terminate_backend({own})");
        let end = sqlx::raw_sql(sqlx::AssertSqlSafe(end));
        end.execute(&mut admin).await.unwrap();
        // Who has answered just now is not asked again.
        tokio::time::sleep(Duration::from_millis(150)).await;
    };
    cut(&mut *store.hold().await).await;
    // It still holds the lease.
    confirm(&store, bot, &[change(Action::Add, "b", "1")], 2).await;

    let within = store
        .transaction(async |transaction| {
            query("UPDATE bot SET plan = 7")
                .execute(transaction)
                .await?;
            cut(transaction).await;
            query("UPDATE bot SET plan = 8")
                .execute(transaction)
                .await?;
            Ok(())
        })
        .await
        .unwrap_err();
    assert!(
        matches!(within, StoreError::Database(DatabaseError::Away { .. })),
        "{within}"
    );
    assert_eq!(store.bot_state(bot).await.unwrap().plan, 0);
    assert_eq!(store.live(bot).await.unwrap(), 2);
}

#[tokio::test]
async fn who_falls_silent_in_the_middle_of_its_work_keeps_nobody_waiting() {
    let test = "who_falls_silent_in_the_middle_of_its_work_keeps_nobody_waiting";
    let Some(mut state) = place(test).await else {
        return;
    };
    state.lease = Duration::from_secs(1);
    let (here, there) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let first = open(&here, &state).await.unwrap();
    let mut held = first.hold().await;
    let mut begun = held.begin_to_write().await.unwrap();
    let bot = query("INSERT INTO bot (domain_name) VALUES ('acme')");
    bot.execute(&mut begun).await.unwrap();
    // As if its process were paused here, or its machine were gone.
    first.fall_silent();
    let second = async {
        loop {
            match open(&there, &state).await {
                Ok(second) => return second,
                Err(_) => tokio::time::sleep(Duration::from_millis(100)).await,
            }
        }
    };
    let second = tokio::time::timeout(Duration::from_secs(30), second).await;
    let second = second.expect("the lease is to be had");
    let failed = begun.commit().await.unwrap_err();
    drop(held);
    let failed = StoreError::from(describe("there", &failed));
    assert!(failed.to_string().contains("nothing is lost"), "{failed}");
    let bots: i64 = query_scalar("SELECT count(*) FROM bot")
        .fetch_one(&mut *second.hold().await)
        .await
        .unwrap();
    assert_eq!(bots, 0, "what was begun is undone");
}

#[tokio::test]
async fn a_statement_that_takes_too_long_is_told_as_that() {
    let Some(state) = place("a_statement_that_takes_too_long_is_told_as_that").await else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder, &state).await.unwrap();
    let mut held = store.hold().await;
    held.run("SET statement_timeout = 1").await.unwrap();
    let by_the_server = held.run("SELECT pg_sleep(60)").await.unwrap_err();
    held.run("SET statement_timeout = 0").await.unwrap();
    held.wait_at_most(Duration::from_millis(1));
    let slow = query("SELECT pg_sleep(60)").execute(&mut held).await;
    let by_us = slow.unwrap_err();
    let said = |error| StoreError::from(describe("there", error)).to_string();
    let by_the_server = said(&by_the_server);
    assert!(
        by_the_server.contains("is too slow (canceling statement due to statement timeout)"),
        "{by_the_server}"
    );
    let by_us = said(&by_us);
    assert!(by_us.contains("cannot be reached"), "{by_us}");
}

#[tokio::test]
async fn what_cannot_be_opened_is_told_with_its_remedy() {
    let Some(state) = place("what_cannot_be_opened_is_told_with_its_remedy").await else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let at = async |url: String| {
        let state = PostgresState {
            url,
            password: None,
            ..state.clone()
        };
        open(&folder, &state).await.unwrap_err().to_string()
    };
    let (base, query_part) = state.url.split_once('?').unwrap();
    let (server, _) = base.rsplit_once('/').unwrap();
    let missing = at(format!("{server}/no_such_database")).await;
    assert!(missing.contains("createdb"), "{missing}");
    let away = at("postgres://nobody@127.0.0.1:1/kms".to_owned()).await;
    assert!(away.contains("nothing is lost"), "{away}");

    let mut other = sqlx::postgres::PgConnection::connect(&state.url)
        .await
        .unwrap();
    sqlx::raw_sql("CREATE TABLE bot (wheels bigint)")
        .execute(&mut other)
        .await
        .unwrap();
    let foreign = at(format!("{base}?{query_part}")).await;
    assert!(foreign.contains("a database of its own"), "{foreign}");
    let kept = sqlx::raw_sql("SELECT wheels FROM bot")
        .execute(&mut other)
        .await;
    kept.unwrap();
}

#[tokio::test]
async fn a_state_of_another_version_is_left_as_it_is() {
    let Some(state) = place("a_state_of_another_version_is_left_as_it_is").await else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder, &state).await.unwrap();
    let newer = "UPDATE _sqlx_migrations SET version = 99";
    store.hold().await.run(newer).await.unwrap();
    store.rest().await;
    let told = open(&folder, &state).await.unwrap_err();
    assert!(
        matches!(
            told,
            StoreError::Database(DatabaseError::Newer { version: 99, .. })
        ),
        "{told}"
    );
    let older = "UPDATE _sqlx_migrations SET version = 1";
    store.hold().await.run(older).await.unwrap();
    let reader = Store::open_postgres(folder.path(), &state, OpenedFor::Reading);
    let told = reader.await.unwrap_err();
    assert!(
        matches!(told, StoreError::Database(DatabaseError::Older { .. })),
        "{told}"
    );
}

#[tokio::test]
async fn what_a_step_said_before_is_erased_and_the_lease_is_kept() {
    let Some(state) = place("what_a_step_said_before_is_erased_and_the_lease_is_kept").await else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder, &state).await.unwrap();
    let bot = store.bot("acme").await.unwrap();
    confirm(&store, bot, &[change(Action::Add, "a", "one")], 1).await;
    confirm(&store, bot, &[change(Action::Change, "a", "two")], 2).await;
    let erased = store
        .forget_old_versions(bot, "a", action(3))
        .await
        .unwrap();
    assert!(
        matches!(erased, Erased::Versions { count: 1, .. }),
        "{erased:?}"
    );
    let kept: i64 = query_scalar("SELECT count(*) FROM content")
        .fetch_one(&mut *store.hold().await)
        .await
        .unwrap();
    assert_eq!(kept, 1);
    let beside = open(&folder, &state).await.unwrap_err();
    assert!(
        matches!(beside, StoreError::Database(DatabaseError::Held { .. })),
        "{beside}"
    );
}

#[tokio::test]
async fn a_text_that_cannot_be_stored_is_refused_and_not_cut() {
    let Some(state) = place("a_text_that_cannot_be_stored_is_refused_and_not_cut").await else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder, &state).await.unwrap();
    let refused = store.bot("ac\0me").await.unwrap_err();
    assert!(
        matches!(
            refused,
            StoreError::Database(DatabaseError::Unstorable { .. })
        ),
        "{refused}"
    );
}
