//! Marks of templates in a text: what a website or a mailing fills in, and nobody has filled in yet. Pure.

/// How they begin, and how they end.
const MARKS: [(&str, &str); 5] = [
    ("{%", "%}"),
    ("{{<", ">}}"),
    ("{{%", "%}}"),
    ("{{{", "}}}"),
    ("{{", "}}"),
];

/// What is longer is no mark.
const LONGEST: usize = 300;

/// Whether a text has such a mark.
pub(crate) fn has_template_mark(text: &str) -> bool {
    let brace = |text: &str| memchr::memchr(b'{', text.as_bytes());
    // In nearly every text there is none at all.
    if brace(text).is_none() {
        return false;
    }
    if has_placeholder(text) {
        return true;
    }
    let mut rest = text;
    while let Some(at) = brace(rest) {
        let mark = &rest[at..];
        if !mark.starts_with("{{") && !mark.starts_with("{%") {
            rest = &mark[1..];
            continue;
        }
        let is_one = MARKS.iter().any(|(open, close)| {
            let inside = mark.strip_prefix(open);
            inside.is_some_and(|inside| names_something(inside, close))
        });
        if is_one {
            return true;
        }
        rest = &mark[2..];
    }
    false
}

/// Whether `${name}` is in a text. In capitals it is a variable of a shell, of which texts speak.
fn has_placeholder(text: &str) -> bool {
    let is_part = |sign: char| sign.is_alphanumeric() || matches!(sign, '_' | '.' | '-');
    text.split("${").skip(1).any(|rest| {
        let name = rest.split('}').next().unwrap_or_default();
        let is_name = name.starts_with(char::is_alphabetic) && name.chars().all(is_part);
        name.len() < rest.len() && is_name && name.chars().any(char::is_lowercase)
    })
}

/// Whether a name stands first, and the mark ends in the same line: braces stand in other texts, too.
fn names_something(inside: &str, close: &str) -> bool {
    let inside = inside.trim_start_matches(['-', '#', '/', '~', ' ']);
    let end = inside.char_indices().nth(LONGEST).map(|(end, _)| end);
    let inside = &inside[..end.unwrap_or(inside.len())];
    let line = inside.lines().next().unwrap_or_default();
    line.starts_with(char::is_alphabetic) && line.contains(close)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nobody_has_filled_in_is_found() {
        for text in [
            "Call {{ site.phone }}.",
            "Dear {{name}},",
            "{%- include note.html -%}",
            "See {{< ref \"x.md\" >}}",
            "{{#if open}}Yes{{/if}}",
            "{{}} and {{ x }}",
            "Call ${site.phone} or ${x",
        ] {
            assert!(has_template_mark(text), "{text}");
        }
        for text in [
            "{\"a\":{\"b\":{}}}",
            "{{1, 2}, {3}}",
            "{{ open",
            "100 {%}",
            "{{a\nb}}",
            "{name}",
            "echo ${HOME}",
            "It costs ${5}, or ${a b}.",
            "${name",
        ] {
            assert!(!has_template_mark(text), "{text}");
        }
    }
}
