//! The places of the listener. When all are taken, the connection that has been silent for longest
//! makes room; and where every one is being answered, a few more places are for probes alone.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use crate::clock::{Instant, instant};

/// Connections at once.
const PLACES: usize = 64;
/// Connections beside these that only probes are answered on.
const PROBES: usize = 4;

/// Who is connected.
#[derive(Debug, Default)]
pub(super) struct ConnectionPlaces {
    taken: Mutex<Vec<Arc<ConnectionPlace>>>,
    freed: Notify,
}

/// The place of one connection, given back when it is dropped.
#[derive(Debug)]
pub(super) struct Guest {
    place: Arc<ConnectionPlace>,
    places: Arc<ConnectionPlaces>,
}

#[derive(Debug)]
struct ConnectionPlace {
    /// Since when nothing is being answered; `None` while something is.
    silent_since: Mutex<Option<Instant>>,
    is_for_probes: bool,
    leave: CancellationToken,
}

impl ConnectionPlaces {
    /// A place for one more connection, as soon as there is one.
    pub(super) async fn take(self: &Arc<Self>) -> Guest {
        loop {
            // Made first, so that what is freed meanwhile is not missed.
            let freed = self.freed.notified();
            if let Some(guest) = self.try_take(instant()) {
                return guest;
            }
            freed.await;
        }
    }

    fn try_take(self: &Arc<Self>, now: Instant) -> Option<Guest> {
        let mut taken = self.lock();
        let is_full = taken.iter().filter(|place| !place.is_for_probes).count() >= PLACES;
        let silent = is_full.then(|| longest_silent(&taken)).flatten();
        if let Some(silent) = silent {
            taken.swap_remove(silent).leave.cancel();
        }
        let is_for_probes = is_full && silent.is_none();
        if taken.len() >= PLACES + PROBES {
            return None;
        }
        let place = Arc::new(ConnectionPlace {
            silent_since: Mutex::new(Some(now)),
            is_for_probes,
            leave: CancellationToken::new(),
        });
        taken.push(place.clone());
        Some(Guest {
            place,
            places: self.clone(),
        })
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Arc<ConnectionPlace>>> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Among the places that are for everybody.
fn longest_silent(taken: &[Arc<ConnectionPlace>]) -> Option<usize> {
    let silent = taken
        .iter()
        .enumerate()
        .filter(|(_, place)| !place.is_for_probes);
    let silent = silent.filter_map(|(at, place)| Some((at, place.silent_since()?)));
    silent.min_by_key(|(_, since)| *since).map(|(at, _)| at)
}

impl ConnectionPlace {
    fn silent_since(&self) -> Option<Instant> {
        *self.silent()
    }

    fn silent(&self) -> MutexGuard<'_, Option<Instant>> {
        self.silent_since
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl Guest {
    /// Whether only probes are answered here.
    pub(super) fn is_for_probes(&self) -> bool {
        self.place.is_for_probes
    }

    /// Something is being answered until what this returns is dropped.
    pub(super) fn answering(&self) -> Answering {
        *self.place.silent() = None;
        Answering(self.place.clone(), self.places.clone())
    }

    /// Ends when the place is needed for somebody else.
    pub(super) fn leave(&self) -> &CancellationToken {
        &self.place.leave
    }
}

impl Drop for Guest {
    fn drop(&mut self) {
        let mut taken = self.places.lock();
        taken.retain(|place| !Arc::ptr_eq(place, &self.place));
        drop(taken);
        self.places.freed.notify_waiters();
    }
}

/// While it is there, its connection is not silent.
#[derive(Debug)]
pub(super) struct Answering(Arc<ConnectionPlace>, Arc<ConnectionPlaces>);

impl Drop for Answering {
    fn drop(&mut self) {
        *self.0.silent() = Some(instant());
        self.1.freed.notify_waiters();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_was_silent_for_longest_makes_room() {
        let places = Arc::new(ConnectionPlaces::default());
        let guests: Vec<_> = (0..PLACES)
            .map(|_| places.try_take(instant()).unwrap())
            .collect();
        let busy = guests[0].answering();
        let newcomer = places.try_take(instant()).unwrap();
        assert!(!newcomer.is_for_probes());
        let gone: Vec<_> = (0..PLACES)
            .filter(|at| guests[*at].leave().is_cancelled())
            .collect();
        assert_eq!(gone, [1], "the first one is being answered");
        drop(busy);
        assert_eq!(places.lock().len(), PLACES);
    }

    #[test]
    fn where_all_are_answered_probes_still_find_a_place() {
        let places = Arc::new(ConnectionPlaces::default());
        let guests: Vec<_> = (0..PLACES)
            .map(|_| places.try_take(instant()).unwrap())
            .collect();
        let busy: Vec<_> = guests.iter().map(Guest::answering).collect();
        let probes: Vec<_> = (0..PROBES)
            .map(|_| places.try_take(instant()).unwrap())
            .collect();
        assert!(probes.iter().all(Guest::is_for_probes));
        assert!(places.try_take(instant()).is_none());
        drop(probes);
        assert!(places.try_take(instant()).unwrap().is_for_probes());
        drop(busy);
        assert!(!places.try_take(instant()).unwrap().is_for_probes());
    }
}
