//! Where the next page is. Pure.

use reqwest::Url;

use super::links;
use super::page::Page;
use crate::config::{Paging, PagingMode};

/// How far a sweep has come, the page just read included.
pub(super) struct Progress<'a> {
    pub(super) first: &'a Url,
    pub(super) current: &'a Url,
    pub(super) pages: u64,
    pub(super) items: u64,
}

/// The address of the first page.
pub(super) fn first(paging: &Paging, url: &Url) -> Url {
    match &paging.mode {
        PagingMode::Page {
            parameter, start, ..
        }
        | PagingMode::Offset { parameter, start } => with(url, &[(parameter, &start.to_string())]),
        _ => url.clone(),
    }
}

/// The address of the page after this one; `None` after the last.
pub(super) fn next(
    paging: &Paging,
    progress: &Progress,
    page: &Page,
) -> Result<Option<Url>, String> {
    match &paging.mode {
        PagingMode::None => Ok(None),
        PagingMode::LinkHeader { rel } => links::target(page.headers(), rel)
            .map(|target| follow(progress, target))
            .transpose(),
        PagingMode::NextUrl { next, more } => told(page, next, more.as_deref())?
            .map(|target| follow(progress, &target))
            .transpose(),
        PagingMode::Cursor {
            next,
            more,
            parameter,
        } => Ok(told(page, next, more.as_deref())?
            .map(|cursor| with(progress.first, &[(parameter, &cursor)]))),
        PagingMode::MergeObject { next } => {
            let entries = page.entries(next)?;
            let pairs: Vec<(&str, &str)> = entries
                .iter()
                .map(|(name, value)| (name.as_str(), value.as_str()))
                .collect();
            Ok((!pairs.is_empty()).then(|| with(progress.first, &pairs)))
        }
        PagingMode::Page {
            parameter,
            start,
            pages,
        } => {
            let last = match page.count(pages)? {
                Some(pages) => progress.pages >= pages,
                None => total_reached(paging, progress, page)?,
            };
            let number = (start + progress.pages).to_string();
            Ok((!last).then(|| with(progress.first, &[(parameter, &number)])))
        }
        PagingMode::Offset { parameter, start } => {
            let last = total_reached(paging, progress, page)?;
            let number = (start + progress.items).to_string();
            Ok((!last).then(|| with(progress.first, &[(parameter, &number)])))
        }
    }
}

/// Without a total only an empty page is the end: a page may be short because the knowledge base
/// silently lowered the limit.
fn total_reached(paging: &Paging, progress: &Progress, page: &Page) -> Result<bool, String> {
    let total = page.count(&paging.total)?;
    Ok(page.items.is_empty() || total.is_some_and(|total| progress.items >= total))
}

/// What a page tells of the next one; `None` on the last.
fn told(page: &Page, next: &str, more: Option<&str>) -> Result<Option<String>, String> {
    let found = page.text(next)?;
    let Some(pointer) = more else {
        return Ok(found);
    };
    match (page.text(pointer)?.as_deref(), found) {
        (Some("false"), _) => Ok(None),
        (Some("true"), Some(found)) => Ok(Some(found)),
        (Some("true"), None) => Err(format!(
            "`{pointer}` says that there are more pages, but nothing is at next = \"{next}\"; correct it"
        )),
        _ => Err(format!(
            "there is neither true nor false at more = \"{pointer}\"; correct it"
        )),
    }
}

/// The address that a page names. It may be relative, and must not lead away: what is sent there
/// are credentials, and Wagtail for one builds it from a setting instead of the host asked.
fn follow(progress: &Progress, target: &str) -> Result<Url, String> {
    let mut next = progress
        .current
        .join(target)
        .map_err(|_| "what should be its address is none; correct `paging`".to_owned())?;
    next.set_fragment(None);
    let has_login = !next.username().is_empty() || next.password().is_some();
    if next.origin() != progress.first.origin() || has_login {
        return Err(format!(
            "it leads to {}, and credentials are sent to {} alone; correct the address in the knowledge base's own settings, or use another paging mode",
            next.origin().ascii_serialization(),
            progress.first.origin().ascii_serialization(),
        ));
    }
    Ok(next)
}

/// An address with these parameters in place of any of the same names.
pub(super) fn with(url: &Url, parameters: &[(&str, &str)]) -> Url {
    let mut url = url.clone();
    let kept: Vec<(String, String)> = url
        .query_pairs()
        .filter(|(name, _)| parameters.iter().all(|(replaced, _)| name != replaced))
        .map(|(name, value)| (name.into_owned(), value.into_owned()))
        .collect();
    url.query_pairs_mut()
        .clear()
        .extend_pairs(kept)
        .extend_pairs(parameters);
    url
}
