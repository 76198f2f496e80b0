//! Makes text from outside fit to stand in a message: one line, no control characters, bounded.

/// `text` on one line: runs of white space and control characters become one space, and after
/// `limit` characters it is cut and ends in `…`.
pub fn one_line(text: &str, limit: usize) -> String {
    let mut line = String::new();
    let mut length = 0;
    let words = text
        .split(|c: char| c.is_whitespace() || c.is_control() || reorders(c))
        .filter(|word| !word.is_empty());
    for word in words {
        if length > 0 {
            line.push(' ');
            length += 1;
        }
        for character in word.chars() {
            if length >= limit {
                line.truncate(line.trim_end().len());
                line.push('…');
                return line;
            }
            line.push(character);
            length += 1;
        }
    }
    line
}

/// Characters that make a terminal show other characters in another order, or not at all.
fn reorders(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::one_line;

    #[test]
    fn is_one_bounded_line() {
        let table = [
            ("", 10, ""),
            ("  a \r\n\tb\u{1b}[31m ", 20, "a b [31m"),
            ("abcdef", 6, "abcdef"),
            ("abcdefg", 6, "abcdef…"),
            ("abcde fg", 6, "abcde…"),
            ("ééééé", 3, "ééé…"),
            ("a\u{202e}b", 9, "a b"),
        ];
        for (text, limit, expected) in table {
            assert_eq!(one_line(text, limit), expected, "{text:?}");
        }
    }
}
