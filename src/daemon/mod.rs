//! When things happen: one pass over a bot calls the six stages in order; the daemon decides when.

mod attention;
mod bot_loop;
mod memory;
mod named_tasks;
mod reload;
mod run;
mod signals;
mod standby;
mod systemd;
mod watch;
mod watchdog;

pub use bot_loop::bot_loops;
pub use named_tasks::NamedTask;
pub use run::{DaemonError, run};
pub(crate) use watch::gives_events;
