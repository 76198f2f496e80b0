//! Reads `[bot.source.paging]`.

use reqwest::header::HeaderName;

use super::{Counter, FeedPaging, PagingMode, Signs};
use crate::config::problem::Reported;
use crate::config::section::ConfigSection;
use crate::config::table::source::pointer;
use crate::config::tree::TomlValue;

/// Reads how the pages follow each other.
pub(crate) fn paging(section: &ConfigSection<'_, '_>) -> Result<FeedPaging, Reported> {
    let mode = mode(section);
    let total = counter(section, "total", "total_header");
    let signs = signs(section);
    Ok(FeedPaging {
        mode: mode?,
        total: total?,
        signs: signs?,
    })
}

/// What the mode itself does not go by.
fn signs(section: &ConfigSection<'_, '_>) -> Result<Signs, Reported> {
    let counted = matches!(section.choice("mode")?, "page" | "offset");
    let sign = |key| {
        if counted {
            unless_off(section, key)
        } else {
            Ok(None)
        }
    };
    let next = sign("next");
    let more = sign("more");
    let pages = match section.choice("mode")? {
        "page" | "none" => Ok(Counter::default()),
        _ => counter(section, "pages", "pages_header"),
    };
    Ok(Signs {
        next: next?,
        more: more?,
        pages: pages?,
        none_usual: is_off(section, "next"),
    })
}

/// `""` switches off what a preset has.
fn is_off(section: &ConfigSection<'_, '_>, key: &str) -> bool {
    let given = section.given(key);
    given.is_some_and(|node| matches!(&node.value, TomlValue::Text(text) if text.is_empty()))
}

fn unless_off(section: &ConfigSection<'_, '_>, key: &str) -> Result<Option<String>, Reported> {
    if is_off(section, key) {
        return Ok(None);
    }
    section.optional(key, pointer)
}

fn mode(section: &ConfigSection<'_, '_>) -> Result<PagingMode, Reported> {
    let word = section.choice("mode")?;
    let taken: &[&str] = match word {
        "link_header" => &["rel", "pages", "pages_header"],
        "next_url" => &["next", "more", "pages", "pages_header"],
        "cursor" => &["next", "more", "parameter", "pages", "pages_header"],
        "merge_object" => &["next", "pages", "pages_header"],
        "page" | "offset" => &[
            "parameter",
            "start",
            "next",
            "more",
            "pages",
            "pages_header",
        ],
        _ if is_off(section, "next") => &["next"],
        _ => &[],
    };
    let all = [
        "rel",
        "next",
        "more",
        "parameter",
        "start",
        "pages",
        "pages_header",
    ];
    for key in all.into_iter().filter(|key| !taken.contains(key)) {
        if section.has(key) {
            let message = format!("`{key}` has no meaning with mode = {word:?}");
            return Err(section.wrong(key, message, format!("take `{key}` out")));
        }
    }
    let more = || unless_off(section, "more");
    let parameter = |usual: &str| {
        let given = section.optional("parameter", ConfigSection::text)?;
        Ok(given.unwrap_or_else(|| usual.to_owned()))
    };
    let start = |usual| {
        Ok(section
            .optional("start", ConfigSection::number)?
            .unwrap_or(usual))
    };
    Ok(match word {
        "link_header" => PagingMode::LinkHeader {
            rel: section.text("rel")?,
        },
        "next_url" => PagingMode::NextUrl {
            next: pointer(section, "next")?,
            more: more()?,
        },
        "cursor" => PagingMode::Cursor {
            next: pointer(section, "next")?,
            more: more()?,
            parameter: parameter("cursor")?,
        },
        "merge_object" => PagingMode::MergeObject {
            next: pointer(section, "next")?,
        },
        "page" => PagingMode::Page {
            parameter: parameter("page")?,
            start: start(1)?,
            pages: counter(section, "pages", "pages_header")?,
        },
        "offset" => PagingMode::Offset {
            parameter: parameter("offset")?,
            start: start(0)?,
        },
        _ => PagingMode::None,
    })
}

fn counter(
    section: &ConfigSection<'_, '_>,
    in_page: &str,
    header: &str,
) -> Result<Counter, Reported> {
    let found = unless_off(section, in_page);
    let header = if is_off(section, header) {
        Ok(None)
    } else {
        section.optional(header, header_name)
    };
    Ok(Counter {
        pointer: found?,
        header: header?,
    })
}

/// The name of a header.
pub(crate) fn header_name(
    section: &ConfigSection<'_, '_>,
    key: &str,
) -> Result<HeaderName, Reported> {
    let text = section.text(key)?;
    text.parse().map_err(|_| {
        let message = format!("`{key}` is not the name of a header");
        section.wrong(key, message, "for example \"X-Total-Count\"")
    })
}
