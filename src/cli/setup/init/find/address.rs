//! What of a pasted address is written down: no page of several, and nothing that may be a secret. Pure.

use reqwest::Url;

/// Parameters that choose a page, and not what is read.
const OF_PAGES: [&str; 8] = [
    "page", "offset", "start", "skip", "$skip", "cursor", "after", "from",
];

/// Parts of the names of parameters that may hold a secret.
const SECRET: [&str; 6] = ["key", "token", "secret", "sig", "password", "code"];

/// An address as the configuration takes it: without a query, and without anything that may be a
/// secret.
pub(crate) fn apart(url: &Url, told: &mut Vec<String>) -> (String, Vec<(String, String)>) {
    let mut query = Vec::new();
    for (name, value) in url.query_pairs() {
        let lower = name.to_lowercase();
        if SECRET.iter().any(|word| lower.contains(word)) {
            told.push(format!(
                "the parameter {name} of the address may be a secret and is not written down; keep it where a token is kept, with kind = \"query\" and name = \"{name}\" in `auth`"
            ));
        } else if !OF_PAGES.contains(&lower.as_str()) {
            query.push((name.into_owned(), value.into_owned()));
        }
    }
    let mut address = url.clone();
    address.set_query(None);
    address.set_fragment(None);
    let _ = address.set_username("");
    let _ = address.set_password(None);
    let text = address.as_str();
    // As a person writes it, where nothing follows the host.
    let text = if address.path() == "/" {
        text.trim_end_matches('/')
    } else {
        text
    };
    (text.to_owned(), query)
}

/// An address without what says which of several pages it is.
pub(crate) fn first_page(url: &Url) -> Url {
    let is_kept = |name: &str| !OF_PAGES.contains(&name.to_lowercase().as_str());
    let pairs = url.query_pairs().filter(|(name, _)| is_kept(name));
    let kept: Vec<(String, String)> = pairs.map(|(a, b)| (a.into(), b.into())).collect();
    let mut first = url.clone();
    first.set_query(None);
    if !kept.is_empty() {
        first.query_pairs_mut().extend_pairs(kept);
    }
    first
}

/// The language that an address is about, where it has one: that of a help centre's pages, or of a list.
pub(crate) fn locale(preset: &str, url: &Url) -> Option<String> {
    match preset {
        "zendesk-guide" => {
            let mut parts = url.path_segments()?;
            let locale = parts.find(|part| *part == "hc").and(parts.next())?;
            // What follows is not always one: the pages for agents have none.
            let (language, _) = locale.split_once('-').unwrap_or((locale, ""));
            let is_language = language.chars().all(|letter| letter.is_ascii_lowercase());
            ((2..=3).contains(&language.len()) && is_language).then(|| locale.to_owned())
        }
        "strapi" => {
            let mut pairs = url.query_pairs();
            let (_, locale) = pairs.find(|(name, value)| name == "locale" && !value.is_empty())?;
            Some(locale.into_owned())
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pasted_address_is_taken_apart_and_no_secret_is_written_down() {
        let url = Url::parse("https://u:p@kb.acme.com/api/faq?page=2&type=faq&api_key=s3cr3t#top");
        let mut told = Vec::new();
        let (address, query) = apart(&url.unwrap(), &mut told);
        assert_eq!(address, "https://kb.acme.com/api/faq");
        assert_eq!(query, [("type".to_owned(), "faq".to_owned())]);
        assert!(
            told[0].contains("api_key") && !told[0].contains("s3cr3t"),
            "{told:?}"
        );
        let root = Url::parse("https://kb.acme.com/?lang=de").unwrap();
        assert_eq!(apart(&root, &mut told).0, "https://kb.acme.com");
    }
    #[test]
    fn an_address_says_in_which_language_it_is() {
        for (preset, address, expected) in [
            (
                "zendesk-guide",
                "https://acme.zendesk.com/hc/en-us",
                Some("en-us"),
            ),
            (
                "zendesk-guide",
                "https://acme.zendesk.com/hc/de/articles/17-Passwort",
                Some("de"),
            ),
            ("zendesk-guide", "https://acme.zendesk.com/hc/admin", None),
            ("zendesk-guide", "https://acme.zendesk.com/hc", None),
            ("zendesk-guide", "https://acme.zendesk.com", None),
            (
                "strapi",
                "https://cms.acme.com/api/faqs?locale=de&populate=*",
                Some("de"),
            ),
            ("strapi", "https://cms.acme.com/api/faqs?locale=", None),
            ("ghost", "https://blog.acme.com/?locale=de", None),
        ] {
            let found = locale(preset, &address.parse().unwrap());
            assert_eq!(found.as_deref(), expected, "{address}");
        }
    }
}
