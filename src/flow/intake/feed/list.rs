//! One list, page after page: every page, or none.

use std::collections::HashSet;

use reqwest::Url;
use serde_json::value::RawValue;

use super::caller::Answer;
use super::error::{FeedError, place};
use super::page::Page;
use super::paging::{self, Progress};
use super::rss;
use super::sweep::{Broken, Sweep};
use crate::config::{FeedFormat, Paging};

/// One list, as far as it has been read.
pub(super) struct List<'s> {
    sweep: &'s Sweep<'s>,
    paging: &'s Paging,
    items: Option<&'s str>,
    first: Url,
    next: Option<Url>,
    asked: HashSet<Url>,
    pages: u64,
    count: u64,
    seen: HashSet<blake3::Hash>,
    total: Option<u64>,
}

impl<'s> List<'s> {
    pub(super) fn new(
        sweep: &'s Sweep<'s>,
        url: &Url,
        paging: &'s Paging,
        items: Option<&'s str>,
    ) -> Self {
        let first = paging::first(paging, url);
        Self {
            sweep,
            paging,
            items,
            next: Some(first.clone()),
            first,
            asked: HashSet::new(),
            pages: 0,
            count: 0,
            seen: HashSet::new(),
            total: None,
        }
    }

    /// The number of the page that was read last.
    pub(super) fn number(&self) -> u64 {
        self.pages
    }

    /// The items of the next page; `None` after the last, if all there were came.
    pub(super) async fn page(&mut self) -> Result<Option<Vec<Box<RawValue>>>, Broken> {
        let Some(current) = self.next.take() else {
            self.judge()?;
            return Ok(None);
        };
        if !self.asked.insert(current.clone()) {
            return Err(FeedError::Next {
                place: place(&current),
                cause: "it leads to a page that was read already; correct `paging`".to_owned(),
            }
            .into());
        }
        self.sweep.count_page()?;
        let answer = self.sweep.caller.get(&current).await?;
        let (items, next) = self.digest(&current, &answer)?;
        self.next = next;
        Ok(Some(items))
    }

    fn digest(
        &mut self,
        current: &Url,
        answer: &Answer,
    ) -> Result<(Vec<Box<RawValue>>, Option<Url>), Broken> {
        let unusable = |cause| FeedError::Page {
            place: place(current),
            cause,
        };
        let as_json = match &self.sweep.feed.format {
            FeedFormat::Rss => Some(rss::as_json(&answer.headers, &answer.body).map_err(unusable)?),
            _ => None,
        };
        let page = match &as_json {
            Some(body) => Page::of(&answer.headers, body, self.items),
            None => Page::new(&answer.headers, &answer.body, self.items),
        };
        let page = page.map_err(unusable)?;
        let total = page.count(&self.paging.total).map_err(unusable)?;
        if let (Some(before), Some(now)) = (self.total, total)
            && before != now
        {
            return Err(self.moved(format!(
                "told of {before} items on one page and of {now} on the next"
            )));
        }
        self.total = self.total.or(total);
        self.pages += 1;
        self.count += page.items.len() as u64;
        for item in &page.items {
            self.seen.insert(blake3::hash(item.get().as_bytes()));
        }
        let progress = Progress {
            first: &self.first,
            current,
            pages: self.pages,
            items: self.count,
        };
        let next =
            paging::next(self.paging, &progress, &page).map_err(|cause| FeedError::Next {
                place: place(current),
                cause,
            })?;
        let items = page.items.into_iter().map(ToOwned::to_owned).collect();
        Ok((items, next))
    }

    /// An item that came twice, because it slipped to the next page, hides one that never came.
    fn judge(&self) -> Result<(), Broken> {
        let found = self.seen.len() as u64;
        match self.total {
            Some(total) if total != found => Err(self.moved(format!(
                "tells of {total} items, and {found} different ones came"
            ))),
            _ => Ok(()),
        }
    }

    fn moved(&self, cause: String) -> Broken {
        Broken::Moved {
            place: place(&self.first),
            cause,
        }
    }
}
