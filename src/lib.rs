//! kms-haptik-sync keeps a Haptik bot's FAQ steps in step with a knowledge base.

pub mod clock;
pub mod config;

pub mod flow;

pub mod upload;

pub mod haptik;

pub mod store;

pub mod daemon;

pub mod sandbox;

pub mod cli;
pub mod sabotage;
pub mod telemetry;
