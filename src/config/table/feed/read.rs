//! Reads the settings of a feed, its preset laid under them.

use std::path::{Path, PathBuf};

use reqwest::Url;

use super::address::{LOCALE, address, bare, below, check_names, template};
use super::auth::auth;
use super::changes::changes;
use super::condition::keep;
use super::filter::{idle_locale, labels};
use super::headers::headers;
use super::paging::paging;
use super::parents::{by_id, detail, parents};
use super::selection::{Laid, SCOPE};
use super::template::Template;
use super::{Audience, Auth, Feed, FeedFormat, FeedLimits, Locale};
use crate::config::problem::Reported;
use crate::config::section::ConfigSection;
use crate::config::table::source::{FormatWord, as_file, path, pointer};
use crate::config::tree::{Node, TomlValue};

/// Keys that only a feed has.
pub(crate) const FEED_ONLY: &[&str] = &[
    "preset",
    "audience",
    "scope",
    "newest",
    "path",
    "query",
    "headers",
    "valid_from",
    "valid_to",
    "labels",
    "with_labels",
    "without_labels",
    "labels_as_questions",
    "lists_all",
    "parents",
    "detail",
    "by_id",
    "changes",
    "auth_check",
    "timeout",
    "min_interval",
    "max_wait",
    "concurrency",
    "proxy",
    "ca_file",
    "allow_plain_http",
    "auth",
    "paging",
    "schedule",
    "time_zone",
];

/// Keys that only pages of items have, and no file.
const PAGES_ONLY: &[&str] = &[
    "keep",
    "newest",
    "locale_field",
    "valid_from",
    "valid_to",
    "labels",
    "parents",
    "detail",
    "by_id",
    "changes",
    "paging",
];

/// Keys that only a file has.
const FILE_ONLY: &[&str] = &["encoding", "sheet", "header", "delimiter"];

/// Keys that RSS and Atom have no use for.
const RSS_NEVER: &[&str] = &[
    "parents",
    "detail",
    "by_id",
    "changes",
    "encoding",
    "sheet",
    "header",
    "delimiter",
];

/// Reads a feed, under which its preset was laid.
pub(crate) fn feed(
    section: &ConfigSection<'_, '_>,
    folder: &Path,
    laid: Laid,
) -> Result<Feed, Reported> {
    // A name that is no preset would otherwise pass for none.
    let preset = section.optional("preset", ConfigSection::choice);
    let audience = section.optional("audience", ConfigSection::word::<Audience>);
    let scope = section.optional("scope", |section, key| section.texts(key, |_| Ok(())));
    let allow_plain_http = section.flag("allow_plain_http");
    let plain = *allow_plain_http.as_ref().unwrap_or(&true);
    let wanted = section.optional("locale", ConfigSection::text);
    let base = address(section, "feed", plain);
    let auth = section
        .table("auth")
        .and_then(|section| auth(&section, folder, plain));
    let paging = section.table("paging").and_then(|section| paging(&section));
    let limits = section.table("limits").and_then(|section| limits(&section));
    let format = format(section, folder);
    let headers = headers(section, folder);
    let keep = keep(section);
    let labels = labels(section);
    let items = section.optional("items", pointer);
    let newest = section.optional("newest", pointer);
    let valid_from = section.optional("valid_from", pointer);
    let valid_to = section.optional("valid_to", pointer);
    let locale_field = section.optional("locale_field", pointer);
    let timeout = section.duration("timeout");
    let min_interval = section.duration("min_interval");
    let max_wait = section.duration("max_wait");
    let concurrency = section.number("concurrency");
    let proxy = section.optional("proxy", bare);
    let ca_file = section.optional("ca_file", |section, key| path(section, key, folder));
    let idle_locale = idle_locale(section);
    let (selection, address, wanted) = (laid?, base?, wanted?);
    let scoped = selection.as_ref().is_some_and(|one| !one.lists.is_empty());
    let names = scoped.then(|| SCOPE.to_owned()).into_iter().collect();
    let paths = paths(section, &address, wanted.as_deref(), names);
    let auth_check = section.optional("auth_check", |section, key| {
        below(section, &address, key, &section.text(key)?)
    });
    preset?;
    audience?;
    scope?;
    allow_plain_http?;
    idle_locale?;
    let (auth, paths, format) = (auth?, paths?, format?);
    let items = items?;
    Ok(Feed {
        selection,
        address,
        path: paths.list,
        query: paths.query,
        parents: paths.parents,
        detail: paths.detail,
        by_id: paths.by_id,
        changes: paths.changes,
        headers: headers?,
        auth_check: auth_check?.filter(|_| auth != Auth::None),
        auth,
        items: match format {
            FeedFormat::Rss => items.or_else(|| Some("/entries".to_owned())),
            FeedFormat::Json | FeedFormat::File(_) => items,
        },
        format,
        keep: keep?,
        newest: newest?,
        locale: locale_field?
            .zip(wanted)
            .map(|(pointer, wanted)| Locale { pointer, wanted }),
        valid_from: valid_from?,
        valid_to: valid_to?,
        labels: labels?,
        paging: paging?,
        limits: limits?,
        timeout: timeout?,
        min_interval: min_interval?,
        max_wait: max_wait?,
        concurrency: concurrency?,
        proxy: proxy?,
        ca_file: ca_file?,
    })
}

/// Everything that follows the address.
struct Paths {
    list: Template,
    query: Vec<(String, Template)>,
    parents: Vec<super::Parent>,
    detail: Option<super::DetailCall>,
    by_id: Option<super::ById>,
    changes: Option<super::Changes>,
}

fn paths(
    section: &ConfigSection<'_, '_>,
    address: &Url,
    locale: Option<&str>,
    names: Vec<String>,
) -> Result<Paths, Reported> {
    let (parents, names) = parents(section, address, locale, names)?;
    let list = section.optional("path", |section, key| {
        template(section, address, key, locale, &names)
    });
    let detail = detail(section, address, locale, &names);
    let by_id = by_id(section, address, locale);
    let changes = changes(section, address, locale, &names);
    let query = query(section, &names, locale);
    Ok(Paths {
        list: list?.unwrap_or_default(),
        query: query?,
        parents,
        detail: detail?,
        by_id: by_id?,
        changes: changes?,
    })
}

/// What the feed answers with. A key that then means nothing is reported.
fn format(section: &ConfigSection<'_, '_>, folder: &Path) -> Result<FeedFormat, Reported> {
    let word = section.optional("format", ConfigSection::word)?;
    let (idle, kind) = match word {
        None => (FILE_ONLY, "pages of JSON"),
        Some(FormatWord::Rss) => (RSS_NEVER, "RSS and Atom"),
        Some(FormatWord::File(_)) => (PAGES_ONLY, "a file"),
    };
    let mut outcome = Ok(());
    for key in idle.iter().filter(|key| section.has(key)) {
        let message = format!("`{key}` has no meaning for {kind}");
        let hint = "`format` says what a feed answers with; see docs/FEEDS.md";
        outcome = Err(section.wrong(key, message, hint));
    }
    outcome?;
    let lists_all = section.flag("lists_all")?;
    match word {
        Some(FormatWord::Rss) if !lists_all => {
            let message = "`lists_all` is missing";
            let hint = "an RSS or Atom feed usually holds its newest entries alone, and what drops out of it would be removed from the bot; if it always holds every article, say so with lists_all = true, and otherwise read the articles over the API";
            Err(section.wrong("format", message, hint))
        }
        Some(FormatWord::Rss) => Ok(FeedFormat::Rss),
        None | Some(FormatWord::File(_)) if section.has("lists_all") => {
            let message = "`lists_all` has no meaning without format = \"rss\"";
            Err(section.wrong("lists_all", message, "take it out"))
        }
        None => Ok(FeedFormat::Json),
        Some(FormatWord::File(_)) => {
            let file = as_file(section, PathBuf::from(folder))?;
            Ok(FeedFormat::File(Box::new(file)))
        }
    }
}

/// Reads the parameters of lists.
pub(crate) fn query(
    section: &ConfigSection<'_, '_>,
    names: &[String],
    locale: Option<&str>,
) -> Result<Vec<(String, Template)>, Reported> {
    let text = |(name, node): (String, Node)| {
        let Some(text) = scalar(&node) else {
            let message = "`query` must hold texts, numbers, true or false";
            let hint = "for example query = { status = \"published\" }";
            return Err(section.report.add(&node.origin, message, hint));
        };
        // Without `locale` the knowledge base decides.
        let Some(text) = with_locale_or_none(text, locale) else {
            return Ok(None);
        };
        let template = Template::parse(&text);
        check_names(section, "query", &template, names)?;
        Ok(Some((name, template)))
    };
    let entries = section.entries("query")?.into_iter().map(text);
    entries.filter_map(Result::transpose).collect()
}

fn with_locale_or_none(text: String, locale: Option<&str>) -> Option<String> {
    match locale {
        _ if !text.contains(LOCALE) => Some(text),
        Some(locale) => Some(text.replace(LOCALE, locale)),
        None => None,
    }
}

/// A text, number or flag, as text.
pub(crate) fn scalar(node: &Node) -> Option<String> {
    match &node.value {
        TomlValue::Text(text) => Some(text.clone()),
        TomlValue::Number(number) => Some(number.to_string()),
        TomlValue::Flag(flag) => Some(flag.to_string()),
        TomlValue::List(_) | TomlValue::Table(_) | TomlValue::Other(_) => None,
    }
}

fn limits(section: &ConfigSection<'_, '_>) -> Result<FeedLimits, Reported> {
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
