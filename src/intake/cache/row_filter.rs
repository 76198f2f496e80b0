//! Goes through a file at the speed of memory, on two cores where it is large, and lets only those
//! rows pass that have not been seen.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt as _;

use memchr::memchr_iter;

use super::index::Index;
use super::splitter::RowEnds;
use super::{CacheView, CachedFile, Hasher, trimmed};
use crate::model::RowDigest;

const BUFFER: usize = 1 << 20;
/// Files above this many bytes are worth a second thread.
const LARGE: u64 = 8 << 20;
/// How many of the rows that follow are looked at before a row counts as new.
const WINDOW: usize = 64;
/// After so many new rows in a row, the rows have perhaps another order than before.
const LOST: usize = 32;
/// Rows that are tried as the place from which the second thread goes on.
const ANCHORS: usize = 64;
/// More new rows than this many bytes: the file is another one, and is better read as a whole.
const MOST_PASSED: usize = 64 << 20;

/// A file without the rows that have been seen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct FilteredRows {
    /// The rows that are left, as they stand in the file.
    pub text: Vec<u8>,
    /// Positions of the others among the rows as seen.
    pub covered: Vec<u32>,
    /// The rows that are left: the digest, and how many of the others stand before it.
    pub passed: Vec<(RowDigest, u32)>,
    /// Where a line of the text stands in the file: from this line of the text on, this one.
    runs: Vec<(u64, u64)>,
    /// Line breaks in the text, and in the file.
    lines: (u64, u64),
}

impl FilteredRows {
    /// The line of the file that a line of the text is.
    pub(crate) fn line(&self, line: u64) -> u64 {
        match self.runs.partition_point(|(from, _)| *from <= line) {
            0 => line,
            run => {
                let (from, line_of_file) = self.runs[run - 1];
                line_of_file + line - from
            }
        }
    }

    fn pass(&mut self, raw: &[u8], digest: RowDigest, breaks: u64) {
        let (here, there) = (self.lines.0 + 1, self.lines.1 + 1);
        let follows = self
            .runs
            .last()
            .is_some_and(|(from, line)| there - line == here - from);
        if !follows {
            self.runs.push((here, there));
        }
        self.text.extend_from_slice(raw);
        self.lines.0 += breaks;
        if !trimmed(raw).is_empty() {
            let before = u32::try_from(self.covered.len()).unwrap_or(u32::MAX);
            self.passed.push((digest, before));
        }
    }

    /// Puts the rest of a file behind its first part.
    fn append(&mut self, rest: Self) {
        let before = u32::try_from(self.covered.len()).unwrap_or(u32::MAX);
        let (text, file) = self.lines;
        self.runs.extend(
            rest.runs
                .iter()
                .map(|(from, line)| (from + text, line + file)),
        );
        self.passed.extend(
            rest.passed
                .iter()
                .map(|(digest, at)| (*digest, at + before)),
        );
        self.text.extend(rest.text);
        self.covered.extend(rest.covered);
        self.lines = (text + rest.lines.0, file + rest.lines.1);
    }
}

/// Lets the rows of a file pass that have not been seen. `None`: it is better read as a whole.
pub(crate) fn filter_rows(
    file: &File,
    rows: RowEnds,
    sight: &CacheView,
    seen: &CachedFile,
    max_row_bytes: usize,
) -> io::Result<Option<FilteredRows>> {
    on_two_cores_above(LARGE, file, rows, sight, seen, max_row_bytes)
}

pub(crate) fn on_two_cores_above(
    large: u64,
    file: &File,
    rows: RowEnds,
    sight: &CacheView,
    seen: &CachedFile,
    max_row_bytes: usize,
) -> io::Result<Option<FilteredRows>> {
    let length = file.metadata()?.len();
    let job = FilterJob {
        file,
        length,
        rows,
        sight,
        seen,
        hasher: sight.seen.hasher(),
        max_row_bytes,
    };
    let anchor = if length > large {
        job.anchor(length / 2)?
    } else {
        None
    };
    let header = seen.about.header;
    let Some((offset, position)) = anchor else {
        return Ok(job
            .part(0, length, job.cursor(0), header)?
            .map(|(sieved, _)| sieved));
    };
    let (first, second) = std::thread::scope(|scope| {
        let second = scope.spawn(|| job.part(offset, length, job.cursor(position), 0));
        let first = job.part(0, offset, job.cursor(0), header);
        let second = second
            .join()
            .unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        (first, second)
    });
    let (Some((mut first, met)), Some((second, _))) = (first?, second?) else {
        return Ok(None);
    };
    // The second thread began where a row seemed to begin. Only the first one knows.
    if met != offset {
        return Ok(None);
    }
    first.append(second);
    Ok(Some(first))
}

struct FilterJob<'a> {
    file: &'a File,
    length: u64,
    rows: RowEnds,
    sight: &'a CacheView,
    seen: &'a CachedFile,
    hasher: Hasher,
    max_row_bytes: usize,
}

impl FilterJob<'_> {
    fn cursor(&self, next: usize) -> Cursor<'_> {
        Cursor::at(next, &self.seen.digests)
    }

    /// A place behind `from` where a row begins that has been seen, and its position.
    fn anchor(&self, from: u64) -> io::Result<Option<(u64, usize)>> {
        let mut text = vec![0; BUFFER];
        let count = read_at(self.file, &mut text, from)?;
        let text = &text[..count];
        for newline in memchr_iter(b'\n', text).take(ANCHORS) {
            let rest = &text[newline + 1..];
            let Some(end) = self.rows.end(rest) else {
                break;
            };
            let digest = self.hasher.row(&rest[..end]);
            if let Some(position) = self.seen.digests.iter().position(|seen| *seen == digest) {
                return Ok(Some((from + newline as u64 + 1, position)));
            }
        }
        Ok(None)
    }

    /// The rows that begin before `until`, and where the first row behind them begins.
    fn part(
        &self,
        from: u64,
        until: u64,
        mut cursor: Cursor,
        header: u64,
    ) -> io::Result<Option<(FilteredRows, u64)>> {
        let mut sieved = FilteredRows::default();
        let mut held: Vec<u8> = Vec::new();
        let (mut at, mut filled) = (0, 0);
        let mut offset = from;
        while offset < until {
            if let Some(end) = self.rows.end(&held[at..filled]) {
                self.take(&held[at..at + end], &mut cursor, header, &mut sieved);
                at += end;
                offset += end as u64;
                continue;
            }
            let rest = filled - at;
            if rest > self.max_row_bytes || sieved.text.len() > MOST_PASSED {
                return Ok(None);
            }
            held.copy_within(at..filled, 0);
            held.resize((rest + BUFFER).max(held.len()), 0);
            let count = read_at(self.file, &mut held[rest..], offset + rest as u64)?;
            (at, filled) = (0, rest + count);
            if count == 0 {
                // What is left has no line break; it is a row of its own.
                if rest > 0 {
                    self.take(&held[..rest], &mut cursor, header, &mut sieved);
                }
                offset = self.length.max(until);
            }
        }
        Ok(Some((sieved, offset)))
    }

    fn take(&self, raw: &[u8], cursor: &mut Cursor, header: u64, sieved: &mut FilteredRows) {
        let digest = self.hasher.row(raw);
        let breaks = memchr_iter(b'\n', raw).count() as u64;
        let in_header = sieved.lines.1 < header;
        match cursor.look_up(digest) {
            Some(position) if !in_header && !self.is_blind(position) => {
                sieved
                    .covered
                    .push(u32::try_from(position).unwrap_or(u32::MAX));
            }
            _ => sieved.pass(raw, digest, breaks),
        }
        sieved.lines.1 += breaks;
    }

    fn is_blind(&self, position: usize) -> bool {
        self.sight.invalidated[self.seen.steps[position] as usize]
    }
}

/// Where among the rows as seen the next row probably is.
struct Cursor<'a> {
    /// All rows as seen.
    seen: &'a [RowDigest],
    next: usize,
    misses: usize,
    /// Where each of them stands, once they do not come in their old order.
    index: Option<Index<'a>>,
}

impl<'a> Cursor<'a> {
    fn at(next: usize, seen: &'a [RowDigest]) -> Self {
        Self {
            seen,
            next,
            misses: 0,
            index: None,
        }
    }

    fn look_up(&mut self, digest: RowDigest) -> Option<usize> {
        let seen = self.seen;
        let end = seen.len().min(self.next + WINDOW);
        let window = seen.get(self.next..end).unwrap_or_default();
        let near = window.iter().position(|row| *row == digest);
        let found = near.map(|at| self.next + at).or_else(|| {
            if self.misses >= LOST && self.index.is_none() {
                self.index = Some(Index::of(seen));
            }
            self.index.as_ref()?.find(digest)
        });
        match found {
            Some(position) => (self.next, self.misses) = (position + 1, 0),
            None => self.misses += 1,
        }
        found
    }
}

/// Reads until the buffer is full or the file ends.
fn read_at(file: &File, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
    let mut filled = 0;
    while filled < buffer.len() {
        match file.read_at(&mut buffer[filled..], offset + filled as u64) {
            Ok(0) => break,
            Ok(count) => filled += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}
