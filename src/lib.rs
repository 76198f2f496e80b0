//! kms-haptik-sync keeps a Haptik bot's FAQ steps in step with a knowledge base. This page is the
//! tour; each module says the rest.
//!
//! The data goes one way, through the six stages of [`flow`]. Their names in the order of the
//! alphabet are the order of the work:
//!
//! 1. [`flow::intake`] reads a source completely and changes nothing: files become articles.
//! 2. [`flow::normalise`] makes an article into the step that the bot must hold, or says by file
//!    and line why it cannot be one.
//! 3. [`flow::plan`] holds the steps against the snapshot: what to add, change and remove, and what
//!    the guards hold back and why.
//! 4. [`flow::render`] cuts the plan into uploads and writes the FAQ CSV.
//! 5. [`flow::send`] takes one upload to its end, and searches for the bad steps when it fails.
//! 6. [`flow::settle`] moves snapshot, quarantine and history in one transaction.
//!
//! What the steps say is judged by [`lint`], before customers see it.
//!
//! An [`upload`] is a durable state machine, so that a process that is killed goes on where it was.
//!
//! Below lie the [`store`] (SQLite, the only place with SQL), what was [`seen`] of the sources before,
//! so that only new rows are taken apart, and the [`haptik`] client (one function call, one HTTP
//! call). Above lie the [`daemon`], which decides when a pass runs, the [`admin`] listener, which says
//! how it is doing, [`notify`], which tells people, and the command line in [`cli`]. The [`sandbox`] is a pretend Haptik to test
//! against; [`clock`], [`list`], [`memory`], [`spool`], [`telemetry`] and, for the simulation, [`sabotage`] serve them all.
//!
//! Stages 2, 3 and 4, the upload's table of transitions, the search for bad steps and the call
//! budget are plain functions over values: no clock, socket or database goes in.

pub mod text;

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

pub mod sync;

pub mod status;

pub mod notify;

pub mod control;

pub mod daemon;

pub mod admin;

pub mod cli;
