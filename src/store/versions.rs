//! What steps say, written once: the versions that an upload brings, with their content beside them.
//! Which of them is live is a question to the views `step` and `upload_row`; nothing is moved for it.

use std::sync::Arc;

use sqlx::{AssertSqlSafe, SqlSafeStr, SqlStr};

use super::BATCH;
use super::bots::BotId;
use super::decode::Stored;
use super::error::StoreError;
use super::open::Store;
use crate::model::{Action, Digest, Step, UploadId};
use crate::store::database::{Connection, Query, Row, query};

/// A version as it is written down.
#[derive(Clone, Copy, Debug)]
pub(super) struct NewVersion<'a> {
    /// Its place in the upload.
    pub(super) row: u32,
    /// What becomes of the step.
    pub(super) action: Action,
    /// The source of its article.
    pub(super) source: &'a str,
    /// Its article.
    pub(super) article: &'a str,
    /// What it says.
    pub(super) step: &'a Step,
    /// Of what it says.
    pub(super) digest: Digest,
    /// The file that its article was read in.
    pub(super) file: Option<i64>,
}

impl NewVersion<'_> {
    /// What it says; a removal says nothing.
    fn texts(&self) -> (&str, &str) {
        match self.action {
            Action::Add | Action::Change => (&self.step.question, &self.step.answer),
            Action::Remove => ("", ""),
        }
    }
}

/// The first number of an upload's content. The others follow by their rows, so that they stand together
/// in the order of its CSV, whoever else writes meanwhile.
fn first_content(upload: UploadId) -> i64 {
    upload.0 << 32
}

/// `(?,?),(?,?)` for an INSERT: so many rows of so many values.
fn values(insert: &str, columns: usize, rows: usize) -> SqlStr {
    let row = format!("({})", vec!["?"; columns].join(","));
    AssertSqlSafe(format!("{insert} VALUES {}", vec![row; rows].join(","))).into_sql_str()
}

/// The statements that write up to [`BATCH`] versions of an upload down, with all that they say.
pub(super) struct VersionInserts(Option<[Query; 2]>);

impl VersionInserts {
    /// Of these versions.
    pub(super) fn of((bot, upload): (BotId, UploadId), versions: &[NewVersion<'_>]) -> Self {
        debug_assert!(versions.len() <= BATCH);
        if versions.is_empty() {
            return Self(None);
        }
        let rows = versions.len();
        let insert = "INSERT INTO content (content_id, name, question, answer)";
        // A statement of each length would be kept for later, up to a hundred of half a megabyte.
        let is_usual = rows == 1 || rows == BATCH;
        let mut content = query(values(insert, 4, rows)).persistent(is_usual);
        let insert = "INSERT INTO version (bot_id, node_name, upload_id, row, action, source, article, digest, bytes, file_id)";
        let mut keys = query(values(insert, 10, rows)).persistent(is_usual);
        for version in versions {
            let (question, answer) = version.texts();
            // Unlike a `String`, this is not put into another allocation on its way.
            let name = Arc::<str>::from(version.step.node_name.as_str());
            content = content
                .bind(first_content(upload) + i64::from(version.row))
                .bind(name.clone())
                .bind(Arc::<str>::from(question))
                .bind(Arc::<str>::from(answer));
            keys = keys
                .bind(bot.0)
                .bind(name)
                .bind(upload.0)
                .bind(i64::from(version.row))
                .bind(version.action.name())
                .bind(Arc::<str>::from(version.source))
                .bind(Arc::<str>::from(version.article))
                .bind(version.digest.0.to_vec())
                .bind(i64::try_from(question.len() + answer.len()).unwrap_or(i64::MAX))
                .bind(version.file);
        }
        Self(Some([content, keys]))
    }

    /// Writes them.
    pub(super) async fn execute(self, connection: &mut Connection) -> Result<(), sqlx::Error> {
        match self.0 {
            Some([content, keys]) => content.execute_both(keys, connection).await,
            None => Ok(()),
        }
    }
}

/// Writes up to [`BATCH`] versions of an upload.
pub(super) async fn put_versions(
    connection: &mut Connection,
    upload: (BotId, UploadId),
    versions: &[NewVersion<'_>],
) -> Result<(), sqlx::Error> {
    VersionInserts::of(upload, versions)
        .execute(connection)
        .await
}

/// Deletes what an upload says, as if it had never been written down.
pub(super) async fn forget_versions(
    connection: &mut Connection,
    (bot, upload): (BotId, UploadId),
) -> Result<(), sqlx::Error> {
    for sql in [
        "DELETE FROM version WHERE bot_id = ?1 AND upload_id = ?2 AND node_name IN \
         (SELECT name FROM content WHERE content_id BETWEEN ?2 << 32 AND (?2 << 32) + 4294967295)",
        "DELETE FROM content WHERE ?1 IS NOT NULL AND content_id BETWEEN ?2 << 32 AND (?2 << 32) + 4294967295",
    ] {
        query(sql)
            .bind(bot.0)
            .bind(upload.0)
            .execute(&mut *connection)
            .await?;
    }
    Ok(())
}

/// Writes down which versions are over with an upload that has succeeded: those that it follows, and all of
/// its own that bring nothing. Says their bytes, as far as they are kept for them.
pub(super) async fn supersede(
    connection: &mut Connection,
    (bot, upload): (BotId, UploadId),
) -> Result<(), sqlx::Error> {
    query(
        "UPDATE version SET until = ?2 WHERE bot_id = ?1 AND until IS NULL AND (upload_id < ?2 OR action NOT IN ('add', 'change')) \
         AND upload_id <= ?2 AND node_name IN \
         (SELECT name FROM content WHERE content_id BETWEEN ?2 << 32 AND (?2 << 32) + 4294967295)",
    )
    .bind(bot.0)
    .bind(upload.0)
    .execute(&mut *connection)
    .await?;
    count_past_bytes(connection, (bot, upload), true).await
}

/// Writes down that an upload that has failed changed nothing: all that it says is over.
pub(super) async fn fail_versions(
    connection: &mut Connection,
    (bot, upload): (BotId, UploadId),
) -> Result<(), sqlx::Error> {
    query(
        "UPDATE version SET until = ?2 WHERE bot_id = ?1 AND upload_id = ?2 AND until IS NULL AND node_name IN \
         (SELECT name FROM content WHERE content_id BETWEEN ?2 << 32 AND (?2 << 32) + 4294967295)",
    )
    .bind(bot.0)
    .bind(upload.0)
    .execute(&mut *connection)
    .await?;
    count_past_bytes(connection, (bot, upload), false).await
}

/// Without its name SQLite leaves the index aside, and each settlement reads all versions of the bot.
const COUNT_PAST_BYTES: &str = "UPDATE upload SET past_bytes = \
     (SELECT coalesce(sum(length(node_name) + bytes + 64), 0) FROM version INDEXED BY version_over \
      WHERE version.bot_id = ?1 AND until = ?2 AND (?3 = 1 OR version.upload_id < ?2)) WHERE upload_id = ?2";

/// By this it is known which old versions to let go. What a failed upload said goes by other rules; what a
/// removal that succeeded says is over with it.
async fn count_past_bytes(
    connection: &mut Connection,
    (bot, upload): (BotId, UploadId),
    has_removed: bool,
) -> Result<(), sqlx::Error> {
    query(COUNT_PAST_BYTES)
        .bind(bot.0)
        .bind(upload.0)
        .bind(has_removed)
        .execute(connection)
        .await
        .map(drop)
}

/// Whether versions and what they say belong together. All of it should be 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ContentOwners {
    /// Versions whose content is missing.
    pub without: u64,
    /// Names that are live in more than one version.
    pub twice: u64,
    /// Content of no version.
    pub left: u64,
}

impl Store {
    /// Content that should be there and is not makes no step: it would pass for a removal.
    pub(crate) fn check_not_lost(&self, row: &Row) -> Result<(), StoreError> {
        let row = Stored::of_its_bot(row, "content");
        let is_lost = row.flag("is_lost").map_err(|error| self.error(error))?;
        if !is_lost {
            return Ok(());
        }
        let name: String = row.get("node_name").map_err(|error| self.error(error))?;
        Err(self.damaged(format!("the content of step \"{name}\" is missing")))
    }

    /// Looks whether each version has its content, and each content its version. Reads everything.
    pub async fn content_owners(&self) -> Result<ContentOwners, StoreError> {
        query(
            "SELECT (SELECT count(*) FROM version WHERE (upload_id << 32) + row NOT IN (SELECT content_id FROM content)) AS lacking, \
               (SELECT count(*) - count(DISTINCT bot_id || ' ' || node_name) FROM step) AS twice, \
               (SELECT count(*) FROM content WHERE content_id NOT IN (SELECT (upload_id << 32) + row FROM version)) AS unowned",
        )
        .fetch_one(&mut *self.hold().await)
        .await
        .and_then(|row| {
            let row = Stored::of_its_bot(&row, "content");
            Ok(ContentOwners {
                without: row.count("lacking")?,
                twice: row.count("twice")?,
                left: row.count("unowned")?,
            })
        })
        .map_err(|error| self.error(error))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn settling_reads_what_is_over_with_it_and_not_the_whole_bot() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path()).await.unwrap();
        let explained = AssertSqlSafe(format!("EXPLAIN QUERY PLAN {COUNT_PAST_BYTES}"));
        let steps = query(explained)
            .fetch_all(&mut *store.hold().await)
            .await
            .unwrap();
        let details: Vec<String> = steps.iter().map(|row| row.get("detail")).collect();
        let by_index = "SEARCH version USING INDEX version_over (bot_id=? AND until=?)";
        assert!(
            details.iter().any(|detail| detail == by_index),
            "{details:?}"
        );
    }
}
