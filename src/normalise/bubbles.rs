//! Puts an answer into bubbles of a bounded size. It is cut between paragraphs, else lines, else
//! sentences, else words; links and what a reader takes for one character stay whole.

use unicode_segmentation::{GraphemeCursor, UnicodeSegmentation};

use super::markup::{Block, BlockKind, Blocks, GLUE, JOIN, MARK, Media};
use super::sentences::sentence_starts;
use super::{markup, text};

const PARAGRAPH: &str = "\n\n";

/// One bubble of a chat.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Bubble {
    /// What it says; empty where it holds nothing but images.
    pub(crate) text: String,
    /// What belongs below it.
    pub(crate) media: Vec<Media>,
}

/// The bubbles of text that has been cleaned.
pub(crate) fn of_text(text: &str, limit: usize) -> Vec<Bubble> {
    bubbles(&fill(paragraphs(text), limit), &[])
}

/// The bubbles of blocks.
pub(crate) fn of_blocks(blocks: &Blocks, limit: usize) -> Vec<Bubble> {
    let units = units(&blocks.list);
    bubbles(
        &fill(units.iter().map(String::as_str), limit),
        &blocks.media,
    )
}

/// What stands between empty lines.
fn paragraphs(text: &str) -> impl Iterator<Item = &str> {
    let breaks = memchr::memmem::find_iter(text.as_bytes(), PARAGRAPH);
    let mut start = 0;
    breaks.chain([text.len()]).map(move |end| {
        let paragraph = &text[start..end];
        start = end + PARAGRAPH.len();
        paragraph
    })
}

fn bubbles(full: &[String], media: &[Media]) -> Vec<Bubble> {
    let bubble = |text: &String| {
        let is_text = memchr::memchr2(MARK as u8, GLUE as u8, text.as_bytes()).is_none();
        Bubble {
            media: markup::marked(text, media).into_iter().cloned().collect(),
            text: if is_text {
                text::block(text)
            } else {
                text::block(&markup::without_marks(text).replace(GLUE, " "))
            },
        }
    };
    let bubbles = full.iter().map(bubble);
    bubbles
        .filter(|bubble| !(bubble.media.is_empty() && text::is_blank(&bubble.text)))
        .collect()
}

/// Headings go with what follows them, and a list with the line that announces it.
fn units(blocks: &[Block]) -> Vec<String> {
    let mut units: Vec<String> = Vec::new();
    let mut before: Option<&Block> = None;
    for block in blocks {
        let announces = before.is_some_and(|before| {
            before.kind == BlockKind::Paragraph
                && block.kind == BlockKind::Lines
                && before.text.ends_with([':', '：'])
        });
        let is_heading =
            |before: &Block| matches!(before.kind, BlockKind::Heading | BlockKind::BoldLine);
        let headed = before.is_some_and(is_heading);
        match units.last_mut() {
            Some(unit) if announces || headed => {
                unit.push_str(if announces { "\n" } else { PARAGRAPH });
                unit.push_str(&block.text);
            }
            _ => units.push(block.text.clone()),
        }
        before = Some(block);
    }
    units
}

fn fill<'a>(units: impl Iterator<Item = &'a str>, limit: usize) -> Vec<String> {
    let mut bubbles = Bubbles {
        limit: if limit == 0 { usize::MAX } else { limit },
        full: Vec::new(),
        open: String::new(),
        size: 0,
    };
    for unit in units {
        bubbles.unit(unit);
    }
    bubbles.finish()
}

/// Where a text may be cut, coarse to fine.
#[derive(Clone, Copy)]
enum BubbleCut {
    Paragraphs,
    Lines,
    Sentences,
    Words,
    Never,
}

impl BubbleCut {
    fn finer(self) -> Self {
        match self {
            Self::Paragraphs => Self::Lines,
            Self::Lines => Self::Sentences,
            Self::Sentences => Self::Words,
            Self::Words | Self::Never => Self::Never,
        }
    }

    /// The pieces, each with what stands between it and the piece before it.
    fn pieces(self, text: &str) -> Vec<(&'static str, &str)> {
        match self {
            Self::Paragraphs => text
                .split(PARAGRAPH)
                .map(|piece| (PARAGRAPH, piece))
                .collect(),
            Self::Lines => text.split('\n').map(|piece| ("\n", piece)).collect(),
            Self::Sentences => {
                let ends = sentence_starts(text).into_iter();
                // The standard would also end a sentence within an address.
                spaced(text, ends.filter(|end| may_cut(text, *end)))
            }
            Self::Words => {
                let ends = text.char_indices().map(|(at, c)| at + c.len_utf8());
                spaced(text, ends.filter(|end| may_cut(text, *end)))
            }
            Self::Never => vec![("", text)],
        }
    }
}

/// Whether words end here, and no link and nothing that a reader takes for one character goes on. The mark
/// of an item stays with the item.
fn may_cut(text: &str, at: usize) -> bool {
    let ends = |at: usize| {
        let mut cursor = GraphemeCursor::new(at, text.len(), true);
        cursor.is_boundary(text, 0) != Ok(false)
    };
    // White space is dropped at a cut, but not where a mark stands on it.
    let dropped = text[at..].chars().next().filter(|c| c.is_whitespace());
    text[..at].ends_with(parts_words)
        && !is_item_mark(&text[..at])
        && !text[at..].starts_with(JOIN)
        && ends(at)
        && dropped.is_none_or(|space| ends(at + space.len_utf8()))
}

/// The longest mark of an item, in bytes: a bullet, or a number with its full stop and a blank.
const ITEM_MARK: usize = 6;

fn is_item_mark(text: &str) -> bool {
    if text.len() > ITEM_MARK {
        return false;
    }
    let mark = text.trim();
    let number = mark.strip_suffix(['.', ')']).unwrap_or_default();
    matches!(mark, "-" | "*" | "+" | "–" | "—" | "•" | "◦" | "▪" | "·")
        || (!number.is_empty() && number.bytes().all(|digit| digit.is_ascii_digit()))
}

/// White space, and the punctuation of scripts that write without it.
pub(crate) fn parts_words(character: char) -> bool {
    character.is_whitespace()
        || matches!(
            character,
            '、' | '。' | '，' | '；' | '：' | '！' | '？' | '｡'
        )
}

fn spaced(text: &str, ends: impl Iterator<Item = usize>) -> Vec<(&'static str, &str)> {
    let mut pieces = Vec::new();
    let mut start = 0;
    let mut separator = "";
    for end in ends.chain([text.len()]) {
        let piece = &text[start..end];
        if !piece.trim().is_empty() {
            pieces.push((separator, piece.trim()));
        }
        let spaced = piece.ends_with(char::is_whitespace);
        separator = if spaced { " " } else { "" };
        start = end;
    }
    pieces
}

struct Bubbles {
    limit: usize,
    full: Vec<String>,
    open: String,
    /// Graphemes in the open bubble.
    size: usize,
}

impl Bubbles {
    fn unit(&mut self, unit: &str) {
        let size = size(unit);
        // What has to be cut anyway begins on its own, so that it does not look like the end of
        // something else.
        if size > self.limit {
            self.close();
        }
        self.place(BubbleCut::Paragraphs, PARAGRAPH, unit, size);
    }

    fn place(&mut self, cut: BubbleCut, separator: &'static str, text: &str, size: usize) {
        let between = if self.open.is_empty() { "" } else { separator };
        if self.size.saturating_add(between.len()).saturating_add(size) <= self.limit {
            self.open.push_str(between);
            self.open.push_str(text);
            self.size += between.len() + size;
            return;
        }
        if size <= self.limit || matches!(cut, BubbleCut::Never) {
            self.close();
            self.open.push_str(text);
            self.size = size;
            return;
        }
        for (at, (own, piece)) in cut.pieces(text).into_iter().enumerate() {
            let separator = if at == 0 { separator } else { own };
            self.place(cut.finer(), separator, piece, self::size(piece));
        }
    }

    fn close(&mut self) {
        self.size = 0;
        if !self.open.is_empty() {
            self.full.push(std::mem::take(&mut self.open));
        }
    }

    fn finish(mut self) -> Vec<String> {
        self.close();
        self.full
    }
}

fn size(text: &str) -> usize {
    if text.is_ascii() {
        return text.len();
    }
    if text.contains([MARK, JOIN]) {
        let seen = markup::without_marks(text).replace(JOIN, "");
        return seen.graphemes(true).count();
    }
    if text.chars().all(stands_alone) {
        return text.chars().count();
    }
    text.graphemes(true).count()
}

/// Whether a character is one to a reader whatever stands beside it, if that is such a one too:
/// Latin, punctuation, and the greater part of Chinese and Japanese. Counting these is much
/// quicker than looking up each.
fn stands_alone(character: char) -> bool {
    matches!(
        character,
        '\u{20}'..='\u{2ff}'
            | '\n'
            | '\u{2010}'..='\u{2027}'
            | '\u{2030}'..='\u{205e}'
            | '\u{20a0}'..='\u{20bf}'
            | '\u{3001}'..='\u{3029}'
            | '\u{3041}'..='\u{3096}'
            | '\u{30a0}'..='\u{30ff}'
            | '\u{4e00}'..='\u{9fff}'
            | '\u{ff01}'..='\u{ff60}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_alone_is_one_character_beside_any_other_that_does() {
        let all: Vec<char> = ('\0'..='\u{ffff}').filter(|c| stands_alone(*c)).collect();
        assert!(all.len() > 20_000);
        for beside in ['a', ' ', '©', '’', '好', '。', 'ー'] {
            let text: String = all.iter().flat_map(|c| [*c, beside]).collect();
            assert_eq!(size(&text), text.graphemes(true).count(), "{beside}");
        }
        let text: String = all.iter().collect();
        assert_eq!(size(&text), text.graphemes(true).count());
    }

    #[test]
    fn the_mark_of_an_item_stays_with_the_item() {
        for mark in ["-", "•", "–", "1.", "12.", "3)"] {
            for before in 1..30 {
                let text = format!(
                    "{}\n{mark} Restart it. Wait for the light.",
                    "x".repeat(before)
                );
                let bubbles = of_text(&text, 32);
                let texts: Vec<&str> = bubbles.iter().map(|bubble| &*bubble.text).collect();
                assert!(texts.len() > 1, "{texts:?}");
                assert!(texts.iter().all(|text| !text.ends_with(mark)), "{texts:?}");
            }
        }
        // A link that fits nowhere does not part from its mark either.
        let link = format!("- https://acme.example/{}", "x".repeat(40));
        assert_eq!(of_text(&link, 30)[0].text, link);
    }
}
