//! Opens a file as text: decoded, and known not to be empty or binary.

use std::io::{self, Cursor, Read};
use std::path::Path;

use encoding_rs::{Encoding, UTF_8};

use super::content::FileContent;
use super::encoding;
use super::encoding::TextEncoding;
use super::legacy;
use super::legacy::{FoundEncoding, Utf8Share};
use crate::config::ConfiguredEncoding as Configured;
use crate::intake::budget::Budget;
use crate::model::Reach;

const HEAD: u64 = 64 * 1024;
/// What is read of a whole text at a time.
const PIECE: u64 = 1 << 20;
pub(crate) const NOT_UTF8: &str = "has bytes that are not UTF-8; export the file again as UTF-8";

/// Why a file, from a line on, could not be read.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct TextProblem {
    /// The line, or 0 for the file as a whole.
    pub(crate) line: u64,
    /// Why, and what to do. Continues a sentence that begins with the file's name.
    pub(crate) reason: String,
    /// Whether something of the file was read before.
    pub(crate) reach: Reach,
    /// There is nothing in the file: whether that is a failure depends on what it held before.
    pub(crate) is_empty: bool,
    /// The machine had no room for one more open file: the file is not to blame.
    pub(crate) is_of_the_machine: bool,
}

/// Whether a file could not be opened because too many are open already, here or on the machine.
pub(crate) fn too_many_open(error: &io::Error) -> bool {
    let code = error.raw_os_error();
    [rustix::io::Errno::MFILE, rustix::io::Errno::NFILE]
        .into_iter()
        .any(|errno| code == Some(errno.raw_os_error()))
}

impl TextProblem {
    /// Nothing of the file can be used.
    pub(crate) fn whole_file(reason: impl Into<String>) -> Self {
        Self::unusable(0, reason)
    }

    /// The same, because of what stands on this line.
    pub(crate) fn unusable(line: u64, reason: impl Into<String>) -> Self {
        Self {
            line,
            reason: reason.into(),
            reach: Reach::Unusable,
            is_empty: false,
            is_of_the_machine: false,
        }
    }

    /// Too many files are open.
    pub(crate) fn of_the_machine(error: &io::Error) -> Self {
        Self {
            is_of_the_machine: true,
            ..Self::whole_file(error.to_string())
        }
    }

    /// What was read before this line counts; what follows may hold other articles.
    pub(crate) fn rest(line: u64, reason: impl Into<String>) -> Self {
        Self {
            reach: Reach::Rest,
            ..Self::unusable(line, reason)
        }
    }

    /// What broke off the reading of rows on this line.
    pub(crate) fn broken_off(line: u64, error: &io::Error) -> Self {
        Self {
            reach: Reach::Rest,
            ..Self::reading(line, error)
        }
    }

    /// What went wrong while reading the text of a file, so that nothing of it can be used.
    pub(crate) fn reading(line: u64, error: &io::Error) -> Self {
        if too_many_open(error) {
            return Self::of_the_machine(error);
        }
        let known = error
            .get_ref()
            .and_then(|inner| inner.downcast_ref::<Unsuitable>());
        let reason = match known {
            Some(Unsuitable(reason)) => reason.clone(),
            None => format!("cannot be read ({error}); check the disk or the mount"),
        };
        Self::unusable(line, reason)
    }
}

/// Content that is at fault, where the operating system did its part.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Unsuitable(String);

impl Unsuitable {
    pub(crate) fn io(reason: impl Into<String>) -> io::Error {
        io::Error::new(io::ErrorKind::InvalidData, Self(reason.into()))
    }
}

/// A file's text as it streams. UTF-8, though invalid sequences may still be in it.
pub(crate) struct Text {
    head: Vec<u8>,
    rest: Box<dyn Read>,
    guessed: Option<&'static Encoding>,
    is_utf8: Option<bool>,
    is_as_stored: bool,
}

impl Text {
    /// Opens content in the configured encoding, or in the one that it shows.
    pub(crate) fn open(
        content: &FileContent,
        configured: Option<Configured>,
    ) -> Result<Self, TextProblem> {
        let mut raw = Vec::new();
        let mut bytes = content.open()?;
        read_head(&mut bytes, &mut raw)?;
        if raw.is_empty() {
            return Err(empty());
        }
        if raw.starts_with(b"PK\x03\x04") {
            return Err(TextProblem::whole_file(
                "is not text but a workbook or zip archive, whatever its name says; export it as CSV",
            ));
        }
        let (mut encoding, mark) = encoding::detect(&raw, configured);
        let (mut guessed, mut is_utf8) = (None, Some(encoding == TextEncoding::Utf8));
        if configured.is_none() && mark == 0 && encoding == TextEncoding::Utf8 {
            let share = share_of_utf8(content)?;
            is_utf8 = share.beyond_ascii().then_some(true);
            let declared = legacy::declared(&raw);
            if let Some(found) = other_than_utf8(content, share, declared)? {
                encoding = TextEncoding::Other(found);
                is_utf8 = Some(false);
                guessed = (declared != Some(found)).then_some(found);
            }
        } else if let (0, TextEncoding::Other(configured)) = (mark, encoding)
            && share_of_utf8(content) == Ok(Utf8Share::All)
        {
            return Err(TextProblem::whole_file(is_utf8_after_all(configured)));
        }
        raw.drain(..mark);
        let bytes = Box::new(Cursor::new(raw).chain(bytes));
        let mut rest = encoding::decoded(encoding, bytes);
        let mut head = Vec::new();
        read_head(&mut rest, &mut head)?;
        if head.contains(&0) {
            return Err(TextProblem::whole_file(
                "is not text (it has zero bytes in it); export it again as CSV or JSON in UTF-8",
            ));
        }
        if head.trim_ascii_start().is_empty() && (head.len() as u64) < HEAD {
            return Err(empty());
        }
        Ok(Self {
            head,
            rest,
            guessed,
            is_utf8,
            is_as_stored: encoding == TextEncoding::Utf8 && content.is_plain(),
        })
    }

    /// Refuses a page that a server sent in place of an export.
    pub(crate) fn check_is_no_web_page(&self) -> Result<(), TextProblem> {
        if is_web_page(self.head.trim_ascii_start()) {
            return Err(TextProblem::whole_file(
                "is an HTML page, perhaps an error or login page that was saved in place of the export; run the export again",
            ));
        }
        Ok(())
    }

    /// The encoding that it seems to be in, where neither the configuration nor the file says so.
    pub(crate) fn guessed(&self) -> Option<&'static Encoding> {
        self.guessed
    }

    /// Whether it is UTF-8. `None`: there is nothing beyond ASCII in it to tell by.
    pub(crate) fn is_utf8(&self) -> Option<bool> {
        self.is_utf8
    }

    /// Whether the bytes are those of the file: neither decoded nor unpacked.
    pub(crate) fn is_as_stored(&self) -> bool {
        self.is_as_stored
    }

    /// All of the text at once, for formats that cannot be read piece by piece.
    pub(crate) fn whole(self, budget: &mut Budget) -> Result<String, TextProblem> {
        let mut bytes = Vec::new();
        let mut reader = self.reader();
        loop {
            let count = (&mut reader).take(PIECE).read_to_end(&mut bytes);
            match count.map_err(|error| TextProblem::reading(0, &error))? {
                0 => break,
                count => budget.take(count)?,
            }
        }
        String::from_utf8(bytes).map_err(|error| {
            let good = &error.as_bytes()[..error.utf8_error().valid_up_to()];
            TextProblem::unusable(1 + newlines(good), NOT_UTF8)
        })
    }

    /// The first part of the text, enough for a header.
    pub(crate) fn head(&self) -> &[u8] {
        &self.head
    }

    /// All of the text.
    pub(crate) fn reader(self) -> Box<dyn Read> {
        Box::new(Cursor::new(self.head).chain(self.rest))
    }
}

/// All of the text of a file that is no source. A problem continues a sentence that begins with its name.
pub(crate) fn whole_text(path: &Path, max_bytes: u64) -> Result<String, String> {
    let content = FileContent::new(path.to_owned(), max_bytes);
    let text = Text::open(&content, None).and_then(|text| text.whole(&mut Budget::default()));
    text.map_err(|problem| problem.reason)
}

/// So much of a file is looked at to tell whether it is UTF-8. A large one would be read twice for it;
/// what is no UTF-8 behind that is an error of its line.
const LOOKED_AT: u64 = 8 << 20;

/// How much of the beginning of a file is UTF-8.
fn share_of_utf8(content: &FileContent) -> Result<Utf8Share, TextProblem> {
    let mut looked_at = content.open()?.take(LOOKED_AT);
    legacy::utf8_share(&mut looked_at).map_err(|error| TextProblem::reading(0, &error))
}

/// The encoding of a file that is not in UTF-8, where that can be told.
fn other_than_utf8(
    content: &FileContent,
    share: Utf8Share,
    declared: Option<&'static Encoding>,
) -> Result<Option<&'static Encoding>, TextProblem> {
    let reading = |error: io::Error| TextProblem::reading(0, &error);
    if share.is_utf8() {
        return Ok(None);
    }
    let declared = declared.filter(|declared| *declared != UTF_8);
    let found = legacy::recognise(&mut content.open()?, declared).map_err(reading)?;
    match found {
        // Where some of it is UTF-8, the rest is damaged, unless all of it can be something else.
        FoundEncoding::Legacy(found) if share == Utf8Share::Some => {
            Ok(Some(found).filter(|found| legacy::is_of_several_bytes(found)))
        }
        FoundEncoding::Legacy(found) => Ok(Some(found)),
        FoundEncoding::Unclear(_) if share == Utf8Share::Some => Ok(None),
        FoundEncoding::Unclear(candidates) => Err(TextProblem::whole_file(unclear(&candidates))),
    }
}

/// What a person should know of a file whose encoding was guessed.
pub(crate) fn read_as(encoding: &'static Encoding) -> String {
    let name = encoding.name().to_lowercase();
    format!(
        "is not UTF-8 and was read as {name}; if letters look wrong, export it as UTF-8, and if they look right, write encoding = \"{name}\" to the source"
    )
}

/// Why a file is not read whose encoding has changed.
pub(crate) fn no_longer_utf8(encoding: &'static Encoding) -> String {
    let name = encoding.name().to_lowercase();
    format!(
        "was UTF-8 when it was last read, and seems to be {name} now; live answers stay as they are. Export it as UTF-8 again, or write encoding = \"{name}\" to the source if the export is meant to be so from now on"
    )
}

fn is_utf8_after_all(configured: &'static Encoding) -> String {
    format!(
        "is UTF-8, but encoding = \"{}\" is written to its source, and customers would see wrong letters; remove that line",
        configured.name().to_lowercase()
    )
}

fn unclear(candidates: &[(&'static str, String)]) -> String {
    let lines = candidates
        .iter()
        .map(|(name, word)| format!("\nencoding = \"{}\" reads {word}", name.to_lowercase()));
    format!(
        "is not UTF-8, and what it is in is not certain enough to show it to customers; export it as UTF-8, or write the line to the source in which the word looks right:{}",
        lines.collect::<String>()
    )
}

fn read_head(from: &mut dyn Read, head: &mut Vec<u8>) -> Result<(), TextProblem> {
    from.take(HEAD)
        .read_to_end(head)
        .map(drop)
        .map_err(|error| TextProblem::reading(0, &error))
}

fn empty() -> TextProblem {
    TextProblem {
        is_empty: true,
        ..TextProblem::whole_file(
            "is empty; an export without articles has at least a header, so this one probably failed; export it again",
        )
    }
}

/// Whether a text begins as a web page does. Other documents of XML have a `<!DOCTYPE` as well.
pub(crate) fn is_web_page(start: &[u8]) -> bool {
    let start = start[..start.len().min(64)].to_ascii_lowercase();
    let tag = match start.strip_prefix(b"<!doctype") {
        Some(rest) => rest.trim_ascii_start().strip_prefix(b"html"),
        None => start.strip_prefix(b"<html"),
    };
    tag.is_some_and(|tag| {
        let next = tag.first();
        next.is_none_or(|next| next.is_ascii_whitespace() || matches!(next, b'>' | b'/'))
    })
}

/// The line breaks in a text.
pub(crate) fn newlines(bytes: &[u8]) -> u64 {
    memchr::memchr_iter(b'\n', bytes).count() as u64
}
