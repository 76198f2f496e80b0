//! Reads `[bot.source.headers]`: values as they are, or where they are kept.

use std::path::Path;

use reqwest::header::{HeaderName, HeaderValue};

use super::FixedHeader;
use super::read::scalar;
use crate::config::problem::Reported;
use crate::config::section::ConfigSection;
use crate::config::token;
use crate::config::tree::{Node, TomlValue};

/// Reads the headers of every request.
pub(crate) fn headers(
    section: &ConfigSection<'_, '_>,
    folder: &Path,
) -> Result<Vec<(HeaderName, FixedHeader)>, Reported> {
    let header = |(name, node): (String, Node)| header(section, &name, &node, folder);
    let entries = section.entries("headers")?;
    entries.into_iter().map(header).collect()
}

fn header(
    section: &ConfigSection<'_, '_>,
    name: &str,
    node: &Node,
    folder: &Path,
) -> Result<(HeaderName, FixedHeader), Reported> {
    let bad = || {
        let message = "`headers` must hold names of headers and their values in quotes, or where a value is kept";
        let hint =
            "for example headers = { Accept-Language = \"en\", X-Api-Key = { env = \"KMS_KEY\" } }";
        section.report.add(&node.origin, message, hint)
    };
    let name: HeaderName = name.parse().map_err(|_| bad())?;
    if let TomlValue::Table(table) = &node.value {
        // It is kept where the token of `auth` may be kept, and read the same way.
        let pattern = section.below("auth.token");
        let place = ConfigSection::new(section.report, pattern, node.origin.clone(), table.clone());
        return Ok((name, FixedHeader::Secret(token::source(&place, folder)?)));
    }
    if name == http::header::AUTHORIZATION {
        let message = "`headers` must not hold credentials";
        let hint = "write auth = { kind = \"header\", name = \"Authorization\", token = { env = \"KMS_TOKEN\" } }";
        return Err(section.report.add(&node.origin, message, hint));
    }
    let value = scalar(node).and_then(|text| HeaderValue::from_str(&text).ok());
    Ok((name, FixedHeader::Plain(value.ok_or_else(bad)?)))
}
