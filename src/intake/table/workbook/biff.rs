//! How far apart the cells of an XLS file lie ([MS-XLS]). The library makes room for the whole rectangle
//! around them, so that two cells of a damaged file can ask for more than the memory.
//!
//! [MS-XLS]: https://learn.microsoft.com/en-us/openspecs/office_file_formats/ms-xls/

use super::compound;
use super::sheet::too_far;
use super::xls_facts::XlsFacts;
use crate::intake::budget::Budget;
use crate::intake::bytes::TextProblem;

const MAX_CELLS: u64 = 1 << 23;
/// What the library holds for a cell, and for a text that cells share.
const CELL: usize = 32;
const TEXT: usize = 48;
/// How often it holds what the file says, beside the file.
const COPIES: usize = 4;
/// More than the largest sheet that the format has.
const MAX_DECLARED: u64 = 1 << 25;
const MAX_SHEETS: usize = 1000;

pub(crate) const BEGIN: u16 = 0x0809;
pub(crate) const END: u16 = 0x000A;
const SHEET: u16 = 0x0085;
pub(crate) const SHARED: u16 = 0x00FC;
/// More of the record before it.
pub(crate) const CONTINUED: u16 = 0x003C;
/// Cells with the number of a text that cells share, and with a text in runs.
pub(crate) const SHARED_TEXT: u16 = 0x00FD;
pub(crate) const RICH: u16 = 0x00D6;
const DIMENSIONS: u16 = 0x0200;
pub(crate) const SEVERAL: u16 = 0x00BD;
/// Records of one cell: number, label, rich text, boolean or error, small number, shared string,
/// formula.
pub(crate) const CELLS: [u16; 7] = [0x0203, 0x0204, RICH, 0x0205, 0x027E, SHARED_TEXT, 0x0006];

/// Counts what the library will hold of a workbook: what it says several times over, a text for each
/// that cells share, and all cells of the rectangles.
/// Returns what the sheets say besides the values of their cells.
pub(crate) fn check(bytes: &[u8], budget: &mut Budget) -> Result<XlsFacts, TextProblem> {
    budget.take(bytes.len().saturating_mul(COPIES))?;
    let mut facts = XlsFacts::default();
    for stream in compound::streams(bytes, &["Workbook", "Book"])? {
        let cells = cells(&stream).filter(|cells| *cells <= MAX_CELLS);
        let cells = cells.ok_or_else(|| too_far(0))?;
        let cells = usize::try_from(cells).unwrap_or(usize::MAX);
        budget.take(cells.saturating_mul(CELL))?;
        budget.take(shared(&stream).saturating_mul(TEXT))?;
        budget.take(stream.len())?;
        facts = XlsFacts::of(stream, budget)?;
    }
    Ok(facts)
}

/// How many texts cells share, as the workbook declares it. None takes less than three bytes.
fn shared(stream: &[u8]) -> usize {
    let tables = BiffRecords(stream).filter(|(kind, _)| *kind == SHARED);
    let declared =
        tables.map(|(_, data)| usize::from(short(data, 4)) | usize::from(short(data, 6)) << 16);
    declared.max().unwrap_or_default().min(stream.len() / 3)
}

/// The cells in the rectangles of all sheets; `None` if they are too many, or declared so.
fn cells(stream: &[u8]) -> Option<u64> {
    let starts = sheet_starts(stream);
    if starts.len() > MAX_SHEETS {
        return None;
    }
    let areas = starts.into_iter();
    let mut areas = areas.map(|start| area(stream.get(start..).unwrap_or_default()));
    areas.try_fold(0, |total: u64, area| Some(total + area?))
}

/// Where the sheets of a workbook begin, in their order.
pub(crate) fn sheet_starts(stream: &[u8]) -> Vec<usize> {
    let sheets = BiffRecords(stream).take_while(|(kind, _)| *kind != END);
    let sheets = sheets.filter(|(kind, _)| *kind == SHEET);
    let starts = sheets.map(|(_, data)| {
        let start = [short(data, 0), short(data, 2)];
        usize::from(start[0]) | usize::from(start[1]) << 16
    });
    starts.collect()
}

/// The cells in the rectangle around those of one sheet; `None` if it declares too many.
fn area(sheet: &[u8]) -> Option<u64> {
    let (mut rows, mut columns) = (Span::default(), Span::default());
    let (mut begun, mut depth) = (false, 0_usize);
    for (kind, data) in BiffRecords(sheet) {
        match kind {
            BEGIN if begun => depth += 1,
            BEGIN => begun = true,
            END if depth == 0 => break,
            END => depth -= 1,
            _ if depth > 0 => {}
            DIMENSIONS if declared(data) > MAX_DECLARED => return None,
            SEVERAL => {
                rows.add(short(data, 0));
                columns.add(short(data, 2));
                columns.add(short(data, data.len().saturating_sub(2)));
            }
            kind if CELLS.contains(&kind) => {
                rows.add(short(data, 0));
                columns.add(short(data, 2));
            }
            _ => {}
        }
    }
    Some(rows.length() * columns.length())
}

fn declared(data: &[u8]) -> u64 {
    let short = |at| u64::from(short(data, at));
    let long = |at| short(at) | short(at + 2) << 16;
    let (first, end, columns) = if data.len() == 10 {
        (short(0), short(2), short(6))
    } else {
        (long(0), long(4), short(10))
    };
    // The library subtracts one from the other.
    if end > 0 && first > end {
        return u64::MAX;
    }
    end * columns
}

#[derive(Default)]
struct Span(Option<(u16, u16)>);

impl Span {
    fn add(&mut self, at: u16) {
        let (first, last) = self.0.unwrap_or((at, at));
        self.0 = Some((first.min(at), last.max(at)));
    }

    fn length(&self) -> u64 {
        self.0
            .map_or(0, |(first, last)| u64::from(last - first) + 1)
    }
}

/// Two bytes of a record as a number; zero behind its end.
pub(crate) fn short(data: &[u8], at: usize) -> u16 {
    let two = data.get(at..at + 2).and_then(|two| two.try_into().ok());
    u16::from_le_bytes(two.unwrap_or_default())
}

/// The records of a stream: kind, length, data.
pub(crate) struct BiffRecords<'a>(pub(crate) &'a [u8]);

impl<'a> Iterator for BiffRecords<'a> {
    type Item = (u16, &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let (head, rest) = self.0.split_at_checked(4)?;
        let (data, rest) = rest.split_at_checked(usize::from(short(head, 2)))?;
        self.0 = rest;
        Some((short(head, 0), data))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(kind: u16, data: &[u16]) -> Vec<u8> {
        let length = u16::try_from(data.len() * 2).unwrap();
        let words = [kind, length].into_iter().chain(data.iter().copied());
        words.flat_map(u16::to_le_bytes).collect()
    }

    fn book(sheets: u16, cells: &[(u16, u16)]) -> Vec<u8> {
        let start = 4 + sheets * 8 + 4;
        let mut stream = record(BEGIN, &[]);
        for _ in 0..sheets {
            stream.extend(record(SHEET, &[start, 0]));
        }
        stream.extend(record(END, &[]));
        stream.extend(record(BEGIN, &[]));
        for (row, column) in cells {
            // A chart within the sheet, whose cells do not count.
            stream.extend(record(BEGIN, &[]));
            stream.extend(record(0x0203, &[65535, 65535]));
            stream.extend(record(END, &[]));
            stream.extend(record(0x0203, &[*row, *column, 0]));
        }
        stream.extend(record(END, &[]));
        stream
    }

    #[test]
    fn the_rectangle_around_the_cells_counts() {
        let fits = |stream: &[u8]| cells(stream).is_some_and(|cells| cells <= MAX_CELLS);
        assert!(fits(&book(1, &[])));
        assert!(fits(&book(2, &[(0, 0), (65535, 20)])));
        assert!(!fits(&book(1, &[(0, 0), (65535, 255)])));
        assert!(!fits(&book(8, &[(0, 0), (65535, 20)])), "all together");
        let mut declares = book(1, &[]);
        declares.truncate(declares.len() - 4);
        declares.extend(record(DIMENSIONS, &[0, 0, 0, 1, 0, 0xFFFF, 0]));
        assert!(!fits(&declares));
        assert_eq!(declared(&[9, 0, 1, 0, 0, 0, 1, 0, 0, 0]), u64::MAX);
        assert_eq!(declared(&[0, 0, 2, 0, 0, 0, 3, 0, 0, 0]), 6);
    }
}
