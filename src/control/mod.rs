//! What people may ask for, each use case once for all who ask: the command line, the page and the
//! control socket.

mod caller;
pub(crate) mod command;
mod command_context;
mod socket;

pub use caller::visitor;
pub(crate) use command::{ControlCommand, Reply, fulfil, run_command};
pub(crate) use command_context::PassRequests;
pub use command_context::{CommandContext, ConverseError};
pub(crate) use socket::listen;
pub use socket::{Handle, send_to_daemon};
