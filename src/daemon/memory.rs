//! Gives memory back from time to time that nobody needs any more.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::clock::Clock;

/// How often.
const MEMORY: Duration = Duration::from_mins(1);

/// Small passes, the page and feeds leave a little behind each time, which the allocator would keep: over an
/// hour of them it came to a tenth.
pub(super) async fn give_memory_back(clock: Clock, stop: CancellationToken) {
    loop {
        tokio::select! {
            () = clock.sleep(MEMORY) => clock.run_blocking(crate::memory::trim_memory).await,
            () = stop.cancelled() => return,
        }
    }
}
