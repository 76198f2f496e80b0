//! What an XLS file says besides the values of its cells ([MS-XLS]): number formats, hidden rows, what is
//! struck out or raised, and where links lead.
//!
//! [MS-XLS]: https://learn.microsoft.com/en-us/openspecs/office_file_formats/ms-xls/

use std::collections::HashMap;

use calamine::Dimensions;

use super::biff::{BEGIN, BiffRecords, CELLS, END, SEVERAL, sheet_starts, short};
use super::facts::{CELL, CellPosition, ROW as ROW_ENTRY, SheetFacts, TEXT};
use super::format::built_in;
use super::sheet::SheetCell;
use super::xls_marked::MarkedFonts;
use crate::intake::budget::{Budget, Exceeded};

const ROW: u16 = 0x0208;
const LINK: u16 = 0x01B8;
const FORMAT: u16 = 0x041E;
/// How a cell looks: the number of its format among other things.
const LOOK: u16 = 0x00E0;
/// A row that nobody sees, in the flags of a row.
const HIDDEN: u16 = 0x0020;
/// What says that an address follows, and that it is a URL.
const HAS_TARGET: u32 = 0x001;
const TARGET_IS_TEXT: u32 = 0x100;
const HAS_WORDS: u32 = 0x010;
const HAS_FRAME: u32 = 0x080;
const URL: [u8; 16] = [
    0xE0, 0xC9, 0xEA, 0x79, 0xF9, 0xBA, 0xCE, 0x11, 0x8C, 0x82, 0x00, 0xAA, 0x00, 0x4B, 0xA9, 0x0B,
];

/// What is known of a workbook.
#[derive(Default)]
pub(crate) struct XlsFacts {
    stream: Vec<u8>,
    starts: Vec<usize>,
    /// The codes of number formats, by how a cell looks.
    codes: Vec<Option<String>>,
    marked: MarkedFonts,
}

impl XlsFacts {
    /// Of the stream with the workbook.
    pub(crate) fn of(stream: Vec<u8>, budget: &mut Budget) -> Result<Self, Exceeded> {
        let globals = || BiffRecords(&stream).take_while(|(kind, _)| *kind != END);
        let formats = globals().filter(|(kind, _)| *kind == FORMAT);
        let formats: HashMap<u16, String> = formats
            .map(|(_, data)| (short(data, 0), format_code(data)))
            .collect();
        let looks = globals().filter(|(kind, _)| *kind == LOOK);
        let code = |number: u16| match formats.get(&number) {
            Some(code) => Some(code.clone()),
            None => built_in(number).map(str::to_owned),
        };
        Ok(Self {
            marked: MarkedFonts::of(&stream, budget)?,
            codes: looks.map(|(_, data)| code(short(data, 2))).collect(),
            starts: sheet_starts(&stream),
            stream,
        })
    }

    /// The code of a cell's number format.
    pub(crate) fn code(&self, facts: &SheetFacts, at: CellPosition) -> Option<&str> {
        let look = facts.formats.get(&at)?;
        self.codes.get(usize::from(*look))?.as_deref()
    }

    /// What is known of one sheet, by its number in the workbook.
    pub(crate) fn sheet(
        &self,
        number: Option<usize>,
        budget: &mut Budget,
    ) -> Result<SheetFacts, Exceeded> {
        let mut facts = SheetFacts::default();
        let start = number.and_then(|number| self.starts.get(number));
        let stream = start.and_then(|start| self.stream.get(*start..));
        let (mut begun, mut depth) = (false, 0_usize);
        for (kind, data) in BiffRecords(stream.unwrap_or_default()) {
            match kind {
                BEGIN if begun => depth += 1,
                BEGIN => begun = true,
                END if depth == 0 => break,
                END => depth -= 1,
                _ if depth > 0 => {}
                ROW if short(data, 12) & HIDDEN != 0 => {
                    facts.hold(ROW_ENTRY, budget)?;
                    facts.hidden.insert(short(data, 0).into());
                }
                LINK => {
                    if let Some((area, target)) = link(data) {
                        facts.hold(TEXT + target.len(), budget)?;
                        facts.links.push((area, target));
                    }
                }
                SEVERAL => {
                    let first = short(data, 2);
                    let looks = data
                        .get(4..data.len().saturating_sub(2))
                        .unwrap_or_default();
                    for (column, look) in (first..).zip(looks.chunks_exact(6)) {
                        let at = (short(data, 0), column);
                        self.look(&mut facts, at, short(look, 0), budget)?;
                        if self.marked.is_struck(short(look, 0)) {
                            let nothing = SheetCell::Struck(String::new());
                            mark(&mut facts, at, nothing, budget)?;
                        }
                    }
                }
                kind if CELLS.contains(&kind) => {
                    let at = (short(data, 0), short(data, 2));
                    self.look(&mut facts, at, short(data, 4), budget)?;
                    if let Some(rest) = self.marked.rest(kind, data) {
                        mark(&mut facts, at, rest, budget)?;
                    }
                }
                _ => {}
            }
        }
        Ok(facts)
    }

    /// Notes how a cell looks, where its format says something.
    fn look(
        &self,
        facts: &mut SheetFacts,
        (row, column): (u16, u16),
        look: u16,
        budget: &mut Budget,
    ) -> Result<(), Exceeded> {
        if self
            .codes
            .get(usize::from(look))
            .is_some_and(Option::is_some)
        {
            facts.hold(CELL, budget)?;
            facts.formats.insert((row.into(), column.into()), look);
        }
        Ok(())
    }
}

/// Notes how a cell is read of which something is struck out or raised.
fn mark(
    facts: &mut SheetFacts,
    (row, column): (u16, u16),
    rest: SheetCell,
    budget: &mut Budget,
) -> Result<(), Exceeded> {
    facts.hold(TEXT + rest.words().len(), budget)?;
    facts.marked.insert((row.into(), column.into()), rest);
    Ok(())
}

/// The text of a format: of UTF-16, or of single bytes, and in older files without a word on that.
fn format_code(data: &[u8]) -> String {
    let length = usize::from(short(data, 2));
    let is_wide = data.get(4) == Some(&1);
    let has_flags = data.len() == 5 + length * if is_wide { 2 } else { 1 };
    if !has_flags {
        let text = data.get(3..).unwrap_or_default();
        return text.iter().map(|byte| char::from(*byte)).collect();
    }
    let text = &data[5..];
    if is_wide {
        wide(text)
    } else {
        text.iter().map(|byte| char::from(*byte)).collect()
    }
}

fn wide(bytes: &[u8]) -> String {
    let units = bytes.as_chunks::<2>().0.iter();
    let units = units.map(|two| u16::from_le_bytes(*two));
    let units: Vec<u16> = units.take_while(|unit| *unit != 0).collect();
    String::from_utf16_lossy(&units)
}

/// Where a link is and leads, if it is to a URL.
fn link(data: &[u8]) -> Option<(Dimensions, String)> {
    let at = |number: usize| u32::from(short(data, number * 2));
    let area = Dimensions::new((at(0), at(2)), (at(1), at(3)));
    // An identifier and a version stand before the flags.
    let mut rest = data.get(28..)?;
    let flags = long(&mut rest)?;
    for flag in [HAS_WORDS, HAS_FRAME] {
        if flags & flag != 0 {
            let units = long(&mut rest)? as usize;
            rest = rest.get(units.checked_mul(2)?..)?;
        }
    }
    if flags & HAS_TARGET == 0 {
        return None;
    }
    if flags & TARGET_IS_TEXT != 0 {
        let units = long(&mut rest)? as usize;
        return Some((area, wide(rest.get(..units.checked_mul(2)?)?)));
    }
    let mut rest = rest.strip_prefix(&URL)?;
    let length = long(&mut rest)? as usize;
    Some((area, wide(rest.get(..length.min(rest.len()))?)))
}

fn long(rest: &mut &[u8]) -> Option<u32> {
    let (four, behind) = rest.split_first_chunk::<4>()?;
    *rest = behind;
    Some(u32::from_le_bytes(*four))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(kind: u16, data: &[u8]) -> Vec<u8> {
        let length = u16::try_from(data.len()).unwrap();
        [&kind.to_le_bytes(), &length.to_le_bytes(), data].concat()
    }

    fn words(words: &[u16]) -> Vec<u8> {
        words.iter().flat_map(|word| word.to_le_bytes()).collect()
    }

    fn text(text: &str) -> Vec<u8> {
        let units: Vec<u16> = text.encode_utf16().chain([0]).collect();
        words(&units)
    }

    #[test]
    fn formats_hidden_rows_and_links_are_found() {
        let code = "0.0%";
        let own = [&words(&[200, 4]), &[0][..], code.as_bytes()].concat();
        let globals = [
            record(BEGIN, &[]),
            record(FORMAT, &own),
            record(LOOK, &words(&[0, 0])),
            record(LOOK, &words(&[0, 200])),
            record(LOOK, &words(&[0, 9])),
        ]
        .concat();
        let start = u16::try_from(globals.len() + 8 + 4).unwrap();
        let flags = (HAS_TARGET | HAS_WORDS).to_le_bytes();
        let target = text("https://a.example/x");
        let length = u32::try_from(target.len()).unwrap().to_le_bytes();
        let link = [
            &words(&[4, 5, 1, 1]),
            &[0; 20][..],
            &flags,
            &2_u32.to_le_bytes(),
            &text("w"),
            &URL,
            &length,
            &target,
        ]
        .concat();
        let stream = [
            globals,
            record(0x0085, &words(&[start, 0])),
            record(END, &[]),
            record(BEGIN, &[]),
            record(ROW, &words(&[3, 0, 0, 0, 0, 0, HIDDEN])),
            record(ROW, &words(&[4, 0, 0, 0, 0, 0, 0])),
            record(0x0203, &words(&[4, 2, 1, 0, 0, 0, 0])),
            record(0x0203, &words(&[4, 3, 0, 0, 0, 0, 0])),
            record(SEVERAL, &words(&[5, 1, 2, 0, 0, 0, 0, 0, 2])),
            record(LINK, &link),
            record(END, &[]),
        ]
        .concat();
        let mut budget = Budget::default();
        let facts = XlsFacts::of(stream, &mut budget).unwrap();
        let sheet = facts.sheet(Some(0), &mut budget).unwrap();
        assert_eq!(sheet.hidden.iter().collect::<Vec<_>>(), [&3]);
        assert_eq!(facts.code(&sheet, (4, 2)), Some(code));
        assert_eq!(facts.code(&sheet, (4, 3)), None);
        assert_eq!(facts.code(&sheet, (5, 1)), Some("0%"));
        assert_eq!(facts.code(&sheet, (5, 2)), None);
        let (area, target) = &sheet.links[0];
        assert_eq!((area.start, area.end), ((4, 1), (5, 1)));
        assert_eq!(target, "https://a.example/x");
        assert!(facts.sheet(Some(1), &mut budget).unwrap().hidden.is_empty());
    }

    #[test]
    fn codes_of_every_age_are_read() {
        let wide = [&words(&[7, 2]), &[1][..], &words(&[0x20AC, 0x30])].concat();
        let narrow = [&words(&[7, 1]), &[0][..], b"0"].concat();
        let old = [&words(&[7])[..], &[4], b"0.00"].concat();
        for (data, expected) in [(wide, "€0"), (narrow, "0"), (old, "0.00")] {
            assert_eq!(format_code(&data), expected);
        }
    }
}
