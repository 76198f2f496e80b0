//! What people may ask for, each use case once for all who ask: the command line, the page and the
//! control socket.

mod caller;
pub(crate) mod command;
mod command_context;
mod socket;

pub use caller::visitor;
pub(crate) use command::{Reply, Wish, fulfil, grant};
pub(crate) use command_context::Ear;
pub use command_context::{ConverseError, Hands};
pub(crate) use socket::listen;
pub use socket::{Fulfil, hand_over};
