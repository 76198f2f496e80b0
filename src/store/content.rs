//! What steps say, written once. A row of an upload owns it first, then the live step, then an old
//! version of the step; whoever lets go of it deletes it.

use sqlx::sqlite::SqliteRow;
use sqlx::{AssertSqlSafe, SqlSafeStr, SqlStr, SqliteConnection};

use super::BATCH;
use super::decode::Stored;
use super::error::StoreError;
use super::open::Store;
use crate::model::{Step, UploadId};

/// The number that the next content gets. No number comes twice.
pub(crate) async fn next_content_id(connection: &mut SqliteConnection) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar(
        "SELECT coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'content'), 0) + 1",
    )
    .fetch_one(connection)
    .await
}

/// Bytes of what a step says.
pub(crate) fn bytes_of(step: &Step) -> i64 {
    i64::try_from(step.question.len() + step.answer.len()).unwrap_or(i64::MAX)
}

/// `(?,?),(?,?)` for an INSERT: so many rows of so many values.
pub(crate) fn values(insert: &str, columns: usize, rows: usize) -> SqlStr {
    let row = format!("({})", vec!["?"; columns].join(","));
    AssertSqlSafe(format!("{insert} VALUES {}", vec![row; rows].join(","))).into_sql_str()
}

/// Writes up to [`BATCH`] contents under numbers that follow each other.
pub(crate) async fn put_content(
    connection: &mut SqliteConnection,
    first: i64,
    steps: &[&Step],
) -> Result<(), sqlx::Error> {
    debug_assert!(steps.len() <= BATCH);
    if steps.is_empty() {
        return Ok(());
    }
    let mut query = sqlx::query(values(
        "INSERT INTO content (content_id, question, answer)",
        3,
        steps.len(),
    ));
    for (id, step) in (first..).zip(steps) {
        query = query
            .bind(id)
            .bind(step.question.clone())
            .bind(step.answer.clone());
    }
    query.execute(connection).await.map(drop)
}

/// Deletes what the rows of an upload say that has not become live.
pub(crate) async fn forget_content(
    connection: &mut SqliteConnection,
    upload: UploadId,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "DELETE FROM content WHERE content_id IN \
         (SELECT content_id FROM upload_row WHERE upload_id = ?1)",
    )
    .bind(upload.0)
    .execute(connection)
    .await
    .map(drop)
}

/// Deletes the rows of an upload. What they say stays with whoever owns it now.
pub(crate) async fn forget_rows(
    connection: &mut SqliteConnection,
    upload: UploadId,
) -> Result<(), sqlx::Error> {
    sqlx::query("DELETE FROM upload_row WHERE upload_id = ?1")
        .bind(upload.0)
        .execute(connection)
        .await
        .map(drop)
}

/// Whether content and those who own it belong together. All of it should be 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ContentOwners {
    /// Owners whose content is missing.
    pub without: u64,
    /// Owners that share their content with another one.
    pub sharing: u64,
    /// Content that nobody owns.
    pub left: u64,
}

impl Store {
    /// Content that should be there and is not makes no step: it would pass for a removal.
    pub(crate) fn check_not_lost(&self, row: &SqliteRow) -> Result<(), StoreError> {
        let row = Stored::of_its_bot(row, "content");
        let is_lost = row.flag("is_lost").map_err(|error| self.error(error))?;
        if !is_lost {
            return Ok(());
        }
        let name: String = row.get("node_name").map_err(|error| self.error(error))?;
        Err(self.damaged(format!("the content of step \"{name}\" is missing")))
    }

    /// Looks whether each content has one owner. Reads everything.
    pub async fn content_owners(&self) -> Result<ContentOwners, StoreError> {
        sqlx::query(
            "WITH owner AS (SELECT content_id FROM step \
               UNION ALL SELECT content_id FROM past WHERE content_id IS NOT NULL \
               UNION ALL SELECT content_id FROM upload_row WHERE content_id IS NOT NULL) \
             SELECT (SELECT count(*) FROM owner WHERE content_id NOT IN (SELECT content_id FROM content)) AS lacking, \
               (SELECT count(*) - count(DISTINCT content_id) FROM owner) AS sharing, \
               (SELECT count(*) FROM content WHERE content_id NOT IN (SELECT content_id FROM owner)) AS unowned",
        )
        .fetch_one(&mut *self.hold().await)
        .await
        .and_then(|row| {
            let row = Stored::of_its_bot(&row, "content");
            Ok(ContentOwners {
                without: row.count("lacking")?,
                sharing: row.count("sharing")?,
                left: row.count("unowned")?,
            })
        })
        .map_err(|error| self.error(error))
    }
}
