//! Cleans text: one form of every character, no stray white space, no control characters. What
//! shapes emoji and scripts (joiners, variation selectors, direction marks) stays.

use std::borrow::Cow;

use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};

/// Text on one line: a question or a name.
pub(crate) fn line(text: &str) -> String {
    if plain(text) == text.len() {
        return text.to_owned();
    }
    let mut clean = String::with_capacity(text.len());
    for word in text
        .split(char::is_whitespace)
        .filter(|word| !word.is_empty())
    {
        let start = clean.len();
        clean.extend(word.chars().filter(|c| !is_dropped(*c)));
        if start > 0 && clean.len() > start {
            clean.insert(start, ' ');
        }
    }
    composed(clean)
}

/// Text in paragraphs: an answer.
pub(crate) fn block(text: &str) -> String {
    let text = with_newlines(text);
    let mut clean = String::with_capacity(text.len());
    let mut empty_lines = 0;
    for text in text.split('\n') {
        let start = clean.len();
        if start > 0 {
            clean.extend(std::iter::repeat_n('\n', 1 + empty_lines.min(1)));
        }
        let content = clean.len();
        spaced(text, start == 0, &mut clean);
        if clean.len() == content {
            clean.truncate(start);
            empty_lines += 1;
        } else {
            empty_lines = 0;
        }
    }
    composed(clean)
}

/// Appends a line with single spaces and none at its end. At the very start of a text there are
/// none before it, and no mark that would fuse with the `>` of a separator.
fn spaced(line: &str, first: bool, clean: &mut String) {
    let start = clean.len();
    let mut space = false;
    let mut rest = line;
    while let Some(character) = rest.chars().next() {
        let leads = first && clean.len() == start;
        let run = plain(rest);
        let (now, later) = rest.split_at(if run > 0 { run } else { character.len_utf8() });
        rest = later;
        if character.is_whitespace() {
            space = true;
        } else if !(is_dropped(character) || leads && character == '\u{338}') {
            if space && !leads {
                clean.push(' ');
            }
            space = false;
            clean.push_str(now);
        }
    }
}

/// So many bytes are looked at together, which takes as long as one of them alone.
const CHUNK: usize = 32;

/// How far a text goes on as it should, as most do: visible ASCII with single spaces between.
fn plain(text: &str) -> usize {
    let bytes = text.as_bytes();
    if !bytes.first().is_some_and(u8::is_ascii_graphic) {
        return 0;
    }
    let goes_on = |before: u8, byte: u8| byte.is_ascii_graphic() || byte == b' ' && before != b' ';
    let mut end = 1;
    let chunks = bytes
        .chunks_exact(CHUNK)
        .zip(bytes[1..].chunks_exact(CHUNK));
    for (before, chunk) in chunks {
        let pairs = before.iter().zip(chunk);
        let plain: u8 = pairs
            .map(|(before, byte)| u8::from(goes_on(*before, *byte)))
            .sum();
        if usize::from(plain) < CHUNK {
            break;
        }
        end += CHUNK;
    }
    while bytes
        .get(end)
        .is_some_and(|byte| goes_on(bytes[end - 1], *byte))
    {
        end += 1;
    }
    // A space before something else stands between nothing.
    end - usize::from(bytes[end - 1] == b' ')
}

/// Whether nothing in it can be seen.
pub(crate) fn is_blank(text: &str) -> bool {
    text.chars().all(|c| {
        c.is_whitespace()
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{fe00}'..='\u{fe0f}' | '\u{ad}')
    })
}

fn is_dropped(character: char) -> bool {
    character.is_control() || matches!(character, '\u{feff}' | '\u{fffc}')
}

fn with_newlines(text: &str) -> Cow<'_, str> {
    let is_end = |c| matches!(c, '\r' | '\u{85}' | '\u{2028}' | '\u{2029}');
    // Each of them begins with one of these bytes, which most texts do without.
    let may_have = memchr::memchr3(b'\r', 0xc2, 0xe2, text.as_bytes()).is_some();
    if may_have && text.contains(is_end) {
        Cow::Owned(text.replace("\r\n", "\n").replace(is_end, "\n"))
    } else {
        Cow::Borrowed(text)
    }
}

// Last of all: what is dropped may have kept a letter and its accent apart.
fn composed(text: String) -> String {
    if text.is_ascii() {
        return text;
    }
    match is_nfc_quick(text.chars()) {
        IsNormalized::Yes => text,
        IsNormalized::No | IsNormalized::Maybe => text.nfc().collect(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn plain_text_goes_on_to_what_is_not(text in "([!a~]{1,40} ?){0,3}[ \t\u{7f}é]?[a ]{0,40}") {
            let is_word = |word: &str| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_graphic());
            let starts = text.char_indices().map(|(at, _)| &text[..at]).chain([&*text]);
            let plain_starts = starts.filter(|start| start.split(' ').all(is_word));
            prop_assert_eq!(plain(&text), plain_starts.map(str::len).max().unwrap_or_default());
        }
    }

    #[test]
    fn questions_come_out_on_one_line() {
        for (text, expected) in [
            ("  How\tdo I\r\n\r\npay?\u{a0} ", "How do I pay?"),
            ("a\u{0}b\u{7}\u{feff}c\u{fffc}", "abc"),
            ("a \u{0} b", "a b"),
            ("\u{0} a", "a"),
            ("Cafe\u{301}", "Café"),
            ("e\u{0}\u{301}", "é"),
            ("a\u{2028}b\u{85}c\u{2000}d", "a b c d"),
            ("", ""),
            (" \u{feff} ", ""),
        ] {
            assert_eq!(line(text), expected, "{text:?}");
        }
    }

    #[test]
    fn answers_keep_their_paragraphs() {
        for (text, expected) in [
            (
                "\r\n One  two \r\nthree\r\rfour\n\n\n\n\nfive\n",
                "One two\nthree\n\nfour\n\nfive",
            ),
            ("a\u{2029}b\u{2028}c", "a\nb\nc"),
            ("- a\n  - b\n", "- a\n - b"),
            ("a\u{a0}\u{a0}b\tc", "a b c"),
            ("a\n \u{0} \nb", "a\n\nb"),
            ("\u{338}a", "a"),
            ("\n\n", ""),
        ] {
            assert_eq!(block(text), expected, "{text:?}");
        }
    }

    #[test]
    fn what_shapes_emoji_and_scripts_stays() {
        for text in [
            "👨‍👩‍👧 ❤️ 🏳️‍🌈",
            "क्‍ष नमस्ते",
            "می‌خواهم",
            "\u{200f}שלום\u{200e} abc",
            "ไทย\u{200b}ไทย",
        ] {
            assert_eq!(line(text), text);
            assert_eq!(block(text), text);
        }
    }

    #[test]
    fn what_cannot_be_seen_is_blank() {
        for text in ["", " ", "\u{200b}\u{200d}", "\u{fe0f}"] {
            assert!(is_blank(text), "{text:?}");
        }
        assert!(!is_blank("\u{200b}a"));
    }
}
