//! Takes the rows of a delimited text in their order. A row that leaves out cells at its end, and a line
//! that may stand below the table, wait for what comes next: only that shows what they are.

use csv::ByteRecord;

use super::header::HeaderLayout;
use super::row_shape::{RowShape, footer};
use super::{ArticleTable, RowRefusal};
use crate::intake::article_collector::ArticleCollector;
use crate::intake::bytes::TextProblem;
use crate::intake::read_files::ReadJob;
use crate::model::RowDigest;
use crate::text::{cut, shown};

/// So many lines may stand below a table.
const FOOTERS: usize = 5;
/// Characters of one that are told.
const TOLD: usize = 80;

/// A row that waits.
struct WaitingRow {
    line: u64,
    record: ByteRecord,
    digest: Option<RowDigest>,
}

/// Takes rows.
pub(crate) struct RowsTaking<'a, 'g> {
    pub(crate) table: ArticleTable<'a>,
    job: &'a ReadJob<'a>,
    collector: &'g mut ArticleCollector,
    /// A row with fewer cells than there are columns.
    short: Option<WaitingRow>,
    /// Lines that may stand below the table.
    footers: Vec<WaitingRow>,
}

impl<'a, 'g> RowsTaking<'a, 'g> {
    pub(crate) fn new(
        job: &'a ReadJob<'a>,
        layout: HeaderLayout,
        collector: &'g mut ArticleCollector,
    ) -> Self {
        Self {
            table: ArticleTable::new(job, layout, collector),
            job,
            collector,
            short: None,
            footers: Vec::new(),
        }
    }

    /// Whether cells at the end of a row are left out.
    pub(crate) fn is_short(&self, record: &ByteRecord) -> bool {
        self.table.shape(record) == RowShape::Short
    }

    /// Why a row that ends with the file is not to be trusted.
    pub(crate) fn torn(&self, record: &ByteRecord) -> RowRefusal {
        self.table.torn(record)
    }

    /// Takes the next row.
    pub(crate) fn row(
        &mut self,
        line: u64,
        record: &ByteRecord,
        flaw: Option<RowRefusal>,
        digest: Option<RowDigest>,
    ) -> Result<(), TextProblem> {
        let shape = self.table.shape(record);
        let waiting = || WaitingRow {
            line,
            record: record.clone(),
            digest,
        };
        if flaw.is_none() && self.may_be_footer(record) {
            // Of a part of a file nobody knows what it ends with.
            if self.job.content.is_part() {
                self.collector.flaw();
            }
            self.settle_short(true)?;
            self.footers.push(waiting());
            return Ok(());
        }
        // What a row leaves out may be the beginning of the next line.
        self.settle_short(flaw.is_none() && shape != RowShape::Torn)?;
        self.refuse_footers()?;
        if flaw.is_none() && shape == RowShape::Short {
            self.short = Some(waiting());
            return Ok(());
        }
        self.take(line, record, flaw, digest)
    }

    /// The text has ended.
    pub(crate) fn finish(mut self) -> Result<(), TextProblem> {
        self.settle_short(true)?;
        for row in std::mem::take(&mut self.footers) {
            let text = footer(&row.record).map(|text| cut(text, TOLD));
            let note = format!(
                "stands below the table and was left out: {}",
                shown(&text.unwrap_or_default())
            );
            self.collector.note(self.job.place(row.line), note);
        }
        self.table.finish(self.collector);
        Ok(())
    }

    fn may_be_footer(&self, record: &ByteRecord) -> bool {
        let is_alone = self.table.width() > 1 && self.footers.len() < FOOTERS;
        is_alone && footer(record).is_some_and(|text| !self.job.is_live(text))
    }

    fn settle_short(&mut self, is_whole: bool) -> Result<(), TextProblem> {
        let Some(row) = self.short.take() else {
            return Ok(());
        };
        let flaw = (!is_whole).then(|| self.table.torn(&row.record));
        self.take(row.line, &row.record, flaw, row.digest)
    }

    /// More rows follow, so that they are no footers.
    fn refuse_footers(&mut self) -> Result<(), TextProblem> {
        for row in std::mem::take(&mut self.footers) {
            let flaw = self.table.torn(&row.record);
            self.take(row.line, &row.record, Some(flaw), row.digest)?;
        }
        Ok(())
    }

    fn take(
        &mut self,
        line: u64,
        record: &ByteRecord,
        flaw: Option<RowRefusal>,
        digest: Option<RowDigest>,
    ) -> Result<(), TextProblem> {
        self.collector.row(line)?;
        self.collector.digest(digest);
        self.table.take(record, line, flaw, self.collector);
        Ok(())
    }
}
