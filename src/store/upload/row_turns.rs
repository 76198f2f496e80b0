//! Whose turn it is on the connection: the rows of an upload are many, and give way to the upload that is under
//! way, whose questions are short.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use tokio::sync::{Mutex, MutexGuard, Notify};

/// Rows are written after this time all the same, whoever goes first.
const PATIENCE: Duration = Duration::from_millis(10);

/// Who may write rows, and who goes first.
#[derive(Debug, Default)]
pub(in crate::store) struct RowTurns {
    /// Where many bots write at a time, each of the others has no more than the next batch in memory.
    writer: Mutex<()>,
    first: AtomicI64,
    is_free: Notify,
}

impl RowTurns {
    /// Waits until no other rows are written, and nobody goes first.
    pub(in crate::store) async fn begin(&self) -> MutexGuard<'_, ()> {
        let turn = self.writer.lock().await;
        let free = async {
            let mut free = std::pin::pin!(self.is_free.notified());
            while self.first.load(Ordering::Relaxed) > 0 {
                free.as_mut().await;
                free.set(self.is_free.notified());
            }
        };
        tokio::time::timeout(PATIENCE, free).await.ok();
        turn
    }

    /// Goes before the rows of all uploads.
    pub(in crate::store) fn go_first(self: &Arc<Self>) -> Precedence {
        self.change(1)
    }

    /// Waits for something else than the state: meanwhile rows may be written.
    pub(in crate::store) fn give_way(self: &Arc<Self>) -> Precedence {
        self.change(-1)
    }

    fn change(self: &Arc<Self>, change: i64) -> Precedence {
        self.first.fetch_add(change, Ordering::Relaxed);
        self.is_free.notify_one();
        Precedence {
            turns: self.clone(),
            change,
        }
    }
}

/// Holds as long as it is there.
#[derive(Debug)]
#[must_use]
pub struct Precedence {
    turns: Arc<RowTurns>,
    change: i64,
}

impl Drop for Precedence {
    fn drop(&mut self) {
        self.turns.first.fetch_sub(self.change, Ordering::Relaxed);
        self.turns.is_free.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::instant;

    async fn waits(turns: &RowTurns) -> Duration {
        let began = instant();
        drop(turns.begin().await);
        began.elapsed()
    }

    #[tokio::test(start_paused = true)]
    async fn rows_wait_for_whoever_goes_first_and_not_for_ever() {
        let turns = Arc::new(RowTurns::default());
        assert_eq!(waits(&turns).await, Duration::ZERO);
        let first = turns.go_first();
        assert_eq!(waits(&turns).await, PATIENCE);
        let way = turns.give_way();
        assert_eq!(waits(&turns).await, Duration::ZERO);
        drop(way);
        let answered = async {
            tokio::time::sleep(PATIENCE / 2).await;
            drop(first);
        };
        let (waited, ()) = tokio::join!(waits(&turns), answered);
        assert_eq!(waited, PATIENCE / 2);
        assert_eq!(waits(&turns).await, Duration::ZERO);
    }
}
