//! The two characters `\n` where exports mean the end of a line, told from paths and from code. Pure.

/// How a text uses backslashes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum EscapeSigns {
    /// It has none.
    None,
    /// A path, or something else in which a backslash is one.
    Other,
    /// It may stand for the end of a line, or for a quotation mark.
    Possible,
    /// It surely stands for the end of a line.
    Certain,
}

/// What may stand behind a backslash that begins an escape.
const ESCAPED: [char; 7] = ['n', 'r', 't', '"', '\'', '/', '\\'];

/// How a text uses them.
pub(crate) fn escape_signs(text: &str) -> EscapeSigns {
    let mut rest = text;
    let mut at = 0;
    let mut found = EscapeSigns::None;
    while let Some(next) = memchr::memchr(b'\\', rest.as_bytes()) {
        let (before, behind) = (&text[..at + next], &rest[next + 1..]);
        let Some(escaped) = behind.chars().next().filter(|c| ESCAPED.contains(c)) else {
            return EscapeSigns::Other;
        };
        let after = &behind[escaped.len_utf8()..];
        if begins_path(before, escaped, after) {
            return EscapeSigns::Other;
        }
        found = found.max(EscapeSigns::Possible);
        if escaped == 'n' && ends_line(before, after) {
            found = EscapeSigns::Certain;
        }
        at = text.len() - after.len();
        rest = after;
    }
    found
}

/// `C:\new`, `\\server`.
fn begins_path(before: &str, escaped: char, after: &str) -> bool {
    let drive = before.strip_suffix(':').and_then(|before| {
        let letter = before.chars().next_back()?;
        let rest = &before[..before.len() - letter.len_utf8()];
        Some(letter.is_ascii_alphabetic() && !rest.ends_with(char::is_alphanumeric))
    });
    let begins_word = before.is_empty() || before.ends_with(char::is_whitespace);
    drive == Some(true)
        || escaped == '\\' && begins_word && after.starts_with(char::is_alphanumeric)
}

/// Whether a line may well end between the two, and another one begin.
fn ends_line(before: &str, after: &str) -> bool {
    let quotes = ['"', '\'', '`', '“', '„', '«'];
    if before.ends_with(quotes) && after.starts_with(|c| quotes.contains(&c) || "”»".contains(c))
    {
        return false;
    }
    let ends = |c: char| c.is_whitespace() || ".!?:;,)]。！？：".contains(c);
    let begins = |c: char| c.is_whitespace() || c.is_uppercase() || "\\-*•".contains(c);
    let is_spoken = before.ends_with(quotes) || before.is_empty() || after.is_empty();
    !is_spoken && (before.ends_with(ends) || after.starts_with(begins))
}

/// The text with what its escapes stand for.
pub(crate) fn unescaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        if letter != '\\' {
            out.push(letter);
            continue;
        }
        match letters.next() {
            Some('n') => out.push('\n'),
            // With what follows it is the end of a line.
            Some('r') => {}
            Some('t') => out.push('\t'),
            Some(escaped) if ESCAPED.contains(&escaped) => out.push(escaped),
            Some(other) => out.extend(['\\', other]),
            None => out.push('\\'),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ends_of_lines_are_told_from_paths_and_code() {
        use EscapeSigns::{Certain, None, Other, Possible};
        for (text, expected) in [
            ("Just text.", None),
            (r"First.\nSecond.", Certain),
            (r"First\r\nSecond", Certain),
            (r"Steps:\n- one\n- two", Certain),
            (r"One\n\nTwo", Certain),
            (r"one\ntwo", Possible),
            (r#"Say \"yes\""#, Possible),
            (r"Open C:\new\table", Other),
            (r"Open \\server\new. Now.", Other),
            (r"Open Settings\network", Possible),
            (r"Open Settings\Network", Other),
            (r"Match \d+\n. So.", Other),
            (r#"Write "\n" for a new line."#, Possible),
            (r"Write `\n` for a new line.", Possible),
            (r"\n", Possible),
            (r"ends in \", Other),
            (r"第一。\n第二。", Certain),
        ] {
            assert_eq!(escape_signs(text), expected, "{text}");
        }
    }

    #[test]
    fn what_they_stand_for_is_put_in_their_place() {
        for (text, expected) in [
            (r"First.\r\nSecond.\tThird", "First.\nSecond.\tThird"),
            (r#"Say \"yes\" and it\'s a\/b"#, r#"Say "yes" and it's a/b"#),
            (r"a\\nb", r"a\nb"),
            (r"a\d\", r"a\d\"),
        ] {
            assert_eq!(unescaped(text), expected, "{text}");
        }
    }
}
