//! Writes the rows of an upload, and its own.

use super::{
    AnyStep, CanaryErrand, Change, Cow, CsvCursor, FileNumbers, NewVersion, SpoolError, Step,
    Store, UploadId, UploadRecord, effect_name,
};
use crate::store::database::{Connection, query_scalar};

/// What the steps of some rows say.
pub(super) fn loaded<S: AnyStep>(
    rows: &[(u32, Change<S>)],
) -> Result<Vec<Cow<'_, Step>>, SpoolError> {
    rows.iter().map(|(_, change)| change.step.load()).collect()
}

/// Whether the upload's own rows are all that is in its CSV.
pub(super) fn stands_alone(record: &UploadRecord) -> bool {
    Store::csv_start(record) == CsvCursor::Rows(0)
}

pub(super) fn number(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// Until it is finished, it stands in the store as one that never began.
pub(super) async fn insert_upload(
    connection: &mut Connection,
    record: &UploadRecord,
) -> Result<UploadId, sqlx::Error> {
    query_scalar(
        "INSERT INTO upload (bot_id, purpose, effect, state, rows, csv_bytes, csv_digest, added, changed, removed, prepared_at, canary) \
         VALUES (?1, ?2, ?3, 'writing', 0, 0, x'', ?4, ?5, ?6, ?7, ?8) RETURNING upload_id",
    )
    .bind(record.bot.0)
    .bind(record.purpose.stored())
    .bind(effect_name(record.effect))
    .bind(number(record.counts.added))
    .bind(number(record.counts.changed))
    .bind(number(record.counts.removed))
    .bind(record.prepared_at)
    .bind(record.canary.map(CanaryErrand::name))
    .fetch_one(connection)
    .await
    .map(UploadId)
}

/// What some rows say, as it is written down.
pub(super) fn new_versions<'a, S: AnyStep>(
    rows: &'a [(u32, Change<S>)],
    steps: &[&'a Step],
    files: &FileNumbers,
) -> Vec<NewVersion<'a>> {
    let rows = rows.iter().zip(steps);
    let versions = rows.map(|((row, change), step)| NewVersion {
        row: *row,
        action: change.action,
        source: &change.key.source,
        article: change.key.article.as_str(),
        step,
        digest: change.digest(),
        file: files.of(&change.key.source, change.step.file()),
    });
    versions.collect()
}
