//! A sweep that asks for what changed alone: its lists are whole and without texts, and an article that
//! is known under the same stamp is not asked for again. It only saves what is sent: where anything of
//! it is unclear, everything is read as if there were no such sweep.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::binding::ParentValues;
use super::detail::mark;
use super::error::FeedError;
use super::items::filter;
use super::list::Listed;
use super::memory::Seen;
use super::sweep::{Sweep, SweepReader, Swept};
use crate::config::DetailCall;

/// So many articles are asked for one by one. Where more have changed, their lists cost less.
const FEW: usize = 50;

/// How many articles of a sweep have changed.
#[derive(Default)]
pub(crate) struct ChangesCount(AtomicUsize);

impl ChangesCount {
    fn is_too_much(&self) -> bool {
        self.0.load(Ordering::Relaxed) > FEW
    }
}

/// Asks for what changed alone, if the rest is known. `None` where everything has to be read.
pub(crate) async fn sweep(reader: &SweepReader<'_>) -> Result<Option<Swept>, FeedError> {
    let Some(feed) = reader.feed.of_changes() else {
        return Ok(None);
    };
    if !reader.memory.has_whole(reader.clock.now()) {
        return Ok(None);
    }
    let reader = SweepReader {
        feed: &feed,
        spool: reader.spool.clone(),
        ..*reader
    };
    let mut sweep = Sweep::new(&reader, false, HashSet::new());
    sweep.changes = Some(ChangesCount::default());
    let outcome = sweep.run().await;
    let has_too_many = sweep
        .changes
        .as_ref()
        .is_some_and(ChangesCount::is_too_much);
    match outcome {
        _ if has_too_many || sweep.calls.any_failed() => Ok(None),
        Ok(swept) if swept.doubt.is_some() || swept.met.is_empty() => Ok(None),
        Ok(swept) => Ok(Some(swept)),
        Err(error) if is_of_the_list(&error) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Whether a list without texts may be refused, or look otherwise, where the one with texts does not.
fn is_of_the_list(error: &FeedError) -> bool {
    match error {
        FeedError::Page { .. } | FeedError::Next { .. } => true,
        FeedError::Status { status, .. } => {
            status.is_client_error() && !matches!(status.as_u16(), 401 | 403 | 429)
        }
        _ => false,
    }
}

/// Whether the sweep goes on with these items of a page: not where too many have changed.
pub(crate) fn admits(sweep: &Sweep<'_>, above: &ParentValues, listed: &[Listed]) -> bool {
    let (Some(count), Some(call)) = (&sweep.changes, &sweep.feed.detail) else {
        return true;
    };
    let is_known = |listed: &&Listed| {
        filter::surely_out(sweep.feed, &listed.item)
            || stamped(sweep, call, above, listed)
                .is_some_and(|(url, mark)| sweep.memory.detail(&url, &mark).is_some())
    };
    let changed = listed.iter().filter(|listed| !is_known(listed)).count();
    count.0.fetch_add(changed, Ordering::Relaxed);
    !count.is_too_much()
}

/// Keeps the items of a page that came with their texts.
pub(crate) fn remember(
    sweep: &Sweep<'_>,
    above: &ParentValues,
    listed: &[Listed],
    seen: Option<Seen>,
) {
    let (Some(changes), Some(seen)) = (&sweep.feed.changes, seen) else {
        return;
    };
    for one in listed {
        match stamped(sweep, &changes.call, above, one) {
            Some((url, mark)) => {
                let item = Arc::from(one.item.clone());
                sweep.memory.keep_detail(&url, mark, item, seen);
            }
            None => sweep.memory.note_partial(),
        }
    }
}

/// Where an article has a call of its own, and what changes whenever it does.
fn stamped(
    sweep: &Sweep<'_>,
    call: &DetailCall,
    above: &ParentValues,
    listed: &Listed,
) -> Option<(reqwest::Url, String)> {
    let mark = mark(call, &listed.item)?;
    let binding = above.with("item", Arc::from(listed.item.clone()));
    Some((binding.url(sweep.feed, &call.path).ok()?, mark))
}
