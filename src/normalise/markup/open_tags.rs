//! A `<` that begins no tag is text. A tokenizer takes all that follows it for one, up to the next `>`
//! wherever that is, and so a comparison in an answer would swallow the sentences behind it.

use std::borrow::Cow;
use std::collections::HashSet;

use crate::text::markup_signs::is_element;

/// Elements of HTML besides those that answers are usually written with.
const FURTHER: &str = "\
    acronym address area aside audio base bdi bdo br button canvas caption col colgroup data \
    datalist dfn dialog dir embed fieldset figcaption form frame frameset hgroup hr img input \
    legend link listing map marquee menu meta meter nobr noembed noframes noscript object \
    optgroup option output param path picture progress rp rt ruby script search select slot \
    source summary svg tbody template textarea tfoot th thead time title track var video wbr xmp";
/// Elements that nobody opens without closing them.
const PAIRED: &str = "\
    a abbr b big cite code del em font i ins kbd label mark q s samp small span strike strong sub \
    sup tt u";
/// How often a text may be gone through in search of ends. What is left then is taken as it is.
const ROUNDS: usize = 8;

/// Which tags count.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum TagRule {
    /// All that have an end, as a browser has it.
    AsBrowsers,
    /// Those of HTML, and the ones that need an end tag have one: nobody has said that it is HTML.
    Sure,
}

/// The HTML with `&lt;` for each `<` that begins no tag.
pub(crate) fn guarded(html: &str, rule: TagRule) -> Cow<'_, str> {
    if !html.contains('<') {
        return Cow::Borrowed(html);
    }
    let closed = match rule {
        TagRule::Sure => names_of_ends(html),
        TagRule::AsBrowsers => HashSet::new(),
    };
    let mut kept = String::new();
    let (mut copied, mut at, mut steps) = (0, 0, html.len() * ROUNDS);
    while let Some(found) = memchr::memchr(b'<', &html.as_bytes()[at..]) {
        let start = at + found;
        let rest = &html[start..];
        at = start + 1;
        if let Some(length) = verbatim(rest) {
            at = start + length;
            continue;
        }
        let (end, looked_at) = end_of_tag(rest);
        steps = steps.saturating_sub(looked_at);
        if steps == 0 {
            break;
        }
        if let Some(end) = end.filter(|_| counts(rest, rule, &closed)) {
            at = start + end;
        } else {
            kept.push_str(&html[copied..start]);
            kept.push_str("&lt;");
            copied = start + 1;
        }
    }
    if copied == 0 {
        return Cow::Borrowed(html);
    }
    kept.push_str(&html[copied..]);
    Cow::Owned(kept)
}

/// The length of a comment, a declaration or character data that a text begins with.
fn verbatim(text: &str) -> Option<usize> {
    let end = if text.starts_with("<!--") {
        "-->"
    } else if text.starts_with("<![CDATA[") {
        "]]>"
    } else if text.starts_with("<!") || text.starts_with("<?") {
        ">"
    } else {
        return None;
    };
    // What never ends is left to whoever reads it.
    Some(text.find(end).map_or(text.len(), |at| at + end.len()))
}

fn name(text: &str) -> &str {
    let is_of_name = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b':' | b'_');
    &text[..text.bytes().take_while(is_of_name).count()]
}

/// Where a tag ends, if it does before another one begins, and how far that was looked for.
fn end_of_tag(tag: &str) -> (Option<usize>, usize) {
    let bytes = tag.as_bytes();
    let mut at = 1;
    let mut after_equals = false;
    while at < bytes.len() {
        match bytes[at] {
            b'>' => return (Some(at + 1), at),
            b'<' => return (None, at),
            quote @ (b'"' | b'\'') if after_equals => {
                let Some(length) = memchr::memchr(quote, &bytes[at + 1..]) else {
                    return (None, bytes.len());
                };
                at += length + 1;
                after_equals = false;
            }
            byte => after_equals = byte == b'=' || after_equals && byte.is_ascii_whitespace(),
        }
        at += 1;
    }
    (None, at)
}

fn counts(tag: &str, rule: TagRule, closed: &HashSet<String>) -> bool {
    let inside = &tag[1..];
    let is_end = inside.starts_with('/');
    let name = name(inside.strip_prefix('/').unwrap_or(inside));
    let after = inside.trim_start_matches('/')[name.len()..].chars().next();
    let ends = after.is_some_and(|c| c.is_ascii_whitespace() || matches!(c, '/' | '>'));
    if !name.starts_with(|c: char| c.is_ascii_alphabetic()) || !ends {
        return false;
    }
    if rule == TagRule::AsBrowsers || is_end {
        return true;
    }
    let name = name.to_ascii_lowercase();
    let is_one_of = |list: &str| list.split_ascii_whitespace().any(|known| known == name);
    let is_known = is_element(&name) || is_one_of(FURTHER) || name.contains(':');
    closed.contains(&name) || is_known && !is_one_of(PAIRED)
}

fn names_of_ends(html: &str) -> HashSet<String> {
    let ends = html.split("</").skip(1);
    ends.map(|end| name(end).to_ascii_lowercase()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_begins_no_tag_is_text() {
        for (html, sure, as_browsers) in [
            ("<p>a</p>", "<p>a</p>", "<p>a</p>"),
            (
                "for (i=0; i<b.length; i++) { x > 1 }",
                "for (i=0; i&lt;b.length; i++) { x > 1 }",
                "for (i=0; i&lt;b.length; i++) { x > 1 }",
            ),
            ("a <b", "a &lt;b", "a &lt;b"),
            (
                "a <b and <i>c</i>",
                "a &lt;b and <i>c</i>",
                "a &lt;b and <i>c</i>",
            ),
            ("press <b> twice", "press &lt;b> twice", "press <b> twice"),
            ("<name>", "&lt;name>", "<name>"),
            ("<x-y>a</x-y>", "<x-y>a</x-y>", "<x-y>a</x-y>"),
            (
                "a<br>b<img alt='x > y'>c",
                "a<br>b<img alt='x > y'>c",
                "a<br>b<img alt='x > y'>c",
            ),
            (
                "it's <b>so</b> it's",
                "it's <b>so</b> it's",
                "it's <b>so</b> it's",
            ),
            ("<a title=\"x>y", "&lt;a title=\"x>y", "&lt;a title=\"x>y"),
            ("1 < 2 <3", "1 &lt; 2 &lt;3", "1 &lt; 2 &lt;3"),
            (
                "<!-- a < b --><p>c",
                "<!-- a < b --><p>c",
                "<!-- a < b --><p>c",
            ),
            (
                "<![CDATA[a <b> &amp; c]]>",
                "<![CDATA[a <b> &amp; c]]>",
                "<![CDATA[a <b> &amp; c]]>",
            ),
            ("<ac:image/>", "<ac:image/>", "<ac:image/>"),
            ("", "", ""),
        ] {
            assert_eq!(guarded(html, TagRule::Sure), sure, "{html}");
            assert_eq!(guarded(html, TagRule::AsBrowsers), as_browsers, "{html}");
        }
    }

    #[test]
    fn ends_are_not_looked_for_without_end() {
        let bombs = ["<a =\"", "<a ='\"", "<", "</", "<!--", "<a b="];
        for bomb in bombs {
            let text = bomb.repeat(200_000);
            let began = std::time::Instant::now();
            let _ = guarded(&text, TagRule::Sure);
            let took = began.elapsed();
            assert!(
                took < std::time::Duration::from_secs(20),
                "{bomb}: {took:?}"
            );
        }
    }
}
