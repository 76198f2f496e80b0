//! What stands in the state and cannot be read back: it is named, and nothing is decided by it.

use sqlx::AssertSqlSafe;

use super::*;
use crate::model::{Accepted, Fingerprint, UploadId};
use crate::store::bots::BotId;
use crate::store::decode::Stored;
use crate::store::error::StoreError;
use crate::store::open::Store;
use crate::store::steps::Imported;

/// A bot with something in every table that is read: the steps `a` and `b` with a past, `c` in upload 3,
/// which is under way, a refused step and something that people were told.
async fn world() -> (tempfile::TempDir, Store, BotId) {
    let (folder, store) = store_in_file().await;
    let bot = store.bot("acme").await.unwrap();
    let add = |name| change(Action::Add, name, "one");
    confirm(&store, bot, &[add("a"), add("b")], 1).await;
    let next = [change(Action::Change, "a", "two")];
    confirm(&store, bot, &next, 2).await;
    accepted(&store, bot, &[add("c")], 3).await;
    for sql in [
        "INSERT INTO quarantine VALUES (1, 'q', 's', 'a', zeroblob(16), 'no', 1, 1)",
        "INSERT INTO cause VALUES (1, 'held', 1, 2)",
        "INSERT INTO message (receiver, bot_id, kind, is_over, since, count, names, words, at) VALUES ('r', 1, 'held', 0, 1, 1, '[]', 'w', 1)",
    ] {
        run(&store, sql).await;
    }
    (folder, store, bot)
}

async fn run(store: &Store, sql: &str) {
    let mut held = store.hold().await;
    // As a disk does it that gives back something else than was written.
    for sql in ["PRAGMA ignore_check_constraints = ON", sql] {
        let done = query(AssertSqlSafe(sql.to_owned()))
            .execute(&mut held)
            .await;
        done.unwrap_or_else(|error| panic!("{sql}: {error}"));
    }
}

/// Reads what the name says.
async fn read(store: &Store, bot: BotId, what: &str) -> Result<(), StoreError> {
    let third = || async { store.upload(UploadId(3)).await };
    match what {
        "bot_state" => store.bot_state(bot).await.map(drop),
        "upload" => third().await.map(drop),
        "under_way" => store.under_way(bot).await.map(drop),
        "history" => store.history(bot, 9).await.map(drop),
        "recover" => store.recover().await,
        "upload_rows" => store.upload_rows(&third().await?).await.map(drop),
        "csv_page" => {
            let upload = third().await?;
            let cursor = Store::csv_start(&upload);
            store.csv_page(&upload, cursor, true).await.map(drop)
        }
        "row_of" => store.row_of(&third().await?, "c").await.map(drop),
        "settle" => {
            let mut upload = third().await?;
            let end = ended(UploadEnd::TaskSucceeded, 9);
            store.settle(&mut upload, end).await
        }
        "snapshot" => store.snapshot(bot).await.map(drop),
        "known" => store.known(bot, &["a"]).await.map(drop),
        "state_after" => store.state_after(bot, UploadId(1)).await.map(drop),
        "quarantine" => store.quarantine(bot).await.map(drop),
        "refusal_of" => store.refusal_of(bot, "q").await.map(drop),
        "ongoing" => store.ongoing(Some(bot)).await.map(drop),
        "message_after" => store.message_after("r", 0).await.map(drop),
        "as_of" => store.as_of(bot).await.map(drop),
        _ => unreachable!("{what}"),
    }
}

/// What is damaged, who reads it, and what is told of it beside the bot.
const DAMAGES: &[(&str, &[&str], &[&str])] = &[
    (
        "UPDATE upload SET purpose = 'chnage' WHERE upload_id = 3",
        &["upload", "under_way", "history", "recover"],
        &[
            "upload_id 3",
            "column purpose of table upload",
            "\"chnage\"",
        ],
    ),
    (
        "UPDATE upload SET effect = 'mrege' WHERE upload_id = 3",
        &["upload", "under_way", "history", "recover"],
        &["upload_id 3", "column effect of table upload", "\"mrege\""],
    ),
    (
        // It must not pass for one that has ended: the next one would go out beside it.
        "UPDATE upload SET state = 'snt' WHERE upload_id = 3",
        &["upload", "under_way", "history", "recover"],
        &["upload_id 3", "column state of table upload", "\"snt\""],
    ),
    (
        "UPDATE upload SET rows = -1 WHERE upload_id = 3",
        &["under_way"],
        &["column rows of table upload", "holds -1"],
    ),
    (
        "UPDATE upload SET removed = -7 WHERE upload_id = 3",
        &["under_way"],
        &["column removed of table upload", "holds -7"],
    ),
    (
        "UPDATE upload SET submissions = -1 WHERE upload_id = 3",
        &["under_way"],
        &["column submissions of table upload", "holds -1"],
    ),
    (
        "UPDATE version SET action = 'erase' WHERE upload_id = 3",
        &["upload_rows", "csv_page", "row_of", "settle"],
        &[
            "upload_id 3",
            "row 0",
            "node_name \"c\"",
            "column action of table version",
            "\"erase\"",
        ],
    ),
    (
        "UPDATE version SET digest = x'' WHERE node_name = 'a'",
        &["snapshot", "known"],
        &["node_name \"a\"", "column digest of table step"],
    ),
    (
        "UPDATE version SET digest = zeroblob(17) WHERE node_name = 'a'",
        &["snapshot", "known"],
        &["node_name \"a\"", "column digest of table step", "0000"],
    ),
    (
        "UPDATE version SET digest = x'0102' WHERE until IS NOT NULL",
        &["state_after"],
        &[
            "node_name \"a\"",
            "column digest of table version",
            "x'0102'",
        ],
    ),
    (
        // Zeros of its length are the mark of a refused removal; so is nothing else.
        "UPDATE quarantine SET digest = zeroblob(15)",
        &["quarantine", "refusal_of"],
        &["node_name \"q\"", "column digest of table quarantine"],
    ),
    (
        "UPDATE bot SET isolation = 'half of a sear'",
        &["bot_state"],
        &["column isolation of table bot", "\"half of a sear\""],
    ),
    (
        // As it was before there were versions.
        r#"UPDATE bot SET isolation = '{"base":3,"round":0}'"#,
        &["bot_state"],
        &["column isolation of table bot", "base"],
    ),
    (
        "UPDATE bot SET empty_approved = 2",
        &["bot_state"],
        &["column empty_approved of table bot", "holds 2"],
    ),
    (
        "UPDATE bot SET needs_recovery = -1",
        &["bot_state"],
        &["column needs_recovery of table bot", "holds -1"],
    ),
    (
        "UPDATE cause SET kind = 'hold'",
        &["ongoing"],
        &["column kind of table cause", "\"hold\""],
    ),
    (
        "UPDATE cause SET told = -2",
        &["ongoing"],
        &["kind \"held\"", "column told of table cause", "holds -2"],
    ),
    (
        "UPDATE message SET is_over = 3",
        &["message_after"],
        &["message_id 1", "column is_over of table message", "holds 3"],
    ),
];

#[tokio::test]
async fn what_cannot_be_read_back_is_damage_that_is_named() {
    let mut wrong = Vec::new();
    for (sql, readers, words) in DAMAGES {
        for reader in *readers {
            let (_folder, store, bot) = world().await;
            run(&store, sql).await;
            let told = match read(&store, bot, reader).await {
                Err(error @ StoreError::Damaged { .. }) => error.to_string(),
                other => format!("{other:?}"),
            };
            let way_out = ["state.db is damaged", "bot \"acme\"", "move the file away"];
            let mut said = words.iter().chain(&way_out);
            if !said.all(|word| told.contains(word)) {
                wrong.push(format!("{reader} after {sql}: {told}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[tokio::test]
async fn an_unknown_action_makes_nothing_live() {
    let (_folder, store, bot) = world().await;
    run(
        &store,
        "UPDATE version SET action = 'erase' WHERE upload_id = 3",
    )
    .await;
    assert!(read(&store, bot, "settle").await.is_err());
    assert_eq!(store.snapshot(bot).await.unwrap().len(), 2);
    assert!(store.under_way(bot).await.unwrap().is_some());
}

#[tokio::test]
async fn what_is_whole_is_read_by_all_of_them() {
    let mut readers: Vec<&str> = DAMAGES
        .iter()
        .flat_map(|(_, all, _)| *all)
        .copied()
        .collect();
    readers.push("as_of");
    for reader in readers {
        let (_folder, store, bot) = world().await;
        read(&store, bot, reader)
            .await
            .unwrap_or_else(|error| panic!("{reader}: {error}"));
    }
}

#[tokio::test]
async fn a_new_process_names_the_bot_as_well() {
    let (folder, store, _) = world().await;
    let sql = "UPDATE upload SET purpose = 'chnage' WHERE upload_id = 3";
    run(&store, sql).await;
    drop(store);
    // A large file is not checked whole at a start.
    let store = Store::open_to_count(folder.path()).await.unwrap();
    let told = store.recover().await.unwrap_err().to_string();
    assert!(told.contains("bot \"acme\", upload_id 3: "), "{told}");
}

#[tokio::test]
async fn an_upload_of_an_unknown_state_lets_no_other_one_begin() {
    let (_folder, store, bot) = world().await;
    run(
        &store,
        "UPDATE upload SET state = 'snt' WHERE upload_id = 3",
    )
    .await;
    let rows = [(0, change(Action::Add, "d", "one"))];
    let begun = store.prepare(bot, Purpose::Change, UploadEffect::Merge, &rows, 4);
    assert!(begun.await.is_err());
    let imported = store.import(bot, &[], 4).await.unwrap();
    assert_eq!(imported, Imported::Busy);
}

#[tokio::test]
async fn a_configuration_that_cannot_be_read_is_not_none() {
    let (_folder, store, bot) = world().await;
    let accepted = async || store.bot_state(bot).await.unwrap().fingerprint;
    assert_eq!(accepted().await, Accepted::Nothing);
    let fingerprint = Fingerprint::default();
    store.accept_configuration(bot, &fingerprint).await.unwrap();
    assert_eq!(accepted().await, Accepted::Known(fingerprint));
    for damaged in ["", "{}", r#"{"version":0,"parts":{}}"#, r#"{"parts":{}}"#] {
        run(&store, &format!("UPDATE bot SET fingerprint = '{damaged}'")).await;
        assert_eq!(accepted().await, Accepted::Unreadable, "{damaged}");
    }
}

#[tokio::test]
async fn a_value_of_any_type_is_shown_and_cut() {
    let (_folder, store) = store_in_file().await;
    let long = "x".repeat(61);
    for (value, shown) in [
        ("'a text\n'".to_owned(), r#""a text\n""#.to_owned()),
        ("1.5".to_owned(), "1.5".to_owned()),
        ("x'00ff'".to_owned(), "x'00ff'".to_owned()),
        ("NULL".to_owned(), "NULL".to_owned()),
        (format!("'{long}'"), format!("\"{}…\"", &long[1..])),
    ] {
        let sql = format!("SELECT {value} AS at, 'kb-1' AS node_name");
        let row = query(AssertSqlSafe(sql))
            .fetch_one(&mut *store.hold().await)
            .await
            .unwrap();
        let row = Stored::new(&row, "step", BotId(1));
        let error = store.error(row.get::<i64>("at").unwrap_err()).to_string();
        let cause = format!(
            "(bot_id 1, node_name \"kb-1\": column at of table step holds {shown}, which this version cannot read)"
        );
        assert!(error.contains(&cause), "{cause}: {error}");
    }
}
