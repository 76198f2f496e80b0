//! Addresses of a feed, and the paths below them.

use std::convert::Infallible;

use reqwest::Url;

use super::template::Template;
use crate::config::problem::Reported;
use crate::config::section::ConfigSection;
use crate::config::table::haptik::is_loopback;

/// Where `locale` goes.
pub(crate) const LOCALE: &str = "{locale}";

/// An address that credentials may be sent to.
pub(crate) fn address(
    section: &ConfigSection<'_, '_>,
    key: &str,
    allow_plain_http: bool,
) -> Result<Url, Reported> {
    let url = bare(section, key)?;
    if url.scheme() == "http" && !is_loopback(&url) && !allow_plain_http {
        let message = format!("`{key}` is plain http, which would send credentials unencrypted");
        let hint = "write https://, or allow_plain_http = true in [[bot.source]] if you must";
        return Err(section.wrong(key, message, hint));
    }
    Ok(url)
}

/// An http or https URL without anything that does not belong into the file.
pub(crate) fn bare(section: &ConfigSection<'_, '_>, key: &str) -> Result<Url, Reported> {
    let text = section.text(key)?;
    let example = if key == "proxy" {
        "for example \"http://proxy.acme.com:3128\""
    } else {
        "for example \"https://help.acme.com\""
    };
    let wrong =
        |message: &str, hint: &str| Err(section.wrong(key, format!("`{key}` {message}"), hint));
    let Ok(url) = Url::parse(&text) else {
        return wrong("is not a URL", example);
    };
    if !matches!(url.scheme(), "http" | "https") || !text.contains("://") {
        return wrong("must begin with https://", example);
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
    Ok(url)
}

/// A path, with a query or without, below the address of the feed.
pub(crate) fn below(
    section: &ConfigSection<'_, '_>,
    base: &Url,
    key: &str,
    path: &str,
) -> Result<Url, Reported> {
    joined(base, path).ok_or_else(|| {
        let message = format!("`{key}` is not a path");
        let hint = "a path begins with /, for example \"/api/articles\"";
        section.wrong(key, message, hint)
    })
}

/// A path with places that only these lists fill in.
pub(crate) fn template(
    section: &ConfigSection<'_, '_>,
    base: &Url,
    key: &str,
    locale: Option<&str>,
    known: &[String],
) -> Result<Template, Reported> {
    let text = with_locale(&section.text(key)?, locale);
    let template = Template::parse(&text);
    check_names(section, key, &template, known)?;
    let Ok(filled) = template.fill(|_, _| Ok::<_, Infallible>("x".to_owned()));
    below(section, base, key, &filled)?;
    Ok(template)
}

/// Reports a place that no list fills in.
pub(crate) fn check_names(
    section: &ConfigSection<'_, '_>,
    key: &str,
    template: &Template,
    known: &[String],
) -> Result<(), Reported> {
    let Some(name) = template
        .names()
        .find(|name| !known.iter().any(|one| one == name))
    else {
        return Ok(());
    };
    let message = format!("nothing fills in {{{name}.…}} in `{key}`");
    let hint = match known {
        [] => "name the list that it comes from: [[bot.source.parents]] with its `name` and `path`"
            .to_owned(),
        known => format!("known here: {}", known.join(", ")),
    };
    Err(section.wrong(key, message, hint))
}

/// The address of a path below another, if it is one.
pub fn joined(base: &Url, path: &str) -> Option<Url> {
    let whole = format!("{}{path}", base.as_str().trim_end_matches('/'));
    let url = Url::parse(&whole).ok()?;
    (path.starts_with('/') && url.origin() == base.origin()).then_some(url)
}

fn with_locale(path: &str, locale: Option<&str>) -> String {
    if let Some(locale) = locale {
        return path.replace(LOCALE, locale);
    }
    let path = path.replace("/{locale}", "");
    let Some((path, query)) = path.split_once('?') else {
        return path;
    };
    let kept = query.split('&').filter(|pair| !pair.contains(LOCALE));
    let kept: Vec<&str> = kept.collect();
    format!("{path}?{}", kept.join("&"))
}
