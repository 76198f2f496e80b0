//! What people may ask for, each use case once for all who ask: the command line, the page and the
//! control socket.

mod approve;
mod ask;
mod bots;
mod caller;
mod command;
mod command_context;
mod conversations;
mod credential_check;
mod failure;
mod health;
mod history;
mod import;
mod overrule;
mod rebind;
mod resync;
mod retry;
mod socket;
mod sync;
mod wishes;

#[cfg(test)]
pub(crate) use approve::approve;
pub(crate) use approve::{Approval, ApproveReply, Approved, ReleasedBot};
pub(crate) use ask::{Answered, Answers, Question, Questions};
pub(crate) use bots::{one_bot, readable_bots, wanted_bots};
pub use caller::visitor;
pub(crate) use command::{ControlCommand, Reply, carry_out, execute, not_understood};
pub use command_context::{CommandContext, ConverseError};
pub(crate) use command_context::{Trigger, TriggerSender};
pub(crate) use credential_check::CredentialCheckOutcome;
pub(crate) use failure::CommandFailure;
pub use failure::Exit;
pub(crate) use history::Forgot;
pub(crate) use import::TakenOver;
pub(crate) use overrule::{Kept, OverrideRequest, Overruled, Paused, Pinning, Resumed};
pub(crate) use rebind::Rebound;
pub(crate) use resync::Resynced;
pub(crate) use retry::Retried;
pub(crate) use socket::{NotAnswered, listen, send_to_daemon};
pub(crate) use wishes::carry_out_wishes;
