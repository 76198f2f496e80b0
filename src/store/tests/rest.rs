//! When a bot has nothing to do.

use std::str::FromStr as _;

use super::*;
use crate::model::Fingerprint;
use crate::store::open::Store;

async fn run(store: &Store, sql: &'static str) {
    let done = store.hold().await.run(sql).await;
    done.unwrap_or_else(|error| panic!("{sql}: {error}"));
}

#[tokio::test]
async fn each_thing_that_is_open_keeps_a_bot_from_rest() {
    let (_folder, store) = store().await;
    let bot = store.bot("acme").await.unwrap();
    confirm(&store, bot, &[change(Action::Add, "kb-1", "1")], 1).await;
    let accepted = Fingerprint::default();
    store.accept_configuration(bot, &accepted).await.unwrap();
    let as_of = store.as_of(bot).await.unwrap();
    for (sql, is_as_it_was, is_at_rest) in [
        ("SELECT 1", true, true),
        ("UPDATE bot SET last_error = 'it rained'", true, true),
        ("UPDATE bot SET isolation = '{}'", true, false),
        ("UPDATE bot SET needs_recovery = 1", true, false),
        ("UPDATE bot SET pinned_to = 1", true, false),
        ("UPDATE bot SET empty_approved = 1", true, false),
        ("UPDATE bot SET incomplete_approved = 1", true, false),
        ("UPDATE bot SET fingerprint = NULL", true, false),
        ("UPDATE bot SET fingerprint = 'another'", true, false),
        ("INSERT INTO approval VALUES (1, 'kb-1', 1)", true, false),
        ("UPDATE upload SET state = 'writing'", true, true),
        ("UPDATE upload SET state = 'prepared'", true, false),
        ("UPDATE upload SET state = 'sent'", true, false),
        ("UPDATE upload SET state = 'accepted'", true, false),
        ("UPDATE upload SET state = 'in_doubt'", true, false),
        ("UPDATE upload SET state = 'failed'", true, true),
        (
            "INSERT INTO quarantine VALUES (1, 'kb-1', 's', 'a', x'00', 'no', 1, 1)",
            false,
            false,
        ),
        (
            "INSERT INTO held_change VALUES (1, 'kb-2', 'add', 's', 'a', x'00', 'card in answer 1', 1)",
            false,
            false,
        ),
        (
            "INSERT INTO released_change VALUES (1, 'kb-1', x'00', 1)",
            true,
            true,
        ),
        (
            "INSERT INTO uncertain VALUES (1, 'kb-2', 's', 'a', 1)",
            false,
            false,
        ),
        (
            "INSERT INTO upload SELECT 2, bot_id, purpose, effect, state, 1, 1, x'', 1, 0, 0, NULL, 2, NULL, NULL, NULL, 2, 0, 0, NULL, NULL FROM upload; \
             INSERT INTO content VALUES (8589934592, 'kb-2', '?', '!'); \
             INSERT INTO version VALUES (1, 'kb-2', 2, 0, 'add', 's', 'a', x'00', 2, NULL, NULL)",
            false,
            false,
        ),
        ("UPDATE bot SET mark = mark - 1", false, false),
        ("UPDATE bot SET kept_after = 2", false, false),
        // As in a state that was put back from an older backup.
        ("DELETE FROM upload", false, false),
    ] {
        run(&store, "BEGIN").await;
        run(&store, sql).await;
        let was = store.is_as_it_was(bot, as_of).await.unwrap();
        assert_eq!(was, is_as_it_was, "{sql}");
        let rest = store.what_rests(bot, as_of, &accepted, kept(0, u64::MAX));
        assert_eq!(rest.await.unwrap().is_at_rest, is_at_rest, "{sql}");
        run(&store, "ROLLBACK").await;
    }
}

#[tokio::test]
async fn a_bot_at_rest_is_asked_for_its_past_only_where_something_of_it_may_go() {
    let (_folder, store) = store().await;
    let bot = store.bot("acme").await.unwrap();
    confirm(&store, bot, &[change(Action::Add, "kb-1", "1")], 1).await;
    let accepted = Fingerprint::default();
    let as_of = store.as_of(bot).await.unwrap();
    for (sql, has_old) in [
        ("SELECT 1", false),
        ("UPDATE upload SET past_bytes = 5", true),
        ("UPDATE upload SET past_bytes = 5, settled_at = 20", false),
        ("UPDATE upload SET past_bytes = 5000, settled_at = 20", true),
        ("UPDATE upload SET state = 'failed', settled_at = 20", true),
        (
            "INSERT INTO action (at, who, what, details) VALUES (20, 'ann', 'approve', '{}')",
            false,
        ),
        (
            "INSERT INTO action (at, who, what, details) VALUES (5, 'ann', 'approve', '{}')",
            true,
        ),
    ] {
        run(&store, "BEGIN").await;
        run(&store, sql).await;
        let rest = store.what_rests(bot, as_of, &accepted, kept(10, 1000));
        assert_eq!(rest.await.unwrap().has_old, has_old, "{sql}");
        run(&store, "ROLLBACK").await;
    }
}

#[tokio::test]
async fn messages_that_nobody_took_keep_their_numbers_when_there_are_receivers() {
    let memory = SqliteConnectOptions::from_str("sqlite::memory:").unwrap();
    let mut state = Connection::sqlite(&memory).await.unwrap();
    let run = async |state: &mut Connection, sql: &'static str| {
        state.run(sql).await.unwrap();
    };
    run(
        &mut state,
        include_str!("../../../migrations/0001_first.sql"),
    )
    .await;
    run(
        &mut state,
        "INSERT INTO bot (domain_name, mark) VALUES ('acme', 1); \
         INSERT INTO message (bot_id, kind, is_over, since, words, at) VALUES (1, 'held', 0, 1, 'w', 1); \
         INSERT INTO message (bot_id, kind, is_over, since, words, at) VALUES (1, 'held', 1, 1, 'w', 2); \
         INSERT INTO message (bot_id, kind, is_over, since, words, at) VALUES (1, 'stale', 0, 1, 'w', 3); \
         DELETE FROM message WHERE kind = 'stale'",
    )
    .await;
    run(
        &mut state,
        include_str!("../../../migrations/0002_receivers.sql"),
    )
    .await;
    run(
        &mut state,
        "INSERT INTO message (receiver, kind, is_over, since, count, names, words, at) \
         VALUES ('ops', 'reload_failed', 0, 1, 1, '[]', 'w', 4)",
    )
    .await;
    let kept: Vec<(i64, String, Option<i64>, i64)> =
        query_as("SELECT message_id, receiver, bot_id, count FROM message ORDER BY message_id")
            .fetch_all(&mut state)
            .await
            .unwrap();
    let of = |id, receiver: &str, bot, count| (id, receiver.to_owned(), bot, count);
    // A number is not given a second time.
    assert_eq!(
        kept,
        [
            of(1, "notify.url", Some(1), 1),
            of(2, "notify.url", Some(1), 0),
            of(4, "ops", None, 1)
        ]
    );
}
