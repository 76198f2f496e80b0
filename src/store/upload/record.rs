//! Uploads: advanced state by state, each made durable before the next, and looked up.

use futures_util::TryStreamExt as _;
use sqlx::AssertSqlSafe;

use crate::clock::Millis;
use crate::config::UploadEffect;
use crate::model::{
    Action, CanaryErrand, Change, ChangeCounts, Purpose, UploadEvent, UploadId, UploadState,
};
use crate::sabotage;
use crate::sabotage::Sabotage;
use crate::store::bots::BotId;
use crate::store::database::{Row, query, query_as, query_scalar};
use crate::store::decode::Stored;
use crate::store::error::StoreError;
use crate::store::open::Store;

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
    pub state: UploadState,
    /// Rows of the CSV.
    pub rows: u64,
    /// Bytes of the CSV.
    pub csv_bytes: u64,
    /// blake3 of the CSV.
    pub csv_digest: Vec<u8>,
    /// What it does to the canary, beside its rows.
    pub canary: Option<CanaryErrand>,
    /// Steps that it adds, changes and removes.
    pub counts: ChangeCounts,
    /// Haptik's id of the task, once it is accepted.
    pub task_id: Option<String>,
    /// When it was written.
    pub prepared_at: Millis,
    /// When it last went out.
    pub sent_at: Option<Millis>,
    /// When Haptik accepted it.
    pub accepted_at: Option<Millis>,
    /// When the question fell due whose answer was that the task has ended.
    pub asked_at: Option<Millis>,
    /// When it succeeded or failed.
    pub settled_at: Option<Millis>,
    /// POSTs so far.
    pub submissions: u64,
    /// Haptik's last words.
    pub message: Option<String>,
}

pub(crate) const COLUMNS: &str = "upload_id, bot_id, purpose, effect, state, rows, csv_bytes, csv_digest, canary, added, changed, removed, \
     task_id, prepared_at, sent_at, accepted_at, asked_at, settled_at, submissions, message";

pub(crate) const fn effect_name(effect: UploadEffect) -> &'static str {
    match effect {
        UploadEffect::Merge => "merge",
        UploadEffect::Replace => "replace",
    }
}

fn effect_of(name: &str) -> Option<UploadEffect> {
    [UploadEffect::Merge, UploadEffect::Replace]
        .into_iter()
        .find(|effect| effect_name(*effect) == name)
}

pub(crate) fn record_of(row: &Row) -> Result<UploadRecord, sqlx::Error> {
    let row = Stored::of_its_bot(row, "upload");
    let canary = row.optional_word("canary", CanaryErrand::from_name)?;
    let purpose = row.word("purpose", |name| {
        Purpose::from_stored(name, canary.is_some())
    })?;
    Ok(UploadRecord {
        id: UploadId(row.get("upload_id")?),
        bot: BotId(row.get("bot_id")?),
        purpose,
        effect: row.word("effect", effect_of)?,
        state: row.word("state", UploadState::from_name)?,
        rows: row.count("rows")?,
        csv_bytes: row.count("csv_bytes")?,
        csv_digest: row.get("csv_digest")?,
        canary,
        counts: ChangeCounts {
            added: row.count("added")?,
            changed: row.count("changed")?,
            removed: row.count("removed")?,
        },
        task_id: row.optional("task_id")?,
        prepared_at: row.get("prepared_at")?,
        sent_at: row.optional("sent_at")?,
        accepted_at: row.optional("accepted_at")?,
        asked_at: row.optional("asked_at")?,
        settled_at: row.optional("settled_at")?,
        submissions: row.count("submissions")?,
        message: row.optional("message")?,
    })
}

pub(crate) fn records_of(rows: &[Row]) -> Result<Vec<UploadRecord>, sqlx::Error> {
    rows.iter().map(record_of).collect()
}

pub(crate) fn change_of(row: Stored<'_>) -> Result<Change, sqlx::Error> {
    Ok(Change {
        action: row.word("action", Action::from_name)?,
        key: row.key()?,
        step: row.step()?,
        line: 0,
    })
}

impl Store {
    /// Takes up what the last process left: uploads under way meet their restart, and what was
    /// not yet written whole is swept away.
    pub async fn recover(&self) -> Result<(), StoreError> {
        self.learn_names().await?;
        let sql = format!(
            "SELECT {COLUMNS} FROM upload WHERE state NOT IN ('writing', 'succeeded', 'failed')"
        );
        let left = query(AssertSqlSafe(sql))
            .fetch_all(&mut *self.hold().await)
            .await
            .and_then(|rows| records_of(&rows))
            .map_err(|error| self.error(error))?;
        for mut record in left {
            let before = record.state;
            self.advance(&mut record, UploadEvent::Restart).await?;
            if record.state != before {
                tracing::warn!(
                    upload = record.id.0,
                    "the last process ended while upload {} was on its way; it goes up again, byte for byte",
                    record.id.0
                );
            }
        }
        let bots: Vec<i64> =
            query_scalar("SELECT DISTINCT bot_id FROM upload WHERE state = 'writing'")
                .fetch_all(&mut *self.hold().await)
                .await
                .map_err(|error| self.error(error))?;
        for bot in bots {
            self.sweep(BotId(bot)).await?;
        }
        Ok(())
    }

    /// One upload.
    pub async fn upload(&self, id: UploadId) -> Result<UploadRecord, StoreError> {
        let sql = format!("SELECT {COLUMNS} FROM upload WHERE upload_id = ?1");
        query(AssertSqlSafe(sql))
            .bind(id.0)
            .fetch_one(&mut *self.hold().await)
            .await
            .and_then(|row| record_of(&row))
            .map_err(|error| self.error(error))
    }

    /// The upload under way, if there is one.
    pub async fn under_way(&self, bot: BotId) -> Result<Option<UploadRecord>, StoreError> {
        let sql = format!(
            "SELECT {COLUMNS} FROM upload WHERE bot_id = ?1 AND state NOT IN ('writing', 'succeeded', 'failed')"
        );
        query(AssertSqlSafe(sql))
            .bind(bot.0)
            .fetch_optional(&mut *self.hold().await)
            .await
            .and_then(|row| row.as_ref().map(record_of).transpose())
            .map_err(|error| self.error(error))
    }

    /// The newest settled uploads of a bot, newest first.
    pub async fn history(&self, bot: BotId, limit: u32) -> Result<Vec<UploadRecord>, StoreError> {
        self.history_before(bot, UploadId(i64::MAX), limit).await
    }

    /// Those of them that came before an upload.
    pub async fn history_before(
        &self,
        bot: BotId,
        before: UploadId,
        limit: u32,
    ) -> Result<Vec<UploadRecord>, StoreError> {
        let sql = format!(
            "SELECT {COLUMNS} FROM upload WHERE bot_id = ?1 AND upload_id < ?2 AND state <> 'writing' \
             ORDER BY upload_id DESC LIMIT ?3"
        );
        query(AssertSqlSafe(sql))
            .bind(bot.0)
            .bind(before.0)
            .bind(limit)
            .fetch_all(&mut *self.hold().await)
            .await
            .and_then(|rows| records_of(&rows))
            .map_err(|error| self.error(error))
    }

    /// Since when changes have waited that no upload has made live yet, as far as uploads tell.
    pub async fn waiting_since(&self, bot: BotId) -> Result<Option<Millis>, StoreError> {
        query_scalar(
            "SELECT min(prepared_at) FROM upload JOIN bot USING (bot_id) \
             WHERE bot_id = ?1 AND purpose = 'change' AND state NOT IN ('writing', 'succeeded') \
             AND prepared_at > coalesce(last_success, 0) AND upload_id >= kept_after",
        )
        .bind(bot.0)
        .fetch_one(&mut *self.hold().await)
        .await
        .map_err(|error| self.error(error))
    }

    /// How long the last successful tasks of a bot took, newest first, in milliseconds. What the
    /// question itself took is not the task's time: waits that are made from these times would grow by
    /// it each time.
    pub async fn task_times(&self, bot: BotId) -> Result<Vec<Millis>, StoreError> {
        query_scalar(
            "SELECT asked_at - accepted_at FROM upload \
             WHERE bot_id = ?1 AND state = 'succeeded' AND accepted_at IS NOT NULL AND asked_at IS NOT NULL \
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
        event: UploadEvent,
    ) -> Result<(), StoreError> {
        let state = match record.state.after(event.kind())? {
            UploadState::InDoubt if sabotage::is(Sabotage::DoubtSkipped) => UploadState::Failed,
            state => state,
        };
        match event {
            UploadEvent::Submit { at } => {
                record.sent_at = Some(at);
                record.submissions += 1;
            }
            UploadEvent::TaskGiven { task_id, at } => {
                record.accepted_at = Some(at);
                record.task_id = Some(task_id);
            }
            UploadEvent::NotTaken { words }
            | UploadEvent::AnswerLost { words }
            | UploadEvent::TaskLost { words } => record.message = Some(words),
            UploadEvent::Restart => {}
        }
        record.state = state;
        if record.sent_at.is_some() && record.canary == Some(CanaryErrand::Put) {
            self.note_canary_tried(record).await?;
        }
        query(
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
        query_as("SELECT row, node_name FROM upload_row WHERE upload_id = ?1 ORDER BY content_id")
            .bind(id.0)
            .fetch(&mut *self.hold().await)
            .try_collect()
            .await
            .map_err(|error| self.error(error))
    }

    /// The rows of an upload by number, in the order of its CSV.
    pub async fn upload_rows(
        &self,
        upload: &UploadRecord,
    ) -> Result<Vec<(u32, Change)>, StoreError> {
        let rows = query(
            "SELECT upload_id, row, action, node_name, source, article, digest, question, answer \
             FROM upload_row WHERE upload_id = ?1 ORDER BY content_id",
        )
        .bind(upload.id.0)
        .fetch_all(&mut *self.hold().await)
        .await
        .map_err(|error| self.error(error))?;
        let change = |row| {
            let stored = Stored::new(row, "version", upload.bot);
            let change = change_of(stored).and_then(|change| Ok((stored.get("row")?, change)));
            let (number, change) = change.map_err(|error| self.error(error))?;
            self.step_of_row(row, upload.bot, change.action)?;
            Ok::<_, StoreError>((number, change))
        };
        let all: Vec<_> = rows.iter().map(change).collect::<Result<_, _>>()?;
        if all.len() as u64 != upload.counts.total() {
            let upload = upload.id.0;
            return Err(self.damaged(format!("rows of upload {upload} are missing")));
        }
        Ok(all)
    }
}
