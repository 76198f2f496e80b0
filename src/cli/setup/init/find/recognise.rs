//! What a knowledge base seems to be, by its address and by what it answers there. Pure.

use std::collections::VecDeque;

use reqwest::{StatusCode, Url};
use serde_json::Value;

use super::paging;
use super::paging::GuessedPaging;

use crate::model::FileFormat;

/// How deep a list of articles is looked for in a page.
const DEPTH: usize = 4;
/// Bytes at the beginning of an answer that say what it is.
const HEAD: usize = 16 << 10;

/// Where vendors keep their customers' knowledge bases, and the preset for it.
const HOSTS: [(&str, &str); 23] = [
    ("zendesk.com", "zendesk-guide"),
    ("atlassian.net", "confluence-cloud"),
    ("freshdesk.com", "freshdesk"),
    ("getguru.com", "guru"),
    ("helpjuice.com", "helpjuice"),
    ("hubapi.com", "hubspot"),
    ("hubspot.com", "hubspot"),
    ("intercom.io", "intercom"),
    ("intercom.com", "intercom"),
    ("intercom.help", "intercom"),
    ("document360.io", "document360"),
    ("document360.com", "document360"),
    ("salesforce.com", "salesforce-knowledge"),
    ("force.com", "salesforce-knowledge"),
    ("service-now.com", "servicenow"),
    ("dynamics.com", "dynamics-365"),
    ("docs.google.com", "google-sheets"),
    ("graph.microsoft.com", "sharepoint-file"),
    ("desk.zoho.com", "zoho-desk"),
    ("desk.zoho.eu", "zoho-desk"),
    ("desk.zoho.in", "zoho-desk"),
    ("desk.zoho.com.au", "zoho-desk"),
    ("desk.zoho.jp", "zoho-desk"),
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

/// An answer, as far as it says what answers.
#[derive(Clone, Debug, Default)]
pub(crate) struct UrlAnswer {
    pub(crate) status: StatusCode,
    /// The `Link` headers.
    pub(crate) links: Vec<String>,
    /// What it says of itself in its headers.
    pub(crate) made_by: String,
    pub(crate) body: Vec<u8>,
}

impl UrlAnswer {
    pub(crate) fn json(&self) -> Option<Value> {
        serde_json::from_slice(&self.body).ok()
    }

    /// Whether it is a page for people, and not one about an error.
    pub(crate) fn is_web_page(&self) -> bool {
        let head = self.head().to_lowercase();
        self.status.is_success() && (head.starts_with("<!doctype html") || head.contains("<html"))
    }

    /// The beginning, as far as it says what it is.
    pub(crate) fn head(&self) -> String {
        let head = String::from_utf8_lossy(&self.body[..self.body.len().min(HEAD)]);
        let head = head.trim_start_matches('\u{feff}').trim_start();
        head.to_owned()
    }
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

/// Where a vendor's knowledge bases are asked, whatever address of it a person has.
pub(crate) fn home(preset: &str, url: &Url) -> Option<Url> {
    let host = url.host_str().unwrap_or_default();
    let fixed = match preset {
        // The address is that of the file.
        "google-sheets" => return published_sheet(url),
        "sharepoint-file" => return None,
        "hubspot" if !host.ends_with("hubapi.com") => Some("api.hubapi.com".to_owned()),
        "guru" => Some("api.getguru.com".to_owned()),
        "document360" => Some(match region(host, "document360.io", &["us", "ca"]) {
            _ if host.starts_with("apihub.") => host.to_owned(),
            Some(region) => format!("apihub.{region}.document360.io"),
            None => "apihub.document360.io".to_owned(),
        }),
        "intercom" => Some(match region(host, "intercom.", &["eu", "au"]) {
            Some(region) => format!("api.{region}.intercom.io"),
            None => "api.intercom.io".to_owned(),
        }),
        "salesforce-knowledge" => host
            .strip_suffix(".lightning.force.com")
            .map(|own| format!("{own}.my.salesforce.com")),
        _ => None,
    };
    let home = match fixed {
        Some(host) => Url::parse(&format!("https://{host}")).ok(),
        None => url.join("/").ok(),
    };
    home.filter(|home| home.origin() != url.origin() || url.path() != "/")
}

/// Where a vendor keeps a customer's data, as the part of a host before its domain says it. What is
/// elsewhere knows neither the customer nor the token.
fn region<'r>(host: &str, domain: &str, regions: &[&'r str]) -> Option<&'r str> {
    let (before, _) = host.split_once(domain)?;
    let last = before.trim_end_matches('.').rsplit('.').next()?;
    regions.iter().copied().find(|region| *region == last)
}

/// The file of a sheet that was published as a web page.
fn published_sheet(url: &Url) -> Option<Url> {
    let path = url.path().strip_suffix("/pubhtml")?;
    let mut file = url.clone();
    file.set_path(&format!("{path}/pub"));
    Some(file)
}

/// What answers there.
pub(crate) fn by_answer(url: &Url, answer: &UrlAnswer) -> FeedShape {
    if !answer.status.is_success() {
        return FeedShape::Unknown;
    }
    if let Some(page) = answer.json() {
        return match items(&page) {
            Some((items, many)) => FeedShape::Json {
                paging: paging::guess(&page, &answer.links, many),
                items: Some(items).filter(|items| !items.is_empty()),
            },
            None => FeedShape::Unknown,
        };
    }
    let head = answer.head();
    let is_feed = ["<rss", "<feed", "<rdf:RDF"]
        .iter()
        .any(|tag| head.contains(tag));
    if is_feed {
        return FeedShape::Preset("rss");
    }
    file(url).map_or(FeedShape::Unknown, FeedShape::File)
}

/// Pages of JSON are no file, whatever the address is called.
fn file(url: &Url) -> Option<&'static str> {
    FileFormat::word_for_file_name(url.path()).filter(|word| *word != FileFormat::Json.word())
}

/// The pointer to the longest list of objects, the uppermost of equals, and its length; empty: the
/// page itself.
pub(crate) fn items(page: &Value) -> Option<(String, usize)> {
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
            ("https://app.intercom.com", Some("intercom")),
            (
                "https://acme.lightning.force.com",
                Some("salesforce-knowledge"),
            ),
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
        let json = |items: Option<&str>| FeedShape::Json {
            items: items.map(str::to_owned),
            paging: GuessedPaging::default(),
        };
        let cases = [
            (200, "/api", "[{\"id\": 1}]", json(None)),
            (
                200,
                "/api",
                "{\"users\": [{}], \"data\": {\"a/b\": [{}, {}]}}",
                json(Some("/data/a~1b")),
            ),
            (
                200,
                "/api",
                "{\"tags\": [\"a\"], \"items\": []}",
                FeedShape::Unknown,
            ),
            (
                200,
                "/f",
                "\u{feff}<?xml version='1.0'?><rss>",
                FeedShape::Preset("rss"),
            ),
            (200, "/f.xml", "<feed xmlns='a'>", FeedShape::Preset("rss")),
            (200, "/f.xml", "<articles>", FeedShape::File("xml")),
            (200, "/faq.CSV.gz", "\u{1f}", FeedShape::File("csv")),
            (200, "/login", "<html>", FeedShape::Unknown),
            (200, "/", "", FeedShape::Unknown),
            // A page about an error holds no articles.
            (401, "/api", "{\"errors\": [{}]}", FeedShape::Unknown),
            (404, "/faq.csv", "<html>", FeedShape::Unknown),
            (503, "/news", "<rss>", FeedShape::Unknown),
        ];
        for (status, path, body, expected) in cases {
            let url = Url::parse("https://kb.acme.com").unwrap();
            let answer = UrlAnswer {
                status: StatusCode::from_u16(status).unwrap(),
                links: Vec::new(),
                made_by: String::new(),
                body: body.as_bytes().to_vec(),
            };
            let found = by_answer(&url.join(path).unwrap(), &answer);
            assert_eq!(found, expected, "{status} {path} {body}");
        }
    }

    #[test]
    fn a_vendor_is_asked_at_its_own_address() {
        for (preset, address, expected) in [
            (
                "zendesk-guide",
                "https://acme.zendesk.com/hc/en-us",
                Some("https://acme.zendesk.com/"),
            ),
            ("zendesk-guide", "https://acme.zendesk.com", None),
            (
                "hubspot",
                "https://app.hubspot.com/x",
                Some("https://api.hubapi.com/"),
            ),
            (
                "google-sheets",
                "https://docs.google.com/spreadsheets/d/e/x/pub",
                None,
            ),
            (
                "google-sheets",
                "https://docs.google.com/spreadsheets/d/e/x/pubhtml?gid=7",
                Some("https://docs.google.com/spreadsheets/d/e/x/pub?gid=7"),
            ),
            (
                "salesforce-knowledge",
                "https://acme.lightning.force.com/lightning/o/Knowledge__kav/list",
                Some("https://acme.my.salesforce.com/"),
            ),
            (
                "salesforce-knowledge",
                "https://acme--dev.sandbox.lightning.force.com/",
                Some("https://acme--dev.sandbox.my.salesforce.com/"),
            ),
            // Each of these knows its own customers alone.
            ("intercom", "https://api.eu.intercom.io/", None),
            (
                "intercom",
                "https://app.eu.intercom.com/a/apps/x",
                Some("https://api.eu.intercom.io/"),
            ),
            (
                "intercom",
                "https://intercom.help/acme/en",
                Some("https://api.intercom.io/"),
            ),
            ("document360", "https://apihub.us.document360.io/", None),
            (
                "document360",
                "https://portal.us.document360.io/x",
                Some("https://apihub.us.document360.io/"),
            ),
            (
                "document360",
                "https://acme.document360.io/docs",
                Some("https://apihub.document360.io/"),
            ),
            ("hubspot", "https://api-eu1.hubapi.com/", None),
        ] {
            let found = home(preset, &address.parse().unwrap());
            let found = found.as_ref().map(Url::as_str);
            assert_eq!(found, expected, "{address}");
        }
    }
}
