//! The admin listener: whether the daemon is alive and ready, how each bot is doing, and metrics,
//! over HTTP. It only reads. Everything that comes in is taken for hostile.

mod ask;
mod door;
mod guard;
mod metrics;
mod pages;
mod serve;

pub use ask::{Answered, PATIENCE, ask};
pub use serve::serve;
