//! Reads a knowledge base over HTTP: page after page of JSON, completely or not at all.

mod caller;
mod error;
mod filter;
mod links;
mod page;
mod paging;
mod token;

#[cfg(feature = "fuzzing")]
mod fuzzing;

#[cfg(test)]
mod tests;

use std::collections::HashSet;
use std::sync::Arc;

use reqwest::Url;
use tokio_util::sync::CancellationToken;

use super::gathering::Gathering;
use super::item::Items;
use super::{Article, Place, Reading, SourceError};
use crate::clock::Clock;
use crate::config::{BadRows, Feed, Source};
use caller::{Answer, Caller};
pub use error::FeedError;
use error::place;
#[cfg(feature = "fuzzing")]
pub use fuzzing::read_page;
use page::Page;
use paging::Progress;

/// Reads every page of a feed. Either all of it was read, or it is an error.
pub async fn read_feed(
    source: &Source,
    feed: &Feed,
    clock: &Clock,
    stop: &CancellationToken,
) -> Result<(Vec<Article>, Reading), SourceError> {
    let gathering = tokio::select! {
        swept = sweep_twice_at_most(source, feed, clock) => swept?,
        () = stop.cancelled() => return Err(FeedError::Stopped.into()),
    };
    let (articles, reading) = gathering.finish();
    if source.bad_rows == BadRows::Stop && !reading.complete() {
        return Err(SourceError::BadRows {
            rejections: reading.rejections,
        });
    }
    Ok((articles, reading))
}

/// What one sweep came to.
enum Swept<'a> {
    Whole(Gathering<'a>),
    /// The counts do not fit together: something was added or deleted in between, and an item may
    /// have slipped from one page to another unseen.
    Moved(String),
}

async fn sweep_twice_at_most<'a>(
    source: &'a Source,
    feed: &Feed,
    clock: &Clock,
) -> Result<Gathering<'a>, FeedError> {
    let mut caller = Caller::new(feed, clock)?;
    if let Some(url) = &feed.auth_check {
        caller.get(url).await?;
    }
    let mut moved = String::new();
    for _ in 0..2 {
        match sweep(source, feed, &mut caller).await? {
            Swept::Whole(gathering) => return Ok(gathering),
            Swept::Moved(cause) => moved = cause,
        }
    }
    Err(FeedError::Moving {
        place: place(&feed.first_page),
        cause: moved,
    })
}

async fn sweep<'a>(
    source: &'a Source,
    feed: &Feed,
    caller: &mut Caller<'_>,
) -> Result<Swept<'a>, FeedError> {
    let mut sweep = Sweep {
        source,
        feed,
        gathering: Gathering::new(&source.name, feed.limits.max_items),
        pages: 0,
        items: 0,
        seen: HashSet::new(),
        total: None,
    };
    let first = paging::first(&feed.paging, &feed.first_page);
    let mut asked = HashSet::new();
    let mut current = first.clone();
    loop {
        if asked.len() == feed.limits.max_pages {
            let limit = feed.limits.max_pages;
            return Err(FeedError::TooManyPages { limit });
        }
        if !asked.insert(current.clone()) {
            return Err(FeedError::Next {
                place: place(&current),
                cause: "it leads to a page that was read already; correct `paging`".to_owned(),
            });
        }
        let answer = caller.get(&current).await?;
        match sweep.page(&first, &current, answer)? {
            Turn::To(next) => current = next,
            Turn::End => return Ok(sweep.judge()),
            Turn::Moved(cause) => return Ok(Swept::Moved(cause)),
        }
    }
}

enum Turn {
    To(Url),
    End,
    Moved(String),
}

struct Sweep<'a, 'f> {
    source: &'a Source,
    feed: &'f Feed,
    gathering: Gathering<'a>,
    pages: u64,
    items: u64,
    seen: HashSet<blake3::Hash>,
    total: Option<u64>,
}

impl<'a> Sweep<'a, '_> {
    /// Takes the items of a page, and says what follows.
    fn page(&mut self, first: &Url, current: &Url, answer: Answer) -> Result<Turn, FeedError> {
        let unusable = |cause| FeedError::Page {
            place: place(current),
            cause,
        };
        let body = String::from_utf8(answer.body).map_err(|_| {
            unusable(
                "it has bytes that are not UTF-8; let the knowledge base send UTF-8".to_owned(),
            )
        })?;
        let body = body.trim_start_matches('\u{feff}');
        let page =
            Page::new(&answer.headers, body, self.feed.items.as_deref()).map_err(unusable)?;
        let total = page.count(&self.feed.paging.total).map_err(unusable)?;
        if let (Some(before), Some(now)) = (self.total, total)
            && before != now
        {
            return Ok(Turn::Moved(format!(
                "told of {before} items on one page and of {now} on the next"
            )));
        }
        self.total = self.total.or(total);
        self.pages += 1;
        self.take(&page)?;
        let progress = Progress {
            first,
            current,
            pages: self.pages,
            items: self.items,
        };
        let next = paging::next(&self.feed.paging, &progress, &page);
        let next = next.map_err(|cause| FeedError::Next {
            place: place(current),
            cause,
        })?;
        Ok(next.map_or(Turn::End, Turn::To))
    }

    fn take(&mut self, page: &Page) -> Result<(), FeedError> {
        let file: Arc<str> = format!("page {}", self.pages).into();
        let limits = self.feed.limits;
        let fields = self.source.fields.as_ref();
        let mut reader = Items::of(fields, file.clone(), limits.max_item_bytes);
        self.gathering.file();
        for (line, item) in (1..).zip(&page.items) {
            self.gathering
                .row(line)
                .map_err(|_| FeedError::TooManyItems {
                    limit: limits.max_items,
                })?;
            self.items += 1;
            self.seen.insert(blake3::hash(item.get().as_bytes()));
            match filter::counts(self.feed, item) {
                Ok(true) => reader.take(item, line, &mut self.gathering),
                Ok(false) => {}
                Err(reason) => {
                    let file = file.clone();
                    self.gathering.reject(Place { file, line }, None, reason);
                }
            }
        }
        Ok(())
    }

    /// An item that came twice, because it slipped to the next page, hides one that never came.
    fn judge(self) -> Swept<'a> {
        let found = self.seen.len() as u64;
        match self.total {
            Some(total) if total != found => Swept::Moved(format!(
                "tells of {total} items, and {found} different ones came"
            )),
            _ => Swept::Whole(self.gathering),
        }
    }
}
