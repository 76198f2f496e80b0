//! What earlier sweeps of a feed brought, so that the same need not be sent again: pages that came
//! with a mark of their state, and articles that were asked for one by one. Kept in memory only.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use reqwest::Url;
use reqwest::header::HeaderMap;
use serde_json::value::RawValue;

/// Beyond this nothing more is remembered, and the rest is asked for each time.
const MOST_BYTES: usize = 256 << 20;

/// What earlier sweeps of one feed brought.
#[derive(Clone, Debug, Default)]
pub struct Memory(Arc<Mutex<Kept>>);

#[derive(Debug, Default)]
struct Kept {
    sweep: u64,
    bytes: usize,
    pages: HashMap<Url, Aged<Page>>,
    details: HashMap<Url, Aged<Detail>>,
}

#[derive(Debug)]
struct Aged<T> {
    /// The last sweep that used it.
    sweep: u64,
    value: T,
}

/// A page as it came.
#[derive(Clone, Debug)]
pub(super) struct Page {
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
}

#[derive(Debug)]
struct Detail {
    unchanged: String,
    item: Arc<RawValue>,
}

impl Memory {
    /// A sweep begins.
    pub(super) fn begin(&self) {
        self.lock().sweep += 1;
    }

    /// The sweep was complete: what it did not need is not needed any more.
    pub(super) fn forget_unused(&self) {
        let mut kept = self.lock();
        let sweep = kept.sweep;
        kept.pages.retain(|_, page| page.sweep == sweep);
        kept.details.retain(|_, detail| detail.sweep == sweep);
        let pages = kept.pages.values().map(|page| page.value.body.len());
        let details = kept.details.values();
        let details = details.map(|detail| detail.value.item.get().len());
        kept.bytes = pages.sum::<usize>() + details.sum::<usize>();
    }

    /// How many pages are kept.
    #[cfg(test)]
    pub(super) fn pages(&self) -> usize {
        self.lock().pages.len()
    }

    /// The page at this address as it last came.
    pub(super) fn page(&self, url: &Url) -> Option<Page> {
        let mut kept = self.lock();
        let sweep = kept.sweep;
        let page = kept.pages.get_mut(url)?;
        page.sweep = sweep;
        Some(page.value.clone())
    }

    pub(super) fn keep_page(&self, url: &Url, page: Page) {
        let mut kept = self.lock();
        if kept.has_room_for(page.body.len()) {
            let sweep = kept.sweep;
            let value = page;
            kept.pages.insert(url.clone(), Aged { sweep, value });
        }
    }

    /// The article at this address, if it is still as it was then.
    pub(super) fn detail(&self, url: &Url, unchanged: &str) -> Option<Arc<RawValue>> {
        let mut kept = self.lock();
        let sweep = kept.sweep;
        let detail = kept.details.get_mut(url)?;
        if detail.value.unchanged != unchanged {
            return None;
        }
        detail.sweep = sweep;
        Some(detail.value.item.clone())
    }

    pub(super) fn keep_detail(&self, url: &Url, unchanged: String, item: Arc<RawValue>) {
        let mut kept = self.lock();
        if kept.has_room_for(item.get().len()) {
            let sweep = kept.sweep;
            let value = Detail { unchanged, item };
            kept.details.insert(url.clone(), Aged { sweep, value });
        }
    }

    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Kept {
    fn has_room_for(&mut self, bytes: usize) -> bool {
        let fits = self.bytes + bytes <= MOST_BYTES;
        if fits {
            self.bytes += bytes;
        }
        fits
    }
}
