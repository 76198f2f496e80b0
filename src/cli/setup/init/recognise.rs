//! What a knowledge base seems to be, by its address and by what it answers there. Pure.

use std::collections::VecDeque;

use reqwest::{StatusCode, Url};
use serde_json::Value;

use crate::model::FileFormat;

/// How deep a list of articles is looked for in a page.
const DEPTH: usize = 4;
/// Bytes at the beginning of an answer that say what it is.
const HEAD: usize = 16 << 10;

/// Where vendors keep their customers' knowledge bases, and the preset for it.
const HOSTS: [(&str, &str); 12] = [
    ("zendesk.com", "zendesk-guide"),
    ("atlassian.net", "confluence-cloud"),
    ("freshdesk.com", "freshdesk"),
    ("getguru.com", "guru"),
    ("helpjuice.com", "helpjuice"),
    ("hubapi.com", "hubspot"),
    ("hubspot.com", "hubspot"),
    ("intercom.io", "intercom"),
    ("document360.io", "document360"),
    ("document360.com", "document360"),
    ("salesforce.com", "salesforce-knowledge"),
    ("service-now.com", "servicenow"),
];

/// Where pages of JSON commonly say which page is next.
const NEXT: [&str; 8] = [
    "/links/next",
    "/next",
    "/next_page",
    "/next_url",
    "/meta/next",
    "/paging/next/link",
    "/_links/next/href",
    "/pagination/next",
];

/// Where they commonly say how many articles there are on all of them.
const TOTAL: [&str; 7] = [
    "/total",
    "/total_count",
    "/totalCount",
    "/meta/total",
    "/meta/total_count",
    "/pagination/total",
    "/paging/total",
];

/// What a knowledge base seems to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum FeedShape {
    /// What a preset reads.
    Preset(&'static str),
    /// Pages of JSON.
    Json {
        /// The pointer to the list of articles; `None`: the page is the list.
        items: Option<String>,
        paging: GuessedPaging,
    },
    /// One file, of this format.
    File(&'static str),
    /// Nothing that is known.
    Unknown,
}

/// How page follows page.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct GuessedPaging {
    /// `None`: nothing says that there is a next one.
    pub(crate) next: Option<NextPage>,
    /// The pointer to the number of articles on all pages.
    pub(crate) total: Option<&'static str>,
}

/// How the next page is found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum NextPage {
    /// A `Link` header.
    LinkHeader,
    /// A URL at this pointer.
    Url(&'static str),
}

/// An answer, as far as it says what answers.
#[derive(Clone, Debug, Default)]
pub(crate) struct UrlAnswer {
    pub(crate) status: StatusCode,
    /// The `Link` headers.
    pub(crate) links: Vec<String>,
    pub(crate) body: Vec<u8>,
}

/// Whose address it is, where the host says so.
pub(crate) fn by_host(url: &Url) -> Option<&'static str> {
    let host = url.host_str()?.to_ascii_lowercase();
    HOSTS
        .into_iter()
        .find(|(domain, _)| {
            let before = host.strip_suffix(domain);
            before.is_some_and(|before| before.is_empty() || before.ends_with('.'))
        })
        .map(|(_, preset)| preset)
}

/// What answers there.
pub(crate) fn by_answer(url: &Url, answer: &UrlAnswer) -> FeedShape {
    let head = String::from_utf8_lossy(&answer.body[..answer.body.len().min(HEAD)]);
    let head = head.trim_start_matches('\u{feff}').trim_start();
    let software = software(&answer.links, head);
    if !answer.status.is_success() {
        // It holds no articles, whatever it looks like, but it may tell who wrote it.
        return software.map_or(FeedShape::Unknown, FeedShape::Preset);
    }
    if let Ok(page) = serde_json::from_slice::<Value>(&answer.body) {
        return match items(&page) {
            Some((items, many)) => FeedShape::Json {
                items: Some(items).filter(|items| !items.is_empty()),
                paging: GuessedPaging {
                    next: next(&page, &answer.links),
                    total: total(&page, many),
                },
            },
            None => FeedShape::Unknown,
        };
    }
    if ["<rss", "<feed", "<rdf:RDF"]
        .iter()
        .any(|tag| head.contains(tag))
    {
        return FeedShape::Preset("rss");
    }
    if let Some(preset) = software {
        return FeedShape::Preset(preset);
    }
    file(url).map_or(FeedShape::Unknown, FeedShape::File)
}

/// The software that every page of a site names, also one about an error.
fn software(links: &[String], head: &str) -> Option<&'static str> {
    let api = "https://api.w.org/";
    if links.iter().any(|link| link.contains(api)) || head.contains(api) {
        return Some("wordpress");
    }
    head.contains("content=\"MediaWiki ").then_some("mediawiki")
}

/// Pages of JSON are no file, whatever the address is called.
fn file(url: &Url) -> Option<&'static str> {
    FileFormat::word_for_file_name(url.path()).filter(|word| *word != FileFormat::Json.word())
}

/// The pointer to the longest list of objects, the uppermost of equals, and its length; empty: the
/// page itself.
fn items(page: &Value) -> Option<(String, usize)> {
    let mut best: Option<(usize, String)> = None;
    let mut waiting = VecDeque::from([(0, String::new(), page)]);
    while let Some((depth, pointer, value)) = waiting.pop_front() {
        match value {
            Value::Array(list) => {
                let longer = best.as_ref().is_none_or(|(most, _)| list.len() > *most);
                if longer && list.first().is_some_and(Value::is_object) {
                    best = Some((list.len(), pointer));
                }
            }
            Value::Object(entries) if depth < DEPTH => {
                for (key, value) in entries {
                    let key = key.replace('~', "~0").replace('/', "~1");
                    waiting.push_back((depth + 1, format!("{pointer}/{key}"), value));
                }
            }
            _ => {}
        }
    }
    best.map(|(length, pointer)| (pointer, length))
}

fn next(page: &Value, links: &[String]) -> Option<NextPage> {
    if links.iter().any(|link| link.contains("rel=\"next\"")) {
        return Some(NextPage::LinkHeader);
    }
    // On the last page, there is a place for it and nothing in it.
    let is_next = |pointer: &&str| match page.pointer(pointer) {
        Some(Value::Null) => true,
        Some(Value::String(text)) => text.starts_with("http") || text.starts_with('/'),
        _ => false,
    };
    NEXT.into_iter().find(is_next).map(NextPage::Url)
}

/// A number that is less than what is on this page counts something else.
fn total(page: &Value, many: usize) -> Option<&'static str> {
    TOTAL.into_iter().find(|pointer| {
        let total = page.pointer(pointer).and_then(Value::as_u64);
        total.is_some_and(|total| total >= many as u64)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::PRESETS;

    #[test]
    fn hosts_of_vendors_are_known() {
        for (address, expected) in [
            ("https://acme.zendesk.com", Some("zendesk-guide")),
            (
                "https://ACME.my.salesforce.com/x",
                Some("salesforce-knowledge"),
            ),
            ("https://api.intercom.io", Some("intercom")),
            ("https://notzendesk.com", None),
            ("https://zendesk.com.acme.com", None),
            ("http://127.0.0.1:80", None),
        ] {
            assert_eq!(by_host(&address.parse().unwrap()), expected, "{address}");
        }
        for (_, preset) in HOSTS {
            assert!(PRESETS.contains(&preset), "{preset}");
        }
    }

    #[test]
    fn answers_say_what_answers() {
        let json = |items: Option<&str>, next, total| FeedShape::Json {
            items: items.map(str::to_owned),
            paging: GuessedPaging { next, total },
        };
        let one_link = "<https://kb/2>; rel=\"next\"";
        let api = "<https://www.acme.com/wp-json/>; rel=\"https://api.w.org/\"";
        let cases = [
            ("/api", "", "[{\"id\": 1}]", json(None, None, None)),
            (
                "/api",
                one_link,
                "[{\"id\": 1}]",
                json(None, Some(NextPage::LinkHeader), None),
            ),
            (
                "/api",
                "",
                "{\"users\": [{}], \"data\": {\"a/b\": [{}, {}]}, \"links\": {\"next\": \"/p2\"}}",
                json(Some("/data/a~1b"), Some(NextPage::Url("/links/next")), None),
            ),
            (
                "/api",
                "",
                "{\"next\": null, \"items\": [{}]}",
                json(Some("/items"), Some(NextPage::Url("/next")), None),
            ),
            (
                "/api",
                "",
                "{\"total\": 1, \"meta\": {\"total\": 9}, \"items\": [{}, {}]}",
                json(Some("/items"), None, Some("/meta/total")),
            ),
            (
                "/api",
                "",
                "{\"tags\": [\"a\"], \"items\": []}",
                FeedShape::Unknown,
            ),
            (
                "/f",
                "",
                "\u{feff}<?xml version='1.0'?><rss>",
                FeedShape::Preset("rss"),
            ),
            ("/f.xml", "", "<feed xmlns='a'>", FeedShape::Preset("rss")),
            ("/f.xml", "", "<articles>", FeedShape::File("xml")),
            ("/", api, "<html>", FeedShape::Preset("wordpress")),
            (
                "/w",
                "",
                "<meta content=\"MediaWiki 1.43\">",
                FeedShape::Preset("mediawiki"),
            ),
            ("/faq.CSV.gz", "", "\u{1f}", FeedShape::File("csv")),
            ("/login", "", "<html>", FeedShape::Unknown),
            ("/", "", "", FeedShape::Unknown),
        ];
        for (path, link, body, expected) in cases {
            let url = Url::parse("https://kb.acme.com")
                .unwrap()
                .join(path)
                .unwrap();
            let answer = UrlAnswer {
                links: vec![link.to_owned()],
                body: body.as_bytes().to_vec(),
                ..UrlAnswer::default()
            };
            assert_eq!(by_answer(&url, &answer), expected, "{path} {body}");
        }
    }

    #[test]
    fn a_page_about_an_error_holds_no_articles() {
        let api = "<https://www.acme.com/wp-json/>; rel=\"https://api.w.org/\"";
        let wiki = "<meta content=\"MediaWiki 1.43\">";
        let cases = [
            (401, "/api", "", "{\"errors\": [{}]}", FeedShape::Unknown),
            (404, "/faq.csv", "", "<html>", FeedShape::Unknown),
            (302, "/faq.xml", "", "", FeedShape::Unknown),
            (503, "/news", "", "<rss>", FeedShape::Unknown),
            (301, "/blog", api, "", FeedShape::Preset("wordpress")),
            (404, "/blog", api, "[{}]", FeedShape::Preset("wordpress")),
            (404, "/w", "", wiki, FeedShape::Preset("mediawiki")),
        ];
        for (status, path, link, body, expected) in cases {
            let url = Url::parse("https://kb.acme.com").unwrap();
            let answer = UrlAnswer {
                status: StatusCode::from_u16(status).unwrap(),
                links: vec![link.to_owned()],
                body: body.as_bytes().to_vec(),
            };
            let found = by_answer(&url.join(path).unwrap(), &answer);
            assert_eq!(found, expected, "{status} {path} {body}");
        }
    }
}
