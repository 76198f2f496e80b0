//! Text from outside, made fit for a terminal: what a terminal would obey instead of showing is
//! written out.

use std::borrow::Cow;
use std::fmt::Write as _;

/// Whether a terminal would obey this character, or show others in another order because of it.
fn is_obeyed(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// The text on one line, harmless: line breaks and the like are written as `\n` or `\u{1b}`.
pub(crate) fn shown(text: &str) -> Cow<'_, str> {
    if !text.contains(is_obeyed) {
        return Cow::Borrowed(text);
    }
    let mut harmless = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        if is_obeyed(c) {
            harmless.extend(c.escape_default());
        } else {
            harmless.push(c);
        }
    }
    Cow::Owned(harmless)
}

/// The text with its line breaks, every line after the first behind `indent`.
pub(crate) fn shown_lines(text: &str, indent: usize) -> String {
    let mut harmless = String::with_capacity(text.len());
    for (at, line) in text.lines().enumerate() {
        if at > 0 {
            harmless.push('\n');
        }
        if at > 0 && !line.is_empty() {
            let _ = write!(harmless, "{:indent$}", "");
        }
        harmless.push_str(&shown(line));
    }
    harmless
}

/// JSON in which such characters are escaped. They stand in strings only, so it says the same.
pub(crate) fn harmless_json(json: &str) -> Cow<'_, str> {
    let is_written_out = |c| c != '\n' && is_obeyed(c);
    if !json.contains(is_written_out) {
        return Cow::Borrowed(json);
    }
    let mut harmless = String::with_capacity(json.len() + 16);
    for c in json.chars() {
        if is_written_out(c) {
            let _ = write!(harmless, "\\u{:04x}", u32::from(c));
        } else {
            harmless.push(c);
        }
    }
    Cow::Owned(harmless)
}

/// The first `limit` characters; what is left out is counted.
pub(crate) fn cut(text: &str, limit: usize) -> Cow<'_, str> {
    match text.char_indices().nth(limit) {
        None => Cow::Borrowed(text),
        Some((end, _)) => {
            let left_out = text[end..].chars().count();
            Cow::Owned(format!("{}… ({left_out} more characters)", &text[..end]))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_terminal_obeys_is_written_out() {
        for (text, expected) in [
            ("plain ü 👩‍🔧", "plain ü 👩‍🔧"),
            ("\u{1b}[2Jgone", "\\u{1b}[2Jgone"),
            ("a\nb\tc\r", "a\\nb\\tc\\r"),
            ("\u{9b}31m", "\\u{9b}31m"),
            ("abc\u{202e}fdp.exe", "abc\\u{202e}fdp.exe"),
        ] {
            assert_eq!(shown(text), expected, "{text:?}");
        }
        assert_eq!(shown_lines("a\n\u{7}b\r\n\nc", 2), "a\n  \\u{7}b\n\n  c");
    }

    #[test]
    fn json_says_the_same() {
        let value = serde_json::json!({ "a": "\u{1b}[0m\u{9b}1m\u{7f}\u{202e}\n" });
        let text = format!("{value:#}");
        let harmless = harmless_json(&text);
        assert!(!harmless.contains(|c| c != '\n' && is_obeyed(c)));
        assert_eq!(
            serde_json::from_str::<serde_json::Value>(&harmless).unwrap(),
            value
        );
    }

    #[test]
    fn what_is_cut_is_counted() {
        assert_eq!(cut("äöü", 3), "äöü");
        assert_eq!(cut("äöüß!", 3), "äöü… (2 more characters)");
    }
}
