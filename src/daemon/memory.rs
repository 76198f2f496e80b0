//! Gives memory back from time to time that nobody needs any more.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::clock::Clock;
use crate::store::Store;

/// How often.
const MEMORY: Duration = Duration::from_mins(1);

/// Small passes, the page and feeds leave a little behind each time, which the allocator would keep: over an
/// hour of them it came to a tenth. SQLite keeps pages of the state, and the more the larger it is.
pub(super) async fn give_memory_back(store: Store, clock: Clock, stop: CancellationToken) {
    loop {
        tokio::select! {
            () = clock.sleep(MEMORY) => {}
            () = stop.cancelled() => return,
        }
        store.trim_memory().await;
        clock.run_blocking(crate::memory::trim_memory).await;
    }
}
