//! The admin listener: whether the daemon is alive and ready, how each bot is doing, and metrics,
//! over HTTP; and the page for people, with a button to release held removals. Everything that comes in
//! is taken for hostile.

mod api;
mod ask;
mod guard;
mod guesses;
mod identity;
mod listener;
mod metrics;
mod page;
mod pages;
mod places;
mod proxy;
mod serve;
mod sessions;
mod wake;

pub use ask::{Answered, PATIENCE, ask};
pub use serve::serve;
pub use wake::serve_wakes;
