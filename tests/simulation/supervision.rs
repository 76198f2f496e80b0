//! Lets a process die between any two pieces of work on its state, and before or after any call.
//! A transaction happens whole or not at all, so no other moment can be told apart afterwards.

use std::sync::atomic::{AtomicBool, AtomicI64, AtomicUsize, Ordering::Relaxed};

use futures_util::future::BoxFuture;
use kms_haptik_sync::store::Supervisor;

/// Watches one process, and ends it at an appointed moment.
#[derive(Debug, Default)]
pub(crate) struct Supervision {
    busy: AtomicUsize,
    left: AtomicI64,
    dead: AtomicBool,
}

impl Supervision {
    /// The process dies at the `moments`-th moment from now; at 0 it does not.
    pub(crate) fn doom(&self, moments: i64) {
        self.left.store(moments, Relaxed);
    }

    pub(crate) fn is_dead(&self) -> bool {
        self.dead.load(Relaxed)
    }

    /// Whether work on the state is under way.
    pub(crate) fn is_busy(&self) -> bool {
        self.busy.load(Relaxed) > 0
    }

    /// A moment at which the process may die; then it never ends.
    pub(crate) async fn moment(&self) {
        let left = self.left.load(Relaxed);
        if left > 0 {
            self.left.store(left - 1, Relaxed);
            if left == 1 {
                self.dead.store(true, Relaxed);
            }
        }
        if self.is_dead() {
            std::future::pending::<()>().await;
        }
    }
}

impl Supervisor for Supervision {
    fn begins(&self) {
        self.busy.fetch_add(1, Relaxed);
    }

    fn admits(&self) -> BoxFuture<'_, ()> {
        Box::pin(self.moment())
    }

    fn ends(&self) {
        self.busy.fetch_sub(1, Relaxed);
    }
}
