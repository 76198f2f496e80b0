//! Stage 5: one upload to its end: submit, poll, and after a failure the search for bad steps.

mod courier;
mod first_poll;
mod gate;
mod polling;
mod progress;

pub use courier::Courier;
pub(super) use courier::{End, Halt};
pub use first_poll::usual;
pub use gate::Gate;
pub use progress::{Progress, Tell, silent};

#[cfg(test)]
mod tests;
