//! The `Link` headers of an answer (RFC 8288). Pure.

use reqwest::header::{HeaderMap, LINK};

/// The target of the first link with this relation. There may be several headers, several links
/// in each, and several relations to a link.
pub(crate) fn target<'a>(headers: &'a HeaderMap, rel: &str) -> Option<&'a str> {
    headers
        .get_all(LINK)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|line| split(line, ','))
        .find_map(|link| {
            let (target, parameters) = link.trim().strip_prefix('<')?.split_once('>')?;
            has_relation(parameters, rel).then_some(target.trim())
        })
}

fn has_relation(parameters: &str, rel: &str) -> bool {
    let first = split(parameters, ';').into_iter().find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        name.trim().eq_ignore_ascii_case("rel").then_some(value)
    });
    first.is_some_and(|value| {
        value
            .trim()
            .trim_matches('"')
            .split_whitespace()
            .any(|word| word.eq_ignore_ascii_case(rel))
    })
}

/// Splits where the separator stands neither in quotes nor in angle brackets.
fn split(text: &str, separator: char) -> Vec<&str> {
    let (mut parts, mut start) = (Vec::new(), 0);
    let (mut quoted, mut bracketed) = (false, false);
    for (at, character) in text.char_indices() {
        match character {
            '"' if !bracketed => quoted = !quoted,
            '<' if !quoted => bracketed = true,
            '>' if !quoted => bracketed = false,
            other if other == separator && !quoted && !bracketed => {
                parts.push(&text[start..at]);
                start = at + other.len_utf8();
            }
            _ => {}
        }
    }
    parts.push(&text[start..]);
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_relation_decides() {
        // What WordPress sends with every answer comes first.
        let api = r#"<https://a.test/wp-json/>; rel="https://api.w.org/""#;
        let cases: [(&[&str], &str, Option<&str>); 8] = [
            (&[api], "next", None),
            (
                &[api, "</b?x=1,2;3>; rel=\"next\""],
                "next",
                Some("/b?x=1,2;3"),
            ),
            (&["</a>; rel=\"prev\", </b>; rel=next"], "next", Some("/b")),
            (
                &["</a>; title=\"a, <b>; rel=next\"; rel=\"last\""],
                "next",
                None,
            ),
            (&["</a>; rel=\"first next\""], "next", Some("/a")),
            (&["</a>; rel=\"next-page\""], "next", None),
            (&["</a>; REL=\"Next-Page\""], "next-page", Some("/a")),
            (&["nonsense; rel=next"], "next", None),
        ];
        for (lines, rel, expected) in cases {
            let mut headers = HeaderMap::new();
            for line in lines {
                headers.append(LINK, line.parse().unwrap());
            }
            assert_eq!(target(&headers, rel), expected, "{lines:?}");
        }
    }
}
