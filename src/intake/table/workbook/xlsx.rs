//! Reads the sheets of an XLSX file.

use std::collections::{HashMap, HashSet};
use std::io::Cursor;

use calamine::{Data, Font, Reader, Style, Xlsx};

use super::facts::{self, SheetFacts};
use super::format::built_in;
use super::package::Package;
use super::runs::marked_texts;
use super::sheet::{Sheet, SheetCell, text};
use super::unopened;
use crate::intake::budget::Budget;
use crate::intake::bytes::{TextProblem, unpacked};
use crate::intake::read_files::ReadJob;

/// A range of cells that are merged.
const MERGED: usize = 16;
/// What the code of a style takes besides its text.
const CODE: usize = 24;
/// From here on, numbers of formats are a workbook's own.
const OWN_FORMATS: u32 = 164;

/// An XLSX file.
pub(crate) struct XlsxBook<'b> {
    book: Xlsx<Cursor<&'b [u8]>>,
    package: Option<Package<'b>>,
    /// The paths of the sheets.
    paths: HashMap<String, String>,
    /// Shared texts of which something is struck out or raised, by number, as they are read.
    marked: HashMap<usize, SheetCell>,
    /// The numbers of the formats that the file explains.
    explained: HashSet<u32>,
    is_1904: bool,
}

impl<'b> XlsxBook<'b> {
    pub(crate) fn open(
        job: &ReadJob,
        bytes: &'b [u8],
        budget: &mut Budget,
    ) -> Result<Self, TextProblem> {
        unpacked::check(bytes, job.folder.limits.max_file_bytes, budget)?;
        let book = Xlsx::new(Cursor::new(bytes)).map_err(|error| unopened(&error))?;
        let mut package = Package::open(bytes, budget)?;
        let (mut paths, mut explained) = (HashMap::new(), HashSet::new());
        let mut marked = HashMap::new();
        if let Some(package) = &mut package {
            paths = package.sheets(budget)?;
            explained = package.explained_formats(budget)?;
            marked = marked_texts(package, budget)?;
        }
        Ok(Self {
            is_1904: book.has_1904_epoch(),
            book,
            package,
            paths,
            marked,
            explained,
        })
    }

    pub(crate) fn sheets(&self) -> &[calamine::Sheet] {
        self.book.sheets_metadata()
    }

    pub(crate) fn read(
        &mut self,
        mut sheet: Sheet,
        budget: &mut Budget,
    ) -> Result<Option<Sheet>, TextProblem> {
        let facts = self.facts(&sheet.name, budget)?;
        let Ok(mut cells) = self.book.worksheet_cells_reader(&sheet.name) else {
            return Ok(None);
        };
        let styles = cells.styles().iter();
        let codes = styles.map(|style| code(style, &self.explained).map(str::to_owned));
        let codes: Vec<Option<String>> = codes.collect();
        let styles = cells.styles().iter();
        let struck: Vec<bool> = styles.map(is_struck).collect();
        let held = codes.iter().flatten().map(String::len).sum::<usize>() + codes.len() * CODE;
        budget.take(held)?;
        loop {
            let next = cells.next_cell_with_style_id();
            let Some((cell, style)) = next.map_err(|error| unopened(&error))? else {
                break;
            };
            let (row, column) = cell.get_position();
            let value = if facts.without_value.contains(&(row, column)) {
                SheetCell::Error("a formula without a stored value".to_owned())
            } else if let Some(rest) = facts.marked.get(&(row, column)) {
                rest.clone()
            } else if struck.get(style).is_some_and(|is_struck| *is_struck) {
                SheetCell::Struck(String::new())
            } else if let Some(number) = facts.long_numbers.get(&(row, column)) {
                SheetCell::Text(number.clone())
            } else {
                let format = codes.get(style).and_then(Option::as_deref);
                let value: Data = cell.get_value().clone().into();
                text(&value, format, self.is_1904)
            };
            if !sheet.add(row, column, value, budget)? {
                break;
            }
        }
        drop(cells);
        budget.trim_memory(held);
        let merged = self.book.merge_cells_by_sheet_name(&sheet.name);
        let merged = merged.map_err(|error| unopened(&error))?;
        let bytes = merged.len() * MERGED;
        budget.take(bytes)?;
        sheet.fill_merged(&merged, budget)?;
        budget.trim_memory(bytes);
        sheet.learn(&facts, budget)?;
        facts.forget(budget);
        Ok(Some(sheet))
    }

    fn facts(&mut self, sheet: &str, budget: &mut Budget) -> Result<SheetFacts, TextProblem> {
        let (Some(package), Some(path)) = (&mut self.package, self.paths.get(sheet)) else {
            return Ok(SheetFacts::default());
        };
        Ok(facts::of_sheet(package, path, &self.marked, budget)?)
    }
}

/// Whether everything in cells of a style is struck out.
fn is_struck(style: &Style) -> bool {
    style.font.as_ref().is_some_and(Font::has_strikethrough)
}

/// The code of a style's number format, where it means the same on every machine.
fn code<'s>(style: &'s Style, explained: &HashSet<u32>) -> Option<&'s str> {
    let format = style.number_format.as_ref()?;
    match format.format_id {
        Some(id) if id < OWN_FORMATS && !explained.contains(&id) => {
            u16::try_from(id).ok().and_then(built_in)
        }
        _ => Some(&format.format_code),
    }
}
