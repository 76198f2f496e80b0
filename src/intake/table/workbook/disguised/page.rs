//! Reads the tables of a web page, each as a sheet.

use std::collections::HashMap;

use calamine::Dimensions;
use html5gum::{StartTag, Token, Tokenizer};

use super::FoundSheet;
use crate::intake::article_collector::ArticleCollector;
use crate::intake::budget::Budget;
use crate::intake::bytes::{Text, TextProblem};
use crate::intake::read_files::ReadJob;
use crate::intake::table::workbook::sheet::{Sheet, SheetCell};
use crate::text::raised::{Raised, written};

/// Cells reach over no more columns and rows than this.
const COLUMNS: u32 = 200;
const ROWS: u32 = 10_000;
/// A range of cells that are merged.
const MERGED: usize = 16;

/// All tables that are not within another one.
pub(crate) fn read(
    text: Text,
    job: &ReadJob,
    collector: &mut ArticleCollector,
) -> Result<Vec<FoundSheet>, TextProblem> {
    let budget = collector.budget();
    let page = text.whole(budget)?;
    let mut reader = TableReader {
        job,
        budget,
        found: Vec::new(),
        table: None,
        depth: 0,
        unseen: 0,
    };
    for token in Tokenizer::new(&page) {
        let Ok(token) = token;
        match token {
            Token::StartTag(tag) => reader.begins(&tag)?,
            Token::EndTag(tag) => reader.ends(&tag.name)?,
            Token::String(text) => reader.text(&String::from_utf8_lossy(&text)),
            _ => {}
        }
    }
    reader.close_table()?;
    let found = reader.found;
    if found.is_empty() {
        return Err(TextProblem::whole_file(
            "is a web page without a table, perhaps an error or login page that was saved in place of the export; run the export again",
        ));
    }
    collector.budget().trim_memory(page.len());
    Ok(found)
}

struct OpenTable {
    sheet: Sheet,
    merged: Vec<Dimensions>,
    /// The row that is open, and the next column of it.
    row: Option<u32>,
    column: u32,
    /// The row before which a cell from above ends, by column.
    reached: HashMap<u32, u32>,
    cell: Option<OpenCell>,
}

struct OpenCell {
    columns: u32,
    rows: u32,
    text: String,
    /// Where raised or lowered text began.
    raised: Option<(usize, Raised)>,
    /// The element that strikes out what is in it, and how many of its name are open in it.
    struck: Option<(Vec<u8>, usize)>,
    has_struck: bool,
}

impl OpenCell {
    /// An element begins within it.
    fn begins(&mut self, tag: &StartTag<()>) {
        match &mut self.struck {
            Some((open, within)) if **open == *tag.name => *within += 1,
            Some(_) => {}
            None if is_struck(tag) => self.struck = Some((tag.name.to_vec(), 0)),
            None => match tag.name.as_slice() {
                b"sup" => self.raised = Some((self.text.len(), Raised::Above)),
                b"sub" => self.raised = Some((self.text.len(), Raised::Below)),
                _ => {}
            },
        }
    }

    /// An element ends within it.
    fn ends(&mut self, name: &[u8]) {
        match &mut self.struck {
            Some((open, 0)) if open == name => self.struck = None,
            Some((open, within)) if open == name => *within -= 1,
            _ => {}
        }
        if matches!(name, b"sup" | b"sub")
            && let Some((start, raised)) = self.raised.take()
            && let Some(text) = self.text.get(start..)
        {
            let text = written(text, raised);
            self.text.truncate(start);
            self.text.push_str(&text);
        }
    }

    fn into_cell(self) -> SheetCell {
        let text = self.text.trim().to_owned();
        if self.has_struck {
            SheetCell::Struck(text)
        } else {
            SheetCell::Text(text)
        }
    }
}

/// Whether an element says that what is in it is true no more.
fn is_struck(tag: &StartTag<()>) -> bool {
    let style = tag.attributes.get(&b"style"[..]);
    let style = style.map(|style| style.to_ascii_lowercase());
    matches!(tag.name.as_slice(), b"s" | b"strike" | b"del")
        || style.is_some_and(|style| memchr::memmem::find(&style, b"line-through").is_some())
}

struct TableReader<'a> {
    job: &'a ReadJob<'a>,
    budget: &'a mut Budget,
    found: Vec<FoundSheet>,
    table: Option<OpenTable>,
    /// Tables within the open one.
    depth: usize,
    /// Open elements whose text nobody sees.
    unseen: usize,
}

impl TableReader<'_> {
    fn begins(&mut self, tag: &StartTag<()>) -> Result<(), TextProblem> {
        match (tag.name.as_slice(), self.table.is_some()) {
            (b"script" | b"style", _) => self.unseen += usize::from(!tag.self_closing),
            (b"table", true) => self.depth += 1,
            (b"table", false) => {
                let name = format!("table {}", self.found.len() + 1);
                self.table = Some(OpenTable {
                    sheet: Sheet::new(name, &self.job.folder.limits),
                    merged: Vec::new(),
                    row: None,
                    column: 0,
                    reached: HashMap::new(),
                    cell: None,
                });
            }
            (b"tr", true) if self.depth == 0 => {
                self.close_cell()?;
                if let Some(table) = &mut self.table {
                    table.row = Some(table.row.map_or(0, |row| row.saturating_add(1)));
                    table.column = 0;
                }
            }
            (b"td" | b"th", true) if self.depth == 0 => {
                self.close_cell()?;
                if let Some(table) = &mut self.table {
                    table.row.get_or_insert(0);
                    table.cell = Some(OpenCell {
                        columns: span(tag, b"colspan").min(COLUMNS),
                        rows: span(tag, b"rowspan").min(ROWS),
                        text: String::new(),
                        raised: None,
                        struck: is_struck(tag).then(|| (tag.name.to_vec(), 0)),
                        has_struck: false,
                    });
                }
            }
            (b"br" | b"p" | b"div" | b"li" | b"tr", true) => self.line_break(),
            _ => {
                if let Some(cell) = self.cell() {
                    cell.begins(tag);
                }
            }
        }
        Ok(())
    }

    fn ends(&mut self, name: &[u8]) -> Result<(), TextProblem> {
        match name {
            b"script" | b"style" => self.unseen = self.unseen.saturating_sub(1),
            b"table" if self.depth > 0 => self.depth -= 1,
            b"table" => self.close_table()?,
            b"td" | b"th" | b"tr" if self.depth == 0 => self.close_cell()?,
            b"p" | b"div" | b"li" => self.line_break(),
            _ => {
                if let Some(cell) = self.cell() {
                    cell.ends(name);
                }
            }
        }
        Ok(())
    }

    fn cell(&mut self) -> Option<&mut OpenCell> {
        let is_seen = self.unseen == 0;
        self.table.as_mut()?.cell.as_mut().filter(|_| is_seen)
    }

    fn text(&mut self, text: &str) {
        let Some(cell) = self.cell() else {
            return;
        };
        if cell.struck.is_some() {
            cell.has_struck |= !text.trim().is_empty();
            return;
        }
        for c in text.chars() {
            let is_space = c.is_ascii_whitespace();
            if !is_space {
                cell.text.push(c);
            } else if !cell.text.is_empty() && !cell.text.ends_with([' ', '\n']) {
                cell.text.push(' ');
            }
        }
    }

    fn line_break(&mut self) {
        if let Some(cell) = self.cell()
            && !cell.text.is_empty()
        {
            cell.text.push('\n');
        }
    }

    fn close_cell(&mut self) -> Result<(), TextProblem> {
        let Some(table) = &mut self.table else {
            return Ok(());
        };
        let (Some(cell), Some(row)) = (table.cell.take(), table.row) else {
            return Ok(());
        };
        let mut column = table.column;
        while table.reached.get(&column).is_some_and(|end| *end > row) {
            column += 1;
        }
        if cell.rows > 1 {
            let end = (row.saturating_add(cell.rows - 1), column);
            self.budget.take(MERGED * 2)?;
            table.merged.push(Dimensions::new((row, column), end));
            for at in column..column.saturating_add(cell.columns) {
                table.reached.insert(at, row.saturating_add(cell.rows));
            }
        }
        table.column = column.saturating_add(cell.columns);
        table
            .sheet
            .add(row, column, cell.into_cell(), self.budget)?;
        Ok(())
    }

    fn close_table(&mut self) -> Result<(), TextProblem> {
        self.close_cell()?;
        if let Some(mut table) = self.table.take() {
            table.sheet.fill_merged(&table.merged, self.budget)?;
            self.found.push(FoundSheet {
                sheet: table.sheet,
                is_visible: true,
            });
        }
        Ok(())
    }
}

fn span(tag: &StartTag<()>, name: &[u8]) -> u32 {
    let value = tag.attributes.get(name);
    let value = value.and_then(|value| std::str::from_utf8(value).ok());
    let span = value.and_then(|value| value.trim().parse::<u32>().ok());
    span.unwrap_or(1).max(1)
}
