//! Reads the sheets of an XLS file.

use std::io::Cursor;

use calamine::{Reader, Xls};

use super::sheet::{Sheet, text};
use super::xls_facts::XlsFacts;
use super::{biff, unopened};
use crate::intake::budget::Budget;
use crate::intake::bytes::TextProblem;

/// An XLS file.
pub(crate) struct XlsBook<'b> {
    book: Xls<Cursor<&'b [u8]>>,
    facts: XlsFacts,
    is_1904: bool,
}

impl<'b> XlsBook<'b> {
    pub(crate) fn open(bytes: &'b [u8], budget: &mut Budget) -> Result<Self, TextProblem> {
        let facts = biff::check(bytes, budget)?;
        let book = Xls::new(Cursor::new(bytes)).map_err(|error| unopened(&error))?;
        Ok(Self {
            is_1904: book.has_1904_epoch(),
            book,
            facts,
        })
    }

    pub(crate) fn sheets(&self) -> &[calamine::Sheet] {
        self.book.sheets_metadata()
    }

    pub(crate) fn read(
        &mut self,
        mut sheet: Sheet,
        budget: &mut Budget,
    ) -> Result<Sheet, TextProblem> {
        let range = self
            .book
            .worksheet_range(&sheet.name)
            .map_err(|error| unopened(&error))?;
        let number = self.sheets().iter().position(|one| one.name == sheet.name);
        let facts = self.facts.sheet(number, budget)?;
        let (top, left) = range.start().unwrap_or_default();
        for (row, column, value) in range.used_cells() {
            let at = |offset: usize| u32::try_from(offset).unwrap_or(u32::MAX);
            let (row, column) = (top.saturating_add(at(row)), left.saturating_add(at(column)));
            let cell = if let Some(rest) = facts.marked.get(&(row, column)) {
                rest.clone()
            } else {
                let code = self.facts.code(&facts, (row, column));
                text(value, code, self.is_1904)
            };
            if !sheet.add(row, column, cell, budget)? {
                break;
            }
        }
        let merged = self.book.merge_cells_by_sheet_name(&sheet.name);
        sheet.fill_merged(&merged.unwrap_or_default(), budget)?;
        sheet.learn(&facts, budget)?;
        facts.forget(budget);
        Ok(sheet)
    }
}
