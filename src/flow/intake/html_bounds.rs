//! Bounds on HTML, found without parsing it: the libraries compare each attribute of a tag with those
//! before it, and look for an element through all that it lies in.

/// The tokenizer compares each attribute of a tag with those before it. This many comparisons take
/// a second or so.
const MAX_COMPARISONS: u64 = 1_000_000_000;
/// As deep as browsers go.
const MAX_DEPTH: usize = 512;

/// Elements that end by themselves, so that their end need not be written.
const SHORT: [&str; 32] = [
    "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source",
    "track", "wbr", "p", "li", "dt", "dd", "option", "optgroup", "rp", "rt", "thead", "tbody",
    "tfoot", "tr", "td", "th", "colgroup", "caption", "html", "body",
];

/// Refuses a page with tags of so many attributes that reading them would take long, or whose elements
/// lie too deep in each other.
pub(super) fn check_page(html: &str) -> Result<(), String> {
    let (mut depth, mut deepest) = (0_usize, 0);
    let mut scan = Scan::default();
    scan.all(html, |tag| {
        let (is_end, name) = match tag.strip_prefix('/') {
            Some(name) => (true, name),
            None => (false, tag),
        };
        let length = name.bytes().take_while(u8::is_ascii_alphanumeric).count();
        let name = &name[..length];
        if SHORT.iter().any(|short| short.eq_ignore_ascii_case(name)) {
            return;
        }
        depth = if is_end {
            depth.saturating_sub(1)
        } else {
            depth + 1
        };
        deepest = deepest.max(depth);
    });
    if scan.comparisons > MAX_COMPARISONS {
        return Err("holds a tag with thousands of attributes; fix the page".to_owned());
    }
    if deepest > MAX_DEPTH {
        return Err(format!(
            "has elements more than {MAX_DEPTH} deep within each other; fix the page"
        ));
    }
    Ok(())
}

#[derive(Default)]
struct Scan {
    /// At least as many comparisons as the tokenizer will make.
    comparisons: u64,
}

impl Scan {
    /// Gives each tag without its brackets.
    fn all(&mut self, html: &str, mut tag: impl FnMut(&str)) {
        let mut attributes = 0_u64;
        let (mut start, mut quote, mut after_equals) = (None, None, false);
        let mut before = 0;
        for (at, byte) in html.bytes().enumerate() {
            let Some(begun) = start else {
                let begins = before == b'<' && (byte.is_ascii_alphabetic() || byte == b'/');
                start = begins.then_some(at);
                before = byte;
                continue;
            };
            if byte == b'>' && quote.is_none() {
                self.comparisons = self.comparisons.saturating_add(attributes * attributes);
                tag(&html[begun..at]);
                (start, attributes) = (None, 0);
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
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn real_pages_pass_and_traps_do_not() {
        let list = format!("<ul>{}</ul>", "<li><p>one".repeat(20_000));
        let deep = "<div>".repeat(513);
        let closed = "<div class='a > b'>x</div>".repeat(20_000);
        let attributes = format!("<p{}>", " a".repeat(40_000));
        let broken = "</div>".repeat(3000) + "a < b";
        for (page, part) in [
            (&list, ""),
            (&closed, ""),
            (&broken, ""),
            (&deep, "512 deep"),
            (&attributes, "attributes"),
        ] {
            match check_page(page) {
                Ok(()) => assert_eq!(part, ""),
                Err(reason) => assert!(!part.is_empty() && reason.contains(part), "{reason}"),
            }
        }
    }
}
