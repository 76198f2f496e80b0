//! What earlier sweeps of a feed brought, so that the same need not be sent again: pages that came
//! with a mark of their state, and articles that were asked for one by one. Also what was found to be
//! absent, and until when nothing may be asked. All but what is absent is kept in a file, too, so that a
//! restart or the next one-shot run does not ask for everything again.

mod file;
mod stamp;

pub use file::FeedFiles;
pub(crate) use stamp::Seen;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use reqwest::header::HeaderMap;
use reqwest::{StatusCode, Url};
use serde_json::value::RawValue;

use super::LiveIds;
use super::error::FeedError;
use crate::clock::{Clock, Millis, duration_millis, rfc3339};

/// Beyond this nothing more is remembered of one feed, and the rest is asked for each time.
const MOST_BYTES: usize = 32 << 20;

/// Of all feeds together. They share it.
const MOST_BYTES_OF_ALL: usize = 64 << 20;

/// So long a list without texts is trusted. What its stamps do not tell of, such as a setting of the
/// knowledge base that changes every text, is seen by then.
const WHOLE_EVERY: Millis = 24 * 3600 * 1000;

/// A date far away must not end a feed for ever.
const LONGEST_PAUSE: Duration = Duration::from_hours(24);
const LONGEST_PAUSE_MILLIS: Millis = 24 * 3600 * 1000;

/// What earlier sweeps of one feed brought.
#[derive(Clone, Debug, Default)]
pub struct SweepMemory(Arc<Mutex<KeptAnswers>>);

#[derive(Debug, Default)]
struct KeptAnswers {
    sweep: u64,
    bytes: usize,
    most: MostBytes,
    pages: HashMap<Url, Aged<KeptPage>>,
    details: HashMap<Url, Aged<KeptDetail>>,
    absent: LiveIds,
    pause: Option<Pause>,
    /// When everything was last read with its texts and remembered, by the clock on the wall.
    whole: Option<Millis>,
    /// Whether something of the sweep is not remembered.
    is_partial: bool,
    /// Whether anything is other than in the file.
    is_changed: bool,
}

#[derive(Debug)]
struct MostBytes(usize);

impl Default for MostBytes {
    fn default() -> Self {
        Self(MOST_BYTES)
    }
}

/// A pause that a feed has asked for.
#[derive(Debug)]
struct Pause {
    feed: Url,
    until: Millis,
    place: String,
    status: StatusCode,
    /// By the clock on the wall, for people and for another process.
    until_time: Millis,
}

impl Pause {
    fn error(&self) -> FeedError {
        FeedError::Paused {
            place: self.place.clone(),
            status: self.status,
            until: rfc3339(self.until_time),
        }
    }
}

#[derive(Debug)]
struct Aged<T> {
    /// The last sweep that used it.
    sweep: u64,
    value: T,
}

/// A page as it came.
#[derive(Clone, Debug)]
pub(crate) struct KeptPage {
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

#[derive(Debug)]
struct KeptDetail {
    unchanged: String,
    item: Arc<RawValue>,
    /// When `unchanged` was first seen, since this machine has started.
    first_seen: Millis,
    /// Whether the article is as it is here for as long as its list says so.
    is_final: bool,
}

impl SweepMemory {
    /// Has what is absent looked for again.
    pub fn forget_absent(&self) {
        self.lock().absent.clear();
    }

    /// Whether a feed may be asked. The error is the same each time, so that it is told once.
    pub(crate) fn may_ask(&self, feed: &Url, clock: &Clock) -> Result<(), FeedError> {
        let mut kept = self.lock();
        let holds = |pause: &Pause| pause.feed == *feed && clock.uptime() < pause.until;
        let before = kept.pause.is_some();
        kept.pause = kept.pause.take().filter(holds);
        kept.is_changed |= before != kept.pause.is_some();
        kept.pause
            .as_ref()
            .map_or(Ok(()), |pause| Err(pause.error()))
    }

    /// The feed has asked for a pause that is too long to wait for.
    pub(crate) fn pause(
        &self,
        feed: &Url,
        place: String,
        status: StatusCode,
        wait: Duration,
        clock: &Clock,
    ) -> FeedError {
        let wait = duration_millis(wait.min(LONGEST_PAUSE));
        let pause = Pause {
            feed: feed.clone(),
            until: clock.uptime().saturating_add(wait),
            place,
            status,
            until_time: clock.now().saturating_add(wait),
        };
        let error = pause.error();
        let mut kept = self.lock();
        (kept.pause, kept.is_changed) = (Some(pause), true);
        error
    }

    /// What was found to be absent by the last reading, and asked for again then.
    pub(crate) fn absent(&self) -> LiveIds {
        self.lock().absent.clone()
    }

    pub(crate) fn keep_absent(&self, absent: LiveIds) {
        self.lock().absent = absent;
    }

    /// A sweep begins.
    pub(crate) fn begin(&self) {
        let mut kept = self.lock();
        kept.sweep += 1;
        kept.is_partial = false;
    }

    /// Everything was read with its texts.
    pub(crate) fn note_whole(&self, now: Millis) {
        let mut kept = self.lock();
        kept.whole = (!kept.is_partial).then_some(now);
        kept.is_changed = true;
    }

    /// Something of this sweep cannot be remembered.
    pub(crate) fn note_partial(&self) {
        self.lock().is_partial = true;
    }

    /// Whether all articles are remembered as they were not long ago.
    pub(crate) fn has_whole(&self, now: Millis) -> bool {
        let kept = self.lock();
        let age = kept.whole.map(|whole| now.saturating_sub(whole));
        age.is_some_and(|age| (0..WHOLE_EVERY).contains(&age))
    }

    /// The sweep was complete: what it did not need is not needed any more.
    pub(crate) fn forget_unused(&self) {
        let mut kept = self.lock();
        let (sweep, before) = (kept.sweep, kept.pages.len() + kept.details.len());
        kept.pages.retain(|_, page| page.sweep == sweep);
        kept.details.retain(|_, detail| detail.sweep == sweep);
        kept.is_changed |= before != kept.pages.len() + kept.details.len();
        let pages = kept.pages.iter();
        let pages = pages.map(|(url, page)| cost(url, page.value.body.len()));
        let details = kept.details.iter();
        let details = details.map(|(url, detail)| cost(url, detail.value.item.get().len()));
        kept.bytes = pages.sum::<usize>() + details.sum::<usize>();
    }

    /// One with room for so many bytes.
    #[cfg(test)]
    pub(crate) fn of_at_most(bytes: usize) -> Self {
        let memory = Self::default();
        memory.lock().most = MostBytes(bytes);
        memory
    }

    /// How many pages are kept.
    #[cfg(test)]
    pub(crate) fn pages(&self) -> usize {
        self.lock().pages.len()
    }

    /// The page at this address as it last came.
    pub(crate) fn page(&self, url: &Url) -> Option<KeptPage> {
        let mut kept = self.lock();
        let sweep = kept.sweep;
        let page = kept.pages.get_mut(url)?;
        page.sweep = sweep;
        Some(page.value.clone())
    }

    pub(crate) fn keep_page(&self, url: &Url, page: KeptPage) {
        let mut kept = self.lock();
        let before = kept.pages.get(url);
        let before = before.map_or(0, |page| cost(url, page.value.body.len()));
        if !kept.has_room_for(cost(url, page.body.len()), before) {
            kept.pages.remove(url);
            return;
        }
        let sweep = kept.sweep;
        let value = page;
        kept.pages.insert(url.clone(), Aged { sweep, value });
        kept.is_changed = true;
    }

    /// The article at this address, if it is certain to be as it was then.
    pub(crate) fn detail(&self, url: &Url, unchanged: &str) -> Option<Arc<RawValue>> {
        let mut kept = self.lock();
        let sweep = kept.sweep;
        let detail = kept.details.get_mut(url)?;
        if detail.value.unchanged != unchanged || !detail.value.is_final {
            return None;
        }
        detail.sweep = sweep;
        Some(detail.value.item.clone())
    }

    /// Keeps an article that came with what its list says of its state.
    pub(crate) fn keep_detail(
        &self,
        url: &Url,
        unchanged: String,
        item: Arc<RawValue>,
        seen: Seen,
    ) {
        let mut kept = self.lock();
        let before = kept.details.get(url).map(|detail| &detail.value);
        let bytes = before.map_or(0, |before| cost(url, before.item.get().len()));
        let same = before.filter(|before| before.unchanged == unchanged);
        let first_seen = same.map_or(seen.asked, |same| same.first_seen);
        let is_final =
            same.is_some_and(|same| same.is_final) || seen.is_final(&unchanged, first_seen);
        if !kept.has_room_for(cost(url, item.get().len()), bytes) {
            kept.details.remove(url);
            kept.is_partial = true;
            return;
        }
        let sweep = kept.sweep;
        let value = KeptDetail {
            unchanged,
            item,
            first_seen,
            is_final,
        };
        kept.details.insert(url.clone(), Aged { sweep, value });
        kept.is_changed = true;
    }

    fn lock(&self) -> MutexGuard<'_, KeptAnswers> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What it costs to remember so many bytes.
fn cost(url: &Url, bytes: usize) -> usize {
    const ENTRY: usize = 300;
    bytes + url.as_str().len() + ENTRY
}

impl KeptAnswers {
    /// Whether there is room for so many bytes in place of others, which are gone either way.
    fn has_room_for(&mut self, bytes: usize, before: usize) -> bool {
        self.bytes = self.bytes.saturating_sub(before);
        let fits = self.bytes + bytes <= self.most.0;
        if fits {
            self.bytes += bytes;
        }
        fits
    }
}
