//! Texts of servers are cut here, before anything else reads, keeps or shows them.

/// Bytes of what a server says that are kept, the mark of a cut included.
pub const FOREIGN_LIMIT: usize = 4 * 1024;
/// Room for the mark.
const MARK: usize = 64;

/// What a server said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Foreign {
    /// Its words, at most [`FOREIGN_LIMIT`] bytes; where they were cut, they say so at their end.
    pub text: String,
    /// Whether that is all of it.
    pub is_whole: bool,
}

impl Foreign {
    /// Lets words in.
    pub fn heard(words: &str) -> Self {
        if words.len() <= FOREIGN_LIMIT {
            return Self {
                text: words.to_owned(),
                is_whole: true,
            };
        }
        let kept = &words[..words.floor_char_boundary(FOREIGN_LIMIT - MARK)];
        Self {
            text: format!("{}… [cut: {} bytes in all]", kept.trim_end(), words.len()),
            is_whole: false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_too_long_is_cut_between_characters_and_says_so() {
        for words in ["", "no such bot", &"x".repeat(FOREIGN_LIMIT)] {
            let heard = Foreign::heard(words);
            assert!(heard.is_whole);
            assert_eq!(heard.text, words);
        }
        for sign in ["x", "é", "😀", " "] {
            for more in 1..8 {
                let words = sign.repeat(FOREIGN_LIMIT / sign.len() + more);
                let heard = Foreign::heard(&words);
                assert!(!heard.is_whole);
                assert!(heard.text.len() <= FOREIGN_LIMIT, "{}", heard.text.len());
                let mark = format!("… [cut: {} bytes in all]", words.len());
                let kept = heard.text.strip_suffix(&mark).unwrap();
                assert!(words.starts_with(kept));
            }
        }
    }
}
