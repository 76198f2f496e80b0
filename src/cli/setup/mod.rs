//! The commands for the first day: a configuration, a demo, a sandbox, a probe of a bot, and what a
//! shell needs.

pub(crate) mod completions;
pub(crate) mod demo;
pub(crate) mod init;
pub(crate) mod manual;
pub(crate) mod notify;
pub(crate) mod probe;
pub(crate) mod sandbox;
pub(crate) mod schema;

pub(crate) use init::InitArgs;
pub(crate) use notify::NotifyCommand;
pub(crate) use probe::ProbeArgs;
pub(crate) use sandbox::SandboxArgs;
pub(crate) use schema::SchemaName;
