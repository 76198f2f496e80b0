//! Runs the daemon's lines one at a time in a fixed order: while one waits for the database, whose
//! answers come from another thread, no other moves. So a seed gives the same run each time.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::task::{Context, Poll, Wake, Waker};

use futures_util::future::BoxFuture;
use futures_util::task::AtomicWaker;
use tokio::time::{Instant, Sleep};

use super::supervision::Supervision;

/// Why the lines were left for a while.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pause {
    /// The time has come.
    Deadline,
    /// The process has died.
    Died,
    /// Something has happened that is worth a look.
    Look,
    /// Every line has ended.
    Ended,
}

struct Line {
    future: Option<BoxFuture<'static, ()>>,
    call: Arc<Call>,
}

#[derive(Default)]
struct Call {
    ready: AtomicBool,
    runner: AtomicWaker,
}

impl Wake for Call {
    fn wake(self: Arc<Self>) {
        self.ready.store(true, SeqCst);
        self.runner.wake();
    }
}

/// The lines of one process.
pub(crate) struct Lines {
    lines: Vec<Line>,
    turn: Option<usize>,
    supervision: Arc<Supervision>,
    look: Arc<AtomicBool>,
}

impl Lines {
    pub(crate) fn new(
        lines: impl IntoIterator<Item = impl Future<Output = ()> + Send + 'static>,
        supervision: Arc<Supervision>,
        look: Arc<AtomicBool>,
    ) -> Self {
        let lines = lines.into_iter().map(|future| Line {
            future: Some(Box::pin(future)),
            call: Arc::new(Call {
                ready: true.into(),
                ..Call::default()
            }),
        });
        Self {
            lines: lines.collect(),
            turn: None,
            supervision,
            look,
        }
    }

    /// Runs until `until` at the latest. No line is left in the middle of database work, unless
    /// its process died.
    pub(crate) async fn run(&mut self, until: Instant) -> Pause {
        let mut sleep = std::pin::pin!(tokio::time::sleep_until(until));
        std::future::poll_fn(|context| self.poll(context, sleep.as_mut())).await
    }

    fn poll(&mut self, context: &mut Context<'_>, sleep: Pin<&mut Sleep>) -> Poll<Pause> {
        for line in &self.lines {
            line.call.runner.register(context.waker());
        }
        while let Some(next) = self.next() {
            self.poll_line(next);
            if self.supervision.is_dead() {
                return Poll::Ready(Pause::Died);
            }
        }
        if self.turn.is_some() {
            return Poll::Pending;
        }
        if self.lines.iter().all(|line| line.future.is_none()) {
            return Poll::Ready(Pause::Ended);
        }
        if self.look.swap(false, SeqCst) {
            return Poll::Ready(Pause::Look);
        }
        sleep.poll(context).map(|()| Pause::Deadline)
    }

    fn next(&self) -> Option<usize> {
        let ready = |at: &usize| self.lines[*at].call.ready.load(SeqCst);
        match self.turn {
            Some(at) => Some(at).filter(ready),
            None => (0..self.lines.len()).find(ready),
        }
    }

    fn poll_line(&mut self, at: usize) {
        let line = &mut self.lines[at];
        line.call.ready.store(false, SeqCst);
        let waker = Waker::from(line.call.clone());
        if let Some(future) = &mut line.future
            && future
                .as_mut()
                .poll(&mut Context::from_waker(&waker))
                .is_ready()
        {
            line.future = None;
        }
        self.turn = self.supervision.is_busy().then_some(at);
    }
}
