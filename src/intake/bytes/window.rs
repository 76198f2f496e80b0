//! Keeps the raw bytes of the record that is being parsed, and refuses to keep more than a limit,
//! so that a cell of 200 MB is an error and not 200 MB of memory.

use std::io::{self, Read};

use super::text::Unsuitable;

/// Passes bytes on and remembers those since the last call of [`RecordWindow::begin_record`].
pub(crate) struct RecordWindow<R> {
    inner: R,
    held: Vec<u8>,
    /// The offset of the first held byte.
    base: u64,
    /// The offset at which the record begins.
    record: u64,
    max_row_bytes: usize,
}

impl<R: Read> RecordWindow<R> {
    pub(crate) fn new(inner: R, max_row_bytes: usize) -> Self {
        Self {
            inner,
            held: Vec::new(),
            base: 0,
            record: 0,
            max_row_bytes,
        }
    }

    /// What the bytes come from.
    pub(crate) fn inner(&self) -> &R {
        &self.inner
    }

    /// A record begins at this offset; what lies before it may be forgotten.
    pub(crate) fn begin_record(&mut self, offset: u64) {
        self.record = offset;
    }

    /// The raw bytes from the beginning of the record to this offset.
    pub(crate) fn raw(&self, end: u64) -> &[u8] {
        self.held
            .get(self.index(self.record)..self.index(end))
            .unwrap_or_default()
    }

    fn index(&self, offset: u64) -> usize {
        usize::try_from(offset.saturating_sub(self.base)).unwrap_or(usize::MAX)
    }
}

impl<R: Read> Read for RecordWindow<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let old = self.index(self.record).min(self.held.len());
        self.held.drain(..old);
        self.base += old as u64;
        if self.held.len() > self.max_row_bytes {
            return Err(Unsuitable::io(too_long(self.max_row_bytes)));
        }
        let count = self.inner.read(buffer)?;
        self.held.extend_from_slice(&buffer[..count]);
        Ok(count)
    }
}

/// Why a row is too long, and what to do.
pub(crate) fn too_long(max_row_bytes: usize) -> String {
    format!(
        "has a row longer than max_row_bytes = {max_row_bytes}; is a closing quote missing? If the row is meant to be so long, raise max_row_bytes"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn holds_the_record_and_no_more() {
        let mut window = RecordWindow::new(&b"abcdefghij"[..], 4);
        let mut buffer = [0; 3];
        assert_eq!(window.read(&mut buffer).unwrap(), 3);
        window.begin_record(2);
        assert_eq!(window.read(&mut buffer).unwrap(), 3);
        assert_eq!(window.raw(5), b"cde");
        assert_eq!(window.read(&mut buffer).unwrap(), 3);
        let error = window.read(&mut buffer).unwrap_err();
        assert!(error.to_string().contains("max_row_bytes = 4"), "{error}");
        window.begin_record(9);
        assert_eq!(window.read(&mut buffer).unwrap(), 1);
        assert_eq!(window.raw(10), b"j");
    }
}
