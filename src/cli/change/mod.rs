//! The commands that change what the service knows or does.

pub(crate) mod approve;
pub(crate) mod chat;
pub(crate) mod import;
pub(crate) mod rebind;
pub(crate) mod resync;
pub(crate) mod retry;
pub(crate) mod rollback;
pub(crate) mod sync_now;

pub(crate) use approve::{Approval, Approved};
pub(crate) use chat::ChatCommand;
pub(crate) use import::ImportArgs;
