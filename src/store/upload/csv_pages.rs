//! The bytes of an upload's CSV, page by page: from the snapshot where the whole set goes up, and
//! from the upload's own rows. The same upload gives the same bytes each time.

use super::record::UploadRecord;
use crate::config::UploadEffect;
use crate::model::{Action, CsvWriter, Purpose, Step};
use crate::sabotage;
use crate::sabotage::Sabotage;
use crate::store::bots::BotId;
use crate::store::database::{Row, query};
use crate::store::decode::Stored;
use crate::store::error::StoreError;
use crate::store::open::Store;

/// Where the making of a CSV stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CsvCursor {
    /// In the unchanged steps, after this name.
    Unchanged(Option<String>),
    /// In the rows of the upload, from this row on.
    Rows(i64),
    /// At the canary, which comes last.
    Canary,
}

impl Store {
    /// Where the CSV of an upload begins. A recovery carries the whole snapshot in any case.
    pub fn csv_start(record: &UploadRecord) -> CsvCursor {
        match (record.effect, record.purpose) {
            (UploadEffect::Replace, Purpose::Change) if sabotage::is(Sabotage::HalfSet) => {
                CsvCursor::Rows(0)
            }
            (UploadEffect::Replace, _) | (_, Purpose::Recovery) => CsvCursor::Unchanged(None),
            (UploadEffect::Merge, _) => CsvCursor::Rows(0),
        }
    }

    /// The next bytes of an upload's CSV, the rows in them, and where to go on. The same upload
    /// gives the same bytes each time.
    pub async fn csv_page(
        &self,
        record: &UploadRecord,
        cursor: CsvCursor,
        first: bool,
    ) -> Result<(Vec<u8>, u64, Option<CsvCursor>), StoreError> {
        let (steps, next) = match cursor {
            CsvCursor::Unchanged(after) => {
                let steps = self
                    .unchanged_page(record.bot, record.id, after.as_deref())
                    .await?;
                let next = steps.last().map_or(CsvCursor::Rows(0), |last| {
                    CsvCursor::Unchanged(Some(last.node_name.clone()))
                });
                (steps, Some(next))
            }
            CsvCursor::Rows(from) => {
                let (steps, next) = self.changed_page(record, from).await?;
                let last = record.canary.map(|_| CsvCursor::Canary);
                (steps, next.or(last))
            }
            CsvCursor::Canary => (self.canary_row(record).await?.into_iter().collect(), None),
        };
        let (bytes, rows) = page(&steps, first);
        Ok((bytes, rows, next))
    }

    async fn changed_page(
        &self,
        record: &UploadRecord,
        from: i64,
    ) -> Result<(Vec<Step>, Option<CsvCursor>), StoreError> {
        let rows = query(
            "SELECT upload_id, row, action, node_name, digest, question, answer FROM upload_row \
             WHERE upload_id = ?1 AND content_id >= (?1 << 32) + ?2 ORDER BY content_id LIMIT 2000",
        )
        .bind(record.id.0)
        .bind(from)
        .fetch_all(&mut *self.hold().await)
        .await
        .map_err(|error| self.error(error))?;
        self.named_steps(record, &rows)
    }

    /// The steps that these rows have the CSV name, and where to go on.
    fn named_steps(
        &self,
        record: &UploadRecord,
        rows: &[Row],
    ) -> Result<(Vec<Step>, Option<CsvCursor>), StoreError> {
        let (mut steps, mut next) = (Vec::with_capacity(rows.len()), None);
        for row in rows {
            let stored = Stored::new(row, "version", record.bot);
            let action = stored.word("action", Action::from_name);
            let action = action.map_err(|error| self.error(error))?;
            if is_named(record, action) {
                steps.push(self.step_of_row(row, record.bot, action)?);
            }
            let number: i64 = stored.get("row").map_err(|error| self.error(error))?;
            next = Some(CsvCursor::Rows(number + 1));
        }
        Ok((steps, next))
    }

    /// The step in a row of an upload, if it says what its digest says. A removal says nothing.
    pub(crate) fn step_of_row(
        &self,
        row: &Row,
        bot: BotId,
        action: Action,
    ) -> Result<Step, StoreError> {
        match action {
            Action::Add | Action::Change => self.sound(row, "version", bot),
            Action::Remove => {
                let step = Stored::new(row, "version", bot).step();
                step.map_err(|error| self.error(error))
            }
        }
    }
}

/// In `replace`, what a CSV does not name goes away.
pub(crate) fn is_named(record: &UploadRecord, action: Action) -> bool {
    record.effect == UploadEffect::Merge || action != Action::Remove
}

pub(crate) fn page<'a>(steps: impl IntoIterator<Item = &'a Step>, first: bool) -> (Vec<u8>, u64) {
    let mut writer = CsvWriter::after_header(!first);
    let mut rows = 0;
    for step in steps {
        writer.row(&step.node_name, &step.question, &step.answer);
        rows += 1;
    }
    (writer.finish(), rows)
}
