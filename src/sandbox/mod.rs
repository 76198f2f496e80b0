//! A pretend Haptik to develop, test and try things against: its calls with a real server's
//! strictness, tasks that take their time, steps that are refused, and every fault of the wire on
//! demand. It runs as a server of its own or in process.

mod answers;
mod connection;
mod conversations;
mod enact;
mod faults;
mod form;
mod in_process;
mod people;
mod rows;
mod rules;
mod saved;
mod server;
mod settings;
mod world;

pub use answers::{AnswerRule, Reply};
pub use faults::{Fault, FaultKind, On};
pub use in_process::InProcess;
pub use people::People;
pub use rules::{BlankRow, UploadRule, Wording};
pub use server::Sandbox;
pub use settings::SandboxSettings;
pub use world::{CallRecord, Calls, ShownStep, TaskRecord};

#[cfg(test)]
mod tests;
