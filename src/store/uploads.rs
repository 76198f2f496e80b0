//! Uploads: written before their POST, advanced state by state, made into bytes page by page.

use futures_util::TryStreamExt as _;
use sqlx::sqlite::SqliteRow;
use sqlx::{AssertSqlSafe, Connection, Row, SqlSafeStr, SqlStr};

use super::csv_pages::csv_of;
use super::snapshot::{key_of, step_of};
use super::{BATCH, BotId, CsvCursor, Store, StoreError};
use crate::clock::Millis;
use crate::config::UploadEffect;
use crate::flow::normalise::AnyStep;
use crate::flow::plan::{Action, Change};
use crate::flow::render::Purpose;
use crate::sabotage::{self, Sabotage};
use crate::upload::{Event, State};

/// An upload's number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UploadId(pub i64);

/// An upload without its rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UploadRecord {
    /// Its number.
    pub id: UploadId,
    /// Its bot.
    pub bot: BotId,
    /// What it is for.
    pub purpose: Purpose,
    /// What it does to the steps that it does not name.
    pub effect: UploadEffect,
    /// How far it has come.
    pub state: State,
    /// Rows of the CSV.
    pub rows: u64,
    /// Bytes of the CSV.
    pub csv_bytes: u64,
    /// blake3 of the CSV.
    pub csv_digest: Vec<u8>,
    /// Steps that it adds, changes and removes.
    pub counts: (u64, u64, u64),
    /// Haptik's id of the task, once it is accepted.
    pub task_id: Option<String>,
    /// When it was written.
    pub prepared_at: Millis,
    /// When it last went out.
    pub sent_at: Option<Millis>,
    /// When Haptik accepted it.
    pub accepted_at: Option<Millis>,
    /// When it succeeded or failed.
    pub settled_at: Option<Millis>,
    /// POSTs so far.
    pub submissions: u64,
    /// Haptik's last words.
    pub message: Option<String>,
}

pub(super) const COLUMNS: &str = "upload_id, bot_id, purpose, effect, state, rows, csv_bytes, csv_digest, added, changed, removed, \
     task_id, prepared_at, sent_at, accepted_at, settled_at, submissions, message";

const fn effect_name(effect: UploadEffect) -> &'static str {
    match effect {
        UploadEffect::Merge => "merge",
        UploadEffect::Replace => "replace",
    }
}

fn count_of(row: &SqliteRow, column: &str) -> u64 {
    u64::try_from(row.get::<i64, _>(column)).unwrap_or(0)
}

pub(super) fn record_of(row: &SqliteRow) -> UploadRecord {
    UploadRecord {
        id: UploadId(row.get("upload_id")),
        bot: BotId(row.get("bot_id")),
        purpose: Purpose::from_name(row.get("purpose")).unwrap_or(Purpose::Change),
        effect: match row.get("effect") {
            "replace" => UploadEffect::Replace,
            _ => UploadEffect::Merge,
        },
        state: State::from_name(row.get("state")).unwrap_or(State::InDoubt),
        rows: count_of(row, "rows"),
        csv_bytes: count_of(row, "csv_bytes"),
        csv_digest: row.get("csv_digest"),
        counts: (
            count_of(row, "added"),
            count_of(row, "changed"),
            count_of(row, "removed"),
        ),
        task_id: row.get("task_id"),
        prepared_at: row.get("prepared_at"),
        sent_at: row.get("sent_at"),
        accepted_at: row.get("accepted_at"),
        settled_at: row.get("settled_at"),
        submissions: count_of(row, "submissions"),
        message: row.get("message"),
    }
}

pub(super) fn change_of(row: &SqliteRow) -> Change {
    Change {
        action: Action::from_name(row.get("action")).unwrap_or(Action::Change),
        key: key_of(row),
        step: step_of(row),
        line: 0,
    }
}

fn insert_rows(rows: usize) -> SqlStr {
    let mut sql = String::from(
        "INSERT INTO upload_row (upload_id, row, action, node_name, source, article, digest, question, answer) VALUES ",
    );
    sql.push_str(&vec!["(?,?,?,?,?,?,?,?,?)"; rows].join(","));
    AssertSqlSafe(sql).into_sql_str()
}

impl Store {
    /// Writes an upload down, rows and all, and the digest of its CSV. Nothing has gone out yet.
    ///
    /// Content that cannot be had back ends it, and the upload has never been.
    pub async fn prepare<S: AnyStep + Sync>(
        &self,
        bot: BotId,
        purpose: Purpose,
        effect: UploadEffect,
        changes: &[(u32, Change<S>)],
        at: Millis,
    ) -> Result<UploadRecord, StoreError> {
        let id = self.write_upload(bot, purpose, effect, changes, at).await?;
        let mut record = self.upload(id).await?;
        if let Err(error) = self.measure(&mut record, changes).await {
            // Where that fails as well: it counts nowhere, and is swept away at the next start.
            self.discard(id).await.ok();
            return Err(error);
        }
        self.finish_upload(&record).await?;
        record.state = State::Prepared;
        Ok(record)
    }

    /// Makes the CSV of an upload once, to know its rows, bytes and digest. Its own rows need not be
    /// read back for that.
    async fn measure<S: AnyStep + Sync>(
        &self,
        record: &mut UploadRecord,
        changes: &[(u32, Change<S>)],
    ) -> Result<(), StoreError> {
        debug_assert!(changes.is_sorted_by_key(|(row, _)| *row));
        let mut hasher = blake3::Hasher::new();
        let mut cursor = Some(Self::csv_start(record));
        let mut own = changes.chunks(BATCH);
        let mut first = true;
        loop {
            let (bytes, rows) = match cursor.take() {
                Some(at @ CsvCursor::Unchanged(_)) => {
                    let (bytes, rows, next) = self.csv_page(record, at, first).await?;
                    cursor = next;
                    (bytes, rows)
                }
                Some(CsvCursor::Rows(_)) | None => match own.next() {
                    Some(changes) => csv_of(record, changes, first)?,
                    None => break,
                },
            };
            hasher.update(&bytes);
            record.csv_bytes += bytes.len() as u64;
            record.rows += rows;
            first = false;
        }
        record.csv_digest = hasher.finalize().as_bytes()[..16].to_vec();
        Ok(())
    }

    async fn write_upload<S: AnyStep + Sync>(
        &self,
        bot: BotId,
        purpose: Purpose,
        effect: UploadEffect,
        changes: &[(u32, Change<S>)],
        at: Millis,
    ) -> Result<UploadId, StoreError> {
        let failed = |error| self.error(error);
        let count = |action| {
            i64::try_from(changes.iter().filter(|(_, c)| c.action == action).count())
                .unwrap_or(i64::MAX)
        };
        let mut held = self.hold().await;
        let begun = held.begin_with("BEGIN IMMEDIATE").await;
        let mut transaction = begun.map_err(failed)?;
        let id: i64 = sqlx::query_scalar(
            "INSERT INTO upload (bot_id, purpose, effect, state, rows, csv_bytes, csv_digest, added, changed, removed, prepared_at) \
             VALUES (?1, ?2, ?3, 'failed', 0, 0, x'', ?4, ?5, ?6, ?7) RETURNING upload_id",
        )
        .bind(bot.0)
        .bind(purpose.name())
        .bind(effect_name(effect))
        .bind(count(Action::Add))
        .bind(count(Action::Change))
        .bind(count(Action::Remove))
        .bind(at)
        .fetch_one(&mut *transaction)
        .await
        .map_err(failed)?;
        let full = insert_rows(BATCH);
        for rows in changes.chunks(BATCH) {
            let sql = if rows.len() == BATCH {
                full.clone()
            } else {
                insert_rows(rows.len())
            };
            let mut query = sqlx::query(sql);
            for (row, change) in rows {
                let step = change.step.load()?.into_owned();
                query = query
                    .bind(id)
                    .bind(i64::from(*row))
                    .bind(change.action.name())
                    .bind(step.node_name)
                    .bind(change.key.source.to_string())
                    .bind(change.key.article.to_string())
                    .bind(change.digest().0.to_vec())
                    .bind(step.question)
                    .bind(step.answer);
            }
            let written = query.execute(&mut *transaction).await;
            written.map_err(failed)?;
        }
        transaction.commit().await.map_err(failed)?;
        Ok(UploadId(id))
    }

    /// Removes an upload that was not written whole.
    async fn discard(&self, id: UploadId) -> Result<(), StoreError> {
        for sql in [
            "DELETE FROM upload_row WHERE upload_id = ?1",
            "DELETE FROM upload WHERE upload_id = ?1",
        ] {
            sqlx::query(sql)
                .bind(id.0)
                .execute(&mut *self.hold().await)
                .await
                .map_err(|error| self.error(error))?;
        }
        Ok(())
    }

    /// From here on the upload counts: until now it stood in the store as one that never began.
    async fn finish_upload(&self, record: &UploadRecord) -> Result<(), StoreError> {
        sqlx::query(
            "UPDATE upload SET state = 'prepared', rows = ?2, csv_bytes = ?3, csv_digest = ?4 WHERE upload_id = ?1",
        )
        .bind(record.id.0)
        .bind(i64::try_from(record.rows).unwrap_or(i64::MAX))
        .bind(i64::try_from(record.csv_bytes).unwrap_or(i64::MAX))
        .bind(record.csv_digest.clone())
        .execute(&mut *self.hold().await)
        .await
        .map(drop)
        .map_err(|error| self.error(error))
    }

    /// Takes up what the last process left: uploads under way meet their restart, and what was
    /// not yet written whole is swept away.
    pub async fn recover(&self, at: Millis) -> Result<(), StoreError> {
        let sql = format!(
            "SELECT {COLUMNS} FROM upload WHERE state IN ('prepared', 'sent', 'accepted', 'in_doubt')"
        );
        let rows = sqlx::query(AssertSqlSafe(sql))
            .fetch_all(&mut *self.hold().await)
            .await
            .map_err(|error| self.error(error))?;
        for mut record in rows.iter().map(record_of) {
            let before = record.state;
            self.advance(&mut record, Event::Restart, at, None, None)
                .await?;
            if record.state != before {
                tracing::warn!(
                    upload = record.id.0,
                    "the last process ended while upload {} was on its way; it goes up again, byte for byte",
                    record.id.0
                );
            }
        }
        for sql in [
            "DELETE FROM upload_row WHERE upload_id IN (SELECT upload_id FROM upload WHERE csv_bytes = 0)",
            "DELETE FROM upload WHERE csv_bytes = 0",
        ] {
            sqlx::query(sql)
                .execute(&mut *self.hold().await)
                .await
                .map_err(|error| self.error(error))?;
        }
        Ok(())
    }

    /// One upload.
    pub async fn upload(&self, id: UploadId) -> Result<UploadRecord, StoreError> {
        let sql = format!("SELECT {COLUMNS} FROM upload WHERE upload_id = ?1");
        sqlx::query(AssertSqlSafe(sql))
            .bind(id.0)
            .fetch_one(&mut *self.hold().await)
            .await
            .map(|row| record_of(&row))
            .map_err(|error| self.error(error))
    }

    /// The upload under way, if there is one.
    pub async fn under_way(&self, bot: BotId) -> Result<Option<UploadRecord>, StoreError> {
        let sql = format!(
            "SELECT {COLUMNS} FROM upload WHERE bot_id = ?1 AND state IN ('prepared', 'sent', 'accepted', 'in_doubt')"
        );
        sqlx::query(AssertSqlSafe(sql))
            .bind(bot.0)
            .fetch_optional(&mut *self.hold().await)
            .await
            .map(|row| row.as_ref().map(record_of))
            .map_err(|error| self.error(error))
    }

    /// The newest settled uploads of a bot, newest first.
    pub async fn history(&self, bot: BotId, limit: u32) -> Result<Vec<UploadRecord>, StoreError> {
        let sql = format!(
            "SELECT {COLUMNS} FROM upload WHERE bot_id = ?1 AND csv_bytes > 0 ORDER BY upload_id DESC LIMIT ?2"
        );
        sqlx::query(AssertSqlSafe(sql))
            .bind(bot.0)
            .bind(limit)
            .fetch_all(&mut *self.hold().await)
            .await
            .map(|rows| rows.iter().map(record_of).collect())
            .map_err(|error| self.error(error))
    }

    /// Since when changes have waited that no upload has made live yet, as far as uploads tell.
    pub async fn waiting_since(&self, bot: BotId) -> Result<Option<Millis>, StoreError> {
        sqlx::query_scalar(
            "SELECT min(prepared_at) FROM upload JOIN bot USING (bot_id) \
             WHERE bot_id = ?1 AND csv_bytes > 0 AND purpose = 'change' AND state <> 'succeeded' \
             AND prepared_at > coalesce(last_success, 0)",
        )
        .bind(bot.0)
        .fetch_one(&mut *self.hold().await)
        .await
        .map_err(|error| self.error(error))
    }

    /// How long the last successful tasks of a bot took, newest first, in milliseconds.
    pub async fn task_times(&self, bot: BotId) -> Result<Vec<Millis>, StoreError> {
        sqlx::query_scalar(
            "SELECT settled_at - accepted_at FROM upload \
             WHERE bot_id = ?1 AND state = 'succeeded' AND accepted_at IS NOT NULL \
             ORDER BY upload_id DESC LIMIT 9",
        )
        .bind(bot.0)
        .fetch_all(&mut *self.hold().await)
        .await
        .map_err(|error| self.error(error))
    }

    /// Moves an upload on by an event that does not settle it, and makes that durable.
    pub async fn advance(
        &self,
        record: &mut UploadRecord,
        event: Event,
        at: Millis,
        task_id: Option<&str>,
        message: Option<&str>,
    ) -> Result<(), StoreError> {
        let state = match record.state.after(event)? {
            State::InDoubt if sabotage::is(Sabotage::DoubtSkipped) => State::Failed,
            state => state,
        };
        if event == Event::Submit {
            record.sent_at = Some(at);
            record.submissions += 1;
        }
        if event == Event::TaskGiven {
            record.accepted_at = Some(at);
            record.task_id = task_id.map(str::to_owned);
        }
        record.state = state;
        record.message = message.map(str::to_owned).or(record.message.take());
        sqlx::query(
            "UPDATE upload SET state = ?2, task_id = ?3, sent_at = ?4, accepted_at = ?5, submissions = ?6, message = ?7 \
             WHERE upload_id = ?1",
        )
        .bind(record.id.0)
        .bind(state.name())
        .bind(record.task_id.clone())
        .bind(record.sent_at)
        .bind(record.accepted_at)
        .bind(i64::try_from(record.submissions).unwrap_or(i64::MAX))
        .bind(record.message.clone())
        .execute(&mut *self.hold().await)
        .await
        .map(drop)
        .map_err(|error| self.error(error))
    }

    /// The names in an upload by the number of their row, in the order of its CSV.
    pub async fn upload_names(&self, id: UploadId) -> Result<Vec<(u32, String)>, StoreError> {
        sqlx::query_as("SELECT row, node_name FROM upload_row WHERE upload_id = ?1 ORDER BY row")
            .bind(id.0)
            .fetch(&mut *self.hold().await)
            .try_collect()
            .await
            .map_err(|error| self.error(error))
    }

    /// The rows of an upload by number, in the order of its CSV.
    pub async fn upload_rows(&self, id: UploadId) -> Result<Vec<(u32, Change)>, StoreError> {
        sqlx::query(
            "SELECT row, action, node_name, source, article, question, answer FROM upload_row \
             WHERE upload_id = ?1 ORDER BY row",
        )
        .bind(id.0)
        .fetch_all(&mut *self.hold().await)
        .await
        .map(|rows| {
            rows.iter()
                .map(|row| (row.get("row"), change_of(row)))
                .collect()
        })
        .map_err(|error| self.error(error))
    }
}
