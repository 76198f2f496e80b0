//! Reads `[notify]`: who is told what begins to need attention, and in which form.

use std::path::Path;

use reqwest::Url;

use super::haptik::is_loopback;
use crate::config::problem::Reported;
use crate::config::section::ConfigSection;
use crate::config::{Notify, token};

/// Reads `[notify]`.
pub(crate) fn notify(section: &ConfigSection<'_, '_>, folder: &Path) -> Result<Notify, Reported> {
    let allow_plain_http = section.flag("allow_plain_http");
    let plain = *allow_plain_http.as_ref().unwrap_or(&true);
    let url = section.optional("url", |section, key| address(section, key, plain));
    let alive_url = section.optional("alive_url", |section, key| address(section, key, plain));
    let format = section.word("format");
    let token = token::read(section, folder);
    let (url, alive_url) = (url?, alive_url?);
    allow_plain_http?;
    if url.is_none() && alive_url.is_none() {
        let hint = "add url, which messages are posted to, or alive_url, which is asked after each good pass; or leave [notify] out";
        return Err(section
            .report
            .add(&section.origin, "[notify] names nobody", hint));
    }
    Ok(Notify {
        url,
        alive_url,
        format: format?,
        token: token?,
    })
}

fn address(
    section: &ConfigSection<'_, '_>,
    key: &str,
    allow_plain_http: bool,
) -> Result<String, Reported> {
    let text = section.text(key)?;
    let url = Url::parse(&text).ok();
    let is_http = |url: &Url| matches!(url.scheme(), "http" | "https") && text.contains("://");
    match url.filter(is_http) {
        Some(url) if url.scheme() == "http" && !is_loopback(&url) && !allow_plain_http => {
            let message = format!("`{key}` is plain http, which anybody on the way can read");
            let hint = "write https://, or allow_plain_http = true in [notify] if you must";
            Err(section.wrong(key, message, hint))
        }
        Some(url) => Ok(url.into()),
        None => Err(section.wrong(
            key,
            format!("`{key}` is not an http or https URL"),
            "for example \"https://hooks.acme.com/kms\"",
        )),
    }
}
