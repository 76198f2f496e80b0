//! Reads `[notify]`: who is told what begins to want a person, and in which form.

use std::path::Path;

use reqwest::Url;

use super::problem::Reported;
use super::section::Section;
use super::{Notify, NotifyFormat, token};

/// Reads `[notify]`.
pub(super) fn notify(section: &Section<'_, '_>, folder: &Path) -> Result<Notify, Reported> {
    let url = section.optional("url", address);
    let alive_url = section.optional("alive_url", address);
    let format = section.choice("format").map(|format| match format {
        "text" => NotifyFormat::Text,
        _ => NotifyFormat::Json,
    });
    let token = token::read(section, folder);
    let (url, alive_url) = (url?, alive_url?);
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

fn address(section: &Section<'_, '_>, key: &str) -> Result<String, Reported> {
    let text = section.text(key)?;
    let url = Url::parse(&text).ok();
    let is_http = |url: &Url| matches!(url.scheme(), "http" | "https") && text.contains("://");
    match url.filter(is_http) {
        Some(url) => Ok(url.into()),
        None => Err(section.wrong(
            key,
            format!("`{key}` is not an http or https URL"),
            "for example \"https://hooks.acme.com/kms\"",
        )),
    }
}
