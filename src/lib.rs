//! kms-haptik-sync keeps a Haptik chatbot's FAQ answers in sync with a knowledge base. This page is the
//! tour. The list is the order of work, and a folder imports only from those above it
//! (`tests/architecture.rs` holds that), so whoever reads one knows what it may rest on.
//!
//! What everything rests on:
//!
//! - [`text`] makes and compares text: one line from many, lists with an end, escapes for terminals.
//! - [`tls`] is where every HTTP client begins, so that all stand on the same TLS.
//! - [`clock`] is the one place that asks what time it is, so that tests run days in seconds.
//! - [`memory`] gives back to the system what a pass needed.
//! - [`sabotage`] breaks the product on purpose, so that the simulation proves that it would notice.
//! - [`spool`] keeps on disk what would be too much for memory.
//! - [`telemetry`] writes logs, and traces where they are built in, and counts requests.
//! - [`model`] has the product's nouns, and pure decisions about them: article, step, plan, upload (a
//!   durable state machine), the search for bad steps, the call budget, notices.
//! - [`config`] is what a person wrote, checked whole.
//! - [`haptik`] is the client: one function call is one HTTP call.
//! - [`sandbox`] is a pretend Haptik to test against.
//! - [`store`] is the state in SQLite, and the only folder with SQL.
//!
//! The six stages of a pass:
//!
//! - [`intake`] is stage 1: it reads a source completely and changes nothing. Files and feeds become
//!   articles.
//! - [`normalise`] is stage 2: an article becomes the step that the bot must hold, or is rejected by file
//!   and line. Pure.
//! - [`plan`] is stages 3 and 4: the steps against the snapshot; what to add, change and remove, what the
//!   guards hold back, and how that is cut into uploads. Pure.
//! - [`lint`] judges content before customers see it. Pure.
//! - [`coverage`] says which messages of customers a bot answers, and which it does not. Pure.
//! - [`sync`] is stages 5 and 6, sending and settling, and the pass over one bot that calls all six.
//!
//! Who runs them, and for whom:
//!
//! - [`status`] is what is known of running bots, in one form for all who show it.
//! - [`notify`] tells people by webhook and email.
//! - [`control`] is what people may ask for, each use case once for all faces.
//! - [`daemon`] decides when a pass runs.
//! - [`admin`] is the web dashboard, health and metrics over HTTP.
//! - [`cli`] is the command line: one file or folder a command.

pub mod text;

pub mod tls;

pub mod clock;
pub mod memory;
pub mod sabotage;
pub mod spool;
pub mod telemetry;

pub mod model;

pub mod config;

pub mod haptik;

pub mod sandbox;

pub mod store;

pub mod intake;

pub mod normalise;

pub mod plan;

pub mod lint;

pub mod coverage;

pub mod sync;

pub mod status;

pub mod notify;

pub mod control;

pub mod daemon;

pub mod admin;

pub mod cli;

#[cfg(test)]
mod tests;
