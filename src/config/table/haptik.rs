//! Reads `[haptik]`, `[history]` and `[freshness]`: where to go, as whom, how patiently, and how far back.

use std::net::IpAddr;
use std::path::Path;

use reqwest::Url;

use super::ask;
use crate::config::problem::Reported;
use crate::config::quantity::show;
use crate::config::section::ConfigSection;
use crate::config::{BaseUrl, FreshUntil, Freshness, Haptik, History, Intervals, token};

const URL_EXAMPLE: &str =
    "for example base_url = \"https://haptik.example.com\", or \"sandbox\" to try things out";

/// Reads `[haptik]`.
pub(crate) fn haptik(section: &ConfigSection<'_, '_>, folder: &Path) -> Result<Haptik, Reported> {
    let allow_plain_http = section.flag("allow_plain_http");
    let base_url = base_url(section, *allow_plain_http.as_ref().unwrap_or(&true));
    let sandbox = matches!(base_url, Ok(BaseUrl::Sandbox));
    let client_id = client_id(section, sandbox);
    let token = token::read(section, folder);
    let token = match token {
        Ok(None) if !sandbox && base_url.is_ok() => Err(token::missing(section)),
        other => other,
    };
    let calls_per_minute = section.number("calls_per_minute");
    let request_timeout = section.duration("request_timeout");
    let retry = section.table("retry").and_then(|table| intervals(&table));
    let polling = section.table("polling").and_then(|table| intervals(&table));
    let ask = section
        .table("ask")
        .and_then(|table| ask::ask(&table, *allow_plain_http.as_ref().unwrap_or(&true)));
    allow_plain_http?;
    Ok(Haptik {
        base_url: base_url?,
        client_id: client_id?,
        token: token?,
        calls_per_minute: calls_per_minute?,
        request_timeout: request_timeout?,
        retry: retry?,
        polling: polling?,
        ask: ask?,
    })
}

fn client_id(section: &ConfigSection<'_, '_>, sandbox: bool) -> Result<String, Reported> {
    if sandbox && !section.has("client_id") {
        return Ok("sandbox".into());
    }
    let client_id = section.text("client_id")?;
    // It travels in a header, which takes nothing else.
    if client_id.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Ok(client_id);
    }
    let hint = "write it exactly as Haptik gave it to you";
    Err(section.wrong(
        "client_id",
        "`client_id` holds white space or special characters",
        hint,
    ))
}

fn base_url(section: &ConfigSection<'_, '_>, allow_plain_http: bool) -> Result<BaseUrl, Reported> {
    let text = section.text("base_url")?;
    if text == "sandbox" {
        return Ok(BaseUrl::Sandbox);
    }
    url(section, &text, allow_plain_http).map(BaseUrl::Url)
}

/// An address to which the token may go.
pub(super) fn url(
    section: &ConfigSection<'_, '_>,
    text: &str,
    allow_plain_http: bool,
) -> Result<String, Reported> {
    let wrong = |message: &str, hint: &str| Err(section.wrong("base_url", message, hint));
    let Ok(url) = Url::parse(text) else {
        return wrong("`base_url` is not a URL", URL_EXAMPLE);
    };
    if !matches!(url.scheme(), "http" | "https") || !text.contains("://") {
        return wrong("`base_url` must begin with https://", URL_EXAMPLE);
    }
    if !url.username().is_empty() || url.password().is_some() {
        return wrong(
            "`base_url` must not hold a user name or password",
            "take out what stands before the @; Haptik is told client_id and token",
        );
    }
    if url.query().is_some() || url.fragment().is_some() {
        return wrong(
            "`base_url` must not hold a query or fragment",
            "end it before the ? or #",
        );
    }
    if url.scheme() == "http" && !is_loopback(&url) && !allow_plain_http {
        return wrong(
            "`base_url` is plain http, which would send the token unencrypted",
            "write https://, or allow_plain_http = true in [haptik] if you must",
        );
    }
    Ok(url.as_str().trim_end_matches('/').to_owned())
}

/// Whether a URL leads to this machine.
pub(crate) fn is_loopback(url: &Url) -> bool {
    let Some(host) = url.host_str() else {
        return false;
    };
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    let address: Result<IpAddr, _> = bare.parse();
    address.map_or(host == "localhost", |address| address.is_loopback())
}

fn intervals(section: &ConfigSection<'_, '_>) -> Result<Intervals, Reported> {
    let first = section.duration("first");
    let max = section.duration("max");
    let give_up_after = section.duration("give_up_after");
    let (first, max, give_up_after) = (first?, max?, give_up_after?);
    for (small, less, large, more) in [
        ("first", first, "max", max),
        ("max", max, "give_up_after", give_up_after),
    ] {
        if less > more {
            let blamed = if section.has(small) { small } else { large };
            let message = format!(
                "`{small}` ({}) is longer than `{large}` ({})",
                show(less),
                show(more)
            );
            let other = if blamed == small { large } else { small };
            let hint = if section.has(other) {
                "first, max and give_up_after must not shrink in this order".into()
            } else {
                format!(
                    "{} is the default of `{other}`; give `{other}` too",
                    show(if other == large { more } else { less })
                )
            };
            return Err(section.wrong(blamed, message, hint));
        }
    }
    Ok(Intervals {
        first,
        max,
        give_up_after,
    })
}

/// Reads `[history]`.
pub(crate) fn history(section: &ConfigSection<'_, '_>) -> Result<History, Reported> {
    let keep = section.duration("keep");
    let max_bytes = section.size("max_bytes");
    Ok(History {
        keep: keep?,
        max_bytes: max_bytes?,
    })
}

/// Reads `[freshness]`.
pub(crate) fn freshness(section: &ConfigSection<'_, '_>) -> Result<Freshness, Reported> {
    let max_age = section.duration("max_age");
    let until = section.word("until");
    Ok(Freshness {
        max_age: max_age?,
        until: until?,
    })
}

/// Without a bot that is asked, nothing is ever verified.
pub(crate) fn check_until(
    root: &ConfigSection<'_, '_>,
    freshness: Freshness,
    haptik: &Haptik,
) -> Result<Freshness, Reported> {
    if freshness.until == FreshUntil::Verified && haptik.ask.is_none() {
        let section = root.table("freshness")?;
        let hint = "set mode = \"webhook\" or \"conversation\" below [haptik.ask], or until = \"confirmed\"";
        return Err(section.wrong(
            "until",
            "`until` is \"verified\", and no bot is asked",
            hint,
        ));
    }
    Ok(freshness)
}
