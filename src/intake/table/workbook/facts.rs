//! What a sheet says besides the values of its cells: which rows are hidden, where links lead, which
//! formulas have no value, what is struck out or raised, and whole numbers that are too long to be calculated with.

use std::collections::{HashMap, HashSet};

use calamine::Dimensions;
use quick_xml::XmlVersion;
use quick_xml::events::{BytesStart, Event};

use super::package::{Package, attribute};
use super::runs::TextRuns;
use super::sheet::SheetCell;
use crate::intake::budget::{Budget, Exceeded};

/// What an entry takes: the number of a row, the place of a cell, and what has a text besides that.
pub(crate) const ROW: usize = 16;
pub(crate) const CELL: usize = 32;
pub(crate) const TEXT: usize = 64;
/// Numbers of more digits are not what the library makes of them.
const EXACT_DIGITS: usize = 15;
/// A number of so many digits is no number.
const MOST_DIGITS: usize = 100;

/// Row and column, from 0.
pub(crate) type CellPosition = (u32, u32);

/// What a sheet says besides its values.
#[derive(Default)]
pub(crate) struct SheetFacts {
    /// Rows that nobody sees.
    pub(crate) hidden: HashSet<u32>,
    /// Where links lead that lead out of the workbook.
    pub(crate) links: Vec<(Dimensions, String)>,
    /// Whole numbers of many digits, as they are written.
    pub(crate) long_numbers: HashMap<CellPosition, String>,
    /// Formulas whose value nobody calculated.
    pub(crate) without_value: HashSet<CellPosition>,
    /// Cells of which something is struck out, raised or lowered, as they are read.
    pub(crate) marked: HashMap<CellPosition, SheetCell>,
    /// Number formats, where the library does not tell them.
    pub(crate) formats: HashMap<CellPosition, u16>,
    /// Bytes that the budget has counted.
    held: usize,
}

impl SheetFacts {
    /// Counts what an entry takes.
    pub(crate) fn hold(&mut self, bytes: usize, budget: &mut Budget) -> Result<(), Exceeded> {
        self.held += bytes;
        budget.take(bytes)
    }

    /// Nothing of it is held any more.
    pub(crate) fn forget(self, budget: &mut Budget) {
        budget.trim_memory(self.held);
    }
}

/// Goes through the sheet at this path of a package.
pub(crate) fn of_sheet(
    package: &mut Package,
    path: &str,
    marked: &HashMap<usize, SheetCell>,
    budget: &mut Budget,
) -> Result<SheetFacts, Exceeded> {
    let relations = package.relations(path, budget)?;
    let mut walk = FactsWalk {
        facts: SheetFacts::default(),
        marked,
        row: 0,
        column: 0,
        cell: None,
    };
    let Some(mut reader) = package.part(path) else {
        return Ok(walk.facts);
    };
    let mut buffer = Vec::new();
    loop {
        buffer.clear();
        let event = reader.read_event_into(&mut buffer);
        if let (Ok(event), Some(cell)) = (&event, &mut walk.cell) {
            cell.runs.see(event);
        }
        match event {
            Ok(Event::Start(element)) => walk.begins(&element, &relations, budget)?,
            Ok(Event::Empty(element)) => {
                walk.begins(&element, &relations, budget)?;
                walk.ends(element.local_name().as_ref(), budget)?;
            }
            Ok(Event::Text(text)) => walk.text(&text.xml_content(XmlVersion::Implicit1_0)),
            Ok(Event::End(element)) => walk.ends(element.local_name().as_ref(), budget)?,
            // What is no XML any more, the library says.
            Ok(Event::Eof) | Err(_) => return Ok(walk.facts),
            Ok(_) => {}
        }
    }
}

/// The cell that is open.
#[derive(Default)]
struct OpenCell {
    at: CellPosition,
    kind: CellKind,
    has_formula: bool,
    value: String,
    is_in_value: bool,
    /// Its own text, where it shares none.
    runs: TextRuns,
}

#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum CellKind {
    Number,
    /// Its value is the number of a text that cells share.
    Shared,
    /// The value of a formula that is a text: it is there even where it is empty.
    Text,
    #[default]
    Other,
}

struct FactsWalk<'s> {
    facts: SheetFacts,
    /// Shared texts of which something is struck out or raised.
    marked: &'s HashMap<usize, SheetCell>,
    row: u32,
    column: u32,
    cell: Option<OpenCell>,
}

impl FactsWalk<'_> {
    fn begins(
        &mut self,
        element: &BytesStart,
        relations: &HashMap<String, String>,
        budget: &mut Budget,
    ) -> Result<(), Exceeded> {
        match (element.local_name().as_ref(), &mut self.cell) {
            ("hyperlink", _) => self.link(element, relations, budget)?,
            ("row", _) => {
                let number = attribute(element, "r").and_then(|row| row.parse::<u32>().ok());
                self.row = number.map_or(self.row, |row| row.saturating_sub(1));
                if attribute(element, "hidden").is_some_and(|is| is == "1" || is == "true") {
                    self.facts.hold(ROW, budget)?;
                    self.facts.hidden.insert(self.row);
                }
            }
            ("c", _) => {
                let at = attribute(element, "r").and_then(|name| position(&name));
                let (row, column) = at.unwrap_or((self.row, self.column));
                self.column = column;
                self.cell = Some(OpenCell {
                    at: (row, column),
                    kind: match attribute(element, "t").as_deref() {
                        None | Some("n") => CellKind::Number,
                        Some("str") => CellKind::Text,
                        Some("s") => CellKind::Shared,
                        Some(_) => CellKind::Other,
                    },
                    ..OpenCell::default()
                });
            }
            ("f", Some(cell)) => cell.has_formula = true,
            ("v", Some(cell)) => cell.is_in_value = true,
            _ => {}
        }
        Ok(())
    }

    fn text(&mut self, text: &str) {
        let cell = self.cell.as_mut().filter(|cell| cell.is_in_value);
        if let Some(cell) = cell.filter(|cell| cell.value.len() <= MOST_DIGITS) {
            cell.value.push_str(text);
        }
    }

    fn ends(&mut self, name: &str, budget: &mut Budget) -> Result<(), Exceeded> {
        match (name, &mut self.cell) {
            ("row", _) => (self.row, self.column) = (self.row.saturating_add(1), 0),
            ("v", Some(cell)) => cell.is_in_value = false,
            ("c", _) => {
                self.column = self.column.saturating_add(1);
                if let Some(cell) = self.cell.take() {
                    self.close(cell, budget)?;
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn close(&mut self, cell: OpenCell, budget: &mut Budget) -> Result<(), Exceeded> {
        let value = cell.value.trim();
        if cell.has_formula && value.is_empty() && cell.kind != CellKind::Text {
            self.facts.hold(CELL, budget)?;
            self.facts.without_value.insert(cell.at);
        }
        let digits = value.strip_prefix('-').unwrap_or(value);
        let is_long = (EXACT_DIGITS + 1..=MOST_DIGITS).contains(&digits.len());
        if cell.kind == CellKind::Number
            && is_long
            && digits.bytes().all(|byte| byte.is_ascii_digit())
        {
            self.facts.hold(TEXT + value.len(), budget)?;
            self.facts.long_numbers.insert(cell.at, value.to_owned());
        }
        let shared = || self.marked.get(&value.parse().ok()?).cloned();
        let rest = match cell.kind {
            CellKind::Shared => shared(),
            _ => cell.runs.rest(),
        };
        if let Some(rest) = rest {
            self.facts.hold(TEXT + rest.words().len(), budget)?;
            self.facts.marked.insert(cell.at, rest);
        }
        Ok(())
    }

    fn link(
        &mut self,
        element: &BytesStart,
        relations: &HashMap<String, String>,
        budget: &mut Budget,
    ) -> Result<(), Exceeded> {
        let area = attribute(element, "ref").and_then(|name| area(&name));
        // Links without a relation lead to a cell of the workbook.
        let target = attribute(element, "id").and_then(|id| relations.get(&id).cloned());
        if let (Some(area), Some(target)) = (area, target) {
            let target = match attribute(element, "location") {
                Some(place) if !place.is_empty() => format!("{target}#{place}"),
                _ => target,
            };
            self.facts.hold(TEXT + target.len(), budget)?;
            self.facts.links.push((area, target));
        }
        Ok(())
    }
}

/// The area of a name such as `B2` or `B2:C9`.
fn area(name: &str) -> Option<Dimensions> {
    let (first, last) = name.split_once(':').unwrap_or((name, name));
    Some(Dimensions::new(position(first)?, position(last)?))
}

/// The row and column of a name such as `B2`.
fn position(name: &str) -> Option<CellPosition> {
    let name = name.replace('$', "");
    let letters = name.bytes().take_while(u8::is_ascii_alphabetic).count();
    let (column, row) = name.split_at(letters);
    let column = column.bytes().try_fold(0_u32, |column, letter| {
        let letter = u32::from(letter.to_ascii_uppercase() - b'A') + 1;
        column.checked_mul(26)?.checked_add(letter)
    });
    Some((
        row.parse::<u32>().ok()?.checked_sub(1)?,
        column?.checked_sub(1)?,
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_found_by_their_names() {
        for (name, expected) in [
            ("A1", Some((0, 0))),
            ("b2", Some((1, 1))),
            ("$AA$10", Some((9, 26))),
            ("A0", None),
            ("12", None),
            ("A", None),
            ("AAAAAAAAAAAAA1", None),
        ] {
            assert_eq!(position(name), expected, "{name}");
        }
        let found = area("B2:C4").unwrap();
        assert_eq!((found.start, found.end), ((1, 1), (3, 2)));
    }
}
