//! The text of a configuration file, and how a piece of it is shown: the line, what must be
//! masked masked, and where the caret stands.

use std::ops::Range;
use std::path::Path;

const MASK: &str = "\"…\"";

/// The text, and what of it must not be shown.
pub(super) struct Document<'t> {
    /// The file, as it was asked for.
    pub(super) path: &'t Path,
    text: &'t str,
    masks: Vec<Range<usize>>,
}

/// A line as it is shown, with a caret under a piece of it. Columns count characters from 0.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Excerpt {
    /// The line, from 1.
    pub(super) number: usize,
    /// What is shown of it.
    pub(super) line: String,
    /// The columns below which the caret stands, in what is shown.
    pub(super) caret: Range<usize>,
    /// The column in the file, from 1.
    pub(super) column: usize,
}

impl<'t> Document<'t> {
    /// A text with the stretches to mask, sorted and apart.
    pub(super) fn new(path: &'t Path, text: &'t str, masks: Vec<Range<usize>>) -> Self {
        Self { path, text, masks }
    }

    /// The line, from 1, at a position.
    pub(super) fn line(&self, at: usize) -> usize {
        self.text[..at].matches('\n').count() + 1
    }

    /// Shows the line in which a piece of the text begins.
    pub(super) fn excerpt(&self, piece: &Range<usize>) -> Excerpt {
        let piece = self.within_a_line(piece);
        let start = self.text[..piece.start].rfind('\n').map_or(0, |at| at + 1);
        let rest = &self.text[start..];
        let line = rest.split('\n').next().unwrap_or(rest);
        let line = line.strip_suffix('\r').unwrap_or(line);
        let (shown, caret) = self.shown(start, line, &piece);
        Excerpt {
            number: self.line(start),
            line: shown,
            caret,
            column: self.text[start..piece.start].chars().count() + 1,
        }
    }

    /// A complaint about the end of the file belongs to its last line that says something.
    fn within_a_line(&self, piece: &Range<usize>) -> Range<usize> {
        if self.text[piece.start.min(self.text.len())..]
            .trim()
            .is_empty()
        {
            let end = self.text.trim_end().len();
            return piece.start.min(end)..end;
        }
        piece.clone()
    }

    fn shown(&self, start: usize, line: &str, piece: &Range<usize>) -> (String, Range<usize>) {
        let mut shown = String::new();
        let mut width = 0;
        let mut caret = None;
        let mut caret_end = 0;
        let mut current_mask = None;
        for (offset, character) in line.char_indices() {
            let at = start + offset;
            let mask = self.masks.iter().find(|mask| mask.contains(&at));
            let before = match current_mask {
                Some((masked, column)) if mask == Some(masked) => column,
                _ => {
                    current_mask = mask.map(|mask| (mask, width));
                    shown.push_str(if mask.is_some() { MASK } else { "" });
                    let column = width;
                    width += mask.map_or(0, |_| MASK.chars().count());
                    column
                }
            };
            if mask.is_none() {
                shown.push(printable(character));
                width += 1;
            }
            if at >= piece.start {
                caret.get_or_insert(before);
            }
            if at < piece.end {
                caret_end = width;
            }
        }
        let from = caret.unwrap_or(width);
        (shown, from..caret_end.max(from + 1))
    }
}

/// A file may hold anything; a terminal must only get text, and a tab must not move the caret.
fn printable(character: char) -> char {
    match character {
        '\t' | '\u{feff}' => ' ',
        other if other.is_control() => '\u{fffd}',
        other => other,
    }
}
