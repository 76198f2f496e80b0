//! What is struck out, raised or lowered in an XLS file ([MS-XLS]): by the font of a cell, or of a run of its
//! text.
//!
//! [MS-XLS]: https://learn.microsoft.com/en-us/openspecs/office_file_formats/ms-xls/

use std::collections::{HashMap, VecDeque};

use super::biff::{BiffRecords, CONTINUED, END, RICH, SHARED, SHARED_TEXT, short};
use super::facts::TEXT;
use super::sheet::SheetCell;
use crate::intake::budget::{Budget, Exceeded};
use crate::text::raised::{Raised, written};

const FONT: u16 = 0x0031;
const LOOK: u16 = 0x00E0;
/// In the flags of a font.
const STRUCK: u16 = 0x0008;
/// No file has a font of this number: those behind it are counted one higher.
const NO_FONT: u16 = 4;
/// In the flags of a text: two bytes a letter, more behind it, runs.
const WIDE: u8 = 0x01;
const EXTENDED: u8 = 0x04;
const IN_RUNS: u8 = 0x08;

/// What a font does to its text besides its shape.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct FontMark {
    strikes: bool,
    raised: Option<Raised>,
}

impl FontMark {
    /// Of the record of a font.
    fn of(data: &[u8]) -> Self {
        Self {
            strikes: short(data, 2) & STRUCK != 0,
            raised: match short(data, 8) {
                1 => Some(Raised::Above),
                2 => Some(Raised::Below),
                _ => None,
            },
        }
    }
}

/// What the fonts do, and which texts have runs.
#[derive(Default)]
pub(crate) struct MarkedFonts {
    fonts: Vec<FontMark>,
    /// The font of each look of a cell.
    looks: Vec<u16>,
    /// The texts in runs that cells share, by number.
    shared: HashMap<u32, TextInRuns>,
}

/// A text, and where each of its runs begins, with the font.
struct TextInRuns {
    letters: Vec<u16>,
    runs: Vec<(u16, u16)>,
}

impl MarkedFonts {
    /// Of the stream with the workbook.
    pub(crate) fn of(stream: &[u8], budget: &mut Budget) -> Result<Self, Exceeded> {
        let globals = || BiffRecords(stream).take_while(|(kind, _)| *kind != END);
        let fonts = globals().filter(|(kind, _)| *kind == FONT);
        let fonts: Vec<FontMark> = fonts.map(|(_, data)| FontMark::of(data)).collect();
        if fonts.iter().all(|mark| *mark == FontMark::default()) {
            return Ok(Self::default());
        }
        let looks = globals().filter(|(kind, _)| *kind == LOOK);
        Ok(Self {
            fonts,
            looks: looks.map(|(_, data)| short(data, 0)).collect(),
            shared: shared(globals(), budget)?,
        })
    }

    /// How a cell is read, if that is not all its words as they stand.
    pub(crate) fn rest(&self, kind: u16, data: &[u8]) -> Option<SheetCell> {
        if self.fonts.is_empty() {
            return None;
        }
        let strikes = self.is_struck(short(data, 4));
        let own = (kind == RICH).then(|| rich(data)).flatten();
        let text = match kind {
            SHARED_TEXT => {
                let number = u32::from(short(data, 6)) | u32::from(short(data, 8)) << 16;
                self.shared.get(&number)
            }
            _ => own.as_ref(),
        };
        match text {
            Some(text) => self.read(text, strikes),
            None => strikes.then(|| SheetCell::Struck(String::new())),
        }
    }

    /// Whether everything in a cell that looks so is struck out, unless its runs say otherwise.
    pub(crate) fn is_struck(&self, look: u16) -> bool {
        let font = self.looks.get(usize::from(look));
        font.is_some_and(|font| self.mark(*font).strikes)
    }

    fn mark(&self, font: u16) -> FontMark {
        let at = if font > NO_FONT { font - 1 } else { font };
        self.fonts.get(usize::from(at)).copied().unwrap_or_default()
    }

    /// A text without its runs that are struck out, and with what others mean that are raised, if there are any.
    /// What stands before the first one is struck out if its cell is; a whole cell is never raised.
    fn read(&self, text: &TextInRuns, cell_strikes: bool) -> Option<SheetCell> {
        let mut mark = FontMark {
            strikes: cell_strikes,
            raised: None,
        };
        let (mut kept, mut at) = (String::new(), 0);
        let (mut has_struck, mut has_raised) = (false, false);
        let last = text.letters.len();
        let runs = text
            .runs
            .iter()
            .map(|(start, font)| (*start, self.mark(*font)));
        for (start, next) in runs.chain([(u16::MAX, FontMark::default())]) {
            let end = usize::from(start).clamp(at, last);
            let run = String::from_utf16_lossy(&text.letters[at..end]);
            match mark.raised {
                _ if mark.strikes => has_struck |= end > at,
                Some(raised) => {
                    has_raised |= !run.trim().is_empty();
                    kept.push_str(&written(&run, raised));
                }
                None => kept.push_str(&run),
            }
            (at, mark) = (end, next);
        }
        match (has_struck, has_raised) {
            (true, _) => Some(SheetCell::Struck(kept)),
            (false, true) => Some(SheetCell::Text(kept)),
            (false, false) => None,
        }
    }
}

/// The texts in runs that cells share. They go on from record to record.
fn shared<'a>(
    records: impl Iterator<Item = (u16, &'a [u8])>,
    budget: &mut Budget,
) -> Result<HashMap<u32, TextInRuns>, Exceeded> {
    let records = records.skip_while(|(kind, _)| *kind != SHARED);
    let records = records.enumerate();
    let records = records.take_while(|(nth, (kind, _))| *nth == 0 || *kind == CONTINUED);
    let mut bytes = SharedBytes {
        pieces: records.map(|(_, (_, data))| data).collect(),
    };
    let mut texts = HashMap::new();
    // How many there are is said first, twice.
    if bytes.skip(8).is_none() {
        return Ok(texts);
    }
    for number in 0.. {
        let Some(text) = bytes.text() else {
            break;
        };
        if !text.runs.is_empty() {
            budget.take(TEXT + text.letters.len() * 2 + text.runs.len() * 4)?;
            texts.insert(number, text);
        }
    }
    Ok(texts)
}

/// The bytes of records that belong together.
struct SharedBytes<'a> {
    pieces: VecDeque<&'a [u8]>,
}

impl SharedBytes<'_> {
    fn byte(&mut self) -> Option<u8> {
        while self.pieces.front()?.is_empty() {
            self.pieces.pop_front();
        }
        let piece = self.pieces.front_mut()?;
        let (byte, rest) = piece.split_first()?;
        *piece = rest;
        Some(*byte)
    }

    fn short(&mut self) -> Option<u16> {
        Some(u16::from_le_bytes([self.byte()?, self.byte()?]))
    }

    fn skip(&mut self, bytes: usize) -> Option<()> {
        for _ in 0..bytes {
            self.byte()?;
        }
        Some(())
    }

    /// The next text. Most have no runs.
    fn text(&mut self) -> Option<TextInRuns> {
        let length = self.short()?;
        let flags = self.byte()?;
        let runs = if flags & IN_RUNS == 0 {
            0
        } else {
            self.short()?
        };
        let more = if flags & EXTENDED == 0 {
            0
        } else {
            usize::from(self.short()?) | usize::from(self.short()?) << 16
        };
        let letters = self.letters(length, flags & WIDE != 0)?;
        let runs = self.runs(runs)?;
        self.skip(more)?;
        Some(TextInRuns { letters, runs })
    }

    /// Where a text goes on in another record, that says once more how its letters are written.
    fn letters(&mut self, length: u16, mut is_wide: bool) -> Option<Vec<u16>> {
        let mut letters = Vec::new();
        for _ in 0..length {
            if self.pieces.front()?.is_empty() {
                is_wide = self.byte()? & WIDE != 0;
            }
            letters.push(if is_wide {
                self.short()?
            } else {
                self.byte()?.into()
            });
        }
        Some(letters)
    }

    fn runs(&mut self, count: u16) -> Option<Vec<(u16, u16)>> {
        let runs = (0..count).map(|_| Some((self.short()?, self.short()?)));
        runs.collect()
    }
}

/// The text of a cell that has its own runs. Older files have single bytes in place of the numbers, and
/// letters that depend on the machine: of these only the plain ones are read.
fn rich(data: &[u8]) -> Option<TextInRuns> {
    let length = short(data, 6);
    let rest = data.get(8..)?;
    if let Some((letters, rest)) = rest.split_at_checked(usize::from(length))
        && let Some((count, runs)) = rest.split_first()
        && runs.len() == usize::from(*count) * 2
        && letters.is_ascii()
    {
        let runs = runs.as_chunks::<2>().0.iter();
        return Some(TextInRuns {
            letters: letters.iter().map(|letter| (*letter).into()).collect(),
            runs: runs
                .map(|[at, font]| ((*at).into(), (*font).into()))
                .collect(),
        });
    }
    let mut bytes = SharedBytes {
        pieces: [rest].into(),
    };
    let is_wide = bytes.byte()? & WIDE != 0;
    let letters = bytes.letters(length, is_wide)?;
    let count = bytes.short()?;
    let runs = bytes.runs(count)?;
    Some(TextInRuns { letters, runs })
}

#[cfg(test)]
mod tests {
    use super::super::biff::BEGIN;
    use super::*;

    fn record(kind: u16, data: &[u8]) -> Vec<u8> {
        let length = u16::try_from(data.len()).unwrap();
        [&kind.to_le_bytes(), &length.to_le_bytes(), data].concat()
    }

    fn words(words: &[u16]) -> Vec<u8> {
        words.iter().flat_map(|word| word.to_le_bytes()).collect()
    }

    /// Fonts 0 to 3, 5 and 6, of which 5 strikes out and 6 is raised; looks with font 0 and 5.
    fn book(texts: &[u8], goes_on: &[u8]) -> MarkedFonts {
        let mut stream = record(BEGIN, &[]);
        for (flags, raised) in [(0, 0), (0, 0), (0, 0), (0, 0), (STRUCK, 0), (0, 1)] {
            let font = [200, flags, 0, 400, raised];
            stream.extend(record(FONT, &words(&font)));
        }
        stream.extend(record(LOOK, &words(&[0, 0])));
        stream.extend(record(LOOK, &words(&[5, 0])));
        stream.extend(record(SHARED, &[&[0; 8], texts].concat()));
        stream.extend(record(CONTINUED, goes_on));
        stream.extend(record(END, &[]));
        MarkedFonts::of(&stream, &mut Budget::default()).unwrap()
    }

    fn rest(fonts: &MarkedFonts, look: u16, text: u16) -> Option<SheetCell> {
        fonts.rest(SHARED_TEXT, &words(&[3, 1, look, text, 0]))
    }

    fn left(text: &str) -> SheetCell {
        SheetCell::Struck(text.to_owned())
    }

    #[test]
    fn fonts_and_runs_strike_out() {
        let plain = [&words(&[2])[..], &[0], b"so"].concat();
        // "20 30 EUR", of which the first three letters are struck out, and what is read aloud behind it.
        let struck = [
            &words(&[9])[..],
            &[IN_RUNS | EXTENDED],
            &words(&[2, 2, 0]),
            b"20 30 EUR",
            &words(&[0, 5, 3, 0]),
            &[7, 7],
        ]
        .concat();
        // "ab€d" goes on in another record, in wide letters; its end is struck out.
        let begins = [&words(&[4])[..], &[IN_RUNS], &words(&[1]), b"ab"].concat();
        let ends = [&[WIDE][..], &words(&[0x20AC, 0x64, 2, 5])].concat();
        let fonts = book(&[plain, struck, begins].concat(), &ends);
        assert_eq!(rest(&fonts, 0, 0), None);
        assert_eq!(rest(&fonts, 1, 0), Some(left("")));
        assert_eq!(rest(&fonts, 0, 1), Some(left("30 EUR")));
        assert_eq!(rest(&fonts, 0, 2), Some(left("ab")));
        // Of a cell that strikes out, what its runs do not.
        assert_eq!(rest(&fonts, 1, 2), Some(left("")));
        assert_eq!(rest(&fonts, 0, 9), None);
        assert_eq!(
            [0, 1, 2].map(|look| fonts.is_struck(look)),
            [false, true, false]
        );
    }

    #[test]
    fn a_cell_may_have_runs_of_its_own() {
        let fonts = book(&[], &[]);
        let old = [&words(&[3, 1, 0, 5])[..], b"20 30", &[2, 0, 5, 3, 0]].concat();
        let new = [
            &words(&[3, 1, 0, 5])[..],
            &[0],
            b"20 30",
            &words(&[2, 0, 5, 3, 0]),
        ]
        .concat();
        for data in [old, new] {
            assert_eq!(fonts.rest(RICH, &data), Some(left("30")), "{data:?}");
        }
        assert_eq!(fonts.rest(RICH, &words(&[3, 1, 1])), Some(left("")));
    }

    #[test]
    fn a_raised_run_is_no_digit_of_the_number_before_it() {
        let text = |runs: &[u16]| {
            let count = u16::try_from(runs.len() / 2).unwrap();
            let head = [&words(&[4])[..], &[IN_RUNS], &words(&[count]), b"105 "].concat();
            [head, words(runs)].concat()
        };
        let fonts = book(
            &[text(&[2, 6, 3, 0]), text(&[0, 5, 2, 6]), text(&[3, 6])].concat(),
            &[],
        );
        assert_eq!(rest(&fonts, 0, 0), Some(SheetCell::Text("10⁵ ".to_owned())));
        assert_eq!(rest(&fonts, 0, 1), Some(left("⁵ ")));
        assert_eq!(rest(&fonts, 0, 2), None);
    }

    #[test]
    fn texts_that_break_off_cost_nothing() {
        let fonts = book(&[9, 0, IN_RUNS, 255, 255, 1], &[]);
        assert_eq!(rest(&fonts, 0, 0), None);
    }
}
