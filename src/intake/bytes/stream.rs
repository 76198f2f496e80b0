//! The text of a file on its way to a parser that takes it piece by piece: its lines are counted, it is
//! known to be UTF-8, and no single thing in it can be so long that it fills the memory.

use std::cell::Cell;
use std::io::{self, BufRead, Read};
use std::rc::Rc;

use super::text::{NOT_UTF8, TextProblem, Unsuitable, newlines};

const BUFFER: usize = 64 * 1024;
/// What a parser may take for one thing, besides a row as long as it may be: what is a little too
/// long is rejected by itself, and the rest goes on.
const SPARE: usize = 8 << 20;

/// How far the text has been read.
#[derive(Debug)]
pub(crate) struct StreamProgress {
    newlines: Cell<u64>,
    since: Cell<usize>,
    is_passed_over: Cell<bool>,
    limit: usize,
}

impl StreamProgress {
    /// The line on which reading stands.
    pub(crate) fn line(&self) -> u64 {
        self.newlines.get() + 1
    }

    /// Something else begins.
    pub(crate) fn begin(&self) {
        self.since.set(0);
        self.is_passed_over.set(false);
    }

    /// Something begins of which nothing is held, so that it may be as long as it is.
    pub(crate) fn pass_over(&self) {
        self.is_passed_over.set(true);
    }

    fn is_too_long(&self) -> bool {
        self.since.get() > self.limit && !self.is_passed_over.get()
    }

    fn passed(&self, bytes: &[u8]) {
        self.newlines.set(self.newlines.get() + newlines(bytes));
        self.since.set(self.since.get() + bytes.len());
    }
}

/// Gives the text out and counts.
pub(crate) struct Stream<'t> {
    text: Box<dyn Read + 't>,
    progress: Rc<StreamProgress>,
    buffer: Vec<u8>,
    /// What of the buffer is to be given out, and where it ends.
    next: usize,
    whole: usize,
}

impl<'t> Stream<'t> {
    /// Things longer than a row and [`SPARE`] bytes are an error.
    pub(crate) fn new(text: Box<dyn Read + 't>, max_row_bytes: usize) -> Self {
        let progress = StreamProgress {
            newlines: Cell::new(0),
            since: Cell::new(0),
            is_passed_over: Cell::new(false),
            limit: max_row_bytes.saturating_add(SPARE),
        };
        Self {
            text,
            progress: Rc::new(progress),
            buffer: Vec::with_capacity(BUFFER),
            next: 0,
            whole: 0,
        }
    }

    /// What tells how far it has been read.
    pub(crate) fn progress(&self) -> Rc<StreamProgress> {
        self.progress.clone()
    }

    /// Reads on, up to the end of a character.
    fn refill(&mut self) -> io::Result<()> {
        self.buffer.drain(..self.whole);
        (self.next, self.whole) = (0, 0);
        loop {
            let room = (BUFFER - self.buffer.len()) as u64;
            let read = (&mut self.text).take(room).read_to_end(&mut self.buffer)?;
            match std::str::from_utf8(&self.buffer) {
                Ok(text) => self.whole = text.len(),
                // What is wrong comes up once all before it has been given out.
                Err(error) if error.valid_up_to() > 0 => self.whole = error.valid_up_to(),
                Err(error) if error.error_len().is_none() && read > 0 => continue,
                Err(_) => return Err(Unsuitable::io(NOT_UTF8)),
            }
            return Ok(());
        }
    }
}

impl BufRead for Stream<'_> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.progress.is_too_long() {
            return Err(Unsuitable::io(format!(
                "holds something that is longer than {} bytes; raise max_row_bytes if it is meant to be so long, or divide it",
                self.progress.limit
            )));
        }
        if self.next == self.whole {
            self.refill()?;
        }
        Ok(&self.buffer[self.next..self.whole])
    }

    fn consume(&mut self, count: usize) {
        let end = (self.next + count).min(self.whole);
        self.progress.passed(&self.buffer[self.next..end]);
        self.next = end;
    }
}

impl Read for Stream<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let available = self.fill_buf()?;
        let count = available.len().min(into.len());
        into[..count].copy_from_slice(&available[..count]);
        self.consume(count);
        Ok(count)
    }
}

/// What the reading of a stream broke off for.
pub(crate) fn broken_off(progress: &StreamProgress, error: &io::Error) -> TextProblem {
    TextProblem::reading(progress.line(), error)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &[u8], max_row_bytes: usize) -> Result<(Vec<u8>, u64), String> {
        let mut stream = Stream::new(Box::new(text), max_row_bytes);
        let progress = stream.progress();
        let mut all = Vec::new();
        match stream.read_to_end(&mut all) {
            Ok(_) => Ok((all, progress.line())),
            Err(error) => Err(broken_off(&progress, &error).reason),
        }
    }

    #[test]
    fn text_passes_as_it_is_and_lines_are_counted() {
        let long = "ä€𝄞\n".repeat(BUFFER / 3);
        for shift in 0..4 {
            let text = "x".repeat(shift) + &long;
            let (all, line) = read(text.as_bytes(), 0).unwrap();
            assert!(all == text.as_bytes());
            assert_eq!(line, 1 + BUFFER as u64 / 3);
        }
        assert_eq!(read(b"", 0), Ok((Vec::new(), 1)));
    }

    #[test]
    fn what_is_no_utf8_or_without_an_end_is_refused() {
        for text in [&b"a\xff"[..], b"a\xe2\x82", b"\xc3\x28"] {
            assert_eq!(read(text, 0), Err(NOT_UTF8.to_owned()));
        }
        let long = vec![b'x'; SPARE + 2 * BUFFER];
        assert!(read(&long, 0).unwrap_err().contains("longer than"));
        assert!(read(&long, 2 * BUFFER).is_ok());
    }
}
