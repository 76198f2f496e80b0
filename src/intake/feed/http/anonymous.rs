//! What somebody without credentials gets of a feed: one request, for `check`.

use std::time::Duration;

use reqwest::Url;

use super::caller::{Caller, FeedAnswer};
use crate::clock::Clock;
use crate::config::{Auth, Counter, Feed, FeedFormat, FixedHeader};
use crate::intake::feed::binding::ParentValues;
use crate::intake::feed::error::FeedError;
use crate::intake::feed::memory::SweepMemory;
use crate::intake::feed::page::FeedPage;
use crate::intake::feed::paging;
use crate::intake::feed::paging::PagingProgress;

/// What an anonymous reader gets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Anonymous {
    /// So many articles.
    Sees(u64),
    /// It cannot be told, and why.
    Unclear(String),
}

/// Asks once for the first page, without credentials. What it tells of the number of articles, or
/// holds where there is no other page, is what an anonymous reader sees.
pub async fn ask_anonymously(feed: &Feed, clock: &Clock) -> Anonymous {
    if !feed.parents.is_empty() {
        return unclear("its articles lie in several lists");
    }
    if matches!(feed.format, FeedFormat::File(_)) {
        return unclear("it is one file");
    }
    let feed = without_credentials(feed);
    let memory = SweepMemory::default();
    match first_page(&feed, clock, &memory).await {
        Ok(seen) => seen,
        Err(FeedError::Status { status, .. }) => {
            unclear(&format!("without credentials it answers {status}"))
        }
        Err(_) => unclear("without credentials there is no answer that can be used"),
    }
}

fn unclear(why: &str) -> Anonymous {
    Anonymous::Unclear(why.to_owned())
}

fn without_credentials(feed: &Feed) -> Feed {
    let mut feed = feed.clone();
    feed.auth = Auth::None;
    feed.auth_check = None;
    feed.headers
        .retain(|(_, value)| matches!(value, FixedHeader::Plain(_)));
    // It is asked once, and not until it has time.
    feed.max_wait = Duration::ZERO;
    feed
}

async fn first_page(
    feed: &Feed,
    clock: &Clock,
    memory: &SweepMemory,
) -> Result<Anonymous, FeedError> {
    let beginnings = ParentValues::beginnings(feed)?;
    let [beginning] = &*beginnings else {
        return Ok(unclear("its articles lie in several lists"));
    };
    let caller = Caller::new(feed, clock, memory)?;
    let total = feed
        .selection
        .as_ref()
        .and_then(|one| one.anonymous.as_ref());
    let Some(total) = total else {
        let first = paging::first(&feed.paging, &beginning.list(feed, &feed.path)?);
        let answer = caller.get(&first).await?;
        return Ok(counted(feed, &first, &answer));
    };
    let query = total.query.iter();
    let query: Vec<(&str, String)> = query
        .map(|(name, value)| (name.as_str(), value.to_string()))
        .collect();
    let query: Vec<(&str, &str)> = query
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .collect();
    let url = paging::with(&beginning.url(feed, &feed.path)?, &query);
    let answer = caller.get(&url).await?;
    let counter = Counter {
        pointer: Some(total.total.clone()),
        header: None,
    };
    let page = FeedPage::new(&answer.headers, &answer.body, feed.items.as_deref());
    Ok(match page.and_then(|page| page.count(&counter)) {
        Ok(Some(total)) => Anonymous::Sees(total),
        _ => unclear("it does not tell how many there are"),
    })
}

fn counted(feed: &Feed, first: &Url, answer: &FeedAnswer) -> Anonymous {
    let Ok(page) = FeedPage::new(&answer.headers, &answer.body, feed.items.as_deref()) else {
        return unclear("without credentials there is no answer that can be used");
    };
    if let Ok(Some(total)) = page.count(&feed.paging.total) {
        return Anonymous::Sees(total);
    }
    let items = page.items.len() as u64;
    let progress = PagingProgress {
        first,
        current: first,
        pages: 1,
        largest: items,
        found: items,
        is_new: items > 0,
        thorough: false,
    };
    match paging::next(&feed.paging, &progress, &page) {
        Ok(None) => Anonymous::Sees(items),
        _ => unclear("the first page does not tell how many there are"),
    }
}
