//! Tells HTML from text that merely holds a `<`.

const ELEMENTS: [&str; 58] = [
    "a",
    "abbr",
    "article",
    "b",
    "big",
    "blockquote",
    "body",
    "center",
    "cite",
    "code",
    "dd",
    "del",
    "details",
    "div",
    "dl",
    "dt",
    "em",
    "figure",
    "font",
    "footer",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "head",
    "header",
    "html",
    "i",
    "iframe",
    "ins",
    "kbd",
    "label",
    "li",
    "main",
    "mark",
    "nav",
    "ol",
    "p",
    "pre",
    "q",
    "s",
    "samp",
    "section",
    "small",
    "span",
    "strike",
    "strong",
    "style",
    "sub",
    "sup",
    "table",
    "td",
    "tr",
    "tt",
    "u",
    "ul",
];

/// Whether a text clearly is HTML: one of the usual elements opens and closes in it, or it has a
/// whole tag and an entity, or a `<br>`, which exports use between the lines of text.
pub(crate) fn is_html(text: &str) -> bool {
    let mut opened = 0_u64;
    let mut rest = text;
    while let Some(at) = rest.find('<') {
        rest = &rest[at + 1..];
        let (end, name) = match rest.strip_prefix('/') {
            Some(name) => (true, name),
            None => (false, rest),
        };
        let length = name.bytes().take_while(u8::is_ascii_alphanumeric).count();
        let (name, after) = name.split_at(length);
        if !after.starts_with(|c: char| c.is_ascii_whitespace() || c == '/' || c == '>') {
            continue;
        }
        let Some(close) = after.find('>') else {
            break;
        };
        if name.eq_ignore_ascii_case("br") && after[..close].trim().trim_matches('/').is_empty() {
            return true;
        }
        if let Some(index) = element(name) {
            match (end, opened & (1 << index) != 0) {
                (false, _) => opened |= 1 << index,
                (true, true) => return true,
                (true, false) => {}
            }
        }
    }
    opened != 0 && has_entity(text)
}

/// Whether this is the name of an element that answers are usually written with.
pub(crate) fn is_element(name: &str) -> bool {
    element(name).is_some()
}

fn element(name: &str) -> Option<usize> {
    let is_it = |element: &&str| element.eq_ignore_ascii_case(name);
    ELEMENTS.iter().position(is_it)
}

/// Whether a text holds an entity, from `&` to `;`.
pub(crate) fn has_entity(text: &str) -> bool {
    text.split('&').skip(1).any(|rest| {
        let name = rest.strip_prefix('#').unwrap_or(rest);
        let length = name.bytes().take_while(u8::is_ascii_alphanumeric).count();
        (1..=32).contains(&length) && name[length..].starts_with(';')
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_html() {
        for (text, expected) in [
            ("<p>One</p>", true),
            ("<P CLASS='x'>One\n</P >", true),
            ("One <b>two</b>", true),
            ("One<br>two", true),
            ("One<br />two", true),
            ("<p>Terms &amp; conditions", true),
            ("<p>One", false),
            ("One &amp; two", false),
            ("a < b and c > d", false),
            ("a <b and c> d", false),
            ("press <b", false),
            ("</p><p>", false),
            ("Vec<String> and <T>x</T>", false),
            ("mail <help@a.example>", false),
            ("<brand>", false),
            ("", false),
        ] {
            assert_eq!(is_html(text), expected, "{text}");
        }
    }
}
