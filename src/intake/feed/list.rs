//! One list, page after page: where it ends, and whether it held still while it was read.

use std::collections::{HashMap, HashSet};

use ecow::EcoString;
use reqwest::{StatusCode, Url};
use serde_json::value::RawValue;

use super::batch::Batch;
use super::doubt::{Doubt, DoubtKind, setting};
use super::error::{FeedError, place};
use super::http::FeedAnswer;
use super::items::{Identity, Key};
use super::memory::Seen;
use super::page::FeedPage;
use super::paging::{Ground, PagingProgress};
use super::sweep::Sweep;
use super::{paging, rss};
use crate::clock::at_length;
use crate::config::{FeedFormat, FeedPaging, PagingMode};

/// So many pages in a row may bring nothing new although the page says that there is more: nobody
/// may be shown what is on them. What `paging` points at is trusted longer.
const EMPTY_SAID: u64 = 1000;
const EMPTY_HINTED: u64 = 100;

/// No server takes longer ones, and each is kept until the sweep ends.
const LONGEST_ADDRESS: usize = 16 << 10;

/// So many where a page repeats others, or where only a sum speaks for more.
const BARREN: u64 = 3;

/// One list, as far as it has been read.
pub(crate) struct FeedList<'s> {
    sweep: &'s Sweep<'s>,
    paging: &'s FeedPaging,
    items: Option<&'s str>,
    identity: Identity<'s>,
    first: Url,
    next: Option<Url>,
    asked: HashSet<Url>,
    /// Why the next page is asked for; `None`: it is the first.
    ground: Option<Ground>,
    /// Why the only page may be the first of several.
    may_be_first: Option<String>,
    /// Items of which more is to come.
    batch: Batch,
    pages: u64,
    largest: u64,
    found: u64,
    /// Pages in a row that brought nothing new.
    barren: u64,
    /// On which page an item came first.
    met: HashMap<Key, u64>,
    /// Articles that came again, and the last page on which they did.
    twice: HashMap<EcoString, u64>,
    /// The first of them, or of what repeats at the end.
    again: Option<(Key, u64, u64)>,
    repeats: Option<(Key, u64, u64)>,
    moved: usize,
    /// When the last page was asked for.
    seen: Option<Seen>,
    total: Option<u64>,
    told_pages: Option<u64>,
    doubt: Option<DoubtKind>,
    stalled: Option<DoubtKind>,
}

/// An item of a list, and its id where the list has it.
pub(crate) struct Listed {
    pub(crate) id: Option<EcoString>,
    pub(crate) item: Box<RawValue>,
}

impl<'s> FeedList<'s> {
    pub(crate) fn new(
        sweep: &'s Sweep<'s>,
        url: &Url,
        paging: &'s FeedPaging,
        items: Option<&'s str>,
        identity: Identity<'s>,
    ) -> Self {
        let first = paging::first(paging, url);
        Self {
            sweep,
            paging,
            items,
            identity,
            next: Some(first.clone()),
            first,
            asked: HashSet::new(),
            ground: None,
            may_be_first: None,
            batch: Batch::default(),
            pages: 0,
            largest: 0,
            found: 0,
            barren: 0,
            met: HashMap::new(),
            twice: HashMap::new(),
            again: None,
            repeats: None,
            moved: 0,
            seen: None,
            total: None,
            told_pages: None,
            doubt: None,
            stalled: None,
        }
    }

    /// The number of the page that was read last.
    pub(crate) fn number(&self) -> u64 {
        self.pages
    }

    /// When the page that was read last was asked for.
    pub(crate) fn seen(&self) -> Option<Seen> {
        self.seen
    }

    /// Whether it came to its end without any item.
    pub(crate) fn is_empty(&self) -> bool {
        self.found == 0
    }

    /// Why its only page may be the first of several, though nothing says so.
    pub(crate) fn may_be_first(&self) -> Option<&str> {
        self.may_be_first.as_deref()
    }

    /// Articles that came on several pages, and the last of these.
    pub(crate) fn twice(&self) -> &HashMap<EcoString, u64> {
        &self.twice
    }

    /// The items of the next page; `None` after the last.
    pub(crate) async fn page(&mut self) -> Result<Option<Vec<Listed>>, FeedError> {
        let Some(current) = self.next.take() else {
            return Ok(None);
        };
        if current.as_str().len() > LONGEST_ADDRESS {
            return Err(FeedError::Next {
                place: place(&current),
                cause: format!(
                    "its address is longer than {LONGEST_ADDRESS} bytes; correct `paging`"
                ),
            });
        }
        if !self.asked.insert(current.clone()) {
            return Err(FeedError::Next {
                place: place(&current),
                cause: "it leads to a page that was read already; correct `paging`".to_owned(),
            });
        }
        self.sweep.count_page()?;
        let asked = self.sweep.clock.uptime();
        let answer = match self.sweep.get(&current).await {
            // Some answer 400 for a page past the last, to which only a guess has led.
            Err(FeedError::Status { status, .. }) if self.may_be_past(status) => return Ok(None),
            answer => answer?,
        };
        self.seen = Some(Seen::of(asked, &answer.headers));
        at_length(|| self.digest(&current, &answer)).map(Some)
    }

    fn may_be_past(&self, status: StatusCode) -> bool {
        let guessed = matches!(self.ground, Some(Ground::Total | Ground::Probe)) || self.barren > 0;
        guessed && matches!(status.as_u16(), 400 | 404 | 410 | 416 | 422)
    }

    fn digest(&mut self, current: &Url, answer: &FeedAnswer) -> Result<Vec<Listed>, FeedError> {
        let unusable = |cause| FeedError::Page {
            place: place(current),
            cause,
        };
        let as_json = match &self.sweep.feed.format {
            FeedFormat::Rss => Some(rss::as_json(&answer.headers, &answer.body).map_err(unusable)?),
            _ => None,
        };
        let (headers, body) = (&answer.headers, &answer.body);
        let page = match (&as_json, self.complete()) {
            (Some(json), _) => FeedPage::of(headers, json, self.items),
            (None, _) if answer.is_empty => Ok(FeedPage::none(headers)),
            (None, Some(complete)) => FeedPage::batch(headers, body, self.items, complete),
            (None, None) => FeedPage::new(headers, body, self.items),
        };
        let page = page.map_err(unusable)?;
        self.pages += 1;
        self.count(&page).map_err(unusable)?;
        let items = match self.completes(&page).map_err(unusable)? {
            None => page.items.iter().map(|item| (*item).to_owned()).collect(),
            Some(is_last) => {
                self.add_parts(&page).map_err(unusable)?;
                if !is_last {
                    self.go_on(current, &page, true)?;
                    if self.next.is_some() {
                        return Ok(Vec::new());
                    }
                }
                self.batch.take()
            }
        };
        let keys: Vec<Key> = items.iter().map(|item| self.identity.key(item)).collect();
        let is_new = self.meet(&keys);
        self.go_on(current, &page, is_new)?;
        if self.paging.mode == PagingMode::None && !self.paging.signs.none_usual {
            self.may_be_first = page.may_be_first();
        }
        // A page that repeats others brings nothing.
        let listed = items.into_iter().zip(keys).filter(|_| is_new);
        let listed = listed.map(|(item, key)| Listed {
            id: match key {
                Key::Id(id) => Some(id),
                Key::Whole(_) => None,
            },
            item,
        });
        Ok(listed.collect())
    }

    /// Where a page says that it ends a batch; `None` where items come whole.
    fn complete(&self) -> Option<&'s str> {
        match &self.paging.mode {
            PagingMode::MergeObject { complete, .. } => complete.as_deref(),
            _ => None,
        }
    }

    /// Whether a page ends its batch; `None` where items come whole.
    fn completes(&self, page: &FeedPage) -> Result<Option<bool>, String> {
        self.complete()
            .map(|pointer| page.is_there(pointer))
            .transpose()
    }

    /// Takes in items of which more may come, as long as they are not more than one page may hold.
    fn add_parts(&mut self, page: &FeedPage) -> Result<(), String> {
        for item in &page.items {
            let id = self.identity.id(item);
            self.batch.add(id, item)?;
        }
        let most = self.sweep.feed.limits.max_page_bytes;
        if self.batch.bytes() > most {
            return Err(format!(
                "the parts of its items come to more than max_page_bytes = {most}; ask for fewer items at a time in `query`, or raise max_page_bytes"
            ));
        }
        Ok(())
    }

    /// Takes in the numbers that a page tells of.
    fn count(&mut self, page: &FeedPage) -> Result<(), String> {
        let total = page.count(&self.paging.total)?;
        if let (Some(before), Some(now)) = (self.total, total)
            && before != now
        {
            self.doubt.get_or_insert(DoubtKind::Retold { before, now });
        }
        self.total = total.or(self.total);
        self.told_pages = paging::pages(self.paging, page)?.or(self.told_pages);
        if let Some(at) = paging::cut(self.paging, page) {
            self.doubt.get_or_insert(DoubtKind::Cut { at });
        }
        Ok(())
    }

    /// Takes in the items of a page. Whether any of them is new.
    fn meet(&mut self, keys: &[Key]) -> bool {
        self.largest = self.largest.max(keys.len() as u64);
        let mut again = Vec::new();
        let mut fresh = 0;
        for key in keys {
            let first = *self.met.entry(key.clone()).or_insert(self.pages);
            if first == self.pages {
                fresh += 1;
            } else {
                again.push((key, first));
            }
        }
        self.found += fresh;
        if let Some((key, first)) = again.first() {
            let seen = ((*key).clone(), *first, self.pages);
            // Repeated whole, it may be the end. It is none if anything new comes after it.
            if fresh == 0 {
                self.repeats.get_or_insert(seen);
            } else {
                self.again.get_or_insert(seen);
            }
        }
        if fresh > 0 {
            self.barren = 0;
            self.moved += again.len();
            if let Some(seen) = self.repeats.take() {
                self.moved += 1;
                self.again.get_or_insert(seen);
            }
            for (key, _) in again {
                if let Key::Id(id) = key {
                    self.twice.insert(id.clone(), self.pages);
                }
            }
        } else {
            self.barren += 1;
        }
        fresh > 0
    }

    /// Finds the next page, as long as there may be any.
    fn go_on(&mut self, current: &Url, page: &FeedPage, is_new: bool) -> Result<(), FeedError> {
        let progress = PagingProgress {
            first: &self.first,
            current,
            pages: self.pages,
            largest: self.largest,
            found: self.found,
            is_new,
            thorough: self.sweep.thorough,
        };
        let next = paging::next(self.paging, &progress, page).map_err(|cause| FeedError::Next {
            place: place(current),
            cause,
        })?;
        let Some((url, ground)) = next else {
            return Ok(());
        };
        // Of a list that moved, the sum says nothing any more.
        let has_moved = self.again.is_some() || self.doubt.is_some();
        if ground == Ground::Total && has_moved && page.items.is_empty() {
            return Ok(());
        }
        let most = match ground {
            Ground::Said if page.items.is_empty() => EMPTY_SAID,
            Ground::Hinted if page.items.is_empty() => EMPTY_HINTED,
            Ground::Said | Ground::Hinted | Ground::Total => BARREN,
            Ground::Open | Ground::Probe => 1,
        };
        if self.barren <= most {
            (self.next, self.ground) = (Some(url), Some(ground));
        } else if ground != Ground::Probe {
            let pages = self.barren;
            let setting = self.setting_behind(ground);
            self.stalled = Some(DoubtKind::Stalled { pages, setting });
        }
        Ok(())
    }

    fn setting_behind(&self, ground: Ground) -> &'static str {
        let signs = &self.paging.signs;
        match ground {
            Ground::Total => setting(&self.paging.total, ["total", "total_header"]),
            Ground::Said if signs.more.is_some() => "more",
            Ground::Said if signs.next.is_none() && self.told_pages.is_some() => "pages",
            _ => "next",
        }
    }

    /// What the list, read to its end, leaves uncertain.
    pub(crate) fn doubt(&self) -> Option<Doubt> {
        let kind = self.doubt.clone();
        let kind = kind.or_else(|| self.is_moved());
        let kind = kind.or_else(|| self.stalled.clone());
        let kind = kind.or_else(|| self.is_short());
        kind.map(|kind| Doubt::of(&self.first, kind))
    }

    /// An item that came twice, because it slipped to the next page, hides one that never came.
    fn is_moved(&self) -> Option<DoubtKind> {
        let (key, first, last) = self.again.as_ref()?;
        let id = match key {
            Key::Id(id) if matches!(self.identity, Identity::Article(..)) => Some(id.to_string()),
            _ => None,
        };
        Some(DoubtKind::Twice {
            count: self.moved,
            id,
            pages: (*first, *last),
        })
    }

    fn is_short(&self) -> Option<DoubtKind> {
        if let Some(told) = self.told_pages
            && self.pages < told
        {
            let read = self.pages;
            return Some(DoubtKind::Pages { told, read });
        }
        let told = self.total.filter(|told| *told != self.found)?;
        Some(DoubtKind::Count {
            told,
            found: self.found,
            setting: setting(&self.paging.total, ["total", "total_header"]),
        })
    }
}
