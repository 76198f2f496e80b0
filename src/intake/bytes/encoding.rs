//! Recognises the encoding of a file from its first bytes and turns it into UTF-8 as it streams.

use std::io::{self, Read};

use encoding_rs::{Decoder, DecoderResult, Encoding, UTF_16BE, UTF_16LE};

use super::text::Unsuitable;
use crate::config::ConfiguredEncoding as Configured;

const CHUNK: usize = 32 * 1024;

/// How the bytes of a file stand for text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TextEncoding {
    Utf8,
    Utf16Le,
    Utf16Be,
    Other(&'static Encoding),
}

/// The encoding, and the length of the byte order mark that says so.
pub(crate) fn detect(head: &[u8], configured: Option<Configured>) -> (TextEncoding, usize) {
    match head {
        [0xEF, 0xBB, 0xBF, ..] => (TextEncoding::Utf8, 3),
        [0xFF, 0xFE, ..] => (TextEncoding::Utf16Le, 2),
        [0xFE, 0xFF, ..] => (TextEncoding::Utf16Be, 2),
        _ => (unmarked(head, configured), 0),
    }
}

fn unmarked(head: &[u8], configured: Option<Configured>) -> TextEncoding {
    match (configured, without_mark(head)) {
        (Some(Configured::Utf8), _) => TextEncoding::Utf8,
        (Some(Configured::Other(encoding)), _) => TextEncoding::Other(encoding),
        // Excel's "Unicode text" is little-endian.
        (Some(Configured::Utf16), TextEncoding::Utf8) => TextEncoding::Utf16Le,
        (Some(Configured::Utf16) | None, found) => found,
    }
}

/// Column names are mostly Latin letters, so UTF-16 shows as a zero in every other byte.
fn without_mark(head: &[u8]) -> TextEncoding {
    let sample = &head[..head.len().min(512)];
    let zeros = |parity: usize| {
        let bytes = sample.iter().skip(parity).step_by(2);
        bytes.filter(|byte| **byte == 0).count()
    };
    let (even, odd) = (zeros(0), zeros(1));
    let many = (sample.len() / 5).max(2);
    // Some characters of other scripts have a zero where Latin letters have none.
    if odd >= many && even * 8 < odd {
        TextEncoding::Utf16Le
    } else if even >= many && odd * 8 < even {
        TextEncoding::Utf16Be
    } else {
        TextEncoding::Utf8
    }
}

/// `bytes`, which begin after the byte order mark, as UTF-8.
pub(crate) fn decoded(encoding: TextEncoding, bytes: Box<dyn Read>) -> Box<dyn Read> {
    let encoding = match encoding {
        // UTF-8 is checked cell by cell, so that one bad cell costs one row.
        TextEncoding::Utf8 => return bytes,
        TextEncoding::Utf16Le => UTF_16LE,
        TextEncoding::Utf16Be => UTF_16BE,
        TextEncoding::Other(encoding) => encoding,
    };
    Box::new(Decoding {
        bytes,
        name: encoding.name(),
        decoder: encoding.new_decoder_without_bom_handling(),
        raw: vec![0; CHUNK],
        text: Vec::new(),
        given: 0,
        ended: false,
    })
}

struct Decoding {
    bytes: Box<dyn Read>,
    name: &'static str,
    decoder: Decoder,
    raw: Vec<u8>,
    text: Vec<u8>,
    given: usize,
    ended: bool,
}

impl Decoding {
    fn refill(&mut self) -> io::Result<()> {
        let count = self.bytes.read(&mut self.raw)?;
        self.ended = count == 0;
        let room = self
            .decoder
            .max_utf8_buffer_length_without_replacement(count)
            .ok_or_else(|| Unsuitable::io("is too large to decode"))?;
        self.text.resize(room, 0);
        let (result, _, written) = self.decoder.decode_to_utf8_without_replacement(
            &self.raw[..count],
            &mut self.text,
            self.ended,
        );
        if let DecoderResult::Malformed(..) = result {
            return Err(Unsuitable::io(format!(
                "was read as {}, in which it is not valid; write the `encoding` that it has to the source, or export it as UTF-8",
                self.name
            )));
        }
        self.text.truncate(written);
        self.given = 0;
        Ok(())
    }
}

impl Read for Decoding {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.given == self.text.len() && !self.ended {
            self.refill()?;
        }
        let count = buffer.len().min(self.text.len() - self.given);
        buffer[..count].copy_from_slice(&self.text[self.given..self.given + count]);
        self.given += count;
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn utf16(text: &str, bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
        text.encode_utf16().flat_map(bytes).collect()
    }

    fn text(bytes: &[u8]) -> io::Result<String> {
        let (encoding, mark) = detect(bytes, None);
        let mut text = String::new();
        let rest = Box::new(io::Cursor::new(bytes[mark..].to_vec()));
        decoded(encoding, rest).read_to_string(&mut text)?;
        Ok(text)
    }

    #[test]
    fn every_mark_and_no_mark() {
        let original = "id;question;answer\r\n1;Größe 😀?;नमस्ते\r\n";
        for mark in ["", "\u{feff}"] {
            let marked = format!("{mark}{original}");
            assert_eq!(text(marked.as_bytes()).unwrap(), original);
            assert_eq!(text(&utf16(&marked, u16::to_le_bytes)).unwrap(), original);
            assert_eq!(text(&utf16(&marked, u16::to_be_bytes)).unwrap(), original);
        }
    }

    #[test]
    fn characters_survive_the_seams_between_chunks() {
        for shift in 0..3 {
            let original = format!("{}{}", "a".repeat(shift), "a😀".repeat(CHUNK));
            let bytes = utf16(&format!("\u{feff}{original}"), u16::to_le_bytes);
            assert_eq!(text(&bytes).unwrap(), original);
        }
    }

    #[test]
    fn broken_utf16_is_an_error() {
        let lone_surrogate = [0xFF, 0xFE, b'a', 0, 0x00, 0xD8, b'b', 0];
        assert!(text(&lone_surrogate).is_err());
        let half_a_unit = [0xFF, 0xFE, b'a', 0, b'b'];
        assert!(text(&half_a_unit).is_err());
    }

    #[test]
    fn zeros_here_and_there_are_not_utf16() {
        assert_eq!(
            detect(b"id,\0question\0,answer", None).0,
            TextEncoding::Utf8
        );
        assert_eq!(detect(b"", None).0, TextEncoding::Utf8);
        assert_eq!(detect(b"\0", None).0, TextEncoding::Utf8);
    }
}
