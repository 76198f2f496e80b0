//! Settling: the snapshot, the quarantine, the search for bad steps and the upload's end move
//! together, in one transaction.

use sqlx::{Connection, SqliteConnection};

use super::record::UploadRecord;
use crate::clock::{Millis, TimePoint};
use crate::config::UploadEffect;
use crate::model::{Blame, Isolation, KeptSearch, UploadEnd, UploadId, UploadState};
use crate::sabotage;
use crate::sabotage::Sabotage;
use crate::store::content::{forget_content, forget_rows};
use crate::store::decode::{Stored, json};
use crate::store::error::StoreError;
use crate::store::open::Store;
use crate::store::steps::note_departures;

/// How much of a failed upload may have reached the bot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reached {
    /// Nothing: it was refused at the door.
    Nothing,
    /// Any of the rows.
    AnyRow,
}

/// The end of an upload.
#[derive(Clone, Copy, Debug)]
pub struct Settlement<'a> {
    /// What ended it.
    pub end: UploadEnd,
    /// Haptik's words.
    pub message: &'a str,
    /// Where it failed: how far it came.
    pub reached: Reached,
    /// The search for bad steps as it stands now, if there is one.
    pub isolation: Option<&'a Isolation>,
    /// Rows of the search's base that are bad beyond doubt.
    pub convicted: &'a [Blame],
    /// A live step that Haptik refuses now, by name: it is live no more.
    pub refused_live: Option<&'a str>,
    /// Now.
    pub now: &'a TimePoint,
}

impl Store {
    /// Settles an upload.
    pub async fn settle(
        &self,
        record: &mut UploadRecord,
        settlement: Settlement<'_>,
    ) -> Result<(), StoreError> {
        let state = record.state.after(settlement.end.kind())?;
        let mut held = self.hold().await;
        let settled: Result<(), sqlx::Error> = async {
            let mut transaction = held.begin_with("BEGIN IMMEDIATE").await?;
            if state == UploadState::Succeeded {
                confirm(&mut transaction, record, settlement.now).await?;
            } else {
                doubt(&mut transaction, record, settlement.reached).await?;
            }
            let Settlement {
                isolation,
                convicted,
                now,
                ..
            } = settlement;
            convict(&mut transaction, record, isolation, convicted, now.wall).await?;
            if let Some(name) = settlement.refused_live {
                refuse_live(&mut transaction, record, name, &settlement).await?;
            }
            close(&mut transaction, record, state, &settlement).await?;
            transaction.commit().await
        }
        .await;
        settled.map_err(|error| self.error(error))?;
        record.state = state;
        record.settled_at = Some(settlement.now.wall);
        record.message = Some(settlement.message.to_owned());
        Ok(())
    }

    /// Quarantines rows of a search's base outside of a settlement, and keeps the search.
    pub async fn convict(
        &self,
        record: &UploadRecord,
        isolation: Option<&Isolation>,
        convicted: &[Blame],
        now: &TimePoint,
    ) -> Result<(), StoreError> {
        let mut held = self.hold().await;
        let done: Result<(), sqlx::Error> = async {
            let mut transaction = held.begin_with("BEGIN IMMEDIATE").await?;
            convict(&mut transaction, record, isolation, convicted, now.wall).await?;
            keep_search(&mut transaction, record, isolation).await?;
            transaction.commit().await
        }
        .await;
        done.map_err(|error| self.error(error))
    }
}

async fn run(
    connection: &mut SqliteConnection,
    sql: &'static str,
    upload: i64,
    bot: i64,
    at: Millis,
) -> Result<(), sqlx::Error> {
    sqlx::query(sql)
        .bind(upload)
        .bind(bot)
        .bind(at)
        .execute(connection)
        .await
        .map(drop)
}

/// The rows are live now.
async fn confirm(
    connection: &mut SqliteConnection,
    record: &UploadRecord,
    now: &TimePoint,
) -> Result<(), sqlx::Error> {
    check_actions(connection, record).await?;
    remember_past(connection, record).await?;
    note_departures(connection, record.bot, record.id.0, now).await?;
    if record.purpose != crate::model::Purpose::Change {
        remember_files(connection, record).await?;
    }
    let at = now.wall;
    for sql in [
        "INSERT OR REPLACE INTO step (bot_id, node_name, source, article, digest, content_id, bytes, upload_id, confirmed_at, file_id) \
         SELECT ?2, node_name, source, article, digest, content_id, bytes, ?1, ?3, file_id FROM upload_row \
         WHERE upload_id = ?1 AND action IN ('add', 'change')",
        "DELETE FROM step WHERE bot_id = ?2 AND ?3 IS NOT NULL AND node_name IN \
         (SELECT node_name FROM upload_row WHERE upload_id = ?1 AND action = 'remove')",
    ] {
        run(connection, sql, record.id.0, record.bot.0, at).await?;
    }
    close_cases(connection, record, at).await?;
    let whole =
        record.effect == UploadEffect::Replace || record.purpose == crate::model::Purpose::Recovery;
    if whole {
        sqlx::query("UPDATE bot SET needs_recovery = 0 WHERE bot_id = ?1")
            .bind(record.bot.0)
            .execute(connection)
            .await?;
    }
    Ok(())
}

/// The files of steps that go up again, or of some rows of an upload: those that they had there.
async fn remember_files(
    connection: &mut SqliteConnection,
    record: &UploadRecord,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "UPDATE upload_row SET file_id = coalesce( \
           (SELECT file_id FROM upload_row AS base WHERE base.node_name = upload_row.node_name \
            AND base.upload_id = (SELECT isolation ->> '$.search.base' FROM bot WHERE bot_id = ?2) \
            AND base.digest = upload_row.digest), \
           (SELECT file_id FROM step WHERE step.bot_id = ?2 AND step.node_name = upload_row.node_name)) \
         WHERE upload_id = ?1 AND file_id IS NULL",
    )
    .bind(record.id.0)
    .bind(record.bot.0)
    .execute(connection)
    .await
    .map(drop)
}

/// What a row does decides what is live: neither an addition nor a removal is guessed.
async fn check_actions(
    connection: &mut SqliteConnection,
    record: &UploadRecord,
) -> Result<(), sqlx::Error> {
    let unknown = sqlx::query(
        "SELECT upload_id, row, action, node_name FROM upload_row \
         WHERE upload_id = ?1 AND action NOT IN ('add', 'change', 'remove') LIMIT 1",
    )
    .bind(record.id.0)
    .fetch_optional(connection)
    .await?;
    unknown.map_or(Ok(()), |row| {
        Err(Stored::new(&row, "upload_row", record.bot).unreadable("action"))
    })
}

/// What a person released, what Haptik refused and what was uncertain is so no more. Mostly there is
/// nothing of it, and looking that up for each row would take as long as the rest.
async fn close_cases(
    connection: &mut SqliteConnection,
    record: &UploadRecord,
    at: Millis,
) -> Result<(), sqlx::Error> {
    let (approvals, refusals, uncertain): (bool, bool, bool) = sqlx::query_as(
        "SELECT EXISTS (SELECT 1 FROM approval WHERE bot_id = ?1), \
         EXISTS (SELECT 1 FROM quarantine WHERE bot_id = ?1), \
         EXISTS (SELECT 1 FROM uncertain WHERE bot_id = ?1)",
    )
    .bind(record.bot.0)
    .fetch_one(&mut *connection)
    .await?;
    let rows_are_certain = match record.effect {
        UploadEffect::Merge => {
            "DELETE FROM uncertain WHERE bot_id = ?2 AND ?3 IS NOT NULL \
             AND node_name IN (SELECT node_name FROM upload_row WHERE upload_id = ?1)"
        }
        UploadEffect::Replace => {
            "DELETE FROM uncertain WHERE ?1 IS NOT NULL AND bot_id = ?2 AND ?3 IS NOT NULL"
        }
    };
    // A control carries the old version of a step: what a person released, and what Haptik refused,
    // stays so.
    let open = record.purpose != crate::model::Purpose::Control;
    for (is_due, sql) in [
        (
            approvals && open,
            "DELETE FROM approval WHERE bot_id = ?2 AND ?3 IS NOT NULL AND node_name IN \
             (SELECT node_name FROM upload_row WHERE upload_id = ?1)",
        ),
        (
            refusals && open,
            "DELETE FROM quarantine WHERE bot_id = ?2 AND ?3 IS NOT NULL AND node_name IN \
             (SELECT node_name FROM upload_row WHERE upload_id = ?1)",
        ),
        (uncertain, rows_are_certain),
    ] {
        if is_due {
            run(connection, sql, record.id.0, record.bot.0, at).await?;
        }
    }
    Ok(())
}

/// Keeps what the upload changes, as it was.
async fn remember_past(
    connection: &mut SqliteConnection,
    record: &UploadRecord,
) -> Result<(), sqlx::Error> {
    let changed = sqlx::query(
        "INSERT OR REPLACE INTO past (bot_id, node_name, upload_id, source, article, digest, content_id, bytes) \
         SELECT ?1, upload_row.node_name, ?2, step.source, step.article, step.digest, step.content_id, step.bytes \
         FROM upload_row LEFT JOIN step ON step.bot_id = ?1 AND step.node_name = upload_row.node_name \
         WHERE upload_row.upload_id = ?2 AND upload_row.digest IS NOT step.digest",
    )
    .bind(record.bot.0)
    .bind(record.id.0)
    .execute(&mut *connection)
    .await?;
    if changed.rows_affected() < record.counts.total() {
        // What is live already, and goes up as it is, has the content of this upload from now on.
        sqlx::query(
            "DELETE FROM content WHERE content_id IN \
             (SELECT step.content_id FROM upload_row CROSS JOIN step ON step.bot_id = ?1 \
              AND step.node_name = upload_row.node_name AND step.digest = upload_row.digest \
              WHERE upload_row.upload_id = ?2)",
        )
        .bind(record.bot.0)
        .bind(record.id.0)
        .execute(&mut *connection)
        .await?;
    }
    count_past_bytes(connection, record).await
}

/// By this it is known which old content to let go.
async fn count_past_bytes(
    connection: &mut SqliteConnection,
    record: &UploadRecord,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "UPDATE upload SET past_bytes = (SELECT coalesce(sum(length(node_name) + coalesce(bytes, 0) + 64), 0) \
         FROM past WHERE past.bot_id = upload.bot_id AND past.upload_id = ?1) WHERE upload_id = ?1",
    )
    .bind(record.id.0)
    .execute(connection)
    .await
    .map(drop)
}

/// What a failed upload leaves behind.
async fn doubt(
    connection: &mut SqliteConnection,
    record: &UploadRecord,
    reached: Reached,
) -> Result<(), sqlx::Error> {
    if reached == Reached::Nothing {
        return Ok(());
    }
    if record.effect == UploadEffect::Replace {
        sqlx::query("UPDATE bot SET needs_recovery = 1 WHERE bot_id = ?1")
            .bind(record.bot.0)
            .execute(&mut *connection)
            .await?;
    }
    if sabotage::is(Sabotage::UncertainForgotten) {
        return Ok(());
    }
    run(
        connection,
        "INSERT OR IGNORE INTO uncertain (bot_id, node_name, source, article, upload_id) \
         SELECT ?2, node_name, source, article, ?1 FROM upload_row WHERE upload_id = ?1 AND ?3 IS NOT NULL",
        record.id.0,
        record.bot.0,
        record.prepared_at,
    )
    .await
}

async fn convict(
    connection: &mut SqliteConnection,
    record: &UploadRecord,
    isolation: Option<&Isolation>,
    convicted: &[Blame],
    at: Millis,
) -> Result<(), sqlx::Error> {
    let base = isolation.map_or(record.id.0, |isolation| isolation.base);
    for blame in convicted {
        sqlx::query(
            "INSERT OR REPLACE INTO quarantine (bot_id, node_name, source, article, digest, reason, upload_id, since) \
             SELECT ?1, node_name, source, article, digest, ?4, ?2, ?5 FROM upload_row WHERE upload_id = ?2 AND row = ?3",
        )
        .bind(record.bot.0)
        .bind(base)
        .bind(blame.row)
        .bind(blame.reason.clone())
        .bind(at)
        .execute(&mut *connection)
        .await?;
        // A refused row was not executed, alone or with others, by any upload of this search; but
        // what the step said before may have been, and of an upload that went out more than once
        // an earlier copy.
        sqlx::query(
            "DELETE FROM uncertain WHERE bot_id = ?1 AND upload_id >= ?2 AND node_name IN \
             (SELECT node_name FROM upload_row WHERE upload_id = ?2 AND row = ?3) AND NOT EXISTS \
             (SELECT 1 FROM upload WHERE bot_id = ?1 AND upload_id >= ?2 AND submissions > 1)",
        )
        .bind(record.bot.0)
        .bind(base)
        .bind(blame.row)
        .execute(&mut *connection)
        .await?;
    }
    Ok(())
}

async fn refuse_live(
    connection: &mut SqliteConnection,
    record: &UploadRecord,
    name: &str,
    settlement: &Settlement<'_>,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT OR REPLACE INTO quarantine (bot_id, node_name, source, article, digest, reason, upload_id, since) \
         SELECT bot_id, node_name, source, article, digest, ?3, ?4, ?5 FROM step WHERE bot_id = ?1 AND node_name = ?2",
    )
    .bind(record.bot.0)
    .bind(name.to_owned())
    .bind(settlement.message.to_owned())
    .bind(record.id.0)
    .bind(settlement.now.wall)
    .execute(&mut *connection)
    .await?;
    sqlx::query(
        "INSERT OR REPLACE INTO past (bot_id, node_name, upload_id, source, article, digest, content_id, bytes) \
         SELECT bot_id, node_name, ?3, source, article, digest, content_id, bytes FROM step WHERE bot_id = ?1 AND node_name = ?2",
    )
    .bind(record.bot.0)
    .bind(name.to_owned())
    .bind(record.id.0)
    .execute(&mut *connection)
    .await?;
    count_past_bytes(&mut *connection, record).await?;
    sqlx::query("DELETE FROM step WHERE bot_id = ?1 AND node_name = ?2")
        .bind(record.bot.0)
        .bind(name.to_owned())
        .execute(connection)
        .await
        .map(drop)
}

async fn close(
    connection: &mut SqliteConnection,
    record: &UploadRecord,
    state: UploadState,
    settlement: &Settlement<'_>,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "UPDATE upload SET state = ?2, settled_at = ?3, message = ?4, asked_at = ?5 WHERE upload_id = ?1",
    )
        .bind(record.id.0)
        .bind(state.name())
        .bind(settlement.now.wall)
        .bind(settlement.message.to_owned())
        .bind(record.asked_at)
        .execute(&mut *connection)
        .await?;
    keep_search(&mut *connection, record, settlement.isolation).await?;
    if settlement.isolation.map(|search| search.base) != Some(record.id.0) {
        if state != UploadState::Succeeded {
            forget_content(&mut *connection, record.id).await?;
        }
        forget_rows(&mut *connection, record.id).await?;
    }
    Ok(())
}

/// Keeps the search, and forgets the rows of one that has ended.
async fn keep_search(
    connection: &mut SqliteConnection,
    record: &UploadRecord,
    isolation: Option<&Isolation>,
) -> Result<(), sqlx::Error> {
    let search = isolation
        .map(|search| json(&KeptSearch::of(search)))
        .transpose()?;
    let ended: Option<i64> = sqlx::query_scalar(
        "SELECT isolation ->> '$.search.base' FROM bot \
         WHERE bot_id = ?1 AND isolation ->> '$.search.base' IS NOT ?2",
    )
    .bind(record.bot.0)
    .bind(isolation.map(|search| search.base))
    .fetch_optional(&mut *connection)
    .await?
    .flatten();
    if let Some(base) = ended.map(UploadId) {
        forget_content(&mut *connection, base).await?;
        forget_rows(&mut *connection, base).await?;
    }
    sqlx::query("UPDATE bot SET isolation = ?2 WHERE bot_id = ?1 AND isolation IS NOT ?2")
        .bind(record.bot.0)
        .bind(search)
        .execute(connection)
        .await
        .map(drop)
}
