//! Server-sent events, by which a page that is open learns that there is something new. They carry no
//! content: the page is loaded again.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse as _, Response};
use futures_util::Stream;
use futures_util::stream::unfold;
use tokio::sync::{Mutex, OwnedSemaphorePermit, Semaphore};

use super::PageState;
use crate::clock::{Instant, instant};
use crate::store::StoreError;
use crate::sync::Activity;

/// Pages that follow along at once; far fewer than there may be connections, so that probes always
/// find one.
const WATCHERS: usize = 24;
/// How often to look.
const BEAT: Duration = Duration::from_secs(1);

/// Who follows along, and what they were told last.
#[derive(Debug)]
pub(super) struct Events {
    slots: Arc<Semaphore>,
    last: Mutex<Option<(Instant, String)>>,
}

impl Default for Events {
    fn default() -> Self {
        Self {
            slots: Arc::new(Semaphore::new(WATCHERS)),
            last: Mutex::default(),
        }
    }
}

impl PageState {
    /// Stands for all that the pages show; it is another one when there is something new.
    pub(super) async fn mark(&self) -> Result<String, StoreError> {
        let mut last = self.events.last.lock().await;
        if let Some((at, mark)) = &*last
            && at.elapsed() < BEAT / 2
        {
            return Ok(mark.clone());
        }
        let progress = self.status_reader.live_status.progress.read();
        let mut hasher = blake3::Hasher::new();
        let last_action = self.status_reader.store.last_action().await?;
        hasher.update(&last_action.to_le_bytes());
        for bot in &self.status_reader.config.bots {
            let name = &bot.domain_name;
            let (doing, vital) = (progress.get(name), self.status_reader.live_status.of(name));
            let kept = self.kept(name, doing).await?;
            hasher.update(kept.as_bytes());
            let seen = (vital.pending, vital.waiting_since, vital.rejected);
            hasher.update(format!("{seen:?}").as_bytes());
            if let Some(plan) = &vital.last_plan {
                for (name, waiting) in &plan.waiting {
                    hasher.update(name.as_bytes());
                    hasher.update(&waiting.digest.0);
                }
                let held = (&plan.held, &plan.held_changes);
                let rest = format!("{held:?} {:?} {:?}", plan.manual, plan.pinned);
                hasher.update(rest.as_bytes());
            }
        }
        let mark = hasher.finalize().to_hex()[..16].to_owned();
        *last = Some((instant(), mark.clone()));
        Ok(mark)
    }

    /// What the state says of a bot, of that which costs little to ask.
    async fn kept(&self, bot: &str, doing: Option<&Activity>) -> Result<String, StoreError> {
        let store = &self.status_reader.store;
        let Some(id) = store.find_bot(bot).await? else {
            return Ok(String::new());
        };
        let state = store.bot_state(id).await?;
        let under_way = store.under_way(id).await?;
        let doing = doing.filter(|_| under_way.is_some());
        let quarantined = store.quarantined(id).await?;
        Ok(format!(
            "{:?} {:?} {:?} {under_way:?} {doing:?} {quarantined}",
            state.last_success, state.last_error, state.moved_at
        ))
    }
}

/// Follows along until the page is closed or the daemon stops.
pub(super) async fn events(State(page_state): State<Arc<PageState>>) -> Response {
    let Ok(slot) = page_state.events.slots.clone().try_acquire_owned() else {
        let again = [(header::RETRY_AFTER, "30")];
        let words = "too many pages follow along; this one is not refreshed automatically\n";
        return (StatusCode::SERVICE_UNAVAILABLE, again, words).into_response();
    };
    Sse::new(marks(page_state, slot))
        .keep_alive(KeepAlive::default())
        .into_response()
}

/// The mark as it is, and then each new one.
fn marks(
    page_state: Arc<PageState>,
    slot: OwnedSemaphorePermit,
) -> impl Stream<Item = Result<Event, Infallible>> {
    unfold(
        (page_state, slot, None::<String>),
        |(page_state, slot, told)| async move {
            loop {
                if let Ok(mark) = page_state.mark().await
                    && told.as_ref() != Some(&mark)
                {
                    let event = Event::default().event("mark").data(&mark);
                    return Some((Ok(event), (page_state, slot, Some(mark))));
                }
                tokio::select! {
                    () = tokio::time::sleep(BEAT) => {}
                    () = page_state.stop.cancelled() => return None,
                }
            }
        },
    )
}
