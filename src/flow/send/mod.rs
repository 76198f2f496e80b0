//! Stage 5: one upload to its end: submit, poll, and after a failure the search for bad steps.

mod courier;
mod first_poll;
mod gate;
mod isolation;
mod kept_search;
mod polling;
mod progress;
#[cfg(test)]
mod tests;

pub use courier::{Courier, End, Halt};
pub use first_poll::usual;
pub use gate::Gate;
pub use isolation::{Blame, Failure, Isolation, Named, Next, Rows};
pub use kept_search::KeptSearch;
pub use progress::{Progress, Tell, silent};
