//! When things happen: one pass over a bot calls the six stages in order; the daemon decides when.

mod bot_loop;
mod run;
mod systemd;
mod watch;
mod watchdog;

pub use bot_loop::lines;
pub use run::run;
pub(crate) use watch::gives_events;
