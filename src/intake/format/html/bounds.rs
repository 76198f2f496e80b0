//! A bound on HTML, found without parsing it: the libraries compare each attribute of a tag with those
//! before it.

/// The tokenizer compares each attribute of a tag with those before it. This many comparisons take
/// a second or so.
const MAX_COMPARISONS: u64 = 1_000_000_000;

/// Refuses a page with tags of so many attributes that reading them would take long.
pub(crate) fn check_page(html: &str) -> Result<(), String> {
    if comparisons(html) > MAX_COMPARISONS {
        return Err("holds a tag with thousands of attributes; fix the page".to_owned());
    }
    Ok(())
}

/// At least as many comparisons as the tokenizer will make.
fn comparisons(html: &str) -> u64 {
    let (mut comparisons, mut attributes) = (0_u64, 0_u64);
    let (mut in_tag, mut quote, mut after_equals) = (false, None, false);
    let mut before = 0;
    for byte in html.bytes() {
        if !in_tag {
            in_tag = before == b'<' && (byte.is_ascii_alphabetic() || byte == b'/');
        } else if byte == b'>' && quote.is_none() {
            comparisons = comparisons.saturating_add(attributes * attributes);
            (in_tag, attributes) = (false, 0);
        } else {
            match byte {
                b'"' | b'\'' if quote == Some(byte) => quote = None,
                b'"' | b'\'' if quote.is_none() && after_equals => quote = Some(byte),
                _ => {}
            }
            let separates = byte.is_ascii_whitespace() || matches!(byte, b'/' | b'"' | b'\'');
            attributes += u64::from(separates);
            after_equals = byte == b'=' || after_equals && byte.is_ascii_whitespace();
        }
        before = byte;
    }
    comparisons.saturating_add(attributes * attributes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn real_pages_pass_and_traps_do_not() {
        let closed = "<div class='a > b'>x</div>".repeat(20_000);
        assert_eq!(check_page(&closed), Ok(()));
        for end in [">", ""] {
            let attributes = format!("<p{}{end}", " a".repeat(40_000));
            assert!(check_page(&attributes).unwrap_err().contains("attributes"));
        }
    }
}
