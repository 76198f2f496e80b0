//! Reads the settings of a feed, its preset laid under them.

use std::path::Path;

use reqwest::Url;
use reqwest::header::{HeaderName, HeaderValue};

use super::super::haptik::is_loopback;
use super::super::problem::Reported;
use super::super::section::Section;
use super::super::source::{path, pointer};
use super::super::tree::{Node, Table, Value};
use super::auth::auth;
use super::paging::paging;
use super::{Auth, Feed, FeedLimits, Keep, Locale, preset};

/// Keys that only a feed has.
pub(in super::super) const FEED_ONLY: &[&str] = &[
    "preset",
    "path",
    "query",
    "headers",
    "auth_check",
    "timeout",
    "min_interval",
    "max_wait",
    "ca_file",
    "allow_plain_http",
    "auth",
    "paging",
];

/// Lays the preset of a feed under what a person wrote.
pub(in super::super) fn with_preset(mut table: Table) -> Table {
    preset::lay_under(&mut table);
    table
}

/// Reads a feed.
pub(in super::super) fn feed(section: &Section<'_, '_>, folder: &Path) -> Result<Feed, Reported> {
    // A name that is no preset would otherwise pass for none.
    let preset = section.optional("preset", Section::choice);
    let allow_plain_http = section.flag("allow_plain_http");
    let plain = *allow_plain_http.as_ref().unwrap_or(&true);
    let wanted = section.optional("locale", Section::text);
    let base = address(section, "feed", plain);
    let auth = section
        .table("auth")
        .and_then(|section| auth(&section, folder, plain));
    let paging = section.table("paging").and_then(|section| paging(&section));
    let limits = section.table("limits").and_then(|section| limits(&section));
    let query = query(section);
    let headers = headers(section);
    let keep = keep(section);
    let items = section.optional("items", pointer);
    let ca_file = section.optional("ca_file", |section, key| path(section, key, folder));
    let pointer = section.optional("locale_field", pointer);
    let timeout = section.duration("timeout");
    let min_interval = section.duration("min_interval");
    let max_wait = section.duration("max_wait");
    let idle_locale = idle_locale(section);
    let (base, wanted) = (base?, wanted?);
    let first_page = first_page(section, &base, wanted.as_deref(), query);
    let auth_check = section.optional("auth_check", |section, key| {
        below(section, &base, key, &section.text(key)?)
    });
    preset?;
    allow_plain_http?;
    idle_locale?;
    let auth = auth?;
    Ok(Feed {
        first_page: first_page?,
        headers: headers?,
        auth_check: auth_check?.filter(|_| auth != Auth::None),
        auth,
        items: items?,
        keep: keep?,
        locale: pointer?
            .zip(wanted)
            .map(|(pointer, wanted)| Locale { pointer, wanted }),
        paging: paging?,
        limits: limits?,
        timeout: timeout?,
        min_interval: min_interval?,
        max_wait: max_wait?,
        ca_file: ca_file?,
    })
}

fn first_page(
    section: &Section<'_, '_>,
    base: &Url,
    locale: Option<&str>,
    query: Result<Vec<(String, String)>, Reported>,
) -> Result<Url, Reported> {
    let mut url = match section.optional("path", Section::text)? {
        Some(path) => below(section, base, "path", &with_locale(&path, locale))?,
        None => base.clone(),
    };
    for (name, value) in query? {
        url.query_pairs_mut().append_pair(&name, &value);
    }
    Ok(url)
}

/// A locale that nothing uses would be a setting that silently does nothing.
fn idle_locale(section: &Section<'_, '_>) -> Result<(), Reported> {
    let in_path = matches!(
        section.given("path").map(|node| &node.value),
        Some(Value::Text(path)) if path.contains("{locale}")
    );
    if !section.has("locale") || section.has("locale_field") || in_path {
        return Ok(());
    }
    let message = "`locale` is not used";
    let hint = "say where an item has its locale, for example locale_field = \"/locale\", or write {locale} in `path`";
    Err(section.wrong("locale", message, hint))
}

/// An address that credentials may be sent to.
pub(super) fn address(
    section: &Section<'_, '_>,
    key: &str,
    allow_plain_http: bool,
) -> Result<Url, Reported> {
    let text = section.text(key)?;
    let wrong =
        |message: &str, hint: &str| Err(section.wrong(key, format!("`{key}` {message}"), hint));
    let Ok(url) = Url::parse(&text) else {
        return wrong("is not a URL", "for example \"https://help.acme.com\"");
    };
    if !matches!(url.scheme(), "http" | "https") || !text.contains("://") {
        return wrong(
            "must begin with https://",
            "for example \"https://help.acme.com\"",
        );
    }
    if !url.username().is_empty() || url.password().is_some() {
        return wrong(
            "must not hold a user name or password",
            "take out what stands before the @, and write it in [bot.source.auth]",
        );
    }
    if url.query().is_some() || url.fragment().is_some() {
        return wrong(
            "must not hold a query or fragment",
            "end it before the ? or #; parameters belong in [bot.source.query]",
        );
    }
    if url.scheme() == "http" && !is_loopback(&url) && !allow_plain_http {
        return wrong(
            "is plain http, which would send credentials unencrypted",
            "write https://, or allow_plain_http = true in [[bot.source]] if you must",
        );
    }
    Ok(url)
}

/// A path, with a query or without, below the address of the feed.
fn below(section: &Section<'_, '_>, base: &Url, key: &str, path: &str) -> Result<Url, Reported> {
    let whole = format!("{}{path}", base.as_str().trim_end_matches('/'));
    match Url::parse(&whole) {
        Ok(url) if path.starts_with('/') && url.origin() == base.origin() => Ok(url),
        _ => {
            let message = format!("`{key}` is not a path");
            Err(section.wrong(
                key,
                message,
                "a path begins with /, for example \"/api/articles\"",
            ))
        }
    }
}

fn with_locale(path: &str, locale: Option<&str>) -> String {
    match locale {
        Some(locale) => path.replace("{locale}", locale),
        None => path.replace("/{locale}", ""),
    }
}

fn query(section: &Section<'_, '_>) -> Result<Vec<(String, String)>, Reported> {
    let text = |(name, node): (String, Node)| {
        let Some(text) = scalar(&node) else {
            let message = "`query` must hold texts, numbers, true or false";
            let hint = "for example query = { status = \"published\" }";
            return Err(section.report.add(&node.origin, message, hint));
        };
        Ok((name, text))
    };
    section.entries("query")?.into_iter().map(text).collect()
}

fn headers(section: &Section<'_, '_>) -> Result<Vec<(HeaderName, HeaderValue)>, Reported> {
    let header = |(name, node): (String, Node)| {
        let name: Option<HeaderName> = name.parse().ok();
        let value = scalar(&node).and_then(|text| HeaderValue::from_str(&text).ok());
        match (name, value) {
            (Some(name), Some(_)) if name == http::header::AUTHORIZATION => {
                let message = "`headers` must not hold credentials";
                let hint = "write auth = { kind = \"header\", name = \"Authorization\", token = { env = \"KMS_TOKEN\" } }";
                Err(section.report.add(&node.origin, message, hint))
            }
            (Some(name), Some(value)) => Ok((name, value)),
            _ => {
                let message = "`headers` must hold names of headers and their values in quotes";
                let hint = "for example headers = { Accept-Language = \"en\" }";
                Err(section.report.add(&node.origin, message, hint))
            }
        }
    };
    section
        .entries("headers")?
        .into_iter()
        .map(header)
        .collect()
}

fn keep(section: &Section<'_, '_>) -> Result<Vec<Keep>, Reported> {
    let entry = |(pointer, node): (String, Node)| {
        let values: Option<Vec<String>> = match &node.value {
            Value::List(items) => items.iter().map(scalar).collect(),
            _ => scalar(&node).map(|value| vec![value]),
        };
        match values {
            Some(values) if pointer.starts_with('/') && !values.is_empty() => {
                Ok(Keep { pointer, values })
            }
            _ => {
                let message = "`keep` must hold JSON pointers, and the values that count";
                let hint = "for example keep = { \"/status\" = [\"published\", \"live\"] }";
                Err(section.report.add(&node.origin, message, hint))
            }
        }
    };
    section.entries("keep")?.into_iter().map(entry).collect()
}

/// A text, number or flag, as text.
pub(in super::super) fn scalar(node: &Node) -> Option<String> {
    match &node.value {
        Value::Text(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Flag(flag) => Some(flag.to_string()),
        Value::List(_) | Value::Table(_) | Value::Other(_) => None,
    }
}

fn limits(section: &Section<'_, '_>) -> Result<FeedLimits, Reported> {
    let max_pages = section.number("max_pages");
    let max_page_bytes = section.size("max_page_bytes");
    let max_item_bytes = section.size("max_row_bytes");
    let max_items = section.number("max_rows");
    Ok(FeedLimits {
        max_pages: max_pages?,
        max_page_bytes: max_page_bytes?,
        max_item_bytes: max_item_bytes?,
        max_items: max_items?,
    })
}
