//! How the address of a link is shown.

use reqwest::Url;

/// The address as a reader can use it; nothing for one that leads nowhere outside its page.
pub(crate) fn shown(address: &str) -> Option<String> {
    let address = address.trim();
    let scheme = address.split_once(':').map(|(scheme, rest)| {
        let scheme = scheme.to_ascii_lowercase();
        (scheme, rest)
    });
    let address = match &scheme {
        Some((scheme, rest)) => match scheme.as_str() {
            "mailto" | "tel" => rest.split('?').next().unwrap_or(rest),
            "javascript" | "vbscript" | "data" | "about" => return None,
            _ => address,
        },
        None => address,
    };
    if address.is_empty() || address.starts_with('#') {
        return None;
    }
    let mut url = String::with_capacity(address.len());
    for character in address.chars() {
        match character {
            '<' => url.push_str("%3C"),
            '>' => url.push_str("%3E"),
            // Browsers drop these too.
            '\t' | '\n' | '\r' => {}
            character if character.is_whitespace() => url.push_str("%20"),
            character if character.is_control() => {}
            character => url.push(character),
        }
    }
    (!url.is_empty()).then_some(url)
}

/// The address as a reader can use it from anywhere: one that leads somewhere only from within its site
/// begins at `base`, and without that there is none.
pub(crate) fn reachable(address: &str, base: Option<&Url>) -> Option<String> {
    let shown = shown(address)?;
    if has_scheme(&shown) || !is_relative(address.trim(), &shown) {
        return Some(shown);
    }
    if shown.starts_with("www.") {
        return Some(format!("https://{shown}"));
    }
    let url = match base {
        Some(base) => base.join(address.trim()).ok()?,
        None if shown.starts_with("//") => Url::parse(&format!("https:{shown}")).ok()?,
        None => return None,
    };
    Some(url.to_string())
}

fn has_scheme(url: &str) -> bool {
    let scheme = url.split_once(':').map_or("", |(scheme, _)| scheme);
    let is_letter = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.');
    scheme.starts_with(|c: char| c.is_ascii_alphabetic()) && scheme.chars().all(is_letter)
}

/// Not what is shown without the scheme that it has: a mail address, a number.
fn is_relative(address: &str, shown: &str) -> bool {
    !has_scheme(address) || address.starts_with(shown)
}

/// The address, if it leads to the same place from anywhere.
pub(crate) fn whole(address: &str) -> Option<String> {
    shown(address).filter(|url| is_whole(url))
}

/// Whether an address leads to the same place from anywhere.
pub(crate) fn is_whole(url: &str) -> bool {
    let starts = |scheme: &str| {
        let start = url.get(..scheme.len());
        start.is_some_and(|start| start.eq_ignore_ascii_case(scheme)) && url.len() > scheme.len()
    };
    starts("https://") || starts("http://")
}

/// Whether a link's text already says where it leads.
pub(crate) fn is_same(text: &str, url: &str) -> bool {
    let bare = |address: &str| {
        let address = address.to_lowercase();
        let end = ["https://", "http://", "mailto:", "tel:"]
            .iter()
            .find_map(|scheme| address.strip_prefix(scheme))
            .unwrap_or(&address);
        end.trim_end_matches('/').to_owned()
    };
    bare(text) == bare(url) || is_same_number(text, url)
}

fn is_same_number(text: &str, url: &str) -> bool {
    let is_digit = |c: &char| c.is_ascii_digit() || *c == '+';
    let digits = |text: &str| text.chars().filter(is_digit).collect::<String>();
    let letters = |text: &str| text.chars().any(char::is_alphabetic);
    !letters(text) && !letters(url) && !digits(url).is_empty() && digits(text) == digits(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses() {
        for (address, expected) in [
            (
                " https://a.example/x?y=1#z ",
                Some("https://a.example/x?y=1#z"),
            ),
            ("/hc/articles/1", Some("/hc/articles/1")),
            ("mailto:help@a.example?subject=x", Some("help@a.example")),
            ("TEL:+49-30-1", Some("+49-30-1")),
            (
                "https://a.example/my file\n.pdf",
                Some("https://a.example/my%20file.pdf"),
            ),
            ("https://a.example/<m>", Some("https://a.example/%3Cm%3E")),
            ("#top", None),
            ("JavaScript:void(0)", None),
            ("data:text/plain,x", None),
            ("mailto:", None),
            ("", None),
        ] {
            assert_eq!(shown(address).as_deref(), expected, "{address}");
        }
    }

    #[test]
    fn what_leads_somewhere_only_from_within_its_site_begins_at_its_base() {
        let base = Url::parse("https://help.example/hc/articles/1.html").unwrap();
        for (address, with, without) in [
            ("/faq", Some("https://help.example/faq"), None),
            (
                "../pay.md#how",
                Some("https://help.example/hc/pay.md#how"),
                None,
            ),
            (
                "2.html",
                Some("https://help.example/hc/articles/2.html"),
                None,
            ),
            (
                "?a=b",
                Some("https://help.example/hc/articles/1.html?a=b"),
                None,
            ),
            (
                "//cdn.example/a",
                Some("https://cdn.example/a"),
                Some("https://cdn.example/a"),
            ),
            (
                "www.a.example",
                Some("https://www.a.example"),
                Some("https://www.a.example"),
            ),
            (
                "https://a.example",
                Some("https://a.example"),
                Some("https://a.example"),
            ),
            (
                "mailto:x@a.example",
                Some("x@a.example"),
                Some("x@a.example"),
            ),
            ("tel:+49", Some("+49"), Some("+49")),
            (
                "myapp://start",
                Some("myapp://start"),
                Some("myapp://start"),
            ),
            ("#top", None, None),
        ] {
            assert_eq!(
                reachable(address, Some(&base)).as_deref(),
                with,
                "{address}"
            );
            assert_eq!(reachable(address, None).as_deref(), without, "{address}");
        }
    }

    #[test]
    fn texts_that_are_addresses() {
        for (text, url, expected) in [
            ("a.example", "https://a.example/", true),
            ("https://A.example/x", "https://a.example/x", true),
            ("help@a.example", "help@a.example", true),
            ("+49 (30) 12-3", "+4930123", true),
            ("12", "/12", true),
            ("call", "+4930123", false),
            ("here", "https://a.example", false),
        ] {
            assert_eq!(is_same(text, url), expected, "{text} {url}");
        }
    }
}
