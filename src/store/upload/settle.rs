//! Settling: the snapshot, the quarantine, the search for bad steps and the upload's end move
//! together, in one transaction.

use super::canary::settle_canary;
use super::record::UploadRecord;
use crate::clock::{Millis, TimePoint};
use crate::config::UploadEffect;
use crate::model::{AccusedStep, Blame, Isolation, KeptSearch, Purpose, UploadEnd, UploadState};
use crate::sabotage;
use crate::sabotage::Sabotage;
use crate::store::database::{Connection, query, query_as};
use crate::store::decode::{Stored, json};
use crate::store::error::StoreError;
use crate::store::open::Store;
use crate::store::steps::note_departures;
use crate::store::versions::{fail_versions, supersede};

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
    /// Live steps of which it is not known whether they are to blame: the next recovery goes without them.
    pub accused: &'a [AccusedStep],
    /// Live steps that Haptik refuses now: they are live no more.
    pub refused_live: &'a [AccusedStep],
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
        self.transaction(async |transaction| {
            for refused in settlement.refused_live {
                refuse_live(transaction, record, refused, settlement.now.wall).await?;
            }
            if state == UploadState::Succeeded {
                confirm(transaction, record, settlement.now).await?;
            } else {
                doubt(transaction, record, settlement.reached).await?;
                fail_versions(transaction, (record.bot, record.id)).await?;
            }
            let Settlement {
                isolation,
                convicted,
                now,
                ..
            } = settlement;
            convict(transaction, record, isolation, convicted, now.wall).await?;
            settle_canary(transaction, record, state, &settlement).await?;
            close(transaction, record, state, &settlement).await?;
            Ok(())
        })
        .await?;
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
        self.transaction(async |transaction| {
            convict(transaction, record, isolation, convicted, now.wall).await?;
            keep_search(transaction, record, isolation).await?;
            Ok(())
        })
        .await
    }
}

async fn run(
    connection: &mut Connection,
    sql: &'static str,
    upload: i64,
    bot: i64,
    at: Millis,
) -> Result<(), sqlx::Error> {
    query(sql)
        .bind(upload)
        .bind(bot)
        .bind(at)
        .execute(connection)
        .await
        .map(drop)
}

/// The rows are live now.
async fn confirm(
    connection: &mut Connection,
    record: &UploadRecord,
    now: &TimePoint,
) -> Result<(), sqlx::Error> {
    // What Haptik refused has not left because somebody took it away.
    if record.purpose != Purpose::Recovery {
        note_departures(connection, record.bot, record.id.0, now).await?;
    }
    if record.purpose != Purpose::Change {
        remember_files(connection, record).await?;
    }
    supersede(connection, (record.bot, record.id)).await?;
    check_actions(connection, record).await?;
    let at = now.wall;
    close_cases(connection, record, at).await?;
    let whole = record.effect == UploadEffect::Replace || record.purpose == Purpose::Recovery;
    if whole {
        query("UPDATE bot SET needs_recovery = 0 WHERE bot_id = ?1")
            .bind(record.bot.0)
            .execute(connection)
            .await?;
    }
    Ok(())
}

/// The files of steps that go up again, or of some rows of an upload: those that they had there.
async fn remember_files(
    connection: &mut Connection,
    record: &UploadRecord,
) -> Result<(), sqlx::Error> {
    query(
        "UPDATE version SET file_id = coalesce( \
           (SELECT base.file_id FROM version AS base WHERE base.bot_id = ?2 AND base.node_name = version.node_name \
            AND base.upload_id = (SELECT CAST(isolation ->> '$.search.base' AS BIGINT) FROM bot WHERE bot_id = ?2) \
            AND base.digest = version.digest), \
           (SELECT step.file_id FROM step WHERE step.bot_id = ?2 AND step.node_name = version.node_name)) \
         WHERE bot_id = ?2 AND upload_id = ?1 AND file_id IS NULL AND node_name IN \
         (SELECT name FROM content WHERE content_id BETWEEN ?1 << 32 AND (?1 << 32) + 4294967295)",
    )
    .bind(record.id.0)
    .bind(record.bot.0)
    .execute(connection)
    .await
    .map(drop)
}

/// What a row does decides what is live: neither an addition nor a removal is guessed. What is neither is
/// over by now, so that no other row has to be looked at.
async fn check_actions(
    connection: &mut Connection,
    record: &UploadRecord,
) -> Result<(), sqlx::Error> {
    let unknown = query(
        "SELECT upload_id, row, action, node_name FROM version INDEXED BY version_over \
         WHERE bot_id = ?1 AND until = ?2 AND upload_id = ?2 AND action <> 'remove' LIMIT 1",
    )
    .bind(record.bot.0)
    .bind(record.id.0)
    .fetch_optional(connection)
    .await?;
    unknown.map_or(Ok(()), |row| {
        Err(Stored::new(&row, "version", record.bot).unreadable("action"))
    })
}

/// What a person released, what Haptik refused and what was uncertain is so no more. Mostly there is
/// nothing of it, and looking that up for each row would take as long as the rest.
async fn close_cases(
    connection: &mut Connection,
    record: &UploadRecord,
    at: Millis,
) -> Result<(), sqlx::Error> {
    let (approvals, refusals, uncertain): (bool, bool, bool) = query_as(
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
    let open = record.purpose != Purpose::Control;
    // The rows of a recovery are the steps that it went without, because Haptik refuses them.
    let tries = open && record.purpose != Purpose::Recovery;
    for (is_due, sql) in [
        (
            approvals && open,
            "DELETE FROM approval WHERE bot_id = ?2 AND ?3 IS NOT NULL AND node_name IN \
             (SELECT node_name FROM upload_row WHERE upload_id = ?1)",
        ),
        (
            refusals && tries,
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

/// What a failed upload leaves behind.
async fn doubt(
    connection: &mut Connection,
    record: &UploadRecord,
    reached: Reached,
) -> Result<(), sqlx::Error> {
    if reached == Reached::Nothing {
        return Ok(());
    }
    if record.effect == UploadEffect::Replace {
        query("UPDATE bot SET needs_recovery = 1 WHERE bot_id = ?1")
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
    connection: &mut Connection,
    record: &UploadRecord,
    isolation: Option<&Isolation>,
    convicted: &[Blame],
    at: Millis,
) -> Result<(), sqlx::Error> {
    let base = isolation.map_or(record.id.0, |isolation| isolation.base);
    for blame in convicted {
        query(
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
        query(
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

/// A live step goes into quarantine as it is, and is live no more.
async fn refuse_live(
    connection: &mut Connection,
    record: &UploadRecord,
    refused: &AccusedStep,
    at: Millis,
) -> Result<(), sqlx::Error> {
    query(
        "INSERT OR REPLACE INTO quarantine (bot_id, node_name, source, article, digest, reason, upload_id, since) \
         SELECT bot_id, node_name, source, article, digest, ?3, ?4, ?5 FROM step WHERE bot_id = ?1 AND node_name = ?2",
    )
    .bind(record.bot.0)
    .bind(refused.node_name.clone())
    .bind(refused.reason.clone())
    .bind(record.id.0)
    .bind(at)
    .execute(&mut *connection)
    .await?;
    query(
        "UPDATE version SET until = ?3 WHERE bot_id = ?1 AND node_name = ?2 AND until IS NULL AND upload_id < ?3",
    )
    .bind(record.bot.0)
    .bind(refused.node_name.clone())
    .bind(record.id.0)
    .execute(connection)
    .await
    .map(drop)
}

async fn close(
    connection: &mut Connection,
    record: &UploadRecord,
    state: UploadState,
    settlement: &Settlement<'_>,
) -> Result<(), sqlx::Error> {
    query(
        "UPDATE upload SET state = ?2, settled_at = ?3, message = ?4, asked_at = ?5 WHERE upload_id = ?1",
    )
        .bind(record.id.0)
        .bind(state.name())
        .bind(settlement.now.wall)
        .bind(settlement.message.to_owned())
        .bind(record.asked_at)
        .execute(&mut *connection)
        .await?;
    query("UPDATE bot SET accused = ?2 WHERE bot_id = ?1 AND accused <> ?2")
        .bind(record.bot.0)
        .bind(json(settlement.accused)?)
        .execute(&mut *connection)
        .await?;
    keep_search(connection, record, settlement.isolation).await
}

/// Keeps the search as it stands now.
async fn keep_search(
    connection: &mut Connection,
    record: &UploadRecord,
    isolation: Option<&Isolation>,
) -> Result<(), sqlx::Error> {
    let search = isolation
        .map(|search| json(&KeptSearch::of(search)))
        .transpose()?;
    query("UPDATE bot SET isolation = ?2 WHERE bot_id = ?1 AND isolation IS DISTINCT FROM ?2")
        .bind(record.bot.0)
        .bind(search)
        .execute(connection)
        .await
        .map(drop)
}
