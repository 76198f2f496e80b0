//! Writes an upload down before its POST: its rows, what they say, and the digest of its CSV.

use std::collections::HashMap;

use bytes::Bytes;
use sqlx::{Connection as _, SqliteConnection};

use super::content::{forget_content, forget_rows, next_content_id, put_content, values};
use super::csv_pages::{is_named, page};
use super::uploads::effect_name;
use super::{BATCH, BotId, CsvCursor, Store, StoreError, UploadId, UploadRecord};
use crate::clock::Millis;
use crate::config::UploadEffect;
use crate::flow::normalise::{AnyStep, Step};
use crate::flow::plan::{Action, Change};
use crate::flow::render::Purpose;
use crate::upload::State;

/// Up to so many bytes of CSVs wait in memory for their first POST; others are made again for it.
const READY: usize = 8 << 20;

/// The CSVs of uploads that were just written down.
#[derive(Debug, Default)]
pub(super) struct Ready(HashMap<BotId, (UploadId, Bytes)>);

impl Ready {
    /// Of each bot only the last one, since no other is under way.
    fn put(&mut self, bot: BotId, id: UploadId, bytes: Bytes) {
        self.0.remove(&bot);
        let held: usize = self.0.values().map(|(_, bytes)| bytes.len()).sum();
        if held + bytes.len() <= READY {
            self.0.insert(bot, (id, bytes));
        }
    }

    fn take(&mut self, bot: BotId, id: UploadId) -> Option<Bytes> {
        let (ready, bytes) = self.0.remove(&bot)?;
        (ready == id).then_some(bytes)
    }
}

/// A CSV that is being measured.
struct Csv {
    hasher: blake3::Hasher,
    /// `None`: it has become too long to be held.
    body: Option<Vec<u8>>,
}

impl Csv {
    fn new() -> Self {
        Self {
            hasher: blake3::Hasher::new(),
            body: Some(Vec::new()),
        }
    }

    fn add(&mut self, record: &mut UploadRecord, bytes: &[u8], rows: u64) {
        self.hasher.update(bytes);
        record.csv_bytes += bytes.len() as u64;
        record.rows += rows;
        match &mut self.body {
            Some(body) if body.len() + bytes.len() <= READY => body.extend_from_slice(bytes),
            body => *body = None,
        }
    }
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
        debug_assert!(changes.is_sorted_by_key(|(row, _)| *row));
        let mut record = unwritten(bot, purpose, effect, changes, at);
        let mut csv = Csv::new();
        let stands_alone = Self::csv_start(&record) == CsvCursor::Rows(0);
        self.write_upload(&mut record, changes, stands_alone.then_some(&mut csv))
            .await?;
        if !stands_alone {
            if let Err(error) = self.measure(&mut record, changes, &mut csv).await {
                // Where that fails as well: it counts nowhere, and is swept away at the next start.
                self.discard(record.id).await.ok();
                return Err(error);
            }
            let done = finish(&mut *self.hold().await, &mut record, &csv).await;
            done.map_err(|error| self.error(error))?;
        }
        if let Some(body) = csv.body {
            self.ready().put(bot, record.id, body.into());
        }
        Ok(record)
    }

    /// The CSV of an upload, where it was written down a moment ago and still waits in memory.
    pub fn take_ready(&self, record: &UploadRecord) -> Option<Bytes> {
        self.ready().take(record.bot, record.id)
    }

    /// Writes the rows. Where they are the whole CSV, it is made on the way, and the upload counts as
    /// soon as it is written.
    async fn write_upload<S: AnyStep + Sync>(
        &self,
        record: &mut UploadRecord,
        changes: &[(u32, Change<S>)],
        mut csv: Option<&mut Csv>,
    ) -> Result<(), StoreError> {
        let failed = |error| self.error(error);
        let mut held = self.hold().await;
        let begun = held.begin_with("BEGIN IMMEDIATE").await;
        let mut transaction = begun.map_err(failed)?;
        record.id = insert_upload(&mut transaction, record)
            .await
            .map_err(failed)?;
        let mut content = next_content_id(&mut transaction).await.map_err(failed)?;
        for rows in changes.chunks(BATCH) {
            let steps = rows.iter().map(|(_, change)| change.step.load());
            let steps: Vec<_> = steps.collect::<Result<_, _>>()?;
            let steps: Vec<&Step> = steps.iter().map(AsRef::as_ref).collect();
            if let Some(csv) = csv.as_deref_mut() {
                let (bytes, count) = page_of(record, rows, &steps, record.csv_bytes == 0);
                csv.add(record, &bytes, count);
            }
            content = insert_rows(&mut transaction, record.id, rows, &steps, content)
                .await
                .map_err(failed)?;
        }
        if let Some(csv) = csv {
            finish(&mut transaction, record, csv)
                .await
                .map_err(failed)?;
        }
        transaction.commit().await.map_err(failed)
    }

    /// Makes a CSV once that holds more than the upload's own rows, to know its rows, bytes and digest.
    async fn measure<S: AnyStep + Sync>(
        &self,
        record: &mut UploadRecord,
        changes: &[(u32, Change<S>)],
        csv: &mut Csv,
    ) -> Result<(), StoreError> {
        let mut cursor = CsvCursor::Unchanged(None);
        while let CsvCursor::Unchanged(_) = cursor {
            let first = record.csv_bytes == 0;
            let (bytes, rows, next) = self.csv_page(record, cursor, first).await?;
            csv.add(record, &bytes, rows);
            cursor = next.unwrap_or(CsvCursor::Rows(0));
        }
        for rows in changes.chunks(BATCH) {
            let steps = rows.iter().map(|(_, change)| change.step.load());
            let steps: Vec<_> = steps.collect::<Result<_, _>>()?;
            let steps: Vec<&Step> = steps.iter().map(AsRef::as_ref).collect();
            let (bytes, count) = page_of(record, rows, &steps, false);
            csv.add(record, &bytes, count);
        }
        Ok(())
    }

    /// Removes an upload that was not written whole.
    pub(super) async fn discard(&self, id: UploadId) -> Result<(), StoreError> {
        let mut held = self.hold().await;
        let discarded: Result<(), sqlx::Error> = async {
            let mut transaction = held.begin_with("BEGIN IMMEDIATE").await?;
            forget_content(&mut transaction, id).await?;
            forget_rows(&mut transaction, id).await?;
            sqlx::query("DELETE FROM upload WHERE upload_id = ?1")
                .bind(id.0)
                .execute(&mut *transaction)
                .await?;
            transaction.commit().await
        }
        .await;
        discarded.map_err(|error| self.error(error))
    }
}

/// An upload before it has a number.
fn unwritten<S: AnyStep>(
    bot: BotId,
    purpose: Purpose,
    effect: UploadEffect,
    changes: &[(u32, Change<S>)],
    at: Millis,
) -> UploadRecord {
    let count = |action| changes.iter().filter(|(_, c)| c.action == action).count() as u64;
    UploadRecord {
        id: UploadId(0),
        bot,
        purpose,
        effect,
        state: State::Prepared,
        rows: 0,
        csv_bytes: 0,
        csv_digest: Vec::new(),
        counts: (
            count(Action::Add),
            count(Action::Change),
            count(Action::Remove),
        ),
        task_id: None,
        prepared_at: at,
        sent_at: None,
        accepted_at: None,
        settled_at: None,
        submissions: 0,
        message: None,
    }
}

fn page_of<S: AnyStep>(
    record: &UploadRecord,
    rows: &[(u32, Change<S>)],
    steps: &[&Step],
    first: bool,
) -> (Vec<u8>, u64) {
    let named = rows.iter().zip(steps);
    let named = named.filter(|((_, change), _)| is_named(record, change.action.name()));
    page(named.map(|(_, step)| *step), first)
}

/// Until it is finished, it stands in the store as one that never began.
async fn insert_upload(
    connection: &mut SqliteConnection,
    record: &UploadRecord,
) -> Result<UploadId, sqlx::Error> {
    let number = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
    let (added, changed, removed) = record.counts;
    sqlx::query_scalar(
        "INSERT INTO upload (bot_id, purpose, effect, state, rows, csv_bytes, csv_digest, added, changed, removed, prepared_at) \
         VALUES (?1, ?2, ?3, 'failed', 0, 0, x'', ?4, ?5, ?6, ?7) RETURNING upload_id",
    )
    .bind(record.bot.0)
    .bind(record.purpose.name())
    .bind(effect_name(record.effect))
    .bind(number(added))
    .bind(number(changed))
    .bind(number(removed))
    .bind(record.prepared_at)
    .fetch_one(connection)
    .await
    .map(UploadId)
}

/// Writes up to [`BATCH`] rows, and gives the number of the next content.
async fn insert_rows<S: AnyStep>(
    connection: &mut SqliteConnection,
    id: UploadId,
    rows: &[(u32, Change<S>)],
    steps: &[&Step],
    content: i64,
) -> Result<i64, sqlx::Error> {
    let (mut said, mut next) = (Vec::with_capacity(rows.len()), content);
    let mut query = sqlx::query(values(
        "INSERT INTO upload_row (upload_id, row, action, node_name, source, article, digest, content_id)",
        8,
        rows.len(),
    ));
    for ((row, change), step) in rows.iter().zip(steps) {
        let has_content = change.action != Action::Remove;
        let content_id = has_content.then_some(next);
        if has_content {
            said.push(*step);
            next += 1;
        }
        query = query
            .bind(id.0)
            .bind(i64::from(*row))
            .bind(change.action.name())
            .bind(step.node_name.clone())
            .bind(change.key.source.to_string())
            .bind(change.key.article.clone())
            .bind(change.digest().0.to_vec())
            .bind(content_id);
    }
    put_content(connection, content, &said).await?;
    query.execute(connection).await?;
    Ok(next)
}

/// From here on the upload counts.
async fn finish(
    connection: &mut SqliteConnection,
    record: &mut UploadRecord,
    csv: &Csv,
) -> Result<(), sqlx::Error> {
    record.csv_digest = csv.hasher.finalize().as_bytes()[..16].to_vec();
    sqlx::query(
        "UPDATE upload SET state = 'prepared', rows = ?2, csv_bytes = ?3, csv_digest = ?4 WHERE upload_id = ?1",
    )
    .bind(record.id.0)
    .bind(i64::try_from(record.rows).unwrap_or(i64::MAX))
    .bind(i64::try_from(record.csv_bytes).unwrap_or(i64::MAX))
    .bind(record.csv_digest.clone())
    .execute(connection)
    .await
    .map(drop)
}
