//! Finds what a page says beside its structured data: words that a reader sees, and that no step of it has.

use std::collections::HashSet;

use html5gum::{Token, Tokenizer};

/// Elements whose text nobody sees.
const UNSEEN: [&[u8]; 3] = [b"script", b"style", b"template"];
/// So many words show a person which text is meant.
const SHOWN: usize = 8;

/// The first words of `page` that are not among those of `data`; both are HTML.
pub(super) fn words_beside<'d>(page: &str, data: impl Iterator<Item = &'d str>) -> Vec<String> {
    let mut known = HashSet::new();
    for text in data {
        let once = seen_text(text);
        // Some generators escape the tags of an answer.
        known.extend(words(&seen_text(&once)));
        known.extend(words(&once));
    }
    let seen = seen_text(page);
    let mut beside = Vec::new();
    for shown in seen.split_whitespace() {
        if beside.len() == SHOWN {
            break;
        }
        if words(shown).any(|word| !known.contains(&word)) {
            beside.push(shown.to_owned());
        }
    }
    beside
}

/// What a reader sees of HTML. Tags part words.
fn seen_text(html: &str) -> String {
    let mut text = Vec::new();
    let mut unseen = 0_usize;
    for token in Tokenizer::new(html) {
        let Ok(token) = token;
        match token {
            Token::StartTag(tag) => {
                unseen += usize::from(!tag.self_closing && UNSEEN.contains(&&**tag.name));
                text.push(b' ');
            }
            Token::EndTag(tag) => {
                unseen = unseen.saturating_sub(usize::from(UNSEEN.contains(&&**tag.name)));
                text.push(b' ');
            }
            Token::String(piece) if unseen == 0 => text.extend_from_slice(&piece),
            _ => {}
        }
    }
    String::from_utf8_lossy(&text).into_owned()
}

fn words(text: &str) -> impl Iterator<Item = String> {
    text.split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_page_says_beside_its_data_is_found() {
        for (page, data, expected) in [
            ("<p>How?</p><p>So.</p>", &["How?", "So."][..], ""),
            ("<p>HOW?</p> <b>so</b>", &["How?", "<p>So.</p>"], ""),
            ("<p>By card</p>", &["&lt;p&gt;By card.&lt;/p&gt;"], ""),
            ("<p>Tom &amp; Jerry</p>", &["Tom & Jerry"], ""),
            (
                "<p>How?</p><p>Something else.</p>",
                &["How?"],
                "Something else.",
            ),
            ("<h2>Other?</h2><p>x</p>", &["How?"], "Other? x"),
            ("<script>let a;</script><p>How?</p>", &["How?"], ""),
            ("1 2 3 4 5 6 7 8 9 10", &[], "1 2 3 4 5 6 7 8"),
        ] {
            let found = words_beside(page, data.iter().copied());
            assert_eq!(found.join(" "), expected, "{page}");
        }
    }
}
