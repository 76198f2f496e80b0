//! One sweep over a feed: the lists above the articles, the lists of articles below them, and what
//! each article is asked for by itself. Side by side where that is allowed, and in one order.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use futures_util::stream::{self, StreamExt, TryStreamExt};
use reqwest::Url;
use serde_json::value::RawValue;

use super::super::Place;
use super::super::gathering::Gathering;
use super::super::item::Items;
use super::binding::Binding;
use super::caller::Caller;
use super::error::{FeedError, place};
use super::list::List;
use super::memory::Memory;
use super::newest::Newest;
use super::{detail, file, filter};
use crate::clock::{Clock, Millis};
use crate::config::{Counter, Feed, FeedFormat, Paging, PagingMode, Parent, Source};
use crate::spool::{Room, Spool};

const ONE_PAGE: Paging = Paging {
    mode: PagingMode::None,
    total: Counter {
        pointer: None,
        header: None,
    },
};

/// Why a sweep did not come to its end.
pub(super) enum Broken {
    /// It cannot be completed.
    Failed(FeedError),
    /// Something was added or deleted in between, and an item may have slipped from one page to
    /// another unseen.
    Moved {
        /// Where that was seen.
        place: String,
        /// What did not fit.
        cause: String,
    },
}

impl From<FeedError> for Broken {
    fn from(error: FeedError) -> Self {
        Self::Failed(error)
    }
}

/// One sweep.
pub(super) struct Sweep<'s> {
    pub(super) source: &'s Source,
    pub(super) feed: &'s Feed,
    pub(super) caller: &'s Caller<'s>,
    pub(super) memory: &'s Memory,
    pub(super) clock: &'s Clock,
    pub(super) spool: Arc<Spool>,
    now: Millis,
    pages: AtomicUsize,
    met_items: AtomicBool,
    met_labels: AtomicBool,
}

impl<'s> Sweep<'s> {
    pub(super) fn new(
        source: &'s Source,
        feed: &'s Feed,
        caller: &'s Caller<'s>,
        memory: &'s Memory,
        clock: &'s Clock,
        room: &Room,
    ) -> Self {
        Self {
            source,
            feed,
            caller,
            memory,
            clock,
            spool: Arc::new(Spool::new(room)),
            now: clock.now(),
            pages: AtomicUsize::new(0),
            met_items: AtomicBool::new(false),
            met_labels: AtomicBool::new(false),
        }
    }

    /// Reads everything.
    pub(super) async fn run(&self) -> Result<Gathering, Broken> {
        let mut lists = Vec::new();
        let mut known = HashSet::new();
        for binding in self.lowest().await? {
            let url = binding.list(self.feed, &self.feed.path)?;
            // Two ways may lead to one list.
            if known.insert(url.clone()) {
                lists.push((binding, url));
            }
        }
        let mut whole = self.gathering();
        let lists = stream::iter(lists).map(|(binding, url)| self.articles(binding, url));
        let mut lists = std::pin::pin!(lists.buffered(self.feed.concurrency));
        while let Some(gathering) = lists.try_next().await? {
            whole.absorb(gathering).map_err(|_| self.too_many())?;
        }
        self.check_labels()?;
        Ok(whole)
    }

    /// The lowest items of the lists above, with those above them.
    async fn lowest(&self) -> Result<Vec<Binding>, Broken> {
        let mut found = Binding::beginnings(self.feed)?;
        for parent in &self.feed.parents {
            let below = stream::iter(found).map(|above| self.children(parent, above));
            let below: Vec<Vec<Binding>> =
                below.buffered(self.feed.concurrency).try_collect().await?;
            found = below.into_iter().flatten().collect();
        }
        Ok(found)
    }

    /// The items of one list above, and of the same lists below each of them.
    async fn children(&self, parent: &Parent, above: Binding) -> Result<Vec<Binding>, Broken> {
        let paging = if parent.paged {
            &self.feed.paging
        } else {
            &ONE_PAGE
        };
        let mut open = vec![above.list(self.feed, &parent.path)?];
        let mut known: HashSet<Url> = open.iter().cloned().collect();
        let mut found = Vec::new();
        while let Some(url) = open.pop() {
            let mut list = List::new(self, &url, paging, parent.items.as_deref());
            while let Some(items) = list.page().await? {
                for item in items {
                    let counts = filter::in_state(&parent.keep, &item).map_err(|reason| {
                        let cause = format!("an item of `{}` {reason}", parent.name);
                        let place = place(&url);
                        FeedError::Page { place, cause }
                    })?;
                    if !counts {
                        continue;
                    }
                    let binding = above.with(&parent.name, Arc::from(item));
                    if let Some(path) = &parent.below {
                        let below = binding.list(self.feed, path)?;
                        if known.insert(below.clone()) {
                            open.push(below);
                        }
                    }
                    found.push(binding);
                }
            }
        }
        Ok(found)
    }

    /// The articles of one list.
    async fn articles(&self, binding: Binding, url: Url) -> Result<Gathering, Broken> {
        if let FeedFormat::File(folder) = &self.feed.format {
            return file::read(self, folder, &url).await;
        }
        let mut gathering = self.gathering();
        let items = self.feed.items.as_deref();
        let mut list = List::new(self, &url, &self.feed.paging, items);
        let mut versions = Newest::default();
        while let Some(items) = list.page().await? {
            let mut name = if self.feed.parents.is_empty() {
                format!("page {}", list.number())
            } else {
                format!("{} page {}", url.path(), list.number())
            };
            if let Some(scope) = binding.scope() {
                name = format!("{scope} {name}");
            }
            let whole = stream::iter(items).map(|item| detail::complete(self, &binding, item));
            let whole: Vec<Box<RawValue>> =
                whole.buffered(self.feed.concurrency).try_collect().await?;
            self.take(&name, &whole, &mut versions, &mut gathering)?;
        }
        Ok(gathering)
    }

    fn take(
        &self,
        page: &str,
        items: &[Box<RawValue>],
        versions: &mut Newest,
        gathering: &mut Gathering,
    ) -> Result<(), FeedError> {
        let file: Arc<str> = page.into();
        let limit = self.feed.limits.max_item_bytes;
        let mut reader = Items::of(self.source.fields.as_ref(), file.clone(), limit)
            .without_answer(self.source.presentation.no_answer);
        gathering.file();
        for (line, item) in (1..).zip(items) {
            gathering.row(line).map_err(|_| self.too_many())?;
            self.met_items.store(true, Ordering::Relaxed);
            match self.counts(item, versions) {
                Ok(Some(questions)) => reader.take_asked(item, questions, line, gathering),
                Ok(None) => {}
                Err(reason) => {
                    let file = file.clone();
                    gathering.reject(Place { file, line }, None, reason);
                }
            }
        }
        Ok(())
    }

    /// More questions of an item that counts.
    fn counts(
        &self,
        item: &RawValue,
        versions: &mut Newest,
    ) -> Result<Option<Vec<String>>, String> {
        // An older version must not stand in for a newer one that does not count, or that is unclear.
        let is_newest = match &self.feed.newest {
            Some(newest) if filter::in_locale(self.feed, item)? => {
                versions.counts(newest, self.source.fields.as_ref(), item)?
            }
            _ => true,
        };
        let counted = filter::counts(self.feed, item, self.now)?;
        self.met_labels
            .fetch_or(counted.labelled, Ordering::Relaxed);
        Ok(counted.questions.filter(|_| is_newest))
    }

    /// One item without labels has none; if no item has a place for them, the setting is wrong.
    fn check_labels(&self) -> Result<(), FeedError> {
        let (items, labels) = (&self.met_items, &self.met_labels);
        let wanted = self.feed.labels.is_some();
        if !wanted || !items.load(Ordering::Relaxed) || labels.load(Ordering::Relaxed) {
            return Ok(());
        }
        Err(FeedError::Page {
            place: place(&self.feed.address),
            cause: "no item has anything where `labels` points; correct `labels`, or let the knowledge base send them".to_owned(),
        })
    }

    /// Counts a page, as long as there may be more.
    pub(super) fn count_page(&self) -> Result<(), FeedError> {
        let limit = self.feed.limits.max_pages;
        if self.pages.fetch_add(1, Ordering::Relaxed) >= limit {
            return Err(FeedError::TooManyPages { limit });
        }
        Ok(())
    }

    fn gathering(&self) -> Gathering {
        let limit = self.feed.limits.max_items;
        Gathering::new(&self.source.name, limit, &self.spool)
    }

    fn too_many(&self) -> FeedError {
        FeedError::TooManyItems {
            limit: self.feed.limits.max_items,
        }
    }
}
