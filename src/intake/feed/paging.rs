//! Where the next page is, and what says that there is one. Pure.

use reqwest::Url;

use super::http::links;
use super::page::FeedPage;
use crate::config::{FeedPaging, PagingMode, Signs};

/// Where pages commonly name the next one, or say that there is one.
const USUAL_NEXT: [&str; 11] = [
    "/_links/next",
    "/_links/next/href",
    "/links/next",
    "/links/next/href",
    "/next",
    "/next_page",
    "/next_url",
    "/meta/next",
    "/paging/next/link",
    "/pagination/next",
    "/@odata.nextLink",
];

/// Where pages commonly have a flag that is false on the last one.
const USUAL_MORE: [&str; 4] = [
    "/meta/has_more",
    "/has_more",
    "/hasMore",
    "/pagination/hasMore",
];

/// How far a list has been read, the page just read included.
pub(crate) struct PagingProgress<'a> {
    pub(crate) first: &'a Url,
    pub(crate) current: &'a Url,
    pub(crate) pages: u64,
    /// The most items that came on one page.
    pub(crate) largest: u64,
    /// The items that came, each counted once.
    pub(crate) found: u64,
    /// Whether this page brought anything that did not come before.
    pub(crate) is_new: bool,
    /// Whether one looks a little past an end that no page tells of.
    pub(crate) thorough: bool,
}

/// What speaks for a next page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ground {
    /// The page says so where `paging` points.
    Said,
    /// It says so at a place where pages commonly do.
    Hinted,
    /// Not all that the total tells of has come.
    Total,
    /// Nothing says that this was the last.
    Open,
    /// Nothing; one looks all the same.
    Probe,
}

/// The address of the first page.
pub(crate) fn first(paging: &FeedPaging, url: &Url) -> Url {
    match &paging.mode {
        PagingMode::Page {
            parameter, start, ..
        }
        | PagingMode::Offset { parameter, start } => with(url, &[(parameter, &start.to_string())]),
        PagingMode::None
        | PagingMode::LinkHeader { .. }
        | PagingMode::NextUrl { .. }
        | PagingMode::Cursor { .. }
        | PagingMode::MergeObject { .. } => url.clone(),
    }
}

/// The address of the page after this one, and why it is asked for; `None` after the last.
pub(crate) fn next(
    paging: &FeedPaging,
    progress: &PagingProgress,
    page: &FeedPage,
) -> Result<Option<(Url, Ground)>, String> {
    let said = |url: Option<Url>| Ok(url.map(|url| (url, Ground::Said)));
    match &paging.mode {
        PagingMode::None => Ok(None),
        PagingMode::LinkHeader { rel } => said(
            links::target(page.headers(), rel)
                .map(|target| follow(progress, target))
                .transpose()?,
        ),
        PagingMode::NextUrl { next, more } => said(
            told(page, next, more.as_deref())?
                .map(|target| follow(progress, &target))
                .transpose()?,
        ),
        PagingMode::Cursor {
            next,
            more,
            parameter,
        } => said(
            told(page, next, more.as_deref())?
                .map(|cursor| with(progress.first, &[(parameter, &cursor)])),
        ),
        PagingMode::MergeObject { next, .. } => {
            let entries = page.entries(next)?;
            let pairs: Vec<(&str, &str)> = entries
                .iter()
                .map(|(name, value)| (name.as_str(), value.as_str()))
                .collect();
            said((!pairs.is_empty()).then(|| with(progress.first, &pairs)))
        }
        PagingMode::Page {
            parameter, start, ..
        } => {
            let number = start + progress.pages;
            let url = || with(progress.first, &[(parameter, &number.to_string())]);
            Ok(counted(paging, progress, page)?.map(|ground| (url(), ground)))
        }
        PagingMode::Offset { parameter, start } => {
            let Some(ground) = counted(paging, progress, page)? else {
                return Ok(None);
            };
            let now = parameter_of(progress.current, parameter).unwrap_or(*start);
            let offset = match named_offset(paging, progress, page, parameter)? {
                Some(named) if named > now => named,
                // Nobody says how many items an empty page stands for.
                _ if page.items.is_empty() => now.saturating_add(progress.largest.max(1)),
                _ => now.saturating_add(page.items.len() as u64),
            };
            let url = with(progress.first, &[(parameter, &offset.to_string())]);
            Ok(Some((url, ground)))
        }
    }
}

/// The number of pages that a page tells of.
pub(crate) fn pages(paging: &FeedPaging, page: &FeedPage) -> Result<Option<u64>, String> {
    match &paging.mode {
        PagingMode::Page { pages, .. } => page.count(pages),
        PagingMode::None
        | PagingMode::LinkHeader { .. }
        | PagingMode::NextUrl { .. }
        | PagingMode::Cursor { .. }
        | PagingMode::MergeObject { .. }
        | PagingMode::Offset { .. } => page.count(&paging.signs.pages),
    }
}

/// Where a list that is read as one page says that there are more.
pub(crate) fn cut(paging: &FeedPaging, page: &FeedPage) -> Option<&'static str> {
    (paging.mode == PagingMode::None && !paging.signs.none_usual)
        .then(|| usual(page))
        .flatten()
}

/// What speaks for a next page where pages or items are counted. What the page itself says goes
/// before any sum: a total may count what nobody is shown, and a page may be empty because nobody is
/// shown what is on it.
fn counted(
    paging: &FeedPaging,
    progress: &PagingProgress,
    page: &FeedPage,
) -> Result<Option<Ground>, String> {
    if let Some(more) = says(paging, progress, page)? {
        return Ok(more.then_some(Ground::Said));
    }
    if !paging.signs.none_usual && usual(page).is_some() {
        return Ok(Some(Ground::Hinted));
    }
    let probe = progress.thorough.then_some(Ground::Probe);
    // A page may be short because the knowledge base silently lowered the limit.
    Ok(match page.count(&paging.total)? {
        Some(total) if progress.found < total => Some(Ground::Total),
        None if progress.is_new => Some(Ground::Open),
        _ => probe,
    })
}

/// What the places that `paging` names say: one of them that there is more is enough.
fn says(
    paging: &FeedPaging,
    progress: &PagingProgress,
    page: &FeedPage,
) -> Result<Option<bool>, String> {
    let Signs { next, more, .. } = &paging.signs;
    let mut said = pages(paging, page)?.map(|pages| progress.pages < pages);
    if let Some(pointer) = more {
        let more = match page.text(pointer)?.as_deref() {
            Some("true") => true,
            Some("false") => false,
            _ => return Err(neither(pointer)),
        };
        said = Some(more || said == Some(true));
    }
    if let Some(pointer) = next {
        let next = page.text(pointer)?.is_some_and(|next| next != "false");
        said = Some(next || said == Some(true));
    }
    Ok(said)
}

/// The first usual place that says that there is more.
fn usual(page: &FeedPage) -> Option<&'static str> {
    if links::target(page.headers(), "next").is_some() {
        return Some("Link");
    }
    let is_next = |pointer: &&str| {
        let text = page.text(pointer).ok().flatten();
        text.is_some_and(|text| text != "false")
    };
    let is_more = |pointer: &&str| {
        let text = page.text(pointer).ok().flatten();
        text.is_some_and(|text| text == "true")
    };
    let next = USUAL_NEXT.into_iter().find(is_next);
    next.or_else(|| USUAL_MORE.into_iter().find(is_more))
}

/// The offset that the page itself names for the next one. Only the knowledge base knows how many
/// items it has left out of this page because nobody is shown them.
fn named_offset(
    paging: &FeedPaging,
    progress: &PagingProgress,
    page: &FeedPage,
    parameter: &str,
) -> Result<Option<u64>, String> {
    let mut targets: Vec<String> = Vec::new();
    if let Some(pointer) = &paging.signs.next {
        targets.extend(page.text(pointer)?);
    } else if !paging.signs.none_usual {
        targets.extend(links::target(page.headers(), "next").map(str::to_owned));
        targets.extend(
            USUAL_NEXT
                .iter()
                .filter_map(|at| page.text(at).ok().flatten()),
        );
    }
    let named = |target: &String| {
        let url = progress.current.join(target).ok()?;
        parameter_of(&url, parameter)
    };
    Ok(targets.iter().find_map(named))
}

fn parameter_of(url: &Url, parameter: &str) -> Option<u64> {
    let mut pairs = url.query_pairs();
    let (_, value) = pairs.find(|(name, _)| name == parameter)?;
    value.parse().ok()
}

fn neither(pointer: &str) -> String {
    format!("there is neither true nor false at more = \"{pointer}\"; correct it")
}

/// What a page tells of the next one; `None` on the last.
fn told(page: &FeedPage, next: &str, more: Option<&str>) -> Result<Option<String>, String> {
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
        _ => Err(neither(pointer)),
    }
}

/// The address that a page names. It may be relative, and must not lead away: what is sent there
/// are credentials, and Wagtail for one builds it from a setting instead of the host asked.
fn follow(progress: &PagingProgress, target: &str) -> Result<Url, String> {
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
pub(crate) fn with(url: &Url, parameters: &[(&str, &str)]) -> Url {
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
