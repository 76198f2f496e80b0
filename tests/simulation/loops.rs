//! Runs the daemon's loops one at a time in a fixed order: while one waits for the database, whose
//! answers come from another thread, no other moves and no time passes. So a seed gives the same
//! run each time. The loops run unconstrained: a yield to the runtime would never be answered.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering::SeqCst};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::Thread;

use super::supervision::Supervision;
use futures_util::future::BoxFuture;
use futures_util::task::AtomicWaker;
use kms_haptik_sync::store::StoreError;
use tokio::task::unconstrained;
use tokio::time::{Instant, Sleep};

/// Looks at the state, or changes it as a person does.
pub(crate) fn see<T>(look: impl Future<Output = Result<T, StoreError>>) -> T {
    let seen = still(&Supervision::default(), look).expect("nobody dies of looking");
    seen.expect("a state that can be read")
}

/// Why the loops were left for a while.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pause {
    /// The time has come.
    Deadline,
    /// The process has died.
    Died,
    /// Something has happened to these bots, bit by bit, that is worth a look.
    Look(u32),
    /// Every loop has ended.
    Ended,
}

struct BotLoop {
    future: Option<BoxFuture<'static, ()>>,
    call: Arc<Call>,
}

struct Call {
    ready: AtomicBool,
    runner: AtomicWaker,
    thread: Thread,
}

impl Call {
    fn new() -> Arc<Self> {
        Arc::new(Self {
            ready: true.into(),
            runner: AtomicWaker::new(),
            thread: std::thread::current(),
        })
    }

    /// Waits for an answer of the database's thread, while everything else stands still.
    fn wait(&self) {
        while !self.ready.load(SeqCst) {
            std::thread::park();
        }
    }
}

impl Wake for Call {
    fn wake(self: Arc<Self>) {
        self.ready.store(true, SeqCst);
        self.runner.wake();
        self.thread.unpark();
    }
}

/// Does work on the database, while everything else stands still; `None` where the process dies
/// meanwhile.
pub(crate) fn still<T>(supervision: &Supervision, work: impl Future<Output = T>) -> Option<T> {
    let call = Call::new();
    let waker = Waker::from(call.clone());
    let mut context = Context::from_waker(&waker);
    let mut work = std::pin::pin!(unconstrained(work));
    loop {
        call.ready.store(false, SeqCst);
        match work.as_mut().poll(&mut context) {
            Poll::Ready(done) => return Some(done),
            Poll::Pending if supervision.is_dead() => return None,
            Poll::Pending => call.wait(),
        }
    }
}

/// The loops of one process.
pub(crate) struct BotLoops {
    all: Vec<BotLoop>,
    supervision: Arc<Supervision>,
    look: Arc<AtomicU32>,
}

impl BotLoops {
    pub(crate) fn new(
        loops: impl IntoIterator<Item = impl Future<Output = ()> + Send + 'static>,
        supervision: Arc<Supervision>,
        look: Arc<AtomicU32>,
    ) -> Self {
        let loops = loops.into_iter().map(|future| BotLoop {
            future: Some(Box::pin(unconstrained(future))),
            call: Call::new(),
        });
        Self {
            all: loops.collect(),
            supervision,
            look,
        }
    }

    /// Runs until `until` at the latest. No loop is left in the middle of database work, unless
    /// its process died.
    pub(crate) async fn run(&mut self, until: Instant) -> Pause {
        let mut sleep = std::pin::pin!(tokio::time::sleep_until(until));
        std::future::poll_fn(|context| self.poll(context, sleep.as_mut())).await
    }

    fn poll(&mut self, context: &mut Context<'_>, sleep: Pin<&mut Sleep>) -> Poll<Pause> {
        for bot_loop in &self.all {
            bot_loop.call.runner.register(context.waker());
        }
        let ready = |bot_loop: &BotLoop| bot_loop.call.ready.load(SeqCst);
        while let Some(next) = self.all.iter().position(ready) {
            if self.poll_line(next) == Life::Over {
                return Poll::Ready(Pause::Died);
            }
        }
        if self.all.iter().all(|bot_loop| bot_loop.future.is_none()) {
            return Poll::Ready(Pause::Ended);
        }
        match self.look.swap(0, SeqCst) {
            0 => {}
            bots => return Poll::Ready(Pause::Look(bots)),
        }
        sleep.poll(context).map(|()| Pause::Deadline)
    }

    /// Takes a loop on until it waits for the time or for a hint.
    fn poll_line(&mut self, at: usize) -> Life {
        let bot_loop = &mut self.all[at];
        let waker = Waker::from(bot_loop.call.clone());
        let mut context = Context::from_waker(&waker);
        while let Some(future) = &mut bot_loop.future {
            bot_loop.call.ready.store(false, SeqCst);
            let ended = future.as_mut().poll(&mut context).is_ready();
            if self.supervision.is_dead() {
                return Life::Over;
            }
            if ended {
                bot_loop.future = None;
            } else if self.supervision.is_busy() {
                bot_loop.call.wait();
            } else {
                return Life::GoesOn;
            }
        }
        Life::GoesOn
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Life {
    GoesOn,
    Over,
}
