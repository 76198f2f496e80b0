//! One sweep over a feed: the lists above the articles, the lists of articles below them, and what
//! each article is asked for by itself. Side by side where that is allowed, and in one order.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};

use ecow::EcoString;
use futures_util::stream::{self, StreamExt, TryStreamExt};
use reqwest::Url;
use serde_json::value::RawValue;

use super::binding::ParentValues;
use super::changes::ChangesCount;
use super::detail::{Completed, DetailCalls};
use super::doubt::Doubt;
use super::error::{FeedError, place};
use super::http::{Caller, FeedAnswer};
use super::items::{Identity, Newest, filter, ids, places, versions};
use super::list::FeedList;
use super::memory::SweepMemory;
use super::{LiveIds, changes, detail, file};
use crate::clock::{Clock, Millis};
use crate::config::{Counter, Feed, FeedFormat, FeedPaging, PagingMode, Parent, Signs, Source};
use crate::intake::article_collector::ArticleCollector;
use crate::intake::format::Items;
use crate::model::{Place, Reach};
use crate::spool::Spool;

/// What the pages and articles of one sweep may come to, in pages of the largest size.
pub(crate) const SWEEP_PAGES: u64 = 64;

const NOWHERE: Counter = Counter {
    pointer: None,
    header: None,
};

const ONE_PAGE: FeedPaging = FeedPaging {
    mode: PagingMode::None,
    total: NOWHERE,
    signs: Signs {
        next: None,
        more: None,
        pages: NOWHERE,
        none_usual: true,
    },
};

/// What the sweeps of one reading share.
pub(crate) struct SweepReader<'s> {
    pub(crate) source: &'s Source,
    pub(crate) feed: &'s Feed,
    pub(crate) caller: &'s Caller<'s>,
    pub(crate) memory: &'s SweepMemory,
    pub(crate) live: &'s LiveIds,
    pub(crate) clock: &'s Clock,
    pub(crate) spool: Arc<Spool>,
}

/// One sweep.
pub(crate) struct Sweep<'s> {
    pub(crate) source: &'s Source,
    pub(crate) feed: &'s Feed,
    pub(crate) caller: &'s Caller<'s>,
    pub(crate) memory: &'s SweepMemory,
    pub(crate) clock: &'s Clock,
    pub(crate) spool: Arc<Spool>,
    pub(crate) calls: DetailCalls,
    /// Where it asks for what changed alone.
    pub(crate) changes: Option<ChangesCount>,
    /// Whether it looks a little past where a list seems to end.
    pub(crate) thorough: bool,
    /// Articles that stood in two versions in the sweep before this one, too.
    steady: HashSet<EcoString>,
    now: Millis,
    pages: AtomicUsize,
    bytes: AtomicU64,
    above: AtomicUsize,
    met_items: AtomicBool,
    met_labels: AtomicBool,
}

/// What came of a list, or of all of them.
pub(crate) struct Swept {
    pub(crate) collector: ArticleCollector,
    /// The ids that were met, of what counts, of what is rejected and of what is known not to count.
    pub(crate) met: HashSet<EcoString>,
    /// Articles that stood on two pages of one list in different versions.
    pub(crate) versions: HashSet<EcoString>,
    /// The newest versions that one list has shown so far.
    newest: Newest,
    /// Why nothing is absent by it, whatever it lacks.
    pub(crate) doubt: Option<Doubt>,
}

impl<'s> Sweep<'s> {
    pub(crate) fn new(
        reader: &SweepReader<'s>,
        thorough: bool,
        steady: HashSet<EcoString>,
    ) -> Self {
        Self {
            source: reader.source,
            feed: reader.feed,
            caller: reader.caller,
            memory: reader.memory,
            clock: reader.clock,
            spool: reader.spool.clone(),
            calls: DetailCalls::default(),
            changes: None,
            thorough,
            steady,
            now: reader.clock.now(),
            pages: AtomicUsize::new(0),
            bytes: AtomicU64::new(0),
            above: AtomicUsize::new(0),
            met_items: AtomicBool::new(false),
            met_labels: AtomicBool::new(false),
        }
    }

    /// Reads everything.
    pub(crate) async fn run(&self) -> Result<Swept, FeedError> {
        let mut whole = self.swept();
        let mut lists = Vec::new();
        let mut known = HashSet::new();
        let lowest = self.lowest(&mut whole.doubt).await?;
        for binding in lowest {
            let url = binding.list(self.feed, &self.feed.path)?;
            // Two ways may lead to one list.
            if known.insert(url.clone()) {
                lists.push((binding, url));
            }
        }
        let lists = stream::iter(lists).map(|(binding, url)| self.articles(binding, url));
        let mut lists = std::pin::pin!(lists.buffered(self.feed.concurrency));
        while let Some(swept) = lists.try_next().await? {
            whole.absorb(swept).map_err(|()| self.too_many())?;
        }
        self.calls.judge()?;
        self.check_labels()?;
        Ok(whole)
    }

    /// The lowest items of the lists above, with those above them.
    async fn lowest(&self, doubt: &mut Option<Doubt>) -> Result<Vec<ParentValues>, FeedError> {
        let mut found = ParentValues::beginnings(self.feed)?;
        for parent in &self.feed.parents {
            let below = stream::iter(found).map(|above| self.children(parent, above));
            let below: Vec<(Vec<ParentValues>, Option<Doubt>)> =
                below.buffered(self.feed.concurrency).try_collect().await?;
            found = Vec::new();
            for (items, moved) in below {
                found.extend(items);
                *doubt = doubt.take().or(moved);
            }
        }
        Ok(found)
    }

    /// The items of one list above, and of the same lists below each of them.
    async fn children(
        &self,
        parent: &Parent,
        above: ParentValues,
    ) -> Result<(Vec<ParentValues>, Option<Doubt>), FeedError> {
        let paging = if parent.paged {
            &self.feed.paging
        } else {
            &ONE_PAGE
        };
        // Whole items would be far more than their addresses need.
        let places = places(self.feed, &parent.name);
        let mut open = vec![above.list(self.feed, &parent.path)?];
        let mut known: HashSet<Url> = open.iter().cloned().collect();
        let (mut found, mut doubt) = (Vec::new(), None);
        while let Some(url) = open.pop() {
            let identity = Identity::of_parent(self.feed, parent);
            let mut list = FeedList::new(self, &url, paging, parent.items.as_deref(), identity);
            while let Some(items) = list.page().await? {
                for listed in items {
                    let item = listed.item;
                    let counts = filter::in_state(&parent.keep, &item).map_err(|reason| {
                        let cause = format!("an item of `{}` {reason}", parent.name);
                        let place = place(&url);
                        FeedError::Page { place, cause }
                    })?;
                    if !counts {
                        continue;
                    }
                    self.count_above()?;
                    let binding = above.with_places(&parent.name, &item, &places);
                    if let Some(path) = &parent.below {
                        let below = binding.list(self.feed, path)?;
                        if known.insert(below.clone()) {
                            open.push(below);
                        }
                    }
                    found.push(binding);
                }
            }
            doubt = doubt.or_else(|| list.doubt());
        }
        Ok((found, doubt))
    }

    /// The articles of one list.
    async fn articles(&self, binding: ParentValues, url: Url) -> Result<Swept, FeedError> {
        let mut swept = self.swept();
        if let FeedFormat::File(folder) = &self.feed.format {
            swept.collector = file::read(self, folder, &url).await?;
            return Ok(swept);
        }
        let items = self.feed.items.as_deref();
        let identity = Identity::of_articles(self.source, self.feed);
        let mut list = FeedList::new(self, &url, &self.feed.paging, items, identity);
        let mut names = HashMap::new();
        while let Some(listed) = list.page().await? {
            if !changes::admits(self, &binding, &listed) {
                return Ok(swept);
            }
            changes::remember(self, &binding, &listed, list.seen());
            let mut name = if self.feed.parents.is_empty() {
                format!("page {}", list.number())
            } else {
                format!("{} page {}", url.path(), list.number())
            };
            if let Some(scope) = binding.scope() {
                name = format!("{scope} {name}");
            }
            let name: Arc<str> = name.into();
            let whole = stream::iter(listed).map(|item| detail::complete(self, &binding, item));
            let whole: Vec<Completed> = whole.buffered(self.feed.concurrency).try_collect().await?;
            self.take(&name, &whole, &mut swept)?;
            names.insert(list.number(), name);
        }
        let newest = list.twice().iter();
        let newest = newest.filter_map(|(id, page)| Some((id.clone(), names.get(page)?.clone())));
        let newest = newest.collect();
        swept.versions = versions::newest(&mut swept.collector, &newest, &self.steady);
        swept.doubt = list.doubt();
        if let (Some(scope), true) = (binding.scope(), list.is_empty()) {
            let (file, line) = (scope.into(), 0);
            let why = "has no articles; if it should have some, see how it is written in `scope`";
            swept.collector.note(Place { file, line }, why.to_owned());
        }
        // Of many lists, some may well be round.
        let first = names.get(&1).filter(|_| self.feed.parents.is_empty());
        if let (Some(why), Some(file)) = (list.may_be_first(), first) {
            let file = file.clone();
            swept
                .collector
                .note(Place { file, line: 0 }, why.to_owned());
        }
        Ok(swept)
    }

    /// Takes in the items of one page.
    pub(crate) fn take(
        &self,
        page: &Arc<str>,
        items: &[Completed],
        swept: &mut Swept,
    ) -> Result<(), FeedError> {
        let limit = self.feed.limits.max_item_bytes;
        let mut reader = Items::of(self.source.fields.as_ref(), page.clone(), limit)
            .without_answer(self.source.presentation.no_answer);
        let mut ids = ids(self.source, self.feed);
        let Swept {
            collector,
            met,
            newest,
            ..
        } = swept;
        collector.file();
        for (line, Completed { id, item }) in (1..).zip(items) {
            collector.row(line).map_err(|_| self.too_many())?;
            let place = || Place {
                file: page.clone(),
                line,
            };
            let reject = |collector: &mut ArticleCollector, id: Option<EcoString>, reason| {
                collector.reject_as(Reach::Alone, place(), id.map(String::from), reason);
            };
            let item = match item {
                Ok(item) => item,
                Err(reason) => {
                    met.extend(id.clone());
                    reject(collector, id.clone(), reason.clone());
                    continue;
                }
            };
            let id = ids.id_of(item).map(EcoString::from).or_else(|| id.clone());
            self.met_items.store(true, Ordering::Relaxed);
            match self.counts(item, newest) {
                Ok(counted) => {
                    met.extend(id.filter(|_| !counted.elsewhere));
                    if let Some(questions) = counted.questions {
                        reader.take_asked(item, questions, line, collector);
                    }
                }
                Err(reason) => {
                    met.extend(id.clone());
                    reject(collector, id, reason);
                }
            }
        }
        Ok(())
    }

    /// What of an item counts: nothing of a version that is not the newest.
    fn counts(&self, item: &RawValue, versions: &mut Newest) -> Result<filter::Counted, String> {
        // An older version must not stand in for a newer one that does not count, or that is unclear.
        let is_newest = match &self.feed.newest {
            Some(newest) if filter::in_locale(self.feed, item)? => {
                versions.counts(newest, self.source.fields.as_ref(), item)?
            }
            _ => true,
        };
        let mut counted = filter::counts(self.feed, item, self.now)?;
        self.met_labels
            .fetch_or(counted.labelled, Ordering::Relaxed);
        counted.questions = counted.questions.filter(|_| is_newest);
        Ok(counted)
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

    /// Asks for what belongs to the sweep, as long as there may be more of it.
    pub(crate) async fn get(&self, url: &Url) -> Result<FeedAnswer, FeedError> {
        let answer = self.caller.get(url).await?;
        self.count_bytes(answer.body.len())?;
        Ok(answer)
    }

    /// Counts what an answer has brought.
    fn count_bytes(&self, bytes: usize) -> Result<(), FeedError> {
        let page = self.feed.limits.max_page_bytes as u64;
        let limit = page.saturating_mul(SWEEP_PAGES);
        let before = self.bytes.fetch_add(bytes as u64, Ordering::Relaxed);
        if before.saturating_add(bytes as u64) > limit {
            return Err(FeedError::TooManyBytes { limit });
        }
        Ok(())
    }

    /// Counts an item of a list above, as long as there may be more.
    fn count_above(&self) -> Result<(), FeedError> {
        if self.above.fetch_add(1, Ordering::Relaxed) >= self.feed.limits.max_items {
            return Err(self.too_many());
        }
        Ok(())
    }

    /// Counts a page, as long as there may be more.
    pub(crate) fn count_page(&self) -> Result<(), FeedError> {
        let limit = self.feed.limits.max_pages;
        if self.pages.fetch_add(1, Ordering::Relaxed) >= limit {
            return Err(FeedError::TooManyPages { limit });
        }
        Ok(())
    }

    pub(crate) fn swept(&self) -> Swept {
        let limit = self.feed.limits.max_items;
        Swept {
            collector: ArticleCollector::new(&self.source.name, limit, &self.spool)
                .written_in(self.source.presentation.body),
            met: HashSet::new(),
            versions: HashSet::new(),
            newest: Newest::default(),
            doubt: None,
        }
    }

    fn too_many(&self) -> FeedError {
        FeedError::TooManyItems {
            limit: self.feed.limits.max_items,
        }
    }
}

impl Swept {
    /// Takes in what another list brought, as long as there may be so much.
    fn absorb(&mut self, other: Self) -> Result<(), ()> {
        self.collector.absorb(other.collector).map_err(drop)?;
        self.met.extend(other.met);
        self.versions.extend(other.versions);
        self.doubt = self.doubt.take().or(other.doubt);
        Ok(())
    }
}
