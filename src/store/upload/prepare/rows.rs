//! Writes the rows of an upload, and its own.

use super::*;

/// What the steps of some rows say.
pub(super) fn loaded<S: AnyStep>(
    rows: &[(u32, Change<S>)],
) -> Result<Vec<Cow<'_, Step>>, SpoolError> {
    rows.iter().map(|(_, change)| change.step.load()).collect()
}

/// Whether the upload's own rows are all that is in its CSV.
pub(crate) fn stands_alone(record: &UploadRecord) -> bool {
    Store::csv_start(record) == CsvCursor::Rows(0)
}

pub(super) fn number(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// Until it is finished, it stands in the store as one that never began.
pub(super) async fn insert_upload(
    connection: &mut SqliteConnection,
    record: &UploadRecord,
) -> Result<UploadId, sqlx::Error> {
    sqlx::query_scalar(
        "INSERT INTO upload (bot_id, purpose, effect, state, rows, csv_bytes, csv_digest, added, changed, removed, prepared_at) \
         VALUES (?1, ?2, ?3, 'failed', 0, 0, x'', ?4, ?5, ?6, ?7) RETURNING upload_id",
    )
    .bind(record.bot.0)
    .bind(record.purpose.name())
    .bind(effect_name(record.effect))
    .bind(number(record.counts.added))
    .bind(number(record.counts.changed))
    .bind(number(record.counts.removed))
    .bind(record.prepared_at)
    .fetch_one(connection)
    .await
    .map(UploadId)
}

/// Writes up to [`BATCH`] rows.
pub(super) async fn insert_rows<S: AnyStep>(
    connection: &mut SqliteConnection,
    record: &UploadRecord,
    rows: &[(u32, Change<S>)],
    steps: &[&Step],
    files: &FileNumbers,
) -> Result<(), sqlx::Error> {
    let in_set = !stands_alone(record);
    let content = next_content_id(connection).await?;
    let (mut said, mut next) = (Vec::with_capacity(rows.len()), content);
    let mut query = sqlx::query(values(
        "INSERT INTO upload_row (upload_id, row, action, node_name, source, article, digest, content_id, bytes, file_id, in_set)",
        11,
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
            .bind(record.id.0)
            .bind(i64::from(*row))
            .bind(change.action.name())
            .bind(step.node_name.clone())
            .bind(change.key.source.to_string())
            .bind(change.key.article.to_string())
            .bind(change.digest().0.to_vec())
            .bind(content_id)
            .bind(has_content.then(|| bytes_of(step)))
            .bind(files.of(&change.key.source, change.step.file()))
            .bind(in_set);
    }
    put_content(connection, content, &said).await?;
    query.execute(connection).await.map(drop)
}
