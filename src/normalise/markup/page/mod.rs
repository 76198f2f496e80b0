//! Collects the blocks of an answer while its markup is read: paragraphs, headings, list lines and
//! tables. White space is what it is in HTML.

mod bold;
mod links;

use std::sync::Arc;

use reqwest::Url;

use self::bold::BoldText;
use super::media::{MARK, Media};
use super::table::{TableCell, TextTable};
use super::{link, media};
use crate::config::Rich;
use crate::text::raised::{self, Raised};

/// Stands for a space at which a link must not be broken. Control characters of the input never
/// get here, so that it is unmistakable.
pub(crate) const GLUE: char = '\u{1}';

/// Takes no room, and says that a link goes on where a sentence ends.
pub(crate) const JOIN: char = '\u{3}';

/// Lists and tables within each other. Nobody can read what is nested deeper.
const MAX_NESTING: usize = 64;

/// A piece of an answer that stands on lines of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Block {
    /// What it is.
    pub(crate) kind: BlockKind,
    /// Its text; [`GLUE`] in place of some spaces.
    pub(crate) text: String,
}

/// What a block is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BlockKind {
    /// Running text.
    Paragraph,
    /// What the next block is about.
    Heading,
    /// The same by its look alone.
    BoldLine,
    /// A list, a table or code: each line means something by itself.
    Lines,
}

struct OpenList {
    /// The number of the next item, if items are numbered.
    number: Option<i64>,
    /// What the next line begins with, if it is the first of its item.
    marker: Option<String>,
    /// Whether it has a line already.
    begun: bool,
}

enum Frame {
    List(OpenList),
    Table(TextTable),
}

/// What running text is part of.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Style {
    /// A paragraph.
    #[default]
    Running,
    /// A heading.
    Heading,
    /// Text in which line breaks count.
    Preformatted,
}

/// How links are shown.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Links {
    /// With their addresses.
    #[default]
    Addresses,
    /// As buttons, where they lead somewhere from anywhere.
    Buttons,
    /// Not at all: in a title.
    Words,
}

struct OpenLink {
    url: String,
    start: usize,
}

/// The blocks of an answer, and what stands in them beside text.
#[derive(Clone, Debug, Default)]
pub(crate) struct Blocks {
    /// In their order, with a mark for each of the media.
    pub(crate) list: Vec<Block>,
    /// What the marks stand for.
    pub(crate) media: Arc<[Media]>,
    /// Something was left out that its author has struck out.
    pub(crate) has_struck: bool,
    /// Something was left out that only the wiki can show from which it comes.
    pub(crate) is_partial: bool,
}

/// What links and images become.
#[derive(Default)]
struct Shown {
    links: Links,
    carousels: bool,
    /// Where links begin that do not say it.
    base: Option<Url>,
}

/// The blocks so far, and where reading stands.
#[derive(Default)]
pub(crate) struct BlockCollector {
    blocks: Vec<Block>,
    frames: Vec<Frame>,
    line: String,
    space: bool,
    style: Style,
    link: Option<OpenLink>,
    shown: Shown,
    media: Vec<Media>,
    /// Where raised or lowered text began.
    raised: Option<(usize, Raised)>,
    has_struck: bool,
    bold: BoldText,
    too_deep: bool,
}

impl BlockCollector {
    /// A page that does not show where links lead: a title.
    pub(crate) fn without_links() -> Self {
        Self::showing(Shown {
            links: Links::Words,
            ..Shown::default()
        })
    }

    /// A page on which links and images become what this says.
    pub(crate) fn with(rich: &Rich) -> Self {
        let base = rich.link_base.as_deref();
        Self::showing(Shown {
            links: if rich.buttons {
                Links::Buttons
            } else {
                Links::Addresses
            },
            carousels: rich.carousels,
            base: base.and_then(|base| Url::parse(base).ok()),
        })
    }

    fn showing(shown: Shown) -> Self {
        Self {
            shown,
            ..Self::default()
        }
    }

    /// Adds an image, or else the text in its place.
    pub(crate) fn image(&mut self, address: &str, text: &str) {
        let url = link::reachable(address, self.shown.base.as_ref());
        let url = url.filter(|url| self.shown.carousels && link::is_whole(url));
        let mark = url.and_then(|url| {
            let text = text.to_owned();
            media::add(&mut self.media, Media::Image { url, text })
        });
        match mark {
            Some(mark) => {
                self.bold.see();
                self.put_space();
                self.line.push_str(&mark);
            }
            None => self.text(text),
        }
    }

    /// Adds running text.
    pub(crate) fn text(&mut self, text: &str) {
        if text.contains(|character: char| !character.is_whitespace()) {
            self.bold.see();
        }
        for character in text.chars() {
            match character {
                '\n' if self.style == Style::Preformatted => self.line.push('\n'),
                character if character.is_whitespace() => self.space = true,
                character if character.is_control() => {}
                character => {
                    self.put_space();
                    self.line.push(character);
                }
            }
        }
    }

    fn put_space(&mut self) {
        let within = |link: &OpenLink| self.line.len() > link.start;
        let glued = self.link.as_ref().is_some_and(within);
        if std::mem::take(&mut self.space)
            && !self.line.is_empty()
            && (self.style == Style::Preformatted || !self.line.ends_with('\n'))
        {
            self.line.push(if glued { GLUE } else { ' ' });
        }
    }

    /// Text begins that stands above or below the line.
    pub(crate) fn raise(&mut self, raised: Raised) {
        self.raised = Some((self.line.len(), raised));
    }

    /// Raised or lowered text ends.
    pub(crate) fn end_raised(&mut self) {
        // It may have ended with its paragraph already.
        let begun = self.raised.take();
        let Some((start, raised)) = begun.filter(|(start, _)| *start <= self.line.len()) else {
            return;
        };
        if self.line[start..].contains([MARK, GLUE]) {
            return;
        }
        let text = self.line.split_off(start);
        self.line.push_str(&raised::written(&text, raised));
    }

    /// Where bold text begins and ends.
    pub(crate) fn bold(&mut self) -> &mut BoldText {
        &mut self.bold
    }

    /// Something was left out that its author has struck out.
    pub(crate) fn strike(&mut self) {
        self.has_struck = true;
    }

    /// A line break within a paragraph.
    pub(crate) fn line_break(&mut self) {
        self.space = false;
        if !self.line.is_empty() {
            self.line.push('\n');
        }
    }

    /// A line break that stands in the text itself; a second one ends the paragraph.
    pub(crate) fn written_line_break(&mut self) {
        if self.line.ends_with('\n') {
            self.end_block();
        } else {
            self.line_break();
        }
    }

    /// Ends the paragraph, if one is open.
    pub(crate) fn end_block(&mut self) {
        // A link around whole paragraphs is shown with the first of them.
        match &mut self.link {
            Some(link) if self.line[link.start..].trim().is_empty() => link.start = 0,
            _ => self.close_link(),
        }
        self.space = false;
        let text = self.line.trim_end();
        let text = text.trim_start_matches('\n');
        let is_bold = self.bold.end_paragraph();
        let kind = match self.style {
            Style::Heading => BlockKind::Heading,
            Style::Preformatted => BlockKind::Lines,
            Style::Running if is_bold && bold::is_heading(text) => BlockKind::BoldLine,
            Style::Running => BlockKind::Paragraph,
        };
        if !text.is_empty() {
            let text = text.to_owned();
            self.put(kind, text);
        }
        self.raised = None;
        self.line.clear();
    }

    fn put(&mut self, kind: BlockKind, text: String) {
        if !matches!(self.frames.last(), Some(Frame::List(_))) {
            self.here().push(Block { kind, text });
            return;
        }
        let first = self.innermost_table().map_or(0, |table| table + 1);
        let indent = if self.frames.len() - first > 1 {
            " "
        } else {
            ""
        };
        let marker = match self.frames.last_mut() {
            Some(Frame::List(list)) => list.marker.take(),
            _ => None,
        };
        let marker = marker.as_deref().unwrap_or(" ");
        let text = format!("{indent}{marker}{}", text.replace('\n', "\n "));
        let begun = match &mut self.frames[first] {
            Frame::List(outermost) => std::mem::replace(&mut outermost.begun, true),
            Frame::Table(_) => false,
        };
        match self.here().last_mut() {
            Some(block) if begun && block.kind == BlockKind::Lines => {
                block.text.push('\n');
                block.text.push_str(&text);
            }
            _ => self.here().push(Block {
                kind: BlockKind::Lines,
                text,
            }),
        }
    }

    fn innermost_table(&self) -> Option<usize> {
        let is_table = |frame: &Frame| matches!(frame, Frame::Table(_));
        self.frames.iter().rposition(is_table)
    }

    /// Where blocks go: the open cell, or the page.
    fn here(&mut self) -> &mut Vec<Block> {
        let table = self.frames.iter_mut().rev().find_map(|frame| match frame {
            Frame::Table(table) => Some(table),
            Frame::List(_) => None,
        });
        match table {
            Some(table) => table.here(),
            None => &mut self.blocks,
        }
    }

    fn open(&mut self, frame: Frame) {
        self.end_block();
        if self.frames.len() < MAX_NESTING {
            self.frames.push(frame);
        } else {
            self.too_deep = true;
        }
    }

    /// Text of another style begins.
    pub(crate) fn set_style(&mut self, style: Style) {
        self.end_block();
        self.style = style;
    }

    /// A list begins, with the number of its first item if items are numbered.
    pub(crate) fn open_list(&mut self, number: Option<i64>) {
        self.open(Frame::List(OpenList {
            number,
            marker: None,
            begun: false,
        }));
    }

    /// An item begins, with a number of its own if it has one.
    pub(crate) fn open_item(&mut self, number: Option<i64>) {
        self.end_block();
        if !matches!(self.frames.last(), Some(Frame::List(_))) {
            self.open_list(None);
        }
        if let Some(Frame::List(list)) = self.frames.last_mut() {
            list.marker = Some(match &mut list.number {
                Some(next) => {
                    let this = number.unwrap_or(*next);
                    *next = this.saturating_add(1);
                    format!("{this}. ")
                }
                None => "- ".to_owned(),
            });
        }
    }

    /// The innermost list ends.
    pub(crate) fn close_list(&mut self) {
        self.end_block();
        if matches!(self.frames.last(), Some(Frame::List(_))) {
            self.frames.pop();
        }
    }

    /// A table begins.
    pub(crate) fn open_table(&mut self) {
        self.open(Frame::Table(TextTable::default()));
    }

    /// A row begins.
    pub(crate) fn open_row(&mut self) {
        if let Some(table) = self.close_cell() {
            table.rows.push(Vec::new());
        }
    }

    /// The rows that come name the columns of the innermost table, or do so no more.
    pub(crate) fn set_head(&mut self, in_head: bool) {
        if let Some(table) = self.close_cell() {
            table.in_head = in_head;
        }
    }

    /// A cell begins, which stands in so many columns and rows.
    pub(crate) fn open_cell(&mut self, header: bool, span: (usize, usize)) {
        if let Some(table) = self.close_cell() {
            table.open_cell(TableCell {
                header,
                span,
                blocks: Vec::new(),
            });
        }
    }

    /// The open cell of the innermost table ends, if there is one; lists left open in it too.
    pub(crate) fn close_cell(&mut self) -> Option<&mut TextTable> {
        self.end_block();
        let at = self.innermost_table()?;
        self.frames.truncate(at + 1);
        match self.frames.last_mut() {
            Some(Frame::Table(table)) => {
                table.cell_is_open = false;
                Some(table)
            }
            _ => None,
        }
    }

    /// The innermost table ends.
    pub(crate) fn close_table(&mut self) {
        if self.close_cell().is_none() {
            return;
        }
        if let Some(Frame::Table(table)) = self.frames.pop() {
            let blocks = table.into_blocks();
            self.here().extend(blocks);
        }
    }

    /// Everything that was collected, or nothing if it is nested too deeply.
    pub(crate) fn finish(mut self) -> Option<Blocks> {
        self.end_block();
        while self.innermost_table().is_some() {
            self.close_table();
        }
        (!self.too_deep).then_some(Blocks {
            list: self.blocks,
            media: self.media.into(),
            has_struck: self.has_struck,
            is_partial: false,
        })
    }
}
