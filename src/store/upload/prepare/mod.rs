//! Writes an upload down before its POST: its rows, what they say, and the digest of its CSV.

mod ready;
mod rows;

pub use ready::ReadyCsv;
pub(crate) use ready::ReadyUpload;

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;

use futures_util::TryStreamExt as _;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::csv_pages::{CsvCursor, is_named, page};
use super::record::{UploadRecord, effect_name};
use crate::clock::Millis;
use crate::config::UploadEffect;
use crate::model::{
    Action, AnyStep, CanaryErrand, Change, ChangeCounts, Purpose, Step, UploadEventKind, UploadId,
    UploadState, stored_path,
};
use crate::spool::SpoolError;
use crate::store::BATCH;
use crate::store::bots::BotId;
use crate::store::database::{Durability, query, query_scalar, transaction};
use crate::store::error::StoreError;
use crate::store::open::Store;
use crate::store::steps::StoredFiles;
use crate::store::versions::{NewVersion, VersionInserts, forget_versions};
use rows::{insert_upload, loaded, new_versions, number, stands_alone};

/// What is written down is durable with the upload's own "sent", which is committed before the first byte goes out.
const WITH_SENT: Durability = Durability::WithNext;
/// Batches of rows that are written in one transaction; then the upload that is under way has its turn.
const TURN: usize = 2;

/// The numbers of the files that steps come from.
struct FileNumbers(StoredFiles);

impl FileNumbers {
    /// `None` for what does not come from a file.
    fn of(&self, source: &Arc<str>, file: Option<&Arc<str>>) -> Option<i64> {
        let file = file?;
        let find = |newest| self.0.get(&(source.clone(), stored_path(file, newest)));
        find(false).or_else(|| find(true)).map(|file| file.id.row())
    }
}

/// A CSV that is being measured.
struct Csv {
    hasher: blake3::Hasher,
    /// `None`: there was no place for it, or no room.
    ready: Option<ReadyCsv>,
}

impl Csv {
    fn new(store: &Store) -> Self {
        let place = store.ready().places.clone().try_acquire_owned();
        Self {
            hasher: blake3::Hasher::new(),
            ready: place.ok().map(|place| ReadyCsv::new(store.room(), place)),
        }
    }

    /// Puts these rows at the end.
    fn add<S: AnyStep>(
        &mut self,
        record: &mut UploadRecord,
        rows: &[(u32, Change<S>)],
        steps: &[&Step],
    ) {
        let named = rows.iter().zip(steps);
        let named = named.filter(|((_, change), _)| is_named(record, change.action));
        let (bytes, count) = page(named.map(|(_, step)| *step), record.csv_bytes == 0);
        self.take_in(record, &bytes, count);
    }

    fn take_in(&mut self, record: &mut UploadRecord, bytes: &[u8], rows: u64) {
        self.hasher.update(bytes);
        record.csv_bytes += bytes.len() as u64;
        record.rows += rows;
        self.ready = self.ready.take().and_then(|ready| ready.add(bytes));
    }
}

/// An upload whose rows are in the store, and that has not begun.
pub struct WrittenUpload {
    record: UploadRecord,
    csv: Csv,
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
        // Whoever goes first may wait for these very rows.
        let way = self.give_way();
        let written = self.write_down(bot, purpose, effect, changes, at).await?;
        drop(way);
        self.begin(written, changes, at).await
    }

    /// Writes the rows of an upload down while another one of the same bot may be under way. Until it
    /// begins, it stands in the store as one that has never been.
    pub async fn write_down<S: AnyStep + Sync>(
        &self,
        bot: BotId,
        purpose: Purpose,
        effect: UploadEffect,
        changes: &[(u32, Change<S>)],
        at: Millis,
    ) -> Result<WrittenUpload, StoreError> {
        debug_assert!(changes.is_sorted_by_key(|(row, _)| *row));
        let mut written = WrittenUpload {
            record: UploadRecord {
                canary: self.canary_of_upload(bot, purpose).await?,
                ..unwritten(bot, purpose, effect, changes, at)
            },
            csv: Csv::new(self),
        };
        let inserted =
            insert_upload(&mut *self.hold_to_commit(WITH_SENT).await, &written.record).await;
        written.record.id = inserted.map_err(|error| self.error(error))?;
        let files = FileNumbers(self.source_files(bot).await?);
        if let Err(error) = self.write_rows(&mut written, changes, &files).await {
            self.give_up(&written).await;
            return Err(error);
        }
        Ok(written)
    }

    /// From here on the upload counts. `changes` are those that were written down.
    pub async fn begin<S: AnyStep + Sync>(
        &self,
        mut written: WrittenUpload,
        changes: &[(u32, Change<S>)],
        at: Millis,
    ) -> Result<UploadRecord, StoreError> {
        if self.is_behind(&written.record).await? {
            let UploadRecord {
                id,
                bot,
                purpose,
                effect,
                ..
            } = written.record;
            self.discard(bot, id).await?;
            written = self.write_down(bot, purpose, effect, changes, at).await?;
        }
        if let Err(error) = self.finish(&mut written, changes, at).await {
            self.give_up(&written).await;
            return Err(error);
        }
        #[cfg(feature = "postgres")]
        self.take_statistics(written.record.rows).await;
        let WrittenUpload { mut record, csv } = written;
        record.state = record.state.after(UploadEventKind::Begin)?;
        if let Some(ready) = csv.ready {
            self.ready().put(record.bot, record.id, ready);
        }
        Ok(record)
    }

    /// Removes what was written down and is not to begin. Where that fails as well: it counts nowhere,
    /// and is swept away before the next one is written down.
    pub async fn give_up(&self, written: &WrittenUpload) {
        let UploadRecord { bot, id, .. } = written.record;
        self.discard(bot, id).await.ok();
    }

    /// Whether the CSV of an upload waits for its first POST.
    pub fn is_ready(&self, record: &UploadRecord) -> bool {
        self.ready().holds(record.bot, record.id)
    }

    /// The CSV of an upload, where it was written down a moment ago and still waits.
    pub fn take_ready(&self, record: &UploadRecord) -> Option<ReadyCsv> {
        self.ready().take(record.bot, record.id)
    }

    /// Whether other uploads of the bot came in between. History goes by their numbers.
    async fn is_behind(&self, record: &UploadRecord) -> Result<bool, StoreError> {
        query_scalar("SELECT EXISTS (SELECT 1 FROM upload WHERE bot_id = ?1 AND upload_id > ?2)")
            .bind(record.bot.0)
            .bind(record.id.0)
            .fetch_one(&mut *self.hold().await)
            .await
            .map_err(|error| self.error(error))
    }

    /// Writes the rows, and what they add to the CSV where they are all that is in it.
    async fn write_rows<S: AnyStep + Sync>(
        &self,
        WrittenUpload { record, csv }: &mut WrittenUpload,
        rows: &[(u32, Change<S>)],
        files: &FileNumbers,
    ) -> Result<(), StoreError> {
        let upload = (record.bot, record.id);
        let mut batches = rows.chunks(BATCH).map(|rows| {
            let steps = loaded(rows)?;
            let steps: Vec<&Step> = steps.iter().map(AsRef::as_ref).collect();
            if stands_alone(record) {
                csv.add(record, rows, &steps);
            }
            Ok::<_, SpoolError>(VersionInserts::of(
                upload,
                &new_versions(rows, &steps, files),
            ))
        });
        let mut next = batches.next().transpose()?;
        while next.is_some() {
            let _turn = self.row_turns.begin().await;
            let mut held = self.hold_to_commit(WITH_SENT).await;
            let written = transaction(&mut held, async |transaction| {
                for _ in 0..TURN {
                    let Some(inserts) = next.take() else { break };
                    // SQLite has a thread of its own. While it writes these, the next ones are made ready.
                    let (written, following) = tokio::join!(
                        biased;
                        inserts.execute(transaction),
                        async { batches.next() }
                    );
                    written?;
                    match following.transpose() {
                        Ok(following) => next = following,
                        Err(unavailable) => return Ok(Err(unavailable)),
                    }
                }
                Ok(Ok(()))
            });
            written.await.map_err(|error| self.error(error))??;
        }
        Ok(())
    }

    /// Measures what of the CSV is not measured yet, and has the upload begin.
    async fn finish<S: AnyStep + Sync>(
        &self,
        written: &mut WrittenUpload,
        changes: &[(u32, Change<S>)],
        at: Millis,
    ) -> Result<(), StoreError> {
        written.record.prepared_at = at;
        if stands_alone(&written.record) {
            self.add_canary(written).await?;
            return self.count_in(written, None).await.map(drop);
        }
        self.restore_from(&written.record).await?;
        // What a person adds to the snapshot meanwhile has to be in the set, too.
        loop {
            let mark = self.mark(written.record.bot).await?;
            self.measure(written, changes).await?;
            self.add_canary(written).await?;
            if self.count_in(written, Some(mark)).await? {
                return Ok(());
            }
            (written.record.rows, written.record.csv_bytes) = (0, 0);
            written.csv = Csv::new(self);
        }
    }

    async fn measure<S: AnyStep + Sync>(
        &self,
        WrittenUpload { record, csv }: &mut WrittenUpload,
        changes: &[(u32, Change<S>)],
    ) -> Result<(), StoreError> {
        let mut cursor = CsvCursor::Unchanged(None);
        while let CsvCursor::Unchanged(_) = cursor {
            let first = record.csv_bytes == 0;
            let (bytes, rows, next) = self.csv_page(record, cursor, first).await?;
            csv.take_in(record, &bytes, rows);
            cursor = next.unwrap_or(CsvCursor::Rows(0));
        }
        for rows in changes.chunks(BATCH) {
            let steps = loaded(rows)?;
            let steps: Vec<&Step> = steps.iter().map(AsRef::as_ref).collect();
            csv.add(record, rows, &steps);
        }
        Ok(())
    }

    /// Puts the canary at the end, after all that must not wait for it.
    async fn add_canary(&self, written: &mut WrittenUpload) -> Result<(), StoreError> {
        if let Some(canary) = self.canary_row(&written.record).await? {
            let first = written.record.csv_bytes == 0;
            let (bytes, rows) = page([&canary], first);
            written.csv.take_in(&mut written.record, &bytes, rows);
        }
        Ok(())
    }

    /// Has an upload begin. `false`: the snapshot no longer bears this mark.
    async fn count_in(
        &self,
        WrittenUpload { record, csv }: &mut WrittenUpload,
        mark: Option<i64>,
    ) -> Result<bool, StoreError> {
        record.csv_digest = csv.hasher.finalize().as_bytes()[..16].to_vec();
        query(
            "UPDATE upload SET state = 'prepared', rows = ?2, csv_bytes = ?3, csv_digest = ?4, prepared_at = ?5 \
             WHERE upload_id = ?1 AND (?6 IS NULL OR ?6 = (SELECT mark FROM bot WHERE bot.bot_id = upload.bot_id))",
        )
        .bind(record.id.0)
        .bind(number(record.rows))
        .bind(number(record.csv_bytes))
        .bind(record.csv_digest.clone())
        .bind(record.prepared_at)
        .bind(mark)
        .execute(&mut *self.hold_to_commit(WITH_SENT).await)
        .await
        .map(|done| done.rows_affected() > 0)
        .map_err(|error| self.error(error))
    }

    async fn mark(&self, bot: BotId) -> Result<i64, StoreError> {
        query_scalar("SELECT mark FROM bot WHERE bot_id = ?1")
            .bind(bot.0)
            .fetch_one(&mut *self.hold().await)
            .await
            .map_err(|error| self.error(error))
    }

    /// Removes what was written down of a bot's uploads and never began. Nothing may be being written
    /// down for it meanwhile.
    pub async fn sweep(&self, bot: BotId) -> Result<(), StoreError> {
        let left: Vec<i64> =
            query_scalar("SELECT upload_id FROM upload WHERE bot_id = ?1 AND state = 'writing'")
                .bind(bot.0)
                .fetch_all(&mut *self.hold().await)
                .await
                .map_err(|error| self.error(error))?;
        for id in left {
            self.discard(bot, UploadId(id)).await?;
        }
        Ok(())
    }

    /// Whether an upload carries exactly these changes, in this order.
    pub async fn carries<S: AnyStep>(
        &self,
        record: &UploadRecord,
        changes: &[Change<S>],
    ) -> Result<bool, StoreError> {
        let mut held = self.hold().await;
        let mut rows = query(
            "SELECT action, node_name, digest FROM upload_row WHERE upload_id = ?1 ORDER BY content_id",
        )
        .bind(record.id.0)
        .fetch(&mut held);
        let mut changes = changes.iter();
        while let Some(row) = rows.try_next().await.map_err(|error| self.error(error))? {
            let digest: Vec<u8> = row.get("digest");
            let is_same = changes.next().is_some_and(|change| {
                row.get::<&str, _>("action") == change.action.name()
                    && row.get::<&str, _>("node_name") == change.step.node_name()
                    && digest == change.digest().0
            });
            if !is_same {
                return Ok(false);
            }
        }
        Ok(changes.next().is_none())
    }

    /// Removes an upload that never arrived anywhere, because a newer plan says something else.
    pub async fn abandon(&self, record: &UploadRecord) -> Result<(), StoreError> {
        debug_assert_eq!(record.state, UploadState::Prepared);
        drop(self.take_ready(record));
        self.discard(record.bot, record.id).await
    }

    /// Removes an upload that was not written whole.
    async fn discard(&self, bot: BotId, id: UploadId) -> Result<(), StoreError> {
        self.transaction(async |transaction| {
            forget_versions(transaction, (bot, id)).await?;
            query("DELETE FROM upload WHERE upload_id = ?1")
                .bind(id.0)
                .execute(&mut *transaction)
                .await?;
            Ok(())
        })
        .await
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
        state: UploadState::Writing,
        rows: 0,
        csv_bytes: 0,
        csv_digest: Vec::new(),
        canary: None,
        counts: ChangeCounts {
            added: count(Action::Add),
            changed: count(Action::Change),
            removed: count(Action::Remove),
        },
        task_id: None,
        prepared_at: at,
        sent_at: None,
        accepted_at: None,
        asked_at: None,
        settled_at: None,
        submissions: 0,
        message: None,
    }
}
