//! Stage 5: one upload to its end: submit, poll, and after a failure the search for bad steps.

mod call_limiter;
mod first_poll;
mod polling;
mod progress;
mod upload_runner;

pub use call_limiter::CallLimiter;
pub use first_poll::usual;
pub use progress::{Activity, ProgressSink, silent};
pub use upload_runner::UploadRunner;
pub(super) use upload_runner::{Stopped, TaskOutcome};

#[cfg(test)]
mod tests;
